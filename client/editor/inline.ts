// Emphasis and code within lines: put around a selection, taken away again. Pure functions of an EditorState.
// Style · BOLD · ITALIC · STRIKE · CODE · toggleStyle · hasStyle · Span · stretches · snap · treeOf · inCode · isLiteral

import { ensureSyntaxTree, syntaxTree } from '@codemirror/language'
import {
  type ChangeSpec,
  EditorSelection,
  type EditorState,
  type SelectionRange,
  type StateCommand,
} from '@codemirror/state'

/** One way to mark words: the name of its node in the syntax tree and the sign before and after. */
export interface Style {
  node: string
  sign: string
}

export const BOLD: Style = { node: 'StrongEmphasis', sign: '**' }
export const ITALIC: Style = { node: 'Emphasis', sign: '*' }
export const STRIKE: Style = { node: 'Strikethrough', sign: '~~' }
export const CODE: Style = { node: 'InlineCode', sign: '`' }

/** From one position to another. */
export interface Span {
  from: number
  to: number
}

/** A styled stretch: all of it, and what stands between its signs. */
interface Styled extends Span {
  inner: Span
}

/** Milliseconds that an action may wait for the parser. */
const PATIENCE = 100
/** Beyond this many characters nobody reads from the toolbar what a selection is. */
const GLANCE = 10_000

