// How deep items and code stand, and where lists end: Tab, Shift-Tab and Enter. Pure functions of an EditorState.
// indentItem · outdentItem · endList · indentCode · outdentCode

import { indentLess, indentMore } from '@codemirror/commands'
import type { ChangeSpec, EditorState, StateCommand } from '@codemirror/state'
import { change, type Dispatch, linesOf, type Shape, shapeOf } from './blocks.ts'
import { inCode } from './inline.ts'

/** Makes the selected items part of the item before, with all that hangs on them. False outside of lists. */
export const indentItem: StateCommand = ({ state, dispatch }) =>
  shift(state, dispatch, item => {
    const above = itemAbove(state, item.line.number, other => other.indent <= item.indent)
    if (!above || item.indent >= above.content) return null
    const sibling = itemAbove(state, item.line.number, other => other.indent === above.content)
    const inside = sibling && sibling.line.number > above.line.number
    return { column: above.content, number: inside ? sibling.number + 1 : 1 }
  })

/** Takes the selected items, with all that hangs on them, one level up. False outside of lists. */
export const outdentItem: StateCommand = ({ state, dispatch }) =>
  shift(state, dispatch, item => {
    if (item.indent === 0) return null
    const parent = itemAbove(state, item.line.number, other => item.indent >= other.content)
    return { column: parent?.indent ?? 0, number: parent?.kind === 'numbers' ? parent.number + 1 : 1 }
  })

function itemAbove(state: EditorState, number: number, fits: (item: Shape) => boolean): Shape | null {
  for (let n = number - 1; n >= 1; n--) {
    const shape = shapeOf(state.doc.line(n))
    if (typeof shape.kind === 'string' && fits(shape)) return shape
    const ends = typeof shape.kind !== 'string' && shape.indent === 0 && shape.from < shape.line.to
    if (ends) return null
  }
  return null
}

function shift(
  state: EditorState,
  dispatch: Dispatch,
  target: (item: Shape) => { column: number; number: number } | null,
): boolean {
  const lines = linesOf(state, state.selection.main).filter(line => line.text.trim() !== '')
  const item = lines[0] && shapeOf(lines[0])
  if (!item || typeof item.kind !== 'string' || inCode(state, item.line.from)) return false
  const to = target(item)
  if (!to) return true
  const last = lines.at(-1)!.number
  const specs: ChangeSpec[] = []
  if (item.kind === 'numbers')
    specs.push({ from: item.from, to: item.from + String(item.number).length, insert: String(to.number) })
  for (let n = item.line.number; n <= state.doc.lines; n++) {
    const shape = shapeOf(state.doc.line(n))
    if (shape.from === shape.line.to) {
      if (n > last) break
      continue
    }
    if (n > last && shape.indent <= item.indent) break
    const width = Math.max(0, shape.indent + to.column - item.indent)
    specs.push({ from: shape.quoted, to: shape.from, insert: ' '.repeat(width) })
  }
  return change(state, dispatch, specs)
}

/** In an empty item that stands in no other, ends the list with a blank line. False anywhere else. */
export const endList: StateCommand = ({ state, dispatch }) => {
  const { main } = state.selection
  const line = state.doc.lineAt(main.head)
  const shape = shapeOf(line)
  const empty = typeof shape.kind === 'string' && shape.to === line.to && main.empty && main.head === line.to
  if (!empty || shape.indent > 0 || inCode(state, line.from)) return false
  const above = line.number > 1 ? shapeOf(state.doc.line(line.number - 1)) : null
  // Without a blank line between, what comes next would still belong to the last item.
  const ended = !above || above.to === above.line.to
  const insert = ended ? '' : `\n${state.sliceDoc(line.from, shape.quoted)}`
  return change(state, dispatch, [{ from: shape.quoted, to: line.to, insert }])
}

// ---- code

const inCodeOnly =
  (command: StateCommand): StateCommand =>
  target =>
    inCode(target.state, target.state.doc.lineAt(target.state.selection.main.head).from) && command(target)

/** Moves the selected lines of code to the right. False outside of code. */
export const indentCode = inCodeOnly(indentMore)

/** Moves the selected lines of code to the left. False outside of code. */
export const outdentCode = inCodeOnly(indentLess)
