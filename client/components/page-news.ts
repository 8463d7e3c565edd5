// What changed since my last visit: a bar above the text, calm marks in its margin, and a way from one to the next.
// News · PageNews (<page-news>)

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import arrowDown from 'lucide-static/icons/arrow-down.svg?raw'
import { drawn } from '../../shared/icons.ts'
import type { Change } from '../../shared/protocol.ts'
import { actions } from '../actions.ts'
import { ask } from '../ask.ts'
import { pen } from '../pen.ts'
import { store } from '../store.ts'
import { blockOfLine } from './lines-shown.ts'

const ARROW = drawn(arrowDown)

/** What somebody has not seen of a page. */
export interface News {
  page: number
  /** When they were here last. */
  at: string
  changes: Change[]
  /** The edit up to which this is told. */
  seq: number
}

/** Stands above the article and draws beside its blocks, which it never touches. */
export class PageNews extends LitElement {
  static override properties = { news: { attribute: false } }
  declare news: News | null
  /** The blocks that are marked, in the order of the text, with the colour of whoever changed them. */
  #blocks: { block: HTMLElement; colour: number | null }[] = []
  #next = 0
  #withdraw = () => {}
  readonly #resized = new ResizeObserver(() => this.#place())

  /** Shows news on the page that is read. */
  static show(news: News): void {
    const article = document.querySelector('page-view article')
    if (!article) return
    document.querySelector('page-news')?.remove()
    const element = document.createElement('page-news') as PageNews
    element.news = news
    article.before(element)
  }

  constructor() {
    super()
    this.news = null
  }

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  override connectedCallback(): void {
    super.connectedCallback()
    const { changes } = this.news!
    const marked = new Map<HTMLElement, number | null>()
    for (const { from, to, user } of changes)
      for (let line = from; line <= to; line++) {
        const block = blockOfLine(line)
        if (block) marked.set(block, user === null ? null : (store.people.get(user)?.colour ?? null))
      }
    this.#blocks = [...marked]
      .map(([block, colour]) => ({ block, colour }))
      .sort((a, b) => (a.block.compareDocumentPosition(b.block) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1))
    const article = this.nextElementSibling
    if (article) this.#resized.observe(article)
    this.#withdraw = actions.add({
      id: 'next-news',
      group: 'Page',
      name: 'Next change since my last visit',
      icon: ARROW,
      key: 'j',
      also: 'new unread jump latest',
      run: () => this.#goOn(),
    })
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#resized.disconnect()
    this.#withdraw()
  }

  protected override updated(): void {
    this.#place()
  }

  #place(): void {
    const layer = this.querySelector('.news-marks')
    const origin = this.offsetParent?.getBoundingClientRect()
    if (!layer || !origin) return
    const there = this.#blocks.filter(({ block }) => block.isConnected)
    while (layer.children.length > there.length) layer.lastElementChild!.remove()
    while (layer.children.length < there.length) layer.append(document.createElement('span'))
    there.forEach(({ block, colour }, i) => {
      const box = block.getBoundingClientRect()
      const mark = layer.children[i] as HTMLElement
      mark.className = colour === null ? 'news-mark' : `news-mark person-${colour}`
      mark.style.top = `${box.top - origin.top}px`
      mark.style.height = `${box.height}px`
    })
  }

  #goOn(): void {
    const there = this.#blocks.filter(({ block }) => block.isConnected)
    const { block } = there[this.#next % there.length] ?? {}
    if (!block) return
    this.#next = (this.#next % there.length) + 1
    block.scrollIntoView({
      block: 'center',
      behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth',
    })
    block.tabIndex = -1
    block.focus({ preventScroll: true })
    block.addEventListener('blur', () => block.removeAttribute('tabindex'), { once: true })
  }

  #settle(): void {
    const { page, seq } = this.news!
    void ask('page:look', { page, seq, settled: true }).catch(() => {})
    document.getElementById('main')?.focus({ preventScroll: true })
    this.remove()
  }

  protected override render(): TemplateResult | typeof nothing {
    const { news } = this
    if (!news) return nothing
    const users = [...new Set(news.changes.flatMap(({ user }) => user ?? []))]
    const names = users.flatMap(user => store.people.get(user)?.username ?? [])
    const by = names.length > 0 ? `, by ${new Intl.ListFormat('en').format(names)}` : ''
    const places = this.#blocks.length
    return html`<section class="news-bar" aria-label="Since your last visit">
      <span class="stack">${users.slice(0, 3).flatMap(user => {
        const person = store.people.get(user)
        return person ? pen.avatar(person) : []
      })}</span>
      <p>Changed since your last visit, ${pen.when(news.at, 'sentence')}${by}${places > 1 ? `: ${places} places` : ''}.</p>
      <span class="bar">${
        places > 0
          ? html`<button type="button" class="btn" @click=${() => this.#goOn()}>${pen.raw(ARROW)}${places > 1 ? 'Next change' : 'Show it'}</button>`
          : nothing
      }<button type="button" class="btn ghost" @click=${() => this.#settle()}>Got it</button></span></section>
      <div class="news-marks" aria-hidden="true"></div>`
  }
}

customElements.define('page-news', PageNews)
