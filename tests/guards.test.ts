import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LIMITS } from '../server/config.ts'
import { Session } from '../server/db/entities.ts'
import { DANGEROUS, GUARDED, permitPage } from '../server/wiki/policy.ts'
import { type CommandName, commands } from '../shared/protocol.ts'
import { type Client, refusal } from './support/client.ts'
import { Replica } from './support/replica.ts'
import { sampleOf } from './support/samples.ts'
import { type World, world } from './support/world.ts'

let w: World
let ada: Client
let grace: Client

beforeAll(async () => {
  w = await world({ limits: { rates: { signInAccount: LIMITS.rates.signInAccount } } })
  ada = await w.person('ada')
  grace = await w.person('grace')
})
afterAll(() => w.close())

describe('protection', () => {
  test('every command that changes a page by its id asks whether it is protected', () => {
    for (const command of GUARDED) {
      const refused = () => permitPage(command, { role: 'editor' }, { protection: 'why' })
      expect(refused, command).toThrow('only an admin can change it. “why”')
      expect(() => permitPage(command, { role: 'admin' }, { protection: 'why' })).not.toThrow()
      expect(() => permitPage(command, { role: 'editor' }, { protection: null })).not.toThrow()
    }
    expect([...GUARDED].every(command => command in commands)).toBe(true)
    expect(() => permitPage('page:read', { role: 'guest' }, { protection: 'why' })).not.toThrow()
  })

  test('only admins change a protected page, everyone reads it and sees why, also after a restart', async () => {
    const { id } = await grace.post('page:create', { title: 'Charter', content: 'We bake.' })
    expect((await refusal(grace.post('page:protect', { page: id, reason: '' }))).code).toBe('forbidden')
    const page = await ada.post('page:protect', { page: id, reason: 'Agreed by all' })
    expect(page.protection).toBe('Agreed by all')
    await w.restart()
    const deeds: [CommandName, unknown][] = [
      ['page:edit', { page: id, edits: [{ append: 'x' }] }],
      ['page:rename', { page: id, title: 'Elsewhere' }],
      ['page:delete', { page: id }],
      ['page:lock', { page: id, on: true }],
    ]
    for (const [command, payload] of deeds) {
      const error = await refusal(grace.post(command, payload as never))
      expect(error, command).toMatchObject({ code: 'forbidden', details: { reason: 'protected' } })
      expect(error.message).toContain('Agreed by all')
    }
    expect((await grace.post('page:read', { page: id })).protection).toBe('Agreed by all')
    expect(await (await w.guest().fetch('/wiki/Charter')).text()).toContain('Agreed by all')
    expect(await grace.ask('page:open', { page: id })).toMatchObject({ mayWrite: false })
    expect(await ada.ask('page:open', { page: id })).toMatchObject({ mayWrite: true })
    await ada.post('page:edit', { page: id, edits: [{ append: 'Daily.' }] })
    // What is deleted keeps its rights.
    await ada.post('page:delete', { page: id })
    expect((await refusal(grace.post('page:restore', { page: id }))).code).toBe('forbidden')
    await ada.post('page:restore', { page: id })
    await ada.post('page:protect', { page: id, reason: null })
    await grace.post('page:edit', { page: id, edits: [{ append: 'Again.' }] })
  })

  test('a page cannot be deleted along with what it stands under, if it is protected', async () => {
    const { id } = await grace.post('page:create', { title: 'Top' })
    const below = await grace.post('page:create', { title: 'Top/Protected' })
    await ada.post('page:protect', { page: below.id, reason: '' })
    expect((await refusal(grace.post('page:delete', { page: id, below: 'delete' }))).code).toBe('forbidden')
    expect((await grace.post('page:read', { page: id })).title).toBe('Top')
    await grace.post('page:delete', { page: id })
  })

  test('on open sockets it holds within a second, and everyone is told', async () => {
    const { id } = await grace.post('page:create', { title: 'Busy', content: 'x' })
    const writer = await new Replica(grace, id).open()
    writer.text.insert(0, 'before ')
    await writer.settled()
    const told = grace.next('page:guarded')
    await ada.post('page:protect', { page: id, reason: 'Enough' })
    expect(await told).toMatchObject({ page: { id, protection: 'Enough' }, by: { username: 'ada' } })
    const refused = await refusal(grace.ask('page:push', { page: id, epoch: writer.epoch, update: 'AAA=' }))
    expect(refused).toMatchObject({ code: 'forbidden', details: { reason: 'protected' } })
    expect((await ada.post('page:read', { page: id })).content).toBe('before x')
    writer.close()
  })

  test('a lock is anybody’s who writes, and stops nobody who means it', async () => {
    const { id } = await ada.post('page:create', { title: 'Locked', content: 'x' })
    expect((await grace.post('page:lock', { page: id, on: true })).locked).toBe(true)
    await grace.post('page:edit', { page: id, edits: [{ append: 'y' }] })
    expect((await grace.post('page:lock', { page: id, on: false })).locked).toBe(false)
  })
})

