import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { LIMITS } from '../server/config.ts'
import { textOf } from '../shared/document.ts'
import type { Edit } from '../shared/protocol.ts'
import { fromBase64, toBase64 } from '../shared/update.ts'
import { type Client, refusal } from './support/client.ts'
import { serverProcess } from './support/process.ts'
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

let count = 0
const newPage = (content = '') => ada.post('page:create', { title: `Room ${++count}`, content })

describe('a room', () => {
  test('what one writes, the other reads, and both hear who wrote it', async () => {
    const page = await newPage('Bread: ')
    const [a, g] = await Promise.all([new Replica(ada, page.id).open(), new Replica(grace, page.id).open()])
    const told = grace.next('page:pushed', ({ page: id }) => id === page.id)
    a.text.insert(a.text.length, 'rye')
    expect((await told).edits.map(edit => edit.user)).toEqual([ada.user!.id])
    await g.until(() => g.text.toString() === 'Bread: rye')
    expect((await w.guest().post('page:read', { page: page.id })).content).toBe('Bread: rye')
  })

  test('twenty people who open a new page at once find its first text once', async () => {
    const page = await newPage('Once.')
    const guests = await Promise.all(Array.from({ length: 20 }, () => w.guest().ask('page:open', { page: page.id })))
    for (const { update } of guests) {
      const doc = new Y.Doc()
      Y.applyUpdate(doc, fromBase64(update))
      expect(textOf(doc).toString()).toBe('Once.')
    }
  })

  test('people see who comes, where they are and who leaves; guests are not shown', async () => {
    const page = await newPage('Who is here?')
    await ada.ask('page:open', { page: page.id })
    const joined = ada.next('page:joined', ({ page: id }) => id === page.id)
    await w.guest().ask('page:open', { page: page.id })
    const { presence, people } = await grace.ask('page:open', { page: page.id })
    expect(people.map(({ person }) => person.username).sort()).toEqual(['ada', 'grace'])
    expect((await joined).who).toMatchObject({ presence, person: { username: 'grace' }, anchor: null })
    const pointed = ada.next('page:pointed', ({ page: id }) => id === page.id)
    await grace.ask('page:point', { page: page.id, anchor: 'AAAA', head: 'AAEC' })
    expect((await pointed).points).toEqual([{ presence, anchor: 'AAAA', head: 'AAEC' }])
    const left = ada.next('page:left', ({ page: id }) => id === page.id)
    await grace.ask('page:close', { page: page.id })
    expect((await left).presence).toBe(presence)
  })

  test('a reader’s client id is never written down, and an edit sent a hundred times is kept once', async () => {
    const page = await newPage('Quiet.')
    const a = await new Replica(ada, page.id).open()
    a.text.insert(0, 'Not so ')
    await a.settled()
    await grace.ask('page:open', { page: page.id, vector: toBase64(Y.encodeStateVector(new Y.Doc())) })
    const all = toBase64(Y.encodeStateAsUpdate(a.doc))
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => ada.ask('page:push', { page: page.id, epoch: a.epoch, update: all })),
    )
    expect(new Set(answers.map(({ seq }) => seq))).toEqual(new Set([2]))
    const { log } = w.running.db
    expect(await log.head(page.id)).toBe(2)
    expect(new Set((await log.clients(page.id)).values())).toEqual(new Set([ada.user!.id]))
  })

  test('a megabyte is pasted in parts and arrives whole', async () => {
    const { merge, split } = await import('../shared/update.ts')
    const page = await newPage('')
    const [a, g] = [new Y.Doc(), await new Replica(grace, page.id).open()]
    const paste = 'Flour, water, salt — 粉、水、塩 👩‍🍳\n'.repeat(26_000)
    textOf(a).insert(0, paste)
    const parts = split(merge([Y.encodeStateAsUpdate(a)]), 192 * 1024)
    expect(parts.length).toBeGreaterThan(3)
    for (const part of parts) await ada.ask('page:push', { page: page.id, epoch: g.epoch, update: toBase64(part) })
    await g.until(() => g.text.length === paste.length)
    expect(g.text.toString()).toBe(paste)
    const more = new Y.Doc()
    textOf(more).insert(0, 'x'.repeat(LIMITS.pageBytes / 2))
    const update = toBase64(Y.encodeStateAsUpdate(more))
    expect((await refusal(ada.ask('page:push', { page: page.id, epoch: g.epoch, update }))).code).toBe('too_large')
    expect(g.text.toString()).toBe(paste)
  })

  test('an edit from before a restore is refused, so that its author keeps it as a draft', async () => {
    const page = await newPage('')
    expect(
      (await refusal(ada.ask('page:push', { page: page.id, epoch: 'another', update: 'AAA=' }))).details.reason,
    ).toBe('epoch')
  })
})

