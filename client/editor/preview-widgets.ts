// What stands in the text in the place of marks: boxes to tick, labels, pictures.
// LabelWidget · TaskBox · toggleTasks · PictureWidget

import { syntaxTree } from '@codemirror/language'
import type { EditorState, StateCommand } from '@codemirror/state'
import { type EditorView, WidgetType } from '@codemirror/view'
import type { SyntaxNode } from '@lezer/common'
import { pictured } from '../../shared/files.ts'

/** A word or two of ours within the text. */
export class LabelWidget extends WidgetType {
  constructor(
    readonly words: string,
    readonly look: string,
  ) {
    super()
  }

  override eq(other: LabelWidget): boolean {
    return other.words === this.words && other.look === this.look
  }

  override toDOM(): HTMLElement {
    const label = document.createElement('span')
    label.className = this.look
    label.textContent = this.words
    return label
  }

  override ignoreEvent(): boolean {
    return false
  }
}

// ---- tasks

/** A task's box; a press ticks it in the text. */
export class TaskBox extends WidgetType {
  constructor(
    readonly done: boolean,
    readonly locked: boolean,
  ) {
    super()
  }

  override eq(other: TaskBox): boolean {
    return other.done === this.done && other.locked === this.locked
  }

  override toDOM(view: EditorView): HTMLElement {
    const frame = document.createElement('span')
    frame.className = 'md-tick-box'
    const box = document.createElement('input')
    box.type = 'checkbox'
    box.className = 'md-tick'
    box.checked = this.done
    box.disabled = this.locked
    box.setAttribute('aria-label', 'Done')
    // The text keeps the focus, and on a phone its keyboard; the box follows the text.
    box.addEventListener('mousedown', event => event.preventDefault())
    box.addEventListener('click', event => {
      event.preventDefault()
      const marker = markerOn(view.state, view.posAtDOM(frame))
      if (marker) view.dispatch(tick(view.state, [marker]))
    })
    frame.append(box)
    return frame
  }

  override updateDOM(dom: HTMLElement): boolean {
    const box = dom.firstElementChild as HTMLInputElement
    box.checked = this.done
    box.disabled = this.locked
    return true
  }

  override ignoreEvent(): boolean {
    return true
  }
}

/** The box of the task that begins on the line of a position. */
function markerOn(state: EditorState, pos: number): SyntaxNode | null {
  const line = state.doc.lineAt(pos)
  let found: SyntaxNode | null = null
  syntaxTree(state).iterate({
    from: line.from,
    to: line.to,
    enter({ node }) {
      if (node.name === 'TaskMarker' && node.from >= line.from) found ??= node
    },
  })
  return found
}

function tick(state: EditorState, markers: readonly SyntaxNode[], done?: boolean) {
  if (state.readOnly) return {}
  const changes = markers.map(({ from, to }) => {
    const now = /x/i.test(state.sliceDoc(from, to))
    return { from: from + 1, to: to - 1, insert: (done ?? !now) ? 'x' : ' ' }
  })
  return { changes, userEvent: 'input.task' }
}

/** Ticks the selected tasks, or unticks them when all are done. False where there are none. */
export const toggleTasks: StateCommand = ({ state, dispatch }) => {
  const markers: SyntaxNode[] = []
  for (const { from, to } of state.selection.ranges)
    for (let pos = from; pos <= to; pos = state.doc.lineAt(pos).to + 1) {
      const marker = markerOn(state, pos)
      if (marker) markers.push(marker)
    }
  if (markers.length === 0 || state.readOnly) return false
  const done = markers.some(({ from, to }) => !/x/i.test(state.sliceDoc(from, to)))
  dispatch(state.update(tick(state, markers, done)))
  return true
}

// ---- pictures

/** How large pictures turned out to be, by address: the next time their place is known before they come. */
const sizes = new Map<string, { width: number; height: number }>()

function isOurs(src: string): boolean {
  const url = URL.parse(src, location.href)
  return url !== null && (url.origin === location.origin || /^(data|blob):$/.test(url.protocol))
}

/** A picture; alone in its line it has a box of its own, in a sentence it is as high as the line. */
export class PictureWidget extends WidgetType {
  constructor(
    readonly src: string,
    readonly alt: string,
    readonly look: 'md-picture' | 'md-picture md-small',
  ) {
    super()
  }

  override eq(other: PictureWidget): boolean {
    return other.src === this.src && other.alt === this.alt && other.look === this.look
  }

  override toDOM(): HTMLElement {
    const box = document.createElement('span')
    box.className = this.look
    const image = document.createElement('img')
    const { alt, size } = pictured(this.alt, this.src)
    const known = size.width || size.height ? size : sizes.get(this.src)
    if (known) {
      if (known.width) image.width = known.width
      if (known.height) image.height = known.height
    } else box.classList.add('md-unknown')
    image.loading = 'lazy'
    image.decoding = 'async'
    image.draggable = false
    image.alt = alt
    image.addEventListener('load', () => {
      if (image.naturalWidth > 0) sizes.set(this.src, { width: image.naturalWidth, height: image.naturalHeight })
    })
    const broken = () => {
      // What the browser shows of a picture that does not come is not the same everywhere.
      box.classList.add('md-broken')
      box.dataset.alt = alt || this.src
    }
    image.addEventListener('error', broken)
    // The policy lets none come from elsewhere.
    if (isOurs(this.src)) image.src = this.src
    else broken()
    box.append(image)
    return box
  }

  override ignoreEvent(): boolean {
    return false
  }
}
