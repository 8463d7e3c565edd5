// The headings of a page, beside it: leads to each, and shows which part is read.
// <page-contents> around a list of links

import { render } from 'lit'
import type { Heading } from '../../shared/markdown.ts'
import { contentsList } from '../../shared/pieces-page.ts'
import { pen } from '../pen.ts'
import { Awake } from './standing.ts'

/** Wraps the server's list. */
export class PageContents extends Awake {
  #observer: IntersectionObserver | null = null
  /** The headings that were drawn here; '' while the list is the server's. */
  #shown = ''
  readonly #list = document.createElement('div')

  override connectedCallback(): void {
    super.connectedCallback()
    this.follow()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#observer?.disconnect()
  }

  /** Shows these headings, which have just been drawn. */
  show(headings: readonly Heading[]): void {
    const shown = JSON.stringify(headings.map(({ id, text, level }) => [id, text, level]))
    if (shown === this.#shown) return
    if (this.#shown === '') this.replaceChildren(this.#list)
    this.#shown = shown
    render(contentsList(pen, headings), this.#list)
    this.follow()
  }

  /** Takes over the list of a newer document. */
  take(newer: Element): void {
    this.#shown = ''
    this.replaceChildren(...[...newer.childNodes].map(node => document.importNode(node, true)))
    this.follow()
  }

  /** Watches the headings as they are now. */
  follow(): void {
    this.#observer?.disconnect()
    const links = new Map<Element, Element>()
    for (const link of this.querySelectorAll('a')) {
      const heading = document.getElementById(decodeURIComponent(link.hash.slice(1)))
      if (heading) links.set(heading, link)
    }
    const show = () => {
      const headings = [...links.keys()]
      const here = headings.findLast(heading => heading.getBoundingClientRect().top < 140) ?? headings[0]
      for (const [heading, link] of links) link.ariaCurrent = heading === here ? 'location' : null
    }
    this.#observer = new IntersectionObserver(show, { rootMargin: '-130px 0px -60% 0px' })
    for (const heading of links.keys()) this.#observer.observe(heading)
  }
}

customElements.define('page-contents', PageContents)
