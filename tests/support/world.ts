// A world to test in: a real server on port 0 with a database and uploads of its own, people with cookies and sockets.
// World · world · NO_RATES

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { type Config, LIMITS, type Limits, readConfig } from '../../server/config.ts'
import { type Running, start } from '../../server/main.ts'
import { Client } from './client.ts'

export interface WorldOptions {
  config?: Partial<Config>
  limits?: Partial<Omit<Limits, 'rates'>> & { rates?: Partial<Limits['rates']> }
}

/** Rates that no honest test meets; a test of the limits asks for `LIMITS.rates`. */
export const NO_RATES = Object.fromEntries(
  Object.keys(LIMITS.rates).map(name => [name, { points: 1e9, seconds: 1 }]),
) as Limits['rates']

/** A running server and ways to meet it. */
export interface World {
  readonly url: string
  readonly running: Running
  readonly folder: string
  /** Somebody nobody knows. */
  guest(): Client
  /** A new account, signed in. The first one is the admin. */
  person(username: string): Promise<Client>
  /** Stops the server and starts it again on the same port and data. */
  restart(): Promise<void>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Boots a world. Dispose of it (`await using`) and nothing is left. */
export async function world({ config = {}, limits = {} }: WorldOptions = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'chorus-'))
  const merged: Config = {
    ...readConfig({
      DATABASE_URL: `sqlite:${folder}/data/chorus.sqlite`,
      UPLOADS_DIR: `${folder}/uploads`,
      HOST: '127.0.0.1',
    }),
    port: 0,
    hashMemory: 1024,
    hashTime: 2,
    limits: { ...LIMITS, ...limits, rates: { ...NO_RATES, ...limits.rates } },
    ...config,
  }
  const log = pino({ level: process.env.TEST_LOG ?? 'fatal' })
  let running = await start(merged, log)
  const port = Number(new URL(running.url).port)
  const url = `http://localhost:${port}`
  const clients = new Set<Client>()
  const newClient = () => {
    const client = new Client(url)
    clients.add(client)
    return client
  }
  const close = async () => {
    for (const client of clients) client.hangUp()
    await running.close()
    await rm(folder, { recursive: true, force: true })
  }
  return {
    url,
    folder,
    get running() {
      return running
    },
    guest: newClient,
    async person(username) {
      const client = newClient()
      client.user = (await client.post('user:register', { username, password: `${username} likes bread` })).user
      return client
    },
    async restart() {
      await running.close()
      running = await start({ ...merged, port }, log)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
