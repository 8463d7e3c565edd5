import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { LIMITS } from '../server/config.ts'
import { admit } from '../server/wiki/room-validator.ts'
import { Work } from '../server/wiki/room-work.ts'
import { textOf } from '../shared/document.ts'
import { WikiError } from '../shared/errors.ts'
import { type CommandName, commands } from '../shared/protocol.ts'
import { decode } from '../shared/update.ts'
import type { Client } from './support/client.ts'
import { bend, forge, nonsense } from './support/mutate.ts'
import { type ServerProcess, serverProcess } from './support/process.ts'
import { Random } from './support/random.ts'

// `npm run test:fuzz` runs the long form, a million inputs in all, and prints its figures.
const long = import.meta.env.MODE === 'long'
const COUNTS = long
  ? { updates: 750_000, honest: 20_000, events: 150_000, frames: 50_000, requests: 50_000 }
  : { updates: 20_000, honest: 2_000, events: 4_000, frames: 1_000, requests: 1_000 }
const figures: string[] = []
afterAll(() => console.log(`\n${figures.join('\n')}\n`))

const US = 1
const OTHERS = [2, 3]

/** A page that three people have written, and who owns which client id. */
function written(random: Random) {
  const docs = [US, ...OTHERS].map(user => ({ user, doc: new Y.Doc() }))
  const updates: Uint8Array[] = []
  for (const { doc } of docs)
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === 'told') return
      updates.push(update)
      for (const other of docs) if (other.doc !== doc) Y.applyUpdate(other.doc, update, 'told')
    })
  for (let i = 0; i < 300; i++) {
    const text = textOf(random.of(docs).doc)
    const at = random.below(text.length + 1)
    if (random.chance(0.25) && text.length > 4) text.delete(Math.min(at, text.length - 2), 2)
    else text.insert(at, random.of(['x', 'word ', 'a line\n', 'Brot und Salz ']))
  }
  const owners = new Map(docs.map(({ user, doc }) => [doc.clientID, user]))
  const room = new Y.Doc()
  Y.applyUpdate(room, Y.encodeStateAsUpdate(docs[0]!.doc))
  return { room, owners, updates, mine: docs[0]!.doc }
}

describe('the validator of edits', () => {
  test('takes nothing that is bent or forged under somebody else’s name, never throws, never leaves a hole', {
    timeout: 600_000,
  }, () => {
    const random = new Random(20_261_124)
    let [accepted, thrown, misattributed, holes, worst] = [0, 0, 0, 0, 0]
    let page = written(random)
    for (let i = 0; i < COUNTS.updates; i++) {
      // What is accepted grows the page: now and then, another.
      if (i % 5_000 === 4_999) page = written(random)
      const { room, owners, updates } = page
      const known = [...room.store.clients.keys()].map(client => ({ client, clock: Y.getState(room.store, client) }))
      const update = i % 3 === 0 ? forge(known, random) : bend(random.of(updates), random.of(updates), random)
      const began = performance.now()
      try {
        const work = new Work(room, LIMITS.pushSteps)
        const admitted = admit(update, US, { doc: room, owners, pending: new Map(), work }, LIMITS)
        if (admitted) {
          accepted++
          for (const run of decode(admitted.bytes).runs) if ((owners.get(run.client) ?? US) !== US) misattributed++
          if (admitted.client !== null) owners.set(admitted.client, US)
          Y.applyUpdate(room, admitted.bytes)
          if (room.store.pendingStructs || room.store.pendingDs) holes++
          if (holes > 0) page = written(random)
        }
      } catch (error) {
        if (!(error instanceof WikiError)) thrown++
      }
      worst = Math.max(worst, performance.now() - began)
    }
    figures.push(`updates: ${COUNTS.updates} tried, ${accepted} accepted, worst ${worst.toFixed(1)} ms`)
    expect({ thrown, misattributed, holes }).toEqual({ thrown: 0, misattributed: 0, holes: 0 })
    expect(accepted).toBeGreaterThan(0)
  })

  test('takes everything that an editor sends', { timeout: 600_000 }, () => {
    const random = new Random(7)
    const { room, owners, mine } = written(random)
    let refused = 0
    const updates: Uint8Array[] = []
    mine.on('update', (update: Uint8Array) => updates.push(update))
    const text = textOf(mine)
    for (let i = 0; i < COUNTS.honest; i++) {
      const at = random.below(text.length + 1)
      if (random.chance(0.3) && at < text.length) text.delete(at, Math.min(text.length - at, 1 + random.below(8)))
      else text.insert(at, random.of(['x', 'word ', 'a line\n', 'Brot']))
    }
    for (const update of updates)
      try {
        const work = new Work(room, LIMITS.pushSteps)
        const admitted = admit(update, US, { doc: room, owners, pending: new Map(), work }, LIMITS)
        if (admitted) Y.applyUpdate(room, admitted.bytes)
      } catch {
        refused++
      }
    figures.push(`honest updates: ${updates.length} tried, ${refused} refused`)
    expect(refused).toBe(0)
    expect(textOf(room).toString()).toBe(text.toString())
  })
})

