import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LIMITS } from '../server/config.ts'
import { allows, POLICY } from '../server/wiki/policy.ts'
import { STATUS, WikiError } from '../shared/errors.ts'
import { type CommandName, commands, type Input, ROLES } from '../shared/protocol.ts'
import { type Client, refusal } from './support/client.ts'
import { type World, world } from './support/world.ts'

const names = Object.keys(commands) as CommandName[]
const only = (name: CommandName) => (commands[name] as { only?: 'http' | 'socket' }).only

let w: World
let admin: Client
let editor: Client
let reader: Client
let page: number

beforeAll(async () => {
  w = await world()
  admin = await w.person('ada')
  editor = await w.person('grace')
  reader = await w.person('linus')
  await admin.post('user:setRole', { user: reader.user!.id, role: 'reader' })
  page = (await editor.post('page:create', { title: 'Door', content: '# Door\n\nOpen.\n' })).id
})
afterAll(() => w.close())

/** A payload for each command that its schema takes. */
const samples = (): { [C in CommandName]: Input<C> } => ({
  'user:register': { username: 'ada', password: 'a few words long' },
  'user:signIn': { username: 'nobody here', password: 'a few words long' },
  'user:signOut': {},
  'user:me': {},
  'user:update': {},
  'user:changePassword': { current: 'not my password', password: 'a few words long' },
  'user:prove': { password: 'not my password' },
  'user:removeAvatar': {},
  'user:list': {},
  'user:setRole': { user: reader.user!.id, role: 'reader' },
  'user:invite': {},
  'user:resetLink': { user: reader.user!.id },
  'user:resetPassword': { token: 'ch_nothing', password: 'a few words long' },
  'page:create': { title: 'Door' },
  'page:read': { title: 'Door' },
  'page:list': {},
  'page:children': {},
  'page:rename': { page, title: 'Door' },
  'page:edit': { page, edits: [{ append: 'x' }] },
  'page:visit': { page, seq: 0 },
  'page:look': { page, seq: 0, line: 1 },
  'page:visits': {},
  'page:changesSince': { page, seq: 0 },
  'user:follow': { user: reader.user!.id },
  'page:delete': { page: 999_999 },
  'page:restore': { page: 999_999 },
  'page:purge': { page: 999_999 },
  'page:protect': { page, reason: null },
  'page:lock': { page, on: false },
  'page:duplicate': { page: 999_999 },
  'page:star': { page, on: false },
  'page:shelf': {},
  'tree:place': { title: 'Door', before: null },
  'user:disable': { user: 999_999, on: true },
  'user:signOutEverywhere': { user: 999_999 },
  'user:read': { username: 'ada' },
  'trash:list': {},
  'change:list': {},
  'change:note': { page, note: 'x' },
  'link:resolve': { titles: ['Door'] },
  'page:preview': { title: 'Door' },
  'search:jump': { query: 'door' },
  'search:find': { query: 'door' },
  'page:backlinks': { page },
  'page:mentions': { page },
  'mention:link': { page, to: page },
  'tag:list': {},
  'tag:pages': { tag: 'bread' },
  'embed:draw': { page, kind: 'query', source: 'tag: bread' },
  'maintenance:list': { kind: 'wanted' },
  'job:list': {},
  'job:cancel': { job: 1 },
  'template:list': {},
  'template:fill': { template: page, title: 'Door' },
  'page:today': {},
  'import:begin': {},
  'export:all': {},
  'file:upload': {},
  'file:resolve': { names: ['bread.png'] },
  'file:list': { page },
  'file:unused': {},
  'file:remove': { files: [999_999] },
  'page:open': { page },
  'page:push': { page, epoch: 'x', update: 'AAA=' },
  'page:point': { page, anchor: null, head: null },
  'page:check': { page },
  'page:close': { page },
})

/** Asks by a transport that the command knows. */
const ask = (client: Client, name: CommandName, payload: unknown) =>
  only(name) === 'socket' ? client.ask(name, payload as never) : client.post(name, payload as never)

const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'ok',
    error => (error instanceof WikiError ? error.code : Promise.reject(error)),
  )

