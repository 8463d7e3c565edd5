// How long bringing in a vault takes, and for how long it and the lists of what wants mending hold up everybody else:
// npm run bench:vault [PAGES …]. Pages are put together from paragraphs of real text, with links among them.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { importVault } from '../server/wiki/vault/importing.ts'
import { MAINTENANCE } from '../shared/protocol.ts'
import { dice, madeUp } from './lib/pages.mjs'
import { wiki } from './lib/wiki.ts'

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
  const { running, ada, folder, close } = await wiki()
  const row = (what: string, { ms, longest }: { ms: number; longest: number }) =>
    process.stdout.write(
      `| ${pages.toLocaleString('en')} | ${what} | ${ms.toFixed(0)} | ${longest.toFixed(0)} | ${longest <= GOAL ? 'within the goal' : `over ${GOAL} ms`} |\n`,
    )
  try {
    const { derivations, perform, vault } = running.wiki
    writeVault(join(folder, 'vault'), pages)
    const bring = () => importVault(vault, { path: join(folder, 'vault'), user: ada.actor.user!.id, tell() {} })
    row('brought in', await held(bring))
    row('links, tags and search, behind it', await held(() => derivations.settled()))
    row('brought in again, unchanged', await held(bring))
    for (const kind of MAINTENANCE) {
      row(`maintenance: ${kind}`, await held(() => perform('maintenance:list', { kind }, ada)))
      row(
        `maintenance: ${kind}, far down`,
        await held(() => perform('maintenance:list', { kind, after: String(pages / 2) }, ada)),
      )
    }
  } finally {
    await close()
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
