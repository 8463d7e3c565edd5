import type { Express } from 'express'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { allows, GUARDED, POLICY, type Rule } from '../server/wiki/policy.ts'
import { WikiError } from '../shared/errors.ts'
import { type CommandName, commands, ROLES } from '../shared/protocol.ts'
import type { Client } from './support/client.ts'
import { Replica } from './support/replica.ts'
import { sampleOf } from './support/samples.ts'
import { type World, world } from './support/world.ts'

// The app as it is put together, so that no route is forgotten here.
let app: Express
vi.mock('../server/web/app.ts', async original => {
  const real = await original<typeof import('../server/web/app.ts')>()
  return { ...real, createApp: (parts: Parameters<typeof real.createApp>[0]) => (app = real.createApp(parts)) }
})

const names = Object.keys(commands) as CommandName[]
const only = (name: CommandName) => (commands[name] as { only?: 'http' | 'socket' }).only
const WHO = ['guest', ...ROLES] as const
type Who = (typeof WHO)[number]

let w: World
let people: Record<Who, Client>

beforeAll(async () => {
  w = await world()
  const admin = await w.person('ada')
  const editor = await w.person('grace')
  const reader = await w.person('linus')
  await admin.post('user:setRole', { user: reader.user!.id, role: 'reader' })
  people = { guest: w.guest(), reader, editor, admin }
})
afterAll(() => w.close())

/** What a page may be to the one who asks. */
const KINDS = ['own', 'another’s', 'protected', 'deleted', 'protected and deleted', 'missing'] as const
type Kind = (typeof KINDS)[number]

let count = 0
const made = new Map<string, { id: number; title: string }>()

/** A page of this kind; the same again until somebody has changed it. */
async function pageOf(kind: Kind, who: Who): Promise<{ id: number; title: string }> {
  if (kind === 'missing') return { id: 999_999, title: 'Nobody wrote this' }
  const known = made.get(`${kind} ${who}`)
  if (known) return known
  const own = who === 'editor' || who === 'admin' ? people[who] : people.editor
  const author = kind === 'own' ? own : own === people.admin ? people.editor : people.admin
  const page = await author.post('page:create', { title: `Rights ${++count}`, content: 'secret bread' })
  if (kind.startsWith('protected')) await people.admin.post('page:protect', { page: page.id, reason: 'because' })
  if (kind.endsWith('deleted')) await people.admin.post('page:delete', { page: page.id })
  made.set(`${kind} ${who}`, page)
  return page
}

/** What would change who is who, or mean a person who is not there. */
const knownOf = (name: CommandName, page: { id: number; title: string }): Record<string, unknown> => ({
  page: page.id,
  title: page.title,
  ...(name === 'page:create' && { title: `Made ${++count}` }),
  // Whoever is asked about goes on asking: what ends their sessions is asked about nobody.
  user: name === 'user:disable' || name === 'user:signOutEverywhere' ? 999_999 : people.reader.user!.id,
  role: 'reader',
  ...(name === 'user:register' && { username: 'grace' }),
  ...(name === 'user:signIn' && { username: 'nobody here' }),
  current: 'not my password',
  password: 'a few words long',
  token: 'ch_nothing',
})

const ask = (client: Client, name: CommandName, payload: unknown) =>
  only(name) === 'socket' ? client.ask(name, payload as never) : client.post(name, payload as never)

async function answerTo(asked: Promise<unknown>): Promise<{ code: string; reason?: string; value?: unknown }> {
  try {
    return { code: 'ok', value: await asked }
  } catch (error) {
    if (!(error instanceof WikiError)) throw error
    return { code: error.code, ...(error.details.reason && { reason: error.details.reason }) }
  }
}

/** What the policy has to say about one cell; null where it lets pass. */
function refusalBy(name: CommandName, who: Who, kind: Kind): string | null {
  if (!allows(POLICY[name], { role: who }, { publicRead: true }))
    return who === 'guest' ? 'unauthenticated' : 'forbidden'
  return kind.startsWith('protected') && GUARDED.has(name) && who !== 'admin' ? 'forbidden' : null
}

const aboutPages = names.filter(name => 'page' in sampleOf(name, { page: 1, title: 'x' }) || name === 'page:read')

