// Where a page's text lives in a Y.Doc, and how one text becomes another by the smallest edit.
// TEXT · textOf · plain · rewrite · changes

import { diffArrays } from 'diff'
import type * as Y from 'yjs'

/** The name of the one root type of a page's document. */
export const TEXT = 'text'

/** The text of a page's document. */
export function textOf(doc: Y.Doc): Y.Text {
  return doc.getText(TEXT)
}

/** Text as pages keep it: lines end with `\n`, no half characters. Editors count offsets by this form. */
export function plain(text: string): string {
  return text.replace(/\r\n?/g, '\n').toWellFormed()
}

/** One replacement: at `at`, `remove` UTF-16 units become `insert`. */
export interface Change {
  at: number
  remove: number
  insert: string
}

// Scripts that set no spaces between words: each letter, with the marks upon it, counts as a word.
const UNSPACED =
  '(?=[\\p{L}\\p{M}])[\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Thai}\\p{scx=Laoo}\\p{scx=Khmr}\\p{scx=Mymr}]'
const SPACED = `(?!${UNSPACED})[\\p{L}\\p{M}\\p{N}_]`
const TOKENS = new RegExp(`\\n|[^\\S\\n]+|${UNSPACED}\\p{M}*|(?:${SPACED})+|[^\\s\\p{L}\\p{M}\\p{N}_]`, 'gu')
// The square of how many words may differ: what the comparison costs. Some 40 ms; what lies beyond is replaced whole.
const WORK_MAX = 250_000
// Texts of more characters than this are first taken apart at the lines they share.
const SHORT = 4_000
// A stretch of more characters than this in which nothing but blanks is the same has been replaced as one.
const ALIKE = 40

/** What turns `before` into `after`, word by word, from the end to the beginning so that offsets stay true. */
export function changes(before: string, after: string): Change[] {
  if (before === after) return []
  let start = 0
  const shorter = Math.min(before.length, after.length)
  while (start < shorter && before[start] === after[start]) start++
  // Back to where a word begins in both: two rewritings of one number must meet as wholes.
  while (start > 0 && (inWord(before, start) || inWord(after, start))) start--
  let end = 0
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++
  while (end > 0 && (inWord(before, before.length - end) || inWord(after, after.length - end))) end--
  const middle = before.slice(start, before.length - end)
  const next = after.slice(start, after.length - end)
  const pieces = taken(start, middle, next).filter(({ old, now }) => old !== now)
  let work = WORK_MAX
  const result: Change[] = []
  // The shortest first: what is rewritten altogether shall not use up what the others need.
  for (const piece of pieces.sort((a, b) => a.old.length + a.now.length - b.old.length - b.now.length)) {
    const { found, cost } = wordChanges(piece, Math.floor(Math.sqrt(work)))
    work = Math.max(0, work - cost)
    result.push(...found)
  }
  return joined(result.sort((a, b) => a.at - b.at)).reverse()
}

/** Changes that touch are one. */
function joined(found: Change[]): Change[] {
  const result: Change[] = []
  for (const change of found) {
    const last = result.at(-1)
    if (last && last.at + last.remove === change.at) {
      last.remove += change.remove
      last.insert += change.insert
    } else result.push(change)
  }
  return result
}

/** A stretch that begins at `at` and was `old`. */
interface Piece {
  at: number
  old: string
  now: string
}

function wordChanges({ at: from, old, now }: Piece, most: number): { found: Change[]; cost: number } {
  const all = { at: from, remove: old.length, insert: now }
  if (old === '' || now === '' || most === 0) return { found: [all], cost: 0 }
  const parts = diffArrays(old.match(TOKENS) ?? [], now.match(TOKENS) ?? [], { maxEditLength: most })
  if (!parts) return { found: [all], cost: most ** 2 }
  const found: Change[] = []
  let at = from
  let differing = 0
  let stayed = old.length < ALIKE
  let open: Change | null = null
  for (const part of parts) {
    const text = part.value.join('')
    if (!part.added && !part.removed) {
      at += text.length
      open = null
      stayed ||= /\S/.test(text)
      continue
    }
    differing += part.value.length
    if (!open) found.push((open = { at, remove: 0, insert: '' }))
    if (part.added) open.insert += text
    else {
      open.remove += text.length
      at += text.length
    }
  }
  return { found: stayed ? found : [all], cost: differing ** 2 }
}

