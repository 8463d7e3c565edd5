// For admins: what comes in as a zip, how far it is, and files that no page uses.
// <files-view>

import '../styles/screens.css'
import '../styles/files.css'
import { html, render } from 'lit'
import type { Job } from '../../shared/protocol.ts'
import { ask, assured, sentenceOf } from '../ask.ts'
import { choose } from '../components/dialogs.ts'
import { Awake } from '../components/standing.ts'
import { router } from '../router.ts'
import { sendTo } from '../sending.ts'
import { Hear } from '../store.ts'

/** Wraps the forms and lists. */
export class FilesView extends Awake {
  constructor() {
    super()
    this.addEventListener('submit', event => {
      event.preventDefault()
      const form = event.target as HTMLFormElement
      void (form.dataset.form === 'import' ? this.#import(form) : this.#remove(form))
    })
    this.addEventListener('click', event => {
      if (!(event.target as Element).closest('[data-do=all]')) return
      for (const box of this.querySelectorAll<HTMLInputElement>('[name=file][type=checkbox]')) box.checked = true
    })
    new Hear(this, 'job:updated', ({ job }) => job.kind === 'import' && this.#show(job))
  }

  #say(error: unknown): void {
    this.querySelector('.trouble-note')!.textContent = error === null ? '' : sentenceOf(error)
  }

  async #import(form: HTMLFormElement): Promise<void> {
    const [zip] = form.querySelector<HTMLInputElement>('[type=file]')!.files ?? []
    const bar = form.querySelector<HTMLProgressElement>('.sent')!
    const button = form.querySelector('button')!
    if (!zip) return
    this.#say(null)
    button.disabled = true
    bar.hidden = false
    try {
      const told = (share: number) => {
        bar.value = Math.round(share * 100)
      }
      const { signal } = new AbortController()
      await assured(() => sendTo('/api/import:begin', zip, zip.name, { told, signal }))
      form.reset()
    } catch (error) {
      this.#say(error)
    } finally {
      bar.hidden = true
      button.disabled = false
    }
  }

  #show({ id, words, state, done, total, report }: Job): void {
    const list = this.querySelector('.jobs')!
    let row = list.querySelector<HTMLElement>(`[data-job="${id}"]`)
    if (!row) {
      row = document.createElement('li')
      row.className = 'job'
      row.dataset.job = String(id)
      list.prepend(row)
    }
    row.dataset.state = state
    if (!('_$litPart$' in row)) row.replaceChildren()
    render(
      html`<strong>${words}</strong>
        <progress max=${Math.max(1, total)} .value=${done} aria-label=${words} ?hidden=${state !== 'running'}></progress>
        <pre class="report" tabindex="0" ?hidden=${report === ''}>${report}</pre>`,
      row,
    )
  }

  async #remove(form: HTMLFormElement): Promise<void> {
    const files = new FormData(form).getAll('file').map(Number)
    if (files.length === 0) return
    const words = files.length === 1 ? 'this file' : `these ${files.length} files`
    const answer = await choose(`Remove ${words}?`, 'What is removed cannot be brought back.', [
      { value: 'remove', words: 'Remove', look: 'danger' },
    ])
    if (answer !== 'remove') return
    this.#say(null)
    try {
      await ask('file:remove', { files })
      await router.refresh()
    } catch (error) {
      this.#say(error)
    }
  }
}

customElements.define('files-view', FilesView)