describe('the doors', () => {
  /**
   * The server tells, when it is asked by a signal, how long its loop stood still at most, and its memory. Twice: by the
   * clock, which other programs of the machine slow down, and by what its own thread has worked between two ticks.
   */
  const WATCH = `import { readFileSync } from 'node:fs'
    import { monitorEventLoopDelay } from 'node:perf_hooks'
    const loop = monitorEventLoopDelay({ resolution: 5 })
    loop.enable()
    const worked = () => Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / 1e6
    let [last, worst] = [worked(), 0]
    setInterval(() => {
      const now = worked()
      worst = Math.max(worst, now - last)
      last = now
    }, 5).unref()
    process.on('SIGUSR2', () => {
      const memory = Math.round(process.memoryUsage().rss / 2 ** 20)
      process.stderr.write('LOOP ' + Math.round(loop.max / 1e6) + ' ' + Math.round(worst) + ' ' + memory + ' ;')
      loop.reset()
      worst = 0
    })`
  let server: ServerProcess
  let ada: Client
  let page: number
  let pid: number

  beforeAll(async () => {
    server = await serverProcess(
      { RATE_LIMITS: 'off', LOG_LEVEL: 'error' },
      { node: ['--import', `data:text/javascript,${encodeURIComponent(WATCH)}`] },
    )
    ada = server.client()
    ada.user = (await ada.post('user:register', { username: 'ada', password: 'nothing breaks this' })).user
    page = (await ada.post('page:create', { title: 'Fuzzed', content: 'Words. '.repeat(100) })).id
    pid = server.pid!
    await told()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  async function told(): Promise<{ stood: number; worked: number; memory: number }> {
    const before = server.output.length
    process.kill(server.pid!, 'SIGUSR2')
    for (;;) {
      const found = /LOOP (\d+) (\d+) (\d+) ;/.exec(server.output.slice(before))
      if (found) {
        const [stood, worked, memory] = found.slice(1).map(Number) as [number, number, number]
        return { stood, worked, memory }
      }
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  }

  async function unhurt(what: string): Promise<void> {
    expect(server.pid).toBe(pid)
    expect((await ada.fetch('/healthz')).status).toBe(200)
    const { stood, worked, memory } = await told()
    figures.push(
      `${what}; at most ${worked} ms of work in one turn of the loop, which stood still for ${stood} ms; ${memory} MB`,
    )
    // What our own code failed at is written there; nothing that anybody sends may be a failure of ours.
    expect(server.output.replace(/LOOP \d+ \d+ \d+ ;/g, '')).not.toMatch(/"level":(50|60)/)
  }

  test('sockets may send any event with any payload: all are answered, nothing fails, nothing ends', {
    timeout: 900_000,
  }, async () => {
    const random = new Random(1)
    const names = (Object.keys(commands) as CommandName[]).filter(name => !DESTRUCTIVE.test(name))
    const { epoch } = await ada.ask('page:open', { page })
    const hints = [page, epoch, ada.user!.id, 'Fuzzed', 'AAA=', {}, [], page + 1]
    const codes = new Map<string, number>()
    const clients = [ada, ...Array.from({ length: 3 }, () => ada.at(server.url)), server.client()]
    const shapes = names.map(name => [name, fieldsOf(name)] as const)
    for (let sent = 0; sent < COUNTS.events; sent += 100) {
      const socket = (await random.of(clients).socket()) as unknown as {
        connected: boolean
        timeout(ms: number): { emitWithAck(name: string, ...args: unknown[]): Promise<{ error?: { code: string } }> }
        emit(name: string, ...args: unknown[]): void
      }
      await Promise.all(
        Array.from({ length: 100 }, async () => {
          const [name, fields] = random.of(shapes)
          const event = random.chance(0.9)
            ? name
            : random.of(['page:burn', '', 'message', '__proto__', 'toString', name])
          const payload = random.chance(0.7)
            ? Object.fromEntries(fields.filter(() => random.chance(0.9)).map(key => [key, nonsense(random, hints, 2)]))
            : nonsense(random, hints)
          // Without a function to answer to, with too many arguments, with bytes where text belongs.
          if (random.chance(0.05)) return socket.emit(event, payload, 1, Buffer.from('x'))
          if (random.chance(0.02)) return socket.emit(event)
          const answer = await socket
            .timeout(20_000)
            .emitWithAck(event, payload)
            .catch(() => ({ error: { code: 'line' } }))
          const code = answer.error?.code ?? 'ok'
          codes.set(code, (codes.get(code) ?? 0) + 1)
        }),
      )
    }
    for (const client of clients.slice(1)) client.hangUp()
    const counted = [...codes].map(([code, count]) => `${code} ${count}`).join(', ')
    expect(codes.get('failed') ?? 0, counted).toBe(0)
    expect(codes.get('line') ?? 0, counted).toBeLessThan(COUNTS.events / 20)
    await unhurt(`events: ${COUNTS.events} sent (${counted})`)
  })

  test('lines may send any frame, whole or in pieces', { timeout: 900_000 }, async () => {
    const random = new Random(2)
    const GOOD = [
      '40',
      '42["page:open",{"page":1}]',
      '451-["page:push",{"_placeholder":true,"num":0}]',
      '3',
      '41',
      '2probe',
    ]
    let sent = 0
    const talk = async () => {
      while (sent < COUNTS.frames) {
        const line = connect(Number(new URL(server.url).port), '127.0.0.1')
        line.on('error', () => {})
        line.write(upgrade(server.url))
        await Promise.race([once(line, 'data'), once(line, 'close')]).catch(() => {})
        for (let i = 1 + random.below(40); i > 0 && !line.destroyed; i--) {
          sent++
          const text = random.chance(0.5)
            ? Buffer.from(random.of(GOOD))
            : Buffer.from(bend(Buffer.from(random.of(GOOD)), Buffer.from(random.of(GOOD)), random))
          const bytes = random.chance(0.03) ? Buffer.from(`42${'['.repeat(50_000)}`) : text
          line.write(random.chance(0.8) ? frame(bytes) : bend(frame(bytes), frame(text), random))
        }
        // The server ends what makes no sense; what it keeps, we end.
        line.end()
        if (!line.destroyed) await Promise.race([once(line, 'close'), new Promise(resolve => setTimeout(resolve, 50))])
        line.destroy()
      }
    }
    await Promise.all(Array.from({ length: 8 }, talk))
    await unhurt(`frames: ${sent} sent`)
  })

  test('requests may be anything: none is our failure', { timeout: 900_000 }, async () => {
    const random = new Random(3)
    const host = new URL(server.url).host
    const own = `Host: ${host}\r\nOrigin: ${server.url}\r\nCookie: ${ada.cookie}\r\n`
    const json = (command: string, body: string) =>
      `POST /api/${command} HTTP/1.1\r\n${own}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    const form =
      '--b\r\nContent-Disposition: form-data; name="avatar"; filename="a.png"\r\nContent-Type: image/png\r\n\r\nx\r\n--b--\r\n'
    const templates = [
      ...[
        '/',
        '/wiki/Fuzzed',
        '/wiki/Fuzzed.md',
        '/pages?match=%25',
        '/login?next=/x',
        '/profile',
        '/uploads/avatars/x',
      ].map(path => `GET ${path} HTTP/1.1\r\n${own}\r\n`),
      `GET /wiki/..%2f..%2fetc%2fpasswd HTTP/1.1\r\n${own}\r\n`,
      json('page:read', '{"title":"Fuzzed"}'),
      json('page:edit', `{"page":${page},"edits":[{"append":"x"}]}`),
      json('page:list', '{"match":"a","limit":5}'),
      json('link:resolve', '{"titles":["Fuzzed","[[x]]"]}'),
      json('user:signIn', '{"username":"nobody"}'),
      `POST /uploads/avatar HTTP/1.1\r\n${own}Content-Type: multipart/form-data; boundary=b\r\nContent-Length: ${form.length}\r\n\r\n${form}`,
    ].map(text => Buffer.from(text))
    let sent = 0
    const statuses = new Map<string, number>()
    const failures: string[] = []
    const ask = async () => {
      while (sent < COUNTS.requests) {
        sent++
        const bytes = random.chance(0.1)
          ? random.of(templates)
          : bend(random.of(templates), random.of(templates), random)
        const line = connect(Number(new URL(server.url).port), '127.0.0.1')
        line.on('error', () => {})
        line.end(bytes)
        const chunks: Buffer[] = []
        line.on('data', chunk => chunks.push(chunk))
        await Promise.race([once(line, 'close'), new Promise(resolve => setTimeout(resolve, 2_000))])
        line.destroy()
        const answer = Buffer.concat(chunks).toString('latin1')
        const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'none'
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        if (status.startsWith('5')) failures.push(`${Buffer.from(bytes).toString('latin1')}\n→ ${answer.slice(0, 600)}`)
      }
    }
    await Promise.all(Array.from({ length: 8 }, ask))
    expect(failures.slice(0, 3)).toEqual([])
    await unhurt(`requests: ${sent} sent (${[...statuses].map(([status, count]) => `${status}: ${count}`).join(', ')})`)
  })
})

/** What would sign the fuzzer out, or lock it out. */
const DESTRUCTIVE =
  /^user:(signOut|setRole|register|signIn|changePassword|resetPassword|resetLink|invite|delete|suspend)/

function fieldsOf(name: CommandName): string[] {
  const of = (schema: { shape?: object; options?: object[] }): string[] =>
    schema.shape ? Object.keys(schema.shape) : [...new Set((schema.options ?? []).flatMap(one => of(one)))]
  return of(commands[name].input as never)
}

function upgrade(url: string): string {
  return `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${new URL(url).host}\r\nOrigin: ${url}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.from('sixteen bytes ok').toString('base64')}\r\n\r\n`
}

function frame(payload: Buffer): Buffer {
  const { length } = payload
  const head = length < 126 ? [0x81, 0x80 | length] : [0x81, 0xfe, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload])
}
