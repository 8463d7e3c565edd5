// The editor's text is the page's Y.Text: edits both ways, undo of one's own, and what must never get through.
// sharedText · remote · undo · redo

import { EditorState, type Extension, Facet, type StateCommand, type Text, Transaction } from '@codemirror/state'
import { ViewPlugin } from '@codemirror/view'
import { yCollab, ySyncAnnotation } from 'y-codemirror.next'
import * as Y from 'yjs'

/** Milliseconds within which typing is taken back as one step. */
const STEP = 500

/** Whether a transaction comes from the shared text: somebody else's edit, or an undo. */
export function remote(transaction: Transaction): boolean {
  return transaction.annotation(ySyncAnnotation) !== undefined
}

const history = Facet.define<Y.UndoManager>()

/** Takes back my own last step; what others wrote stays. */
export const undo: StateCommand = ({ state }) => !state.readOnly && state.facet(history)[0]?.undo() != null

/** Does again what `undo` took back. */
export const redo: StateCommand = ({ state }) => !state.readOnly && state.facet(history)[0]?.redo() != null

/** Binds an editor, whose document must equal `text`, to it. `close` ends what the binding holds. */
export function sharedText(text: Y.Text): { extension: Extension; close(): void } {
  const undoManager = new Y.UndoManager(text, { captureTimeout: STEP, trackedOrigins: new Set() })
  let last = ''
  // Stands before yCollab, which writes into the shared text: a step ends before another kind of edit begins.
  const steps = ViewPlugin.define(() => ({
    update({ docChanged, transactions }) {
      const local = docChanged && transactions.find(transaction => transaction.docChanged && !remote(transaction))
      if (!local) return
      const event = local.annotation(Transaction.userEvent) ?? ''
      if (event !== last || event === 'input.format' || event === 'input.paste') undoManager.stopCapturing()
      last = event
    },
  }))
  return {
    extension: [
      steps,
      history.of(undoManager),
      yCollab(text, null, { undoManager }),
      wholeCharacters,
      nothingWhileReadOnly,
    ],
    close: () => undoManager.destroy(),
  }
}

// Commands look at `readOnly` themselves; this catches the one that forgets.
const nothingWhileReadOnly = EditorState.changeFilter.of(
  transaction => !transaction.startState.readOnly || remote(transaction),
)

// An input method or a paste can cut between the halves of a surrogate pair; Yjs would store two broken characters.
const wholeCharacters = EditorState.transactionFilter.of(transaction => {
  if (!transaction.docChanged || remote(transaction)) return transaction
  const { doc } = transaction.startState
  const changes: { from: number; to: number; insert: string }[] = []
  let mended = false
  transaction.changes.iterChanges((fromA, toA, _fromB, _toB, inserted) => {
    let [from, to, insert] = [fromA, toA, inserted.toString()]
    if (cuts(doc, from)) insert = doc.sliceString(--from, fromA) + insert
    if (cuts(doc, to)) insert += doc.sliceString(to, ++to)
    mended ||= from !== fromA || to !== toA || !insert.isWellFormed()
    changes.push({ from, to, insert: insert.toWellFormed() })
  })
  if (!mended) return transaction
  const userEvent = transaction.annotation(Transaction.userEvent)
  const { selection, effects, scrollIntoView } = transaction
  return { changes, effects, scrollIntoView, ...(selection && { selection }), ...(userEvent && { userEvent }) }
})

function cuts(doc: Text, pos: number): boolean {
  if (pos === 0 || pos === doc.length) return false
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(doc.sliceString(pos - 1, pos + 1))
}
