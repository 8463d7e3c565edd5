// Tables as text: their cells, walking through them, more rows and columns. Pure functions.
// Cell · Row · Side · Table · LEAD · tableAt · cellsOf · rowsOf · sidesOf · nextCell · previousCell · cellBelow · addRow · addColumn

import { type ChangeSpec, EditorSelection, type EditorState, type StateCommand } from '@codemirror/state'
import { treeOf } from './inline.ts'

/** One cell: its words, and all between its bars. Positions in the text. */
export interface Cell {
  from: number
  to: number
  start: number
  end: number
}

/** One line of a table; the second is the line of dashes. */
export interface Row {
  from: number
  to: number
  cells: Cell[]
}

/** How the columns of a table stand. */
export type Side = 'left' | 'center' | 'right' | ''

/** What stands before a row: its indentation, or the marks of the quote that it is in. */
export const LEAD = /^[ \t>]*/

/** Where a table stands. */
export interface Table {
  from: number
  to: number
}

/** The table at a position. */
export function tableAt(state: EditorState, pos: number): Table | null {
  for (const side of [1, -1] as const)
    for (let node = treeOf(state, pos).resolveInner(pos, side); node.parent; node = node.parent)
      if (node.name === 'Table') return { from: state.doc.lineAt(node.from).from, to: state.doc.lineAt(node.to).to }
  return null
}

/** The cells of one line of a table, which begins at `at`. A bar behind a backslash is a letter. */
export function cellsOf(text: string, at = 0): Cell[] {
  const bars: number[] = []
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '|') bars.push(i)
  }
  const first = text.length - text.trimStart().length
  const last = text.trimEnd().length
  // Bars at the edges are a frame.
  const cuts = [...(bars[0] === first ? [] : [first - 1]), ...bars, ...(bars.at(-1) === last - 1 ? [] : [last])]
  return cuts.slice(0, -1).map((cut, i) => {
    const [start, end] = [cut + 1, Math.max(cut + 1, cuts[i + 1]!)]
    const inner = text.slice(start, end)
    const words = inner.trim()
    // The cursor in an empty cell stands behind one space.
    const from = words === '' ? start + Math.min(1, inner.length) : start + inner.length - inner.trimStart().length
    return { from: at + from, to: at + from + words.length, start: at + start, end: at + end }
  })
}

/** The lines of a table. */
export function rowsOf(state: EditorState, { from, to }: Table): Row[] {
  const rows: Row[] = []
  for (let pos = from; pos <= to; ) {
    const line = state.doc.lineAt(pos)
    const lead = LEAD.exec(line.text)![0].length
    rows.push({ from: line.from, to: line.to, cells: cellsOf(line.text.slice(lead), line.from + lead) })
    pos = line.to + 1
  }
  return rows
}

/** How each column stands, from the line of dashes. */
export function sidesOf(dashes: string): Side[] {
  return cellsOf(dashes).map(({ from, to }) => {
    const [left, right] = [dashes[from] === ':', dashes[to - 1] === ':']
    return left && right ? 'center' : right ? 'right' : left ? 'left' : ''
  })
}

// ---- walking

interface Place {
  table: Table
  rows: Row[]
  row: number
  column: number
}

function place(state: EditorState): Place | null {
  const { head } = state.selection.main
  const table = tableAt(state, head)
  if (!table) return null
  const rows = rowsOf(state, table)
  const row = rows.findIndex(({ from, to }) => head >= from && head <= to)
  if (row < 0) return null
  const { cells } = rows[row]!
  const column = cells.findIndex(({ end }) => head <= end)
  return { table, rows, row, column: column < 0 ? cells.length - 1 : column }
}

function select(cell: Cell) {
  return EditorSelection.range(cell.from, cell.to)
}

type Dispatch = Parameters<StateCommand>[0]['dispatch']

function go(state: EditorState, dispatch: Dispatch, cell: Cell | undefined): boolean {
  if (cell) dispatch(state.update({ selection: select(cell), scrollIntoView: true, userEvent: 'select' }))
  return true
}