describe('rights', () => {
  test('a right that is withdrawn is gone within a second, on open sockets too', async () => {
    const page = await newPage('Mine.')
    const mina = await w.person('mina')
    const m = await new Replica(mina, page.id).open()
    const socket = await mina.socket()
    const line = new Promise<void>(resolve => socket.once('disconnect', () => resolve()))
    const again = mina.next('server:greeted')
    const began = performance.now()
    await ada.post('user:setRole', { user: mina.user!.id, role: 'reader' })
    await line
    expect((await again).user?.role).toBe('reader')
    expect(performance.now() - began).toBeLessThan(1_000)
    const doc = new Y.Doc()
    textOf(doc).insert(0, 'after')
    const late = mina.ask('page:push', { page: page.id, epoch: m.epoch, update: toBase64(Y.encodeStateAsUpdate(doc)) })
    expect((await refusal(late)).code).toBe('forbidden')
    m.close()
  })

  test('signing out closes the sockets of that session, and of no other', async () => {
    const noor = await w.person('noor')
    const other = w.guest()
    await other.post('user:signIn', { username: 'noor', password: 'noor likes bread' })
    const [first, second] = [await noor.socket(), await other.socket()]
    const closed = new Promise<void>(resolve => first.once('disconnect', () => resolve()))
    await noor.post('user:signOut', {})
    await closed
    expect(second.connected).toBe(true)
    expect((await other.ask('user:me', {})).user?.username).toBe('noor')
  })

  test('a page from another address cannot use a visitor’s cookie on the socket', async () => {
    const { io } = await import('socket.io-client')
    for (const origin of ['http://evil.example', 'null', 'http://localhost:1']) {
      const socket = io(w.url, {
        transports: ['websocket'],
        forceNew: true,
        reconnection: false,
        extraHeaders: { Origin: origin, Cookie: ada.cookie },
      })
      await new Promise<void>((resolve, reject) => {
        socket.once('connect_error', () => resolve())
        socket.once('connect', () => reject(new Error(`${origin} was let in`)))
      })
      socket.disconnect()
    }
  })
})

describe('edits by program', () => {
  test('a section is rewritten while somebody types in it, and both are there', async () => {
    const page = await newPage('# Prices\n\nRye 1.30\nSpelt 2.05\n\n# Notes\n\nNone.\n')
    const a = await new Replica(ada, page.id).open()
    a.text.insert(a.text.toString().indexOf('Spelt') + 5, ' (organic)')
    const edits = [{ section: 'Prices', set: 'Rye 1.32\nSpelt 2.05\n' }]
    await Promise.all([a.settled(), grace.post('page:edit', { page: page.id, edits })])
    const { seq } = await grace.post('page:read', { page: page.id })
    await a.until(() => a.seq >= seq)
    const text = a.text.toString()
    expect(text).toContain('Rye 1.32')
    expect(text).toContain('# Notes\n\nNone.')
    const { content } = await grace.post('page:read', { page: page.id })
    expect(text).toBe(content)
  })

  test('several edits are taken together or not at all, and refusals say why', async () => {
    const page = await newPage('one two two\n')
    const edit = (edits: Edit[]) => grace.post('page:edit', { page: page.id, edits })
    const twice = await refusal(edit([{ append: 'lost' }, { replace: 'two', with: '2' }]))
    expect(twice.code).toBe('conflict')
    expect(twice.message).toMatch(/2|twice|two/)
    expect((await refusal(edit([{ replace: 'three', with: '3' }]))).code).toBe('conflict')
    expect((await refusal(edit([{ section: 'Nowhere', set: 'x' }]))).code).toBe('missing')
    expect((await ada.post('page:read', { page: page.id })).content).toBe('one two two\n')
    const after = await edit([{ replace: 'one', with: '1' }, { append: 'three\r\n' }])
    const read = await ada.post('page:read', { page: page.id })
    expect(read.content).toMatch(/^1 two two\n+three\n$/)
    expect(after.seq).toBe(read.seq)
    expect(after.editor.username).toBe('grace')
  })

  test('a whole text is merged with what people wrote since the version it was made from', async () => {
    const page = await newPage('Rye 1.30\n\nSpelt 2.05\n\nOats 0.90\n')
    const base = (await grace.post('page:read', { page: page.id })).seq
    const a = await new Replica(ada, page.id).open()
    a.text.insert(a.text.length, '\nAda was here.\n')
    await a.settled()
    const text = 'Rye 1.32\n\nSpelt 2.10\n\nOats 0.90\n'
    await grace.post('page:edit', { page: page.id, text, base })
    const both = 'Rye 1.32\n\nSpelt 2.10\n\nOats 0.90\n\nAda was here.\n'
    await a.until(() => a.text.toString() === both)
    const clash = await refusal(grace.post('page:edit', { page: page.id, text: text.replace('1.32', '1.50'), base }))
    expect(clash.code).toBe('conflict')
    expect(clash.details.conflicts?.[0]).toMatchObject({
      yours: expect.stringContaining('50'),
      theirs: expect.stringContaining('32'),
    })
    const careless = grace.post('page:edit', { page: page.id, text } as never)
    expect((await refusal(careless)).code).toBe('invalid')
    expect((await refusal(grace.post('page:edit', { page: page.id, text, base: 99 }))).details.field).toBe('base')
    expect((await grace.post('page:read', { page: page.id })).content).toBe(both)
    a.close()
  })
})

