// What a text says about other pages: its wiki links with the words around each, and where it names one without a link.
// Mention · mentions · sentenceAround · linked · Unlinked · unlinked

import type { Token } from 'markdown-it'
import { parse } from './markdown.ts'
import { plain } from './syntax.ts'
import { titleKey } from './titles.ts'
import type { WikiLink } from './wiki-links.ts'

/** A wiki link as it reads: its words, and what stands before and after them in the same sentence. */
export interface Mention {
  title: string
  before: string
  words: string
  after: string
}

/** Characters on each side of a link that are told. */
const AROUND = 120

/** The wiki links of a parsed text that lead to another page, in order. */
export function mentions(tokens: readonly Token[]): Mention[] {
  const found: Mention[] = []
  for (const { children } of tokens) {
    if (!children?.some(({ meta }) => (meta?.wiki as WikiLink | undefined)?.title)) continue
    const pieces: { title: string; from: number; to: number }[] = []
    let text = ''
    let open: (typeof pieces)[number] | null = null
    for (const child of children) {
      const title = (child.meta?.wiki as WikiLink | undefined)?.title
      if (title) {
        open = { title, from: text.length, to: text.length }
        pieces.push(open)
      }
      text += child.type === 'softbreak' || child.type === 'hardbreak' ? ' ' : plainRaw(child)
      if (open) open.to = text.length
      if (child.type === 'link_close' || child.type === 'embed') open = null
    }
    for (const { title, from, to } of pieces) found.push({ title, ...sentenceAround(text, from, to) })
  }
  return found
}

function plainRaw(token: Token): string {
  if (token.type === 'text' || token.type === 'text_special' || token.type === 'code_inline' || token.type === 'embed')
    return token.content
  if (token.type === 'math_inline') return token.content
  return token.type === 'image' ? plain(token.children ?? []) : ''
}

// Where a sentence ends: a mark and white space, or a mark of a script that sets none.
const END = /[.!?…]["'”’)]*\s|[。！？]/gu

/** The words from `from` to `to`, with what belongs to the same sentence on either side. */
export function sentenceAround(text: string, from: number, to: number): Omit<Mention, 'title'> {
  let before = text.slice(Math.max(0, from - 4 * AROUND), from)
  const ends = [...before.matchAll(END)]
  const last = ends.at(-1)
  if (last) before = before.slice(last.index + last[0].length)
  let after = text.slice(to, to + 4 * AROUND)
  END.lastIndex = 0
  const next = END.exec(after)
  if (next) after = after.slice(0, next.index + next[0].length)
  const tidy = (words: string) => words.replace(/\s+/g, ' ')
  return {
    before: shortenedLeft(tidy(before).trimStart()),
    words: tidy(text.slice(from, to)).trim().slice(0, 200).toWellFormed(),
    after: shortenedRight(tidy(after).trimEnd()),
  }
}

function shortenedLeft(words: string): string {
  if (words.length <= AROUND) return words
  return `…${words
    .slice(-AROUND)
    .toWellFormed()
    .replace(/^\S*\s/, '')}`
}

function shortenedRight(words: string): string {
  if (words.length <= AROUND) return words
  return `${words
    .slice(0, AROUND)
    .toWellFormed()
    .replace(/\s\S*$/, '')}…`
}

/** A place in a text that says a page's name without linking to it. Offsets are UTF-16 units of the source. */
export interface Unlinked {
  from: number
  to: number
  sentence: Omit<Mention, 'title'>
}

/** Whether a text links to one of these title keys. */
export function linked(text: string, keys: ReadonlySet<string>): boolean {
  return parse(text).links.some(title => keys.has(titleKey(title)))
}

const PLACES_MAX = 200

/** Where a text says these words, in any case, as whole words and neither in a link, in code nor in a heading. */
export function unlinked(text: string, words: string): Unlinked[] {
  const pattern = words
    .trim()
    .split(/\s+/)
    .map(word => word.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&'))
  const places = [
    ...text.matchAll(new RegExp(`(?<![\\p{L}\\p{N}_])${pattern.join('[ \\t]+')}(?![\\p{L}\\p{N}_])`, 'giu')),
  ]
    .slice(0, PLACES_MAX)
    .map(match => ({ from: match.index, to: match.index + match[0].length }))
  if (places.length === 0) return []
  // Only the parser knows where a link may stand: it is shown a text in which each place is one.
  let word = 'mention'
  while (text.includes(word)) word += 'x'
  let at = 0
  let shown = ''
  for (const [i, { from, to }] of places.entries()) {
    shown += `${text.slice(at, from)}[[${word}${i}|${text.slice(from, to)}]]`
    at = to
  }
  const tokens = parse(shown + text.slice(at)).tokens
  const sentences = new Map(mentions(tokens).map(({ title, ...sentence }) => [title, sentence]))
  const real = new Set<string>()
  tokens.forEach((token, i) => {
    if (tokens[i - 1]?.type === 'heading_open') return
    // Within another link there is no link.
    let depth = 0
    for (const child of token.children ?? []) {
      if (child.type === 'link_close') depth--
      const title = (child.meta?.wiki as WikiLink | undefined)?.title
      if (title && depth === 0) real.add(title)
      if (child.type === 'link_open') depth++
    }
  })
  return places.flatMap(({ from, to }, i) => {
    const sentence = real.has(`${word}${i}`) ? sentences.get(`${word}${i}`) : undefined
    return sentence ? [{ from, to, sentence }] : []
  })
}
