// A person's face: their picture, or their initials on their colour. Changes everywhere the moment they change it.
// <user-avatar user="7" named>

import { html, type TemplateResult } from 'lit'
import { initials } from '../../shared/people.ts'
import { store, Watch } from '../store.ts'
import { Standing } from './standing.ts'

/** Takes the id of a person whom the store knows. With `named`, their name is told to who cannot see it. */
export class UserAvatar extends Standing {
  static override properties = { user: { type: Number }, named: { type: Boolean } }
  declare user: number
  declare named: boolean

  constructor() {
    super()
    new Watch(this, 'people')
  }

  protected override render(): TemplateResult | string {
    const person = store.people.get(this.user)
    this.className = `av person-${person?.colour ?? 12}`
    if (this.named || this.hasAttribute('aria-label')) {
      this.role = 'img'
      this.ariaLabel = person?.username ?? 'Somebody'
      this.title = this.ariaLabel
    } else this.ariaHidden = 'true'
    if (!person) return ''
    return person.avatar
      ? html`<img src=${person.avatar} alt="" width="64" height="64">`
      : html`${initials(person.username)}`
  }
}

customElements.define('user-avatar', UserAvatar)
