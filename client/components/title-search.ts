// The box in the sidebar: type a part of a title, jump to the page, or make it.
// <title-search> around a search form

import { html, nothing, render, type TemplateResult } from 'lit'
import { icon } from '../../shared/pieces.ts'
import type { Page } from '../../shared/protocol.ts'
import { leafOf, parentOf, titleKey } from '../../shared/titles.ts'
import { ask } from '../ask.ts'
import { pen } from '../pen.ts'
import { router } from '../router.ts'
import { store } from '../store.ts'
import { Awake } from './standing.ts'

const SHOWN_MAX = 8
const PAUSE = 80

interface Option {
  address: string
  words: unknown
  note: string
  icon: 'fileText' | 'filePlus'
}

/** A combobox over titles; without it the form still leads to the list of all pages. */
export class TitleSearch extends Awake {
  #pop = document.createElement('div')
  #pages: Page[] = []
  #asked = ''
  #at = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  get #input(): HTMLInputElement {
    return this.querySelector('input')!
  }

  override connectedCallback(): void {
    super.connectedCallback()
    const input = this.#input
    input.role = 'combobox'
    input.ariaExpanded = 'false'
    input.ariaAutoComplete = 'list'
    input.setAttribute('aria-controls', 'jump-options')
    Object.assign(this.#pop, {
      id: 'jump-options',
      className: 'pop',
      role: 'listbox',
      ariaLabel: 'Pages',
      hidden: true,
    })
    this.append(this.#pop)
    const keys = this.querySelector('.keys')
    if (keys && /Mac|iP/.test(navigator.platform)) keys.textContent = '⌘ K'
    input.addEventListener('input', () => this.#typed())
    input.addEventListener('focus', () => this.#typed())
    input.addEventListener('keydown', event => this.#key(event))
    this.addEventListener('focusout', event => !this.contains(event.relatedTarget as Node) && this.#close())
    this.addEventListener('submit', event => event.preventDefault())
    // Before the box loses its focus to what is clicked.
    this.#pop.addEventListener('pointerdown', event => event.preventDefault())
    this.#pop.addEventListener('click', event => {
      const option = (event.target as Element).closest<HTMLElement>('[data-at]')
      if (option) this.#take(Number(option.dataset.at))
    })
  }

  /** Puts the cursor into the box. */
  override focus(): void {
    this.#input.focus()
    this.#input.select()
  }

  #typed(): void {
    this.#at = 0
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#ask(), this.#asked === '' ? 0 : PAUSE)
    this.#draw()
  }

  async #ask(): Promise<void> {
    const match = this.#input.value.trim()
    try {
      const { pages } = await ask('page:list', { limit: SHOWN_MAX, ...(match && { match }) })
      if (match !== this.#input.value.trim()) return
      this.#pages = pages
      store.hold(pages)
    } catch {
      // Without a line, what this tab has seen is better than nothing.
      this.#pages = [...store.pages.values()]
    }
    this.#asked = match || ' '
    this.#draw()
  }

  #options(): Option[] {
    const wanted = this.#input.value.trim()
    const key = titleKey(wanted)
    const fitting = this.#pages.filter(({ title }) => titleKey(title).includes(key)).slice(0, SHOWN_MAX)
    const options: Option[] = fitting.map(({ title, path }) => ({
      address: path,
      words: marked(leafOf(title), wanted),
      note: parentOf(title),
      icon: 'fileText',
    }))
    if (wanted !== '' && store.boot.mayWrite && !fitting.some(({ title }) => titleKey(title) === key))
      options.push({
        address: `/create?title=${encodeURIComponent(wanted)}`,
        words: `Create “${wanted}”`,
        note: 'new page',
        icon: 'filePlus',
      })
    return options
  }

  #draw(): void {
    const open = document.activeElement === this.#input
    const options = this.#options()
    this.#at = Math.min(this.#at, Math.max(0, options.length - 1))
    this.#pop.hidden = !open || (options.length === 0 && this.#input.value.trim() === '')
    this.#input.ariaExpanded = String(!this.#pop.hidden)
    const active = options.length > 0 && !this.#pop.hidden ? `jump-${this.#at}` : null
    if (active) this.#input.setAttribute('aria-activedescendant', active)
    else this.#input.removeAttribute('aria-activedescendant')
    const row = (option: Option, at: number) => html`<div class="option" role="option" id="jump-${at}" data-at=${at}
      aria-selected=${at === this.#at ? 'true' : 'false'}>${icon(pen, option.icon)}<span class="words">${option.words}</span>${
        option.note ? html`<small>${option.note}</small>` : nothing
      }</div>`
    const none: TemplateResult = html`<p class="hint" role="presentation">No page has this in its title.</p>`
    render(options.length > 0 ? options.map(row) : none, this.#pop)
    this.#pop.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing) return
    const count = this.#options().length
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step && count > 0) {
      event.preventDefault()
      this.#at = (this.#at + step + count) % count
      this.#draw()
    } else if (event.key === 'Enter') {
      event.preventDefault()
      void this.#enter(event.ctrlKey || event.metaKey)
    } else if (event.key === 'Escape') {
      this.#input.value = ''
      this.#input.blur()
    }
  }

  /** Enter means the answer to what is typed, not to what was. */
  async #enter(create: boolean): Promise<void> {
    clearTimeout(this.#timer)
    if (this.#asked.trim() !== this.#input.value.trim()) await this.#ask()
    const options = this.#options()
    this.#take(create && options.at(-1)?.icon === 'filePlus' ? options.length - 1 : this.#at)
  }

  #take(at: number): void {
    const option = this.#options()[at]
    if (!option) return
    this.#input.value = ''
    this.#input.blur()
    void router.go(option.address)
  }

  #close(): void {
    clearTimeout(this.#timer)
    this.#pop.hidden = true
    this.#input.ariaExpanded = 'false'
  }
}

/** The part that was asked for, marked. */
function marked(words: string, wanted: string): unknown {
  const at = wanted === '' ? -1 : words.toLowerCase().indexOf(wanted.toLowerCase())
  if (at < 0) return words
  const end = at + wanted.length
  return html`${words.slice(0, at)}<mark>${words.slice(at, end)}</mark>${words.slice(end)}`
}

customElements.define('title-search', TitleSearch)
