// A page being read and written: follows what others change, opens the editor in place, shows what it reports.
// PageView (<page-view>)

import '../styles/article.css'
import '../styles/links.css'
import '../components/page-actions.ts'
import '../components/page-contents.ts'
import '../components/presence-bar.ts'
import '../components/save-light.ts'
import type { ScreenAction } from '../../shared/actions.ts'
import { addressUnder, deedsWith } from '../../shared/pieces-page.ts'
import type { Attended, Page } from '../../shared/protocol.ts'
import { leafOf, pathOf } from '../../shared/titles.ts'
import { actions, screenAction } from '../actions.ts'
import { ask } from '../ask.ts'
import { markBlocks, patchArticle } from '../components/article-patch.ts'
import { askTitle, choose } from '../components/dialogs.ts'
import { say } from '../components/line-bar.ts'
import '../components/linked-from.ts'
import '../components/wiki-embed.ts'
import type { PageActions } from '../components/page-actions.ts'
import type { PageContents } from '../components/page-contents.ts'
import type { HereNow } from '../components/presence-bar.ts'
import type { EditorState } from '../components/save-light.ts'
import { Awake } from '../components/standing.ts'
import { connection } from '../connection.ts'
import type { PageEditor } from '../editor/page-editor.ts'
import type { LiveNews, LiveReader } from '../reading/live-reader.ts'
import type { Place } from '../reading/place.ts'
import { type Arrival, load, router } from '../router.ts'
import { Hear, store } from '../store.ts'
import { drawHere } from './draw-here.ts'

/** Milliseconds that a changed block stays marked, and its writer listed. */
const MARKED = 6_000
/** Milliseconds that a room may take to open before a newer document is fetched instead. */
const PATIENCE = 4_000

/** What is done with the whole page, and seldom. */
const DEEDS = ['duplicate', 'star', 'unstar', 'note', 'lock', 'unlock', 'protect', 'unprotect', 'delete'] as const

/** One page, wrapped around the server's HTML of it. */
export class PageView extends Awake {
  #page: Page = store.boot.page!
  /** The text that the article shows. */
  #shown = this.#page.seq
  /** The article shows edits of mine that the server has not acknowledged. */
  #ahead = false
  #editor: PageEditor | null = null
  /** It is in the trash. */
  #gone = false
  /** The text when the editor was opened. */
  #began = ''
  #state: EditorState | null = null
  #refreshing: Promise<void> | null = null
  /** Follows the room while nobody writes here. */
  #live: LiveReader | null = null
  #stopHelping = () => {}
  #writers = new Map<number, ReturnType<typeof setTimeout>>()
  #withdraw = () => {}

