// All titles in memory, the latest first, so that a key in the palette is answered before the next one comes.
// TitleList (refresh · match) · TitleMatch

import type { SearchIndex, TitleNews } from '../db/search.ts'
import { fold } from './terms.ts'

/** A title that fits what was typed. */
export interface TitleMatch {
  page: number
  title: string
}

interface Entry {
  page: number
  title: string
  /** The title folded; where its last segment begins. */
  key: string
  leaf: number
}

/** News are read this many at a time, so that nothing else waits long for them. */
const BATCH = 5_000

/** Answers of a kind: whole, beginning, beginning of a word, within, all words, letters in order, one letter wrong. */
const KINDS = 9
/** From this kind on it is only letters in their order, which takes longest to find out. */
const LOOSE = 7

/** The titles of one database, kept up by what the index has to tell. */
export class TitleList {
  #entries: (Entry | null)[] = []
  /** Which characters each has, and which pairs of them; bits, side by side, as every key passes them all. */
  #masks = new Int32Array(1_024)
  #pairs = new Int32Array(1_024)
  readonly #at = new Map<number, number>()
  #stamp = 0
  #refreshing: Promise<void> | null = null

  constructor(private readonly index: Pick<SearchIndex, 'titlesAfter'>) {}

  /** Reads what has become of titles since the last time. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#read().finally(() => {
      this.#refreshing = null
    })
    return this.#refreshing
  }

  async #read(): Promise<void> {
    for (;;) {
      const news = await this.index.titlesAfter(this.#stamp, BATCH)
      for (const one of news) this.#take(one)
      if (news.length < BATCH) break
      await new Promise(resolve => setImmediate(resolve))
    }
    if (this.#entries.length > 2 * this.#at.size + 100) this.#compact()
  }

  #take({ stamp, page, title }: TitleNews): void {
    this.#stamp = stamp
    const before = this.#at.get(page)
    if (before !== undefined) {
      this.#entries[before] = null
      this.#masks[before] = 0
    }
    this.#at.delete(page)
    if (title === null) return
    const key = fold(title)
    this.#push({ page, title, key, leaf: key.lastIndexOf('/') + 1 })
  }

  #push(entry: Entry): void {
    const at = this.#entries.length
    if (at === this.#masks.length) {
      this.#masks = twice(this.#masks)
      this.#pairs = twice(this.#pairs)
    }
    this.#masks[at] = maskOf(entry.key)
    this.#pairs[at] = pairsOf(entry.key)
    this.#at.set(entry.page, at)
    this.#entries.push(entry)
  }

  #compact(): void {
    const entries = this.#entries.filter(entry => entry !== null)
    this.#entries = []
    for (const entry of entries) this.#push(entry)
  }

  /**
   * The titles that fit, best kind first; within a kind those of the pages in `first`, in its order, and then those with
   * the latest news.
   */
  match(query: string, limit: number, first: readonly number[] = []): TitleMatch[] {
    const wanted = fold(query).replace(/\s+/g, ' ').trim()
    if (wanted === '') return this.#latest(limit, first)
    const kinds: Entry[][] = Array.from({ length: KINDS }, () => [])
    const masks = this.#masks
    const pairs = this.#pairs
    const mask = maskOf(wanted)
    const pair = pairsOf(wanted)
    const words = wanted.split(' ')
    let close = 0
    const take = (entry: Entry, at: number) => {
      let kind = (pair & ~pairs[at]!) === 0 ? closeKindOf(entry, wanted, words) : null
      if (kind === null && close < limit) kind = looseKindOf(entry, wanted)
      if (kind === null || kinds[kind]!.length === limit) return
      kinds[kind]!.push(entry)
      if (kind < LOOSE) close++
    }
    // Plain loops: this passes every title there is, at every key.
    const told = new Set<number>()
    for (const page of first) {
      const at = this.#at.get(page) ?? -1
      const entry = this.#entries[at]
      if (!entry) continue
      told.add(page)
      if ((mask & ~masks[at]!) === 0) take(entry, at)
    }
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      if ((mask & ~masks[i]!) !== 0 || ((pair & ~pairs[i]!) !== 0 && close >= limit)) continue
      const entry = this.#entries[i]
      if (entry && !told.has(entry.page)) take(entry, i)
    }
    const found = kinds.flat()
    if (found.length < limit && wanted.length > 3)
      found.push(...this.#nearly(wanted, mask, limit - found.length, found))
    return found.slice(0, limit).map(({ page, title }) => ({ page, title }))
  }