describe('rights', () => {
  test.each(names.filter(name => name !== 'user:signOut'))(
    '%s is answered as the policy says, whoever asks and whatever the page is',
    async name => {
      const cells: string[] = []
      for (const who of WHO)
        for (const kind of aboutPages.includes(name) ? KINDS : (['own'] as const)) {
          const page = await pageOf(kind, who)
          const { code, value } = await answerTo(ask(people[who], name, sampleOf(name, knownOf(name, page))))
          if (code === 'ok' && (POLICY[name] === 'editors' || POLICY[name] === 'admins')) made.clear()
          const refused = refusalBy(name, who, kind)
          const got = code === 'unauthenticated' || code === 'forbidden' ? code : null
          // Where the policy lets pass, the command itself decides; a wrong password has the code of no sign-in at all.
          if (name !== 'user:signIn' && got !== refused) cells.push(`${who}, ${kind}: ${code} instead of ${refused}`)
          if (code === 'failed') cells.push(`${who}, ${kind}: failed`)
          // What is deleted is told to nobody who did not ask for the trash.
          if (kind.endsWith('deleted') && !/^(trash|page:(restore|purge))/.test(name))
            if (JSON.stringify(value ?? '').includes('secret bread'))
              cells.push(`${who}, ${kind}: told what was deleted`)
        }
      expect(cells).toEqual([])
    },
    60_000,
  )

  test('no page from elsewhere can ask any command with a visitor’s cookie', async () => {
    const page = await pageOf('another’s', 'admin')
    for (const name of names) {
      if (only(name) === 'socket') continue
      const elsewhere: Record<string, string>[] = [
        { Origin: 'https://evil.example' },
        { 'Sec-Fetch-Site': 'cross-site', Origin: w.url },
      ]
      for (const headers of elsewhere) {
        const response = await people.admin.fetch(`/api/${name}`, {
          method: 'POST',
          headers: { ...headers, 'Content-Type': 'application/json' },
          body: JSON.stringify(sampleOf(name, knownOf(name, page))),
        })
        expect(response.status, name).toBe(403)
      }
    }
  })
})

interface Route {
  method: string
  path: string
  sample: string
}

/** Every route of the app, with an address that it takes. */
function routes(): Route[] {
  interface Layer {
    route?: { path: string | RegExp; methods: Record<string, boolean> }
    handle?: { stack?: Layer[] }
  }
  const walk = (layers: Layer[]): Route[] =>
    layers.flatMap(({ route, handle }) => {
      if (!route) return handle?.stack ? walk(handle.stack) : []
      const path = String(route.path)
      const sample = path.startsWith('/^')
        ? path
            .slice(2, path.lastIndexOf('/'))
            .replaceAll('\\/', '/')
            .replaceAll('\\.', '.')
            .replace(/\$|\?/g, '')
            .replace(/\.\+|\(.*?\)\+?|\[.*?\]\+?/g, 'Ours')
        : path.replace(/[:*]\w+/g, 'Ours')
      return Object.keys(route.methods).map(method => ({ method: method.toUpperCase(), path, sample }))
    })
  return walk((app as unknown as { router: { stack: Layer[] } }).router.stack)
}

/** Who may have what stands at each address. What is not named here is for readers, or if it changes something, for accounts. */
const ROUTES: Record<string, Rule> = {
  'GET /healthz': 'anyone',
  'GET /login': 'anyone',
  'GET /register': 'anyone',
  'GET /invite/:token': 'anyone',
  'GET /reset/:token': 'anyone',
  'GET /logout': 'anyone',
  'GET /drafts': 'anyone',
  'GET /uploads/avatars/:name': 'anyone',
  'POST /uploads/avatar': 'accounts',
  'GET /create': 'editors',
  'GET /profile': 'accounts',
  'GET /trash': 'editors',
  'GET /today': 'accounts',
  'GET /maintenance': 'accounts',
  'GET /files': 'admins',
  'GET /export.zip': 'admins',
  'POST /^\\/api\\/file:upload$/': 'editors',
  'POST /^\\/api\\/import:begin$/': 'admins',
  'GET /people': 'admins',
  'GET /.*/': 'anyone',
}

