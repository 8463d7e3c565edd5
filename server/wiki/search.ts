// Finding pages: by their titles as they are typed, and by the words in them.
// Search (titles · derivation · find · seenBy) · searchHandlers

import type { Mark } from '../../shared/protocol.ts'
import { anchorOf, parseTitle, pathOf, titleKey } from '../../shared/titles.ts'
import { Page, User } from '../db/entities.ts'
import type { Filter, Found, Indexed } from '../db/search.ts'
import type { Handlers } from './commands.ts'
import type { Wiring } from './context.ts'
import type { Derivation } from './derived.ts'
import type { Pages } from './pages.ts'
import { type Passage, passagesOf } from './passages.ts'
import {
  expressionOf,
  gramsOf,
  marksIn,
  openWord,
  partableWords,
  readQuery,
  termsOf,
  type Wanted,
  wordsIn,
} from './terms.ts'
import { TitleList } from './title-list.ts'

/** Words of the index that may stand for one of the question: those that begin like it, those that hold it. */
const BEGINNINGS_MAX = 200
const PARTS_MAX = 40

/** Letters from which on a word that is still being typed tells something beside others. */
const SHORT = 3

/** Passages that are weighed against each other for one question. */
const WEIGHED = 150

/** Pages somebody was in that come first, and how long that is remembered between two keys, in milliseconds. */
const SEEN_MAX = 60
const SEEN_FOR = 3_000

/** Characters of an excerpt, and of them before the first word that was asked for. */
const EXCERPT = 180
const BEFORE = 50

/** Passages weighed for each page that is wanted: several of one page may answer. */
const PASSAGES_PER_PAGE = 3

/** A page's best passage, with where the words stand. */
interface Hit extends Found {
  wanted: Wanted[]
}

/** The index of one wiki. */
export class Search {
  readonly titles: TitleList
  readonly #seen = new Map<number, { at: number; pages: number[] }>()

  constructor(private readonly wiring: Wiring) {
    this.titles = new TitleList(wiring.db.search)
  }

  /** How the index follows from texts. `again` is called with a page of which there is more to take in. */
  derivation(again: (page: number) => void): Derivation {
    const index = this.wiring.db.search
    return {
      name: 'search',
      version: 3,
      read({ id, title, text }) {
        const passages = passagesOf(text)
        // A page without a word is found by its title.
        if (passages.length === 0) passages.push({ heading: '', text: '' })
        const indexed = passages.map(passage => ({ ...passage, terms: () => termsOfPassage(title, passage) }))
        return raw => {
          const whole = index.put(raw, id, { words: title, terms: termsOf(title) }, indexed)
          if (!whole) again(id)
        }
      },
      forget: (raw, page) => index.remove(raw, page),
    }
  }

  /**
   * The pages whose text answers, each by its best passage; `offset` skips those that were told before, `byTitle` prefers
   * those whose title has the words.
   */
  async find(
    wanted: Wanted[],
    filter: Filter,
    limit: number,
    { offset = 0, enough = Number.POSITIVE_INFINITY, byTitle = false } = {},
  ): Promise<Hit[]> {
    const { search } = this.wiring.db
    const beginnings = await this.#instead(wanted, word => this.#beginning(word))
    const expression = expressionOf(wanted, beginnings)
    if (expression === null) return []
    const most = Math.max(WEIGHED, (offset + limit) * PASSAGES_PER_PAGE)
    const excludes = wanted.some(({ not }) => not)
    const hits = best(await search.find(expression, filter, most, excludes), wanted, byTitle)
    if (hits.length < Math.min(enough, offset + limit)) {
      // Beside other words, the first two letters of the next one tell too little.
      const telling = wanted.filter(one => (openWord(one)?.length ?? SHORT) >= SHORT)
      const without = telling.length > 0 && telling.length < wanted.length
      const parts = without ? beginnings : await this.#instead(wanted, word => this.#holding(word))
      const partly = expressionOf(without ? telling : wanted, parts)
      const seen = new Set(hits.map(({ page }) => page))
      if (partly !== null && parts.size > 0)
        hits.push(
          ...best(await search.find(partly, filter, most, excludes), wanted, byTitle).filter(
            ({ page }) => !seen.has(page),
          ),
        )
    }
    return hits.slice(offset, offset + limit)
  }

