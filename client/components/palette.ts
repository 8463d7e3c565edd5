// One box for everything: jump to a title, find words in pages, do what this screen offers. Loaded when it is first asked for.
// openPalette · Palette (<command-palette>)

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { icon } from '../../shared/pieces.ts'
import { titleKey } from '../../shared/titles.ts'
import { isMac, keyHint } from '../actions.ts'
import { ask } from '../ask.ts'
import { pen } from '../pen.ts'
import { router } from '../router.ts'
import { store, Watch } from '../store.ts'
import { blocksWith } from './page-finder.ts'
import { type Answer, createAddress, type Option, optionsFor, optionsHere, searchAddress } from './palette-options.ts'
import '../styles/palette.css'

/** Milliseconds between the last key and the question; the first one is asked at once. */
const PAUSE = 60

/**
 * Opens the palette with these words in it; closed again, the focus goes back to `before`. `entered` is an Enter that
 * was pressed behind them: it takes the first answer once that is there.
 */
export function openPalette(words: string, before: Element | null, entered: KeyboardEvent | null = null): void {
  const open = document.querySelector<Palette>('command-palette')
  const palette = open ?? (document.createElement('command-palette') as Palette)
  if (!open) document.body.append(palette)
  palette.begin(words, open ? null : before, entered)
}

/** A dialog with a combobox over pages, passages and actions. */
export class Palette extends LitElement {
  #query = ''
  #answer: Answer = { titles: [], passages: [] }
  #answered: string | null = null
  #at = 0
  /** Only this page is looked through. */
  #here = false
  #waiting = false
  #failed = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #before: Element | null = null

  constructor() {
    super()
    new Watch(this, 'presence', 'people')
  }

