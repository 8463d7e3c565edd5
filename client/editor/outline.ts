// The headings of the text as they are now, and sections that change places. Pure functions of an EditorState.
// Heading · headingsOf · sectionAt · places · moveSection · sectionUp · sectionDown

import type { EditorState, StateCommand, TransactionSpec } from '@codemirror/state'
import type { SyntaxNode } from '@lezer/common'
import { carets } from './carets.ts'
import { endOfFrontMatter } from './highlighting.ts'
import { treeOf } from './inline.ts'

/** A heading and all that stands under it, up to the next one of its level or above. Positions in the text. */
export interface Heading {
  level: number
  /** As it reads, without marks. */
  title: string
  from: number
  to: number
}

/** The headings in order. Those in quotes and lists make no section. */
export function headingsOf(state: EditorState): Heading[] {
  const found: Heading[] = []
  const open: Heading[] = []
  const begin = endOfFrontMatter(state)
  const { topNode } = treeOf(state, state.doc.length)
  for (let node = topNode.childAfter(begin); node; node = node.nextSibling) {
    const match = /^(?:ATX|Setext)Heading(\d)$/.exec(node.name)
    if (!match || node.from < begin) continue
    const level = Number(match[1])
    const { from } = state.doc.lineAt(node.from)
    while (open.length > 0 && open.at(-1)!.level >= level) open.pop()!.to = from
    const heading = { level, title: words(state, node), from, to: state.doc.length }
    open.push(heading)
    found.push(heading)
  }
  return found
}

function words(state: EditorState, heading: SyntaxNode): string {
  let text = ''
  let at = heading.from
  heading.cursor().iterate(({ name, from, to }) => {
    if (!/Mark$|^URL$|^LinkTitle$|^WikiComment$/.test(name)) return
    text += state.sliceDoc(at, Math.max(at, from))
    at = Math.max(at, to)
  })
  return (text + state.sliceDoc(at, heading.to)).replace(/\\([!-/:-@[-`{-~])/g, '$1').trim()
}

/** Which section a position is in, the innermost; -1 above the first. */
export function sectionAt(headings: readonly Heading[], pos: number): number {
  return headings.findLastIndex(({ from }) => from <= pos)
}

/** Where a section can go: before a heading that is not under another of its level, or to the end. */
export function places(state: EditorState, headings: readonly Heading[], at: number): number[] {
  const section = headings[at]!
  return [...headings.filter(({ level }) => level <= section.level).map(({ from }) => from), state.doc.length].filter(
    pos => pos < section.from || pos > section.to,
  )
}

/** Takes a section to another place, as one edit; blank lines stay where they are between what follows each other. */
export function moveSection(
  state: EditorState,
  { from, to }: Pick<Heading, 'from' | 'to'>,
  place: number,
): TransactionSpec {
  const [start, middle, end] = place > to ? [from, to, place] : [place, from, to]
  const bodyEnd = (a: number, b: number) => a + state.sliceDoc(a, b).trimEnd().length
  const [firstEnd, secondEnd] = [bodyEnd(start, middle), bodyEnd(middle, end)]
  const blank = state.sliceDoc(firstEnd, middle)
  // An underlined heading would take the paragraph right above it.
  const gap = blank.split('\n').length > 2 ? blank : '\n\n'
  const [first, second] = [state.sliceDoc(start, firstEnd), state.sliceDoc(middle, secondEnd)]
  const busy = (a: number, b: number) =>
    (state.field(carets, false)?.all ?? []).filter(({ head }) => head >= a && head <= b).length
  // What people write in stays where it is; else the shorter part moves.
  const cost = busy(start, firstEnd) - busy(middle, secondEnd) || first.length - second.length
  const changes = state.changes(
    cost <= 0
      ? [
          { from: start, to: middle },
          { from: secondEnd, insert: gap + first },
        ]
      : [
          { from: start, insert: second + gap },
          { from: firstEnd, to: secondEnd },
        ],
  )
  const follow = (pos: number) => {
    if (pos >= middle && pos <= secondEnd) return start + pos - middle
    if (pos >= start && pos <= firstEnd) return start + second.length + gap.length + pos - start
    return changes.mapPos(pos, 1)
  }
  const { anchor, head } = state.selection.main
  return { changes, selection: { anchor: follow(anchor), head: follow(head) }, userEvent: 'move.section' }
}

function step(up: boolean): StateCommand {
  return ({ state, dispatch }) => {
    const headings = headingsOf(state)
    const at = sectionAt(headings, state.selection.main.head)
    if (at < 0 || state.readOnly) return true
    const all = places(state, headings, at)
    const { from, to } = headings[at]!
    const place = up ? all.findLast(pos => pos < from) : all.find(pos => pos > to)
    if (place !== undefined)
      dispatch(state.update({ ...moveSection(state, headings[at]!, place), scrollIntoView: true }))
    return true
  }
}

/** Moves the section that the cursor is in before the one above it. */
export const sectionUp: StateCommand = step(true)

/** Moves the section that the cursor is in behind the one below it. */
export const sectionDown: StateCommand = step(false)
