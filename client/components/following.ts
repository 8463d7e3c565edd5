// Following a person: where they scroll I scroll, and where they go I go, until I do anything myself.
// Following · <follow-bar>

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Payload } from '../../shared/protocol.ts'
import { ask } from '../ask.ts'
import { connection } from '../connection.ts'
import { pen } from '../pen.ts'
import { router } from '../router.ts'
import { store } from '../store.ts'
import { say } from './line-bar.ts'
import { showLine } from './lines-shown.ts'

/** What ends it: anything of my own. */
const OWN = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const

/** Whom I follow, if anyone. */
export class Following {
  #user: number | null = null
  /** The page that I am on the way to. */
  #going: number | null = null
  readonly #bar = document.createElement('follow-bar') as FollowBar

  /** Waits for “chorus:follow” with a person's id. */
  listen(): void {
    document.body.append(this.#bar)
    addEventListener('chorus:follow', event => void this.#follow((event as CustomEvent<number>).detail))
    connection.on('user:looked', looked => void this.#looked(looked))
    connection.on('server:greeted', () => this.#user !== null && void this.#ask(this.#user))
  }

  async #follow(user: number): Promise<void> {
    this.#user = user
    this.#going = null
    this.#bar.user = user
    for (const kind of OWN) addEventListener(kind, this.#own, { capture: true, passive: true })
    await this.#ask(user)
    // Somebody who writes through a program has no screen, but a page.
    const there = store.whereIs(user)
    if (there && there.page !== store.boot.page?.id) await router.go(there.path)
  }

  async #ask(user: number | null): Promise<void> {
    await ask('user:follow', { user }).catch(() => {})
  }

  readonly #own = (event: Event): void => {
    // The button that says so is no answer to what is on the screen.
    if (event.type === 'pointerdown' && this.#bar.contains(event.target as Node)) return
    if (event.type === 'keydown' && (event as KeyboardEvent).key === 'Tab') return
    this.#stop()
  }

  #stop(): void {
    if (this.#user === null) return
    const name = store.people.get(this.#user)?.username ?? 'them'
    this.#user = null
    this.#bar.user = null
    for (const kind of OWN) removeEventListener(kind, this.#own, { capture: true })
    void this.#ask(null)
    say(`You no longer follow ${name}.`)
  }

  async #looked({ user, page, path, line }: Payload<'user:looked'>): Promise<void> {
    if (user !== this.#user || page === null || path === null) return
    if (page !== store.boot.page?.id) {
      if (this.#going === page) return
      this.#going = page
      await router.go(path)
      if (this.#going !== page) return
      this.#going = null
      // Work of my own that is not saved keeps me here.
      if (page !== store.boot.page?.id) return this.#stop()
    }
    if (line !== null) showLine(line)
  }
}

/** Says whom I follow. */
class FollowBar extends LitElement {
  static override properties = { user: { attribute: false } }
  declare user: number | null

  constructor() {
    super()
    this.user = null
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.role = 'status'
  }

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  protected override render(): TemplateResult | typeof nothing {
    const person = this.user === null ? undefined : store.people.get(this.user)
    if (!person) return nothing
    return html`<div class="follows person-${person.colour}">${pen.avatar(person)}<span>Following <b>${person.username}</b>
      <span class="label">— any key or scroll of yours ends it</span></span></div>`
  }
}

customElements.define('follow-bar', FollowBar)
