// What is selected can be formatted where it stands: a bar above it, once the selection rests.
// formatBar · toFormatBar

import { type EditorState, type Extension, Prec, StateEffect, StateField } from '@codemirror/state'
import { EditorView, keymap, showTooltip, type Tooltip, ViewPlugin } from '@codemirror/view'
import { applied, SELECTED } from './at-hand.ts'
import { inCode } from './inline.ts'
import type { FormatToolbar } from './toolbar.ts'

/** Milliseconds that a selection rests before anything is offered. */
const REST = 250

const offered = StateEffect.define<boolean>()

const bar = StateField.define<Tooltip | null>({
  create: () => null,
  update(value, { effects, selection, docChanged, state }) {
    const shown = effects.reduce((on, effect) => (effect.is(offered) ? effect.value : on), value !== null)
    if (!shown || !worthFormatting(state)) return null
    const { from } = state.selection.main
    if (value && !selection && !docChanged) return value
    return value?.pos === from ? value : { pos: from, above: true, create }
  },
  provide: field => showTooltip.from(field),
})

function worthFormatting(state: EditorState): boolean {
  const { from, to, empty } = state.selection.main
  if (empty || state.readOnly || to - from > 20_000) return false
  return state.sliceDoc(from, to).trim() !== '' && !inCode(state, from)
}

function create(view: EditorView) {
  const dom = document.createElement('format-toolbar') as FormatToolbar
  dom.groups = SELECTED
  dom.label = 'Format the selection'
  dom.applied = applied(view.state)
  dom.classList.add('afloat')
  dom.addEventListener('format', ({ detail }) => {
    detail.run(view)
    view.focus()
  })
  dom.addEventListener('leave', () => view.focus())
  dom.addEventListener('focusout', ({ relatedTarget }) => {
    if (!view.dom.contains(relatedTarget as Node | null)) hideSoon(view)
  })
  return {
    dom,
    offset: { x: -4, y: 8 },
    update: ({ state }: { state: EditorState }) => {
      const formats = applied(state)
      if ([...formats].join() !== [...dom.applied].join()) dom.applied = formats
    },
  }
}

function hideSoon(view: EditorView): void {
  // In the midst of an update nothing can be dispatched.
  setTimeout(() => {
    if (view.dom.isConnected && !view.dom.contains(document.activeElement))
      view.dispatch({ effects: offered.of(false) })
  })
}

const resting = ViewPlugin.define(view => {
  let timer: ReturnType<typeof setTimeout> | undefined
  let pressed = false
  const soon = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      if (!pressed && view.hasFocus && worthFormatting(view.state) && !view.state.field(bar))
        view.dispatch({ effects: offered.of(true) })
    }, REST)
  }
  const press = () => {
    pressed = true
  }
  const release = () => {
    pressed = false
    soon()
  }
  view.contentDOM.addEventListener('pointerdown', press)
  addEventListener('pointerup', release)
  addEventListener('pointercancel', release)
  return {
    update({ selectionSet, state }) {
      // On a phone the system has a bar of its own there, and ours is at the keyboard.
      if (selectionSet && !state.selection.main.empty && !matchMedia('(pointer: coarse)').matches) soon()
    },
    destroy() {
      clearTimeout(timer)
      view.contentDOM.removeEventListener('pointerdown', press)
      removeEventListener('pointerup', release)
      removeEventListener('pointercancel', release)
    },
  }
})

/** Leads into the bar; false while there is none. */
export function toFormatBar(view: EditorView): boolean {
  if (!view.state.field(bar, false)) return false
  view.dom.querySelector<HTMLElement>('format-toolbar.afloat')?.focus()
  return true
}

/** Offers formats above what is selected. */
export const formatBar: Extension = [
  bar,
  resting,
  EditorView.domEventHandlers({ blur: (_event, view) => hideSoon(view) }),
  Prec.high(
    keymap.of([
      {
        key: 'Escape',
        run: view => {
          if (!view.state.field(bar)) return false
          view.dispatch({ effects: offered.of(false) })
          return true
        },
      },
    ]),
  ),
]
