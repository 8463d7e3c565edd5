// Who else is in the page: faces above it, names beside it.
// <presence-bar> · <here-now>

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Person, Presence } from '../../shared/protocol.ts'
import { pen } from '../pen.ts'
import { Watch } from '../store.ts'

const SHOWN_MAX = 5

/** Each person once, whoever of their tabs is writing. */
function persons(people: Presence[]): { person: Person; writing: boolean }[] {
  const each = new Map<number, { person: Person; writing: boolean }>()
  for (const { person, head } of people) {
    const writing = head !== null || (each.get(person.id)?.writing ?? false)
    each.set(person.id, { person, writing })
  }
  return [...each.values()]
}

/** Faces in a row. */
export class PresenceBar extends LitElement {
  static override properties = { people: { attribute: false } }
  declare people: Presence[]

  constructor() {
    super()
    this.people = []
  }

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  protected override render(): TemplateResult | typeof nothing {
    const here = persons(this.people)
    if (here.length === 0) return nothing
    const rest = here.length - SHOWN_MAX
    return html`<span class="stack" role="group" aria-label="Here now">${here
      .slice(0, SHOWN_MAX)
      .map(({ person }) =>
        pen.avatar(person, { named: true }),
      )}${rest > 0 ? html`<span class="rest">+${rest}</span>` : nothing}</span>`
  }
}

/** Names and what each is doing. `writers` are known to write from what they have just changed. */
export class HereNow extends LitElement {
  static override properties = { people: { attribute: false }, writers: { attribute: false } }
  declare people: Presence[]
  declare writers: Person[]

  constructor() {
    super()
    this.people = []
    this.writers = []
    new Watch(this, 'people')
  }

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  protected override render(): TemplateResult | typeof nothing {
    const writing = new Set(this.writers.map(({ id }) => id))
    const here = persons(this.people)
    for (const person of this.writers)
      if (!here.some(other => other.person.id === person.id)) here.push({ person, writing: true })
    if (here.length === 0) return nothing
    const row = ({ person, writing: typing }: (typeof here)[number]) =>
      html`<li class="here">${pen.avatar(person)}<span>${person.username}<small>${
        typing || writing.has(person.id) ? 'writing' : 'reading'
      }</small></span></li>`
    return html`<h2 class="h">Here now</h2><ul>${here.map(row)}</ul>`
  }
}

customElements.define('presence-bar', PresenceBar)
customElements.define('here-now', HereNow)
