// A table as it is read: cells with their words, each letter knowing where in the source it stands.
// TableWidget · knownLinks

import { EditorSelection } from '@codemirror/state'
import { type EditorView, type Rect, WidgetType } from '@codemirror/view'
import type { SyntaxNode } from '@lezer/common'
import { EMOJI } from '../../shared/emoji.ts'
import { formulaAt } from '../../shared/math.ts'
import { learnNames } from './emoji.ts'
import { markdownTree } from './markdown-syntax.ts'
import { showFormula } from './preview-formulas.ts'
import { bareAddress, linkLookup, safeAddress, wikiTarget, wikiTitle } from './preview-links.ts'
import { referenceOf, urlOf } from './references.ts'
import { addColumn, addRow, type Cell, cellsOf, sidesOf } from './tables.ts'

/** Where in the table's source a text node begins. */
const starts = new WeakMap<Node, number>()

const ELEMENTS: Record<string, string> = {
  StrongEmphasis: 'strong',
  Emphasis: 'em',
  Strikethrough: 's',
  InlineCode: 'code',
}
const MARKS = new Set(['EmphasisMark', 'StrikethroughMark', 'CodeMark', 'LinkMark', 'LinkTitle', 'WikiComment'])

/** Puts what stands between two positions of the source into an element, without its marks. */
function write(view: EditorView, parent: Element, source: string, node: SyntaxNode, from: number, to: number): void {
  let at = from
  const text = (end: number) => {
    if (end <= at) return
    const letters = document.createTextNode(source.slice(at, end))
    starts.set(letters, at)
    parent.append(letters)
    at = end
  }
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.to <= from) continue
    if (child.from >= to) break
    text(child.from)
    const { name } = child
    if (name === 'Escape') at = child.from + 1
    else if (name === 'WikiLink' || name === 'Link') {
      parent.append(linkOf(view, source, child))
      at = child.to
    } else if (name in SIGNS) {
      const sign = document.createElement('span')
      SIGNS[name]!(view, sign, source.slice(child.from, child.to))
      parent.append(sign)
      at = child.to
    } else if (name in ELEMENTS) {
      const inner = document.createElement(ELEMENTS[name]!)
      write(view, inner, source, child, child.from, child.to)
      parent.append(inner)
      at = child.to
    } else if (MARKS.has(name) || (name === 'URL' && node.name !== 'TableCell')) at = child.to
  }
  text(to)
}

/** What stands as one sign in the place of its source. */
const SIGNS: Record<string, (view: EditorView, place: HTMLElement, source: string) => void> = {
  Formula(view, place, source) {
    place.className = 'md-formula'
    // A bar in a cell is written “\|”.
    const found = formulaAt(source.replaceAll('\\|', '|'), 0)
    if (found) showFormula(place, found.tex, found.display, view)
    else place.textContent = source
  },
  EmojiName(_view, place, source) {
    const show = () => {
      place.textContent = EMOJI.get(source.slice(1, -1)) ?? source
    }
    show()
    if (EMOJI.size === 0) void learnNames().then(show)
  },
  Footnote(_view, place, source) {
    place.className = 'md-footnote md-link'
    place.textContent = source.slice(2, -1)
  },
  HashTag(_view, place, source) {
    place.className = 'md-hash'
    place.textContent = source
  },
}

function linkOf(view: EditorView, source: string, node: SyntaxNode): HTMLElement {
  const link = document.createElement('span')
  const marks = node.getChildren('LinkMark')
  const slice = (from: number, to: number) => source.slice(from, to)
  if (node.name === 'WikiLink') {
    const wanted = wikiTitle(wikiTarget(node, slice))
    if (wanted) link.className = 'md-wiki md-link'
    if (wanted?.title) link.dataset.title = wanted.title
    const bar = marks.length === 3 && slice(marks[1]!.to, marks[2]!.from).trim() !== '' ? marks[1]! : null
    const from = wanted ? (bar?.to ?? node.from + 2) : node.from
    // The bar of a cell's link is written “\|”, and what stands before it belongs to the target.
    const words = slice(from, wanted ? node.to - 2 : node.to).replace(/\\$/, '')
    const letters = (text: string, at: number) => {
      const node = document.createTextNode(text)
      starts.set(node, at)
      return node
    }
    const hash = wanted && !bar ? words.indexOf('#') : -1
    if (hash > 0) {
      const sign = document.createElement('span')
      sign.className = 'md-section'
      sign.append(letters(' § ', from + hash))
      link.append(letters(words.slice(0, hash), from), sign)
    }
    link.append(letters(words.slice(hash + 1), from + hash + 1))
    return link
  }
  const url = urlOf(node)
  const written = url ? slice(url.from, url.to) : referenceOf(view.state, node, slice)
  const address = written && bareAddress(written)
  const plain = !address || !safeAddress(address) || marks.length < 2 || marks[1]!.from === marks[0]!.to
  if (!plain) link.className = 'md-link'
  if (plain) {
    const letters = document.createTextNode(slice(node.from, node.to))
    starts.set(letters, node.from)
    link.append(letters)
  } else write(view, link, source, node, marks[0]!.to, marks[1]!.from)
  return link
}

/** A table, drawn from its source. */
export class TableWidget extends WidgetType {
  constructor(readonly source: string) {
    super()
  }

