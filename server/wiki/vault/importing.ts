// Bringing in a folder or zip of Markdown: folders become the tree, what pages link and show comes along. A second run
// changes only what has changed there since the first, and keeps what people wrote here.
// Importing · importVault · ImportReport · inWords

import { rm } from 'node:fs/promises'
import { posix } from 'node:path'
import { promisify } from 'node:util'
import { deflateRaw, inflateRaw } from 'node:zlib'
import { UniqueConstraintViolationException } from '@mikro-orm/core'
import { plain } from '../../../shared/document.ts'
import { WikiError } from '../../../shared/errors.ts'
import { merge } from '../../../shared/merge.ts'
import { anchorOf, parseTitle, pathOf, titleKey } from '../../../shared/titles.ts'
import { Import, Page } from '../../db/entities.ts'
import type { Wiring } from '../context.ts'
import type { Files } from '../files.ts'
import { type Reservation, reserveSpace } from '../free-space.ts'
import { insertPage, type Pages } from '../pages.ts'
import type { Rooms } from '../rooms.ts'
import { resolvePath, rewriteDestinations } from './destinations.ts'
import { bytesOf, copyOf, type Entry, openSource, type Skipped } from './entries.ts'
import { titleOfFile, withoutTitle } from './names.ts'

/** Whoever imports, from where, and who is told how far it is. */
export interface Importing {
  path: string
  user: number
  tell(done: number, total: number): Promise<void> | void
}

/** What an import did; `problems` is what could not be carried over. */
export interface ImportReport {
  created: number
  updated: number
  unchanged: number
  files: number
  problems: Skipped[]
}

/** What an import works with. */
export interface ImportParts {
  wiring: Wiring
  pages: Pages
  rooms: Rooms
  files: Files
}

interface Found {
  path: string
  title: string
  key: string
  entry: Entry
}

/** Pages made in one transaction, during which nobody else is served. */
const TOGETHER = 5
const MARKDOWN = /\.(md|markdown)$/i
const pack = promisify(deflateRaw)
const unpack = promisify(inflateRaw)

/** @throws WikiError for what is no folder or zip, or holds too much; what is wrong with one file is in the report */
export async function importVault(parts: ImportParts, importing: Importing): Promise<ImportReport> {
  const { limits } = parts.wiring.config
  const source = await openSource(importing.path, limits)
  try {
    const bytes = source.entries.reduce((sum, entry) => sum + entry.bytes, 0)
    const space = await reserveSpace(parts.wiring.config, bytes)
    const run = new Run(parts, importing, space, source.entries, source.skipped)
    return await run.run().finally(() => space.release())
  } finally {
    await source.close()
  }
}

class Run {
  readonly #report: ImportReport
  /** Addresses of files, and titles of pages, by their paths. */
  readonly #addresses = new Map<string, string>()
  readonly #titles = new Map<string, string>()
  #done = 0

  constructor(
    private readonly parts: ImportParts,
    private readonly importing: Importing,
    private readonly space: Reservation,
    private readonly entries: Entry[],
    skipped: Skipped[],
  ) {
    this.#report = { created: 0, updated: 0, unchanged: 0, files: 0, problems: [...skipped] }
  }

  async run(): Promise<ImportReport> {
    for (const entry of this.entries.filter(({ path }) => !MARKDOWN.test(path))) await this.#takeFile(entry)
    const found = await this.#findPages(this.entries.filter(({ path }) => MARKDOWN.test(path)))
    for (let i = 0; i < found.length; i += TOGETHER) await this.#takePages(found.slice(i, i + TOGETHER))
    return this.#report
  }

