// The editor of a page's text: CodeMirror on the room's shared text, with its toolbar, keys, search and people.
// PageEditor (<page-editor>)

import '../components/wiki-embed.ts'
import { forceParsing } from '@codemirror/language'
import { EditorState } from '@codemirror/state'
import { EditorView, type ViewUpdate } from '@codemirror/view'
import { html, LitElement, nothing, type PropertyValues } from 'lit'
import type { Page, Presence, User } from '../../shared/protocol.ts'
import { actions } from '../actions.ts'
import { connection } from '../connection.ts'
import { Pace } from '../pace.ts'
import { TEXT, type TextAction } from './actions.ts'
import { AT_HAND, applied, TOOLBAR } from './at-hand.ts'
import { sharedText } from './binding.ts'
import { copy } from './clipboard.ts'
import { toFormatBar } from './format-bar.ts'
import { afterProperties } from './live-preview.ts'
import { NewText } from './new-text.ts'
import { showPeople } from './presence.ts'
import { Provider } from './provider.ts'
import { editing, type Holder, mode } from './setup.ts'
import { constructedSheets } from './sheets.ts'
import type { ProviderStatus, Room } from './status.ts'
import '../styles/editor.css'
import '../styles/preview.css'
import { showOutline, TextOutline } from './text-outline.ts'
import './toolbar.ts'
import { ToolbarPlace } from './toolbar-place.ts'
import { awaitsFiles, leftBehind, uploading } from './uploads.ts'
import { counting, saveWords } from './words.ts'

const LOADING: ProviderStatus = { save: 'loading', pending: 0, writable: false, hasText: false, people: [] }
/** Milliseconds that an answer to a key stays. */
const SAID = 3_000
const KEYS = 'page-editor-keys'
/** Milliseconds that the first sight of a text may take to be understood. */
const FIRST_READING = 400
/** Characters below the cursor that fill a screen. */
const SCREENFUL = 4_000

/** One visit to a page's room. */
interface Visit {
  page: number
  room: Room
  view: EditorView
  leave(): void
}

/**
 * Edits the text of `page` together with whoever is there, or that of a page which nobody has made yet.
 * @fires editor-state - with a ProviderStatus, at every change
 */
export class PageEditor extends LitElement {
  static override properties = {
    page: { attribute: false },
    user: { attribute: false },
    status: { state: true },
    formats: { state: true },
    said: { state: true },
    count: { state: true },
  }

  declare page: Page | NewText | undefined
  declare user: User | null
  /**
   * Where the cursor begins in the text, as an offset, and how many pixels below the top of the window its line comes
   * to stand; null where it may stay.
   */
  start: { offsetIn(text: string): number; top: number | null } | null = null
  declare protected status: ProviderStatus
  declare protected formats: ReadonlySet<string>
  declare protected said: string
  declare protected count: string
  /** The headings; whoever holds the editor gives them a place. */
  readonly outline = new TextOutline()
  #visit: Visit | null = null
  /** The last visit's, whose text and unsent changes outlive it. */
  #room: Room | null = null
  #focusSoon = false
  #frame = 0
  #saidTimer: ReturnType<typeof setTimeout> | undefined
  readonly #place = new ToolbarPlace(this)

  constructor() {
    super()
    this.user = null
    this.status = LOADING
    this.formats = new Set()
    this.said = ''
    this.count = ''
    this.addEventListener('show-outline', () => showOutline(this.outline))
  }

  protected override createRenderRoot(): this {
    return this
  }

  // ---- for whoever holds the editor

  /** The text as it is here, saved or not. */
  get text(): string {
    return this.#room?.text.toString() ?? ''
  }

  /** Everyone else who is in the room. */
  get people(): readonly Presence[] {
    return this.status.people
  }