  #latest(limit: number, first: readonly number[]): TitleMatch[] {
    const pages = new Set(first.filter(page => this.#at.has(page)))
    for (let i = this.#entries.length - 1; i >= 0 && pages.size < limit; i--) {
      const entry = this.#entries[i]
      if (entry) pages.add(entry.page)
    }
    return [...pages].slice(0, limit).map(page => ({ page, title: this.#entries[this.#at.get(page)!]!.title }))
  }

  // Titles with a word that begins like what was typed, but for one letter.
  #nearly(wanted: string, mask: number, limit: number, known: Entry[]): Entry[] {
    const seen = new Set(known)
    const found: Entry[] = []
    const masks = this.#masks
    for (let i = this.#entries.length - 1; i >= 0 && found.length < limit; i--) {
      const lacking = mask & ~masks[i]!
      // One letter at most may be missing, that is one bit.
      if ((lacking & (lacking - 1)) !== 0) continue
      const entry = this.#entries[i]
      if (!entry || seen.has(entry)) continue
      if (nearlyBegins(entry.key, entry.leaf, wanted)) found.push(entry)
    }
    return found
  }
}

const twice = (bits: Int32Array) => {
  const more = new Int32Array(2 * bits.length)
  more.set(bits)
  return more
}

/** A bit for each letter and digit, some shared. */
function maskOf(key: string): number {
  let mask = 0
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i)
    if (code === 32 || code === 47) continue
    mask |= 1 << (code >= 97 && code <= 122 ? code - 97 : 26 + (code % 6))
  }
  return mask
}

/** A bit for what follows what within a word, many shared. */
function pairsOf(key: string): number {
  let pairs = 0
  let before = 32
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i)
    if (code !== 32 && before !== 32) pairs |= 1 << (before * 5 + code * 11)
    before = code
  }
  return pairs
}

function isWordAt(key: string, at: number): boolean {
  if (at === 0) return true
  const code = key.charCodeAt(at - 1)
  if (code > 127) return !/[\p{L}\p{N}]/u.test(key[at - 1]!)
  // Folded: there are no capitals.
  return !((code >= 97 && code <= 122) || (code >= 48 && code <= 57))
}

function closeKindOf({ key, leaf }: Entry, wanted: string, words: string[]): number | null {
  const inLeaf = key.indexOf(wanted, leaf)
  if (inLeaf === leaf) return key.length - leaf === wanted.length ? 0 : 1
  if (inLeaf > 0 && isWordAt(key, inLeaf)) return 2
  const at = inLeaf >= 0 ? inLeaf : key.indexOf(wanted)
  if (at >= 0) return isWordAt(key, at) ? 3 : inLeaf >= 0 ? 4 : 5
  return words.length > 1 && words.every(word => key.includes(word)) ? 6 : null
}

function looseKindOf({ key, leaf }: Entry, wanted: string): number | null {
  if (wanted.length < 2) return null
  if (isSubsequence(key, leaf, wanted)) return LOOSE
  return leaf > 0 && isSubsequence(key, 0, wanted) ? LOOSE + 1 : null
}

// The letters in their order, each either right behind the one before or at the beginning of a word.
function isSubsequence(key: string, from: number, wanted: string): boolean {
  let at = from
  for (let i = 0; i < wanted.length; i++) {
    const letter = wanted[i]!
    if (letter === ' ') continue
    if (i > 0 && key[at] === letter) {
      at++
      continue
    }
    let next = key.indexOf(letter, at)
    while (next >= 0 && next !== from && !isWordAt(key, next)) next = key.indexOf(letter, next + 1)
    if (next < 0) return false
    at = next + 1
  }
  return true
}

function nearlyBegins(key: string, leaf: number, wanted: string): boolean {
  // A first letter is seldom wrong, and every word would be near otherwise.
  for (let at = key.indexOf(wanted[0]!, leaf); at >= 0; at = key.indexOf(wanted[0]!, at + 1))
    if ((at === leaf || isWordAt(key, at)) && isNear(key.slice(at, at + wanted.length + 1), wanted)) return true
  return false
}

/** Whether `wanted` is a beginning of `given` but for one letter that is wrong, missing, too many, or two exchanged. */
function isNear(given: string, wanted: string): boolean {
  let i = 0
  while (i < wanted.length && given[i] === wanted[i]) i++
  const rest = wanted.slice(i)
  return (
    given.startsWith(rest.slice(1), i + 1) ||
    given.startsWith(rest.slice(1), i) ||
    given.startsWith(rest, i + 1) ||
    (rest.length > 1 && given.startsWith(rest[1]! + rest[0] + rest.slice(2), i))
  )
}
