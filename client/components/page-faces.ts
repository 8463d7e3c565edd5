// Who is in a page now, beside its name in lists and in the tree; and a dot where others have changed it since I saw it.
// <page-faces page="7" under="Title"> speaks also for the pages under a title, where those are not shown.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { titleKey } from '../../shared/titles.ts'
import { pen } from '../pen.ts'
import { store, Watch } from '../store.ts'

const SHOWN_MAX = 3

/** A few small faces; empty where nobody else is and nothing is new. */
export class PageFaces extends LitElement {
  static override properties = { page: { type: Number }, under: {} }
  declare page: number
  declare under: string

  constructor() {
    super()
    this.under = ''
    new Watch(this, 'presence', 'news', 'me')
  }

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  protected override render(): TemplateResult | typeof nothing {
    const people = store.presence.get(this.page)?.people.filter(({ person }) => person.id !== store.me?.id) ?? []
    const news = store.news.has(this.page)
    const below = !news && this.under !== '' && newsUnder(this.under)
    if (people.length === 0 && !news && !below) return nothing
    const names = people.map(({ person, writing }) => `${person.username} ${writing ? 'writes' : 'reads'}`).join(', ')
    const said = news ? 'Changed since you saw it' : 'Something under it changed since you saw it'
    const dot = html`<span class="news-dot ${below ? 'below' : ''}" title=${said}><span class="unseen">${said}</span></span>`
    return html`${
      people.length > 0
        ? html`<span class="stack" role="img" aria-label=${names} title=${names}>${people
            .slice(0, SHOWN_MAX)
            .map(({ person }) => pen.avatar(person))}</span>`
        : nothing
    }${news || below ? dot : nothing}`
  }
}

function newsUnder(title: string): boolean {
  const key = `${titleKey(title)}/`
  for (const other of store.news.values()) if (other.startsWith(key)) return true
  return false
}

customElements.define('page-faces', PageFaces)
