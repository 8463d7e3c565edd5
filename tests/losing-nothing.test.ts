import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { openDatabase } from '../server/db/open.ts'
import { textOf } from '../shared/document.ts'
import { decode } from '../shared/update.ts'
import { serverProcess } from './support/process.ts'
import { Replica } from './support/replica.ts'

interface Trace {
  endContent: string
  txns: { parents: number[]; agent: number; patches: [at: number, remove: number, insert: string][] }[]
}

const TRACE = join(import.meta.dirname, '../../shared/data/traces/friendsforever.json.gz')
const readTrace = () => JSON.parse(gunzipSync(readFileSync(TRACE)).toString()) as Trace

/** Offsets in a trace count characters; documents count UTF-16 units. */
const unitsBefore = (text: string, characters: number) =>
  /[\ud800-\udfff]/.test(text) ? [...text].slice(0, characters).join('').length : characters

describe('losing nothing', () => {
  test('two people’s real writing, key by key, survives three kills of the server and cut lines, and each owns what they typed', {
    timeout: 300_000,
  }, async () => {
    const { txns, endContent } = readTrace()
    await using server = await serverProcess({ RATE_LIMITS: 'off' })
    const people = [server.client(), server.client()]
    for (const [i, client] of people.entries())
      client.user = (
        await client.post('user:register', { username: `writer ${i}`, password: 'two friends for ever' })
      ).user
    const page = await people[0]!.post('page:create', { title: 'Friends forever' })
    const received = await Promise.all(people.map(client => new Replica(client, page.id).open()))
    // What each of them types on: it takes what has been received only when the next transaction builds on it.
    const typing = people.map(() => new Y.Doc())
    // A few insertions of this trace do meet at one place, behind deleted text. Yjs puts the lower client id first, as
    // `endContent` puts the first agent.
    if (typing[0]!.clientID > typing[1]!.clientID)
      [typing[0]!.clientID, typing[1]!.clientID] = [typing[1]!.clientID, typing[0]!.clientID]
    const written = new Map<number, Uint8Array>()
    typing.forEach((doc, i) => {
      doc.on('update', (update: Uint8Array, origin: unknown) => {
        if (typeof origin !== 'number') return
        written.set(origin, update)
        // Sent as one's own: the replica pushes what it did not hear from the room.
        Y.applyUpdate(received[i]!.doc, update, 'typed')
      })
    })

    // Everything before a transaction, of the other person's: as many of their transactions as its ancestors hold.
    const counts: [number, number][] = []
    const own = [[], []] as number[][]
    for (const [k, { parents, agent }] of txns.entries()) {
      const count: [number, number] = [0, 0]
      for (const parent of parents)
        for (const a of [0, 1] as const) count[a] = Math.max(count[a]!, (counts[parent] ?? [0, 0])[a])
      own[agent]!.push(k)
      count[agent as 0 | 1] = own[agent]!.length
      counts.push(count)
    }

    const has = (replica: Replica, update: Uint8Array) => {
      const { runs, deletes } = decode(update)
      const { store } = replica.doc
      return (
        runs.every(run => Y.getState(store, run.client) >= run.clock + run.length) &&
        deletes.every(
          range => Y.getState(store, range.client) >= range.clock + range.length && Y.getItem(store, range).deleted,
        )
      )
    }

    let kills = 0
    let cuts = 0
    const random = mulberry32(20261123)
    const killAt = [0.2, 0.45, 0.7, 0.9].map(share => Math.floor(share * txns.length))
    const applied = [0, 0]

    const type = async (agent: 0 | 1) => {
      const other = agent === 0 ? 1 : 0
      const doc = typing[agent]!
      const text = textOf(doc)
      let plain = ''
      for (const k of own[agent]!) {
        const needed = counts[k]![other]
        while (applied[agent]! < needed) {
          const next = own[other]![applied[agent]!]!
          await received[agent]!.until(() => written.has(next) && has(received[agent]!, written.get(next)!))
          Y.applyUpdate(doc, written.get(next)!, 'from the other')
          applied[agent]!++
          plain = text.toString()
        }
        doc.transact(() => {
          for (const [at, remove, insert] of txns[k]!.patches) {
            const from = unitsBefore(plain, at)
            const to = unitsBefore(plain, at + remove)
            if (to > from) text.delete(from, to - from)
            if (insert !== '') text.insert(from, insert)
            plain = plain.slice(0, from) + insert + plain.slice(to)
          }
        }, k)
        // A person's hands are slower than a loop: let the lines breathe.
        if (received[agent]!.outbox.length > 40) await received[agent]!.until(() => received[agent]!.outbox.length < 20)
        if (killAt.length > 0 && k >= killAt[0]!) {
          killAt.shift()
          kills++
          await server.kill()
          await server.start()
        }
        if (random() < 0.001) {
          cuts++
          ;(await people[agent]!.socket()).io.engine.close()
        }
      }
    }
    await Promise.all([type(0), type(1)])
    await Promise.all(received.map(replica => replica.settled()))
    await Promise.all(
      received.map(replica =>
        replica.until(() => replica.text.length === received[0]!.text.length && replica.seq === received[0]!.seq),
      ),
    )
    for (const replica of received) expect(replica.text.toString()).toBe(endContent)
    expect(kills).toBeGreaterThanOrEqual(3)
    expect(cuts).toBeGreaterThan(3)
    expect((await people[0]!.post('page:read', { page: page.id })).content).toBe(endContent)

    for (const replica of received) replica.close()
    await server.stop()
    const db = await openDatabase(`sqlite:${server.folder}/data/chorus.sqlite`, pino({ level: 'silent' }))
    const entries = await db.log.read(page.id, 0)
    await db.close()
    expect(entries.map(entry => entry.seq)).toEqual(entries.map((_, i) => i + 1))
    for (const agent of [0, 1] as const) {
      const typed = own[agent]!.flatMap(k => txns[k]!.patches.map(patch => patch[2])).join('')
      const kept = entries
        .filter(entry => entry.user === people[agent]!.user!.id)
        .flatMap(entry => decode(entry.bytes).runs.map(run => run.content ?? ''))
        .join('')
      expect(kept).toBe(typed)
    }
  })
})

function mulberry32(seed: number): () => number {
  let a = seed
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