// Bram Cohen's patience diff: the lines that occur once on either side, in the longest order that both have, part a long
// text. Between them, as many lines as before are taken to be the same ones, rewritten.
function taken(at: number, old: string, now: string): Piece[] {
  if (old.length + now.length <= SHORT) return [{ at, old, now }]
  const before = old.match(LINES) ?? []
  const after = now.match(LINES) ?? []
  const ends = [...inOrder(sharedOnce(before, after)), [before.length, after.length] as const]
  const pieces: Piece[] = []
  let [i, j, offset] = [0, 0, at]
  const take = (to: number, other: number) => {
    const piece = { at: offset, old: before.slice(i, to).join(''), now: after.slice(j, other).join('') }
    ;[i, j, offset] = [to, other, offset + piece.old.length]
    return piece
  }
  for (const [to, other] of ends) {
    const length = to - i
    const size = before.slice(i, to).join('').length + after.slice(j, other).join('').length
    if (length === other - j && size > SHORT) while (i < to) pieces.push(take(i + 1, j + 1))
    else pieces.push(take(to, other))
    if (to < before.length) take(to + 1, other + 1)
  }
  return pieces
}

const LINES = /[^\n]*\n|[^\n]+/g

/** Where the lines stand that occur exactly once on either side, in the order of `before`. */
function sharedOnce(before: string[], after: string[]): (readonly [number, number])[] {
  const places = (lines: string[]) => {
    const found = new Map<string, number>()
    for (const [i, text] of lines.entries()) found.set(text, found.has(text) ? -1 : i)
    return found
  }
  const other = places(after)
  return [...places(before)]
    .map(([text, i]) => [i, other.get(text) ?? -1] as const)
    .filter(([i, j]) => i >= 0 && j >= 0)
    .sort(([a], [b]) => a - b)
}

/** The longest run of pairs whose second numbers rise. */
function inOrder(pairs: (readonly [number, number])[]): (readonly [number, number])[] {
  const tails: number[] = []
  const previous: number[] = []
  for (const [k, [, j]] of pairs.entries()) {
    let low = 0
    let high = tails.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (pairs[tails[middle]!]![1] < j) low = middle + 1
      else high = middle
    }
    previous[k] = low > 0 ? tails[low - 1]! : -1
    tails[low] = k
  }
  const run: (readonly [number, number])[] = []
  for (let k = tails.at(-1) ?? -1; k >= 0; k = previous[k]!) run.push(pairs[k]!)
  return run.reverse()
}

const WORD = new RegExp(`^${SPACED}`, 'u')
const LETTER = /^[\p{L}\p{M}\p{N}]/u
const MARK = /^\p{M}/u

/** Whether an offset lies inside a word or a character. */
function inWord(text: string, at: number): boolean {
  if (at <= 0 || at >= text.length) return false
  const after = characterAt(text, at)
  if (after === '') return true
  const before = characterAt(text, at - 1) || characterAt(text, at - 2)
  return MARK.test(after) ? LETTER.test(before) : WORD.test(before) && WORD.test(after)
}

/** The code point at an offset; nothing between the halves of one. */
function characterAt(text: string, at: number): string {
  const half = text.charCodeAt(at)
  if (half >= 0xdc00 && half < 0xe000 && at > 0 && text.codePointAt(at - 1)! > 0xffff) return ''
  return String.fromCodePoint(text.codePointAt(at)!)
}

/** Makes `text` read `next` by the smallest edit, so that what others write in it at the same time survives. */
export function rewrite(text: Y.Text, next: string): void {
  let at = 0
  const delta: ({ retain: number } | { delete: number } | { insert: string })[] = []
  for (const change of changes(text.toString(), next).reverse()) {
    if (change.at > at) delta.push({ retain: change.at - at })
    // Inserted behind what is deleted: a neighbour's caret at the seam stays on its side.
    if (change.remove > 0) delta.push({ delete: change.remove })
    if (change.insert !== '') delta.push({ insert: change.insert })
    at = change.at + change.remove
  }
  // In one walk through the text: each change on its own would look for its place from a marker.
  if (delta.length > 0) text.applyDelta(delta)
}
