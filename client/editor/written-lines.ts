// Lines that somebody else has just written in carry their colour for a while.
// wrote · writtenLines

import { StateEffect, StateField } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, ViewPlugin } from '@codemirror/view'

/** Milliseconds that a line keeps the colour. */
const KEPT = 5_000

/** Somebody of this colour writes in the line that begins at this position. */
export const wrote = StateEffect.define<{ line: number; colour: number }>({
  map: ({ line, colour }, changes) => ({ line: changes.mapPos(line, -1), colour }),
})
const faded = StateEffect.define<number>()

const looks = new Map<number, Decoration>()

function look(colour: number): Decoration {
  let found = looks.get(colour)
  if (!found) looks.set(colour, (found = Decoration.line({ class: `written person-${colour}`, colour })))
  return found
}

/** The coloured lines: at most one of each colour. */
const lines = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(set, transaction) {
    let next = set.map(transaction.changes)
    const without = (colour: number) =>
      next.update({ filter: (_from, _to, { spec }) => (spec as { colour: number }).colour !== colour })
    for (const effect of transaction.effects) {
      if (effect.is(wrote)) {
        const { line, colour } = effect.value
        const { from } = transaction.newDoc.lineAt(Math.min(line, transaction.newDoc.length))
        // One line for each: where they were before is theirs no more.
        next = without(colour).update({ filter: at => at !== from, add: [look(colour).range(from)] })
      }
      if (effect.is(faded)) next = without(effect.value)
    }
    return next
  },
  provide: field => EditorView.decorations.from(field),
})

/** Shows them, and lets them fade. */
export const writtenLines = [
  lines,
  ViewPlugin.define(view => {
    const timers = new Map<number, ReturnType<typeof setTimeout>>()
    return {
      update({ transactions }) {
        for (const { effects } of transactions)
          for (const effect of effects) {
            if (!effect.is(wrote)) continue
            const { colour } = effect.value
            clearTimeout(timers.get(colour))
            timers.set(
              colour,
              setTimeout(() => view.dispatch({ effects: faded.of(colour) }), KEPT),
            )
          }
      },
      destroy() {
        for (const timer of timers.values()) clearTimeout(timer)
      },
    }
  }),
]
