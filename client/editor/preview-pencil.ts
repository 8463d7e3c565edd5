// What the live preview draws with: which stretches are hidden, what stands in their place, how lines look.
// PathOf · Pencil

import type { EditorState, Line, Range } from '@codemirror/state'
import { Decoration, type WidgetType } from '@codemirror/view'
import { touches } from './preview-touch.ts'

/** What is known of a title: its address, null when nobody has written it, undefined while that is not known. */
export type PathOf = (title: string) => string | null | undefined

interface Stretch {
  from: number
  to: number
}

const HIDDEN = Decoration.replace({})

/** Draws a stretch of text, from the beginning of a line to the end of one. */
export class Pencil {
  readonly all: Range<Decoration>[] = []
  /** What the cursor passes over in one step. */
  readonly atoms: Range<Decoration>[] = []
  /** It has met a name of an emoji, of which none is known yet. */
  wantsNames = false

  constructor(
    readonly state: EditorState,
    readonly from: number,
    readonly to: number,
    readonly pathOf: PathOf,
  ) {}

  readonly slice = (from: number, to: number): string => this.state.sliceDoc(from, to)

  line(pos: number): Line {
    return this.state.doc.lineAt(pos)
  }

  /** Whether the selection meets a stretch. */
  touched(from: number, to: number): boolean {
    return touches(this.state, from, to)
  }

  /** Whether the selection meets the line of a position. */
  here(pos: number): boolean {
    const { from, to } = this.line(pos)
    return this.touched(from, to)
  }

  /** Hides a part of one line, or shows something in its place. */
  hide(from: number, to: number, widget?: WidgetType): void {
    // What a view plugin replaces must not hold a line break.
    if (from >= to || to > this.line(from).to) return
    const range = (widget ? Decoration.replace({ widget }) : HIDDEN).range(from, to)
    this.all.push(range)
    this.atoms.push(range)
  }

  /** Gives the line of a position a class. */
  give(pos: number, name: string): void {
    this.all.push(Decoration.line({ class: name }).range(this.line(pos).from))
  }

  /** Calls back with the beginning of each drawn line of a stretch. */
  lines({ from, to }: Stretch, each: (start: number) => void): void {
    for (let pos = Math.max(from, this.from); pos <= Math.min(to, this.to); ) {
      const line = this.line(pos)
      each(line.from)
      pos = line.to + 1
    }
  }
}
