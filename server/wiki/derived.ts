// What follows from pages' texts (links, tags, search words …) is read from them here, behind everybody's back: within
// two seconds of an edit, a little at a time, and after a restart for whatever was left.
// Rested · Derivation · Derivations (add · touch · gone · settled · start · close)

import { type Article, parse } from '../../shared/markdown.ts'
import { leafOf } from '../../shared/titles.ts'
import type { Standing } from '../db/derived.ts'
import type { Database, Raw } from '../db/open.ts'
import type { Wiring } from './context.ts'

/** A page whose text has come to rest. */
export interface Rested extends Standing {
  /** The text as Markdown, parsed once for everybody who asks. */
  readonly article: Article
}

/** One kind of thing that follows from a page's text and title alone. */
export interface Derivation {
  name: string
  /** To be raised when `read` would find something else than before: every page is then read anew. */
  version: number
  /**
   * Finds it and answers with how to write it. The finding has all the time it needs, the writing is part of a
   * transaction: it replaces whatever was written for this page before.
   */
  read(page: Rested): (raw: Raw) => void
  /** Removes what was written for a page that is gone. */
  forget(raw: Raw, page: number): void
}

/** From the last rest of a page until it is read, in milliseconds: edits rest at most every 0.8 s. */
const DELAY = 250
/** A page is read again after so many times the time that it took, so that a huge one does not eat the server. */
const PATIENCE = 8
/** Pages that are behind are looked for in portions of this many, and written together until they took this long. */
const PORTION = 200
const TOGETHER = 15

/** Everything that is derived, and which pages wait for it. */
export class Derivations {
  readonly #all: Derivation[] = []
  /** When each waiting page may be read, in monotonic milliseconds; in the order in which they came. */
  readonly #waiting = new Map<number, number>()
  readonly #costs = new Map<number, { at: number; ms: number }>()
  readonly #listeners: ((pages: number[]) => void)[] = []
  readonly #db: Database
  #timer: NodeJS.Timeout | null = null
  #running: Promise<void> | null = null
  /** Up to which id pages that are behind have been looked for; null when there are none left. */
  #behind: number | null = null
  #closed = false
  #idle: (() => void)[] = []

  constructor(private readonly wiring: Pick<Wiring, 'db' | 'log'>) {
    this.#db = wiring.db
  }

  /** Adds one; all are added before `start`. */
  add(derivation: Derivation): void {
    this.#all.push(derivation)
  }

  /** Calls back with the pages of each transaction, once it is on disk. */
  onWritten(listener: (pages: number[]) => void): void {
    this.#listeners.push(listener)
  }

  /** The number of this way of reading: every added name and version makes another. */
  get version(): number {
    let hash = 0
    const signature = this.#all.map(({ name, version }) => `${name}.${version}`).sort()
    for (const sign of signature.join(' ')) hash = (Math.imul(hash, 31) + sign.codePointAt(0)!) & 0x7fffffff
    return hash
  }

  /** A page was made or renamed, or its text has come to rest. */
  touch(page: number): void {
    if (this.#closed || this.#waiting.has(page)) return
    const now = performance.now()
    const last = this.#costs.get(page)
    this.#waiting.set(page, Math.max(now + DELAY, last ? last.at + last.ms * PATIENCE : 0))
    this.#wake(DELAY)
  }

  /** A page is no more: what was read of it goes with it. */
  async gone(page: number): Promise<void> {
    this.#waiting.delete(page)
    this.#costs.delete(page)
    // A reading that is under way would write it down again.
    await this.#running
    await this.#db.derived.forget(
      page,
      this.#all.map(({ forget }) => forget),
    )
    this.#tell([page])
  }

  /** Begins to look for pages that are behind, as after a crash, an import or an update of the program. */
  start(): void {
    this.#behind ??= 0
    this.#wake(0)
  }

