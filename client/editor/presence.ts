// Where the others are, read from what they tell; and where I am, told to them.
// othersHere · showPeople · myPoint

import { EditorState, type Extension, type StateEffect, type Transaction } from '@codemirror/state'
import { type EditorView, type PluginValue, ViewPlugin, type ViewUpdate } from '@codemirror/view'
import * as Y from 'yjs'
import type { Presence } from '../../shared/protocol.ts'
import { fromBase64, toBase64 } from '../../shared/update.ts'
import { remote } from './binding.ts'
import { type Caret, carets, carried, drawnCarets, moved, rested, silenced, THEIRS } from './carets.ts'
import { writtenLines, wrote } from './written-lines.ts'

/** Milliseconds that a name stays after its caret has moved. */
const NAMED = 2_000
/** Milliseconds after which a caret that does not move fades. */
const IDLE = 10_000
/** Milliseconds between two looks at which carets rest. */
const SWEPT = 500
/** Milliseconds after somebody's edit until all carets are read anew from the shared text. */
const SETTLED = 400
/** Milliseconds that my moves are gathered. */
const GATHER = 40
/** Milliseconds after which a text without focus is taken for left. */
const LEFT = 30_000

// ---- following

/** Turns what was told into positions, and lets names come and go. */
class Follower implements PluginValue {
  /** When the text last changed from elsewhere. */
  #written = Number.NEGATIVE_INFINITY
  #settle: ReturnType<typeof setTimeout> | undefined
  #sweep: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly view: EditorView,
    private readonly text: Y.Text,
    private readonly people: () => readonly Presence[],
  ) {}

  /** Shows what is new where no edit brought it along. */
  show(): void {
    const effects = this.news(this.view.state)
    if (effects.length > 0) this.view.dispatch({ effects })
  }

  update({ docChanged, transactions }: ViewUpdate): void {
    const { all } = this.view.state.field(carets)
    this.#sweepSoon()
    if (!docChanged || all.length === 0 || !transactions.some(remote)) return
    this.#written = performance.now()
    this.#settle ??= setTimeout(() => {
      this.#settle = undefined
      this.view.dispatch({ effects: this.news(this.view.state, { everyone: true }) })
    }, SETTLED)
  }

  /**
   * What changes of the carets in a state, or with an edit of others in it. Looking a position up in the shared text takes
   * time in proportion to the page: what was told anew is looked up at once, all of them now and then.
   */
  news(state: EditorState, { edit = null, everyone = false }: { edit?: Transaction | null; everyone?: boolean } = {}) {
    const doc = edit?.newDoc ?? state.doc
    const now = performance.now()
    const before = new Map(state.field(carets).all.map(caret => [caret.presence, caret]))
    const here: string[] = []
    const fresh: Caret[] = []
    const lines: StateEffect<unknown>[] = []
    for (const { presence, person, anchor, head } of this.people()) {
      if (anchor === null || head === null) continue
      const told = `${anchor} ${head}`
      const known = before.get(presence)
      const same = known?.told === told
      if (known) here.push(presence)
      if (same && known.person === person && !everyone) continue
      const found = [positionOf(this.text, anchor), positionOf(this.text, head)] as const
      // The letters that it stands beside are still on their way: it is looked up again with the next edit.
      if (found[0] === null || found[1] === null) continue
      let [from, to] = [found[0], found[1]]
      const old = known && edit ? carried(known, edit.changes, true) : known
      // Whoever types has been further than they told: letters travel faster than carets.
      const ahead = old && old.typed.until > now && from === to ? old.head - to : 0
      if (old && ahead > 0 && ahead <= old.typed.length) from = to = old.head
      if (!known) here.push(presence)
      const seen = same ? known : { named: true, idle: false, since: now }
      const { typed } = old ?? { typed: { length: 0, until: 0 } }
      fresh.push({ ...seen, typed, presence, person, told, anchor: from, head: to })
      if (known && !same && from === to && (edit || now - this.#written < THEIRS))
        lines.push(wrote.of({ line: doc.lineAt(Math.min(to, doc.length)).from, colour: person.colour }))
    }
    return fresh.length === 0 && here.length === before.size ? [] : [moved.of({ here, fresh }), ...lines]
  }

  #sweepSoon(): void {
    if (this.view.state.field(carets).all.some(({ idle }) => !idle))
      this.#sweep ??= setTimeout(() => this.#rest(), SWEPT)
  }

  // One timer for all of them: in a crowd somebody moves with every picture.
  #rest(): void {
    this.#sweep = undefined
    const before = performance.now()
    const { all } = this.view.state.field(carets)
    const those = (after: number, not: (caret: Caret) => boolean) =>
      new Set(all.filter(caret => not(caret) && before - caret.since >= after).map(({ presence }) => presence))
    const [quiet, idle] = [those(NAMED, ({ named }) => named), those(IDLE, ({ idle }) => !idle)]
    if (quiet.size + idle.size > 0) this.view.dispatch({ effects: [silenced.of(quiet), rested.of(idle)] })
    else this.#sweepSoon()
  }

  destroy(): void {
    clearTimeout(this.#settle)
    clearTimeout(this.#sweep)
  }
}

function positionOf(text: Y.Text, encoded: string): number | null {
  try {
    const position = Y.decodeRelativePosition(fromBase64(encoded))
    const found = Y.createAbsolutePositionFromRelativePosition(position, text.doc!)
    return found?.type === text ? found.index : null
  } catch {
    return null
  }
}

const followers = new WeakMap<EditorView, Follower>()

/** Shows the others as they are now, where no edit of the text has brought that along; the same again costs nothing. */
export function showPeople(view: EditorView): void {
  followers.get(view)?.show()
}

/** Shows in the text where `people` are. What they write and where they stand then comes in one transaction. */
export function othersHere(text: Y.Text, people: () => readonly Presence[]): Extension {
  let follower: Follower | null = null
  return [
    drawnCarets,
    writtenLines,
    ViewPlugin.define(view => {
      follower = new Follower(view, text, people)
      followers.set(view, follower)
      return follower
    }),
    EditorState.transactionExtender.of(transaction => {
      if (!follower || !transaction.docChanged || !remote(transaction)) return null
      return { effects: follower.news(transaction.startState, { edit: transaction }) }
    }),
  ]
}

// ---- my own point

/** Tells where I am, at every move and soon; null when I have been away for a while. */
export function myPoint(text: Y.Text, tell: (anchor: string | null, head: string | null) => void): Extension {
  return ViewPlugin.define(view => {
    let gathering: ReturnType<typeof setTimeout> | undefined
    let leaving: ReturnType<typeof setTimeout> | undefined
    const send = () => {
      gathering = undefined
      const { anchor, head, from, to, empty } = view.state.selection.main
      // What others write at the seam stays outside of a selection, and behind a caret.
      const encode = (pos: number) => {
        const side = empty || (pos === to && pos !== from) ? -1 : 0
        return toBase64(Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(text, pos, side)))
      }
      tell(encode(anchor), encode(head))
      const detail = view.state.doc.lineAt(head).number
      view.dom.dispatchEvent(new CustomEvent('cursor-line', { detail, bubbles: true, composed: true }))
    }
    return {
      update({ selectionSet, docChanged, focusChanged, view: { hasFocus } }) {
        if (focusChanged) {
          clearTimeout(leaving)
          if (!hasFocus) leaving = setTimeout(() => tell(null, null), LEFT)
        }
        if (hasFocus && (selectionSet || docChanged || focusChanged)) gathering ??= setTimeout(send, GATHER)
      },
      destroy() {
        clearTimeout(gathering)
        clearTimeout(leaving)
      },
    }
  })
}
