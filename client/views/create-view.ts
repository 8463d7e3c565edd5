// A new page. What is typed survives a reload, and is never written over a page that exists already.
// <create-view>

import '../styles/screens.css'
import { html, render } from 'lit'
import { plain } from '../../shared/document.ts'
import type { ErrorDetails } from '../../shared/errors.ts'
import { WikiError } from '../../shared/errors.ts'
import { clockOf } from '../../shared/templates.ts'
import { parseTitle, titleKey } from '../../shared/titles.ts'
import { ask, sentenceOf } from '../ask.ts'
import { choose } from '../components/dialogs.ts'
import { submitting } from '../components/forms.ts'
import { Awake } from '../components/standing.ts'
import { discardDraft, saveDraft } from '../drafts.ts'
import type { NewText } from '../editor/new-text.ts'
import type { PageEditor } from '../editor/page-editor.ts'
import { router } from '../router.ts'
import { store } from '../store.ts'

/** Milliseconds without a key before what is typed is kept. */
const PAUSE = 300

/** Wraps the form with the title and the text. */
export class CreateView extends Awake {
  #timer: ReturnType<typeof setTimeout> | undefined
  /** What a template put in, and nobody has changed. */
  #filled = ''
  /** Where on this device the typed text is kept; one place per person and address. */
  #place = `chorus.new.${store.me?.id}.${titleKey(new URLSearchParams(location.search).get('title') ?? '')}`
  /** An input method is at work in the field. */
  #composing = false
  /** The text once the editor is there; until then, and without it, the field holds it. */
  #text: NewText | null = null
  /** The recovery draft that a conflict left, and its text. */
  #draft: { id: string; text: string } | null = null

  constructor() {
    super()
    for (const name of ['compositionstart', 'compositionend'])
      this.addEventListener(name, () => {
        this.#composing = name === 'compositionstart'
      })
    this.addEventListener('input', () => {
      if (this.#text) this.#text.title = this.#title.value
      clearTimeout(this.#timer)
      this.#timer = setTimeout(this.#keep, PAUSE)
    })
    this.addEventListener('change', event => {
      const select = (event.target as Element).closest<HTMLSelectElement>('#template')
      if (select) void this.#fill(select)
    })
    this.addEventListener('keydown', event => {
      const { ctrlKey, metaKey, altKey, shiftKey, target } = event
      // What the text itself uses it for, as in a task or a table, comes first.
      if (event.key !== 'Enter' || event.isComposing || event.defaultPrevented || altKey || shiftKey) return
      if (ctrlKey || metaKey) {
        if (!(target as Element).matches('#title, #content')) return
        this.#form.requestSubmit()
      } else if (target === this.#title) this.#surface.focus()
      else return
      event.preventDefault()
    })
    this.addEventListener('submit', event => {
      event.preventDefault()
      void this.#submit()
    })
  }

  get #form(): HTMLFormElement {
    return this.querySelector('form')!
  }

  get #title(): HTMLTextAreaElement {
    return this.querySelector('#title')!
  }

  get #content(): HTMLTextAreaElement {
    return this.querySelector('#content')!
  }

