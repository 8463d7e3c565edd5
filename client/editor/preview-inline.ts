// The marks within lines: emphasis, code, links, pictures, formulas, emoji, footnotes, the signs of headings.
// drawInline

import { Decoration } from '@codemirror/view'
import type { SyntaxNode } from '@lezer/common'
import { EMOJI } from '../../shared/emoji.ts'
import { formulaAt } from '../../shared/math.ts'
import { FormulaWidget } from './preview-formulas.ts'
import { bareAddress, safeAddress, wikiTarget, wikiTitle } from './preview-links.ts'
import type { Pencil } from './preview-pencil.ts'
import { LabelWidget, PictureWidget } from './preview-widgets.ts'
import { isNote, referenceOf, urlOf } from './references.ts'

const ADDRESS = Decoration.mark({ class: 'md-address' })
const ANCHOR = Decoration.mark({ class: 'md-anchor' })
const NUMBER = Decoration.mark({ class: 'md-footnote' })
const FAINT = Decoration.mark({ class: 'md-plain' })

/** Draws one kind of node; false leaves what is in it alone. */
type Draw = (pen: Pencil, node: SyntaxNode) => unknown

const between =
  (mark: string): Draw =>
  (pen, node) => {
    const marks = node.getChildren(mark)
    if (marks.length < 2 || pen.touched(node.from, node.to)) return
    for (const { from, to } of [marks[0]!, marks.at(-1)!]) pen.hide(from, to)
  }

const first: Draw = (pen, { from, to }) => {
  if (!pen.touched(from, to)) pen.hide(from, from + 1)
}

const HOW: Record<string, Draw> = {
  StrongEmphasis: between('EmphasisMark'),
  Emphasis: between('EmphasisMark'),
  Strikethrough: between('StrikethroughMark'),
  InlineCode: between('CodeMark'),
  WikiLink: wiki,
  Link: link,
  URL: address,
  Image: picture,
  Footnote: footnote,
  Formula(pen, { from, to }) {
    const found = formulaAt(pen.slice(from, to), 0)
    if (found && !pen.touched(from, to)) pen.hide(from, to, new FormulaWidget(found.tex, found.display))
  },
  EmojiName(pen, { from, to }) {
    const sign = EMOJI.get(pen.slice(from + 1, to - 1))
    if (EMOJI.size === 0) pen.wantsNames = true
    else if (sign !== undefined && !pen.touched(from, to)) pen.hide(from, to, new LabelWidget(sign, 'md-emoji'))
  },
  LinkReference: () => false,
  Escape: first,
  HardBreak(pen, { from }) {
    if (pen.slice(from, from + 1) === '\\' && !pen.here(from)) pen.hide(from, from + 1)
  },
}
for (let level = 1; level <= 6; level++) HOW[`ATXHeading${level}`] = heading
for (const level of [1, 2]) HOW[`SetextHeading${level}`] = underlined

/** Draws a node within lines; false leaves what is in it alone. */
export function drawInline(pen: Pencil, node: SyntaxNode): boolean | undefined {
  return HOW[node.name]?.(pen, node) === false ? false : undefined
}

