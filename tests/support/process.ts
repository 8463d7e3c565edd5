// A server as its own process, as an operator starts it: to be killed, stopped and started again over the same data.
// ServerProcess · ProcessOptions · serverProcess · freePort

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from './client.ts'

const PROGRAM = join(import.meta.dirname, '../../dist/server/main.js')

/** The built program, running. */
export interface ServerProcess {
  readonly url: string
  readonly folder: string
  /** Its process id, while it runs. */
  readonly pid: number | null
  /** Everything it printed since it was started. */
  readonly output: string
  client(): Client
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
  /** Resolves with the exit code once it has ended, by itself or not. */
  ended(): Promise<number | null>
  /** Starts it again on the same port and data, perhaps as another build. */
  start(program?: string): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** How a server is started otherwise than plainly. */
export interface ProcessOptions {
  /** Where its data lies; a new folder is made and removed by default. */
  folder?: string
  /** Node's own options. */
  node?: string[]
  /** A program and its options that runs it, such as strace with `-D`. */
  under?: string[]
  /** Another build than the one in this project. */
  program?: string
}

/** Starts the built server with these settings on a free port, over a folder of its own. */
export async function serverProcess(
  env: Record<string, string> = {},
  { folder: given, node = [], under = [], program: first }: ProcessOptions = {},
): Promise<ServerProcess> {
  if (!existsSync(PROGRAM)) throw new Error('This test runs the built server: `npm run build` first.')
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'chorus-')))
  const port = await freePort()
  const url = `http://localhost:${port}`
  const clients: Client[] = []
  let child: ChildProcess | null = null
  let output = ''

  const start = async (build = PROGRAM) => {
    const [program = '', ...rest] = [...under, process.execPath, ...node, build]
    const started = spawn(program, rest, {
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        PORT: String(port),
        HOST: '127.0.0.1',
        DATABASE_URL: `sqlite:${folder}/data/chorus.sqlite`,
        UPLOADS_DIR: `${folder}/uploads`,
        LOG_LEVEL: 'error',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = started
    await new Promise<void>((resolve, reject) => {
      const hear = (chunk: Buffer) => {
        output += chunk
        if (output.includes('Chorus is at')) resolve()
      }
      output = ''
      started.stdout.on('data', hear)
      started.stderr.on('data', hear)
      started.once('exit', code => reject(new Error(`The server ended with ${code}:\n${output}`)))
    })
  }
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return null
    const gone = once(child, 'exit')
    child.kill(signal)
    return (await gone)[0] as number | null
  }
  const running = () => child !== null && child.exitCode === null && child.signalCode === null

  await start(first)
  return {
    url,
    folder,
    get pid() {
      return running() ? child!.pid! : null
    },
    get output() {
      return output
    },
    client() {
      const client = new Client(url)
      clients.push(client)
      return client
    },
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    ended: async () => (running() ? ((await once(child!, 'exit'))[0] as number | null) : (child?.exitCode ?? null)),
    start,
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.hangUp()
      await end('SIGKILL')
      if (!given) await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
