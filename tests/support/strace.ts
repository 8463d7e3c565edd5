// System calls of a running program, watched and tampered with.
// strace · injecting · SAVES

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'

/** Whether it runs here; where it does not, that is said. */
export const strace = has('strace', '-D', '-o', '/dev/null', 'true')

function has(program: string, ...options: string[]): boolean {
  try {
    execFileSync(program, options, { stdio: 'ignore' })
    return true
  } catch {
    console.warn(`\n  NOT TESTED HERE: ${program} does not run on this machine.\n`)
    return false
  }
}

/** Every call by which a database changes its files; it depends on its build under which name a sync is called. */
export const SAVES = 'fsync,fdatasync,pwrite64,ftruncate,unlink,rename'

/** Lets something happen to a running process at its `k`-th of these calls, in each thread; the answer ends that. */
export async function injecting(pid: number, calls: string, what: string, k: number): Promise<() => void> {
  const options = ['-f', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${calls}:${what}:when=${k}`]
  const child = spawn('strace', [...options, '-p', String(pid)])
  await Promise.race([once(child.stderr, 'data'), wait(3_000)])
  return () => child.kill('SIGTERM')
}
