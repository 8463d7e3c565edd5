// Whole blocks that are drawn until the cursor enters them: tables, embeds, queries, formulas, diagrams and the properties
// at the beginning; and formulas over several lines, wherever they stand.
// Kept up with the text from the place of a change to where the old tree and the new one agree again.
// drawnBlocks · blocks · intoBlocks

import { syntaxTree } from '@codemirror/language'
import {
  EditorSelection,
  type EditorState,
  type Extension,
  RangeSet,
  RangeValue,
  StateField,
  type Transaction,
} from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, WidgetType } from '@codemirror/view'
import type { SyntaxNode, Tree } from '@lezer/common'
import { endOfFrontMatter } from './highlighting.ts'
import { EMBED_MAX, EmbedWidget, embedIn } from './preview-embeds.ts'
import { DIAGRAM_MAX, Diagram, diagramIn, FormulaBlock, FormulaLines } from './preview-formulas.ts'
import { learned } from './preview-links.ts'
import { knownLinks, TableWidget } from './preview-tables.ts'
import { atEnds, previewing, sameTouch } from './preview-touch.ts'

type Kind = keyof typeof WIDGETS

/** A block that can be drawn. */
class Block extends RangeValue {
  readonly decoration: Decoration

  constructor(
    readonly kind: Kind,
    readonly source: string,
  ) {
    super()
    const widget = new WIDGETS[kind](source)
    this.decoration = Decoration.replace({ widget, block: kind !== 'FormulaLines' })
  }

  override eq(other: Block): boolean {
    return other.kind === this.kind && other.source === this.source
  }
}
Block.prototype.startSide = -1
Block.prototype.endSide = 1

/** The properties, folded into a line. */
class PropertiesWidget extends WidgetType {
  constructor(readonly source: string) {
    super()
  }

  override eq(other: PropertiesWidget): boolean {
    return other.source === this.source
  }

  override get estimatedHeight(): number {
    return 45
  }

  override toDOM(view: EditorView): HTMLElement {
    const box = document.createElement('div')
    box.className = 'md-properties'
    const row = document.createElement('div')
    const open = document.createElement('button')
    open.type = 'button'
    open.textContent = 'Properties'
    const list = document.createElement('span')
    list.textContent = propertiesOf(this.source)
    row.append(open, list)
    box.append(row)
    row.addEventListener('mousedown', event => event.preventDefault())
    row.addEventListener('click', () => {
      const from = view.posAtDOM(box)
      view.dispatch({ selection: EditorSelection.cursor(view.state.doc.lineAt(from).to + 1) })
      view.focus()
    })
    return box
  }

  override ignoreEvent(): boolean {
    return true
  }
}

const WIDGETS = {
  Table: TableWidget,
  Properties: PropertiesWidget,
  Embed: EmbedWidget,
  FormulaBlock,
  FormulaLines,
  Diagram,
}

