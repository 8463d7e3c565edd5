// The menu at the cursor: pages behind “[[”, actions behind “/”, emoji behind “:”.
// Offer · offers · offerActions

import { autocompletion, type Completion, type CompletionSource, startCompletion } from '@codemirror/autocomplete'
import type { Extension } from '@codemirror/state'
import type { EditorView } from '@codemirror/view'
import { html, render } from 'lit'
import { picture } from './pictures.ts'

/** One row of the menu. */
export interface Offer extends Completion {
  /** SVG. */
  icon: string
  /** Stands in the icon's place. */
  sign?: string
  /** What the row says small at its end. */
  aside: string
  /** `aside` is a key. */
  keyed?: boolean
  /** The menu opens again for what has been put in. */
  goesOn?: boolean
}

/** Milliseconds without a key before somebody is asked. */
const REST = 120
/** Beyond this many rows, more letters are quicker than scrolling. */
const MOST = 24

function row(content: unknown): Node {
  const part = document.createElement('span')
  render(content, part)
  return part
}

/** Shows what a source offers, which are `Offer`s. */
export function offers(source: CompletionSource): Extension {
  return autocompletion({
    override: [source],
    icons: false,
    activateOnTypingDelay: REST,
    interactionDelay: 0,
    activateOnCompletion: offer => (offer as Offer).goesOn === true,
    maxRenderedOptions: MOST,
    tooltipClass: () => 'offers',
    optionClass: offer => ((offer as Offer).keyed ? 'keyed' : ''),
    addToOptions: [
      { position: 20, render: offer => row((offer as Offer).sign ?? picture((offer as Offer).icon)) },
      { position: 80, render: offer => row(html`<small>${(offer as Offer).aside}</small>`) },
    ],
  })
}

/** Writes the slash, and shows what it offers. */
export function offerActions(view: EditorView): boolean {
  const { state } = view
  if (state.readOnly) return false
  const { to } = state.selection.main
  const before = state.sliceDoc(Math.max(0, to - 1), to)
  const insert = before === '' || /\s/.test(before) ? '/' : ' /'
  view.dispatch({ changes: { from: to, insert }, selection: { anchor: to + insert.length }, userEvent: 'input.type' })
  startCompletion(view)
  return true
}