describe('the one door', () => {
  test('who may ask what is this table', () => {
    const config = { publicRead: true }
    const who = ['guest', ...ROLES] as const
    const table = names.map(name => {
      const cells = who.map(role => (allows(POLICY[name], { role }, config) ? role : '-').padEnd(7))
      return `${name.padEnd(20)} ${cells.join(' ')}`.trimEnd()
    })
    expect(`\n${table.join('\n')}\n`).toMatchInlineSnapshot(`
      "
      user:register        guest   reader  editor  admin
      user:signIn          guest   reader  editor  admin
      user:signOut         guest   reader  editor  admin
      user:me              guest   reader  editor  admin
      user:update          -       reader  editor  admin
      user:changePassword  -       reader  editor  admin
      user:prove           -       reader  editor  admin
      user:removeAvatar    -       reader  editor  admin
      user:list            -       -       -       admin
      user:setRole         -       -       -       admin
      user:disable         -       -       -       admin
      user:signOutEverywhere -       -       -       admin
      user:read            guest   reader  editor  admin
      page:shelf           -       reader  editor  admin
      user:invite          -       -       -       admin
      user:resetLink       -       -       -       admin
      user:resetPassword   guest   reader  editor  admin
      page:create          -       -       editor  admin
      page:read            guest   reader  editor  admin
      page:list            guest   reader  editor  admin
      page:children        guest   reader  editor  admin
      page:rename          -       -       editor  admin
      page:edit            -       -       editor  admin
      page:visit           -       reader  editor  admin
      page:look            -       reader  editor  admin
      page:visits          -       reader  editor  admin
      page:changesSince    guest   reader  editor  admin
      user:follow          -       reader  editor  admin
      page:delete          -       -       editor  admin
      page:restore         -       -       editor  admin
      page:purge           -       -       -       admin
      page:protect         -       -       -       admin
      page:lock            -       -       editor  admin
      page:duplicate       -       -       editor  admin
      page:star            -       reader  editor  admin
      tree:place           -       -       editor  admin
      trash:list           -       -       editor  admin
      change:list          guest   reader  editor  admin
      change:note          -       -       editor  admin
      link:resolve         guest   reader  editor  admin
      page:preview         guest   reader  editor  admin
      page:backlinks       guest   reader  editor  admin
      page:mentions        guest   reader  editor  admin
      mention:link         -       -       editor  admin
      tag:list             guest   reader  editor  admin
      tag:pages            guest   reader  editor  admin
      embed:draw           guest   reader  editor  admin
      maintenance:list     -       reader  editor  admin
      job:list             -       reader  editor  admin
      job:cancel           -       reader  editor  admin
      search:jump          guest   reader  editor  admin
      search:find          guest   reader  editor  admin
      template:list        guest   reader  editor  admin
      template:fill        -       -       editor  admin
      page:today           -       -       editor  admin
      import:begin         -       -       -       admin
      export:all           -       -       -       admin
      file:upload          -       -       editor  admin
      file:resolve         guest   reader  editor  admin
      file:list            guest   reader  editor  admin
      file:unused          -       -       -       admin
      file:remove          -       -       -       admin
      page:open            guest   reader  editor  admin
      page:push            -       -       editor  admin
      page:point           -       reader  editor  admin
      page:check           guest   reader  editor  admin
      page:close           guest   reader  editor  admin
      "
    `)
  })

  test.each(names)('%s is answered to exactly those whom the table lets in', async name => {
    for (const client of [w.guest(), reader, editor, admin]) {
      const role =
        client.user?.id === reader.user!.id
          ? 'reader'
          : client === admin
            ? 'admin'
            : client === editor
              ? 'editor'
              : 'guest'
      if (name === 'user:signOut' && role !== 'guest') continue
      const code = await codeOf(ask(client, name, samples()[name]))
      const refused = role === 'guest' ? 'unauthenticated' : 'forbidden'
      // A wrong password is answered under the same code as no sign-in at all.
      if (name === 'user:signIn') expect(code, role).toBe('unauthenticated')
      else if (allows(POLICY[name], { role }, { publicRead: true })) expect(code, role).not.toBe(refused)
      else expect(code, role).toBe(refused)
    }
  })

  test.each(names)('%s refuses payloads of the wrong shape with a sentence, and names the field', async name => {
    const sample = samples()[name] as Record<string, unknown>
    for (const payload of [null, 7, 'text', [], [sample]])
      expect((await refusal(ask(admin, name, payload))).code).toBe('invalid')
    const misspelt = await refusal(ask(admin, name, { ...sample, titel: 'x' }))
    expect(misspelt.code).toBe('invalid')
    for (const field of Object.keys(sample)) {
      for (const wrong of [{}, [], 1.5, true, -1, 'x'.repeat(100)]) {
        if (Array.isArray(wrong) && Array.isArray(sample[field])) continue
        if (typeof wrong === 'boolean' && typeof sample[field] === 'boolean') continue
        if (typeof wrong === 'string' && (typeof sample[field] === 'string' || sample[field] === null)) continue
        const error = await refusal(ask(admin, name, { ...sample, [field]: wrong }))
        expect(error.code, `${field} = ${JSON.stringify(wrong)}`).toBe('invalid')
        expect(error.message.length).toBeGreaterThan(5)
      }
    }
  })

  test('what is too large is refused as such, and the page stays as it was', async () => {
    const before = await editor.post('page:read', { page })
    const huge = 'x'.repeat(LIMITS.pageBytes + 1)
    expect((await refusal(editor.post('page:create', { title: 'Huge', content: huge }))).code).toBe('too_large')
    expect((await refusal(editor.post('page:edit', { page, edits: [{ append: huge }] }))).code).toBe('too_large')
    expect((await refusal(editor.post('page:create', { title: 'x'.repeat(251) }))).code).toBe('invalid')
    expect((await editor.post('page:read', { page })).content).toBe(before.content)
    expect((await refusal(editor.post('page:read', { title: 'Huge' }))).code).toBe('missing')
  })

  test('an unknown command is told so on both ways in', async () => {
    expect((await refusal(editor.ask('page:burn' as CommandName, {} as never))).code).toBe('missing')
    expect((await refusal(editor.post('page:burn' as CommandName, {} as never))).code).toBe('missing')
    expect((await refusal(editor.post('constructor' as CommandName, {} as never))).code).toBe('missing')
  })

  test('what belongs to the other transport says which', async () => {
    for (const name of names) {
      if (only(name) === 'http')
        expect((await refusal(editor.ask(name, samples()[name] as never))).message).toContain(`/api/${name}`)
      if (only(name) === 'socket')
        expect((await refusal(editor.post(name, samples()[name] as never))).code).toBe('invalid')
    }
  })

  test('where PUBLIC_READ is false, guests read nothing on any way in', async () => {
    await using closed = await world({ config: { publicRead: false } })
    const owner = await closed.person('owner')
    await owner.post('page:create', { title: 'Ours', content: 'secret bread' })
    const guest = closed.guest()
    for (const name of names) {
      if (POLICY[name] !== 'readers') continue
      expect(await codeOf(ask(guest, name, samples()[name])), name).toBe('unauthenticated')
    }
    for (const path of ['/', '/wiki/Ours', '/wiki/Ours.md', '/pages']) {
      const response = await guest.fetch(path)
      expect(await response.text()).not.toContain('secret bread')
      expect([302, 303, 401]).toContain(response.status)
    }
    const heard: string[] = []
    ;(await guest.socket()).onAny((event: string) => heard.push(event))
    await owner.post('page:create', { title: 'Also ours' })
    await guest.ask('user:me', {})
    expect(heard).toEqual([])
  })

  test('thousands of random payloads later, the server still serves', { timeout: 120_000 }, async () => {
    const value = fc.letrec(tie => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.string(),
        fc.integer(),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        fc.constantFrom(
          '__proto__',
          'constructor',
          '../../etc/passwd',
          '\u0000',
          '\ud800',
          '9'.repeat(400),
          "' or 1=1 --",
        ),
        fc.base64String(),
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(
          fc.oneof(fc.string(), fc.constantFrom('page', 'title', 'edits', 'update', 'vector', 'content', '__proto__')),
          tie('any'),
          { maxKeys: 5 },
        ),
      ),
    })).any
    let answered = 0
    const someone = await w.person('fuzzer')
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names.filter(name => only(name) !== 'http')),
        value,
        value,
        async (name, payload, mixed) => {
          const sample = samples()[name] as Record<string, unknown>
          const key = Object.keys(sample)[0]
          for (const one of [payload, key === undefined ? payload : { ...sample, [key]: mixed }]) {
            const code = await codeOf(someone.ask(name, one as never)).catch(() => 'line')
            if (code === 'line') continue
            answered++
            expect(code === 'ok' || code in STATUS).toBe(true)
            expect(code).not.toBe('failed')
          }
        },
      ),
      { numRuns: 1_500 },
    )
    expect(answered).toBeGreaterThan(500)
    // Sockets may send anything, with or without a function to answer to.
    const socket = (await someone.socket()) as unknown as {
      emit(event: string, ...args: unknown[]): void
      connected: boolean
    }
    for (const args of [[], [null], [() => {}], [1, 2, 3], [Buffer.alloc(3)], [{}, 'no function']])
      for (const name of ['page:open', 'page:push', 'nonsense', 'disconnecting', 'error']) {
        try {
          socket.emit(name, ...args)
        } catch {
          // Reserved names are refused by the client library itself.
        }
      }
    expect((await admin.post('page:read', { page })).title).toBe('Door')
    expect((await w.guest().fetch('/healthz')).status).toBe(200)
  })

  test('asking for what does not exist costs as much as any other request', async () => {
    await using strict = await world({ limits: { rates: { guestRequest: { points: 3, seconds: 60 } } } })
    const guest = strict.guest()
    const asked = ['page:destroy', 'user:signOut', 'page:destroy', 'page:destroy', 'user:me']
    const codes: string[] = []
    for (const name of asked) codes.push(await codeOf(guest.ask(name as CommandName, {} as never)))
    expect(codes).toEqual(['missing', 'invalid', 'missing', 'busy', 'busy'])
  })
})
