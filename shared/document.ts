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

const TOKENS = /\n|[^\S\n]+|[\p{L}\p{M}\p{N}_]+|[^\s\p{L}\p{M}\p{N}_]/gu
// Beyond this many differing words a finer answer costs more than it is worth.
const MAX_EDITS = 4_000

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
  const parts =
    middle === '' || next === ''
      ? undefined
      : diffArrays(middle.match(TOKENS) ?? [], next.match(TOKENS) ?? [], { maxEditLength: MAX_EDITS })
  if (!parts) return [{ at: start, remove: middle.length, insert: next }]
  const result: Change[] = []
  let at = start
  let open: Change | null = null
  for (const part of parts) {
    const text = part.value.join('')
    if (!part.added && !part.removed) {
      at += text.length
      open = null
      continue
    }
    if (!open) result.push((open = { at, remove: 0, insert: '' }))
    if (part.added) open.insert += text
    else {
      open.remove += text.length
      at += text.length
    }
  }
  return result.reverse()
}

const WORD = /[\p{L}\p{M}\p{N}_\ud800-\udfff]/u

/** Whether an offset lies inside a word or between the halves of a character. */
function inWord(text: string, at: number): boolean {
  return at > 0 && at < text.length && WORD.test(text[at - 1]!) && WORD.test(text[at]!)
}

/** Makes `text` read `next` by the smallest edit, so that what others write in it at the same time survives. */
export function rewrite(text: Y.Text, next: string): void {
  const apply = () => {
    for (const { at, remove, insert } of changes(text.toString(), next)) {
      // Inserted before deleted: a neighbour's caret at the seam stays on its side.
      if (insert !== '') text.insert(at + remove, insert)
      if (remove > 0) text.delete(at, remove)
    }
  }
  if (text.doc) text.doc.transact(apply)
  else apply()
}
