// Everyone with an account, for admins: roles, invite links, reset links.
// <people-view>

import '../styles/keeping.css'
import '../styles/screens.css'
import { html, render } from 'lit'
import type { Account, Role } from '../../shared/protocol.ts'
import { assured, sentenceOf } from '../ask.ts'
import { copy } from '../clipboard.ts'
import { choose } from '../components/dialogs.ts'
import { submitting } from '../components/forms.ts'
import { say } from '../components/line-bar.ts'
import { Awake } from '../components/standing.ts'
import { post } from '../connection.ts'
import { Hear } from '../store.ts'

/** Wraps the list of accounts. */
export class PeopleView extends Awake {
  constructor() {
    super()
    new Hear(this, 'account:updated', ({ user }) => this.#show(user))
    this.addEventListener('submit', event => {
      event.preventDefault()
      void this.#invite(event.target as HTMLFormElement)
    })
    this.addEventListener('change', event => {
      const select = (event.target as Element).closest<HTMLSelectElement>('[data-do=role]')
      if (select) void this.#setRole(select)
    })
    this.addEventListener('click', event => {
      const target = event.target as Element
      const reset = target.closest<HTMLElement>('[data-do=reset-link]')
      if (reset) void this.#resetLink(reset)
      const deed = target.closest<HTMLElement>('[data-do=disable], [data-do=sign-out-everywhere]')
      if (deed) void this.#account(deed)
      const made = target.closest<HTMLButtonElement>('[data-do=copy]')
      if (made) void this.#copyLink(made)
    })
  }

  get #trouble(): HTMLElement {
    return this.querySelector('.trouble-note')!
  }

  async #invite(form: HTMLFormElement): Promise<void> {
    const made = this.querySelector<HTMLElement>('.made')!
    const role = String(new FormData(form).get('role')) as Role
    this.#trouble.textContent = ''
    await submitting(form, async () => {
      const { url, expiresAt } = await assured(() => post('user:invite', { role }))
      this.#hand(made, 'Send this to one person. It works once, until', url, expiresAt)
    }).then(done => !done && render('', made))
  }

  async #setRole(select: HTMLSelectElement): Promise<void> {
    const before = [...select.options].find(option => option.defaultSelected)
    this.#trouble.textContent = ''
    try {
      await assured(() => post('user:setRole', { user: userOf(select), role: select.value as Role }))
      settle(select)
    } catch (error) {
      if (before) select.value = before.value
      this.#trouble.textContent = sentenceOf(error)
    }
  }

  async #resetLink(button: HTMLElement): Promise<void> {
    const row = button.closest('[data-user]')!
    this.#trouble.textContent = ''
    try {
      const { url, expiresAt } = await assured(() => post('user:resetLink', { user: userOf(button) }))
      let made = row.querySelector<HTMLElement>('.link-made')
      if (!made) {
        made = document.createElement('div')
        made.className = 'link-made'
        made.setAttribute('role', 'status')
        row.append(made)
      }
      this.#hand(made, 'Whoever opens this chooses a new password. It works once, until', url, expiresAt)
    } catch (error) {
      this.#trouble.textContent = sentenceOf(error)
    }
  }

  /** Disables an account or lets it in again, or ends its sessions. */
  async #account(button: HTMLElement): Promise<void> {
    const row = button.closest<HTMLElement>('[data-user]')!
    const user = userOf(button)
    const name = row.querySelector('.row-title')!.textContent
    this.#trouble.textContent = ''
    try {
      if (button.dataset.do === 'sign-out-everywhere') {
        const { sessions } = await post('user:signOutEverywhere', { user })
        say(sessions === 1 ? `${name} is signed out.` : `${name} is signed out, in ${sessions} places.`)
        return
      }
      const on = !row.classList.contains('disabled')
      const sure = await (on
        ? choose(`Disable ${name}?`, 'They are signed out everywhere at once, and cannot come in until you let them.', [
            { value: 'disable', words: 'Disable', look: 'danger' },
          ])
        : 'enable')
      if (!sure) return
      this.#show((await assured(() => post('user:disable', { user, on }))).user)
    } catch (error) {
      this.#trouble.textContent = sentenceOf(error)
    }
  }

  /** An account as it is now, whoever changed it. */
  #show({ id, role, disabled }: Account): void {
    const row = this.querySelector(`[data-user="${id}"]`)
    if (!row) return
    const select = row.querySelector<HTMLSelectElement>('[data-do=role]')!
    select.value = role
    settle(select)
    row.classList.toggle('disabled', disabled)
    row.querySelector('[data-do=disable] .words')!.textContent = disabled ? 'Let in again' : 'Disable'
    row.querySelector('.state')!.textContent = disabled ? 'disabled' : ''
  }

  #hand(place: HTMLElement, words: string, url: string, expiresAt: string): void {
    const until = new Date(expiresAt).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
    render(
      html`<p>${words} ${until}.</p><div class="address"><input readonly .value=${url} aria-label="Link">
        <button type="button" class="btn" data-do="copy">Copy</button></div>`,
      place,
    )
    place.querySelector('input')?.select()
  }

  async #copyLink(button: HTMLButtonElement): Promise<void> {
    const input = button.parentElement!.querySelector('input')!
    input.select()
    if (await copy(input.value)) button.textContent = 'Copied'
  }
}

/** What is chosen now is what it goes back to. */
function settle(select: HTMLSelectElement): void {
  for (const option of select.options) option.defaultSelected = option.selected
}

function userOf(element: Element): number {
  return Number(element.closest<HTMLElement>('[data-user]')!.dataset.user)
}

customElements.define('people-view', PeopleView)
