// The machine: a server in a process of its own on a core of its own, what it uses, and what everybody else does.
// sleep · ServerProcess · Use · Histogram · commitTimes

import { spawn } from 'node:child_process'
import { closeSync, fdatasyncSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BENCH = fileURLToPath(new URL('..', import.meta.url))
const TICKS = 100

export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

const accepts = port =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })

const freePort = () =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

/** A server under test, over a data folder of its own that outlives its restarts. */
export class ServerProcess {
  constructor(driver, { profile = false } = {}) {
    this.driver = driver
    this.profile = profile
    this.dir = join(tmpdir(), `chorus-bench-${driver.name}-${process.pid}`)
    rmSync(this.dir, { recursive: true, force: true })
    mkdirSync(this.dir, { recursive: true })
  }

  async start() {
    this.port = await freePort()
    const { command = process.execPath, args, env = {} } = this.driver.server({ port: this.port, dir: this.dir })
    const profile = this.profile ? ['--cpu-prof', '--cpu-prof-dir', this.profile] : []
    const given = ['--expose-gc', '--require', join(BENCH, 'lib/hook.cjs'), ...profile, ...args]
    const cpu = process.env.BENCH_SERVER_CPU ?? '0'
    const began = performance.now()
    this.child = spawn('taskset', ['-c', cpu, command, ...given], {
      cwd: BENCH,
      env: { ...process.env, NODE_ENV: 'production', PORT: String(this.port), DATA_DIR: this.dir, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.said = ''
    this.child.stderr.on('data', text => {
      this.said = (this.said + text).slice(-2000)
    })
    this.gone = new Promise(resolve => this.child.once('exit', resolve))
    let ended = false
    void this.gone.then(() => (ended = true))
    while (!(await accepts(this.port))) {
      if (ended || performance.now() - began > 60_000)
        throw new Error(`${this.driver.name} did not start: ${this.said}`)
      await sleep(5)
    }
    this.startedIn = performance.now() - began
    return this
  }

  /** Seconds of CPU so far, all threads. */
  cpu() {
    const stat = readFileSync(`/proc/${this.child.pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS
  }

  rss() {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.child.pid}/status`, 'latin1'))[1]) / 1024
  }

  /** Collects garbage (lib/hook.cjs) and says what is left, in MB. */
  async rssAfterGc() {
    process.kill(this.child.pid, 'SIGUSR2')
    await sleep(1_500)
    return this.rss()
  }

  async kill(signal = 'SIGKILL') {
    this.child.kill(signal)
    const late = setTimeout(() => this.child.kill('SIGKILL'), 8_000)
    await this.gone
    clearTimeout(late)
  }

  async end() {
    await this.kill(this.profile ? 'SIGTERM' : 'SIGKILL')
    rmSync(this.dir, { recursive: true, force: true })
  }
}

const busy = () => {
  const [, ...times] = readFileSync('/proc/stat', 'latin1').split('\n')[0].trim().split(/\s+/)
  return [0, 1, 2, 5, 6, 7].reduce((sum, i) => sum + Number(times[i]), 0) / TICKS
}

/** What the server, the load and everybody else used while something was measured, in % of one core. */
export class Use {
  constructor(server) {
    this.server = server
    this.began = performance.now()
    this.before = [busy(), server.cpu(), process.cpuUsage()]
  }

  get() {
    const [all, cpu, mine] = this.before
    const seconds = (performance.now() - this.began) / 1000
    const { user, system } = process.cpuUsage(mine)
    const [server, load] = [this.server.cpu() - cpu, (user + system) / 1e6]
    const percent = used => Math.round((used / seconds) * 100)
    return { serverCpu: percent(server), loadCpu: percent(load), othersCpu: percent(busy() - all - server - load) }
  }
}

const STEPS = 35

/** Milliseconds in buckets of 2 %, from a microsecond on. */
export class Histogram {
  #buckets = new Uint32Array(STEPS * 26)
  count = 0

  add(ms) {
    this.count++
    const i = ms <= 0.001 ? 0 : (Math.log2(ms * 1000) * STEPS) | 0
    this.#buckets[Math.min(i, this.#buckets.length - 1)]++
  }

  at(share) {
    const wanted = Math.ceil(this.count * share)
    let seen = 0
    for (const [i, n] of this.#buckets.entries())
      if ((seen += n) >= wanted && n > 0) return Number((2 ** ((i + 0.5) / STEPS) / 1000).toPrecision(3))
    return null
  }
}

/** How long this disk takes to confirm 4 kB, in ms: what everything acknowledged waits for. */
export function commitTimes(tries = 100) {
  const path = join(tmpdir(), `chorus-bench-commit-${process.pid}`)
  const file = openSync(path, 'w')
  const times = []
  for (let i = 0; i < tries; i++) {
    const began = performance.now()
    writeSync(file, Buffer.alloc(4_096, i), 0, 4_096, i * 4_096)
    fdatasyncSync(file)
    times.push(performance.now() - began)
  }
  closeSync(file)
  rmSync(path)
  times.sort((a, b) => a - b)
  return { p50: Number(times[tries >> 1].toFixed(2)), p99: Number(times[Math.floor(tries * 0.99)].toFixed(2)) }
}