describe('accounts, for admins', () => {
  test('who is disabled is out within a second, on every line, and cannot come in until that ends', async () => {
    const linus = await w.person('linus')
    const { id } = await linus.post('page:create', { title: 'By linus', content: 'x' })
    const writer = await new Replica(linus, id).open()
    const socket = await linus.socket()
    const greeted = new Promise(resolve => socket.once('server:greeted', ({ user }) => resolve(user)))
    const began = performance.now()
    const { user } = await ada.post('user:disable', { user: linus.user!.id, on: true })
    expect(user).toMatchObject({ disabled: true, username: 'linus' })
    expect(await greeted).toBeNull()
    expect(performance.now() - began).toBeLessThan(1_000)
    for (const asked of [
      () => linus.post('page:create', { title: 'Still here' }),
      () => linus.ask('page:push', { page: id, epoch: writer.epoch, update: 'AAA=' }),
    ])
      expect((await refusal(asked())).code).toBe('unauthenticated')
    const again = w.guest()
    const signIn = () => again.post('user:signIn', { username: 'linus', password: 'linus likes bread' })
    expect(await refusal(signIn())).toMatchObject({ code: 'forbidden' })
    const { users } = await ada.post('user:list', {})
    expect(users.find(({ username }) => username === 'linus')).toMatchObject({ disabled: true })
    expect(Date.parse(users.find(({ username }) => username === 'linus')!.seenAt!)).toBeGreaterThan(Date.now() - 60_000)
    await ada.post('user:disable', { user: linus.user!.id, on: false })
    expect((await signIn()).user.username).toBe('linus')
    writer.close()
  })

  test('a reset link of somebody disabled leads nowhere', async () => {
    const mika = await w.person('mika')
    const { url } = await ada.post('user:resetLink', { user: mika.user!.id })
    await ada.post('user:disable', { user: mika.user!.id, on: true })
    const token = url.slice(url.lastIndexOf('/') + 1)
    const asked = w.guest().post('user:resetPassword', { token, password: 'a few words long' })
    expect(['missing', 'forbidden', 'invalid']).toContain((await refusal(asked)).code)
  })

  test('nobody disables themselves, nor the last admin', async () => {
    expect((await refusal(ada.post('user:disable', { user: ada.user!.id, on: true }))).code).toBe('conflict')
    const second = await w.person('second')
    await ada.post('user:setRole', { user: second.user!.id, role: 'admin' })
    await second.post('user:disable', { user: ada.user!.id, on: true })
    expect((await refusal(second.post('user:setRole', { user: second.user!.id, role: 'editor' }))).code).toBe(
      'conflict',
    )
    await second.post('user:disable', { user: ada.user!.id, on: false })
    await ada.post('user:signIn', { username: 'ada', password: 'ada likes bread' })
  })

  test('signing somebody out everywhere ends all their sessions and lines, and they may come again', async () => {
    const noor = await w.person('noor')
    const socket = await noor.socket()
    const greeted = new Promise(resolve => socket.once('server:greeted', ({ user }) => resolve(user)))
    expect((await refusal(grace.post('user:signOutEverywhere', { user: noor.user!.id }))).code).toBe('forbidden')
    expect((await ada.post('user:signOutEverywhere', { user: noor.user!.id })).sessions).toBe(1)
    expect(await greeted).toBeNull()
    expect((await noor.post('user:me', {})).user).toBeNull()
    await noor.post('user:signIn', { username: 'noor', password: 'noor likes bread' })
    expect((await noor.post('user:me', {})).user?.username).toBe('noor')
  })
})

