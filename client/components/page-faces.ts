// Who is in a page now, beside its name in lists and in the tree; and a dot where others have changed it since I saw it.
// <page-faces page="7">

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { pen } from '../pen.ts'
import { store, Watch } from '../store.ts'

const SHOWN_MAX = 3

/** A few small faces; empty where nobody else is and nothing is new. */
export class PageFaces extends LitElement {
  static override properties = { page: { type: Number } }
  declare page: number

  constructor() {
    super()
    new Watch(this, 'presence', 'news', 'me')
  }

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  protected override render(): TemplateResult | typeof nothing {
    const people = store.presence.get(this.page)?.people.filter(({ person }) => person.id !== store.me?.id) ?? []
    const news = store.news.has(this.page)
    if (people.length === 0 && !news) return nothing
    const names = people.map(({ person, writing }) => `${person.username} ${writing ? 'writes' : 'reads'}`).join(', ')
    const dot = html`<span class="news-dot" title="Changed since you saw it"><span class="unseen">Changed since you saw it</span></span>`
    return html`${
      people.length > 0
        ? html`<span class="stack" role="img" aria-label=${names} title=${names}>${people
            .slice(0, SHOWN_MAX)
            .map(({ person }) => pen.avatar(person))}</span>`
        : nothing
    }${news ? dot : nothing}`
  }
}

customElements.define('page-faces', PageFaces)
