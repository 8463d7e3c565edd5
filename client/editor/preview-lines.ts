// What the text looks like while it is written: its lines as lists, quotes, callouts, code and rules; with their words.
// draw · KINDS · Structure · structureOf

import { syntaxTree } from '@codemirror/language'
import type { EditorState } from '@codemirror/state'
import { Decoration } from '@codemirror/view'
import type { SyntaxNode, SyntaxNodeRef, Tree } from '@lezer/common'
import { calloutOf } from '../../shared/callouts.ts'
import { endOfFrontMatter } from './highlighting.ts'
import { drawInline } from './preview-inline.ts'
import { bareAddress, safeAddress } from './preview-links.ts'
import { type PathOf, Pencil } from './preview-pencil.ts'
import { atEnds } from './preview-touch.ts'
import { LabelWidget, TaskBox } from './preview-widgets.ts'
import { referenceOf } from './references.ts'
import { padding } from './table-alignment.ts'

const DISC = Decoration.mark({ class: 'md-disc' })
const QUOTE_MARK = Decoration.mark({ class: 'md-quote-mark' })
const INDENT = Decoration.mark({ class: 'md-indent' })
const MARKER = Decoration.mark({ class: 'md-marker' })
const AUTO = Decoration.line({ attributes: { dir: 'auto' } })
const LTR = Decoration.line({ attributes: { dir: 'ltr' } })

const HEADING = /^ {0,3}#{1,6}(?:[ \t]|$)/
/** The deepest quotes and lists that have an indentation of their own. */
const QUOTES = 4
const LEVELS = 8

/** Draws the text between two positions, which are ends of lines. Without `pathOf` every link is blue. */
export function draw(state: EditorState, from: number, to: number, pathOf: PathOf = () => undefined): Pencil {
  const pen = new Pencil(state, from, to, pathOf)
  const { doc } = state
  const frontMatter = endOfFrontMatter(state)
  const code = new Set<number>()
  /** How many quotes each line is in, and how many of their marks it has. */
  const quotes = new Map<number, { depth: number; marks: number }>()
  let depth = 0
  let level = 0

  const enter = (ref: SyntaxNodeRef): boolean | undefined => {
    const { name } = ref
    if (ref.from < frontMatter && name !== 'Document') return ref.to > frontMatter
    if (name === 'Blockquote') {
      depth++
      pen.lines(ref, start => {
        const known = quotes.get(start)
        quotes.set(start, { depth: Math.max(depth, known?.depth ?? 0), marks: known?.marks ?? 0 })
      })
      callout(pen, ref.node)
    } else if (name === 'QuoteMark') {
      const known = quotes.get(pen.line(ref.from).from)
      if (known) known.marks++
      quoteMark(pen, ref)
    } else if (name === 'ListItem') {
      level++
      item(pen, ref.node, level)
    } else if (name === 'HorizontalRule') pen.give(ref.from, pen.here(ref.from) ? 'md-rule-here' : 'md-ruled')
    else if (name === 'FencedCode' || name === 'CodeBlock') {
      pen.lines(ref, start => code.add(start))
      if (name === 'FencedCode') fenced(pen, ref.node)
    } else if (name === 'FormulaBlock') {
      pen.lines(ref, start => code.add(start))
    } else if (name === 'FootnoteText') {
      pen.lines(ref, start => pen.give(start, 'md-note'))
    } else if (name === 'Table') {
      table(pen, ref)
      return false
    } else return drawInline(pen, ref.node)
    return undefined
  }

  syntaxTree(state).iterate({
    from,
    to,
    enter,
    leave: ({ name, from: start }) => {
      if (start < frontMatter) return
      if (name === 'Blockquote') depth--
      if (name === 'ListItem') level--
    },
  })

  for (let pos = from; pos <= to; ) {
    const line = pen.line(pos)
    pen.all.push((code.has(line.from) || line.to <= frontMatter ? LTR : AUTO).range(line.from))
    const blank = line.text === '' && line.number > 1 && !code.has(line.from)
    if (blank && HEADING.test(doc.line(line.number - 1).text)) pen.give(line.from, 'md-after-head')
    if (pen.touched(line.from, line.to)) pen.give(line.from, 'md-here')
    const quote = quotes.get(line.from)
    if (quote) {
      const names = [`md-quotes-${Math.min(quote.depth, QUOTES)}`, `md-marks-${Math.min(quote.marks, QUOTES)}`]
      pen.give(line.from, names.join(' '))
    }
    pos = line.to + 1
  }
  return pen
}

function table(pen: Pencil, { from, to }: SyntaxNodeRef): void {
  const head = pen.line(from)
  pen.give(head.from, 'md-table-head')
  if (head.number < pen.state.doc.lines) pen.give(head.to + 1, 'md-dashes')
  const end = pen.line(to).to
  // As source, with all its marks, so that its bars stand below each other.
  if (!atEnds(pen.state, head.from, end)) return
  for (const { at, text } of padding(pen.state, { from: head.from, to: end }))
    if (at >= pen.from && at <= pen.to)
      pen.all.push(Decoration.widget({ widget: new LabelWidget(text, 'md-pad'), side: 1 }).range(at))
}

function quoteMark(pen: Pencil, { from: a, to: b }: SyntaxNodeRef): void {
  const line = pen.line(a)
  if (a < pen.from) return
  const end = /[ \t]/.test(pen.slice(b, b + 1)) && b < line.to ? b + 1 : b
  pen.all.push(QUOTE_MARK.range(a, end))
}

