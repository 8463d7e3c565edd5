// Where the others are, read from what they tell; and where I am, told to them.
// othersHere · showPeople · myPoint

import type { Extension } from '@codemirror/state'
import { type EditorView, type PluginValue, ViewPlugin, type ViewUpdate } from '@codemirror/view'
import * as Y from 'yjs'
import type { Presence } from '../../shared/protocol.ts'
import { fromBase64, toBase64 } from '../../shared/update.ts'
import { remote } from './binding.ts'
import { type Caret, carets, drawnCarets, moved, rested, silenced } from './carets.ts'
import { writtenLines, wrote } from './written-lines.ts'

/** Milliseconds that a name stays after its caret has moved. */
const NAMED = 2_000
/** Milliseconds after which a caret that does not move fades. */
const IDLE = 10_000
/** Milliseconds around somebody's move in which what was written at it is taken for theirs. */
const THEIRS = 600
/** Milliseconds after somebody's edit until all carets are read anew from the shared text. */
const SETTLED = 400
/** Milliseconds that my moves are gathered. */
const GATHER = 40
/** Milliseconds after which a text without focus is taken for left. */
const LEFT = 30_000

// ---- following

/** Turns what was told into positions, and lets names come and go. */
class Follower implements PluginValue {
  #people: readonly Presence[] = []
  #timers = new Map<string, ReturnType<typeof setTimeout>>()
  #resting = new Map<string, ReturnType<typeof setTimeout>>()
  /** When the text last changed from elsewhere. */
  #written = 0
  #settle: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly view: EditorView,
    private readonly text: Y.Text,
  ) {}

  show(people: readonly Presence[]): void {
    if (people.length === this.#people.length && people.every((who, i) => who === this.#people[i])) return
    this.#people = people
    this.#resolve(false)
  }

  update(update: ViewUpdate): void {
    if (!update.docChanged || this.#people.length === 0) return
    if (!update.transactions.some(remote)) return
    this.#written = performance.now()
    this.#settle ??= setTimeout(() => {
      this.#settle = undefined
      this.#resolve(true)
    }, SETTLED)
  }

  // Looking a position up takes time in proportion to the page: what was told anew is at once, all now and then.
  #resolve(everyone: boolean): void {
    const before = new Map(this.view.state.field(carets).all.map(caret => [caret.presence, caret]))
    const after: Caret[] = []
    const writing: { line: number; colour: number }[] = []
    for (const { presence, person, anchor, head } of this.#people) {
      if (anchor === null || head === null) continue
      const told = `${anchor} ${head}`
      const old = before.get(presence)
      if (old?.told === told && !everyone) {
        after.push({ ...old, person })
        continue
      }
      const [from, to] = [positionOf(this.text, anchor), positionOf(this.text, head)]
      // The letters that it stands beside are still on their way.
      if (from === null || to === null) {
        if (old) after.push({ ...old, person })
        continue
      }
      const named = old?.told === told ? old.named : true
      if (old?.told !== told) {
        this.#name(presence)
        if (old && from === to && performance.now() - this.#written < THEIRS)
          writing.push({
            line: this.view.state.doc.lineAt(Math.min(to, this.view.state.doc.length)).from,
            colour: person.colour,
          })
      }
      const idle = old?.told === told ? old.idle : false
      after.push({ presence, person, told, anchor: from, head: to, named, idle })
    }
    if (after.length === 0 && before.size === 0) return
    this.view.dispatch({ effects: [moved.of(after), ...writing.map(one => wrote.of(one))] })
  }

  #name(presence: string): void {
    clearTimeout(this.#timers.get(presence))
    const silence = () => {
      this.#timers.delete(presence)
      this.view.dispatch({ effects: silenced.of(new Set([presence])) })
    }
    this.#timers.set(presence, setTimeout(silence, NAMED))
    clearTimeout(this.#resting.get(presence))
    const rest = () => {
      this.#resting.delete(presence)
      this.view.dispatch({ effects: rested.of(new Set([presence])) })
    }
    this.#resting.set(presence, setTimeout(rest, IDLE))
  }

  destroy(): void {
    clearTimeout(this.#settle)
    for (const timer of [...this.#timers.values(), ...this.#resting.values()]) clearTimeout(timer)
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

const follower = new WeakMap<EditorView, Follower>()

/** Tells the editor who is where; the same people again cost nothing. */
export function showPeople(view: EditorView, people: readonly Presence[]): void {
  follower.get(view)?.show(people)
}

/** Shows the others in the text; `showPeople` says where they are. */
export function othersHere(text: Y.Text): Extension {
  return [
    drawnCarets,
    writtenLines,
    ViewPlugin.define(view => {
      const plugin = new Follower(view, text)
      follower.set(view, plugin)
      return plugin
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
