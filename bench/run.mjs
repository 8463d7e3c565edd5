// npm run bench [-- --quick] [--only latency,http] [--servers chorus,hocuspocus] [--people 2,100] [--pages 100]
// [--profile DIR] [--docs]: Chorus beside its peers, interleaved, as tables and a chart. Where only some rows are asked
// for, what an earlier run has measured of the rest stays. With --docs, docs/performance.md and its chart show the run.

import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chart } from './chart.mjs'
import { commitTimes, sleep } from './lib/machine.mjs'
import { tables } from './tables.mjs'

const BENCH = fileURLToPath(new URL('.', import.meta.url))
const RESULTS = join(BENCH, 'results')
const flag = name => process.argv.includes(`--${name}`)
const given = name => (flag(name) ? process.argv[process.argv.indexOf(`--${name}`) + 1] : undefined)
const quick = flag('quick')
const secs = quick ? 4 : 8
/** A server that has just started is still being compiled for a while. */
const typing = quick ? 4 : 20

const LIVE = ['chorus', 'hocuspocus', 'ywebsocket', 'relay-sio', 'relay-ws']
const KEEPING = ['chorus', 'hocuspocus', 'ywebsocket']
const each = (measure, drivers, options) => drivers.map(driver => ({ measure, driver, ...options }))

/** Every server meets one configuration before the next begins, so that ratios come from one stretch of time. */
const PLAN = [
  ...each('latency', LIVE, { n: 2, secs: typing }),
  ...(quick ? [] : each('latency', LIVE, { n: 10, secs: typing })),
  ...each('latency', LIVE, { n: 100, secs: typing }),
  ...each('latency', ['chorus', 'hocuspocus'], { n: 400, secs: typing }),
  ...(quick ? [] : each('latency', ['chorus', 'hocuspocus'], { n: 600, secs: typing })),
  ...(quick ? [] : each('latency', ['chorus'], { n: 1_000, secs: typing })),
  ...(quick ? [] : each('latency', ['chorus'], { n: 2_000, writers: 20, secs: typing })),
  ...each('throughput', LIVE, { docs: 1, window: 64, secs }),
  ...each('throughput', LIVE, { docs: 100, window: 4, secs }),
  ...each('join', KEEPING, {}),
  ...each('memory', quick ? ['chorus', 'hocuspocus'] : LIVE, { docs: 1_000, clients: 1_000 }),
  ...each('memory', quick ? ['chorus', 'hocuspocus'] : LIVE, { docs: 1, clients: 1_000 }),
  ...each('loss', KEEPING, { tries: quick ? 3 : 10 }),
  ...each('http', ['express', 'chorus', 'node'], { secs }),
  ...each('size', ['chorus'], { pages: 100 }),
  ...each('size', ['chorus'], { pages: 10_000 }),
  ...each('size', ['chorus'], { pages: 100_000 }),
  ...each('manyClients', ['chorus'], { ids: 10_000 }),
]

/** No measurement may take longer, in milliseconds: filling a wiki of 100,000 pages is the longest. */
const CELL_MAX = 400_000

const began = performance.now()
const cell = spec =>
  new Promise(resolve => {
    const args = ['-c', process.env.BENCH_LOAD_CPU ?? '1', process.execPath, 'cell.mjs', JSON.stringify(spec)]
    const child = spawn('taskset', args, { cwd: BENCH, stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.on('data', text => {
      said += text
    })
    const late = setTimeout(() => child.kill('SIGKILL'), CELL_MAX)
    child.once('exit', () => {
      clearTimeout(late)
      const at = said.lastIndexOf('@@')
      resolve(at < 0 ? { failed: 'it ended without an answer' } : JSON.parse(said.slice(at + 2)))
    })
  })

if (!existsSync(join(BENCH, 'node_modules'))) {
  console.log('Installing the peers (once) …')
  execFileSync('npm', ['install', '--no-package-lock', '--no-audit', '--no-fund'], { cwd: BENCH, stdio: 'inherit' })
}
mkdirSync(RESULTS, { recursive: true })
const only = given('only')?.split(',')
const servers = given('servers')?.split(',')
const [people, pages] = ['people', 'pages'].map(name => given(name)?.split(',').map(Number))
const part = Boolean(only || servers || people || pages)
const among = (list, value) => !list || value === undefined || list.includes(value)
const asked = spec =>
  among(only, spec.measure) && among(servers, spec.driver) && among(people, spec.n) && among(pages, spec.pages)
const file = join(RESULTS, 'last.json')
const rows = part && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).rows.filter(row => !asked(row)) : []
for (const spec of PLAN) {
  if (!asked(spec)) continue
  await sleep(300)
  const { rows: found, failed } = await cell({ ...spec, ...(flag('profile') && { profile: given('profile') }) })
  for (const row of found ?? [{ failed }]) {
    rows.push({ measure: spec.measure, driver: spec.driver, ...spec, ...row, at: new Date().toISOString() })
    console.log(`${Math.round((performance.now() - began) / 1000)} s`, spec.measure, spec.driver, JSON.stringify(row))
  }
}
/** As the plan has them, whenever they were measured. */
const place = row =>
  PLAN.findIndex(spec => Object.keys(spec).every(key => key === 'secs' || key === 'tries' || spec[key] === row[key]))
rows.sort((a, b) => place(a) - place(b))
const run = {
  at: new Date().toISOString(),
  node: process.version,
  cpu: `${cpus().length} × ${cpus()[0].model}`,
  commit: commitTimes(),
  quick,
  rows,
}
writeFileSync(file, JSON.stringify(run, null, 1))
writeFileSync(join(RESULTS, 'last.md'), tables(run))
writeFileSync(join(RESULTS, 'last.svg'), chart(run))
if (flag('docs')) {
  const docs = join(BENCH, '../docs')
  const text = readFileSync(join(docs, 'performance.md'), 'utf8')
  const from = text.indexOf('## The last run\n')
  writeFileSync(join(docs, 'performance.md'), `${text.slice(0, from)}## The last run\n\n${tables(run).trim()}\n`)
  writeFileSync(join(docs, 'performance.svg'), chart(run))
}
console.log(`\n${tables(run)}\nresults/last.md and last.svg hold the same.`)