/** What a quote says as a callout, or null. */
function calloutIn(state: EditorState, quote: SyntaxNode) {
  const first = quote.getChild('Paragraph')
  const end = state.doc.lineAt(quote.from).to
  return first && first.from <= end ? calloutOf(state.sliceDoc(first.from, end)) : null
}

function callout(pen: Pencil, node: SyntaxNode): void {
  const line = pen.line(node.from)
  const first = node.getChild('Paragraph')
  const found = calloutIn(pen.state, node)
  if (!found) return
  const { look, name, length } = found
  pen.lines(node, start => pen.all.push(Decoration.line({ class: `md-callout md-callout-${look}` }).range(start)))
  if (node.from < pen.from) return
  pen.give(node.from, 'md-callout-head')
  if (pen.here(node.from)) return
  const title = pen.slice(first!.from + length, line.to).trim() !== ''
  pen.hide(first!.from, first!.from + length, new LabelWidget(name, title ? 'md-kind md-titled' : 'md-kind'))
}

function item(pen: Pencil, node: SyntaxNode, level: number): void {
  if (node.from < pen.from) return
  const mark = node.getChild('ListMark')
  if (!mark) return
  const line = pen.line(mark.from)
  const lead = line.text.slice(0, mark.from - line.from)
  const box = node.getChild('Task')?.getChild('TaskMarker')
  const bullet = node.parent?.name === 'BulletList'
  const onMark = pen.touched(mark.from, box ? box.to : mark.to)
  if (lead.includes('>')) {
    // Outside of quotes, these are given for the source view too.
    pen.give(mark.from, `md-item md-level-${Math.min(level, LEVELS)}${box ? ' md-task' : ''}`)
    const space = line.from + lead.search(/[ \t]*$/)
    const quoted = lead.lastIndexOf('>') + 2
    if (line.from + quoted < mark.from) pen.all.push(INDENT.range(Math.max(space, line.from + quoted), mark.from))
    const end = box ? box.to : mark.to
    pen.all.push(MARKER.range(mark.from, Math.min(line.to, end + 1)))
  }
  if (box && onMark) pen.give(mark.from, 'md-raw')
  if (onMark) return
  if (box) {
    const done = /x/i.test(pen.slice(box.from, box.to))
    pen.hide(bullet ? mark.from : box.from, Math.min(line.to, box.to + 1), new TaskBox(done, pen.state.readOnly))
  } else if (bullet) pen.all.push(DISC.range(mark.from, mark.to))
}

function fenced(pen: Pencil, node: SyntaxNode): void {
  if (pen.touched(pen.line(node.from).from, node.to)) return
  const [open, close] = node.getChildren('CodeMark')
  if (!open) return
  const info = node.getChild('CodeInfo')
  const language = info ? /^\S*/.exec(pen.slice(info.from, info.to))![0] : ''
  const line = pen.line(open.from)
  pen.hide(open.from, line.to, new LabelWidget(language, 'md-language'))
  if (close && close.to <= pen.to) pen.hide(close.from, pen.line(close.from).to)
}

/** What is counted of a text. */
export const KINDS = [
  ...(['headings', 'items', 'tasks', 'tables', 'codeBlocks', 'callouts', 'footnotes', 'formulas'] as const),
  ...(['wikiLinks', 'links', 'pictures', 'tags'] as const),
]

/** How many of each kind of thing the editor sees in a text. */
export type Structure = Record<(typeof KINDS)[number], number>

/** Counts what is drawn of a whole text. */
export function structureOf(state: EditorState, tree: Tree): Structure {
  const found = Object.fromEntries(KINDS.map(kind => [kind, 0])) as Structure
  const frontMatter = endOfFrontMatter(state)
  const slice = (from: number, to: number) => state.sliceDoc(from, to)
  const notes = new Set<string>()
  const leads = (node: SyntaxNode) => {
    const url = node.name === 'URL' ? node : node.getChild('URL')
    const address = url ? slice(url.from, url.to) : referenceOf(state, node)
    return address !== null && safeAddress(bareAddress(address)) && !address.startsWith('#')
  }
  tree.iterate({
    enter(ref) {
      const { name, node } = ref
      const parent = node.parent?.name ?? ''
      if (ref.from < frontMatter && name !== 'Document') return ref.to > frontMatter
      if (/^(ATX|Setext)Heading/.test(name)) found.headings++
      if (name === 'ListItem') found.items++
      if (name === 'TaskMarker') found.tasks++
      if (name === 'Table') found.tables++
      if (name === 'FencedCode' || name === 'CodeBlock') found.codeBlocks++
      if (name === 'Blockquote' && calloutIn(state, node)) found.callouts++
      if (name === 'FootnoteText') notes.add(slice(node.firstChild!.from, node.firstChild!.to))
      if (name === 'Formula' || name === 'FormulaBlock') found.formulas++
      if (name === 'WikiLink') found.wikiLinks++
      if ((name === 'Link' || (name === 'URL' && !/^(Link|Image|LinkReference)$/.test(parent))) && leads(node))
        found.links++
      if (name === 'Image' && leads(node)) found.pictures++
      if (name === 'HashTag' && !(parent === 'Link' && leads(node.parent!))) found.tags++
      return undefined
    },
  })
  return { ...found, footnotes: notes.size }
}
