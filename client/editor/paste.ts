// What comes from the clipboard: links onto what is selected, HTML and spreadsheets as Markdown, words into cells.
// pasting · gridOf

import { type ChangeSpec, EditorSelection, type EditorState, type TransactionSpec } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { parseDocument } from '../trusted.ts'
import { markdownOf, pageLink, tableOf } from './from-html.ts'
import { inCode, snap } from './inline.ts'
import { rowsOf, tableAt } from './tables.ts'

const ADDRESS = /^(?:https?:\/\/|mailto:)[^\s<>]+$/i
/** What makes HTML worth more than its text. */
const TELLING =
  'a[href], b, strong, i, em, s, del, code, ul, ol, table, h1, h2, h3, h4, h5, h6, img, pre, blockquote, hr, [data-style*="font-weight"], [data-style*="font-style"]'
/** Longer HTML, in UTF-16 units, is not looked into. */
const LONGEST = 2_000_000

/** Rows of cells, as spreadsheets copy them; null for anything else. */
export function gridOf(text: string): string[][] | null {
  const body = text.replace(/\r\n?/g, '\n').replace(/\n$/, '')
  if (!body.includes('\t')) return null
  const rows: string[][] = [[]]
  // A cell with line breaks is quoted.
  for (const [, sign = '', quoted, bare = ''] of body.matchAll(
    /(^|[\t\n])(?:"((?:[^"]|"")*)"(?=[\t\n]|$)|([^\t\n]*))/g,
  )) {
    if (sign === '\n') rows.push([])
    rows.at(-1)!.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'))
  }
  // Indented code has tabs too: a table has as many in each line.
  return rows.every(row => row.length === rows[0]!.length && row.length > 1) ? rows : null
}

/** The text of one cell, in which a table's signs mean nothing. */
function cellText(text: string): string {
  return text
    .trim()
    .replace(/\s*\n\s*/g, '<br>')
    .replace(/(?<!\\)\|/g, '\\|')
}

/** An address onto what is selected; a page of this wiki by its title. */
function linked(state: EditorState, address: string, home: URL): TransactionSpec | null {
  const { main } = state.selection
  const { from, to } = snap(state, main)
  const words = state.sliceDoc(from, to)
  if (words.includes('\n') || ADDRESS.test(words.trim())) return null
  const page = pageLink(address, home, words.trim())
  if (main.empty && !page) return null
  const target = /[()]/.test(address) ? `<${address}>` : address
  const insert = page ?? `[${words.trim()}](${target})`
  const lead = words.length - words.trimStart().length
  return {
    changes: { from: from + lead, to: from + lead + words.trim().length, insert },
    selection: { anchor: from + lead + insert.length },
  }
}

/** Puts cells into the table around the cursor, from its cell on; null where they do not fit. */
function intoTable(state: EditorState, grid: string[][]): TransactionSpec | null {
  const table = tableAt(state, state.selection.main.head)
  if (!table) return null
  const rows = rowsOf(state, table)
  const { head } = state.selection.main
  const row = rows.findIndex(({ from, to }) => head >= from && head <= to)
  if (row < 0 || row === 1) return null
  const column = Math.max(
    0,
    rows[row]!.cells.findIndex(({ end }) => head <= end),
  )
  const columns = rows[0]!.cells.length
  if (column + grid[0]!.length > columns) return null
  const changes: ChangeSpec[] = []
  const more: string[] = []
  grid.forEach((cells, i) => {
    const at = row + i + (row === 0 && i > 0 ? 1 : 0)
    const into = rows[at]?.cells
    if (!into || into.length < column + cells.length) {
      more.push(`| ${Array.from({ length: columns }, (_, n) => cellText(cells[n - column] ?? '')).join(' | ')} |`)
      return
    }
    cells.forEach((cell, n) => {
      const { from, to } = into[column + n]!
      changes.push({ from, to, insert: cellText(cell) })
    })
  })
  if (more.length > 0) changes.push({ from: rows.at(-1)!.to, insert: `\n${more.join('\n')}` })
  const set = state.changes(changes)
  return { changes: set, selection: { anchor: set.mapPos(rows[row]!.cells[column]!.to, -1) } }
}

