// A page being read: follows what others change, does what its buttons say, opens the editor in place.
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
import '../components/linked-from.ts'
import '../components/wiki-embed.ts'
import type { PageActions } from '../components/page-actions.ts'
import type { PageContents } from '../components/page-contents.ts'
import type { HereNow } from '../components/presence-bar.ts'
import { Awake } from '../components/standing.ts'
import type { LiveNews, LiveReader } from '../reading/live-reader.ts'
import type { Place } from '../reading/place.ts'
import { type Arrival, load, router } from '../router.ts'
import { Hear, store } from '../store.ts'
import type { Writing } from './page-writing.ts'

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
  ahead = false
  /** It is in the trash. */
  gone = false
  #writing: Writing | null = null
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
      if (what) void this.do(what)
    })
    this.addEventListener('dblclick', event => void this.#editHere(event))
  }

  /** Whether the editor holds something that the server has not acknowledged. */
  get unacknowledged(): boolean {
    return this.#writing?.unacknowledged ?? false
  }

  /** Whether it is being written in, or about to be. */
  get busy(): boolean {
    return this.actions.mode !== 'reading'
  }

  /** The page as it was announced last. */
  get page(): Page {
    return this.#page
  }

  // ---- its parts, which reading and writing share

  get article(): HTMLElement {
    return this.querySelector('article')!
  }

  get actions(): PageActions {
    return this.querySelector('page-actions')!
  }

  get here(): HereNow {
    return this.querySelector('here-now')!
  }

  get contents(): PageContents {
    return this.querySelector('page-contents')!
  }

  // ---- life

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

  readonly #print = (): void => this.#writing?.print()

  #offered() {
    const mode = (name: string) => () => store.boot.mayWrite && this.actions.mode === name
    const deed = (name: ScreenAction, run: () => unknown = () => this.do(name)) =>
      screenAction(name, 'Page', run, () => deedsWith(this.#page, store.boot).has(name))
    return [
      screenAction('edit', 'Page', () => this.#edit(), mode('reading')),
      screenAction('done', 'Page', () => this.#writing?.done(), mode('editing')),
      deed('rename'),
      deed('copy-link'),
      screenAction('copy-text', 'Page', () => this.do('copy-text'), mode('editing')),
      deed('new-under', () => router.go(addressUnder(this.#page))),
      ...DEEDS.map(name => deed(name)),
      deed('attachments', () => router.go(pathOf(this.#page.title, '/attachments/'))),
      deed('as-markdown', () => location.assign(`${this.#page.path}.md`)),
    ]
  }

  /** Closes the editor; asks first if some of its text is nowhere but on the screen. */
  async mayLeave(): Promise<boolean> {
    return this.#writing?.mayLeave() ?? true
  }

  /** Does what a button or an action is called. */
  async do(what: string): Promise<void> {
    if (what === 'edit') await this.#edit()
    if (what === 'done') await this.#writing?.done()
    if (what === 'cancel') await (this.#writing?.stop() ?? this.goOnReading())
    if (what === 'copy-text') await this.#writing?.copyText()
    if (what === 'copy-link' || DEEDS.some(name => name === what))
      await (await import('./page-deeds.ts')).deed(what, this.#page)
    if (what === 'rename') await askTitle(this.#page, (title, below, from) => this.#rename(title, below, from))
  }

  // ---- reading

  #updated(page: Page): void {
    this.#page = page
    if (this.#writing || page.seq <= this.#shown || this.#live?.live) return
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
    if (this.#live || this.#writing || !this.isConnected) return
    if (LiveReader) {
      const title = leafOf(this.#page.title)
      this.#live = new LiveReader(
        this.#page,
        title,
        this.article,
        news => this.#followed(news),
        people => {
          store.know(people.map(({ person }) => person))
          this.here.people = people
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
    this.ahead = false
    for (const { element, user } of written) {
      const person = user === null || user === store.me?.id ? undefined : store.people.get(user)
      if (!person) continue
      markBlocks([element], person, MARKED)
      this.#listWriter(person.id)
    }
    this.contents.show(headings)
    this.querySelector('h1')!.id = titleId ?? 'title'
  }

  /** Who was told to be in the room stays on the screen until somebody else tells. */
  #leaveRoom(): void {
    void this.#live?.close()
    this.#live = null
  }

  /** Takes over what has changed; what changes meanwhile is fetched after it. */
  async #refresh(): Promise<void> {
    try {
      while (this.isConnected && !this.#writing && this.#page.seq > this.#shown) {
        const before = this.#shown
        // Readers of one page should not all ask in the same instant.
        await new Promise(resolve => setTimeout(resolve, Math.random() * 120))
        const arrival = await load(this.#page.path)
        if (!arrival || this.#writing) return
        this.take(arrival)
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
    else if (this.#writing) this.#page = store.boot.page!
    else this.take(arrival)
    if (now?.id === this.#page.id && now.title !== title) this.#renamed(store.boot.page!)
  }

  /** Shows what a newer document of this page holds, unless what is shown is newer. */
  take({ doc, boot }: Arrival): void {
    const page = boot.page
    const article = doc.querySelector('page-view article')
    if (!page || !article || page.id !== this.#page.id || page.seq < this.#shown || this.#live?.live) return
    // The server has not got yet what is drawn from this device.
    if (this.ahead && page.seq === this.#shown) return
    this.ahead = false
    store.hold([page])
    const blocks = patchArticle(this.article, article)
    if (page.editor.id !== store.me?.id) markBlocks(blocks, page.editor, MARKED)
    const contents = doc.querySelector('page-contents')
    if (contents) this.contents.take(contents)
    this.#shown = page.seq
    this.#page = page
  }

  #listWriter(id: number): void {
    clearTimeout(this.#writers.get(id))
    const gone = () => {
      this.#writers.delete(id)
      this.here.writers = this.#peopleWriting()
    }
    this.#writers.set(id, setTimeout(gone, MARKED * 2))
    this.here.writers = this.#peopleWriting()
  }

  #peopleWriting() {
    return [...this.#writers.keys()].flatMap(id => store.people.get(id) ?? [])
  }

  // ---- in the trash, and back

  /** Whoever reads is shown that it is gone; whoever writes keeps the text before their eyes. */
  #deleted(): void {
    this.gone = true
    if (!this.busy) void router.refresh()
  }

  #restored(): void {
    this.gone = false
    if (!this.#writing || this.unacknowledged) return
    void this.#writing.stop().then(() => router.refresh())
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
    this.#writing?.renamed(page)
    if (!this.busy) void router.refresh()
  }

  // ---- writing

  /** A double click into the text means to change it there. */
  async #editHere(event: MouseEvent): Promise<void> {
    const target = event.target as Element
    if (!this.article.contains(target) || target.closest('a, button, summary, input, img, [data-own]')) return
    if (!this.querySelector('[data-do=edit]')) return
    const { placeAt } = await import('../reading/place.ts')
    await this.#edit(placeAt(this.article, event.clientX, event.clientY))
  }

  async #edit(at: Place | null = null): Promise<void> {
    if (this.busy) return
    if (this.#page.locked && !(await this.#unlocks())) return
    this.actions.mode = 'opening'
    const loaded = await import('./page-writing.ts').catch(() => null)
    // Somebody may have cancelled meanwhile, and even begun anew.
    if (this.actions.mode !== 'opening' || this.#writing || !this.isConnected) return
    if (loaded) {
      this.#leaveRoom()
      this.#writing = new loaded.Writing(this, at)
    } else {
      this.actions.mode = 'reading'
      await choose('The editor could not be loaded', 'The server cannot be reached. Try again when it is back.', [])
    }
  }

  async #unlocks(): Promise<boolean> {
    const answer = await choose(
      'This page is locked for reading',
      'Somebody wanted it not to be changed by accident. You can still write in it.',
      [{ value: 'edit', words: 'Edit it', look: 'primary' }],
    )
    return answer !== null
  }

  /** There is no editor, or no longer. */
  async goOnReading(): Promise<void> {
    this.#writing = null
    // Where the editor had not come yet, the room is still being followed.
    if (!this.#live) this.here.people = []
    this.actions.mode = 'reading'
    await this.actions.updateComplete
    this.querySelector<HTMLElement>('[data-do=edit]')?.focus({ preventScroll: true })
    if (this.#page.seq > this.#shown) void this.#follow()
    else this.#attended([...store.presence.values()])
  }
}

customElements.define('page-view', PageView)