describe('what is dangerous', () => {
  let boss: Client
  beforeAll(async () => {
    boss = await w.person('boss')
    await ada.post('user:setRole', { user: boss.user!.id, role: 'admin' })
  })
  const dangerous = Object.keys(DANGEROUS) as (keyof typeof DANGEROUS)[]
  /** Makes it so long ago that everybody gave their password. */
  const age = (minutes: number) =>
    w.running.db.em().nativeUpdate(Session, {}, { provedAt: new Date(Date.now() - minutes * 60_000) })
  const payload = (name: CommandName) =>
    sampleOf(name, { user: 999_999, page: 999_999, files: [999_999], role: 'admin', on: true })
  const ways = (name: CommandName) =>
    (commands[name] as { only?: string }).only === 'http' ? (['post'] as const) : (['post', 'ask'] as const)
  const asked = (name: CommandName, way: 'post' | 'ask') => boss[way](name, payload(name) as never)

  test.each(dangerous)('%s wants the password again after half an hour, whichever way it is asked', async name => {
    const input = name === 'user:invite' ? { role: 'admin' } : payload(name)
    const codeOf = (way: 'post' | 'ask') =>
      boss[way](name, input as never).then(
        () => 'ok',
        error => error.code,
      )
    for (const way of ways(name)) {
      await age(31)
      expect(await codeOf(way)).toBe('unproven')
      const wrong = await refusal(boss[way]('user:prove', { password: 'not my password' }))
      expect(wrong).toMatchObject({ code: 'invalid', details: { field: 'password' } })
      expect(await codeOf(way)).toBe('unproven')
      await boss[way]('user:prove', { password: 'boss likes bread' })
      expect(await codeOf(way)).not.toBe('unproven')
      await age(29)
      expect(await codeOf(way)).not.toBe('unproven')
    }
  })

  test('a proof is one session’s own, guessing at it is slowed down, and nobody else is asked', async () => {
    await age(31)
    const elsewhere = w.guest()
    await elsewhere.post('user:signIn', { username: 'boss', password: 'boss likes bread' })
    expect((await refusal(asked('page:purge', 'post'))).code).toBe('unproven')
    expect((await refusal(elsewhere.post('page:purge', { page: 999_999 }))).code).toBe('missing')
    // Whoever may not anyway hears that, and nothing of passwords.
    expect((await refusal(grace.post('page:purge', { page: 999_999 }))).code).toBe('forbidden')
    await grace.post('page:create', { title: 'Not dangerous', content: 'x' })
    await grace.post('page:delete', { page: (await grace.post('page:read', { title: 'Not dangerous' })).id })
    for (let i = 0; i < 5; i++) await refusal(grace.post('user:prove', { password: `guess ${i}` }))
    expect((await refusal(grace.post('user:prove', { password: 'grace likes bread' }))).code).toBe('busy')
  })

  test('a zip is refused before it is read', async () => {
    await age(31)
    const form = new FormData()
    form.append('file', new Blob([new Uint8Array(100_000)]), 'wiki.zip')
    const answer = await boss.fetch('/api/import:begin', { method: 'POST', body: form })
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ ok: false, error: { code: 'unproven' } })
  })
})