/** Whole blocks between what stands before and after; a line of words goes into the line. */
function blocks(state: EditorState, markdown: string): TransactionSpec {
  const { from, to } = state.selection.main
  const [first, last] = [state.doc.lineAt(from), state.doc.lineAt(to)]
  const before = state.sliceDoc(first.from, from)
  const after = state.sliceDoc(to, last.to)
  if (tableAt(state, from)) return replaced(state, cellText(markdown.replace(/\n+/g, '\n')))
  const block = markdown.includes('\n') || /^(?:[#>|-]|\d+\.|`{3})/.test(markdown)
  if (!block) return replaced(state, markdown)
  const empty = /^([ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?$/.exec(before)
  // A list into an empty item goes on with its list.
  if (empty && after.trim() === '' && /^(?:[-*+]|\d{1,9}[.)]) /.test(markdown)) {
    const insert = markdown.replace(/^(?=.)/gm, empty[1]!)
    return { changes: { from: first.from, to: last.to, insert }, selection: { anchor: first.from + insert.length } }
  }
  const blank = first.number > 1 && state.doc.line(first.number - 1).text.trim() !== '' ? '\n' : ''
  const lead = before.trim() !== '' ? '\n\n' : blank
  const rest = after.trim() !== '' ? '\n\n' : ''
  const begin = before.trim() === '' ? first.from : from
  const insert = lead + markdown + rest
  return { changes: { from: begin, to, insert }, selection: { anchor: begin + lead.length + markdown.length } }
}

function replaced(state: EditorState, insert: string): TransactionSpec {
  const { from, to } = state.selection.main
  return { changes: { from, to, insert }, selection: EditorSelection.cursor(from + insert.length) }
}

/** HTML whose styles are only told of: our security policy would object to each, even where nothing is shown. */
function unstyled(html: string): string {
  return html
    .replace(/<style\b[\s\S]*?<\/style\s*>/gi, '')
    .replace(/<[a-z][^>]*>/gi, tag => tag.replace(/(\s)style(\s*=)/i, '$1data-style$2'))
}

/** What a paste means here; null where its text is simply put in. */
function pasted(state: EditorState, data: DataTransfer, home: URL): TransactionSpec | null {
  const text = data.getData('text/plain').replace(/\r\n?/g, '\n')
  const html = data.getData('text/html')
  if (inCode(state, state.selection.main.from)) return null
  if (ADDRESS.test(text.trim())) return linked(state, text.trim(), home)
  const grid = gridOf(text)
  const into = grid && intoTable(state, grid)
  if (into) return into
  // Colours of a program's text are no formats.
  const telling = html !== '' && html.length <= LONGEST && !data.types.includes('vscode-editor-data')
  const doc = telling ? parseDocument(unstyled(html)) : null
  if (doc?.querySelector(TELLING)) {
    const markdown = markdownOf(doc, home)
    if (markdown !== '') return blocks(state, markdown)
  }
  if (grid && grid.length > 1) return blocks(state, tableOf(grid.map(row => row.map(cellText))))
  if (text !== '' && tableAt(state, state.selection.main.from) && /[\n|]/.test(text))
    return replaced(state, cellText(text))
  return null
}

/** Takes over what the clipboard holds in a form that a text can have. */
export const pasting = EditorView.domEventHandlers({
  paste(event, view) {
    const data = event.clipboardData
    if (!data || view.state.readOnly) return false
    // A picture by itself is no text.
    if (data.files.length > 0 && data.getData('text/plain') === '') return false
    const spec = pasted(view.state, data, new URL(location.origin))
    if (!spec) return false
    event.preventDefault()
    view.dispatch({ ...spec, userEvent: 'input.paste', scrollIntoView: true })
    return true
  },
})
