// How searching, lists, the tree and a page view grow with the wiki: npm run bench:search -- [PAGES …] [--keep FOLDER].
// Filling takes minutes: a wiki that is kept in a folder is measured again the next time.
// Pages are put together from paragraphs of real text; every question is asked through the door, in this process.

import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Running } from '../server/main.ts'
import type { Context } from '../server/wiki/context.ts'
import { Search } from '../server/wiki/search.ts'
import type { CommandName, Input } from '../shared/protocol.ts'
import { leafOf, parentOf, titleKey } from '../shared/titles.ts'
import { dice, madeUp, paragraphs, words } from './lib/pages.mjs'
import { wiki } from './lib/wiki.ts'

const SIZES = [100, 10_000, 100_000]
/** A key in the palette is answered by the server within this, 99 times of 100. */
const GOAL = 20
async function fill(running: Running, search: Search, pages: number): Promise<void> {
  const { read } = search.derivation(() => {})
  const made = madeUp(pages, 400, 3_600)
  for (let first = 0; first < pages; first += 500)
    await running.db.log.withRaw(raw =>
      raw
        .transaction(() => {
          const insert = raw.prepare(
            `insert into pages (title, title_key, leaf_key, parent_key, content, snapshot, seq, author_id, editor_id, created_at, updated_at)
             values (?, ?, ?, ?, ?, x'0000', 0, 1, 1, ?, ?)`,
          )
          for (let i = first; i < Math.min(pages, first + 500); i++) {
            const { title, text } = made.next().value!
            const at = Date.UTC(2026, 0, 1) + i * 1_000
            const { lastInsertRowid } = insert.run(
              title,
              titleKey(title),
              titleKey(leafOf(title)),
              titleKey(parentOf(title)),
              text,
              at,
              at,
            )
            const id = Number(lastInsertRowid)
            const standing = { id, title, seq: 0, text }
            read(standing as Parameters<typeof read>[0])(raw)
          }
        })
        .immediate(),
    )
}

/** What somebody types, key by key: single words, several, phrases, parts of words. */
function typed(count: number): string[] {
  const roll = dice(7)
  const word = () => words[roll(words.length)]!
  const phrase = () => paragraphs[roll(paragraphs.length)]!.split(/\s+/).slice(0, 3).join(' ')
  const kinds = [word, () => `${word()} ${word()}`, () => `the ${word()}`, () => `"${phrase()}"`, () => word().slice(1)]
  const asked: string[] = []
  for (let i = 0; i < count; i++) {
    const whole = kinds[i % kinds.length]!()
    for (let length = 1; length <= Math.min(whole.length, 14); length++) asked.push(whole.slice(0, length))
  }
  return asked
}

/** Milliseconds of each of these questions, sorted. */
async function times<C extends CommandName>(
  running: Running,
  context: Context,
  command: C,
  inputs: Input<C>[],
): Promise<number[]> {
  const taken: number[] = []
  for (const input of inputs) {
    const began = performance.now()
    await running.wiki.perform(command, input, context)
    taken.push(performance.now() - began)
  }
  return taken.sort((a, b) => a - b)
}

const at = (sorted: number[], share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!

async function measure(pages: number, keep?: string): Promise<Record<string, string>> {
  const kept = keep === undefined ? undefined : join(keep, `${pages}.sqlite`)
  const before = kept !== undefined && existsSync(kept)
  const { running, ada, file, close } = await wiki(before ? kept : undefined)
  try {
    const search = new Search({ db: running.db } as ConstructorParameters<typeof Search>[0])
    const began = performance.now()
    if (!before) await fill(running, search, pages)
    const filled = performance.now() - began
    if (kept !== undefined && !before) {
      mkdirSync(keep!, { recursive: true })
      await running.db.log.withRaw(raw => raw.prepare('vacuum into ?').run(kept))
    }
    const cold = await times(running, ada, 'search:jump', [{ query: '' }])
    const keys = await times(
      running,
      ada,
      'search:jump',
      typed(120).map(query => ({ query })),
    )
    const found = await times(
      running,
      ada,
      'search:find',
      typed(20).map(query => ({ query })),
    )
    const lists = await times(
      running,
      ada,
      'page:list',
      Array.from({ length: 60 }, () => ({})),
    )
    const trees = await times(
      running,
      ada,
      'page:children',
      Array.from({ length: 60 }, () => ({})),
    )
    const roll = dice(3)
    const reads = await times(
      running,
      ada,
      'page:read',
      Array.from({ length: 200 }, () => ({ page: 1 + roll(pages) })),
    )
    const pair = (sorted: number[]) => `${at(sorted, 0.5).toFixed(1)} / ${at(sorted, 0.99).toFixed(1)}`
    return {
      pages: pages.toLocaleString('en'),
      'database, MB': (statSync(file).size / 1e6).toFixed(0),
      'filled, ms a page': before ? '–' : (filled / pages).toFixed(2),
      'first key, ms': at(cold, 0.5).toFixed(0),
      'key in the palette': pair(keys),
      'search screen': pair(found),
      'page list': pair(lists),
      'top of the tree': pair(trees),
      'page read': pair(reads),
      verdict: at(keys, 0.99) <= GOAL ? 'within the goal' : `over ${GOAL} ms`,
    }
  } finally {
    await close()
  }
}

/** Prints a table, in milliseconds at the median / the 99th percentile. */
export async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: { keep: { type: 'string' } }, allowPositionals: true })
  const given = positionals.map(Number).filter(Boolean)
  const rows: Record<string, string>[] = []
  for (const pages of given.length > 0 ? given : SIZES) rows.push(await measure(pages, values.keep))
  const names = Object.keys(rows[0]!)
  process.stdout.write(`\n| ${names.join(' | ')} |\n| ${names.map(() => '---').join(' | ')} |\n`)
  for (const row of rows) process.stdout.write(`| ${names.map(name => row[name]).join(' | ')} |\n`)
  process.stdout.write('\nMilliseconds, median / 99 of 100, asked through the door in one process.\n')
}
