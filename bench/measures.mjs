// What is measured: one function per question; each gets a driver and a fresh server and answers with one row.
// latency · throughput · join · memory · loss · http · size · manyClients

import autocannon from 'autocannon'
import { Histogram, sleep, Use } from './lib/machine.mjs'
import { trace } from './lib/trace.mjs'

const EVERY = 200
const WARM = 2_000
const STORM = 100

async function connectAll(driver, port, n, options) {
  const conns = []
  for (let i = 0; i < n; i += 20) {
    const some = Array.from({ length: Math.min(20, n - i) }, (_, j) => i + j)
    conns.push(...(await Promise.all(some.map(index => driver.connect({ port, index, ...options(index) })))))
  }
  return conns
}

/** `n` people on one page, `writers` of them typing 5 keys a second: from the key to each other screen. */
export async function latency({ driver, server, n, writers = n, secs }) {
  await server.start()
  // Two hold a whole document, and must have every character at the end.
  const conns = await connectAll(driver, server.port, n, index => ({
    doc: 'latency',
    full: index >= n - 2,
    guest: index >= writers,
  }))
  const base = conns[0].key
  const times = conns.slice(0, writers).map(() => [])
  const seen = new Histogram()
  let delivered = 0
  let from = Number.POSITIVE_INFINITY
  let to = Number.POSITIVE_INFINITY
  // Of very many, every so manieth notes when each character came; the others count them, or the load would be too slow.
  const every = Math.ceil(n / 50)
  for (const [i, conn] of conns.entries()) {
    if (i % every !== 0) conn.onCount = count => (delivered += count)
    conn.onSeen = (key, first, length) => {
      const writer = key - base
      if (writer === i) return
      delivered += length
      const now = performance.now()
      for (let k = first; k < first + length; k++) {
        const typed = times[writer]?.[k]
        if (typed >= from && typed < to) seen.add(now - typed)
      }
    }
  }
  let sent = 0
  const next = times.map(() => performance.now() + Math.random() * EVERY)
  const typing = setInterval(() => {
    const now = performance.now()
    for (let i = 0; i < writers; i++)
      if (next[i] <= now) {
        next[i] += EVERY * (0.5 + Math.random())
        const typed = performance.now()
        times[i][conns[i].type()] = typed
        sent++
      }
  }, 1)
  await sleep(WARM)
  const use = new Use(server)
  from = performance.now()
  to = from + secs * 1000
  await sleep(secs * 1000)
  const used = use.get()
  clearInterval(typing)
  const wanted = sent * (n - 1)
  // The two that hold documents see what they are told all the same.
  for (let i = 0; i < 50 && delivered < wanted; i++) await sleep(100)
  const short = driver.relay ? 0 : conns.slice(-2).reduce((sum, conn) => sum + sent - conn.length(), 0)
  for (const conn of conns) conn.close()
  const lost = wanted - delivered + short
  return { n, writers, p50: seen.at(0.5), p99: seen.at(0.99), ...used, lost, rss: Math.round(server.rss()) }
}

/** One writer and one watcher on each of `docs` documents, `window` characters under way. */
export async function throughput({ driver, server, docs, window, secs }) {
  await server.start()
  let seen = 0
  const pairs = []
  for (let d = 0; d < docs; d++) {
    const at = { port: server.port, doc: `throughput-${d}` }
    const [writer, reader] = await Promise.all([0, 1].map(i => driver.connect({ ...at, index: d * 2 + i })))
    const pair = { writer, reader, credit: window, armed: false, stopped: false }
    pair.fill = () => {
      pair.armed = false
      writer.cork()
      for (; pair.credit > 0; pair.credit--) writer.type()
      writer.uncork()
    }
    reader.onSeen = (key, _first, length) => {
      if (key !== writer.key) return
      seen += length
      pair.credit += length
      if (pair.armed || pair.stopped) return
      pair.armed = true
      setImmediate(pair.fill)
    }
    pairs.push(pair)
  }
  for (const pair of pairs) pair.fill()
  await sleep(WARM)
  const [use, before, began] = [new Use(server), seen, performance.now()]
  const cpu = server.cpu()
  await sleep(secs * 1000)
  const updates = seen - before
  const row = {
    docs,
    perSecond: Math.round((updates / (performance.now() - began)) * 1000),
    micros: Math.round(((server.cpu() - cpu) * 1e6) / updates),
    ...use.get(),
  }
  for (const pair of pairs) pair.stopped = true
  for (const { writer, reader } of pairs) for (const conn of [writer, reader]) conn.close()
  return row
}