describe('addresses', () => {
  test('each is open to those whom its rule lets in, and no address is our failure', { timeout: 120_000 }, async () => {
    const cells: string[] = []
    const found = routes()
    expect(found.length).toBeGreaterThan(12)
    for (const { method, path, sample } of found) {
      if (path === '/api/:command') continue
      const rule = ROUTES[`${method} ${path}`] ?? (method === 'GET' ? 'readers' : 'accounts')
      for (const who of WHO) {
        const response = await people[who].fetch(sample, { method, headers: { Accept: 'text/html' } })
        await response.arrayBuffer()
        const away = response.status === 302 && response.headers.get('Location')?.startsWith('/login')
        const refused = [401, 403].includes(response.status) || away
        const allowed = allows(rule, { role: who }, { publicRead: true })
        if (response.status >= 500) cells.push(`${method} ${sample}: ${response.status} to ${who}`)
        else if (!allowed && !refused) cells.push(`${method} ${sample}: ${response.status} to ${who}, not for them`)
        else if (allowed && refused) cells.push(`${method} ${sample}: ${response.status} to ${who}, who may`)
      }
    }
    expect(cells).toEqual([])
  })

  test('where guests may not read, no address tells them a word of any page', { timeout: 120_000 }, async () => {
    await using closed = await world({ config: { publicRead: false } })
    const owner = await closed.person('owner')
    await owner.post('page:create', { title: 'Ours', content: 'secret bread' })
    const guest = closed.guest()
    for (const { method, sample } of routes()) {
      if (method !== 'GET') continue
      for (const address of [sample, `${sample}?title=Ours&query=secret&q=secret&match=Ours`]) {
        const text = await (await guest.fetch(address, { headers: { Accept: 'text/html' } })).text()
        expect(text.replaceAll(/next=[^"&]*/g, ''), address).not.toMatch(/secret bread|>\s*Ours\s*</)
      }
    }
    for (const name of names) {
      if (POLICY[name] !== 'readers') continue
      const sample = sampleOf(name, { page: 1, title: 'Ours', query: 'secret', user: 1 })
      expect((await answerTo(ask(guest, name, sample))).code, name).toBe('unauthenticated')
    }
  })

  test('nothing is changed by looking at it', async () => {
    const { log } = w.running.db
    const state = () =>
      log.withRaw(raw =>
        ['users', 'pages', 'entries', 'redirects', 'tokens'].map(table =>
          JSON.stringify(raw.prepare(`select * from ${table} order by 1, 2`).all()),
        ),
      )
    await w.running.wiki.pages.foldAll()
    const before = await state()
    for (const { method, sample } of routes())
      if (method === 'GET') await (await people.admin.fetch(sample, { headers: { Accept: 'text/html' } })).arrayBuffer()
    expect(await state()).toEqual(before)
  })
})

describe('rights withdrawn', () => {
  test('reach open sockets within a second, in the middle of writing, and nothing is heard or taken after', {
    timeout: 120_000,
  }, async () => {
    const { admin } = people
    const page = await admin.post('page:create', { title: 'Streaming', content: 'Go. ' })
    const times: number[] = []
    for (let round = 0; round < 24; round++) {
      const mina = await w.person(`mina ${round}`)
      const tab = mina.at(w.url)
      const m = await new Replica(tab, page.id).open()
      const socket = await tab.socket()
      const gone = new Promise<number>(resolve => socket.once('disconnect', () => resolve(performance.now())))
      const typing = setInterval(() => m.text.insert(0, 'x'), 2)
      await m.until(() => m.seq > 2)
      const began = performance.now()
      if (round % 3 === 0) await admin.post('user:setRole', { user: mina.user!.id, role: 'reader' })
      else if (round % 3 === 1) await mina.post('user:signOut', {})
      else
        await mina.post('user:changePassword', {
          current: `mina ${round} likes bread`,
          password: 'another long password',
        })
      times.push((await gone) - began)
      clearInterval(typing)
      // What was taken before the right ended may still be on its way to the disk; this edit stands in line behind it.
      const { seq } = await admin.post('page:edit', { page: page.id, edits: [{ append: '.' }] })
      const late = tab.ask('page:push', { page: page.id, epoch: m.epoch, update: 'AAA=' })
      expect((await answerTo(late)).code).toMatch(/unauthenticated|forbidden/)
      expect((await admin.post('page:read', { page: page.id })).seq).toBe(seq)
      m.close()
    }
    times.sort((a, b) => a - b)
    console.log(`rights withdrawn: p50 ${times[12]!.toFixed(0)} ms, p99 ${times.at(-1)!.toFixed(0)} ms`)
    expect(times.at(-1)).toBeLessThan(1_000)
  })
})
