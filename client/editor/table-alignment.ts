// The bars of tables below each other: shown so while the cursor is in one, written so once it has left.
// padding · alignment · alignOnLeave

import type { ChangeSpec, EditorState } from '@codemirror/state'
import { ViewPlugin } from '@codemirror/view'
import { remote } from './binding.ts'
import { carets } from './carets.ts'
import { atEnds, previewing } from './preview-touch.ts'
import { type Cell, LEAD, rowsOf, sidesOf, type Table, tableAt } from './tables.ts'

/** How wide a text stands in the font of code: signs of East Asia and emoji take two columns, what combines none. */
function width(text: string): number {
  let columns = 0
  for (const sign of text) {
    if (/\p{Mn}|\p{Me}|\p{Cf}/u.test(sign)) continue
    columns +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
        sign,
      )
        ? 2
        : 1
  }
  return columns
}

/** A column wider than this is not filled up: the line would only wrap. */
const WIDEST = 40

/** A table wider than this wraps, and bars below each other mean nothing. */
const WIDEST_TABLE = 96

/** What has to be shown at the ends of cells for the bars to stand below each other; the text stays as it is. */
export function padding(state: EditorState, table: Table): { at: number; text: string }[] {
  const rows = rowsOf(state, table)
  const wide = ({ start, end }: Cell) => width(state.sliceDoc(start, end))
  const widths: number[] = []
  for (const { cells } of rows)
    cells.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, wide(cell))
    })
  if (widths.reduce((sum, one) => sum + one + 1, 1) > WIDEST_TABLE) return []
  return rows.flatMap(({ cells }, i) =>
    cells.flatMap((cell, column) => {
      const room = widths[column]! - wide(cell)
      // Dashes go on up to the bar or the colon.
      const at = i === 1 ? Math.max(cell.from, cell.to - 1) : cell.end
      return room > 0 && state.sliceDoc(cell.end, cell.end + 1) === '|'
        ? [{ at, text: (i === 1 ? '-' : ' ').repeat(room) }]
        : []
    }),
  )
}

/** The changes that bring the bars of a table below each other; only white space and dashes change. */
export function alignment(state: EditorState, table: Table): ChangeSpec[] {
  const rows = rowsOf(state, table)
  const dashes = rows[1]
  if (!dashes) return []
  const columns = rows[0]!.cells.length
  const sides = sidesOf(state.sliceDoc(dashes.from, dashes.to))
  const words = ({ from, to }: Cell) => state.sliceDoc(from, to)
  const widths = Array.from({ length: columns }, (_, column) => {
    const cells = rows.flatMap(({ cells }, i) => (i !== 1 && cells[column] ? [width(words(cells[column]))] : []))
    return Math.min(WIDEST, Math.max(3, ...cells))
  })
  const changes: ChangeSpec[] = []
  const put = (from: number, to: number, insert: string) => {
    if (state.sliceDoc(from, to) !== insert) changes.push({ from, to, insert })
  }
  rows.forEach(({ cells, from, to }, i) => {
    // A row with more cells than the head is left as it is.
    if (cells.length > columns || cells.length === 0) return
    const [head, last] = [cells[0]!, cells.at(-1)!]
    const lead = LEAD.exec(state.sliceDoc(from, to))![0].length
    if (head.start === from + lead) put(from + lead, from + lead, '|')
    cells.forEach((cell, column) => {
      const all = widths[column]!
      if (i === 1) {
        const side = sides[column]
        const left = side === 'left' || side === 'center' ? ':' : '-'
        const right = side === 'right' || side === 'center' ? ':' : '-'
        put(cell.start, cell.end, ` ${left}${'-'.repeat(Math.max(1, all - 2))}${right} `)
        return
      }
      if (cell.from === cell.to) {
        put(cell.start, cell.end, ' '.repeat(all + 2))
        return
      }
      const room = Math.max(0, all - width(words(cell)))
      const side = sides[column]
      const before = side === 'right' ? room : side === 'center' ? Math.floor(room / 2) : 0
      put(cell.start, cell.from, ' '.repeat(1 + before))
      put(cell.to, cell.end, ' '.repeat(1 + room - before))
    })
    let rest = ''
    for (let column = cells.length; column < columns; column++) rest += `${' '.repeat(widths[column]! + 2)}|`
    const framed = state.sliceDoc(last.end, last.end + 1) === '|'
    put(framed ? last.end + 1 : last.end, to, (framed ? '' : '|') + rest)
  })
  return changes
}

/** Aligns the source of a table that was changed here, once the cursor has left it and nobody else is in it. */
export const alignOnLeave = ViewPlugin.define(view => {
  let entered: { from: number; to: number; changed: boolean } | null = null
  let soon: ReturnType<typeof setTimeout> | undefined
  const align = (at: number) => {
    const { state } = view
    if (state.readOnly || view.composing) return
    const table = tableAt(state, Math.min(at, state.doc.length))
    if (!table || atEnds(state, table.from, table.to)) return
    const others = state.field(carets, false)?.all ?? []
    if (others.some(({ head }) => head >= table.from && head <= table.to)) return
    const changes = alignment(state, table)
    if (changes.length > 0) view.dispatch({ changes, userEvent: 'input.align' })
  }
  return {
    update({ state, docChanged, selectionSet, changes, transactions }) {
      if (!docChanged && !selectionSet) return
      if (entered && docChanged) {
        const mine = transactions.some(
          one => one.docChanged && !remote(one) && (one.isUserEvent('input') || one.isUserEvent('delete')),
        )
        entered = {
          from: changes.mapPos(entered.from, -1),
          to: changes.mapPos(entered.to, 1),
          changed: entered.changed || mine,
        }
        // What is written behind the last row is in the table only if it makes another row.
        const now = tableAt(state, Math.min(entered.from, state.doc.length))
        if (now) entered.to = now.to
      }
      const { head } = state.selection.main
      if (entered && (head < entered.from || head > entered.to)) {
        const { from, changed } = entered
        entered = null
        clearTimeout(soon)
        // In the midst of an update nothing can be dispatched.
        if (changed) soon = setTimeout(() => align(from), 0)
      }
      if (!entered) {
        const inRow = state.field(previewing) && state.doc.lineAt(head).text.includes('|')
        const table = inRow ? tableAt(state, head) : null
        if (table) entered = { ...table, changed: docChanged && transactions.some(one => one.isUserEvent('input')) }
      }
    },
    destroy: () => clearTimeout(soon),
  }
})
