// Where actions are at hand: in the toolbars and under their keys.
// TOOLBAR · SELECTED · AT_HAND · textKeys · applied

import type { EditorState } from '@codemirror/state'
import type { Command, KeyBinding } from '@codemirror/view'
import { TEXT, TEXT_ACTIONS, type TextAction } from './actions.ts'
import { hasLink } from './links.ts'

/** The toolbar: actions in their order, in groups. */
export const TOOLBAR: readonly (readonly TextAction[])[] = [
  [TEXT.heading, TEXT.bold, TEXT.italic, TEXT.strike, TEXT.code],
  [TEXT.link, TEXT.file, TEXT.image, TEXT.table, TEXT.bullets, TEXT.numbers, TEXT.tasks, TEXT.quote, TEXT.codeBlock],
  [TEXT.undo, TEXT.redo],
  [TEXT.source],
]

/** What is offered above a selection. */
export const SELECTED: typeof TOOLBAR = [
  [TEXT.bold, TEXT.italic, TEXT.strike, TEXT.code, TEXT.link],
  [TEXT.heading, TEXT.bullets, TEXT.tasks, TEXT.quote],
]

/** The toolbar of a phone, above its keyboard, which has neither Tab nor arrows. */
export const AT_HAND: typeof TOOLBAR = [
  [TEXT.insert, TEXT.bold, TEXT.italic, TEXT.heading, TEXT.link],
  [TEXT.bullets, TEXT.tasks, TEXT.outdent, TEXT.indent, TEXT.moveUp, TEXT.moveDown],
  [TEXT.undo, TEXT.redo, TEXT.outline, TEXT.find],
  [TEXT.numbers, TEXT.quote, TEXT.code, TEXT.strike, TEXT.table, TEXT.file, TEXT.source],
]

/** Actions that mean something only at some places: where they do not, their key goes on to the next. */
const SOMEWHERE: readonly TextAction[] = [
  TEXT.nextCell,
  TEXT.previousCell,
  TEXT.cellBelow,
  TEXT.addRow,
  TEXT.tick,
  TEXT.addColumn,
  TEXT.follow,
  TEXT.indent,
  TEXT.outdent,
]

/** The keys of all actions. */
export const textKeys: readonly KeyBinding[] = [
  ...SOMEWHERE.map(({ key, run }) => ({ key: key!, run })),
  // With nothing to link, this key means the whole wiki.
  { key: TEXT.link.key, run: view => worthLinking(view.state) && TEXT.link.run(view), stopPropagation: true },
  ...TEXT_ACTIONS.filter(action => action !== TEXT.link && !SOMEWHERE.includes(action)).flatMap(
    ({ key, otherKey, run }) => [key, otherKey].flatMap(one => (one ? [bind(one, run)] : [])),
  ),
  // Elsewhere Tab does nothing, so that nobody types on into another field by accident.
  { key: 'Tab', run: () => true, shift: () => true },
]

function worthLinking(state: EditorState): boolean {
  return !state.selection.main.empty || hasLink(state)
}

function bind(key: string, run: Command): KeyBinding {
  // A read-only text keeps the browser from acting in its place: Ctrl-E would open its address line.
  return { key, run: view => run(view) || true, stopPropagation: true }
}

/** The names of the toolbar's actions whose format the selection has. */
export function applied(state: EditorState): Set<string> {
  return new Set(
    TOOLBAR.flat()
      .filter(action => action.applied?.(state))
      .map(({ name }) => name),
  )
}
