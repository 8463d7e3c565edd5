import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GUARDED, permitPage } from '../server/wiki/policy.ts'
import { type CommandName, commands } from '../shared/protocol.ts'
import { type Client, refusal } from './support/client.ts'
import { Replica } from './support/replica.ts'
import { type World, world } from './support/world.ts'

let w: World
let ada: Client
let grace: Client

beforeAll(async () => {
  w = await world()
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
