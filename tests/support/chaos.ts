// The convergence and loss checker: people and a bot write one page through the real door while something breaks, again
// and again; then everything is healed, the server is killed once more, and the disk, every editor and the ledger compared.
// NEMESES · Chaos · Report · chaos · line

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { decode } from '../../shared/update.ts'
import type { Client } from './client.ts'
import { Ledger, type Verdict } from './ledger.ts'
import { onDisk } from './on-disk.ts'
import { type ServerProcess, serverProcess } from './process.ts'
import { type Network, network } from './proxy.ts'
import { Random } from './random.ts'
import { Replica } from './replica.ts'
import { cuttableDisk, smallDisk, type Volume } from './volume.ts'

/** What may go wrong: killed, asked to stop, no power, no space, frozen, a bad network, a clock that jumps. */
export const NEMESES = ['kill', 'stop', 'power', 'full', 'pause', 'net', 'clock'] as const
export type Nemesis = (typeof NEMESES)[number]

/** One run. */
export interface Chaos {
  seed: number
  seconds: number
  editors: number
  nemesis: Nemesis
  /** Longest time that one fault lasts, in milliseconds. */
  longest?: number
  /** Longest time from one fault's end to the next, in milliseconds. */
  between?: number
  /** Node's options for the server; the control run weakens it by them. */
  node?: string[]
}

/** What a run found. All that is wrong has to be 0, and `distinct` 1. */
export interface Report extends Verdict {
  nemesis: Nemesis
  seed: number
  faults: number
  /** Different texts among the disk and all editors. */
  distinct: number
  /** Entries that hold text under a client id of somebody else than their user, or that do not add up to the page. */
  misattributed: number
  /** Pushes that the server refused for good. */
  refused: number
  /** Times at which it ended without being told to. */
  exits: number
  /** Milliseconds: typed to acknowledged; from a fault's end to the next acknowledgement; from the last fault's end to all equal. */
  p50: number
  p99: number
  back: number
  healed: number
}

interface Op {
  token: string
  what: 'insertion' | 'deletion'
  at: number
}

/** One tab. It types between tokens, takes some out, and may die with what was not acknowledged. */
class Editor {
  readonly #open = new Map<Uint8Array, Op>()

  private constructor(
    readonly replica: Replica,
    private readonly ledger: Ledger,
    acknowledged: (op: Op) => void,
  ) {
    replica.onAcknowledged = update => {
      const op = this.#open.get(update)
      if (!op) return
      this.#open.delete(update)
      ledger.acknowledged(op.token, op.what)
      acknowledged(op)
    }
    replica.onHeard = update => {
      for (const run of decode(update).runs) for (const { token } of Ledger.in(run.content ?? '')) ledger.saw(token)
    }
  }

  static async at(page: number, client: Client, ledger: Ledger, acknowledged: (op: Op) => void): Promise<Editor> {
    const replica = new Replica(client, page)
    const editor = new Editor(replica, ledger, acknowledged)
    // The first answer may be lost with its line: the next greeting asks again. A server in trouble may refuse the line.
    const open = (): Promise<unknown> => replica.open().catch(() => wait(100).then(open))
    void open()
    await replica.until(() => replica.epoch !== '')
    return editor
  }

  type(random: () => number): void {
    const { text } = this.replica
    const all = Ledger.in(text.toString())
    const picked = all[Math.floor(random() * all.length)]
    if (picked && random() < (all.length > 40 ? 0.4 : 0.1)) {
      this.ledger.deleting(picked.token)
      text.delete(picked.at, picked.token.length)
      this.#sent(picked.token, 'deletion')
    } else {
      const token = this.ledger.token()
      text.insert(picked ? picked.at : 0, token)
      this.#sent(token, 'insertion')
    }
  }

  #sent(token: string, what: Op['what']): void {
    this.#open.set(this.replica.outbox.at(-1)!, { token, what, at: performance.now() })
  }

  die(): void {
    for (const { token, what } of this.#open.values()) this.ledger.abandoned(token, what)
    this.replica.onAcknowledged = () => {}
    this.replica.close()
  }
}

