// What shows its marks: whatever the selection touches, held still while the pointer is down. And the source view.
// previewing · toggleSource · touches · atEnds · touch · sameTouch · touching

import { type EditorState, type Extension, type StateCommand, StateEffect, StateField } from '@codemirror/state'
import { EditorView, ViewPlugin } from '@codemirror/view'
import { chooseSourceView, sourceView } from '../settings.ts'

const shown = StateEffect.define<boolean>()
const entered = StateEffect.define<null>()
const held = StateEffect.define<boolean>()

/** Whether marks are hidden; false in the source view. */
export const previewing = StateField.define<boolean>({
  create: () => !sourceView(),
  update: (value, { effects }) => effects.reduce((on, effect) => (effect.is(shown) ? effect.value : on), value),
  provide: field =>
    EditorView.editorAttributes.from(field, (on): Record<string, string> => (on ? { class: 'live-preview' } : {})),
})

/** Shows the bare Markdown, or hides its marks again; kept on this device. */
export const toggleSource: StateCommand = ({ state, dispatch }) => {
  const on = state.field(previewing, false)
  if (on === undefined) return false
  dispatch(state.update({ effects: shown.of(!on), scrollIntoView: true }))
  return true
}

interface Stretch {
  from: number
  to: number
  anchor: number
  head: number
}

interface Touch {
  /** Somebody has been in the text; before, nothing of it shows its marks. */
  entered: boolean
  held: boolean
  ranges: readonly Stretch[]
}

/** What is touched. */
export const touch = StateField.define<Touch>({
  create: () => ({ entered: false, held: false, ranges: [] }),
  update(value, { effects, changes, docChanged, selection, newSelection }) {
    const now = { ...value }
    for (const effect of effects) {
      if (effect.is(entered)) now.entered = true
      if (effect.is(held)) now.held = effect.value
    }
    if (now.held) {
      if (docChanged) now.ranges = now.ranges.map(range => mapped(range, pos => changes.mapPos(pos, 1)))
    } else if (now.entered && (docChanged || selection || now.entered !== value.entered || value.held))
      now.ranges = newSelection.ranges.map(({ from, to, anchor, head }) => ({ from, to, anchor, head }))
    const same = now.entered === value.entered && now.held === value.held && now.ranges === value.ranges
    return same ? value : now
  },
})

function mapped({ from, to, anchor, head }: Stretch, map: (pos: number) => number): Stretch {
  return { from: map(from), to: map(to), anchor: map(anchor), head: map(head) }
}

/** Whether two states have the same things touched, as far as is known without looking at the text. */
export function sameTouch(one: EditorState, other: EditorState): boolean {
  return one.field(touch).ranges === other.field(touch).ranges && one.field(previewing) === other.field(previewing)
}

/** Whether the selection meets a stretch of text, its edges included. */
export function touches(state: EditorState, from: number, to: number): boolean {
  return state.field(touch).ranges.some(range => range.from <= to && range.to >= from)
}

/** Whether the selection begins or ends in a stretch of text: what it merely passes over keeps its look. */
export function atEnds(state: EditorState, from: number, to: number): boolean {
  const inside = (pos: number) => pos >= from && pos <= to
  return state.field(touch).ranges.some(({ anchor, head }) => inside(anchor) || inside(head))
}

/** Keeps `previewing` and `touch` up to date. */
export const touching: Extension = [
  previewing,
  touch,
  EditorView.updateListener.of(({ startState, state }) => {
    const on = state.field(previewing)
    if (startState.field(previewing) !== on) chooseSourceView(!on)
  }),
  // Marks that appear under a pressed pointer would move the text away from it.
  ViewPlugin.define(
    view => {
      const release = () => {
        if (view.state.field(touch).held) view.dispatch({ effects: held.of(false) })
      }
      const ends = ['mouseup', 'dragend', 'blur'] as const
      const { defaultView } = view.dom.ownerDocument
      for (const end of ends) defaultView?.addEventListener(end, release)
      return {
        destroy() {
          for (const end of ends) defaultView?.removeEventListener(end, release)
        },
      }
    },
    {
      eventHandlers: {
        mousedown({ button }, view) {
          if (button === 0) view.dispatch({ effects: held.of(true) })
        },
        // CodeMirror's own effect of a focus is lost where another change comes in the same turn.
        focus(_event, view) {
          queueMicrotask(() => {
            if (!view.state.field(touch).entered) view.dispatch({ effects: entered.of(null) })
          })
        },
      },
    },
  ),
]
