// One's own account: picture, name, password, and what is chosen on this device.
// <profile-view>

import '../styles/screens.css'
import { WikiError } from '../../shared/errors.ts'
import type { User } from '../../shared/protocol.ts'
import { sentenceOf } from '../ask.ts'
import { submitting } from '../components/forms.ts'
import { Awake } from '../components/standing.ts'
import { connection, post, upload } from '../connection.ts'
import { chooseSingleKeys, chooseTheme, singleKeys, type Theme, theme } from '../settings.ts'
import { store, Watch } from '../store.ts'

const PICTURE_MAX = 5 * 1024 * 1024

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
    if (input.name === 'avatar' && input.files?.[0]) {
      void this.#show(input.files[0])
      input.value = ''
    }
  }

  // ---- picture

  get #trouble(): HTMLElement {
    return this.querySelector('.face .trouble-note')!
  }

  /** Shows the picture at once and sends it; an error puts the old one back. */
  async #show(file: File): Promise<void> {
    this.#trouble.textContent = ''
    const big = this.querySelector<HTMLElement>('.big')!
    const preview = document.createElement('img')
    preview.alt = ''
    preview.src = URL.createObjectURL(file)
    const frame = document.createElement('span')
    frame.className = 'av'
    frame.append(preview)
    const face = big.firstElementChild as HTMLElement
    face.hidden = true
    big.append(frame)
    try {
      if (file.size > PICTURE_MAX)
        throw new WikiError('too_large', 'A picture has at most 5 MB. Make it smaller first.')
      const form = new FormData()
      form.append('avatar', file)
      const { user } = await upload<{ user: User }>('/uploads/avatar', form)
      store.become(user)
    } catch (error) {
      this.#trouble.textContent = sentenceOf(error)
    } finally {
      face.hidden = false
      frame.remove()
      URL.revokeObjectURL(preview.src)
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
