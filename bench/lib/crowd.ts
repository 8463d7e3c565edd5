// People who type into a page, in a process of their own: node bin/run.js bench/lib/crowd.ts URL PAGE PEOPLE KEYS
// Says “ready” when all are in the room, types from “go” until its standard input ends, then says how much it typed.
// Crowd · crowd · main

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import * as Y from 'yjs'
import { toBase64 } from '../../shared/update.ts'
import { Client } from '../../tests/support/client.ts'
import { Replica } from '../../tests/support/replica.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Characters between the places of two people: nineteen of them fill a window. */
const APART = 150

/** The load, as whoever measures sees it. */
export interface Crowd {
  /** Begins to type. */
  go(): void
  /** Ends it; resolves with how many letters were typed. */
  end(): Promise<number>
}

/** Starts a process of `people` who each press `keys` keys a second in this page, all in its first screenful. */
export async function crowd(url: string, page: number, people: number, keys: number): Promise<Crowd> {
  const args = ['bin/run.js', 'bench/lib/crowd.ts', url, page, people, keys].map(String)
  const child: ChildProcess = spawn(process.execPath, args, { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const said = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error('The crowd has gone before its time.')
    return String(value)
  }
  if ((await said()) !== 'ready') throw new Error('The crowd is not ready.')
  return {
    go: () => void child.stdin!.write('go\n'),
    async end() {
      child.stdin!.end()
      const typed = Number(await said())
      if (child.exitCode === null) await once(child, 'exit')
      return typed
    },
  }
}

/** Types one letter after the other at a place that moves with the text, and tells where that is. */
function typist(replica: Replica, at: number): () => void {
  const { text, doc, client, page } = replica
  let place = Y.createRelativePositionFromTypeIndex(text, Math.min(at, text.length), -1)
  let typed = 0
  return () => {
    const { index } = Y.createAbsolutePositionFromRelativePosition(place, doc)!
    text.insert(index, ++typed % 6 === 0 ? ' ' : 'x')
    place = Y.createRelativePositionFromTypeIndex(text, index + 1, -1)
    const anchor = toBase64(Y.encodeRelativePosition(place))
    void client.ask('page:point', { page, anchor, head: anchor }).catch(() => {})
  }
}

/** The process itself. */
export async function main(): Promise<void> {
  const [url = '', ...numbers] = process.argv.slice(2)
  const [page = 0, people = 0, keys = 0] = numbers.map(Number)
  const replicas = await Promise.all(
    Array.from({ length: people }, async (_, i) => {
      const client = new Client(url)
      client.user = (await client.post('user:register', { username: `p${page}-${i}`, password: 'bread and salt' })).user
      return new Replica(client, page).open()
    }),
  )
  console.log('ready')
  const timers: NodeJS.Timeout[] = []
  let typed = 0
  for await (const _go of createInterface({ input: process.stdin }))
    for (const [i, replica] of replicas.entries()) {
      const type = typist(replica, 60 + i * APART)
      const press = () => {
        type()
        typed++
      }
      // Each begins at a moment of their own.
      setTimeout(() => timers.push(setInterval(press, 1000 / keys)), (i * 1000) / keys / people)
    }
  for (const timer of timers) clearInterval(timer)
  await Promise.all(replicas.map(replica => replica.settled()))
  console.log(typed)
  for (const replica of replicas) replica.close()
}
