// Who else is in the page: faces above it, names beside it. A click on a face follows its owner.
// <presence-bar> · <here-now>

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Person, Presence } from '../../shared/protocol.ts'
import { pen } from '../pen.ts'
import { store, Watch } from '../store.ts'

const SHOWN_MAX = 5

/** Somebody here, and whether they write. */
interface Present {
  person: Person
  writing: boolean
  section: string | null
}

/** Each person once, whoever of their tabs is writing: those told of this page, and those whom its room names. */
function present(people: readonly Presence[]): Present[] {
  const each = new Map<number, Present>()
  const add = (person: Person, writing: boolean, section: string | null) => {
    if (person.id === store.me?.id) return
    const known = each.get(person.id)
    each.set(person.id, {
      person,
      writing: writing || (known?.writing ?? false),
      section: section ?? known?.section ?? null,
    })
  }
  const told = store.presence.get(store.boot.page?.id ?? 0)?.people ?? []
  for (const { person, writing, section } of told) add(person, writing, section)
  for (const { person, head } of people) add(person, head !== null, null)
  return [...each.values()]
}

/** How many others the server has told of, by name or only counted: the room may name some whom it only counted. */
function othersTold(): number {
  const told = store.presence.get(store.boot.page?.id ?? 0)
  if (!told) return 0
  const { people, more } = told
  // Where not all are named, I may be one of those who are counted.
  const me = store.me && (more > 0 || people.some(({ person }) => person.id === store.me?.id)) ? 1 : 0
  return people.length + more - me
}

/** Where somebody's cursor stands is nothing that is shown here. */
const people = {
  attribute: false,
  hasChanged: (now: readonly Presence[], before: readonly Presence[] | undefined) =>
    now.length !== before?.length ||
    now.some(({ person, head }, i) => person !== before[i]!.person || (head === null) !== (before[i]!.head === null)),
}

/** Asks whoever listens to follow this person. */
function follow(user: number): void {
  dispatchEvent(new CustomEvent('chorus:follow', { detail: user }))
}

/** Faces in a row. */
export class PresenceBar extends LitElement {
  static override properties = { people }
  declare people: readonly Presence[]

  constructor() {
    super()
    this.people = []
    new Watch(this, 'presence', 'people', 'boot', 'me')
  }

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  protected override render(): TemplateResult | typeof nothing {
    const here = present(this.people)
    if (here.length === 0) return nothing
    const rest = Math.max(here.length, othersTold()) - SHOWN_MAX
    const face = ({ person }: Present) =>
      store.me
        ? html`<button type="button" class="face" title="Follow ${person.username}"
            @click=${() => follow(person.id)}>${pen.avatar(person)}<span class="unseen">Follow ${person.username}</span></button>`
        : pen.avatar(person, { named: true })
    return html`<span class="stack" role="group" aria-label="Here now">${here
      .slice(0, SHOWN_MAX)
      .map(face)}${rest > 0 ? html`<span class="rest">+${rest}</span>` : nothing}</span>`
  }
}

/** Names and what each is doing. `writers` are known to write from what they have just changed. */
export class HereNow extends LitElement {
  static override properties = { people, writers: { attribute: false } }
  declare people: readonly Presence[]
  declare writers: Person[]

  constructor() {
    super()
    this.people = []
    this.writers = []
    new Watch(this, 'presence', 'people', 'boot', 'me')
  }

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  protected override render(): TemplateResult | typeof nothing {
    const writing = new Set(this.writers.map(({ id }) => id))
    const here = present(this.people)
    for (const person of this.writers)
      if (!here.some(other => other.person.id === person.id)) here.push({ person, writing: true, section: null })
    if (here.length === 0) return nothing
    const row = ({ person, writing: typing, section }: Present) => {
      const doing = typing || writing.has(person.id) ? (section ? `writing in ${section}` : 'writing') : 'reading'
      const words = html`<span>${person.username}<small>${doing}</small></span>`
      return store.me
        ? html`<li><button type="button" class="here" title="Follow ${person.username}"
            @click=${() => follow(person.id)}>${pen.avatar(person)}${words}</button></li>`
        : html`<li class="here">${pen.avatar(person)}${words}</li>`
    }
    return html`<h2 class="h">Here now</h2><ul>${here.map(row)}</ul>`
  }
}

customElements.define('presence-bar', PresenceBar)
customElements.define('here-now', HereNow)
