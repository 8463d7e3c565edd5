// Formulas and diagrams as they are read; what draws them comes with the first one.
// FormulaWidget · FormulaBlock · FormulaLines · Diagram · diagramIn · DIAGRAM_MAX

import { type EditorView, WidgetType } from '@codemirror/view'
import { formulaAt, formulaBlock } from '../../shared/math.ts'
import { parseDocument } from '../trusted.ts'
import { DrawnSource } from './preview-embeds.ts'

type Draw = typeof import('../../shared/formulas.ts').formula

let drawing: Draw | null = null
let loading: Promise<Draw | null> | null = null

function load(): Promise<Draw | null> {
  loading ??= import('../../shared/formulas.ts').then(
    module => (drawing = module.formula),
    () => {
      // Without a line: its TeX, until the next formula.
      loading = null
      return null
    },
  )
  return loading
}

/** Shows a formula in an element, its TeX where that cannot be understood. */
export function showFormula(place: Element, tex: string, display: boolean, view: EditorView): void {
  const html = drawing?.(tex, display)
  const drawn = html ? parseDocument(html).body.firstElementChild : null
  if (drawn) {
    place.replaceChildren(document.importNode(drawn, true))
    return
  }
  const code = document.createElement('code')
  code.className = 'math'
  code.textContent = tex
  place.replaceChildren(code)
  if (drawing) return
  void load().then(draw => {
    if (!draw) return
    showFormula(place, tex, display, view)
    view.requestMeasure()
  })
}

/** A formula within a line. */
export class FormulaWidget extends WidgetType {
  constructor(
    readonly tex: string,
    readonly display: boolean,
  ) {
    super()
  }

  override eq(other: FormulaWidget): boolean {
    return other.tex === this.tex && other.display === this.display
  }

  override toDOM(view: EditorView): HTMLElement {
    const place = document.createElement('span')
    place.className = 'md-formula'
    showFormula(place, this.tex, this.display, view)
    return place
  }

  override ignoreEvent(): boolean {
    return false
  }
}

/** A formula that stands by itself. */
export class FormulaBlock extends DrawnSource {
  override get estimatedHeight(): number {
    return 72
  }

  protected override draw(view: EditorView): HTMLElement {
    const place = document.createElement('div')
    place.className = 'formula'
    showFormula(place, formulaBlock(this.source.split('\n'))?.tex ?? this.source, true, view)
    return place
  }
}

/** A formula over several lines within a list, a quote or a paragraph, in the place of its first line. */
export class FormulaLines extends WidgetType {
  constructor(readonly source: string) {
    super()
  }

  override eq(other: FormulaLines): boolean {
    return other.source === this.source
  }

  override toDOM(view: EditorView): HTMLElement {
    const place = document.createElement('span')
    place.className = 'md-formula md-lines'
    const { source } = this
    const found = formulaAt(source, 0) ?? { tex: source, display: true }
    showFormula(place, found.tex, found.display, view)
    return place
  }

  override ignoreEvent(): boolean {
    return false
  }
}

// ---- diagrams

/** The longest source of a diagram, in UTF-16 units. */
export const DIAGRAM_MAX = 30_000

const DIAGRAM = /^(`{3,}|~{3,})[ \t]*mermaid[ \t]*\n(?:([\s\S]*)\n)?\1[ \t]*$/

/** What a block of code says if it is a diagram, else null. */
export function diagramIn(block: string): string | null {
  const found = block.length <= DIAGRAM_MAX ? DIAGRAM.exec(block) : null
  return found && (found[2] ?? '')
}

const stops = new WeakMap<Element, () => void>()

/** A diagram, in the frame that reading has for it. */
export class Diagram extends DrawnSource {
  override get estimatedHeight(): number {
    return 220
  }

  protected override draw(view: EditorView, box: HTMLElement): HTMLElement {
    const figure = document.createElement('figure')
    figure.className = 'diagram'
    const text = document.createElement('pre')
    const code = document.createElement('code')
    code.textContent = diagramIn(this.source) ?? this.source
    text.append(code)
    figure.append(text)
    const size = new ResizeObserver(() => view.requestMeasure())
    size.observe(figure)
    stops.set(box, () => size.disconnect())
    void import('../reading/diagrams.ts').then(
      ({ diagrams }) => {
        if (!stops.has(box)) return
        const stop = diagrams(box)
        stops.set(box, () => {
          size.disconnect()
          stop()
        })
      },
      () => {}, // Without a line its text stays.
    )
    return figure
  }

  override destroy(box: HTMLElement): void {
    stops.get(box)?.()
    stops.delete(box)
  }
}
