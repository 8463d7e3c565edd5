// What the program has to say about itself: the line is lost, a new version is there, one has been signed out.
// <line-bar> · say

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { store, Watch } from '../store.ts'

/** Milliseconds that a lost line may take to come back before a word is said. */
const GRACE = 2_500

/** A screen with work on it that the server has not acknowledged. */
export interface Working extends Element {
  unacknowledged?: boolean
}

/** Milliseconds that a short answer to somebody stays, and one that offers something. */
const SAID = 3_000
const OFFERED = 9_000

/** Something that can be done about what is said. */
export interface Offer {
  words: string
  run(): void
}

/** Says something that is over as soon as it is read. */
export function say(words: string, offer: Offer | null = null): void {
  document.querySelector<LineBar>('line-bar')?.say(words, offer)
}

/** A calm bar; empty while all is well. */
export class LineBar extends LitElement {
  #lost = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #dismissed: string | null = null
  /** What is told of changes that wait on this device while nobody is signed in. */
  #waiting = ''
  #said = ''
  #offer: Offer | null = null
  #saidTimer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    super()
    new Watch(this, 'line', 'boot')
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.role = 'status'
  }

  /** Shows these words for a moment. */
  say(words: string, offer: Offer | null = null): void {
    this.#said = words
    this.#offer = offer
    clearTimeout(this.#saidTimer)
    this.#saidTimer = setTimeout(() => this.say(''), offer ? OFFERED : SAID)
    this.requestUpdate()
  }

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  protected override willUpdate(): void {
    if (store.line === 'online') {
      clearTimeout(this.#timer)
      this.#timer = undefined
      this.#lost = false
    } else if (!this.#lost) {
      this.#timer ??= setTimeout(() => {
        this.#lost = true
        this.requestUpdate()
      }, GRACE)
    }
    if (store.newBuild && store.boot.dev && !working()) location.reload()
  }

  protected override updated(): void {
    void this.#count()
  }

  async #count(): Promise<void> {
    const nobody = store.stranger ? !store.stranger.user : !store.me
    const waiting = nobody ? await wordsOfWaiting().catch(() => '') : ''
    if (waiting === this.#waiting) return
    this.#waiting = waiting
    this.requestUpdate()
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.#said) {
      const offer = this.#offer
      const run = () => {
        this.say('')
        offer?.run()
      }
      return html`<div class="says"><span>${this.#said}</span>${
        offer ? html`<button type="button" class="btn" @click=${run}>${offer.words}</button>` : ''
      }</div>`
    }
    if (this.#lost) {
      const what = store.restarting ? 'The server is restarting.' : 'The server cannot be reached.'
      const words = store.boot.mayWrite
        ? 'What you write is kept on this device and sent when it is back.'
        : 'What you read may be out of date.'
      return html`<div class="says"><span class="dot off"></span><span>${what} ${words}</span></div>`
    }
    if (store.stranger) {
      const { user } = store.stranger
      const words = user
        ? `${user.username} is signed in here now.`
        : `You have been signed out. ${this.#waiting}`.trimEnd()
      const next = `/login?next=${encodeURIComponent(location.pathname)}`
      return html`<div class="says"><span>${words}</span>${
        user
          ? html`<button type="button" class="btn" @click=${reload}>Go on as ${user.username}</button>`
          : html`<a class="btn" href=${next}>Sign in</a>`
      }</div>`
    }
    if (store.newBuild && store.newBuild !== this.#dismissed)
      return html`<div class="says"><span>There is a new version of Chorus.</span>
        <button type="button" class="btn primary" @click=${reload}>Reload</button>
        <button type="button" class="btn ghost" @click=${this.#later}>Later</button></div>`
    if (this.#waiting)
      return html`<div class="says"><span>${this.#waiting}</span>
        ${location.pathname === '/login' ? '' : html`<a class="btn" href="/login">Sign in</a>`}
        <button type="button" class="btn ghost" @click=${this.#read}>Close</button></div>`
    return nothing
  }

  async #read(): Promise<void> {
    const { keepQuiet } = await import('./waiting.ts')
    keepQuiet()
    this.#waiting = ''
    this.requestUpdate()
  }

  #later(): void {
    this.#dismissed = store.newBuild
    this.requestUpdate()
  }
}

async function wordsOfWaiting(): Promise<string> {
  // Who only reads leaves nothing here, not even an empty database.
  if (!(await indexedDB.databases()).some(({ name }) => name === 'chorus')) return ''
  const { ofEverybody, ofMine } = await import('./waiting.ts')
  return store.me ? ofMine(store.me.id) : ofEverybody()
}

function working(): boolean {
  return document.querySelector<Working>('app-shell > .view')?.unacknowledged ?? false
}

function reload(): void {
  location.reload()
}

customElements.define('line-bar', LineBar)
