// The ways in and out: sign in, register, accept an invitation, choose a new password, sign out.
// <sign-in-view>

import '../styles/screens.css'
import { WikiError } from '../../shared/errors.ts'
import { wayBack } from '../../shared/way-back.ts'
import { submitting } from '../components/forms.ts'
import { Awake } from '../components/standing.ts'
import { post } from '../connection.ts'
import { WELCOME_TITLE, welcome } from './welcome.ts'

const PASSWORD_MIN = 8

/** Wraps the form of one way; `data-way` names it. */
export class SignInView extends Awake {
  constructor() {
    super()
    this.addEventListener('submit', event => {
      event.preventDefault()
      void this.#submit(event.target as HTMLFormElement)
    })
  }

  override connectedCallback(): void {
    super.connectedCallback()
    const first = this.querySelector<HTMLInputElement>('form input')
    if (matchMedia('(hover: hover)').matches && document.activeElement === document.body) first?.focus()
  }

  async #submit(form: HTMLFormElement): Promise<void> {
    const { way, token = '', next = '/' } = this.dataset
    const data = new FormData(form)
    const username = String(data.get('username') ?? '').trim()
    const password = String(data.get('password') ?? '')
    let first: string | null = null
    const done = await submitting(form, async () => {
      if (way === 'logout') {
        await post('user:signOut', {})
        return
      }
      if (way !== 'reset' && username === '')
        throw new WikiError('invalid', 'Tell the name you want to be known by.', { field: 'username' })
      if (way === 'login') {
        await post('user:signIn', { username, password })
        return
      }
      if ([...password].length < PASSWORD_MIN)
        throw new WikiError('invalid', 'At least 8 characters. A few words make a good one.', { field: 'password' })
      if (way === 'reset') await post('user:resetPassword', { token, password })
      else {
        const { user } = await post('user:register', { username, password, ...(way === 'invite' && { invite: token }) })
        first = user.role === 'admin' && way === 'register' ? await firstPage(user.username).catch(() => null) : null
      }
    })
    // A whole new document: what the last one knew was another person's.
    if (done) location.assign(first ?? wayBack(next))
    else if (way === 'login') form.querySelector<HTMLInputElement>('[name=password]')?.select()
  }
}

/** Makes the page that greets whoever begins an empty wiki; its address, or null where there are pages already. */
async function firstPage(name: string): Promise<string | null> {
  if ((await post('page:list', { limit: 1 })).total > 0) return null
  return (await post('page:create', { title: WELCOME_TITLE, content: welcome(name) })).path
}

customElements.define('sign-in-view', SignInView)
