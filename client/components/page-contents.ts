// The headings of a page, beside it: leads to each, and shows which part is read.
// <page-contents> around a list of links

import { Awake } from './standing.ts'

/** Wraps the server's list. */
export class PageContents extends Awake {
  #observer: IntersectionObserver | null = null

  override connectedCallback(): void {
    super.connectedCallback()
    this.follow()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#observer?.disconnect()
  }

  /** Takes over the list of a newer document. */
  take(newer: Element): void {
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