/** A page with 260,000 edits in its past: the first join after a restart, and a hundred at once. */
export async function join({ driver, server }) {
  const { update, vector, length } = trace()
  const minState = Math.floor(update.length * 0.9)
  await server.start()
  const at = { doc: 'trace', lazy: true }
  const connect = options => driver.connect({ port: server.port, ...at, ...options })
  // People have their accounts already.
  await driver.prepare?.(server.port, STORM)
  const seeder = await connect({ index: 0 })
  seeder.sendState(update)
  await sleep(5_000)
  seeder.close()
  const again = async () => {
    await server.kill()
    await server.start()
    // The process is warm: what is measured is the page.
    if (driver.name === 'chorus') await fetch(`http://127.0.0.1:${server.port}/healthz`)
  }
  await again()
  let began = performance.now()
  const first = await connect({ index: 1, minState })
  const row = { first: Math.round(performance.now() - began), bytes: first.syncBytes }
  const whole = await connect({ index: 2, full: true, lazy: false, minState })
  row.complete = whole.length() === length
  for (const conn of [first, whole]) conn.close()
  for (const [name, options] of [
    ['cold', { minState }],
    ['warm', { warm: { sv: vector, full: update } }],
  ]) {
    await again()
    began = performance.now()
    const storm = await Promise.all(Array.from({ length: STORM }, (_, i) => connect({ index: i, ...options })))
    row[name] = Math.round(performance.now() - began)
    for (const conn of storm) conn.close()
  }
  return row
}

/** Memory per idle client, after garbage collection. */
export async function memory({ driver, server, docs, clients }) {
  await server.start()
  const warm = await connectAll(driver, server.port, 40, index => ({ doc: `warm-${index % 4}` }))
  for (const conn of warm) conn.close()
  // Accounts and pages are there already: what is measured is being connected.
  await driver.prepare?.(
    server.port,
    clients,
    Array.from({ length: docs }, (_, i) => `idle-${i}`),
  )
  await sleep(4_000)
  const before = await server.rssAfterGc()
  const conns = await connectAll(driver, server.port, clients, index => ({ doc: `idle-${index % docs}` }))
  await sleep(2_000)
  const after = await server.rssAfterGc()
  const dropped = conns.filter(conn => conn.closed).length
  for (const conn of conns) conn.close()
  return { docs, clients, kB: Number((((after - before) * 1024) / clients).toFixed(1)), dropped }
}

/** Characters that others saw 50 ms before the server was killed, and that are not there afterwards. */
export async function loss({ driver, server, tries }) {
  const typed = 20
  let [seenInAll, lost] = [0, 0]
  await server.start()
  for (let t = 0; t < tries; t++) {
    const at = { port: server.port, doc: `loss-${t}` }
    const [writer, reader] = await Promise.all([0, 1].map(index => driver.connect({ ...at, index })))
    let seen = 0
    reader.onSeen = (key, _first, length) => {
      if (key === writer.key) seen += length
    }
    for (let i = 0; i < typed; i++) {
      writer.type()
      await sleep(25)
    }
    for (let i = 0; i < 100 && seen < typed; i++) await sleep(20)
    await sleep(50)
    await server.kill()
    await server.start()
    const later = await driver.connect({ ...at, port: server.port, index: 2, full: true })
    for (let i = 0; i < 15 && later.length() < seen; i++) await sleep(100)
    seenInAll += seen
    lost += Math.max(0, seen - later.length())
    later.close()
  }
  return { tries, seen: seenInAll, lost }
}

