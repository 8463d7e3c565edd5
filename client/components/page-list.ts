// Pages as rows, newest change first. Keeps itself up with what happens, filters as one types, fetches more.
// <page-list grouped match="…">

import { html, type TemplateResult } from 'lit'
import type { Listing } from '../../shared/boot.ts'
import { icon } from '../../shared/pieces.ts'
import { nobody, pageRows } from '../../shared/pieces-rows.ts'
import type { Page } from '../../shared/protocol.ts'
import { titleKey } from '../../shared/titles.ts'
import { ask, sentenceOf } from '../ask.ts'
import { pen } from '../pen.ts'
import { Hear, store, Watch } from '../store.ts'
import { Standing } from './standing.ts'

const PAGE_SIZE = 40
/** Milliseconds without a key before the server is asked about titles that are not loaded. */
const PAUSE = 180

/** What the list has of one question to the server. */
interface Rows {
  /** The title key it was asked for, '' for all. */
  match: string
  ids: number[]
  next: string | null
}

/** The document's list of pages. `filter` is what is typed; `show` is '', 'mine' or 'under:' and a title. */
export class PageList extends Standing {
  static override properties = { grouped: { type: Boolean }, match: {}, filter: {}, show: {} }
  declare grouped: boolean
  declare match: string | null
  declare filter: string
  declare show: string
  #rows: Rows = { match: '', ids: [], next: null }
  #adopted: Listing | null = null
  /** The answer without a filter, once there was one. */
  #all: Rows | null = null
  #fresh = new Set<number>()
  #asking: ReturnType<typeof setTimeout> | undefined
  #ticking: ReturnType<typeof setInterval> | undefined
  #error = ''

  constructor() {
    super()
    this.filter = ''
    this.show = ''
    new Watch(this, 'pages', 'people', 'boot', 'presence')
    this.addEventListener('click', event => {
      if (!(event.target as Element).closest('[rel=next], [data-do=more]')) return
      event.preventDefault()
      void this.#ask(this.#rows.match, this.#rows.next)
    })
    new Hear(this, 'page:created', ({ page }) => this.#came(page, true))
    new Hear(this, 'page:updated', ({ page }) => this.#came(page, false))
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.filter = this.match ?? ''
    this.#adopt()
    // Rows leave “Happening now” by themselves.
    if (this.grouped) this.#ticking = setInterval(() => this.requestUpdate(), 15_000)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearInterval(this.#ticking)
    clearTimeout(this.#asking)
  }

  /** Begins anew from what the document, or a newer one of the same address, has. */
  #adopt(): void {
    const { list } = store.boot
    if (!list || list === this.#adopted) return
    const first = this.#adopted === null
    this.#adopted = list
    const match = titleKey(this.match ?? '')
    const rows: Rows = { match, ids: list.pages.map(({ id }) => id), next: list.next }
    if (match === '') this.#all = rows
    if (first || this.#rows.match === match) this.#rows = rows
  }

  #came(page: Page, fresh: boolean): void {
    if (fresh) {
      this.#fresh.add(page.id)
      setTimeout(() => {
        this.#fresh.delete(page.id)
        this.requestUpdate()
      }, 60_000)
    }
    for (const rows of new Set([this.#rows, this.#all ?? this.#rows])) {
      const fits = rows.match === '' || titleKey(page.title).includes(rows.match)
      if (fits && !rows.ids.includes(page.id)) rows.ids.unshift(page.id)
    }
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    this.#adopt()
    if (!changed.has('filter')) return
    clearTimeout(this.#asking)
    this.#error = ''
    const key = titleKey(this.filter.trim())
    if (key === this.#rows.match) return
    if (key === '' && this.#all) this.#rows = this.#all
    else this.#asking = setTimeout(() => void this.#ask(key, null), PAUSE)
  }

  async #ask(match: string, after: string | null): Promise<void> {
    try {
      const answer = await ask('page:list', { limit: PAGE_SIZE, ...(match && { match }), ...(after && { after }) })
      if (match !== titleKey(this.filter.trim())) return
      store.hold(answer.pages)
      const before = after === null ? [] : this.#rows.ids
      const ids = [...new Set([...before, ...answer.pages.map(({ id }) => id)])]
      this.#rows = { match, ids, next: answer.next }
      if (match === '') this.#all = this.#rows
    } catch (error) {
      this.#error = sentenceOf(error)
    }
    this.requestUpdate()
  }

  /** What is known and asked for: the server's answer, or, until it comes, what is loaded and fits. */
  #shown(): Page[] {
    const key = titleKey(this.filter.trim())
    const answered = this.#rows.match === key
    const ids = answered ? this.#rows.ids : [...new Set([...this.#rows.ids, ...(this.#all?.ids ?? [])])]
    const pages = ids.flatMap(id => store.pages.get(id) ?? [])
    const under = this.show.startsWith('under:') ? titleKey(this.show.slice('under:'.length)) : null
    const fitting = pages.filter(page => {
      if (key !== '' && !titleKey(page.title).includes(key)) return false
      if (this.show === 'mine') return page.author.id === store.me?.id || page.editor.id === store.me?.id
      return under === null || titleKey(page.title) === under || titleKey(page.title).startsWith(`${under}/`)
    })
    if (answered && key !== '') return fitting
    return fitting.sort((a, b) => Date.parse(b.updatedAt) - Date.parse(a.updatedAt) || b.id - a.id)
  }

  protected override render(): TemplateResult {
    const pages = this.#shown()
    const { next } = this.#rows
    return html`${pages.length > 0 ? pageRows(pen, pages, { grouped: this.grouped, since: store.boot.since, me: store.me?.id ?? null, presence: store.presence, fresh: this.#fresh }) : this.#none()}
      ${this.#error ? html`<p class="trouble-note" role="alert">${this.#error}</p>` : ''}
      ${next ? html`<p class="more"><button type="button" class="btn" data-do="more">More pages</button></p>` : ''}`
  }

  #none(): TemplateResult {
    const wanted = this.filter.trim()
    if (wanted === '' && this.show === '') return nobody(pen, store.boot)
    if (wanted === '') return html`<p class="empty">None of the pages loaded so far.</p>`
    const create = html`<p><a class="btn" href="/create?title=${encodeURIComponent(wanted)}">${icon(pen, 'filePlus')}Create “${wanted}”</a></p>`
    return html`<div class="empty"><p>No page has “${wanted}” in its title.</p>${store.boot.mayWrite ? create : ''}</div>`
  }
}

customElements.define('page-list', PageList)
