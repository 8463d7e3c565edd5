// Writing in a page: the editor in the place of its article, and the way back. Loaded with the editor, at the first “Edit”.
// Writing

import type { Page } from '../../shared/protocol.ts'
import { choose } from '../components/dialogs.ts'
import { say } from '../components/line-bar.ts'
import { connection } from '../connection.ts'
import { PageEditor } from '../editor/page-editor.ts'
import type { ProviderStatus } from '../editor/status.ts'
import { saveWords } from '../editor/words.ts'
import { offsetIn, type Place, placeInView, placeOfSelection, scrollToLine } from '../reading/place.ts'
import { load, router } from '../router.ts'
import { store } from '../store.ts'
import { drawHere } from './draw-here.ts'
import type { PageView } from './page-view.ts'

/** One time of writing in a page, from “Edit” to “Done”. */
export class Writing {
  readonly #editor = new PageEditor()
  #status: ProviderStatus | null = null
  /** The text when the editor was opened. */
  #began = ''

  /** Opens the editor at a place, or at what is being read; `view` shows its article until the text is there. */
  constructor(
    private readonly view: PageView,
    at: Place | null,
  ) {
    const { article, page } = view
    const place = at ?? placeOfSelection(article) ?? placeInView(article)
    this.#editor.page = page
    this.#editor.user = store.me
    this.#editor.start = place && { offsetIn: text => offsetIn(text, place), top: place.top }
    this.#editor.className = 'waiting'
    this.#editor.addEventListener('editor-state', event => this.#report((event as CustomEvent<ProviderStatus>).detail))
    article.after(this.#editor)
  }

  /** Whether there is something that the server has not acknowledged. */
  get unacknowledged(): boolean {
    return this.#editor.unacknowledged
  }

  /** The page has another title. */
  renamed(page: Page): void {
    this.#editor.page = page
  }

  /** Puts the whole text on the clipboard. */
  copyText(): Promise<void> {
    return this.#editor.copyText()
  }

  /** Paper shows the article, never an editor that holds but a part of its text. */
  print(): void {
    this.view.ahead = true
    void drawHere(this.view.article, this.#editor.text)
  }

  /** Closes the editor; asks first if some of its text is nowhere but on the screen. @returns false to stay */
  async mayLeave(): Promise<boolean> {
    if (this.#status?.save === 'unsaved' && this.unacknowledged) {
      const answer = await choose(
        'Some of your text is not saved',
        'The server has not taken it yet. Copy the text before you leave, or stay until the light says “Saved”.',
        [
          { value: 'copy', words: 'Copy text', look: 'primary' },
          { value: 'leave', words: 'Leave', look: 'danger' },
        ],
      )
      if (answer === 'copy') await this.copyText()
      if (answer !== 'leave') return false
    }
    await this.#editor.close()
    return true
  }

  #report(status: ProviderStatus): void {
    const { actions, here, contents } = this.view
    this.#status = status
    actions.state = status
    // Whoever made their account after this document was drawn is not known yet.
    store.know(status.people.map(({ person }) => person))
    here.people = status.people
    if (status.save === 'loading' || actions.mode !== 'opening') return
    if (status.save === 'signed-out' && !status.hasText) {
      void this.#turnedAway(status)
      return
    }
    // The article stays until the text is there to take its place.
    actions.mode = 'editing'
    contents.after(this.#editor.outline)
    this.#show(true)
    this.#began = this.#editor.text
    // Where somebody prints, there is no time to load it.
    void import('../../shared/markdown.ts').catch(() => {})
    if (!this.#editor.start) this.#editor.focus()
  }

  /** An empty editor would look as if everything were lost: the article stays, with a word about what is kept. */
  async #turnedAway(status: ProviderStatus): Promise<void> {
    await this.stop()
    if (store.stranger?.user) {
      await choose('Somebody else is signed in', status.message!, [])
      return
    }
    const answer = await choose('You are signed out', saveWords(status), [
      { value: 'sign-in', words: 'Sign in', look: 'primary' },
    ])
    if (answer) location.assign(`/login?next=${encodeURIComponent(location.pathname)}`)
  }

  #show(on: boolean): void {
    const { article, contents } = this.view
    this.#editor.classList.toggle('waiting', !on)
    article.hidden = on
    this.view.querySelector<HTMLElement>('page-byline')!.hidden = on
    contents.hidden = on
    this.view.classList.toggle('writing', on)
  }

  /** Closes the editor and shows what was written. */
  async done(): Promise<void> {
    const { view } = this
    if (view.actions.mode !== 'editing') return
    view.actions.mode = 'closing'
    const { text, place, leftBehind } = this.#editor
    await this.#editor.close()
    if (view.gone) {
      await this.stop()
      return router.refresh()
    }
    const fresh =
      connection.state === 'online' && !this.unacknowledged ? await load(view.page.path).catch(() => null) : null
    if (fresh) view.take(fresh)
    else {
      view.ahead = true
      await drawHere(view.article, text)
    }
    await this.stop()
    if (leftBehind) say(leftBehind)
    else if (text !== this.#began)
      say('Your changes are in.', { words: 'Say what you changed…', run: () => void view.do('note') })
    if (place) scrollToLine(view.article, place.line, place.top)
  }

  /** Takes the editor away. */
  async stop(): Promise<void> {
    this.#show(false)
    this.#editor.outline.remove()
    this.#editor.remove()
    await this.view.goOnReading()
  }
}
