// Merging two rewritings of one text, word by word.
// Conflict · Merged · merge

import { type Change, changes } from './document.ts'

/** A place that both sides rewrote differently. */
export interface Conflict {
  base: string
  yours: string
  theirs: string
}

/** What two sides make together. With conflicts, `text` is theirs there. */
export interface Merged {
  text: string
  conflicts: Conflict[]
}

/**
 * Puts what `yours` changed since `base` into `theirs`. Both may insert at one place (theirs comes first) and may change
 * the same words in the same way; what else overlaps is a conflict. The idea is diff3's (Khanna, Kunal, Pierce 2007),
 * over words instead of lines.
 */
export function merge(base: string, yours: string, theirs: string): Merged {
  const mine = changes(base, yours).reverse()
  const other = changes(base, theirs).reverse()
  const conflicts: Conflict[] = []
  const taken: { at: number; remove: number; insert: string }[] = []
  let shift = 0
  let next = 0
  for (const change of mine) {
    while (next < other.length && endOf(other[next]!) <= change.at && !overlaps(other[next]!, change)) {
      shift += other[next]!.insert.length - other[next]!.remove
      next++
    }
    // Only what begins before this change ends can meet it.
    const rivals: Change[] = []
    for (let i = next; i < other.length && other[i]!.at <= endOf(change); i++)
      if (overlaps(other[i]!, change)) rivals.push(other[i]!)
    if (rivals.length === 0) taken.push({ ...change, at: change.at + shift })
    else if (!(rivals.length === 1 && same(rivals[0]!, change))) conflicts.push(conflict(base, change, rivals))
  }
  let at = 0
  const parts: string[] = []
  for (const change of taken) {
    parts.push(theirs.slice(at, change.at), change.insert)
    at = change.at + change.remove
  }
  return { text: parts.join('') + theirs.slice(at), conflicts }
}

function endOf(change: Change): number {
  return change.at + change.remove
}

function overlaps(a: Change, b: Change): boolean {
  if (a.remove === 0 && b.remove === 0) return a.at === b.at && a.insert === b.insert
  if (a.remove === 0) return a.at > b.at && a.at < endOf(b)
  if (b.remove === 0) return b.at > a.at && b.at < endOf(a)
  return a.at < endOf(b) && b.at < endOf(a)
}

function same(a: Change, b: Change): boolean {
  return a.at === b.at && a.remove === b.remove && a.insert === b.insert
}

function conflict(base: string, mine: Change, rivals: Change[]): Conflict {
  const from = Math.min(mine.at, rivals[0]!.at)
  const to = Math.max(endOf(mine), ...rivals.map(endOf))
  const rewritten = (some: Change[]) => {
    let text = base.slice(from, to)
    for (const { at, remove, insert } of [...some].reverse())
      text = text.slice(0, at - from) + insert + text.slice(at - from + remove)
    return text
  }
  return { base: base.slice(from, to), yours: rewritten([mine]), theirs: rewritten(rivals) }
}