  #options(): Option[] {
    const query = this.#query.trim()
    return this.#here ? optionsHere(query) : optionsFor(query, this.#answer)
  }

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  get #dialog(): HTMLDialogElement {
    return this.querySelector('dialog')!
  }

  get #input(): HTMLInputElement {
    return this.querySelector('input')!
  }

  /** Shows it, with the cursor behind these words; see `openPalette`. */
  begin(words: string, before: Element | null, entered: KeyboardEvent | null): void {
    this.#before ??= before
    this.#query = words
    this.#here = false
    this.#ask()
    void this.updateComplete.then(() => {
      if (!this.#dialog.open) this.#dialog.showModal()
      this.#input.value = words
      this.#input.focus()
      this.#input.setSelectionRange(words.length, words.length)
      if (entered) void this.#enter(entered)
    })
  }

  #typed(query: string): void {
    this.#query = query
    this.#at = 0
    if (this.#here) this.requestUpdate()
    else this.#ask()
  }

  #ask(): void {
    clearTimeout(this.#timer)
    this.requestUpdate()
    this.#timer = setTimeout(() => void this.#load(), this.#answered === null ? 0 : PAUSE)
  }

  async #load(): Promise<void> {
    const query = this.#query.trim()
    if (query.startsWith('>')) return
    this.#waiting = true
    try {
      const answer = await ask('search:jump', { query: query.slice(0, 200) })
      if (query !== this.#query.trim()) return
      this.#answer = answer
      this.#answered = query
      this.#failed = false
    } catch {
      // Without a line, what this tab has seen is better than nothing.
      const key = titleKey(query)
      const known = [...store.pages.values()].filter(({ title }) => titleKey(title).includes(key))
      const titles = known.slice(0, 8).map(({ id, title, path }) => ({ page: id, title, path, marks: [] }))
      this.#answer = { titles, passages: [] }
      this.#answered = query
      this.#failed = true
    } finally {
      this.#waiting = false
      this.requestUpdate()
    }
  }

  // ---- keys

  #key(event: KeyboardEvent): void {
    if (event.isComposing) return
    const options = this.#options()
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 }[event.key]
    if (step && options.length > 0) {
      event.preventDefault()
      const next = this.#at + step
      const wraps = Math.abs(step) === 1
      this.#at = wraps ? (next + options.length) % options.length : Math.min(options.length - 1, Math.max(0, next))
      this.requestUpdate()
    } else if (event.key === 'Enter') {
      event.preventDefault()
      void this.#enter(event)
    } else if (event.key === 'Escape') {
      // The dialog's own closing comes later: what is typed meanwhile would go nowhere.
      event.preventDefault()
      this.#take(() => {})
    } else if (event.key === 'Tab' && !event.shiftKey && blocksWith('').length > 0) {
      event.preventDefault()
      this.#here = !this.#here
      this.#at = 0
      if (!this.#here) this.#ask()
      this.requestUpdate()
    } else if (event.key === 'Backspace' && this.#here && this.#input.value === '') {
      this.#here = false
      this.#ask()
    }
  }

  /** Enter means the answer to what is typed, not to what was. */
  async #enter(event: KeyboardEvent): Promise<void> {
    const query = this.#query.trim()
    clearTimeout(this.#timer)
    if (event.shiftKey && query !== '') return this.#take(() => router.go(searchAddress(query)))
    if ((event.ctrlKey || event.metaKey) && query !== '' && store.boot.mayWrite)
      return this.#take(() => router.go(createAddress(query)))
    if (!this.#here && !query.startsWith('>') && this.#answered !== query) await this.#load()
    // It may have been closed meanwhile.
    const option = this.isConnected ? this.#options()[this.#at] : undefined
    if (option) this.#take(option.take)
  }

  #take(take: () => unknown): void {
    this.#dialog.close()
    this.#closed()
    void take()
  }

  #closed(): void {
    // The event comes late: by then another palette may be open.
    if (!this.isConnected) return
    clearTimeout(this.#timer)
    this.remove()
    // What was chosen may have taken the focus already; the box in the sidebar had it only on the way here.
    const now = document.activeElement
    if (now !== document.body && !now?.matches('.search input')) return
    if (this.#before?.isConnected && this.#before !== document.body) (this.#before as HTMLElement).focus()
    else (now as HTMLElement).blur()
  }

  // ---- drawing

  protected override updated(): void {
    this.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }

  protected override render(): TemplateResult {
    const options = this.#options()
    this.#at = Math.min(this.#at, Math.max(0, options.length - 1))
    const groups = [...new Set(options.map(({ group }) => group))]
    const query = this.#query.trim()
    const settled = this.#here || query.startsWith('>') || (this.#answered === query && !this.#waiting)
    const none = settled && options.length === 0
    return html`<dialog class="palette" aria-label="Search, jump and do" @close=${this.#closed} @click=${this.#outside}>
      <div class="palette-box">
        <div class="palette-asked">${icon(pen, this.#here ? 'textSearch' : 'search')}<input type="text" role="combobox" aria-expanded="true"
          aria-autocomplete="list" aria-controls="palette-options" aria-label=${this.#here ? 'Find in this page' : 'Search, jump or do'}
          aria-activedescendant=${options.length > 0 ? `palette-${this.#at}` : nothing}
          placeholder=${this.#here ? 'Find in this page' : 'Search, jump, or > to do something'} autocomplete="off" spellcheck="false" maxlength="200"
          @input=${(event: Event) => this.#typed((event.target as HTMLInputElement).value)} @keydown=${this.#key}>
          <button type="button" class="btn ghost palette-close" aria-label="Close" @click=${() => this.#take(() => {})}>${icon(pen, 'close')}</button></div>
        <div class="palette-options" role="listbox" id="palette-options" aria-label="What fits" ?hidden=${options.length === 0}>
          ${groups.map(
            group => html`<div role="group" aria-label=${group}><div class="palette-group" aria-hidden="true">${group}</div>
              ${options.map((option, at) => (option.group === group ? this.#row(option, at) : nothing))}</div>`,
          )}</div>
        ${none ? html`<p class="palette-none">${this.#here ? 'Not in this page.' : 'Nothing fits.'}</p>` : nothing}
        ${this.#failed ? html`<p class="palette-none">Offline: only titles that this tab has seen.</p>` : nothing}
        <p class="unseen" role="status">${settled ? `${options.length} ${options.length === 1 ? 'answer' : 'answers'}` : ''}</p>
        <footer class="palette-keys" aria-hidden="true"><span>↑↓ choose</span><span>↵ open</span>${
          this.#here
            ? html`<span>Tab everywhere</span>`
            : html`<span>${keyHint('Shift-Enter')} all answers</span>${blocksWith('').length > 0 ? html`<span>Tab in this page only</span>` : nothing}`
        }<span class="last">Esc close</span></footer>
      </div></dialog>`
  }

  #row(option: Option, at: number): TemplateResult {
    const { people = [] } = store.presence.get(option.page ?? 0) ?? {}
    const here = people.filter(({ person }) => person.id !== store.me?.id).slice(0, 3)
    return html`<div class="palette-option" role="option" id="palette-${at}" aria-selected=${at === this.#at ? 'true' : 'false'}
      @pointermove=${() => this.#point(at)} @click=${() => this.#take(option.take)}>${pen.raw(option.icon)}<span class="palette-words"><span
        class="palette-line">${option.words}</span>${option.below ? html`<span class="palette-below">${option.below}</span>` : nothing}</span>${here.length > 0 ? html`<span class="stack">${here.map(({ person }) => pen.avatar(person, { named: true }))}</span>` : nothing}${option.key ? html`<kbd>${keyHint(option.key, isMac)}</kbd>` : option.note ? html`<small>${option.note}</small>` : nothing}</div>`
  }

  #point(at: number): void {
    if (at === this.#at) return
    this.#at = at
    this.requestUpdate()
  }

  // A press beside the box is one on the dialog itself.
  #outside(event: MouseEvent): void {
    if (event.target === this.#dialog) this.#take(() => {})
  }
}

customElements.define('command-palette', Palette)