  /** Whether anything was written that the server has not acknowledged. */
  get unacknowledged(): boolean {
    return (this.#room?.unacknowledged ?? false) || (this.#visit !== null && uploading(this.#visit.view.state))
  }

  /** Whether a file is on its way into the text. */
  get awaitsFiles(): boolean {
    return this.#visit !== null && awaitsFiles(this.#visit.view.state)
  }

  /** What is to be said of files that are not in the text yet, or ''. */
  get leftBehind(): string {
    return this.#visit ? leftBehind(this.#visit.view.state) : ''
  }

  /** The line, counted from 1, that is being written if it is in sight, else the first in sight; and how far down it is. */
  get place(): { line: number; top: number } | null {
    const view = this.#visit?.view
    if (!view) return null
    const lineAt = (pos: number) => {
      const line = view.state.doc.lineAt(pos)
      return { line: line.number, top: view.coordsAtPos(line.from)?.top ?? 0 }
    }
    const covered = this.#place.covered().top
    const cursor = lineAt(view.state.selection.main.head)
    if (cursor.top > covered && cursor.top < innerHeight) return cursor
    const { left, top } = view.contentDOM.getBoundingClientRect()
    return lineAt(view.posAtCoords({ x: left + 8, y: Math.max(top + 4, covered) }, false))
  }

  /** Puts the whole text on the clipboard. */
  async copyText(): Promise<void> {
    await copy(this.text, this)
    this.#say('The text is on the clipboard.')
  }

  /** Sends what can be sent and leaves the room. */
  async close(): Promise<void> {
    const visit = this.#visit
    if (!visit) return
    this.#visit = null
    visit.room.point(null, null)
    visit.leave()
    await visit.room.close()
  }

  /** Brings a line, counted from 1, into view; the cursor stays. */
  showLine(line: number): void {
    const view = this.#visit?.view
    if (!view) return
    const { from } = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines))
    view.dispatch({ effects: EditorView.scrollIntoView(from, { y: 'center' }) })
  }

  /** Puts the cursor into the text, as soon as it can be written. */
  override focus(): void {
    this.#focusSoon = !this.status.writable
    if (this.status.writable) this.#visit?.view.focus()
  }

  // ---- life

  override connectedCallback(): void {
    super.connectedCallback()
    this.requestUpdate('page')
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    cancelAnimationFrame(this.#frame)
    clearTimeout(this.#saidTimer)
    void this.close()
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has('page') || !this.page || !this.isConnected) return
    if (this.#visit?.page === this.page.id) {
      // The text is named by the page's title, which may be another one now.
      this.#visit.view.dispatch({})
      return
    }
    void this.close()
    this.#enter(this.page)
  }

  #enter(page: Page | NewText): void {
    constructedSheets()
    const room = page instanceof NewText ? page : new Provider({ page, user: this.user, connection })
    this.#room = room
    const shared = sharedText(room.text)
    const view = new EditorView({
      parent: this.querySelector('.text')!,
      state: EditorState.create({
        doc: room.text.toString(),
        extensions: [
          shared.extension,
          editing(room, connection, this.#holder(page)),
          EditorView.updateListener.of(update => this.#edited(update)),
          counting(count => {
            this.count = count
          }),
        ],
      }),
    })
    // Nobody sees more states than pictures.
    const pace = new Pace(() => this.#tell(room.status))
    let waiting = false
    // A status may come out of the editor's own update, in the midst of which it cannot be changed.
    const tell = () => {
      if (waiting) return
      waiting = true
      queueMicrotask(() => {
        waiting = false
        if (this.#visit?.room === room) pace.soon()
      })
    }
    const stop = room.onStatus(tell)
    const withdraw = actions.add(...this.#offered(view))
    const leave = () => {
      stop()
      pace.stop()
      withdraw()
      view.destroy()
      shared.close()
    }
    this.#visit = { page: page.id, room, view, leave }
    tell()
    void room.synced.then(() => {
      if (this.#visit?.room !== room) return
      this.#tell(room.status)
      this.#begin(view)
    })
  }

  #holder(page: Page | NewText): Holder {
    const words = () =>
      page instanceof NewText ? 'This is kept on your device until you make the page.' : saveWords(this.status)
    const say = () => this.#say(words())
    const toToolbar = (view: EditorView) => {
      if (!toFormatBar(view)) this.querySelector<HTMLElement>('.head format-toolbar')?.focus()
      return true
    }
    const make = () => {
      this.closest('form')?.requestSubmit()
      return true
    }
    return {
      title: () => this.page?.title ?? page.title,
      page: page.id,
      // Files of a page that is not made yet are not kept for it: nothing could put them in later.
      user: page instanceof NewText ? null : (this.user?.id ?? null),
      describedBy: KEYS,
      keys: [
        { key: 'Mod-s', run: say },
        { key: 'Alt-F10', run: toToolbar },
        ...(page instanceof NewText ? [{ key: 'Mod-Enter', run: make }] : []),
      ],
      more: this.outline.follow,
      covered: () => this.#place.covered(),
    }
  }

  /** The text's actions, as the rest of the screen sees them. */
  #offered(view: EditorView) {
    return Object.entries<TextAction>(TEXT)
      .filter(([, { keyOnly }]) => !keyOnly)
      .map(([id, action]) => ({
        ...action,
        id: `text:${id}`,
        inText: true,
        available: () => this.status.writable,
        run: () => this.#run(action, view),
      }))
  }

  #run({ run }: TextAction, view = this.#visit?.view): void {
    if (!view) return
    run(view)
    view.focus()
  }

  #begin(view: EditorView): void {
    const { doc, selection } = view.state
    const anchor = this.start ? Math.max(0, Math.min(doc.length, this.start.offsetIn(doc.toString()))) : 0
    // On a slow device CodeMirror would show the source first, and what it means a while later.
    forceParsing(view, Math.min(doc.length, Math.max(view.viewport.to, anchor + SCREENFUL)), FIRST_READING)
    if (!this.start) {
      // The properties stay folded.
      if (selection.main.empty && selection.main.head === 0)
        view.dispatch({ selection: { anchor: afterProperties(view.state) } })
      return
    }
    const { top } = this.start
    view.dispatch({
      selection: { anchor },
      ...(top !== null && { effects: EditorView.scrollIntoView(anchor, { y: 'start', yMargin: 24 }) }),
    })
    if (top !== null) this.#bringTo(view, anchor, top, 4)
    this.focus()
  }

  /** Scrolls until a position stands so far down; how high the lines above it are is known only when they are drawn. */
  #bringTo(view: EditorView, pos: number, top: number, frames: number): void {
    requestAnimationFrame(() => {
      if (this.#visit?.view !== view || view.state.selection.main.head !== pos) return
      const now = view.coordsAtPos(pos)?.top
      if (now !== undefined && Math.abs(now - top) > 1)
        scrollBy({ top: now - Math.max(top, this.#place.covered().top), behavior: 'instant' })
      if (frames > 1) this.#bringTo(view, pos, top, frames - 1)
    })
  }

  // ---- what changes

  #tell(status: ProviderStatus): void {
    const visit = this.#visit
    if (!visit) return
    const before = this.status
    this.status = status
    if (status.writable !== before.writable || status.save === 'loading' || before.save === 'loading')
      visit.view.dispatch({ effects: mode(status) })
    if (status.writable && this.#focusSoon) this.focus()
    showPeople(visit.view)
    this.dispatchEvent(new CustomEvent('editor-state', { detail: status, bubbles: true, composed: true }))
  }

  // The toolbar shows what the selection is, once per frame and not per key.
  #edited({ selectionSet, docChanged, transactions, view }: ViewUpdate): void {
    const told = transactions.some(({ effects }) => effects.length > 0)
    if ((!selectionSet && !docChanged && !told) || this.#frame) return
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0
      const formats = view.hasFocus ? applied(view.state) : this.formats
      if ([...formats].join() !== [...this.formats].join()) this.formats = formats
    })
  }

  #say(words: string): true {
    this.said = words
    clearTimeout(this.#saidTimer)
    this.#saidTimer = setTimeout(() => {
      this.said = ''
    }, SAID)
    return true
  }

  protected override render(): unknown {
    const { status, said } = this
    const opening = status.save === 'loading'
    const why = status.writable || opening ? '' : (status.message ?? 'This page cannot be changed right now.')
    return html`<div class="head">
        <format-toolbar
          .groups=${this.#place.phone ? AT_HAND : TOOLBAR}
          .applied=${this.formats}
          .disabled=${!status.writable}
          @format=${({ detail }: CustomEvent<TextAction>) => this.#run(detail)}
          @leave=${() => this.#visit?.view.focus()}
        ></format-toolbar>
        <p class="said" role="status">${said}</p>
      </div>
      <p class="note" role="status">${why}${status.drafted ? html` <a href="/drafts">Look at it</a>` : ''}</p>
      <div class="text" aria-busy=${opening ? 'true' : nothing}></div>
      <p class="count">${this.count}</p>
      <p class="unseen" id=${KEYS}>
        Markdown. A slash offers what can be put in. Alt and F10 leads to the toolbar. In lists, Tab moves items; press Escape, then Tab, to leave the text.
      </p>`
  }
}

customElements.define('page-editor', PageEditor)
