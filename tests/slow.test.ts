import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from './support/client.ts'
import { type ServerProcess, serverProcess } from './support/process.ts'
import { Replica } from './support/replica.ts'

// Where somebody takes their time, others must not wait.
const long = import.meta.env.MODE === 'long'
const COUNT = long ? 500 : 100
const READERS = long ? 50 : 12

const WATCH = `process.on('SIGUSR2', () => {
  globalThis.gc?.()
  process.stderr.write('RSS ' + Math.round(process.memoryUsage().rss / 2 ** 20) + ' ;')
})`

let server: ServerProcess
let ada: Client
let port: number

beforeAll(async () => {
  server = await serverProcess(
    { RATE_LIMITS: 'off', LOG_LEVEL: 'silent' },
    { node: ['--expose-gc', '--import', `data:text/javascript,${encodeURIComponent(WATCH)}`] },
  )
  port = Number(new URL(server.url).port)
  ada = server.client()
  ada.user = (await ada.post('user:register', { username: 'ada', password: 'she never waits' })).user
})
afterAll(() => server[Symbol.asyncDispose]())

async function memory(): Promise<number> {
  const before = server.output.length
  process.kill(server.pid!, 'SIGUSR2')
  for (;;) {
    const found = /RSS (\d+) ;/.exec(server.output.slice(before))
    if (found) return Number(found[1])
    await wait(5)
  }
}

const open = () => {
  const line = connect(port, '127.0.0.1')
  line.on('error', () => {})
  return line
}

const closed = (line: Socket) =>
  new Promise<void>(resolve => (line.destroyed ? resolve() : line.once('close', () => resolve())))

describe('whoever is slow', () => {
  test('in saying what they want holds up nobody, and is let go', { timeout: 120_000 }, async () => {
    const host = `Host: localhost:${port}\r\n`
    const ways: ((line: Socket) => void)[] = [
      line => line.write(`GET / HTTP/1.1\r\n${host}`),
      line =>
        line.write(
          `POST /api/user:me HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n{`,
        ),
      line =>
        line.write(
          `POST /uploads/avatar HTTP/1.1\r\n${host}Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000\r\n\r\n--b\r\n`,
        ),
      line => {
        line.write(`GET / HTTP/1.1\r\n${host}\r\n`.repeat(20))
        line.pause()
      },
    ]
    const lines = Array.from({ length: COUNT }, (_, i) => {
      const line = open()
      ways[i % ways.length]!(line)
      return line
    })
    // A byte now and then, so that they are never silent.
    const trickle = setInterval(() => {
      for (const line of lines) if (!line.destroyed && line.writable) line.write('X')
    }, 1_000)
    const headers = lines.filter((_, i) => i % ways.length === 0)
    for (const line of headers) line.resume()
    const gone = Promise.all(headers.map(line => closed(line)))
    const times: number[] = []
    for (let i = 0; i < 40; i++) {
      const began = performance.now()
      expect((await ada.fetch('/healthz')).status).toBe(200)
      times.push(performance.now() - began)
    }
    // Headers that never end: 10 seconds, however often a byte of them comes.
    await gone
    clearInterval(trickle)
    for (const line of lines) line.destroy()
    times.sort((a, b) => a - b)
    console.log(
      `${COUNT} slow requests; beside them a request takes p50 ${times[20]!.toFixed(0)} ms, at most ${times.at(-1)!.toFixed(0)} ms`,
    )
  })

  test('in reading costs a bounded piece of memory, and is let go after ten seconds', {
    timeout: 120_000,
  }, async () => {
    const page = await ada.post('page:create', { title: 'Long', content: '' })
    const a = await new Replica(ada, page.id).open()
    const key = Buffer.from('sixteen bytes ok').toString('base64')
    const frame = (text: string) =>
      Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])
    const readers = await Promise.all(
      Array.from({ length: READERS }, async () => {
        const line = open()
        line.write(
          `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: ${server.url}\r\n` +
            `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
        )
        await once(line, 'data')
        line.write(frame('40'))
        await once(line, 'data')
        line.write(frame(`420["page:open",{"page":${page.id}}]`))
        await once(line, 'data')
        line.pause()
        return line
      }),
    )
    const probe = server.client()
    const here = async () => (await probe.ask('page:open', { page: page.id })).people.length
    expect(await here()).toBeGreaterThan(0)
    const before = await memory()
    let most = before
    const began = performance.now()
    while (performance.now() - began < 14_000) {
      a.text.insert(0, 'x'.repeat(60_000))
      await a.settled()
      a.text.delete(0, a.text.length)
      await a.settled()
      most = Math.max(most, await memory())
    }
    // All of them have been let go: what they were sent comes to an end once it is read.
    for (const line of readers) line.resume()
    await Promise.all(readers.map(line => closed(line)))
    console.log(`${READERS} who do not read: ${most - before} MB at most`)
    expect(most - before).toBeLessThan(READERS * 2 + 100)
    a.close()
  })
})
