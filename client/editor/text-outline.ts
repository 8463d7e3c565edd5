// The headings beside the text that is written: lead to their sections, and change their places.
// TextOutline (<text-outline>) · showOutline

import { EditorView, ViewPlugin } from '@codemirror/view'
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { show } from '../components/dialogs.ts'
import { whenIdle } from '../idle.ts'
import { type Heading, headingsOf, moveSection, places, sectionAt } from './outline.ts'
import { PICTURES, picture } from './pictures.ts'

/** Milliseconds of rest in which headings may be out of date. */
const REST = 150
/** Pixels that a press may tremble before it drags. */
const STILL = 5

/** Where headings stand is asked when it matters; what they say is what is seen. */
function differ(now: readonly Heading[], before: readonly Heading[] | undefined): boolean {
  return (
    now.length !== before?.length ||
    now.some(({ level, title }, i) => level !== before[i]!.level || title !== before[i]!.title)
  )
}

/** A list of headings: Enter or a press jumps; dragging, or Alt with an arrow, moves a section with all that is in it. */
export class TextOutline extends LitElement {
  static override properties = {
    headings: { state: true, hasChanged: differ },
    known: { state: true },
    here: { state: true },
    dragged: { state: true },
    gap: { state: true },
    said: { state: true },
  }

