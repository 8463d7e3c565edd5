// Which lines of a page some of its entries changed, and who: read from the Yjs items that are there now.
// changedLines

import * as Y from 'yjs'
import { textOf } from '../../shared/document.ts'
import type { Change } from '../../shared/protocol.ts'
import type { Entry } from '../db/log.ts'

/** Clocks of one client, from `from` up to but not including `to`. */
interface Run {
  from: number
  to: number
  user: number
}

type Runs = Map<number, Run[]>

/**
 * The lines that `entries` added to or took from, as the document stands now, in order; lines of one person that touch are one
 * change. What was written and taken away again leaves none.
 */
export function changedLines(doc: Y.Doc, entries: Pick<Entry, 'user' | 'bytes'>[]): Change[] {
  const [added, removed] = [new Map() as Runs, new Map() as Runs]
  for (const { user, bytes } of entries) {
    const { structs, ds } = Y.decodeUpdate(bytes)
    for (const { id, length } of structs) put(added, id.client, { from: id.clock, to: id.clock + length, user })
    for (const [client, ranges] of ds.clients)
      for (const { clock, len } of ranges) put(removed, client, { from: clock, to: clock + len, user })
  }
  for (const runs of [...added.values(), ...removed.values()]) order(runs)
  const changes: Change[] = []
  let line = 1
  const note = (from: number, to: number, user: number) => {
    const last = changes.at(-1)
    if (last && last.user === user && from <= last.to + 1) last.to = Math.max(last.to, to)
    else changes.push({ from, to, user })
  }
  for (let item = textOf(doc)._start; item; item = item.right) {
    const { client, clock } = item.id
    const end = clock + item.length
    if (item.deleted) {
      // What came and went between then and now was never missed.
      for (const run of overlapping(removed, client, clock, end))
        if (overlapping(added, client, run.from, run.to).length === 0) note(line, line, run.user)
      continue
    }
    if (!(item.content instanceof Y.ContentString)) continue
    const { str } = item.content
    let done = 0
    for (const { from, to, user } of overlapping(added, client, clock, end)) {
      line += breaksIn(str.slice(done, from - clock))
      const part = str.slice(from - clock, to - clock)
      const inner = part.trim()
      const first = line + breaksIn(part.slice(0, part.indexOf(inner)))
      if (inner !== '') note(first, first + breaksIn(inner), user)
      line += breaksIn(part)
      done = to - clock
    }
    line += breaksIn(str.slice(done))
  }
  return changes
}

function put(runs: Runs, client: number, run: Run): void {
  const list = runs.get(client)
  if (list) list.push(run)
  else runs.set(client, [run])
}

/** Puts runs in the order of their clocks and joins those of one person that touch. */
function order(runs: Run[]): void {
  runs.sort((a, b) => a.from - b.from)
  const joined: Run[] = []
  for (const run of runs) {
    const last = joined.at(-1)
    if (last && last.user === run.user && run.from <= last.to) last.to = Math.max(last.to, run.to)
    else joined.push(run)
  }
  runs.splice(0, runs.length, ...joined)
}

/** The runs that meet these clocks, cut to them, in the order of the clocks. */
function overlapping(runs: Runs, client: number, from: number, to: number): Run[] {
  const list = runs.get(client)
  if (!list) return []
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (list[middle]!.to <= from) low = middle + 1
    else high = middle
  }
  const found: Run[] = []
  for (let at = low; at < list.length && list[at]!.from < to; at++) {
    const run = list[at]!
    found.push({ from: Math.max(from, run.from), to: Math.min(to, run.to), user: run.user })
  }
  return found
}

function breaksIn(text: string): number {
  let breaks = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) breaks++
  return breaks
}
