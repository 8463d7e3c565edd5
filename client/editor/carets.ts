// The others' carets with names and their selections, drawn over and under the text through the CSSOM.
// Caret · carried · carets · moved · silenced · rested · drawnCarets

import { type ChangeDesc, EditorSelection, type Extension, StateEffect, StateField } from '@codemirror/state'
import { EditorView, type LayerMarker, layer, RectangleMarker, type ViewUpdate } from '@codemirror/view'
import type { Person } from '../../shared/protocol.ts'
import { remote } from './binding.ts'

/** Pixels around a caret in which the pointer asks for its name. */
const NEAR = 8

/** Somebody else's place in the text, as positions. */
export interface Caret {
  presence: string
  person: Person
  /** As it was told, to see that it moved. */
  told: string
  anchor: number
  head: number
  named: boolean
  /** It has not moved for a while. */
  idle: boolean
  /** When it last moved, on the clock of `performance.now`. */
  since: number
  /** How many letters others have just put in where it stands, and until when these are taken for its owner's. */
  typed: { length: number; until: number }
}

/** Milliseconds around somebody's move in which what was written at it is taken for theirs. */
export const THEIRS = 600

/** A caret after a change of the text, of mine or of others. */
export function carried(caret: Caret, changes: ChangeDesc, byOthers: boolean): Caret {
  const { anchor, head } = caret
  // A selection does not grow at its ends.
  if (anchor !== head) {
    const [a, b] = anchor < head ? [1, -1] : [-1, 1]
    return { ...caret, anchor: changes.mapPos(anchor, a), head: changes.mapPos(head, b) }
  }
  // Somebody else's letters at a caret are most likely its owner's, who will tell soon; mine are not.
  const before = changes.mapPos(head, -1)
  if (!byOthers) return { ...caret, anchor: before, head: before }
  const behind = changes.mapPos(head, 1)
  const now = performance.now()
  const length = behind - before + (caret.typed.until > now ? caret.typed.length : 0)
  const typed = behind === before ? caret.typed : { length, until: now + THEIRS }
  return { ...caret, anchor: behind, head: behind, typed }
}

/** Whose carets are here, and those among them that are new or have moved, in the text as it is after the transaction. */
export const moved = StateEffect.define<{ here: readonly string[]; fresh: readonly Caret[] }>()
/** These carets' names have been shown long enough. */
export const silenced = StateEffect.define<ReadonlySet<string>>()
/** These carets have not moved for a while. */
export const rested = StateEffect.define<ReadonlySet<string>>()
const hovered = StateEffect.define<string | null>()

/** Where the others are. */
export const carets = StateField.define<{ all: readonly Caret[]; hover: string | null }>({
  create: () => ({ all: [], hover: null }),
  update(value, transaction) {
    let { all, hover } = value
    if (transaction.docChanged && all.length > 0) {
      const byOthers = remote(transaction)
      all = all.map(caret => carried(caret, transaction.changes, byOthers))
    }
    for (const effect of transaction.effects) {
      if (effect.is(moved)) {
        const known = new Map([...all, ...effect.value.fresh].map(caret => [caret.presence, caret]))
        all = effect.value.here.flatMap(presence => known.get(presence) ?? [])
      }
      if (effect.is(hovered)) hover = effect.value
      if (effect.is(silenced))
        all = all.map(caret => (effect.value.has(caret.presence) ? { ...caret, named: false } : caret))
      if (effect.is(rested))
        all = all.map(caret => (effect.value.has(caret.presence) ? { ...caret, idle: true } : caret))
    }
    return all === value.all && hover === value.hover ? value : { all, hover }
  },
})

// ---- drawing

/** A caret and its owner's name, in a row as wide as the text, so that the name never leaves it. */
class CaretMarker implements LayerMarker {
  constructor(
    readonly caret: Caret,
    readonly named: boolean,
    readonly left: number,
    readonly top: number,
    readonly height: number,
    readonly width: number,
  ) {}

  eq(other: CaretMarker): boolean {
    return (
      this.caret.presence === other.caret.presence &&
      this.caret.person === other.caret.person &&
      this.named === other.named &&
      this.caret.idle === other.caret.idle &&
      this.left === other.left &&
      this.top === other.top &&
      this.height === other.height &&
      this.width === other.width
    )
  }

  draw(): HTMLElement {
    const row = document.createElement('div')
    for (const name of ['caret', 'flag', 'space', 'name']) {
      const part = document.createElement('span')
      part.className = name
      const parent = name === 'space' || name === 'name' ? row.lastElementChild! : row
      parent.append(part)
    }
    this.#adjust(row)
    return row
  }

  update(row: HTMLElement, old: CaretMarker): boolean {
    if (old.caret.presence !== this.caret.presence) return false
    this.#adjust(row)
    return true
  }

  #adjust(row: HTMLElement): void {
    const [caret, flag] = row.children as unknown as [HTMLElement, HTMLElement]
    const [space, name] = flag.children as unknown as [HTMLElement, HTMLElement]
    row.className = `remote person-${this.caret.person.colour}${this.named ? ' named' : ''}${this.caret.idle && !this.named ? ' idle' : ''}`
    row.style.top = `${this.top}px`
    row.style.height = `${this.height}px`
    row.style.width = `${this.width}px`
    caret.style.left = `${this.left}px`
    space.style.flexBasis = `${this.left}px`
    name.textContent = this.caret.person.username
  }
}

function drawCarets(view: EditorView): CaretMarker[] {
  const { all, hover } = view.state.field(carets)
  const base = view.scrollDOM.getBoundingClientRect()
  return all.flatMap(caret => {
    const { head, presence, named } = caret
    if (head < view.viewport.from || head > view.viewport.to) return []
    const at = view.coordsAtPos(head, head === view.state.doc.lineAt(head).from ? 1 : -1)
    if (!at) return []
    const [left, top] = [at.left - base.left, at.top - base.top]
    return [new CaretMarker(caret, named || hover === presence, left, top, at.bottom - at.top, base.width)]
  })
}

function drawSelections(view: EditorView): RectangleMarker[] {
  return view.state
    .field(carets)
    .all.filter(({ anchor, head }) => anchor !== head)
    .flatMap(({ anchor, head, person, idle }) =>
      RectangleMarker.forRange(
        view,
        `selected person-${person.colour}${idle ? ' idle' : ''}`,
        EditorSelection.range(Math.min(anchor, head), Math.max(anchor, head)),
      ),
    )
}

const changed = ({ startState, state, docChanged, viewportChanged }: ViewUpdate) =>
  docChanged || viewportChanged || startState.field(carets) !== state.field(carets)

/** The layers that draw `carets`; the pointer near a caret asks for its name. */
export const drawnCarets: Extension = [
  carets,
  layer({ above: false, class: 'remote-selections', update: changed, markers: drawSelections }),
  layer({ above: true, class: 'remote-carets', update: changed, markers: drawCarets }),
  EditorView.domEventHandlers({
    mousemove(event, view) {
      const { all, hover } = view.state.field(carets)
      if (all.length === 0) return
      const near = all.find(({ head }) => {
        if (head < view.viewport.from || head > view.viewport.to) return false
        const at = view.coordsAtPos(head, -1)
        return (
          at && Math.abs(event.clientX - at.left) < NEAR && event.clientY > at.top - NEAR && event.clientY < at.bottom
        )
      })
      if ((near?.presence ?? null) !== hover) view.dispatch({ effects: hovered.of(near?.presence ?? null) })
    },
    mouseleave(_event, view) {
      if (view.state.field(carets).hover !== null) view.dispatch({ effects: hovered.of(null) })
    },
  }),
]
