// What stands in an article without being written in it, kept up: a page, a part of one, what a query finds.
// <wiki-embed kind source pages>

import { ask } from '../ask.ts'
import { connection } from '../connection.ts'
import { store } from '../store.ts'
import { parseDocument } from '../trusted.ts'

/** Milliseconds after which changes are asked for, and by how much readers differ. */
const REST = 300
const SPREAD = 500

/** Wraps the server's HTML of it. `pages` are the ids of what it is made of; a query is made of any page. */
export class WikiEmbed extends HTMLElement {
  #stop: (() => void)[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  connectedCallback(): void {
    // One within another is drawn with it.
    if (this.parentElement?.closest('wiki-embed')) return
    const query = this.getAttribute('kind') === 'query'
    const hear = ({ page }: { page: number | { id: number } }) => {
      const id = typeof page === 'number' ? page : page.id
      if (query || this.#pages.includes(String(id))) this.refresh()
    }
    const any = () => this.refresh()
    this.#stop = [
      connection.on('page:updated', hear),
      connection.on('page:deleted', hear),
      connection.on('page:renamed', query ? any : hear),
      connection.on('page:created', any),
      connection.on('page:restored', any),
      ...(query ? [connection.on('names:changed', any)] : []),
    ]
    if (this.childElementCount === 0) void this.#draw()
  }

  disconnectedCallback(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const stop of this.#stop.splice(0)) stop()
  }

  get #pages(): string[] {
    return [this, ...this.querySelectorAll('wiki-embed')].flatMap(
      embed => embed.getAttribute('pages')?.split(' ') ?? [],
    )
  }

  /** Asks for it anew, soon. */
  refresh(): void {
    this.#timer ??= setTimeout(() => void this.#draw(), REST + Math.random() * SPREAD)
  }

  async #draw(): Promise<void> {
    this.#timer = undefined
    const page = store.boot.page?.id
    const kind = this.getAttribute('kind') as 'page' | 'query'
    if (page === undefined) {
      // Drawn for a page; in one that is not made yet, its source is shown.
      this.textContent = this.getAttribute('source')
      return
    }
    try {
      const { html } = await ask('embed:draw', { page, kind, source: this.getAttribute('source') ?? '' })
      const next = html === null ? null : parseDocument(html).querySelector('wiki-embed')
      if (!this.isConnected) return
      if (!next && this.childElementCount === 0) this.textContent = this.getAttribute('source')
      if (!next || next.innerHTML === this.innerHTML) return
      if (next.hasAttribute('pages')) this.setAttribute('pages', next.getAttribute('pages')!)
      this.replaceChildren(...[...next.childNodes].map(node => document.importNode(node, true)))
      this.dispatchEvent(new Event('drawn', { bubbles: true }))
    } catch {
      // What it showed stays; the next change asks again.
    }
  }
}

customElements.define('wiki-embed', WikiEmbed)
