import { afterAll, describe, expect, test } from 'vitest'
import { type Chaos, chaos, line, NEMESES, type Nemesis, type Report, whole } from './support/chaos.ts'
import { Ledger } from './support/ledger.ts'

// `npm run test:chaos` runs the long form, which prints its figures.
const long = import.meta.env.MODE === 'long'
// With CHAOS_MINUTES it goes on, on two lanes, until every fault has happened so often or the time is over.
const MINUTES = long ? Number(process.env.CHAOS_MINUTES ?? 0) : 0
const QUOTAS: Record<Nemesis, number> = { kill: 500, stop: 100, power: 100, full: 60, pause: 60, net: 60, clock: 60 }
const SEEDS: Record<Nemesis, number> = { kill: 6, stop: 2, power: 4, full: 2, pause: 2, net: 3, clock: 2 }
const PROMISES: Record<Nemesis, string> = {
  kill: 'killing the server loses nothing that was acknowledged or seen, and doubles nothing',
  stop: 'a server that is asked to stop while people type ends well and loses nothing',
  power: 'a power cut takes nothing that was acknowledged or seen',
  full: 'a full disk acknowledges nothing falsely, ends nothing, and is over when there is space again',
  pause: 'a server that freezes and goes on loses and doubles nothing',
  net: 'a network that is slow, loses, resets and swallows keeps nothing from arriving once',
  clock: 'a clock that jumps by hours changes neither the order nor the safety of edits',
}

const reports: Report[] = []
afterAll(() => {
  if (long) console.log(`\n${[...reports.map(line), ...sums()].join('\n')}\n`)
})

function sums(): string[] {
  const head =
    '| | runs | faults | acknowledged | lost | seen or held, and lost | doubled / risen | texts | acknowledged after p50 / p99, ms | back after, ms |'
  const rule = `|${' --- |'.repeat(10)}`
  const rows = NEMESES.flatMap(nemesis => {
    const own = reports.filter(report => report.nemesis === nemesis)
    if (own.length === 0) return []
    const total = (name: keyof Report) => own.reduce((sum, report) => sum + Number(report[name]), 0)
    const most = (name: keyof Report) => Math.max(...own.map(report => Number(report[name])))
    return `| ${nemesis} | ${own.length} | ${total('faults')} | ${total('acknowledged')} | ${total('lost')} | ${total('lostHeld') + total('lostSeen')} | ${total('doubled')} / ${total('undead')} | ${most('distinct')} | ${own.map(report => report.p50.toFixed(0)).sort((a, b) => +a - +b)[own.length >> 1]} / ${most('p99').toFixed(0)} | ${most('back').toFixed(0)} |`
  })
  return [head, rule, ...rows]
}

/** Runs until the quotas are met or the time is over; what went wrong, a line each. */
async function campaign(minutes: number): Promise<string[]> {
  const until = performance.now() + minutes * 60_000
  const wrong: string[] = []
  const faults = Object.fromEntries(NEMESES.map(nemesis => [nemesis, 0])) as Record<Nemesis, number>
  let seed = 0
  const lane = async () => {
    while (performance.now() < until) {
      const left = NEMESES.filter(nemesis => faults[nemesis] < QUOTAS[nemesis])
      const nemesis = left.sort((a, b) => faults[a] / QUOTAS[a] - faults[b] / QUOTAS[b])[0]
      if (!nemesis) return
      const report = await chaos({ nemesis, seed: ++seed, seconds: 10, editors: 6, between: 600 }).catch(String)
      if (report === null) faults[nemesis] = QUOTAS[nemesis]
      else if (typeof report === 'string') {
        wrong.push(`${nemesis} seed ${seed}: ${report}`)
        faults[nemesis]++
      } else {
        reports.push(report)
        faults[nemesis] += report.faults
        if (!whole(report)) wrong.push(line(report))
      }
    }
  }
  await Promise.all([lane(), lane()])
  return wrong
}

async function promise(options: Chaos): Promise<void> {
  const report = await chaos(options)
  if (!report) return
  reports.push(report)
  expect(whole(report), line(report)).toBe(true)
  expect(report.faults).toBeGreaterThan(0)
  expect(report.acknowledged).toBeGreaterThan(20)
}

describe('whatever breaks while people write', () => {
  test.runIf(MINUTES > 0)(
    'hundreds of kills, power cuts and other faults lose and double nothing, and all copies end as one',
    { timeout: (MINUTES + 10) * 60_000 },
    async () => expect(await campaign(MINUTES)).toEqual([]),
  )

  for (const nemesis of MINUTES > 0 ? [] : NEMESES)
    for (let seed = 1; seed <= (long ? SEEDS[nemesis] : 1); seed++)
      test(`${PROMISES[nemesis]}${long ? ` (${seed})` : ''}`, { timeout: 240_000 }, () =>
        promise({
          nemesis,
          seed: long ? seed : 20_261_124,
          seconds: long ? 20 : 3,
          editors: long ? 8 : 4,
          longest: long ? 6_000 : 1_000,
        }),
      )

  test.runIf(long)('fifty editors and a bot on one page, and the server is killed', { timeout: 240_000 }, () =>
    promise({ nemesis: 'kill', seed: 50, seconds: 30, editors: 50 }),
  )

  test.runIf(long)(
    'the checker finds what is lost where the disk is not waited for',
    { timeout: 240_000 },
    async () => {
      // The same server, told by its disk that everything is synced when nothing is: neither SQLite nor the log behind it waits.
      const weak = `import { createRequire } from 'node:module'
      import { open } from 'node:fs/promises'
      const file = await open('/dev/null')
      Object.getPrototypeOf(file).datasync = async () => {}
      await file.close()
      const { prototype } = createRequire(process.cwd() + '/')('better-sqlite3')
      const { pragma, exec } = prototype
      const weaker = what => what.replace('synchronous = FULL', 'synchronous = OFF').replace('synchronous = NORMAL', 'synchronous = OFF')
      prototype.exec = function (what) { return exec.call(this, weaker(what)) }
      prototype.pragma = function (what, options) {
        return what === 'synchronous' ? 2 : pragma.call(this, weaker(what), options)
      }`
      const node = ['--import', `data:text/javascript,${encodeURIComponent(weak)}`]
      const report = await chaos({ nemesis: 'power', seed: 1, seconds: 20, editors: 8, node }).catch(String)
      if (!report) return
      // Often nothing at all is left, which the next start then says.
      if (typeof report === 'string') return expect(report).toMatch(/there was a wiki in it/)
      console.log(`control, not durable: ${line(report)}`)
      expect(report.lost + report.lostSeen + report.lostHeld).toBeGreaterThan(0)
    },
  )

  test('the ledger tells what is lost, doubled and risen from the dead', () => {
    const ledger = new Ledger()
    const [kept, lost, held, seen, twice, gone, undead, died] = Array.from({ length: 8 }, () => ledger.token()) as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ]
    for (const token of [kept, lost, twice, gone, undead]) ledger.acknowledged(token, 'insertion')
    for (const token of [gone, undead]) {
      ledger.deleting(token)
      ledger.acknowledged(token, 'deletion')
    }
    ledger.saw(seen)
    ledger.abandoned(seen, 'insertion')
    ledger.abandoned(died, 'insertion')
    expect(held).not.toBe(kept)
    expect(ledger.judge(`a${kept}b${twice}${twice}${undead}`)).toEqual({
      acknowledged: 5,
      deleted: 2,
      lost: 1,
      lostHeld: 1,
      lostSeen: 1,
      doubled: 1,
      undead: 1,
    })
  })
})
