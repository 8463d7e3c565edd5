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

  test('a page takes exactly as much text as its limit says, in any script and from any number of people', async () => {
    await using small = await world({ limits: { pageBytes: 300_000 } })
    const ida = await small.person('ida')
    const { id: page } = await ida.post('page:create', { title: 'Nearly full' })
    const { epoch } = await ida.ask('page:open', { page })
    const push = (text: string) => {
      const doc = new Y.Doc()
      textOf(doc).insert(0, text)
      return ida.ask('page:push', { page, epoch, update: toBase64(Y.encodeStateAsUpdate(doc)) })
    }
    const size = async () => Buffer.byteLength((await ida.post('page:read', { page })).content)
    await push('a'.repeat(200_000))
    const crowd = await Promise.allSettled(Array.from({ length: 6 }, () => push('粉'.repeat(20_000))))
    expect(crowd.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await size()).toBe(260_000)
    const over = ida.post('page:edit', { page, edits: [{ replace: '粉'.repeat(20_000), with: '水'.repeat(40_000) }] })
    expect((await refusal(over)).code).toBe('too_large')
    await ida.post('page:edit', { page, edits: [{ replace: 'a'.repeat(200_000), with: 'b' }] })
    await push('c'.repeat(239_000))
    expect(await size()).toBe(299_001)
  })

  test('whoever closes a page while it still opens, or closes an opening that is over, leaves it as they last said', async () => {
    const page = await newPage('Doors.')
    const hal = await w.person('hal')
    await ada.ask('page:open', { page: page.id })
    const here = async () =>
      (await w.guest().ask('page:open', { page: page.id })).people.map(one => one.person.username)
    await hal.socket()
    await Promise.all([hal.ask('page:open', { page: page.id }), hal.ask('page:close', { page: page.id })])
    expect(await here()).toEqual(['ada'])
    const first = await hal.ask('page:open', { page: page.id })
    const left = ada.next('page:left', ({ presence }) => presence === first.presence)
    const second = await hal.ask('page:open', { page: page.id })
    expect((await left).page).toBe(page.id)
    expect(second.presence).not.toBe(first.presence)
    await hal.ask('page:close', { page: page.id, presence: first.presence })
    expect(await here()).toEqual(['ada', 'hal'])
    await hal.ask('page:close', { page: page.id, presence: second.presence })
    expect(await here()).toEqual(['ada'])
    hal.hangUp()
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
  test('a page whose memory cannot be trusted is read anew, and everyone who had it open goes on writing', async () => {
    const page = await newPage('Trust. ')
    const [a, g] = await Promise.all([new Replica(ada, page.id).open(), new Replica(grace, page.id).open()])
    const { log } = w.running.db
    const append = log.append.bind(log)
    const hole = new Y.Doc()
    textOf(hole).insert(0, 'one ')
    const before = Y.encodeStateVector(hole)
    textOf(hole).insert(4, 'two')
    // The one fatal line in the log of a whole run comes from here.
    log.append = async (_page, _after, entries) => {
      log.append = append
      entries[0]!.bytes = Y.encodeStateAsUpdate(hole, before)
      return true
    }
    const lines = [await ada.socket(), await grace.socket()].map(
      socket => new Promise<void>(resolve => socket.once('disconnect', () => resolve())),
    )
    a.text.insert(7, 'first ')
    await Promise.all(lines)
    g.text.insert(0, 'second ')
    await Promise.all([a.settled(), g.settled()])
    const whole = (text: string) => text.includes('first ') && text.includes('second ')
    await Promise.all([a.until(() => whole(a.text.toString())), g.until(() => whole(g.text.toString()))])
    expect((await ada.post('page:read', { page: page.id })).content).toBe(a.text.toString())
    expect((await ada.ask('page:open', { page: page.id })).people).toHaveLength(2)
  })

  test('a page that cannot be read keeps no other page from being brought up to date', async () => {
    const [bad, good] = [await newPage('Lost.'), await newPage('Found.')]
    const { log } = w.running.db
    const row = (raw: Parameters<Parameters<typeof log.withRaw>[0]>[0]) =>
      raw.prepare('select content from pages where id = ?').pluck().get(good.id)
    await log.withRaw(raw => {
      const lag = raw.prepare("update pages set seq = 0, content = '', snapshot = ? where id = ?")
      lag.run(Buffer.from([255, 255]), bad.id)
      lag.run(Buffer.from([0, 0]), good.id)
    })
    await w.running.wiki.pages.foldAll()
    expect(await log.withRaw(row)).toBe('Found.')
  })

  test('a page whose file is damaged says so to whoever opens it, and to nobody else', async () => {
    const [snapshot, entry, good] = [await newPage('Lost.'), await newPage('Gone.'), await newPage('Found.')]
    const [one, other] = [new Y.Doc(), new Y.Doc()]
    textOf(one).insert(0, 'one')
    Y.applyUpdate(other, Y.encodeStateAsUpdate(one))
    textOf(other).insert(3, 'two')
    // Well-formed bytes, whose letters stand behind letters that are nowhere.
    const bytes = Y.encodeStateAsUpdate(other, Y.encodeStateVector(one))
    const { log } = w.running.db
    await log.withRaw(raw => raw.prepare('update pages set snapshot = ? where id = ?').run(bytes, snapshot.id))
    const entered = { user: ada.user!.id, via: 'page:push', at: Date.now(), bytes, clients: [], added: 3, removed: 0 }
    expect(await log.append(entry.id, entry.seq, [entered])).toBe(true)
    await expect(ada.ask('page:open', { page: entry.id })).rejects.toMatchObject({ code: 'failed' })
    await ada.ask('page:open', { page: snapshot.id })
    const edits = [{ replace: 'Lost', with: 'Found' }]
    await expect(ada.post('page:edit', { page: snapshot.id, edits })).rejects.toMatchObject({ code: 'failed' })
    await grace.ask('page:open', { page: good.id })
    expect((await grace.post('page:read', { page: good.id })).content).toBe('Found.')
  })

  test('whatever was acknowledged or seen by others is there after the server is killed in that moment', {
    timeout: 240_000,
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

  test('a request that is under way when the server is asked to stop is still answered', async () => {
    await using stopped = await world()
    const { port } = new URL(stopped.url)
    const line = connect(Number(port), 'localhost')
    let heard = ''
    const hears = (what: string) =>
      new Promise<void>((resolve, reject) => {
        const check = () => heard.includes(what) && resolve()
        line.on('data', check)
        line.once('close', () => reject(new Error(`The line was cut after “${heard}”.`)))
      })
    line.on('data', chunk => {
      heard += chunk
    })
    line.on('error', () => {})
    line.write(
      `POST /api/user:me HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: ${stopped.url}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n',
    )
    await hears('100 Continue')
    const closing = stopped.running.close()
    line.write('{')
    let listening = true
    while (listening)
      listening = await fetch(stopped.url).then(
        () => true,
        () => false,
      )
    line.write('}')
    await hears('"user":null')
    const began = performance.now()
    await closing
    expect(performance.now() - began).toBeLessThan(2_000)
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
  test('of many lines at once as many open as one person, or one address of guests, may have', async () => {
    await using strict = await world({ limits: { connectionsPerUser: 3, connectionsPerAddress: 4, peoplePerPage: 2 } })
    const owner = await strict.person('owner')
    const { id: page } = await owner.post('page:create', { title: 'Crowded' })
    const burst = async (cookie: string) => {
      const clients = Array.from({ length: 12 }, () => Object.assign(strict.guest(), { cookie }))
      const opened = await Promise.allSettled(clients.map(client => client.socket()))
      return clients.filter((_, i) => opened[i]!.status === 'fulfilled')
    }
    const guests = await burst('')
    expect(guests).toHaveLength(4)
    for (const guest of guests.slice(0, 2)) await guest.ask('page:open', { page })
    expect((await refusal(guests[2]!.ask('page:open', { page }))).code).toBe('busy')
    const tabs = await burst(owner.cookie)
    expect(tabs).toHaveLength(3)
    for (const tab of tabs.slice(0, 2)) await tab.ask('page:open', { page })
    expect((await refusal(tabs[2]!.ask('page:open', { page }))).code).toBe('busy')
    const gone = new Promise<void>(resolve => {
      const check = () => (strict.running.wiki.rooms.peek(page)!.people.size < 4 ? resolve() : setImmediate(check))
      check()
    })
    tabs[0]!.hangUp()
    await gone
    await (await burst(owner.cookie))[0]!.ask('page:open', { page })
  })

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
