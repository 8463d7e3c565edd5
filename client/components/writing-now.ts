// Who is anywhere in the wiki now.
// <writing-now>

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { pen } from '../pen.ts'
import { store, Watch } from '../store.ts'

const SHOWN_MAX = 4

/** A row of faces; empty while nobody else is here. */
export class WritingNow extends LitElement {
  constructor() {
    super()
    new Watch(this, 'presence', 'me')
  }

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  protected override render(): TemplateResult | typeof nothing {
    const there = [...store.presence.values()].flatMap(({ people }) => people.map(({ person }) => person))
    const all = there.map(person => [person.id, person] as const)
    const people = [...new Map(all).values()].filter(({ id }) => id !== store.me?.id)
    if (people.length === 0) return nothing
    return html`<span class="stack">${people.slice(0, SHOWN_MAX).map(person => pen.avatar(person, { named: true }))}</span>
      <span class="here-count label">${people.length} here now</span>`
  }
}

customElements.define('writing-now', WritingNow)