  #problem(path: string, why: string): void {
    this.#report.problems.push({ path, why })
  }

  async #step(): Promise<void> {
    this.#done++
    await this.importing.tell(this.#done, this.entries.length)
  }

  async #takeFile(entry: Entry): Promise<void> {
    const { files, wiring } = this.parts
    const arrived = await files.store.newPath()
    try {
      await copyOf(entry, arrived, wiring.config.limits.fileBytes)
      const folder = posix.dirname(entry.path)
      const { path } = await files.take({
        path: arrived,
        name: entry.path,
        folder: folder === '.' ? '' : folder,
        user: this.importing.user,
      })
      this.#addresses.set(keyOf(entry.path), path)
      this.#report.files++
    } catch (error) {
      this.#problem(entry.path, reason(error))
    } finally {
      await rm(arrived, { force: true })
      this.space.release(entry.bytes)
    }
    await this.#step()
  }

  // Titles first: links between files need them all.
  async #findPages(entries: Entry[]): Promise<Found[]> {
    const found: Found[] = []
    const taken = new Map<string, string>()
    for (const entry of entries) {
      const { path } = entry
      const title = await this.#titleIn(entry)
      const key = titleKey(title)
      const other = taken.get(key)
      if (other !== undefined) {
        this.#problem(path, `its title is the same as that of ${other}`)
        await this.#step()
        continue
      }
      taken.set(key, path)
      this.#titles.set(keyOf(path), title)
      found.push({ path, title, key, entry })
    }
    return found
  }

  async #titleIn(entry: Entry): Promise<string> {
    const byName = titleOfFile(entry.path)
    const wanted = await this.#read(entry).then(
      text => withoutTitle(text).title,
      () => null,
    )
    try {
      return wanted === null ? byName : parseTitle(wanted)
    } catch {
      return byName
    }
  }

  async #read(entry: Entry): Promise<string> {
    const bytes = await bytesOf(entry, this.parts.wiring.config.limits.pageBytes + 1_000)
    let text: string
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    } catch {
      throw new WikiError('invalid', 'it is not text in UTF-8')
    }
    if (text.includes('\0')) throw new WikiError('invalid', 'it is not text')
    return plain(text)
  }

  async #takePages(found: Found[]): Promise<void> {
    const em = this.parts.wiring.db.em()
    const keys = found.map(({ key }) => key)
    const known = new Map((await em.find(Import, { titleKey: keys })).map(row => [row.titleKey, row]))
    const there = new Map(
      (await em.find(Page, { titleKey: keys }, { fields: ['titleKey'] })).map(row => [row.titleKey, row.id]),
    )
    const fresh: { title: string; key: string; text: string; path: string }[] = []
    for (const { path, title, key, entry } of found) {
      try {
        const text = this.#moved(withoutTitle(await this.#read(entry)).text, path)
        if (Buffer.byteLength(text) > this.parts.wiring.config.limits.pageBytes)
          throw new WikiError('too_large', 'it is too large for one page')
        const before = known.get(key)
        const page = before?.pageId ?? there.get(key)
        if (page === undefined) fresh.push({ title, key, text, path })
        else await this.#update({ path, key, text, page, base: before?.base ?? null })
      } catch (error) {
        this.#problem(path, reason(error))
      }
    }
    await this.#create(fresh)
    for (const _ of found) await this.#step()
  }

  /** The text with its addresses as they are in the wiki. */
  #moved(text: string, path: string): string {
    const folder = posix.dirname(path) === '.' ? '' : posix.dirname(path)
    return rewriteDestinations(text, address => {
      const wanted = resolvePath(folder, address)
      if (!wanted) return null
      const key = keyOf(wanted.path)
      const file = this.#addresses.get(key)
      if (file !== undefined) return file + wanted.hash
      const title = this.#titles.get(key) ?? this.#titles.get(keyOf(`${wanted.path}.md`))
      return title === undefined ? null : pathOf(title) + anchored(wanted.hash)
    })
  }

  async #create(fresh: { title: string; key: string; text: string; path: string }[]): Promise<void> {
    if (fresh.length === 0) return
    const { wiring, pages } = this.parts
    const bases = await Promise.all(fresh.map(({ text }) => pack(text)))
    const insert = (some: typeof fresh, offset: number) =>
      wiring.db.em().transactional(async em => {
        const ids: number[] = []
        for (const [i, { title, text, key }] of some.entries()) {
          const pageId = await insertPage(em, { title, text, author: this.importing.user, via: 'import' })
          await em.upsert(Import, { titleKey: key, pageId, base: bases[offset + i]!, at: new Date() })
          ids.push(pageId)
        }
        return ids
      })
    let ids: number[] = []
    try {
      ids = await insert(fresh, 0)
    } catch (error) {
      if (!(error instanceof UniqueConstraintViolationException)) throw error
      // Somebody has just made one of them: each by itself, so that the others are not held up.
      for (const [i, one] of fresh.entries())
        await insert([one], i).then(
          made => ids.push(...made),
          cause => this.#problem(one.path, reason(cause)),
        )
    }
    this.#report.created += ids.length
    const rows = await wiring.db.em().find(Page, { id: ids }, { populate: ['author', 'editor'] })
    for (const page of await pages.describe(rows)) wiring.announce('page:created', { page }, 'readers')
  }

  async #update(given: {
    path: string
    key: string
    text: string
    page: number
    base: Uint8Array | null
  }): Promise<void> {
    const { path, key, text, page, base } = given
    const { wiring, rooms, pages } = this.parts
    const row = await wiring.db.em().findOne(Page, { id: page })
    if (!row) return this.#problem(path, 'its page was deleted here')
    const now = await pages.content(row)
    if (base === null && now !== text)
      return this.#problem(path, `a page with the title “${row.title}” was written here; it is left as it is`)
    const before = base === null ? now : (await unpack(base)).toString()
    if (before === text || now === text) this.#report.unchanged++
    else {
      let lost = 0
      const room = await rooms.get(page)
      await room.rewrite(
        this.importing.user,
        theirs => {
          const merged = merge(before, text, theirs)
          lost = merged.conflicts.length
          return merged.text
        },
        'import',
      )
      this.#report.updated++
      if (lost > 0)
        this.#problem(path, `${lost === 1 ? 'one place was' : `${lost} places were`} kept as people have written here`)
    }
    if (base !== null && before === text) return
    await wiring.db.em().upsert(Import, { titleKey: key, pageId: page, base: await pack(text), at: new Date() })
  }
}

/** “#Ratios & more” within another file means the heading of these words. */
function anchored(hash: string): string {
  if (hash === '' || hash.startsWith('#h-')) return hash
  let words: string
  try {
    words = decodeURIComponent(hash.slice(1))
  } catch {
    words = hash.slice(1)
  }
  return `#${encodeURIComponent(anchorOf(words))}`
}

const keyOf = (path: string) => path.normalize('NFC').toLowerCase()

function reason(error: unknown): string {
  if (error instanceof WikiError) return error.message
  if (error instanceof UniqueConstraintViolationException) return 'a page with its title was made just now'
  return 'it could not be read'
}

/** A report as a person reads it, with at most `most` of its problems. */
export function inWords({ created, updated, unchanged, files, problems }: ImportReport, most = 200): string {
  const count = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`
  const lines = [`${count(created, 'page')} made, ${updated} changed, ${unchanged} as before; ${count(files, 'file')}.`]
  if (problems.length > 0) {
    lines.push(`${count(problems.length, 'thing')} could not be carried over as they were:`)
    lines.push(...problems.slice(0, most).map(({ path, why }) => `  ${path}: ${why}`))
    if (problems.length > most) lines.push(`  … and ${problems.length - most} more`)
  }
  return lines.join('\n')
}