  get #editor(): PageEditor | null {
    return this.querySelector('page-editor')
  }

  /** What is written in: the field, or the editor in its place. */
  get #surface(): HTMLElement {
    return this.#editor ?? this.#content
  }

  /** Whether a file is put in that is nowhere else than in this window. */
  get unacknowledged(): boolean {
    return this.#editor?.unacknowledged ?? false
  }

  get #said(): HTMLElement {
    return this.querySelector('.kept')!
  }

  override connectedCallback(): void {
    super.connectedCallback()
    addEventListener('pagehide', this.#keep)
    addEventListener('beforeunload', this.#warn)
    this.#restore()
    const first = this.#title.value === '' || this.#title.value.endsWith('/') ? this.#title : this.#content
    first.focus({ preventScroll: true })
    first.setSelectionRange(first.value.length, first.value.length)
    // Without it, as without a line, the field stays.
    void this.#dress().catch(() => {})
  }

  /** Puts the editor in the place of the field, with what has been typed there. */
  async #dress(): Promise<void> {
    const [{ PageEditor }, { NewText }] = await Promise.all([
      import('../editor/page-editor.ts'),
      import('../editor/new-text.ts'),
    ])
    const field = this.#content
    // It would lose its letters.
    while (this.#composing)
      await new Promise(resolve => this.addEventListener('compositionend', resolve, { once: true }))
    if (!this.isConnected || this.#editor) return
    const text = new NewText(plain(field.value), words => {
      field.value = words
      field.dispatchEvent(new Event('input', { bubbles: true }))
    })
    this.#text = text
    text.title = this.#title.value
    const editor = new PageEditor()
    editor.page = text
    editor.user = store.me
    if (document.activeElement === field) {
      const at = field.selectionStart
      editor.start = { offsetIn: () => at, top: null }
    }
    field.hidden = true
    field.after(editor)
  }

  /** Puts a text there. */
  #write(content: string): void {
    this.#content.value = content
    this.#text?.replace(content)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    removeEventListener('pagehide', this.#keep)
    removeEventListener('beforeunload', this.#warn)
    clearTimeout(this.#timer)
  }

  /** What is typed is kept here; asks where a file is not. @returns false to stay */
  async mayLeave(): Promise<boolean> {
    this.#keep()
    if (!this.unacknowledged) return true
    const words = this.#editor!.leftBehind
    return (await choose('Leave without it?', words, [{ value: 'leave', words: 'Leave', look: 'danger' }])) === 'leave'
  }

  readonly #warn = (event: BeforeUnloadEvent): void => {
    if (this.unacknowledged) event.preventDefault()
  }

  readonly #keep = (): void => {
    clearTimeout(this.#timer)
    const [title, content] = [this.#title.value, this.#content.value]
    try {
      if (content.trim() === '') localStorage.removeItem(this.#place)
      else {
        localStorage.setItem(this.#place, JSON.stringify({ title, content }))
        this.#say('Kept on this device until you make the page.')
      }
    } catch {
      this.#say('This browser keeps nothing: make the page before you leave.')
    }
  }

  #restore(): void {
    try {
      const kept = JSON.parse(localStorage.getItem(this.#place) ?? 'null') as { title: string; content: string } | null
      if (!kept || this.#content.value !== '') return
      this.#title.value = kept.title
      this.#content.value = kept.content
      this.#say('This is what you typed here before.')
    } catch {
      // Nothing is kept, or nothing that can be read.
    }
  }

  /** Begins from a template; what somebody has typed is not written over. */
  async #fill(select: HTMLSelectElement): Promise<void> {
    const typed = this.#content.value
    if (typed.trim() !== '' && typed !== this.#filled) {
      this.#say('Empty the text first; what you typed is kept.')
      select.value = ''
      return
    }
    const template = Number(select.value)
    try {
      const asked = { template, title: this.#title.value || 'New page', now: clockOf(new Date()) }
      const { content } = template ? await ask('template:fill', asked) : { content: '' }
      // Somebody who has begun to type meanwhile goes on.
      if (this.#content.value !== typed) return
      this.#filled = content
      this.#write(content)
      this.#keep()
    } catch (error) {
      this.#say(sentenceOf(error))
    }
  }

  #forget(): void {
    try {
      localStorage.removeItem(this.#place)
    } catch {
      // Nothing was kept.
    }
  }

  #say(words: unknown): void {
    // Every form empties this place before it begins anew.
    const line = document.createElement('span')
    render(words, line)
    this.#said.replaceChildren(line)
  }

  async #submit(): Promise<void> {
    clearTimeout(this.#timer)
    this.#keep()
    if (this.#editor?.awaitsFiles) return this.#say('A file is still on its way. Make the page once it is there.')
    const content = plain(this.#content.value)
    let path = ''
    // What would be typed meanwhile would be in no page.
    this.#rest('The page is being made.')
    const made = await submitting(this.#form, async () => {
      const title = parseTitle(this.#title.value)
      try {
        ;({ path } = await ask('page:create', { title, content }))
      } catch (error) {
        const { page } = error instanceof WikiError && error.code === 'conflict' ? error.details : {}
        if (!page) throw error
        // An answer that got lost on the way leaves the very page that was wanted.
        if (!(await this.#isMine(page.id, content))) return this.#taken(page, content)
        path = page.path
      }
    })
    if (!made || path === '') {
      this.#rest(null)
      if (this.#content.ariaInvalid === 'true') this.#surface.focus()
      return
    }
    this.#forget()
    clearTimeout(this.#timer)
    this.#write('')
    if (this.#draft?.text === content) await discardDraft(this.#draft.id).catch(() => {})
    await router.go(path, { replace: true })
  }

  /** Nothing can be written for the reason that is given; again, for null. */
  #rest(why: string | null): void {
    this.#content.readOnly = why !== null
    if (this.#text) this.#text.message = why
  }

  async #isMine(page: number, content: string): Promise<boolean> {
    const read = await ask('page:read', { page })
    return read.author.id === store.me?.id && read.content === content
  }

  /** Somebody has made this page: offers it, and keeps what was typed where it can be found again. */
  async #taken(page: NonNullable<ErrorDetails['page']>, text: string): Promise<void> {
    // What is said here would be written over by the word that the text is kept.
    clearTimeout(this.#timer)
    let kept = text === ''
    if (!kept) {
      try {
        if (this.#draft?.text !== text) {
          const title = page.title
          const reason = `“${title}” existed already when you wanted to make it.`
          const { id } = await saveDraft({ user: store.me?.id ?? null, page: page.id, title, text, reason })
          if (this.#draft) await discardDraft(this.#draft.id)
          this.#draft = { id, text }
        }
        kept = true
      } catch {
        kept = false
      }
    }
    const note = this.querySelector('#title-note')!
    this.#title.ariaInvalid = 'true'
    note.classList.add('wrong')
    note.textContent = `“${page.title}” exists already. Open it, or choose another title.`
    const where = kept
      ? html`Your text is kept among your <a href="/drafts">recovered drafts</a>.`
      : 'Copy your text before you open it.'
    this.#say(html`<a class="btn" href=${page.path}>Open “${page.title}”</a> ${text === '' ? '' : where}`)
    this.#title.focus()
  }
}

customElements.define('create-view', CreateView)