describe('faults', () => {
  test('whatever was acknowledged or seen by others is there after the server is killed in that moment', {
    timeout: 120_000,
  }, async () => {
    await using server = await serverProcess({ RATE_LIMITS: 'off' })
    const writer = server.client()
    const watcher = server.client()
    await writer.post('user:register', { username: 'writer', password: 'kill me if you can' })
    const page = await writer.post('page:create', { title: 'Killed' })
    let acknowledged = ''
    for (let kill = 0; kill < 10; kill++) {
      const { update, epoch } = await writer.ask('page:open', { page: page.id })
      const doc = new Y.Doc()
      Y.applyUpdate(doc, fromBase64(update))
      expect(textOf(doc).toString().startsWith(acknowledged), `kill ${kill}`).toBe(true)
      await watcher.ask('page:open', { page: page.id })
      acknowledged = textOf(doc).toString()
      const before = Y.encodeStateVector(doc)
      textOf(doc).insert(acknowledged.length, `word${kill} `)
      const seen = watcher.next('page:pushed')
      const push = writer.ask('page:push', {
        page: page.id,
        epoch,
        update: toBase64(Y.encodeStateAsUpdate(doc, before)),
      })
      // Half of the time the writer has heard, half of the time only somebody else has seen it.
      await (kill % 2 === 0 ? push : seen)
      await server.kill()
      acknowledged = textOf(doc).toString()
      await server.start()
      await Promise.all([writer.socket(), watcher.socket()])
    }
    expect((await watcher.post('page:read', { page: page.id })).content).toBe(acknowledged)
  })

  test('a server that is asked to stop writes everything down, ends within five seconds and starts again as it was', async () => {
    await using server = await serverProcess({ RATE_LIMITS: 'off' })
    const writer = server.client()
    await writer.post('user:register', { username: 'writer', password: 'stop me if you can' })
    const page = await writer.post('page:create', { title: 'Stopped' })
    const replica = await new Replica(writer, page.id).open()
    for (let i = 0; i < 500; i++) replica.text.insert(replica.text.length, `${i} `)
    await replica.until(() => replica.outbox.length < 300)
    const began = performance.now()
    expect(await server.stop()).toBe(0)
    expect(performance.now() - began).toBeLessThan(5_000)
    await server.start()
    await replica.settled()
    expect((await writer.post('page:read', { page: page.id })).content).toBe(replica.text.toString())
  })

  test('somebody who stops reading is let go, and costs the others nothing', { timeout: 60_000 }, async () => {
    const page = await newPage('')
    const { port } = new URL(w.url)
    const deaf = connect(Number(port), 'localhost')
    const key = Buffer.from('sixteen bytes ok').toString('base64')
    deaf.write(
      `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: ${w.url}\r\n` +
        `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    )
    const frame = (text: string) =>
      Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])
    await new Promise(resolve => deaf.once('data', resolve))
    deaf.write(frame('40'))
    await new Promise(resolve => deaf.once('data', resolve))
    deaf.write(frame(`420["page:open",{"page":${page.id}}]`))
    await new Promise(resolve => deaf.once('data', resolve))
    deaf.pause()
    deaf.on('error', () => {})
    const gone = new Promise<void>(resolve => deaf.once('close', () => resolve()))
    const a = await new Replica(ada, page.id).open()
    const held = () => process.memoryUsage().external + process.memoryUsage().arrayBuffers
    const before = held()
    let done = false
    void gone.then(() => {
      done = true
    })
    const began = performance.now()
    while (!done && performance.now() - began < 30_000) {
      a.text.insert(0, 'x'.repeat(60_000))
      await a.settled()
      a.text.delete(0, a.text.length)
      await a.settled()
      // Its end of the line has to be read for the end to be seen.
      if (performance.now() - began > 15_000) deaf.resume()
    }
    expect(done).toBe(true)
    expect(held() - before).toBeLessThan(100 * 1024 * 1024)
  })
})

describe('the limits as they are shipped', () => {
  test('somebody who asks far too much is asked to wait, and told how long', async () => {
    await using strict = await world({ limits: { rates: LIMITS.rates } })
    const owner = await strict.person('owner')
    const results = await Promise.all(
      Array.from({ length: 400 }, (_, i) =>
        owner.ask('page:create', { title: `Flood ${i}` }).then(
          () => null,
          error => error as import('../shared/errors.ts').WikiError,
        ),
      ),
    )
    const refused = results.filter(error => error !== null)
    expect(refused.length).toBe(400 - LIMITS.rates.write.points)
    for (const error of refused) {
      expect(error.code).toBe('busy')
      expect(error.details.retryAfter).toBeGreaterThan(0)
    }
    expect((await owner.ask('page:list', {})).total).toBe(LIMITS.rates.write.points)
  })
})
