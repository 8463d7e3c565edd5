// A wiki to measure in this process: a server over a fresh folder, its admin, and the limits that everybody meets.
// BenchWiki · wiki

import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pino } from 'pino'
import { LIMITS, readConfig } from '../../server/config.ts'
import { type Running, start } from '../../server/main.ts'
import type { Context } from '../../server/wiki/context.ts'

/** A running wiki and who asks it. */
export interface BenchWiki {
  running: Running
  /** The admin. */
  ada: Context
  /** Where it lies; gone once it is closed. */
  folder: string
  /** Its database's file. */
  file: string
  close(): Promise<void>
}

/** Starts one, over a copy of the database that an earlier one left at `from` where that is given. */
export async function wiki(from?: string): Promise<BenchWiki> {
  const folder = mkdtempSync(join(tmpdir(), 'chorus-bench-'))
  const file = join(folder, 'data/chorus.sqlite')
  if (from !== undefined) {
    mkdirSync(dirname(file))
    copyFileSync(from, file)
  }
  const config = readConfig({
    DATABASE_URL: `sqlite:${file}`,
    UPLOADS_DIR: join(folder, 'uploads'),
    HOST: '127.0.0.1',
    PORT: '0',
  })
  const running = await start(
    { ...config, port: 0, hashMemory: 1024, hashTime: 2, limits: LIMITS },
    pino({ level: 'fatal' }),
  )
  const nobody: Context = {
    actor: { role: 'guest', user: null },
    address: '127.0.0.1',
    via: 'console',
    request: 'bench',
    origin: running.url,
    cookies: { begin: async () => {}, end: async () => {} },
  }
  const close = async () => {
    await running.close()
    rmSync(folder, { recursive: true, force: true })
  }
  const given = { username: 'ada', password: 'ada likes bread' }
  const { perform } = running.wiki
  const { user } = await (from === undefined
    ? perform('user:register', given, nobody)
    : perform('user:signIn', given, nobody))
  return { running, ada: { ...nobody, actor: { role: 'admin', user } }, folder, file, close }
}
