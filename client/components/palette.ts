// One box for everything: jump to a title, find words in pages, do what this screen offers. Loaded when it is first asked for.
// openPalette · Palette (<command-palette>)

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { ICONS } from '../../shared/icons.ts'
import { icon, marked } from '../../shared/pieces.ts'
import type { Mark, Output } from '../../shared/protocol.ts'
import { leafOf, parentOf, titleKey } from '../../shared/titles.ts'
import { type Action, actions, isMac, keyHint } from '../actions.ts'
import { ask } from '../ask.ts'
import { pen } from '../pen.ts'
import { router } from '../router.ts'
import { store, Watch } from '../store.ts'
import { blocksWith, goToBlock } from './page-finder.ts'
import '../styles/palette.css'

type Answer = Output<'search:jump'>

/** Milliseconds between the last key and the question; the first one is asked at once. */
const PAUSE = 60
const ACTIONS_MAX = 6

interface Option {
  group: string
  /** SVG. */
  icon: string
  words: unknown
  /** A second line under the words. */
  below?: unknown
  note?: string
  /** Of pages: who is in it is shown. */
  page?: number
  key?: string
  take(): unknown
}

/** Opens the palette with these words in it; closed again, the focus goes back to `before`. */
export function openPalette(words: string, before: Element | null): void {
  const open = document.querySelector<Palette>('command-palette')
  const palette = open ?? (document.createElement('command-palette') as Palette)
  if (!open) document.body.append(palette)
  palette.begin(words, open ? null : before)
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

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  get #dialog(): HTMLDialogElement {
    return this.querySelector('dialog')!
  }

  get #input(): HTMLInputElement {
    return this.querySelector('input')!
  }

  /** Shows it, with the cursor behind these words. */
  begin(words: string, before: Element | null): void {
    this.#before ??= before
    this.#query = words
    this.#here = false
    this.#ask()
    void this.updateComplete.then(() => {
      if (!this.#dialog.open) this.#dialog.showModal()
      this.#input.value = words
      this.#input.focus()
      this.#input.setSelectionRange(words.length, words.length)
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

  // ---- what is offered

  #options(): Option[] {
    const query = this.#query.trim()
    if (this.#here) return this.#inThisPage(query)
    if (query.startsWith('>')) return this.#doing(query.slice(1).trim(), 40)
    const { titles, passages } = this.#answer
    const options: Option[] = titles.map(({ page, title, path, marks }) => ({
      group: query === '' ? 'Recent' : 'Pages',
      icon: ICONS.fileText,
      words: inLeaf(title, marks),
      note: parentOf(title).replaceAll('/', ' / '),
      page,
      take: () => router.go(path),
    }))
    for (const { page, title, path, heading, text, marks } of passages)
      options.push({
        group: 'In the text',
        icon: ICONS.textSearch,
        words: leafOf(title),
        below: marked(pen, text, marks),
        note: heading,
        page,
        take: () => router.go(path),
      })
    if (query !== '' && passages.length > 0)
      options.push({
        group: 'In the text',
        icon: ICONS.search,
        words: `Everything with “${query}”`,
        key: 'Shift-Enter',
        take: () => router.go(searchAddress(query)),
      })
    options.push(...this.#doing(query, ACTIONS_MAX))
    const known = titles.some(({ title }) => titleKey(title) === titleKey(query))
    if (query !== '' && store.boot.mayWrite && !known)
      options.push({
        group: 'Do',
        icon: ICONS.filePlus,
        words: `Create “${query}”`,
        key: 'Mod-Enter',
        take: () => router.go(createAddress(query)),
      })
    return options
  }

  #doing(query: string, most: number): Option[] {
    const words = query.toLowerCase().split(/\s+/)
    const fits = ({ name, group, also = '' }: Action) =>
      words.every(word => `${name} ${group} ${also}`.toLowerCase().includes(word))
    return actions
      .list()
      .filter(action => action.id !== 'jump' && fits(action))
      .slice(0, most)
      .map(({ name, icon: picture, key, group, run }) => ({
        group: 'Do',
        icon: picture,
        words: name,
        ...(key ? { key } : { note: group }),
        take: run,
      }))
  }

  #inThisPage(query: string): Option[] {
    return blocksWith(query).map(({ block, heading, text, marks }) => ({
      group: 'In this page',
      icon: ICONS.textSearch,
      words: marked(pen, text, marks),
      note: heading,
      take: () => goToBlock(block),
    }))
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
    const option = this.#options()[this.#at]
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

function searchAddress(query: string): string {
  return `/search?q=${encodeURIComponent(query)}`
}

function createAddress(title: string): string {
  return `/create?title=${encodeURIComponent(title)}`
}

/** A title's last segment, with those marks that are in it. */
function inLeaf(title: string, marks: Mark[]): unknown {
  const start = title.length - leafOf(title).length
  const within = marks.filter(([from]) => from >= start).map(([from, to]): Mark => [from - start, to - start])
  return marked(pen, leafOf(title), within)
}

customElements.define('command-palette', Palette)
