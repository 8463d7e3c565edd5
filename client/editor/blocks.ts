// What whole lines are: headings, lists, tasks, quotes, code, tables. Pure functions of an EditorState.
// toggleHeading · toggleList · toggleQuote · toggleCodeBlock, each with has…; insertTable · Shape · shapeOf · linesOf · change

import {
  type ChangeSpec,
  EditorSelection,
  type EditorState,
  type Line,
  type SelectionRange,
  type StateCommand,
} from '@codemirror/state'
import { inCode, treeOf } from './inline.ts'

/** How a command makes its change. */
export type Dispatch = Parameters<StateCommand>[0]['dispatch']

/** The kinds of list. */
export type List = 'bullets' | 'numbers' | 'tasks'

/** How a line begins: quote marks, indentation, and the mark that says what it is. Offsets are positions in the text. */
export interface Shape {
  line: Line
  /** Where the quote marks end, where the mark begins, and where the words do. */
  quoted: number
  from: number
  to: number
  /** The column in which the mark begins, behind the quote marks, and the one in which an item's words do. */
  indent: number
  content: number
  kind: List | number | null
  number: number
}

const MARK =
  /^((?:[ \t]{0,3}>[ \t]?)*)([ \t]*)(?:(#{1,6})(?:[ \t]+|$)|([-*+]|(\d{1,9})[.)])(?:[ \t]+|$)(\[[ xX]\](?:[ \t]+|$))?)?/
/** Beyond this many lines nobody reads from the toolbar what a selection is. */
const GLANCE = 500

/** Reads how a line begins. */
export function shapeOf(line: Line): Shape {
  const [whole, quote = '', space = '', heading, item, number, box] = MARK.exec(line.text)!
  const indent = columns(space)
  const kind = heading ? heading.length : item ? (box ? 'tasks' : number ? 'numbers' : 'bullets') : null
  return {
    line,
    quoted: line.from + quote.length,
    from: line.from + quote.length + space.length,
    to: line.from + whole.length,
    indent,
    content: indent + (item ? item.length + 1 : 0),
    kind,
    number: Number(number ?? 0),
  }
}

function columns(space: string): number {
  let column = 0
  for (const sign of space) column += sign === '\t' ? 4 - (column % 4) : 1
  return column
}

/** The lines that a selection touches. */
export function linesOf(state: EditorState, { from, to }: SelectionRange): Line[] {
  const lines: Line[] = []
  for (let pos = from; pos <= to; ) {
    const line = state.doc.lineAt(pos)
    // A selection that ends before a line's first character does not mean that line.
    if (line.from === to && to > from) break
    lines.push(line)
    pos = line.to + 1
  }
  return lines
}

// The lines that a list or a heading can be made of: not the blank ones between, and no code.
function shapes(state: EditorState): Shape[] {
  const lines = state.selection.ranges.flatMap(range => linesOf(state, range))
  const written = lines.filter(line => line.text.trim() !== '' && !inCode(state, line.from))
  if (written.length > 0) return written.map(shapeOf)
  return lines
    .filter(line => !inCode(state, line.from))
    .slice(0, 1)
    .map(shapeOf)
}

function glance(state: EditorState, is: (shape: Shape) => boolean): boolean {
  const { main } = state.selection
  if (state.doc.lineAt(main.to).number - state.doc.lineAt(main.from).number > GLANCE) return false
  const all = shapes(state)
  return all.length > 0 && all.every(is)
}

/** Makes changes at the beginnings of lines: a cursor there ends up behind them, a selection covers them. */
export function change(state: EditorState, dispatch: Dispatch, specs: ChangeSpec[]): boolean {
  if (state.readOnly) return false
  const changes = state.changes(specs)
  const ranges = state.selection.ranges.map(range => {
    const [from, to] = [changes.mapPos(range.from, range.empty ? 1 : -1), changes.mapPos(range.to, 1)]
    return range.anchor <= range.head ? EditorSelection.range(from, to) : EditorSelection.range(to, from)
  })
  const selection = EditorSelection.create(ranges, state.selection.mainIndex)
  dispatch(state.update({ changes, selection, userEvent: 'input.format', scrollIntoView: true }))
  return true
}

// ---- headings and lists

/** Whether all selected lines are headings, of this level or of any. */
export function hasHeading(state: EditorState, level?: number): boolean {
  return glance(state, ({ kind }) => (level === undefined ? typeof kind === 'number' : kind === level))
}

/** Makes the selected lines headings of a level; plain text again where they are that already, or at level 0. */
export function toggleHeading(level: number): StateCommand {
  return ({ state, dispatch }) => {
    const lines = shapes(state).filter(({ kind }) => level > 0 || typeof kind === 'number')
    const remove = level === 0 || lines.every(({ kind }) => kind === level)
    const insert = remove ? '' : `${'#'.repeat(level)} `
    return change(
      state,
      dispatch,
      lines.map(({ from, to }) => ({ from, to, insert })),
    )
  }
}

/** Whether all selected lines are items of such a list. */
export function hasList(state: EditorState, list: List): boolean {
  return glance(state, ({ kind }) => kind === list)
}

/** Makes the selected lines a list, or another kind of list; plain text again where they are that already. */
export function toggleList(list: List): StateCommand {
  return ({ state, dispatch }) => {
    const lines = shapes(state)
    const remove = lines.every(({ kind }) => kind === list)
    const counts: number[] = []
    const above = lines[0] && lines[0].line.number > 1 ? shapeOf(state.doc.line(lines[0].line.number - 1)) : null
    if (above?.kind === 'numbers') counts[above.indent] = above.number
    return change(
      state,
      dispatch,
      lines.map(({ from, to, indent }) => {
        if (remove) return { from, to }
        counts.length = Math.min(counts.length, indent + 1)
        counts[indent] = (counts[indent] ?? 0) + 1
        const insert = list === 'bullets' ? '- ' : list === 'tasks' ? '- [ ] ' : `${counts[indent]}. `
        return { from, to, insert }
      }),
    )
  }
}

// ---- quotes and code

/** Whether all selected lines are quoted. */
export function hasQuote(state: EditorState): boolean {
  return glance(state, ({ line }) => /^\s{0,3}>/.test(line.text))
}

/** Quotes the selected lines, or takes one level of quoting away where all of them have it. */
export const toggleQuote: StateCommand = ({ state, dispatch }) => {
  const lines = state.selection.ranges.flatMap(range => linesOf(state, range))
  const quoted = lines.map(line => /^[ \t]{0,3}>[ \t]?/.exec(line.text)?.[0].length ?? 0)
  const remove = quoted.every(length => length > 0)
  return change(
    state,
    dispatch,
    lines.map((line, i) =>
      remove
        ? { from: line.from, to: line.from + quoted[i]! }
        : { from: line.from, insert: line.text === '' && lines.length > 1 ? '>' : '> ' },
    ),
  )
}

function fenceAt(state: EditorState, pos: number) {
  for (let node = treeOf(state, pos).resolveInner(pos, -1); node.parent; node = node.parent)
    if (node.name === 'FencedCode') return node
  return null
}

/** Whether the cursor is in a fenced code block. */
export function hasCodeBlock(state: EditorState): boolean {
  return fenceAt(state, state.selection.main.head) !== null
}

/** Puts the selected lines between fences, or takes the fences away from around the cursor. */
export const toggleCodeBlock: StateCommand = ({ state, dispatch }) => {
  const { main } = state.selection
  const fence = fenceAt(state, main.head)
  if (fence) {
    const first = state.doc.lineAt(fence.from)
    const last = state.doc.lineAt(fence.to)
    const closed = fence.getChildren('CodeMark').length > 1
    const specs = [{ from: first.from, to: Math.min(first.to + 1, state.doc.length) }]
    if (closed && last.number > first.number) specs.push({ from: Math.max(last.from - 1, specs[0]!.to), to: last.to })
    return change(state, dispatch, specs)
  }
  const lines = linesOf(state, main)
  const [first, last] = [lines[0]!, lines.at(-1)!]
  const longest = Math.max(2, ...(state.sliceDoc(first.from, last.to).match(/`+/g) ?? []).map(run => run.length))
  const space = /^[ \t]*/.exec(first.text)![0]
  const sign = space + '`'.repeat(longest + 1)
  if (state.readOnly) return false
  const changes = state.changes([
    { from: first.from, insert: `${sign}\n` },
    { from: last.to, insert: `\n${sign}` },
  ])
  const selection = EditorSelection.range(
    changes.mapPos(main.anchor, main.empty ? -1 : 1),
    changes.mapPos(main.head, -1),
  )
  // In an empty line the cursor belongs between the fences.
  const inside = EditorSelection.cursor(first.from + sign.length + 1 + (main.head - first.from))
  dispatch(
    state.update({
      changes,
      selection: main.empty ? inside : selection,
      userEvent: 'input.format',
      scrollIntoView: true,
    }),
  )
  return true
}

// ---- tables

/** Puts a small table below the cursor; in a table, a new row below it. */
export const insertTable: StateCommand = ({ state, dispatch }) => {
  if (state.readOnly) return false
  const line = state.doc.lineAt(state.selection.main.head)
  const done = (at: number, insert: string, selection: { anchor: number; head?: number }) => {
    dispatch(
      state.update({ changes: { from: at, insert }, selection, userEvent: 'input.format', scrollIntoView: true }),
    )
    return true
  }
  for (let node = treeOf(state, line.to).resolveInner(line.to, -1); node.parent; node = node.parent) {
    if (node.name !== 'Table') continue
    const header = state.doc.lineAt(node.from)
    const cells = header.text
      .trim()
      .replace(/^\||\|$/g, '')
      .split('|').length
    // The first row that can follow the header stands below the line of dashes.
    const at = line.number <= header.number + 1 ? state.doc.line(header.number + 1).to : line.to
    const space = /^[ \t>]*/.exec(header.text)![0]
    return done(at, `\n${space}|${'  |'.repeat(cells)}`, { anchor: at + space.length + 3 })
  }
  const above = line.number > 1 ? state.doc.line(line.number - 1).text.trim() : ''
  const before = line.text.trim() !== '' ? '\n\n' : above !== '' ? '\n' : ''
  const table = '| Column | Column |\n| --- | --- |\n|  |  |\n'
  const anchor = line.to + before.length + 2
  return done(line.to, before + table, { anchor, head: anchor + 'Column'.length })
}
