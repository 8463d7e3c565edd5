// A text as an editor's state, in which “|” is the cursor and “‹ ›” what is selected; and what a command makes of it.
// stateOf · shown · run

import { EditorSelection, EditorState, type StateCommand } from '@codemirror/state'
import { markdownText } from '../../client/editor/highlighting.ts'

/** The state that a marked text describes. */
export function stateOf(marked: string): EditorState {
  const selects = marked.includes('‹')
  const doc = marked.replace(selects ? /[‹›]/gu : '|', '')
  const from = marked.indexOf(selects ? '‹' : '|')
  const to = selects ? marked.indexOf('›') - 1 : from
  return EditorState.create({ doc, selection: EditorSelection.single(from, to), extensions: markdownText })
}

/** A state as a marked text. */
export function shown(state: EditorState): string {
  const { from, to, empty } = state.selection.main
  const text = state.doc.toString()
  return empty
    ? `${text.slice(0, from)}|${text.slice(from)}`
    : `${text.slice(0, from)}‹${text.slice(from, to)}›${text.slice(to)}`
}

/** What a command, which needs no more of an editor than its state, makes of a marked text. */
export function run(command: unknown, marked: string): string {
  let state = stateOf(marked)
  ;(command as StateCommand)({
    state,
    dispatch: transaction => {
      state = transaction.state
    },
  })
  return shown(state)
}
