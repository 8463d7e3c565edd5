// An article cut into the blocks at its left edge. Of a text that has changed, only what may have changed is read anew.
// Block · Place · Cut · cut

import type { Token } from 'markdown-it'
import { FRONT_MATTER_MAX, syntax } from './syntax.ts'

/** One block, read. The `map` of its tokens counts lines from its own first one. */
export interface Block {
  tokens: Token[]
  /** The link definitions that stand in it, by label. */
  references: References
}

/** Where a block stands: its first line, and the offset where that begins; both count from 0. */
export interface Place {
  line: number
  from: number
  block: Block
}

/** A text in pieces. */
export interface Cut {
  source: string
  places: Place[]
  references: References
  /** Whether something far behind a block could change what it is. */
  hangs: boolean
}

type References = Record<string, { title: string; href: string }>

/** Reads a text; what it has in common with `before`, whose blocks are shared, is not read again. Never throws. */
export function cut(text: string, before?: Cut): Cut {
  const source = text.replace(/\r\n?/g, '\n').replaceAll('\0', '\ufffd')
  if (source === before?.source) return before
  const { head, tail, fresh } = before ? changed(source, before) : { head: [], tail: [], fresh: read(source, 0, 0) }
  const places = [...head, ...fresh, ...tail]
  const references: References = {}
  for (const { block } of places) for (const label in block.references) references[label] ??= block.references[label]!
  // A definition counts in all of the text.
  if (before && JSON.stringify(references) !== JSON.stringify(before.references)) return cut(text)
  for (const { block } of fresh) finish(block, references)
  return { source, places, references, hangs: places.some(({ block }) => hanging(block)) }
}

/** A comment that is not closed is a paragraph, until somebody closes it. */
function hanging({ tokens }: Block): boolean {
  return tokens[0]?.type === 'paragraph_open' && /^ {0,3}<!--/m.test(tokens[1]!.content)
}

/** Which blocks are as they were before and behind a change, and those in between. */
function changed(source: string, before: Cut): { head: Place[]; tail: Place[]; fresh: Place[] } {
  const old = before.source
  const { places } = before
  let start = 0
  const shorter = Math.min(old.length, source.length)
  while (start < shorter && old.charCodeAt(start) === source.charCodeAt(start)) start++
  let same = 0
  while (
    same < shorter - start &&
    old.charCodeAt(old.length - 1 - same) === source.charCodeAt(source.length - 1 - same)
  )
    same++

  const properties = start <= FRONT_MATTER_MAX + 8 && (old.startsWith('---') || source.startsWith('---'))
  const first = before.hangs || properties ? 0 : firstTouched(places, old, start)
  const begin = places[first]
  if (!begin) return { head: [], tail: [], fresh: read(source, 0, 0) }
  const head = places.slice(0, first)
  const delta = source.length - old.length
  let next = first
  let tail: Place[] = []
  // From where an old block begins behind the change, everything is as it was.
  const agrees = (line: number, from: number) => {
    if (before.hangs || from < source.length - same) return false
    while (next < places.length && places[next]!.from < from - delta) next++
    if (places[next]?.from !== from - delta) return false
    // Properties are such at the beginning only.
    if (properties && (from === 0 || from === delta)) return false
    const moved = line - places[next]!.line
    tail = places.slice(next).map(place => ({ ...place, line: place.line + moved, from: place.from + delta }))
    return true
  }
  const [line, from] = first === 0 ? [0, 0] : [begin.line, begin.from]
  const fresh = read(source, line, from, agrees)
  return { head, tail, fresh }
}

/**
 * The first block that a change at `start` can have touched. What a block is depends on the lines behind it up to the
 * next blank one: so the run of lines that holds the change, and the run before it.
 */
function firstTouched(places: Place[], source: string, start: number): number {
  let low = 0
  let high = places.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (places[middle]!.from <= start) low = middle + 1
    else high = middle
  }
  let at = Math.max(0, low - 1)
  for (let runs = 0; at > 0; at--)
    if (/\n[ \t]*\n$/.test(source.slice(Math.max(0, places[at]!.from - 80), places[at]!.from)) && ++runs === 2) break
  return at
}

/** markdown-it's `block.tokenize`, block by block, from a position on; `line` is the number of its line. */
function read(
  source: string,
  line: number,
  from: number,
  agrees: (line: number, from: number) => boolean = () => false,
): Place[] {
  const places: Place[] = []
  const env: { references: References; part?: true } = { references: {} }
  if (from > 0) env.part = true
  const state = new syntax.block.State(from === 0 ? source : source.slice(from), syntax, env, [])
  const rules = syntax.block.ruler.getRules('')
  while (state.line < state.lineMax) {
    const at = (state.line = state.skipEmptyLines(state.line))
    if (at >= state.lineMax || agrees(line + at, from + state.bMarks[at]!)) break
    state.tokens = []
    env.references = {}
    if (!rules.some(rule => rule(state, at, state.lineMax, false)) || state.line <= at)
      throw new Error(`No rule reads line ${line + at}.`)
    for (const token of state.tokens) if (token.map) token.map = [token.map[0] - at, token.map[1] - at]
    const block = { tokens: state.tokens, references: env.references }
    places.push({ line: line + at, from: from + state.bMarks[at]!, block })
  }
  return places
}

const rules = syntax.core.ruler.__rules__.filter(({ name, enabled }) => enabled && !/^(normalize|block)$/.test(name))

/** Reads what stands in a block's lines. */
function finish(block: Block, references: References): void {
  const state = new syntax.core.State('', syntax, { references })
  state.tokens = block.tokens
  for (const { fn } of rules) fn(state)
  block.tokens = state.tokens
}