/** Goes to the next cell and selects it; behind the last one a new row begins. False outside of tables. */
export const nextCell: StateCommand = ({ state, dispatch }) => {
  const at = place(state)
  if (!at) return false
  const { rows, row, column } = at
  const next = rows[row]!.cells[column + 1]
  if (next && row !== 1) return go(state, dispatch, next)
  const below = row === 0 ? 2 : row + 1
  if (rows[below]) return go(state, dispatch, rows[below]!.cells[0])
  return insertRow(state, dispatch, at, 0)
}

/** Goes to the cell before and selects it. False outside of tables. */
export const previousCell: StateCommand = ({ state, dispatch }) => {
  const at = place(state)
  if (!at) return false
  const { rows, row, column } = at
  const before = row === 1 ? undefined : rows[row]!.cells[column - 1]
  return go(state, dispatch, before ?? (row > 0 ? rows[row <= 2 ? 0 : row - 1]!.cells.at(-1) : rows[0]!.cells[0]))
}

/** Goes to the cell below; from the last row to a new one, and from an empty new one out of the table. */
export const cellBelow: StateCommand = ({ state, dispatch }) => {
  const at = place(state)
  if (
    !at ||
    (!state.selection.main.empty &&
      state.doc.lineAt(state.selection.main.from).number !== state.doc.lineAt(state.selection.main.to).number)
  )
    return false
  const { rows, row, column } = at
  // In front of a table, a new line goes in front of it.
  if (row === 0 && state.selection.main.empty && state.selection.main.head === rows[0]!.from) return false
  const below = rows[row === 0 ? 2 : row + 1]
  if (below) return go(state, dispatch, below.cells[Math.min(column, below.cells.length - 1)])
  const last = rows[row]!
  const empty = row > 1 && last.cells.every(({ from, to }) => from === to)
  if (!empty) return insertRow(state, dispatch, at, column)
  if (state.readOnly) return true
  const changes = state.changes({ from: rows[row - 1]!.to, to: last.to, insert: '\n\n' })
  const anchor = rows[row - 1]!.to + 2
  dispatch(state.update({ changes, selection: { anchor }, scrollIntoView: true, userEvent: 'input' }))
  return true
}

function leadOf(state: EditorState, rows: Row[]): string {
  return LEAD.exec(state.sliceDoc(rows[0]!.from, rows[0]!.to))![0]
}

function insertRow(state: EditorState, dispatch: Dispatch, { rows, row }: Place, column: number): boolean {
  if (state.readOnly) return true
  const lead = leadOf(state, rows)
  const above = rows[Math.max(row, 1)] ?? rows[row]!
  const widths = rows[0]!.cells.map(({ start, end }) => Math.max(2, end - start))
  const cells = widths.map(width => ' '.repeat(width))
  const insert = `\n${lead}|${cells.join('|')}|`
  const before = widths.slice(0, column).reduce((sum, width) => sum + width + 1, 0)
  const anchor = above.to + 1 + lead.length + 1 + before + 1
  dispatch(
    state.update({
      changes: { from: above.to, insert },
      selection: { anchor },
      scrollIntoView: true,
      userEvent: 'input.table',
    }),
  )
  return true
}

/** A new row below the cursor's. False outside of tables. */
export const addRow: StateCommand = ({ state, dispatch }) => {
  const at = place(state)
  return at !== null && insertRow(state, dispatch, at, at.column)
}

/** A new column behind the cursor's. False outside of tables. */
export const addColumn: StateCommand = ({ state, dispatch }) => {
  const at = place(state)
  if (!at) return false
  if (state.readOnly) return true
  const { rows, row, column } = at
  let anchor = 0
  const changes: ChangeSpec[] = rows.map(({ to, cells }, i) => {
    const cell = cells[Math.min(column, cells.length - 1)]
    const framed = cell && state.sliceDoc(cell.end, cell.end + 1) === '|'
    const insert = i === 1 ? ' --- |' : '     |'
    const from = framed ? cell.end + 1 : (cell?.end ?? to)
    if (i === row) anchor = from + (framed ? 0 : 1)
    return { from, insert: framed ? insert : `|${insert.slice(0, -1)}` }
  })
  const set = state.changes(changes)
  const head = set.mapPos(anchor, -1) + (row === 1 ? 0 : 1)
  dispatch(state.update({ changes: set, selection: { anchor: head }, scrollIntoView: true, userEvent: 'input.table' }))
  return true
}