  /** Resolves when nothing waits any more. */
  settled(): Promise<void> {
    if (this.resting) return Promise.resolve()
    return new Promise(resolve => this.#idle.push(resolve))
  }

  /** Reads what waits without waiting any longer. */
  hurry(): void {
    for (const page of this.#waiting.keys()) this.#waiting.set(page, 0)
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#wake(0)
  }

  /** Resolves when nothing waits any more, or after so many milliseconds. */
  async settledWithin(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, milliseconds)
    })
    await Promise.race([this.settled(), late])
    clearTimeout(timer)
  }

  /** Stops; whatever is still waiting is found again at the next start. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#running
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** Whether nothing waits. */
  get resting(): boolean {
    return this.#waiting.size === 0 && this.#behind === null && !this.#running
  }

  #wake(delay: number): void {
    if (this.#closed || this.#timer || this.#running) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      const began = performance.now()
      this.#running = this.#work()
        .catch(error => {
          this.wiring.log.error({ err: error }, 'what follows from pages could not be written')
          return 5_000
        })
        .then(rest => {
          this.#running = null
          // At most half of the time is spent here.
          const next = rest ?? (this.#behind === null ? this.#nextDue() : 0)
          if (next !== null) this.#wake(Math.max(next, Math.min(100, performance.now() - began)))
          else if (this.resting) for (const resolve of this.#idle.splice(0)) resolve()
        })
    }, delay)
    this.#timer.unref()
  }

  /** Milliseconds until the next waiting page is due. */
  #nextDue(): number | null {
    let soonest = Number.POSITIVE_INFINITY
    for (const due of this.#waiting.values()) soonest = Math.min(soonest, due)
    return soonest === Number.POSITIVE_INFINITY ? null : Math.max(0, soonest - performance.now())
  }

  async #work(): Promise<null> {
    const ids = this.#due()
    if (ids.length === 0 && this.#behind !== null) {
      const { found, next } = await this.#db.derived.behind(this.#behind, this.version, PORTION)
      // Whoever is found waits like everyone else; a search goes on behind the last one that is really read.
      for (const id of found) this.#waiting.set(id, this.#waiting.get(id) ?? 0)
      this.#behind = next
      return null
    }
    const began = performance.now()
    const readings: Parameters<Database['derived']['write']>[0] = []
    try {
      for (const id of ids) {
        if (performance.now() - began > TOGETHER) break
        this.#waiting.delete(id)
        const reading = await this.#read(id)
        if (reading) readings.push(reading)
      }
      if (readings.length > 0) this.#tell(await this.#db.derived.write(readings))
    } catch (error) {
      for (const { reading } of readings) this.touch(reading.page)
      throw error
    }
    return null
  }

  #due(): number[] {
    const now = performance.now()
    const due: number[] = []
    for (const [id, at] of this.#waiting) {
      if (at <= now) due.push(id)
      if (due.length >= PORTION) break
    }
    return due
  }

  async #read(id: number): Promise<Parameters<Database['derived']['write']>[0][number] | null> {
    const standing = await this.#db.derived.page(id)
    if (!standing) return null
    const began = performance.now()
    let article: Article | undefined
    const rested: Rested = {
      ...standing,
      get article() {
        return (article ??= parse(standing.text))
      },
    }
    const writes: ((raw: Raw) => void)[] = []
    for (const { name, read } of this.#all)
      try {
        writes.push(read(rested))
      } catch (error) {
        this.wiring.log.error({ err: error, page: id, derivation: name }, 'a page could not be read')
      }
    const at = performance.now()
    this.#costs.delete(id)
    this.#costs.set(id, { at, ms: at - began })
    if (this.#costs.size > 1_000) this.#costs.delete(this.#costs.keys().next().value!)
    const bytes = Buffer.byteLength(standing.text)
    const reading = { page: id, seq: standing.seq, version: this.version, bytes, likeness: likenessOf(standing.title) }
    return { title: standing.title, reading, writes }
  }

  #tell(pages: number[]): void {
    for (const listener of this.#listeners) listener(pages)
  }
}

const SMALL_WORDS = new Set(['a', 'an', 'and', 'the', 'of', 'for', 'to', 'in', 'on', 'with'])

/** What is left of a title's last segment without accents, signs, small words and plurals: alike titles share it. */
export function likenessOf(title: string): string {
  const words = leafOf(title)
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu)
  const telling = (words ?? [])
    .filter(word => !SMALL_WORDS.has(word))
    .map(word => (/^[a-z]{4,}$/.test(word) ? word.replace(/(?<=[^s])s$/, '') : word))
  return telling.sort().join(' ') || leafOf(title)
}
