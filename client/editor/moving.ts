// Moving what the cursor is in: an item of a list with all that hangs on it, or lines. Pure functions of an EditorState.
// moveUp · moveDown

import { moveLineDown, moveLineUp } from '@codemirror/commands'
import { type ChangeSpec, EditorSelection, type EditorState, type StateCommand } from '@codemirror/state'
import type { SyntaxNode } from '@lezer/common'
import { shapeOf } from './blocks.ts'
import { treeOf } from './inline.ts'

/** Items of one list that stand together, as whole lines. */
interface Items {
  nodes: SyntaxNode[]
  from: number
  to: number
}

/** The items that a selection is in: the innermost list that holds all of it. */
function itemsOf(state: EditorState): Items | null {
  const { from, to } = state.selection.main
  const { from: start } = shapeOf(state.doc.lineAt(from))
  const end = Math.max(start, to)
  for (let node: SyntaxNode | null = treeOf(state, end).resolveInner(start, 1); node; node = node.parent) {
    if (
      !/^(Bullet|Ordered)List$/.test(node.name) ||
      node.from > start ||
      node.to < Math.min(end, state.doc.lineAt(end).to)
    )
      continue
    const nodes = node.getChildren('ListItem').filter(item => item.to >= start && item.from <= end)
    if (nodes.length > 0) return block(state, nodes)
  }
  return null
}

function block(state: EditorState, nodes: SyntaxNode[]): Items {
  return { nodes, from: state.doc.lineAt(nodes[0]!.from).from, to: state.doc.lineAt(nodes.at(-1)!.to).to }
}

/** Numbers keep their places while items change theirs. */
function renumbered(
  state: EditorState,
  before: SyntaxNode[],
  after: SyntaxNode[],
): { from: number; to: number; insert: string }[] {
  const number = (item: SyntaxNode) => {
    const mark = item.getChild('ListMark')!
    return { from: mark.from, to: mark.to - 1, text: state.sliceDoc(mark.from, mark.to - 1) }
  }
  if (before[0]!.parent!.name !== 'OrderedList') return []
  return after.flatMap((item, i) => {
    const { from, to, text } = number(item)
    const insert = number(before[i]!).text
    return insert === text ? [] : [{ from, to, insert }]
  })
}

function move(up: boolean): StateCommand {
  return ({ state, dispatch }) => {
    const items = itemsOf(state)
    if (!items) return (up ? moveLineUp : moveLineDown)({ state, dispatch })
    const edge = up ? items.nodes[0]! : items.nodes.at(-1)!
    let sibling = up ? edge.prevSibling : edge.nextSibling
    // The marks of quotes stand between.
    while (sibling && sibling.name !== 'ListItem') sibling = up ? sibling.prevSibling : sibling.nextSibling
    // The first stays first: above it another list, or no list, begins.
    if (!sibling || state.readOnly) return true
    const other = block(state, [sibling])
    const [first, second] = up ? [other, items] : [items, other]
    const gap = state.sliceDoc(first.to, second.from)
    const numbers = renumbered(state, [...first.nodes, ...second.nodes], [...second.nodes, ...first.nodes])
    // The neighbour changes its place, so that whoever writes in what is moved goes on doing so.
    let text = state.sliceDoc(other.from, other.to)
    for (const { from, to, insert } of numbers.filter(({ from }) => from >= other.from && from < other.to))
      text = text.slice(0, from - other.from) + insert + text.slice(to - other.from)
    const changes: ChangeSpec[] = [
      ...numbers.filter(({ from }) => from >= items.from && from < items.to),
      ...(up
        ? [
            { from: other.from, to: items.from },
            { from: items.to, insert: gap + text },
          ]
        : [
            { from: items.from, insert: text + gap },
            { from: items.to, to: other.to },
          ]),
    ]
    const set = state.changes(changes)
    const { anchor, head } = state.selection.main
    const at = (pos: number) => set.mapPos(pos, up ? -1 : 1)
    const selection = EditorSelection.single(at(anchor), at(head))
    dispatch(state.update({ changes: set, selection, scrollIntoView: true, userEvent: 'move.line' }))
    return true
  }
}

/** Moves the item, or the lines, up by one. */
export const moveUp: StateCommand = move(true)

/** Moves the item, or the lines, down by one. */
export const moveDown: StateCommand = move(false)