  /** Pages that somebody was in, the latest first; unless `anew`, without those of the last seconds. */
  async seenBy(user: number, anew: boolean): Promise<readonly number[]> {
    const known = this.#seen.get(user)
    if (!anew && known && performance.now() - known.at < SEEN_FOR) return known.pages
    const pages = (await this.wiring.db.visits.of(user)).slice(0, SEEN_MAX).map(({ page }) => page)
    this.#seen.delete(user)
    this.#seen.set(user, { at: performance.now(), pages })
    if (this.#seen.size > 1_000) this.#seen.delete(this.#seen.keys().next().value!)
    return pages
  }

  async #instead(wanted: Wanted[], find: (word: string) => Promise<string[] | null>): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>()
    for (const one of wanted) {
      const word = openWord(one)
      const words = word && (await find(word))
      if (words) found.set(word, words)
    }
    return found
  }

  // FTS5 has lists of what begins with three and four letters; below, a word means itself, and above, the words that
  // begin so are few enough to be named, which spares it a list that is made for every question anew.
  async #beginning(word: string): Promise<string[] | null> {
    if (word.length < 3) return [word]
    if (word.length < 5 || /^\p{N}/u.test(word)) return null
    const words = await this.wiring.db.search.beginning(word, BEGINNINGS_MAX + 1)
    return words.length > BEGINNINGS_MAX ? null : [...new Set([word, ...words])]
  }

  async #holding(word: string): Promise<string[] | null> {
    const grams = gramsOf(word).slice(0, -1)
    if (grams.length === 0) return null
    const words = await this.wiring.db.search.holding(grams.join(' '), PARTS_MAX)
    return words.length > 0 ? [...new Set([word, ...words])] : null
  }
}

function termsOfPassage(title: string, { heading, text }: Passage): ReturnType<Indexed['terms']> {
  return {
    heading: termsOf(heading),
    get text() {
      return termsOf(text)
    },
    get words() {
      return [...partableWords(`${title} ${heading} ${text}`)].map(word => [word, gramsOf(word).join(' ')] as const)
    },
  }
}

/** Each page by its best passage, best first; passages come latest first, and that breaks ties. */
function best(found: Found[], wanted: Wanted[], byTitle: boolean): Hit[] {
  const pages = new Map<number, Hit & { score: number }>()
  const words = wanted.filter(({ not }) => !not).map(({ words }) => words.join(' '))
  for (const passage of found) {
    const score = scoreOf(passage, words, byTitle)
    const before = pages.get(passage.page)
    if (!before || before.score < score) pages.set(passage.page, { ...passage, wanted, score })
  }
  return [...pages.values()].sort((a, b) => b.score - a.score)
}

// How often and how early each word stands there, and how near to each other the first ones are. Words are counted
// where they stand as they were typed; a passage that has them only in another form is found, and comes after.
function scoreOf({ title, heading, text }: Found, words: string[], byTitle: boolean): number {
  const body = text.toLowerCase()
  const head = heading.toLowerCase()
  const name = byTitle ? title.toLowerCase() : ''
  let score = 0
  const firsts: number[] = []
  for (const word of words) {
    if (name.includes(word)) score += 4
    if (head.includes(word)) score += 3
    let count = 0
    let whole = 0
    for (let at = body.indexOf(word); at >= 0 && count < 8; at = body.indexOf(word, at + word.length)) {
      if (count === 0) firsts.push(at)
      count++
      const before = body.charCodeAt(at - 1)
      const after = body.charCodeAt(at + word.length)
      if (!isLetter(before)) whole += isLetter(after) ? 0.5 : 1
    }
    score += (count + whole) / (count + whole + 1 + body.length / 2_000)
  }
  if (firsts.length > 1) score += 20 / (20 + Math.max(...firsts) - Math.min(...firsts))
  return score
}

const isLetter = (code: number) => (code >= 97 && code <= 122) || code > 127
const isLetterOrDigit = (code: number) => isLetter(code) || (code >= 48 && code <= 57)

// One letter of an alphabet begins too many words to mean any of them before the next one is typed.
function isTelling({ words, open }: Wanted): boolean {
  return !open || words.length > 1 || !/^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}]$/u.test(words[0]!)
}