  declare protected headings: Heading[]
  /** Whether a text has been read: before, it would be wrong to say that there are none. */
  declare protected known: boolean
  /** The section that the cursor is in. */
  declare protected here: number
  /** The section that is being dragged, and the heading before which it would fall. */
  declare protected dragged: number
  declare protected gap: number | null
  declare protected said: string
  #view: EditorView | null = null
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    super()
    this.headings = []
    this.known = false
    this.here = -1
    this.dragged = -1
    this.gap = null
    this.said = ''
  }

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  /** Shows the headings of this editor from now on. */
  readonly follow = ViewPlugin.define(view => {
    this.#view = view
    if (view.state.doc.length > 0) this.#read()
    else this.#readSoon()
    return {
      update: ({ docChanged, selectionSet }) => {
        if (docChanged || selectionSet) this.#readSoon()
      },
      destroy: () => {
        clearTimeout(this.#timer)
        this.#view = null
        this.headings = []
        this.known = false
      },
    }
  })

  /** Puts the focus on the present section. */
  override focus(): void {
    this.#read()
    void this.updateComplete.then(() => this.#row(Math.max(0, this.here))?.focus())
  }

  #readSoon(): void {
    this.#timer ??= setTimeout(() => whenIdle(() => this.#read()), REST)
  }

  #read(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (!this.#view) return
    this.headings = headingsOf(this.#view.state)
    this.known = true
    this.here = sectionAt(this.headings, this.#view.state.selection.main.head)
  }

  #row(at: number): HTMLElement | undefined {
    return this.querySelectorAll<HTMLElement>('.go')[at]
  }

  #jump(at: number): void {
    const view = this.#view
    const heading = this.headings[at]
    if (!view || !heading) return
    this.closest('dialog')?.close()
    const { to } = view.state.doc.lineAt(heading.from)
    view.dispatch({
      selection: { anchor: to },
      effects: EditorView.scrollIntoView(heading.from, { y: 'start', yMargin: 24 }),
    })
    view.focus()
  }

  // ---- moving

  #move(at: number, place: number | undefined): void {
    const view = this.#view
    this.#read()
    const heading = this.headings[at]
    if (!view || !heading || place === undefined || view.state.readOnly) return
    view.dispatch(moveSection(view.state, heading, place))
    const before = this.headings.find(({ from }) => from === place)?.title
    this.said = before
      ? `“${heading.title}” now stands before “${before}”.`
      : `“${heading.title}” now stands at the end.`
    this.#read()
  }

  async #step(at: number, up: boolean): Promise<void> {
    const view = this.#view
    this.#read()
    const section = this.headings[at]
    if (!view || !section) return
    const all = places(view.state, this.headings, at)
    const place = up ? all.findLast(pos => pos < section.from) : all.find(pos => pos > section.to)
    if (place === undefined) return
    const length = this.headings.filter(({ from }) => from >= section.from && from < section.to).length
    const first = this.headings.findIndex(({ from }) => from >= place)
    const next = up ? first : (first < 0 ? this.headings.length : first) - length
    this.#move(at, place)
    await this.updateComplete
    this.#row(next)?.focus()
  }

  #key(event: KeyboardEvent, at: number): void {
    const up = event.key === 'ArrowUp'
    if (event.key === 'Escape' && !this.closest('dialog')) this.#view?.focus()
    else if (!up && event.key !== 'ArrowDown') return
    else if (event.altKey) void this.#step(at, up)
    else this.#row(at + (up ? -1 : 1))?.focus()
    event.preventDefault()
  }

  // ---- dragging

  #press(event: PointerEvent, at: number): void {
    const view = this.#view
    if (event.button !== 0 || !view || view.state.readOnly) return
    const row = event.currentTarget as HTMLElement
    const begin = event.clientY
    const end = new AbortController()
    const { signal } = end
    let moving = false
    const stop = () => {
      end.abort()
      this.dragged = -1
      this.gap = null
    }
    row.addEventListener(
      'pointermove',
      ({ clientY, pointerId }) => {
        if (!moving && Math.abs(clientY - begin) < STILL) return
        if (!moving) row.setPointerCapture(pointerId)
        moving = true
        this.dragged = at
        this.gap = this.#placeAt(clientY, at)
      },
      { signal },
    )
    row.addEventListener(
      'pointerup',
      () => {
        const place = this.gap
        stop()
        if (!moving) return
        // The press that ends a drag is none.
        row.addEventListener('click', click => click.stopImmediatePropagation(), { capture: true, once: true })
        setTimeout(() => this.#move(at, place ?? undefined))
      },
      { signal },
    )
    for (const name of ['pointercancel', 'lostpointercapture']) row.addEventListener(name, stop, { signal })
    addEventListener(
      'keydown',
      key => {
        if (key.key !== 'Escape') return
        key.preventDefault()
        stop()
      },
      { signal, capture: true },
    )
  }

  /** The place in the text that a height on the screen means for a section. */
  #placeAt(y: number, at: number): number | null {
    const { state } = this.#view!
    let best: { pos: number; away: number } | null = null
    for (const pos of [...places(state, this.headings, at), this.headings[at]!.from]) {
      const index = this.headings.findIndex(({ from }) => from === pos)
      const edge =
        index >= 0
          ? this.#row(index)!.getBoundingClientRect().top
          : this.#row(this.headings.length - 1)!.getBoundingClientRect().bottom
      const away = Math.abs(edge - y)
      if (!best || away < best.away) best = { pos, away }
    }
    return best && best.pos !== this.headings[at]!.from ? best.pos : null
  }

  // ---- what it looks like

  protected override render(): TemplateResult | typeof nothing {
    const { headings } = this
    if (!this.known) return nothing
    if (headings.length === 0) return html`<p class="note">Headings show up here; each leads to its section.</p>`
    const top = Math.min(...headings.map(({ level }) => level))
    const last = this.gap !== null && !headings.some(({ from }) => from === this.gap)
    return html`<nav aria-label="Outline"><h2 class="h">On this page</h2>
      <ol class="outline ${this.dragged >= 0 ? 'dragging' : ''}">${headings.map((heading, at) => this.#item(heading, at, top))}${
        last ? html`<li class="gap" aria-hidden="true"></li>` : nothing
      }</ol>
      <p class="unseen" id="outline-keys">Enter jumps there. Alt and an arrow move the section.</p>
      <p class="unseen" role="status">${this.said}</p></nav>`
  }

  #item({ level, title, from, to }: Heading, at: number, top: number): TemplateResult {
    const lifted = this.dragged >= 0 ? this.headings[this.dragged] : null
    const under = lifted && from >= lifted.from && to <= lifted.to
    return html`<li class="${this.gap === from ? 'before' : ''} ${under ? 'lifted' : ''}">
      <button type="button" class="go in-${Math.min(3, level - top)}" aria-describedby="outline-keys"
        aria-current=${at === this.here ? 'location' : nothing}
        @click=${() => this.#jump(at)}
        @keydown=${(event: KeyboardEvent) => this.#key(event, at)}
        @pointerdown=${(event: PointerEvent) => this.#press(event, at)}
      ><span>${title || 'Untitled'}</span>${picture(PICTURES.grip)}</button></li>`
  }
}

customElements.define('text-outline', TextOutline)

/** Leads to the outline: where it stands, or if there is no room for it, above everything. */
export function showOutline(outline: TextOutline): void {
  if (outline.checkVisibility()) {
    outline.focus()
    return
  }
  const home = document.createComment('outline')
  if (outline.isConnected) outline.replaceWith(home)
  void show<null>(
    () =>
      html`<h2 id="dialog-heading">Outline</h2>${outline}<form method="dialog"><div class="bar"><button class="btn">Close</button></div></form>`,
    'outline-dialog',
  ).then(() => home.replaceWith(outline))
  outline.focus()
}
