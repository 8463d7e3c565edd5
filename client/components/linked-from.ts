// Below a page: who links to it, and who only says its name. Kept up with what others write.
// <linked-from>

import { html, nothing, type TemplateResult } from 'lit'
import { backlinkRows, lookForMentions } from '../../shared/pieces-links.ts'
import type { Backlink, Output } from '../../shared/protocol.ts'
import { ask, sentenceOf } from '../ask.ts'
import { pen } from '../pen.ts'
import { Hear, store, Watch } from '../store.ts'
import { Standing } from './standing.ts'

/** Milliseconds after which changes are asked for, and by how much readers of one page differ. */
const REST = 150
const SPREAD = 250

/** Wraps the server's list of pages that link here. */
export class LinkedFrom extends Standing {
  #page = store.boot.page!.id
  #found: Output<'page:backlinks'> | null = store.boot.backlinks ?? null
  #mentions: Backlink[] | null = null
  #looking = false
  #trouble = ''
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    super()
    new Watch(this, 'boot')
    this.addEventListener('click', event => {
      if ((event.target as Element).closest('[data-do=mentions]') && !this.#looking) void this.#look()
    })
    const soon = () => {
      this.#timer ??= setTimeout(() => void this.#refresh(), REST + Math.random() * SPREAD)
    }
    const names = () => this.#found?.names ?? []
    new Hear(this, 'names:changed', ({ page, links, names: other }) => {
      const from = this.#found?.links.some(link => link.page.id === page)
      if (page === this.#page || from || [...links, ...other].some(key => names().includes(key))) soon()
    })
    new Hear(this, 'page:renamed', soon)
    new Hear(this, 'page:deleted', ({ page }) => this.#found?.links.some(link => link.page.id === page.id) && soon())
    new Hear(this, 'page:created', soon)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    // The document shows the first of them, without a way to the others.
    if (this.#found?.next) void this.updateComplete.then(() => this.requestUpdate())
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
  }

  protected override willUpdate(): void {
    const { page, backlinks } = store.boot
    if (!page || page.id === this.#page) return
    this.#page = page.id
    this.#found = backlinks ?? null
    this.#mentions = null
  }

  async #refresh(): Promise<void> {
    this.#timer = undefined
    const page = this.#page
    try {
      const limit = Math.min(200, Math.max(50, this.#found?.links.length ?? 0))
      const found = await ask('page:backlinks', { page, limit })
      if (page !== this.#page) return
      this.#found = found
      if (this.#mentions)
        this.#mentions = this.#mentions.filter(({ page: from }) => !found.links.some(link => link.page.id === from.id))
      this.requestUpdate()
    } catch {
      // The line bar says that the server cannot be reached; the next change asks again.
    }
  }

  async #more(): Promise<void> {
    if (!this.#found?.next) return
    const { links, next, names } = await ask('page:backlinks', { page: this.#page, after: this.#found.next })
    this.#found = { links: [...this.#found.links, ...links], next, names }
    this.requestUpdate()
  }

  async #look(): Promise<void> {
    this.#looking = true
    this.#trouble = ''
    this.requestUpdate()
    try {
      this.#mentions = (await ask('page:mentions', { page: this.#page })).mentions
    } catch (error) {
      this.#trouble = sentenceOf(error)
    }
    this.#looking = false
    this.requestUpdate()
  }

  async #link(from: number): Promise<void> {
    this.#trouble = ''
    try {
      await ask('mention:link', { page: from, to: this.#page })
      this.#mentions = this.#mentions?.filter(({ page }) => page.id !== from) ?? null
    } catch (error) {
      this.#trouble = sentenceOf(error)
    }
    this.requestUpdate()
  }

  protected override render(): TemplateResult {
    const links = this.#found?.links ?? []
    const more = this.#found?.next
      ? html`<p class="more"><button type="button" class="btn" @click=${this.#more}>More pages</button></p>`
      : nothing
    return html`<h2 class="h">Linked from</h2>
      ${links.length > 0 ? backlinkRows(pen, links) : html`<p class="none">No page links here yet.</p>`}${more}${this.#said()}
      ${this.#trouble ? html`<p class="trouble-note" role="alert">${this.#trouble}</p>` : nothing}`
  }

  #said(): TemplateResult {
    if (!this.#mentions) return lookForMentions(pen, this.#looking)
    const act = ({ page }: Backlink) =>
      store.boot.mayWrite
        ? html` <button type="button" class="btn small" aria-label="Link it in ${page.title}" @click=${() => this.#link(page.id)}>Link it</button>`
        : ''
    return html`<h2 class="h">Mentioned without a link</h2>
      ${this.#mentions.length > 0 ? backlinkRows(pen, this.#mentions, act) : html`<p class="none">Nowhere.</p>`}`
  }
}

customElements.define('linked-from', LinkedFrom)