function heading(pen: Pencil, node: SyntaxNode): void {
  if (pen.here(node.from)) return
  const marks = node.getChildren('HeaderMark')
  const line = pen.line(node.from)
  const space = (pos: number, step: 1 | -1) => {
    let at = pos
    while (at > line.from && at < line.to && /[ \t]/.test(pen.slice(step > 0 ? at : at - 1, step > 0 ? at + 1 : at)))
      at += step
    return at
  }
  const [first, last] = [marks[0], marks.at(-1)]
  // A heading without words would be nothing at all.
  if (!first || pen.slice(first.to, node.to).replace(/[#\s]/g, '') === '') return
  pen.hide(first.from, space(first.to, 1))
  if (last && last !== first) pen.hide(space(last.from, -1), last.to)
}

function underlined(pen: Pencil, node: SyntaxNode): void {
  const mark = node.getChild('HeaderMark')
  if (!mark) return
  pen.give(mark.from, 'md-underline')
  if (!pen.touched(pen.line(node.from).from, node.to)) pen.hide(mark.from, mark.to)
}

function wiki(pen: Pencil, node: SyntaxNode): void {
  const marks = node.getChildren('LinkMark')
  const target = wikiTarget(node, pen.slice)
  const wanted = wikiTitle(target)
  if (!wanted) return
  const path = wanted.title === null ? '' : pen.pathOf(wanted.title)
  const name = path === null ? 'md-wiki md-missing' : 'md-wiki'
  const title = path === null ? `${wanted.title} does not exist yet` : ''
  const look = title ? { class: name, attributes: { title } } : { class: name }
  pen.all.push(Decoration.mark({ ...look, inclusive: false }).range(node.from, node.to))
  if (pen.touched(node.from, node.to)) return
  const close = marks.at(-1)!
  const bar = marks.length === 3 ? marks[1]! : null
  const words = bar && pen.slice(bar.to, close.from).trim() !== ''
  if (words) pen.hide(node.from, bar.to)
  else {
    pen.hide(node.from, node.from + 2)
    const hash = target.indexOf('#')
    const end = bar ? bar.from : close.from
    if (hash >= 0) {
      const at = node.from + 2 + hash
      if (hash > 0) pen.hide(at, at + 1, new LabelWidget(' § ', 'md-section'))
      else pen.hide(at, at + 1)
    }
    if (bar) pen.hide(end, close.from)
  }
  pen.hide(close.from, node.to)
}

function link(pen: Pencil, node: SyntaxNode): void {
  const marks = node.getChildren('LinkMark')
  const url = urlOf(node)
  const words = marks.length >= 2 && marks[1]!.from > marks[0]!.to
  const address = url ? pen.slice(url.from, url.to) : marks.length > 2 ? null : referenceOf(pen.state, node)
  // “[words]” is a link only where something defines it.
  if (address === null && marks.length <= 2) pen.all.push(FAINT.range(node.from, node.to))
  if (address === null || !words || pen.touched(node.from, node.to)) return
  if (!safeAddress(bareAddress(address)) || node.to > pen.line(marks[1]!.from).to) return
  pen.all.push(ANCHOR.range(marks[0]!.to, marks[1]!.from))
  pen.hide(marks[0]!.from, marks[0]!.to)
  pen.hide(marks[1]!.from, node.to)
}

function address(pen: Pencil, node: SyntaxNode): void {
  const parent = node.parent?.name
  if (parent === 'Image' || parent === 'LinkReference') return
  // In brackets that lead nowhere it is an address like any other.
  if (parent === 'Link' && (urlOf(node.parent!) ?? referenceOf(pen.state, node.parent!)) !== null) return
  pen.all.push(ADDRESS.range(node.from, node.to))
  const angled = pen.slice(node.from - 1, node.from) === '<' && pen.slice(node.to, node.to + 1) === '>'
  if (!angled || pen.touched(node.from - 1, node.to + 1)) return
  pen.hide(node.from - 1, node.from)
  pen.hide(node.to, node.to + 1)
}

function picture(pen: Pencil, node: SyntaxNode): boolean {
  const url = node.getChild('URL')
  const marks = node.getChildren('LinkMark')
  const address = url ? pen.slice(url.from, url.to) : referenceOf(pen.state, node)
  if (address === null || marks.length < 2) return false
  const src = bareAddress(address)
  if (!safeAddress(src) || /^mailto:/i.test(src)) return false
  const line = pen.line(node.from)
  const alone = line.text.trim() === pen.slice(node.from, node.to)
  const alt = pen.slice(marks[0]!.to, marks[1]!.from).replace(/[*_`[\]]/g, '')
  const widget = new PictureWidget(src, alt, alone ? 'md-picture' : 'md-picture md-small')
  if (alone) pen.give(node.from, 'md-pictured')
  if (!pen.touched(node.from, node.to)) {
    pen.hide(node.from, node.to, widget)
    return true
  }
  if (alone) {
    pen.give(node.from, 'md-entered')
    pen.all.push(Decoration.widget({ widget, side: 1 }).range(line.to))
  }
  return false
}

function footnote(pen: Pencil, { from: a, to: b, parent }: SyntaxNode): void {
  if (!isNote(pen.state, pen.slice(a + 2, b - 1))) {
    pen.all.push(FAINT.range(a, b))
    return
  }
  pen.all.push(NUMBER.range(a, b))
  const end = parent?.name === 'FootnoteText' ? b + 1 : b
  if (pen.touched(a, end)) return
  pen.hide(a, a + 2)
  pen.hide(b - 1, end)
}