/** What properties say, on one line. */
function propertiesOf(source: string): string {
  const found: string[] = []
  for (const line of source.split('\n').slice(1, -1)) {
    const [, name, value] = /^["']?([\p{L}\p{N}_][^:]*?)["']?:(?:\s+(.*))?$/u.exec(line) ?? []
    const [, item] = /^\s*-\s+(.*)$/.exec(line) ?? []
    const words = value?.replace(/^\[(.*)\]$/, '$1')
    if (name) found.push(words ? `${name}: ${words}` : `${name}:`)
    else if (item && found.length > 0) found[found.length - 1] += `${found.at(-1)!.endsWith(':') ? '' : ','} ${item}`
  }
  return found.join(' · ')
}

// ---- finding

interface Found {
  blocks: RangeSet<Block>
  /** As far as the tree has been read. */
  read: number
  tree: Tree
  /** Where the properties end. */
  frontMatter: number
}

interface Place {
  from: number
  to: number
  value: Block
}

function childFrom(tree: Tree, pos: number): SyntaxNode | null {
  return tree.topNode.childAfter(pos)
}

function kindOf(node: SyntaxNode, state: EditorState): Kind | null {
  const { name, from, to } = node
  if (name === 'Table' || name === 'FormulaBlock') return name
  if (name !== 'Paragraph' && name !== 'FencedCode') return null
  if (embedIn(state.sliceDoc(from, Math.min(to, from + EMBED_MAX + 1)))) return 'Embed'
  const code = name === 'FencedCode' && to - from <= DIAGRAM_MAX
  return code && diagramIn(state.sliceDoc(from, to)) !== null ? 'Diagram' : null
}

/** The formulas over several lines within a block. */
function formulasIn({ from: start, to: end }: SyntaxNode, state: EditorState): Place[] {
  const places: Place[] = []
  if (!state.sliceDoc(start, end).includes('$')) return places
  syntaxTree(state).iterate({
    from: start,
    to: end,
    enter(ref) {
      const { name, from, to } = ref
      if (from < start || to > end || (name !== 'Formula' && name !== 'FormulaBlock')) return
      if (to <= state.doc.lineAt(from).to) return
      let source = ''
      let at = from
      for (const mark of ref.node.getChildren('QuoteMark')) {
        source += state.sliceDoc(at, mark.from)
        at = mark.to
      }
      places.push({ from, to, value: new Block('FormulaLines', source + state.sliceDoc(at, to)) })
    },
  })
  return places
}

/** Reads the top of the tree from a position on, until `agrees` says that nothing further has changed. */
function read(
  state: EditorState,
  from: number,
  agrees: (node: SyntaxNode) => boolean,
): { places: Place[]; from: number; to: number } {
  const tree = syntaxTree(state)
  const places: Place[] = []
  const frontMatter = endOfFrontMatter(state)
  let node = childFrom(tree, Math.max(0, from - 1))
  const start = Math.min(from, node?.from ?? from)
  let to = tree.length
  for (; node; node = node.nextSibling) {
    if (agrees(node)) {
      // A table begins with its line, its node perhaps behind some spaces.
      to = state.doc.lineAt(node.from).from
      break
    }
    if (node.from < frontMatter) continue
    const kind = kindOf(node, state)
    if (kind === null) {
      places.push(...formulasIn(node, state))
      continue
    }
    const at = state.doc.lineAt(node.from).from
    // Only what stands at the left edge and is whole; the rest shows its source.
    if (at !== node.from && state.sliceDoc(at, node.from).trim() !== '') continue
    const end = state.doc.lineAt(node.to).to
    places.push({ from: at, to: end, value: new Block(kind, state.sliceDoc(at, end)) })
  }
  if (start <= frontMatter && frontMatter > 0)
    places.unshift({ from: 0, to: frontMatter, value: new Block('Properties', state.sliceDoc(0, frontMatter)) })
  // The last block of an unfinished tree may be cut.
  return { places, from: start, to }
}

function whole(state: EditorState): Found {
  const tree = syntaxTree(state)
  const { places } = read(state, 0, () => false)
  return {
    blocks: RangeSet.of(
      places.map(({ from, to, value }) => value.range(from, to)),
      true,
    ),
    read: tree.length,
    tree,
    frontMatter: endOfFrontMatter(state),
  }
}

function replaced(
  blocks: RangeSet<Block>,
  { places, from, to }: { places: Place[]; from: number; to: number },
): RangeSet<Block> {
  const ranges = places.map(place => place.value.range(place.from, place.to))
  return blocks.update({
    filterFrom: from,
    filterTo: to,
    filter: (a, b) => b < from || a >= to,
    add: ranges,
    sort: true,
  })
}

function followed(value: Found, transaction: Transaction): Found {
  return further(transaction.docChanged ? changed(value, transaction) : value, transaction.state)
}

/** Reads on to where the parser has come meanwhile. */
function further(value: Found, state: EditorState): Found {
  const tree = syntaxTree(state)
  if (tree === value.tree && value.read >= tree.length) return value
  const from = childFrom(tree, Math.max(0, Math.min(value.read, tree.length) - 1))?.from ?? tree.length
  const news = read(state, Math.min(from, value.read), () => false)
  return { ...value, blocks: replaced(value.blocks, news), read: tree.length, tree }
}

function changed(value: Found, { changes, state }: Transaction): Found {
  const tree = syntaxTree(state)
  let [first, last, delta] = [Number.POSITIVE_INFINITY, 0, 0]
  changes.iterChangedRanges((fromA, toA, fromB, toB) => {
    first = Math.min(first, fromB)
    last = Math.max(last, toB)
    delta += toB - fromB - (toA - fromA)
  }, true)
  // Nothing within properties is a table: where they end elsewhere, all up to there is read anew.
  const frontMatter = endOfFrontMatter(state)
  const ended = changes.mapPos(value.frontMatter)
  if (frontMatter !== ended) [first, last] = [0, Math.max(last, frontMatter, ended)]
  const old = value.tree
  const agrees = (node: SyntaxNode) => {
    // One blank line at least stands between two blocks that cannot become one.
    if (node.from <= last + 1) return false
    const before = childFrom(old, node.from - delta)
    return (
      before !== null && before.from === node.from - delta && before.to === node.to - delta && before.name === node.name
    )
  }
  // What stands before the change may become part of what it makes: a line of dashes turns a paragraph into a table.
  const here = childFrom(tree, Math.max(0, first - 1))
  const from = here?.prevSibling?.from ?? here?.from ?? 0
  const news = read(state, Math.min(from, first), agrees)
  return {
    blocks: replaced(value.blocks.map(changes), news),
    read: Math.min(tree.length, Math.max(news.to, changes.mapPos(value.read))),
    tree,
    frontMatter,
  }
}

const found = StateField.define<Found>({ create: whole, update: followed })

/** What is drawn now. */
export const blocks = StateField.define<DecorationSet>({
  create: drawn,
  update(value, transaction) {
    const { startState, state } = transaction
    if (startState.field(found, false)?.blocks === state.field(found).blocks && sameTouch(startState, state))
      return value
    return drawn(state)
  },
  provide: field => EditorView.decorations.from(field),
})

function drawn(state: EditorState): DecorationSet {
  if (!state.field(previewing)) return Decoration.none
  const ranges: ReturnType<Decoration['range']>[] = []
  state.field(found).blocks.between(0, state.doc.length, (from, to, value) => {
    // Where the parser has not come yet after a change, a block may no longer be whole lines.
    const lines = state.doc.lineAt(from).from === from && state.doc.lineAt(to).to === to
    if ((lines || value.kind === 'FormulaLines') && to > from && !atEnds(state, from, to))
      ranges.push(value.decoration.range(from, to))
  })
  return Decoration.set(ranges, true)
}

// ---- entering

/** Takes the cursor into the drawn block above or below it, which moving by lines would jump over. */
function enterBlock(view: EditorView, forward: boolean): boolean {
  const { main } = view.state.selection
  if (!main.empty) return false
  const { doc } = view.state
  const line = doc.lineAt(main.head)
  const next = view.moveVertically(main, forward)
  if (next.head !== main.head && next.head >= line.from && next.head <= line.to) return false
  const edge = forward ? line.to + 1 : line.from - 1
  if (edge < 0 || edge > doc.length) return false
  let entered: number | null = null
  view.state.field(blocks).between(edge, edge, (from, to) => {
    if (forward ? from === edge : to === edge) entered = forward ? from : doc.lineAt(to).from
  })
  if (entered === null) return false
  const into = doc.lineAt(entered)
  const head = Math.min(into.to, into.from + (main.head - line.from))
  view.dispatch({ selection: EditorSelection.cursor(head), scrollIntoView: true, userEvent: 'select' })
  return true
}

/** ArrowDown and ArrowUp lead into drawn blocks. */
export const intoBlocks = {
  down: (view: EditorView) => enterBlock(view, true),
  up: (view: EditorView) => enterBlock(view, false),
}

/** Draws them. */
export const drawnBlocks: Extension = [
  found,
  blocks,
  EditorView.updateListener.of(({ view, transactions }) => {
    if (transactions.some(({ effects }) => effects.some(effect => effect.is(learned))))
      knownLinks(view.contentDOM, view)
  }),
]
