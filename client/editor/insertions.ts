// What can be put into a text: a line across, a callout, a footnote, properties, a day. Pure functions of an EditorState.
// insertRule · insertCallout · insertFootnote · insertProperties · insertToday · insertWikiLink · ASKED · askTemplate

import type { StateCommand, TransactionSpec } from '@codemirror/state'
import { endOfFrontMatter } from './highlighting.ts'
import { snap } from './inline.ts'

const done = ({ state, dispatch }: Parameters<StateCommand>[0], spec: TransactionSpec): boolean => {
  if (state.readOnly) return false
  dispatch(state.update({ userEvent: 'input.format', scrollIntoView: true, ...spec }))
  return true
}

/** Puts lines below the cursor's, or in its place where that is blank, with blank lines around; `at` is where in them the cursor goes. */
function insertLines(target: Parameters<StateCommand>[0], lines: string, at: number, length = 0): boolean {
  const { doc, selection } = target.state
  const line = doc.lineAt(selection.main.head)
  const blank = line.text.trim() === ''
  const filled = (number: number) => number >= 1 && number <= doc.lines && doc.line(number).text.trim() !== ''
  const before = !blank ? '\n\n' : filled(line.number - 1) ? '\n' : ''
  // There is always a line to go on in.
  const after = line.number === doc.lines || filled(line.number + 1) ? '\n' : ''
  const from = blank ? line.from : line.to
  const anchor = from + before.length + at
  return done(target, {
    changes: { from, to: line.to, insert: before + lines + after },
    selection: { anchor, head: anchor + length },
  })
}

/** A line across the page, with the cursor below it. */
export const insertRule: StateCommand = target => insertLines(target, '---', '---\n'.length)

/** A box that stands out; the selected lines become what it says. */
export const insertCallout =
  (kind: 'note' | 'tip' | 'warning'): StateCommand =>
  target => {
    const { doc, selection } = target.state
    const { from, to, empty } = selection.main
    const head = `> [!${kind}]`
    if (empty && doc.lineAt(from).text.trim() === '') return insertLines(target, `${head}\n> `, head.length + 3)
    const [first, last] = [doc.lineAt(from), doc.lineAt(to)]
    const quoted = doc
      .sliceString(first.from, last.to)
      .split('\n')
      .map(line => `> ${line}`.trimEnd())
    const insert = [head, ...quoted].join('\n')
    return done(target, {
      changes: { from: first.from, to: last.to, insert },
      selection: { anchor: first.from + insert.length },
    })
  }

/** A footnote's number behind the selection, and its text at the end of the page, where the cursor goes. */
export const insertFootnote: StateCommand = target => {
  const { state } = target
  const { doc, selection } = state
  const numbers = [...doc.toString().matchAll(/\[\^(\d{1,6})\]/g)].map(([, number]) => Number(number))
  const mark = `[^${Math.max(0, ...numbers) + 1}]`
  const { to } = snap(state, { from: selection.main.to, to: selection.main.to })
  const end = doc.length
  const last = doc.line(doc.lines)
  const noted = /^\[\^[^\]]+\]:/.test(last.text || (doc.lines > 1 ? doc.line(doc.lines - 1).text : ''))
  const glue = last.text === '' ? (noted || end === 0 ? '' : '\n') : noted ? '\n' : '\n\n'
  const changes = state.changes([
    { from: to, insert: mark },
    { from: end, insert: `${glue}${mark}: ` },
  ])
  return done(target, { changes, selection: { anchor: changes.newLength } })
}

/** Goes to the properties at the beginning of the page; makes some where there are none. */
export const insertProperties: StateCommand = target => {
  const { state } = target
  if (endOfFrontMatter(state) > 0)
    return done(target, { selection: { anchor: state.doc.line(2).to }, userEvent: 'select' })
  const head = '---\ntags: '
  const gap = state.doc.line(1).text.trim() === '' ? '' : '\n'
  return done(target, { changes: { from: 0, insert: `${head}\n---\n${gap}` }, selection: { anchor: head.length } })
}

/** This day, as `2026-11-24`. */
export const insertToday: StateCommand = target => {
  const now = new Date()
  const two = (n: number) => String(n).padStart(2, '0')
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
  return done(target, target.state.replaceSelection(day))
}

/** Begins a link to a page: what is selected becomes its title. */
export const insertWikiLink: StateCommand = target => {
  const { state } = target
  const { from, to } = state.selection.main
  const words = state.sliceDoc(from, to)
  const fits = words !== '' && !/[[\]|#\n]/.test(words)
  const insert = fits ? `[[${words}]]` : '[['
  return done(target, {
    changes: fits ? { from, to, insert } : { from: to, insert },
    selection: { anchor: (fits ? from : to) + insert.length },
    // The pages are offered as if it had been typed.
    userEvent: 'input.type',
  })
}

/** What templates are offered behind. */
export const ASKED = '/template '

/** Writes that. */
export const askTemplate: StateCommand = target => {
  const { to } = target.state.selection.main
  const before = target.state.sliceDoc(Math.max(0, to - 1), to)
  const insert = before === '' || /\s/.test(before) ? ASKED : ` ${ASKED}`
  return done(target, {
    changes: { from: to, insert },
    selection: { anchor: to + insert.length },
    userEvent: 'input.type',
  })
}
