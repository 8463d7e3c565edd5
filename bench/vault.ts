// How long bringing in a vault takes, and for how long it and the lists of what wants mending hold up everybody else:
// npm run bench:vault [PAGES …]. Pages are put together from paragraphs of real text, with links among them.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import { LIMITS, readConfig } from '../server/config.ts'
import { start } from '../server/main.ts'
import type { Context } from '../server/wiki/context.ts'
import { importVault } from '../server/wiki/vault/importing.ts'
import { MAINTENANCE } from '../shared/protocol.ts'
import { dice, madeUp } from './lib/pages.mjs'

const SIZES = [1_000, 10_000]
/** Nobody should wait longer than this for what somebody else asked, in milliseconds. */
const GOAL = 100
/** Milliseconds between two looks at whether the thread is free. */
const EVERY = 5

/** What `work` takes, and the longest that the thread was not free meanwhile; in milliseconds. */
async function held<T>(work: () => Promise<T>): Promise<{ value: T; ms: number; longest: number }> {
  let longest = 0
  let last = performance.now()
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last - EVERY)
    last = now
  }
  const timer = setInterval(look, EVERY)
  await wait(EVERY * 2)
  longest = 0
  const began = performance.now()
  const value = await work()
  const ms = performance.now() - began
  await wait(EVERY)
  look()
  clearInterval(timer)
  return { value, ms, longest }
}

function writeVault(folder: string, pages: number): void {
  const roll = dice(11)
  const leaves: string[] = []
  for (const { title, text } of madeUp(pages, 400, 3_600)) {
    const path = join(folder, `${title}.md`)
    mkdirSync(dirname(path), { recursive: true })
    const known =
      leaves.length > 0 ? `See [[${leaves[roll(leaves.length)]}]] and [[${leaves[roll(leaves.length)]}]].` : ''
    writeFileSync(path, `---\ntags: [t${roll(200)}]\n---\n${text}${known} Some day [[Wanted ${roll(pages)}]].\n`)
    leaves.push(title.split('/').at(-1)!)
  }
}

async function measure(pages: number): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'chorus-bench-'))
  const config = readConfig({
    DATABASE_URL: `sqlite:${home}/data/chorus.sqlite`,
    UPLOADS_DIR: join(home, 'uploads'),
    HOST: '127.0.0.1',
    PORT: '0',
  })
  const running = await start(
    { ...config, port: 0, hashMemory: 1024, hashTime: 2, limits: LIMITS },
    pino({ level: 'fatal' }),
  )
  const row = (what: string, { ms, longest }: { ms: number; longest: number }) =>
    process.stdout.write(
      `| ${pages.toLocaleString('en')} | ${what} | ${ms.toFixed(0)} | ${longest.toFixed(0)} | ${longest <= GOAL ? 'within the goal' : `over ${GOAL} ms`} |\n`,
    )
  try {
    const { wiki, url: origin } = running
    const nobody: Context = {
      actor: { role: 'guest', user: null },
      address: '127.0.0.1',
      via: 'console',
      request: 'bench',
      origin,
      cookies: { begin: async () => {}, end: async () => {} },
    }
    const { user } = await wiki.perform('user:register', { username: 'ada', password: 'ada likes bread' }, nobody)
    const ada: Context = { ...nobody, actor: { role: 'admin', user } }
    writeVault(join(home, 'vault'), pages)
    const bring = () => importVault(wiki.vault, { path: join(home, 'vault'), user: user.id, tell() {} })
    row('brought in', await held(bring))
    row('links, tags and search, behind it', await held(() => wiki.derivations.settled()))
    row('brought in again, unchanged', await held(bring))
    for (const kind of MAINTENANCE) {
      row(`maintenance: ${kind}`, await held(() => wiki.perform('maintenance:list', { kind }, ada)))
      row(
        `maintenance: ${kind}, far down`,
        await held(() => wiki.perform('maintenance:list', { kind, after: String(pages / 2) }, ada)),
      )
    }
  } finally {
    await running.close()
    rmSync(home, { recursive: true, force: true })
  }
}

/** Prints a table. */
export async function main(): Promise<void> {
  const given = process.argv.slice(2).map(Number).filter(Boolean)
  process.stdout.write(
    '\n| pages | what | ms | longest that nobody else was served, ms | verdict |\n| --- | --- | --- | --- | --- |\n',
  )
  for (const pages of given.length > 0 ? given : SIZES) await measure(pages)
}