/** Runs one; null where this machine cannot break in this way, which is then said. */
export async function chaos({
  seed,
  seconds,
  editors: count,
  nemesis,
  longest = 1_500,
  between = 1_300,
  node = [],
}: Chaos) {
  const chance = new Random(seed)
  const random = () => chance.next()
  await using volume =
    nemesis === 'power' ? await cuttableDisk(64) : nemesis === 'full' ? await smallDisk(24) : undefined
  if (volume === null) return null
  await using server = await serverProcess(
    { RATE_LIMITS: 'off', LOG_LEVEL: 'silent' },
    { ...(volume && { folder: join(volume.folder, 'wiki') }), node: [...node, ...(nemesis === 'clock' ? CLOCK : [])] },
  )
  const people = Array.from({ length: Math.min(count, 3) }, () => server.client())
  for (const [i, one] of people.entries())
    one.user = (await one.post('user:register', { username: `writer ${i}`, password: 'nothing is ever lost' })).user
  const { id: page } = await people[0]!.post('page:create', { title: 'Chaos', content: 'Begin.\n' })
  await using net =
    nemesis === 'net' ? await network(server.url, { delay: 20, jitter: 30, stalls: 0.03, resets: 0.003 }) : undefined
  const url = net?.url ?? server.url

  const ledger = new Ledger()
  const latencies: number[] = []
  const backs: number[] = []
  let faultOver: number | null = null
  const acknowledged = (op: Op) => {
    latencies.push(performance.now() - op.at)
    if (faultOver !== null) backs.push(performance.now() - faultOver)
    faultOver = null
  }
  const sit = (i: number) => Editor.at(page, people[i % people.length]!.at(url), ledger, acknowledged)
  const editors = await Promise.all(Array.from({ length: count }, (_, i) => sit(i)))
  let over = false
  const writing = editors.map(async (_, i) => {
    while (!over) {
      editors[i]!.type(random)
      await wait(10 + random() * 60)
      if (i > 0 && random() < 0.004) {
        // A tab that is gone for good, with what it had not sent.
        editors[i]!.die()
        editors[i] = await sit(i)
      }
    }
  })
  const bot = async () => {
    while (!over) {
      const token = ledger.token()
      await people[0]!.post('page:edit', { page, edits: [{ append: token }] }).then(
        () => ledger.acknowledged(token, 'insertion'),
        () => ledger.abandoned(token, 'insertion'),
      )
      await wait(200 + random() * 200)
    }
  }
  const botting = bot()
  const exits = { count: 0 }
  const fault = nemesisOf(nemesis, { server, volume, net, random, longest, exits })
  let faults = 0
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    await wait(300 + random() * (between - 300))
    await fault()
    faults++
    faultOver = performance.now()
  }
  over = true
  const began = performance.now()
  await Promise.all([...writing, botting])
  let refused = 0
  const late = new AbortController()
  const agreed = async () => {
    while (!late.signal.aborted) {
      const { seq, content } = await people[0]!.post('page:read', { page })
      await Promise.allSettled(editors.map(({ replica }) => replica.until(() => replica.seq >= seq)))
      if (editors.every(({ replica }) => replica.text.toString() === content)) return
      await wait(50)
    }
  }
  const settle = async () => {
    const answers = await Promise.allSettled(editors.map(({ replica }) => replica.settled()))
    refused = answers.filter(({ status }) => status === 'rejected').length
    await agreed()
    // What a tab that died had under way does not come any more.
    await net?.cut()
    await net?.mend()
    await agreed()
  }
  await Promise.race([settle(), wait(60_000, null, { signal: late.signal }).catch(() => null)])
  late.abort()
  const healed = performance.now() - began
  const texts = editors.map(({ replica }) => replica.text.toString())
  await server.kill()
  const disk = await onDisk(server.folder, page)
  for (const editor of editors) editor.replica.close()
  const [p50, p99] = [0.5, 0.99].map(share => quantile(latencies, share))
  return {
    nemesis,
    seed,
    faults,
    ...ledger.judge(disk.text),
    distinct: new Set([disk.text, ...texts]).size,
    misattributed: disk.misattributed,
    refused,
    exits: exits.count,
    p50,
    p99,
    back: quantile(backs, 0.99),
    healed,
  } as Report
}

/** A module for the server's `--import`: its wall clock stands where a file says, in seconds from the true time. */
const CLOCK = [
  '--import',
  `data:text/javascript,${encodeURIComponent(
    `import { readFileSync } from 'node:fs'
     const now = Date.now
     let shift = 0
     setInterval(() => { try { shift = Number(readFileSync(process.env.HOME + '/clock', 'utf8')) * 1000 || 0 } catch {} }, 50).unref()
     Date.now = () => now() + shift
     globalThis.Date = new Proxy(Date, { construct: (D, given) => given.length ? new D(...given) : new D(D.now()) })`,
  )}`,
]

interface Parts {
  server: ServerProcess
  volume: Volume | undefined
  net: Network | undefined
  random: () => number
  longest: number
  exits: { count: number }
}

// One fault, from its beginning to its end.
function nemesisOf(nemesis: Nemesis, { server, volume, net, random, longest, exits }: Parts): () => Promise<void> {
  const lasting = () => wait(random() * longest)
  const alive = () => {
    if (server.pid === null) exits.count++
  }
  return {
    async kill() {
      await server.kill()
      await server.start()
    },
    async stop() {
      if ((await server.stop()) !== 0) exits.count++
      await server.start()
    },
    async power() {
      volume!.pullPlug()
      await wait(random() * 50)
      await server.kill()
      volume!.plugIn()
      await server.start()
    },
    async full() {
      volume!.fill(true)
      await lasting()
      volume!.fill(false)
      alive()
    },
    async pause() {
      process.kill(server.pid!, 'SIGSTOP')
      await lasting()
      process.kill(server.pid!, 'SIGCONT')
    },
    async net() {
      net!.swallow(true)
      await lasting()
      await net!.cut()
      net!.swallow(false)
      await net!.mend()
    },
    async clock() {
      writeFileSync(join(server.folder, 'clock'), String(Math.round((random() - 0.4) * 7_200)))
      await lasting()
      alive()
    },
  }[nemesis]
}

/** Whether nothing went wrong. */
export function whole(report: Report): boolean {
  const { lost, lostHeld, lostSeen, doubled, undead, misattributed, refused, exits, distinct } = report
  return lost + lostHeld + lostSeen + doubled + undead + misattributed + refused + exits === 0 && distinct === 1
}

/** A report as one line of a table. */
export function line(report: Report): string {
  const { nemesis, seed, p50, p99, back, healed, ...counts } = report
  const told = Object.entries(counts).map(([name, count]) => `${name} ${count}`)
  const times = `acknowledged after p50 ${p50.toFixed(0)} p99 ${p99.toFixed(0)} ms, back after ${back.toFixed(0)} ms, equal after ${healed.toFixed(0)} ms`
  return `${nemesis.padEnd(6)} seed ${seed}: ${told.join(', ')}; ${times}`
}

function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}