function excerptOf({ text, wanted }: Hit): { text: string; marks: Mark[] } {
  const first = firstPlace(text, wanted)
  let from = Math.max(0, first - BEFORE)
  if (from > 0) from += Math.max(0, text.slice(from, first).search(/\s/) + 1)
  // White space is folded: twice as much is enough of a text to cut from.
  const line = text.slice(from, first + 2 * EXCERPT).replace(/\s+/g, ' ')
  const rest = first + 2 * EXCERPT < text.length
  let to = Math.min(line.length, EXCERPT)
  if (to < line.length || rest) {
    // Not every language puts spaces between words: what was found stands there in any case.
    const space = line.lastIndexOf(' ', to)
    if (space > BEFORE) to = space
  }
  const goesOn = to < line.length || rest
  const cut = `${from > 0 ? '… ' : ''}${line.slice(0, to).trim()}${goesOn ? ' …' : ''}`
  return { text: cut, marks: marksIn(cut, wanted) }
}

// Where a word of the question stands as it was typed; one that stands there only in another form is looked for word by word.
function firstPlace(text: string, wanted: Wanted[]): number {
  const body = text.toLowerCase()
  // A letter that is longer in lower case would move all places behind it.
  if (body.length === text.length) {
    let first = Number.POSITIVE_INFINITY
    for (const { words, open, not } of wanted) {
      if (not) continue
      const phrase = words.join(' ')
      const fits = (at: number) =>
        open || (!isLetterOrDigit(body.charCodeAt(at - 1)) && !isLetterOrDigit(body.charCodeAt(at + phrase.length)))
      let at = body.indexOf(phrase)
      while (at >= 0 && at < first && !fits(at)) at = body.indexOf(phrase, at + 1)
      if (at >= 0) first = Math.min(first, at)
    }
    if (first < Number.POSITIVE_INFINITY) return first
  }
  return marksIn(text, wanted)[0]?.[0] ?? 0
}

function addressOf(title: string, heading: string): string {
  return heading === '' ? pathOf(title) : `${pathOf(title)}#${encodeURIComponent(anchorOf(heading))}`
}

const PAGE_SIZE = 20

/** Where a palette has this many passages, parts of words are not looked for. */
const ENOUGH = 3

/** The commands that find. */
export function searchHandlers(
  wiring: Wiring,
  pages: Pages,
  search: Search,
): Pick<Handlers, 'search:jump' | 'search:find'> {
  const { db } = wiring
  return {
    async 'search:jump'({ query, limit = 8 }, { actor }) {
      await search.titles.refresh()
      const wanted = readQuery(query)
      // Asked without words, the answer is what was seen last; the keys that follow do with that.
      const seen = actor.user ? await search.seenBy(actor.user.id, query.trim() === '') : []
      const titles = search.titles.match(query, limit, seen)
      const hits = await search.find(wanted.filter(isTelling), {}, limit, { enough: ENOUGH })
      const titled = new Set(titles.map(({ page }) => page))
      const names = await db.search.titlesOf(hits.map(({ page }) => page))
      return {
        titles: titles.map(({ page, title }) => ({
          page,
          title,
          path: pathOf(title),
          marks: marksIn(title, wanted, wordsIn(title)),
        })),
        passages: hits.flatMap(hit => {
          const title = names.get(hit.page)
          if (title === undefined) return []
          const { heading, page } = hit
          const excerpt = excerptOf(hit)
          // A page that only its title answers is told once.
          if (titled.has(page) && excerpt.marks.length === 0) return []
          return [{ page, title, path: addressOf(title, heading), heading, ...excerpt }]
        }),
      }
    },

    async 'search:find'({ query, under, author, tag, since, after, limit = PAGE_SIZE }) {
      const offset = after === undefined ? 0 : Number(after)
      const by = author === undefined ? undefined : await db.em().findOne(User, { usernameKey: titleKey(author) })
      if (by === null) return { hits: [], next: null }
      const filter: Filter = {
        ...(under && { under: titleKey(parseTitle(under)) }),
        ...(by && { author: by.id }),
        ...(tag && { tag: titleKey(tag.replace(/^#/, '')) }),
        ...(since && { since: Date.parse(since) }),
      }
      const found = await search.find(readQuery(query), filter, limit + 1, { offset, byTitle: true })
      const some = found.slice(0, limit)
      const rows = await db.em().find(Page, { id: some.map(({ page }) => page) }, { populate: ['author', 'editor'] })
      const described = new Map((await pages.describe(rows)).map(page => [page.id, page]))
      return {
        hits: some.flatMap(hit => {
          const page = described.get(hit.page)
          if (!page) return []
          const marks = marksIn(page.title, hit.wanted)
          return [
            { page, path: addressOf(page.title, hit.heading), heading: hit.heading, title: marks, ...excerptOf(hit) },
          ]
        }),
        next: found.length > limit ? String(offset + limit) : null,
      }
    },
  }
}
