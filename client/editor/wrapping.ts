// A sign typed over a selection goes around it: “*” makes it emphasis, “[” twice a link to a page.
// wrapping

import { EditorSelection } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { inCode } from './inline.ts'

const PAIRS: Record<string, string> = { '*': '*', _: '_', '~': '~', '`': '`', '[': ']', '(': ')', '"': '"', '“': '”' }

/** Puts typed signs around what is selected instead of replacing it. */
export const wrapping = EditorView.inputHandler.of((view, _from, _to, text) => {
  const { state } = view
  const close = PAIRS[text]
  const { main } = state.selection
  if (!close || main.empty || state.readOnly || view.composing) return false
  const words = state.sliceDoc(main.from, main.to)
  if (words.includes('\n\n') || words.trim() === '' || (inCode(state, main.from) && !/["(["]/.test(text))) return false
  const { anchor, head } = main
  view.dispatch({
    changes: [
      { from: main.from, insert: text },
      { from: main.to, insert: close },
    ],
    selection: EditorSelection.single(anchor + text.length, head + text.length),
    userEvent: 'input.format',
  })
  return true
})
