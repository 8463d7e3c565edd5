// One's own account: picture, name, password, and what is chosen on this device.
// <profile-view>

import '../styles/screens.css'
import { WikiError } from '../../shared/errors.ts'
import type { User } from '../../shared/protocol.ts'
import { sentenceOf } from '../ask.ts'
import { submitting } from '../components/forms.ts'
import { say } from '../components/line-bar.ts'
import { Awake } from '../components/standing.ts'
import { connection, post, upload } from '../connection.ts'
import {
  chooseContrast,
  chooseSingleKeys,
  chooseTheme,
  moreContrast,
  singleKeys,
  type Theme,
  theme,
} from '../settings.ts'
import { store, Watch } from '../store.ts'

/** Wraps the profile's forms. */
export class ProfileView extends Awake {
  constructor() {
    super()
    new Watch(this, 'me')
    this.addEventListener('submit', event => {
      event.preventDefault()
      void this.#submit(event.target as HTMLFormElement)
    })
    this.addEventListener('change', event => this.#changed(event.target as HTMLInputElement))
    this.addEventListener('click', event => {
      if ((event.target as Element).closest('[data-do=remove-avatar]')) void this.#remove()
    })
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.querySelector<HTMLInputElement>(`[name=theme][value=${theme()}]`)!.checked = true
    this.querySelector<HTMLInputElement>('[name=keys]')!.checked = singleKeys()
    this.querySelector<HTMLInputElement>('[name=contrast]')!.checked = moreContrast()
    const drop = this.querySelector<HTMLElement>('.drop')!
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return
      event.preventDefault()
      drop.classList.toggle('over', event.type === 'dragover')
    }
    drop.addEventListener('dragover', over)
    drop.addEventListener('dragleave', over)
    drop.addEventListener('drop', event => {
      over(event)
      const file = event.dataTransfer?.files[0]
      if (file) void this.#show(file)
    })
  }

  protected override updated(): void {
    const remove = this.querySelector<HTMLElement>('[data-do=remove-avatar]')!
    remove.hidden = !store.me?.avatar
  }

  #changed(input: HTMLInputElement): void {
    if (input.name === 'theme') chooseTheme(input.value as Theme)
    if (input.name === 'keys') chooseSingleKeys(input.checked)
    if (input.name === 'contrast') chooseContrast(input.checked)
    if (input.name === 'avatar' && input.files?.[0]) {
      void this.#show(input.files[0])
      input.value = ''
    }
  }

  // ---- picture

  get #trouble(): HTMLElement {
    return this.querySelector('.face .trouble-note')!
  }

  /** Lets a square of the picture be chosen, and sends it; the button says what is going on. */
  async #show(file: File): Promise<void> {
    this.#trouble.textContent = ''
    const face = this.querySelector<HTMLElement>('.drop')!
    try {
      const { cropPicture } = await import('../components/picture-crop.ts')
      const square = await cropPicture(file)
      if (!square) return
      face.ariaBusy = 'true'
      const form = new FormData()
      form.append('avatar', square, 'avatar.png')
      const { user } = await upload<{ user: User }>('/uploads/avatar', form)
      store.become(user)
      say('Everybody sees your new picture now.')
    } catch (error) {
      this.#trouble.textContent = error instanceof WikiError ? sentenceOf(error) : (error as Error).message
    } finally {
      face.ariaBusy = null
      this.querySelector<HTMLElement>('#avatar')!.focus()
    }
  }

  async #remove(): Promise<void> {
    this.#trouble.textContent = ''
    try {
      store.become((await post('user:removeAvatar', {})).user)
    } catch (error) {
      this.#trouble.textContent = sentenceOf(error)
    }
  }

  // ---- name and password

  async #submit(form: HTMLFormElement): Promise<void> {
    const data = new FormData(form)
    const text = (name: string) => String(data.get(name) ?? '')
    const renaming = form.dataset.form === 'name'
    const done = await submitting(form, async () => {
      if (renaming) {
        store.become((await post('user:update', { username: text('username').trim() })).user)
        return
      }
      await post('user:changePassword', { current: text('current'), password: text('password') })
      form.reset()
      // The session has a new id now, and the line still speaks for the old one.
      connection.redial()
    })
    if (done) form.querySelector('.kept')!.textContent = renaming ? 'Changed. Everybody sees it now.' : 'Changed.'
  }
}

customElements.define('profile-view', ProfileView)