// What stands before a line's words: quotes, then a heading's or a list's mark.
const BEFORE_WORDS = /^(?:[ \t]*>)*[ \t]*(?:#{1,6}[ \t]+|(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?)?/
const INLINE = new Set(['StrongEmphasis', 'Emphasis', 'Strikethrough', 'InlineCode', 'Link', 'Image', 'WikiLink'])
// Signs between these would be shown, not obeyed.
const LITERAL = new Set(['InlineCode', 'WikiLink', 'URL', 'Autolink', 'Image', 'Formula'])
const CROSSED = new Set([...INLINE, ...LITERAL])

/** The syntax tree, read at least as far as `to` if that takes no longer than a blink. */
export function treeOf(state: EditorState, to: number) {
  return ensureSyntaxTree(state, to, PATIENCE) ?? syntaxTree(state)
}

/** Whether a position is in a code block. */
export function inCode(state: EditorState, pos: number): boolean {
  for (let node = treeOf(state, pos).resolveInner(pos, 1); ; node = node.parent!) {
    if (node.name === 'FencedCode' || node.name === 'CodeBlock') return true
    if (!node.parent) return false
  }
}

const AS_WRITTEN = new Set([
  ...['InlineCode', 'CodeText', 'FencedCode', 'CodeBlock', 'CodeInfo', 'URL', 'WikiTarget', 'Formula', 'FormulaBlock'],
])

/** Whether what is typed at a position is meant as it stands, so that nothing is offered there. */
export function isLiteral(state: EditorState, pos: number): boolean {
  return AS_WRITTEN.has(treeOf(state, pos).resolveInner(pos, -1).name)
}

/** The words of a selection: emphasis ends with its line, so they are styled line by line, in a table cell by cell. */
export function stretches(state: EditorState, range: SelectionRange): Span[] {
  const spans: Span[] = []
  for (let pos = range.from; pos <= range.to; ) {
    const line = state.doc.lineAt(pos)
    pos = line.to + 1
    if (inCode(state, line.from)) continue
    const start = line.from + BEFORE_WORDS.exec(line.text)![0].length
    const from = Math.max(range.from, start)
    const to = Math.min(range.to, line.to)
    const text = state.sliceDoc(from, Math.max(from, to))
    const table = inTable(state, line.from)
    if (table && /^[\s|:>-]+$/.test(line.text)) continue
    const parts = table ? text.split('|') : [text]
    let at = from
    for (const part of parts) {
      const words = part.trim()
      const begin = at + part.length - part.trimStart().length
      if (words !== '') spans.push({ from: begin, to: begin + words.length })
      at += part.length + 1
    }
  }
  return spans
}

function inTable(state: EditorState, pos: number): boolean {
  for (let node = treeOf(state, pos).resolveInner(pos, 1); node.parent; node = node.parent)
    if (node.name === 'Table') return true
  return false
}

function styled(state: EditorState, span: Span, names: ReadonlySet<string>): (Styled & { name: string })[] {
  const found: (Styled & { name: string })[] = []
  treeOf(state, span.to).iterate({
    from: span.from,
    to: span.to,
    enter: ({ node }) => {
      if (!names.has(node.name)) return
      const { from, to, firstChild, lastChild } =
        node.name === 'URL' && names.has(node.parent!.name) ? node.parent! : node
      const inner = firstChild && lastChild ? { from: firstChild.to, to: lastChild.from } : { from, to }
      found.push({ name: node.name, from, to, inner })
    },
  })
  return found
}

function around(state: EditorState, span: Span, style: Style): Styled | undefined {
  return styled(state, span, new Set([style.node])).find(({ from, to, inner }) =>
    span.from === span.to ? inner.from <= span.from && inner.to >= span.to : from <= span.from && to >= span.to,
  )
}

/** Whether all that is selected, or where the cursor stands, has this style. */
export function hasStyle(state: EditorState, style: Style): boolean {
  return state.selection.ranges.every(range => {
    if (range.empty) return around(state, range, style) !== undefined
    if (range.to - range.from > GLANCE) return false
    const spans = stretches(state, range)
    return spans.length > 0 && spans.every(span => around(state, span, style))
  })
}

/** Gives the selection a style, or takes it away where all of it has it already. */
export function toggleStyle(style: Style): StateCommand {
  return ({ state, dispatch }) => {
    if (state.readOnly) return false
    const remove = hasStyle(state, style)
    const change = state.changeByRange(range => {
      if (range.empty) return atCursor(state, range, style)
      const spans = stretches(state, range)
      const changes = state.changes(
        spans.flatMap(span => (remove ? unwrap(state, span, style) : wrap(state, span, style))),
      )
      const [start, end] = [changes.mapPos(range.from, 1), changes.mapPos(range.to, -1)]
      const forward = range.anchor <= range.head
      return { changes, range: EditorSelection.range(forward ? start : end, forward ? end : start) }
    })
    dispatch(state.update(change, { userEvent: 'input.format', scrollIntoView: true }))
    return true
  }
}

function atCursor(
  state: EditorState,
  { head }: SelectionRange,
  style: Style,
): { range: SelectionRange; changes?: ChangeSpec } {
  const { sign } = style
  const found = around(state, { from: head, to: head }, style)
  if (found) {
    const { inner, from, to } = found
    // At the end of the styled words: go on without the style.
    if (head === inner.to && inner.to > inner.from) return { range: EditorSelection.cursor(to) }
    const changes = [
      { from, to: inner.from },
      { from: inner.to, to },
    ]
    return { range: EditorSelection.cursor(head - (inner.from - from)), changes }
  }
  if (emptyPair(state, head, sign))
    return {
      range: EditorSelection.cursor(head - sign.length),
      changes: { from: head - sign.length, to: head + sign.length },
    }
  const word = state.wordAt(head)
  if (word && word.from < head && head < word.to && !inCode(state, head)) {
    const changes = state.changes(wrap(state, word, style))
    return { range: EditorSelection.cursor(changes.mapPos(head, 1)), changes }
  }
  return { range: EditorSelection.cursor(head + sign.length), changes: { from: head, insert: sign + sign } }
}

function emptyPair(state: EditorState, pos: number, sign: string): boolean {
  const { length } = sign
  const near = state.sliceDoc(Math.max(0, pos - length - 1), pos + length + 1)
  const left = state.sliceDoc(Math.max(0, pos - length), pos)
  const right = state.sliceDoc(pos, pos + length)
  // “**|**” is an empty bold, not an empty italic with stars around.
  return left === sign && right === sign && near.replaceAll(sign[0]!, '').length === near.length - 2 * length
}

function wrap(state: EditorState, span: Span, style: Style): ChangeSpec[] {
  const { from, to } = snap(state, span)
  const old = styled(state, { from, to }, new Set([style.node])).filter(
    other => other.from >= from && other.to <= to && other.from < other.to,
  )
  let { sign } = style
  let [open, close] = [sign, sign]
  if (style === CODE) {
    const text = state.sliceDoc(from, to)
    const runs: string[] = old.length > 0 ? [] : (text.match(/`+/g) ?? [])
    while (runs.includes(sign)) sign += '`'
    open = text.startsWith('`') && runs.length > 0 ? `${sign} ` : sign
    close = text.endsWith('`') && runs.length > 0 ? ` ${sign}` : sign
  }
  return [
    { from, insert: open },
    ...old.flatMap(other => [
      { from: other.from, to: other.inner.from },
      { from: other.inner.to, to: other.to },
    ]),
    { from: to, insert: close },
  ]
}

/** A span grown until it cuts through nothing: “*a b* c” cannot be made bold from “b” on. */
export function snap(state: EditorState, span: Span): Span {
  let { from, to } = span
  for (const node of styled(state, span, CROSSED)) {
    if (node.from >= to || node.to <= from) continue
    const cuts = (node.from < from && node.to < to && node.to > from) || (node.from > from && node.to > to)
    const inside = LITERAL.has(node.name) && node.from <= from && node.to >= to
    const onSign = node.from < from && node.to >= to && (from < node.inner.from || to > node.inner.to)
    if (!cuts && !inside && !onSign) continue
    from = Math.min(from, node.from)
    to = Math.max(to, node.to)
  }
  return { from, to }
}

function unwrap(state: EditorState, span: Span, style: Style): ChangeSpec[] {
  const found = around(state, span, style)
  if (!found) return []
  const { inner, from, to } = found
  const open = state.sliceDoc(from, inner.from)
  const close = state.sliceDoc(inner.to, to)
  const left = state.sliceDoc(inner.from, Math.max(inner.from, span.from)).trimEnd()
  const right = state.sliceDoc(Math.min(inner.to, span.to), inner.to).trimStart()
  return [
    left === '' ? { from, to: inner.from } : { from: inner.from + left.length, insert: close },
    right === '' ? { from: inner.to, to } : { from: inner.to - right.length, insert: open },
  ]
}