  constructor() {
    super()
    new Hear(this, 'page:updated', ({ page }) => page.id === this.#page.id && this.#updated(page))
    new Hear(this, 'page:presence', ({ pages }) => this.#attended(pages))
    new Hear(this, 'page:renamed', ({ page }) => page.id === this.#page.id && this.#renamed(page))
    new Hear(this, 'page:deleted', ({ page }) => page.id === this.#page.id && this.#deleted())
    new Hear(this, 'page:restored', ({ page }) => page.id === this.#page.id && this.#restored())
    new Hear(this, 'page:guarded', ({ page }) => {
      if (page.id === this.#page.id) this.#page = page
    })
    this.addEventListener('click', event => {
      const { do: what } = (event.target as Element).closest<HTMLElement>('[data-do]')?.dataset ?? {}
      if (what) void this.#do(what)
    })
    this.addEventListener('dblclick', event => void this.#editHere(event))
    this.addEventListener('editor-state', event => this.#report((event as CustomEvent<EditorState>).detail))
  }

  /** Whether the editor holds something that the server has not acknowledged. */
  get unacknowledged(): boolean {
    return this.#editor?.unacknowledged ?? false
  }

  /** Whether it is being written in, or about to be. */
  get busy(): boolean {
    return this.#actions.mode !== 'reading'
  }

  get #article(): HTMLElement {
    return this.querySelector('article')!
  }

  get #actions(): PageActions {
    return this.querySelector('page-actions')!
  }

  get #here(): HereNow {
    return this.querySelector('here-now')!
  }

  get #contents(): PageContents {
    return this.querySelector('page-contents')!
  }

  override connectedCallback(): void {
    super.connectedCallback()
    addEventListener('beforeunload', this.#warn)
    addEventListener('beforeprint', this.#print)
    void this.#help()
    this.#withdraw = actions.add(...this.#offered())
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    removeEventListener('beforeunload', this.#warn)
    removeEventListener('beforeprint', this.#print)
    this.#withdraw()
    for (const timer of this.#writers.values()) clearTimeout(timer)
    this.#leaveRoom()
    this.#stopHelping()
  }

  /** Cards, large pictures and the like come when everything else is there. */
  async #help(): Promise<void> {
    await new Promise(resolve => (globalThis.requestIdleCallback ?? setTimeout)(resolve))
    const helps = await import('../reading/helps.ts').catch(() => null)
    if (helps && this.isConnected) this.#stopHelping = helps.readingHelps(this)
  }

  readonly #warn = (event: BeforeUnloadEvent): void => {
    if (this.unacknowledged) event.preventDefault()
  }

  /** Paper shows the article, never an editor that holds but a part of its text. */
  readonly #print = (): void => {
    if (!this.#editor) return
    this.#ahead = true
    void drawHere(this.#article, this.#editor.text)
  }

  #offered() {
    const mode = (name: string) => () => store.boot.mayWrite && this.#actions.mode === name
    const deed = (name: ScreenAction, run: () => unknown = () => this.#do(name)) =>
      screenAction(name, 'Page', run, () => deedsWith(this.#page, store.boot).has(name))
    return [
      screenAction('edit', 'Page', () => this.#edit(), mode('reading')),
      screenAction('done', 'Page', () => this.#done(), mode('editing')),
      deed('rename'),
      deed('copy-link'),
      screenAction('copy-text', 'Page', () => this.#do('copy-text'), mode('editing')),
      deed('new-under', () => router.go(addressUnder(this.#page))),
      ...DEEDS.map(name => deed(name)),
      deed('attachments', () => router.go(pathOf(this.#page.title, '/attachments/'))),
      deed('as-markdown', () => location.assign(`${this.#page.path}.md`)),
    ]
  }

  /** Closes the editor; asks first if some of its text is nowhere but on the screen. */
  async mayLeave(): Promise<boolean> {
    const editor = this.#editor
    if (!editor) return true
    if (this.#state?.save === 'unsaved' && editor.unacknowledged) {
      const answer = await choose(
        'Some of your text is not saved',
        'The server has not taken it yet. Copy the text before you leave, or stay until the light says “Saved”.',
        [
          { value: 'copy', words: 'Copy text', look: 'primary' },
          { value: 'leave', words: 'Leave', look: 'danger' },
        ],
      )
      if (answer === 'copy') await editor.copyText()
      if (answer !== 'leave') return false
    }
    await editor.close()
    return true
  }

  async #do(what: string): Promise<void> {
    if (what === 'edit') await this.#edit()
    if (what === 'done') await this.#done()
    if (what === 'cancel') await this.#stop()
    if (what === 'copy-text') await this.#editor?.copyText()
    if (what === 'copy-link' || DEEDS.some(name => name === what))
      await (await import('./page-deeds.ts')).deed(what, this.#page)
    if (what === 'rename') await askTitle(this.#page, (title, below, from) => this.#rename(title, below, from))
  }

  // ---- reading

  #updated(page: Page): void {
    this.#page = page
    if (this.#editor || page.seq <= this.#shown || this.#live?.live) return
    if (page.editor.id !== store.me?.id) this.#listWriter(page.editor.id)
    void this.#follow()
  }

  /** Somebody begins to write here: the first letters are worth being there for. */
  #attended(pages: Attended[]): void {
    const here = pages.find(({ page }) => page === this.#page.id)
    if (here?.people.some(({ writing, person }) => writing && person.id !== store.me?.id)) void this.#follow()
  }

  /** Goes into the room to read along; where that does not work out, newer documents are fetched. */
  async #follow(): Promise<void> {
    if (this.#live) return
    const { LiveReader } = await import('../reading/live-reader.ts').catch(() => ({ LiveReader: null }))
    if (this.#live || this.#editor || !this.isConnected) return
    if (LiveReader) {
      const title = leafOf(this.#page.title)
      this.#live = new LiveReader(
        this.#page,
        title,
        this.#article,
        news => this.#followed(news),
        people => {
          store.know(people.map(({ person }) => person))
          this.#here.people = people
        },
      )
    }
    const live = this.#live
    setTimeout(
      () => {
        if (this.#live === live && !live?.live && this.#page.seq > this.#shown) this.#refreshing ??= this.#refresh()
      },
      live ? PATIENCE : 0,
    )
  }

  #followed({ seq, headings, titleId, written }: LiveNews): void {
    this.#shown = seq
    this.#ahead = false
    for (const { element, user } of written) {
      const person = user === null || user === store.me?.id ? undefined : store.people.get(user)
      if (!person) continue
      markBlocks([element], person, MARKED)
      this.#listWriter(person.id)
    }
    this.#contents.show(headings)
    this.querySelector('h1')!.id = titleId ?? 'title'
  }

  #leaveRoom(): void {
    void this.#live?.close()
    this.#live = null
    this.#here.people = []
  }

  /** Takes over what has changed; what changes meanwhile is fetched after it. */
  async #refresh(): Promise<void> {
    try {
      while (this.isConnected && !this.#editor && this.#page.seq > this.#shown) {
        const before = this.#shown
        // Readers of one page should not all ask in the same instant.
        await new Promise(resolve => setTimeout(resolve, Math.random() * 120))
        const arrival = await load(this.#page.path)
        if (!arrival || this.#editor) return
        this.#take(arrival)
        // A document from this device's cache may be older than what is announced.
        if (this.#shown === before) return
      }
    } catch {
      // The line bar says that the server cannot be reached; the next update asks again.
    } finally {
      this.#refreshing = null
    }
  }

  /** Takes over a newer document of this page, as after a lost line. */
  catchUp(arrival: Arrival): void {
    const now = arrival.boot.page
    const { title } = this.#page
    if (now?.id !== this.#page.id) this.#deleted()
    else if (this.#editor) this.#page = store.boot.page!
    else this.#take(arrival)
    if (now?.id === this.#page.id && now.title !== title) this.#renamed(store.boot.page!)
  }

  #take({ doc, boot }: Arrival): void {
    const page = boot.page
    const article = doc.querySelector('page-view article')
    if (!page || !article || page.id !== this.#page.id || page.seq < this.#shown || this.#live?.live) return
    // The server has not got yet what is drawn from this device.
    if (this.#ahead && page.seq === this.#shown) return
    this.#ahead = false
    store.hold([page])
    const blocks = patchArticle(this.#article, article)
    if (page.editor.id !== store.me?.id) markBlocks(blocks, page.editor, MARKED)
    const contents = doc.querySelector('page-contents')
    if (contents) this.#contents.take(contents)
    this.#shown = page.seq
    this.#page = page
  }

  #listWriter(id: number): void {
    clearTimeout(this.#writers.get(id))
    const gone = () => {
      this.#writers.delete(id)
      this.#here.writers = this.#writing()
    }
    this.#writers.set(id, setTimeout(gone, MARKED * 2))
    this.#here.writers = this.#writing()
  }

  #writing() {
    return [...this.#writers.keys()].flatMap(id => store.people.get(id) ?? [])
  }

  // ---- in the trash, and back

  /** Whoever reads is shown that it is gone; whoever writes keeps the text before their eyes. */
  #deleted(): void {
    this.#gone = true
    if (!this.busy) void router.refresh()
  }

  #restored(): void {
    this.#gone = false
    const editor = this.#editor
    if (!editor || editor.unacknowledged) return
    void this.#stop().then(() => router.refresh())
  }

  // ---- another title

  async #rename(title: string, below: boolean, from: string): Promise<void> {
    await ask('page:rename', { page: this.#page.id, title, from, below })
  }

  #renamed(page: Page): void {
    this.#page = page
    router.moved(page.path)
    document.title = `${leafOf(page.title)} · Chorus`
    this.querySelector('h1')!.textContent = leafOf(page.title)
    if (this.#editor) this.#editor.page = page
    if (!this.busy) void router.refresh()
  }

  // ---- writing

  /** A double click into the text means to change it there. */
  async #editHere(event: MouseEvent): Promise<void> {
    const target = event.target as Element
    if (!this.#article.contains(target) || target.closest('a, button, summary, input, img, [data-own]')) return
    if (!this.querySelector('[data-do=edit]')) return
    const { placeAt } = await import('../reading/place.ts')
    await this.#edit(placeAt(this.#article, event.clientX, event.clientY))
  }

  async #edit(at: Place | null = null): Promise<void> {
    if (this.#editor || this.#actions.mode !== 'reading') return
    if (this.#page.locked && !(await this.#unlocks())) return
    this.#actions.mode = 'opening'
    let places: typeof import('../reading/place.ts')
    try {
      ;[places] = await Promise.all([import('../reading/place.ts'), import('../editor/page-editor.ts')])
    } catch {
      this.#actions.mode = 'reading'
      await choose('The editor could not be loaded', 'The server cannot be reached. Try again when it is back.', [])
      return
    }
    const place = at ?? places.placeOfSelection(this.#article) ?? places.placeInView(this.#article)
    this.#leaveRoom()
    const editor = document.createElement('page-editor') as PageEditor
    editor.page = this.#page
    editor.user = store.me
    editor.start = place && { offsetIn: text => places.offsetIn(text, place), top: place.top }
    editor.className = 'waiting'
    this.#article.after(editor)
    this.#editor = editor
  }

  async #unlocks(): Promise<boolean> {
    const answer = await choose(
      'This page is locked for reading',
      'Somebody wanted it not to be changed by accident. You can still write in it.',
      [{ value: 'edit', words: 'Edit it', look: 'primary' }],
    )
    return answer !== null
  }

  #report(state: EditorState): void {
    const editor = this.#editor
    if (!editor) return
    this.#state = state
    this.#actions.state = state
    // Whoever made their account after this document was drawn is not known yet.
    store.know(state.people.map(({ person }) => person))
    this.#here.people = state.people
    if (state.save === 'loading' || this.#actions.mode !== 'opening') return
    // The article stays until the text is there to take its place.
    this.#actions.mode = 'editing'
    this.#contents.after(editor.outline)
    this.#showEditor(true)
    this.#began = editor.text
    // Where somebody prints, there is no time to load it.
    void import('../../shared/markdown.ts').catch(() => {})
    if (!editor.start) editor.focus()
  }

  #showEditor(on: boolean): void {
    this.#editor?.classList.toggle('waiting', !on)
    this.#article.hidden = on
    this.querySelector<HTMLElement>('page-byline')!.hidden = on
    this.#contents.hidden = on
    this.classList.toggle('writing', on)
  }

  async #done(): Promise<void> {
    const editor = this.#editor
    if (!editor || this.#actions.mode !== 'editing') return
    this.#actions.mode = 'closing'
    const { text, place, leftBehind } = editor
    await editor.close()
    if (this.#gone) {
      await this.#stop()
      return router.refresh()
    }
    const fresh =
      connection.state === 'online' && !editor.unacknowledged ? await load(this.#page.path).catch(() => null) : null
    if (fresh) this.#take(fresh)
    else {
      this.#ahead = true
      await drawHere(this.#article, text)
    }
    await this.#stop()
    if (leftBehind) say(leftBehind)
    else if (text !== this.#began)
      say('Your changes are in.', { words: 'Say what you changed…', run: () => void this.#do('note') })
    if (!place) return
    const { scrollToLine } = await import('../reading/place.ts')
    scrollToLine(this.#article, place.line, place.top)
  }

  /** Takes the editor away and goes on reading. */
  async #stop(): Promise<void> {
    this.#showEditor(false)
    this.#editor?.outline.remove()
    this.#editor?.remove()
    this.#editor = null
    this.#state = null
    this.#here.people = []
    this.#actions.mode = 'reading'
    await this.#actions.updateComplete
    this.querySelector<HTMLElement>('[data-do=edit]')?.focus({ preventScroll: true })
    if (this.#page.seq > this.#shown) void this.#follow()
  }
}

customElements.define('page-view', PageView)
