// The text as it will look, its marks hidden unless the cursor is at them.
// livePreview · afterProperties

import { syntaxTree } from '@codemirror/language'
import { type EditorState, type Extension, Prec, RangeSet, StateEffect } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, keymap, ViewPlugin, type ViewUpdate } from '@codemirror/view'
import type { Connection } from '../connection.ts'
import { learnNames } from './emoji.ts'
import { endOfFrontMatter } from './highlighting.ts'
import { drawnBlocks, intoBlocks } from './preview-blocks.ts'
import { colouredCode } from './preview-code.ts'
import { draw } from './preview-lines.ts'
import { learned, linkLookup, links } from './preview-links.ts'
import { previewing, sameTouch, touching } from './preview-touch.ts'
import { alignOnLeave } from './table-alignment.ts'

/** An input method has finished its word. */
const settled = StateEffect.define<null>()
const AUTO = Decoration.line({ attributes: { dir: 'auto' } })

class Preview {
  decorations: DecorationSet = Decoration.none
  atoms: DecorationSet = Decoration.none
  #stale = false
  #learning = false

  constructor(view: EditorView) {
    this.#draw(view)
  }

  update({ view, startState, state, docChanged, viewportChanged, changes, transactions }: ViewUpdate): void {
    const news = transactions.some(({ effects }) => effects.some(one => one.is(learned) || one.is(settled)))
    const parsed = syntaxTree(startState) !== syntaxTree(state)
    const locked = startState.readOnly !== state.readOnly
    const changed = docChanged || viewportChanged || parsed || locked || news || !sameTouch(startState, state)
    if (!changed && !this.#stale) return
    // Whatever is drawn anew under an input method breaks its word off.
    if (view.compositionStarted) {
      this.#stale = true
      if (docChanged) {
        this.decorations = this.decorations.map(changes)
        this.atoms = this.atoms.map(changes)
      }
      return
    }
    this.#draw(view)
  }

  #draw(view: EditorView): void {
    const { state, visibleRanges } = view
    this.#stale = false
    const [all, atoms]: [DecorationSet[], DecorationSet[]] = [[], []]
    const lookup = linkLookup(view)
    let last = -1
    for (const { from, to } of visibleRanges) {
      const start = Math.max(last + 1, state.doc.lineAt(from).from)
      const end = state.doc.lineAt(to).to
      // Two visible stretches can be parts of one line.
      if (start > end) continue
      last = end
      if (state.field(previewing)) {
        const drawing = draw(state, start, end, title => lookup?.path(title))
        if (drawing.wantsNames) this.#learn(view)
        all.push(Decoration.set(drawing.all, true))
        atoms.push(Decoration.set(drawing.atoms, true))
      } else all.push(directions(state, start, end))
    }
    this.decorations = RangeSet.join(all)
    this.atoms = RangeSet.join(atoms)
  }

  #learn(view: EditorView): void {
    if (this.#learning) return
    this.#learning = true
    void learnNames().then(learnt => {
      this.#learning = false
      if (learnt && view.dom.isConnected) view.dispatch({ effects: learned.of(null) })
    })
  }
}

function directions(state: EditorState, from: number, to: number): DecorationSet {
  const lines = []
  for (let pos = from; pos <= to; pos = state.doc.lineAt(pos).to + 1) lines.push(AUTO.range(pos))
  return Decoration.set(lines)
}

const inline = ViewPlugin.fromClass(Preview, {
  decorations: plugin => plugin.decorations,
  provide: plugin => EditorView.atomicRanges.of(view => view.plugin(plugin)?.atoms ?? Decoration.none),
  eventHandlers: {
    compositionend(_event, view) {
      // After the editor has taken the word over.
      setTimeout(() => view.dom.isConnected && view.dispatch({ effects: settled.of(null) }), 60)
    },
  },
})

/** The live preview; `connection` tells which links lead somewhere. */
export function livePreview(connection: Pick<Connection, 'request' | 'on' | 'onState'>): Extension {
  return [
    touching,
    links(connection),
    drawnBlocks,
    alignOnLeave,
    inline,
    colouredCode,
    EditorView.perLineTextDirection.of(true),
    Prec.high(
      keymap.of([
        { key: 'ArrowDown', run: intoBlocks.down },
        { key: 'ArrowUp', run: intoBlocks.up },
      ]),
    ),
  ]
}

/** Where the text begins, behind its properties. */
export function afterProperties(state: EditorState): number {
  return Math.min(state.doc.length, endOfFrontMatter(state) + (endOfFrontMatter(state) > 0 ? 1 : 0))
}