/** Pages a second over 50 connections. */
export async function http({ driver, server, secs }) {
  await server.start()
  const rows = []
  for (const { page, path } of await driver.pages(server)) {
    const url = `http://127.0.0.1:${server.port}${path}`
    // Our server closes a connection after a thousand requests, which autocannon would not notice.
    const load = { url, reconnectRate: 900 }
    await autocannon({ ...load, connections: 10, duration: 2 })
    const use = new Use(server)
    const cpu = server.cpu()
    const { requests, latency, throughput, errors, non2xx } = await autocannon({
      ...load,
      connections: 50,
      duration: secs,
    })
    rows.push({
      page,
      perSecond: Math.round(requests.average),
      micros: Math.round(((server.cpu() - cpu) * 1e6) / requests.total),
      p99: latency.p99,
      bytes: Math.round(throughput.average / requests.average),
      errors: errors + non2xx,
      ...use.get(),
    })
  }
  return rows
}

/** A wiki of so many pages: from the start of the process to its first page, and what screens and lists take, in ms. */
export async function size({ driver, server, pages }) {
  await server.start()
  const { pages: paths, areas } = await driver.fill(server, pages)
  const timed = async what => {
    const asked = performance.now()
    await what()
    return performance.now() - asked
  }
  const look = path =>
    timed(async () => {
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`)
      if (!response.ok) throw new Error(`${path}: ${response.status}`)
      await response.text()
    })
  const starts = []
  for (let i = 0; i < 3; i++) {
    if (i > 0) await server.kill('SIGTERM')
    const began = performance.now()
    await server.start()
    await look(paths[0])
    starts.push(performance.now() - began)
  }
  const median = times => Number(times.sort((a, b) => a - b)[times.length >> 1].toFixed(1))
  const each = async (many, ask) => {
    const times = []
    for (const one of many) times.push(await ask(one))
    return median(times)
  }
  const command = (name, payload) => timed(() => driver.ask(server, name, payload))
  // Each address is asked for once, so that its document is made and not only sent again.
  return {
    pages,
    start: Math.round(median(starts)),
    view: await each(paths.slice(1), look),
    home: await each(
      paths.map((_, i) => `/?look=${i}`),
      look,
    ),
    list: await each(areas, () => command('page:list', {})),
    tree: await each(areas, under => command('page:children', { under })),
    top: await each(areas, () => command('page:children', { limit: 300 })),
    rss: Math.round(server.rss()),
  }
}

/** A page that `ids` client ids have written to: 50 people push at once, again and again. */
export async function manyClients({ driver, server, ids }) {
  const [people, rounds] = [50, 20]
  await server.start()
  await driver.prepare(server.port, people)
  await driver.crowdedPage(server, 'crowded', ids)
  await server.start()
  const conns = await connectAll(driver, server.port, people, index => ({ doc: 'crowded', index }))
  const round = async () => {
    const began = performance.now()
    await Promise.all(
      conns.map(conn => {
        const done = new Promise(resolve => {
          conn.onDone = resolve
        })
        conn.type()
        return done
      }),
    )
    return performance.now() - began
  }
  await round()
  await sleep(2_000)
  const cpu = server.cpu()
  const times = []
  for (let i = 0; i < rounds; i++) times.push(await round())
  const spent = ((server.cpu() - cpu) * 1000) / rounds
  for (const conn of conns) conn.close()
  return { ids, ms: Number(times.sort((a, b) => a - b)[rounds >> 1].toFixed(1)), cpu: Number(spent.toFixed(1)) }
}

/** By their names. */
export const MEASURES = { latency, throughput, join, memory, loss, http, size, manyClients }