  override eq(other: TableWidget): boolean {
    return other.source === this.source
  }

  override get estimatedHeight(): number {
    return 38 * (this.source.split('\n').length - 1)
  }

  override toDOM(view: EditorView): HTMLElement {
    const frame = document.createElement('div')
    frame.className = 'md-drawn-table'
    const table = document.createElement('table')
    const { source } = this
    const tree = markdownTree(source)
    const lines = source.split('\n')
    const columns = cellsOf(lines[0]!).length
    const sides = sidesOf(lines[1] ?? '')
    let at = 0
    lines.forEach((line, i) => {
      const start = at
      at += line.length + 1
      if (i === 1) return
      const row = document.createElement('tr')
      const cells = cellsOf(line, start)
      for (let column = 0; column < columns; column++) {
        const cell = document.createElement(i === 0 ? 'th' : 'td')
        const side = sides[column]
        if (side === 'center' || side === 'right') cell.className = `align-${side}`
        cell.dir = 'auto'
        const given = cells[column]
        cell.dataset.at = String(given?.from ?? start + line.length)
        if (given) fill(view, cell, source, tree.resolveInner(given.from, 1), given)
        row.append(cell)
      }
      const part = i === 0 ? 'thead' : 'tbody'
      let body = table.querySelector(part)
      if (!body) {
        body = document.createElement(part)
        table.append(body)
      }
      body.append(row)
    })
    frame.append(table)
    if (!view.state.readOnly)
      frame.append(
        button('Add a row', 'md-more-rows', view, frame, false),
        button('Add a column', 'md-more-columns', view, frame, true),
      )
    frame.addEventListener('mousedown', event => {
      if (event.button !== 0 || (event.target as Element).closest('button')) return
      event.preventDefault()
      const base = view.posAtDOM(frame)
      const offset = offsetAt(event)
      view.dispatch({ selection: EditorSelection.cursor(base + offset), userEvent: 'select.pointer' })
      view.focus()
    })
    knownLinks(frame, view)
    return frame
  }

  /** So that the others’ carets stand in their cells. */
  override coordsAt(dom: HTMLElement, pos: number): Rect | null {
    const walker = document.createTreeWalker(dom, NodeFilter.SHOW_TEXT)
    let best: { node: Node; start: number } | null = null
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const start = starts.get(node)
      if (start !== undefined && start <= pos && (!best || start >= best.start)) best = { node, start }
    }
    let cell: HTMLElement | null = null
    for (const one of dom.querySelectorAll<HTMLElement>('[data-at]')) if (Number(one.dataset.at) <= pos + 1) cell = one
    if (best && (!cell || cell.contains(best.node))) {
      const range = document.createRange()
      const length = best.node.textContent!.length
      const offset = Math.min(length, pos - best.start)
      range.setStart(best.node, offset)
      range.setEnd(best.node, offset)
      const box = range.getBoundingClientRect()
      return { left: box.left, right: box.left, top: box.top, bottom: box.bottom }
    }
    if (!cell) return null
    const box = cell.getBoundingClientRect()
    return { left: box.left, right: box.left, top: box.top + 8, bottom: box.bottom - 8 }
  }

  override ignoreEvent(): boolean {
    return true
  }
}

function fill(view: EditorView, cell: HTMLElement, source: string, at: SyntaxNode, { from, to }: Cell): void {
  let node: SyntaxNode = at
  while (node.parent && node.name !== 'TableCell') node = node.parent
  write(view, cell, source, node, from, to)
}

/** Where in the source a press on the table means. */
function offsetAt({ clientX, clientY, target }: MouseEvent): number {
  const cell = (target as Element).closest<HTMLElement>('[data-at]')
  const found = pointed(clientX, clientY)
  const start = found ? starts.get(found.node) : undefined
  if (found && start !== undefined && (!cell || cell.contains(found.node))) return start + found.offset
  return Number(cell?.dataset.at ?? 0)
}

function pointed(x: number, y: number): { node: Node; offset: number } | null {
  const place = document.caretPositionFromPoint?.(x, y)
  if (place) return { node: place.offsetNode, offset: place.offset }
  const range = document.caretRangeFromPoint?.(x, y)
  return range ? { node: range.startContainer, offset: range.startOffset } : null
}

function button(words: string, look: string, view: EditorView, frame: HTMLElement, column: boolean): HTMLElement {
  const more = document.createElement('button')
  more.type = 'button'
  more.className = look
  more.title = words
  more.setAttribute('aria-label', words)
  more.textContent = '+'
  more.addEventListener('mousedown', event => event.preventDefault())
  more.addEventListener('click', () => {
    const base = view.posAtDOM(frame)
    const cells = frame.querySelectorAll<HTMLElement>(column ? 'thead [data-at]' : '[data-at]')
    view.dispatch({ selection: EditorSelection.cursor(base + Number([...cells].at(-1)!.dataset.at)) })
    ;(column ? addColumn : addRow)(view)
    view.focus()
  })
  return more
}

/** Shows which links of drawn tables lead nowhere yet. */
export function knownLinks(root: Element, view: EditorView): void {
  const lookup = linkLookup(view)
  for (const link of root.querySelectorAll<HTMLElement>('[data-title]'))
    link.classList.toggle('md-missing', lookup?.path(link.dataset.title!) === null)
}
