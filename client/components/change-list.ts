// What happened, newest first; keeps itself up. Asked anew, a little later, whenever something is told.
// <change-list>

import { html, type TemplateResult } from 'lit'
import { changeRows } from '../../shared/pieces-changes.ts'
import type { EventName, Happening } from '../../shared/protocol.ts'
import { ask, sentenceOf } from '../ask.ts'
import { pen } from '../pen.ts'
import { Hear, store, Watch } from '../store.ts'
import { Standing } from './standing.ts'

const TOLD: EventName[] = [
  'page:created',
  'page:updated',
  'page:renamed',
  'page:deleted',
  'page:restored',
  'page:guarded',
  'change:noted',
]
/** Milliseconds from what is told to the question, and between two questions. */
const PAUSE = 150
const REST = 1_000
const PAGE_SIZE = 40

/** The changes that the document was asked for. */
export class ChangeList extends Standing {
  #changes: Happening[] = []
  #next: string | null = null
  #adopted: typeof store.boot.changes
  #timer: ReturnType<typeof setTimeout> | undefined
  #asked = 0
  #error = ''

  constructor() {
    super()
    new Watch(this, 'boot', 'people')
    for (const event of TOLD) new Hear(this, event, () => this.#soon())
    // Which tags a page has is known a little after it was written, perhaps between this document and its line.
    for (const event of ['names:changed', 'server:greeted'] as const)
      new Hear(this, event, () => this.#adopted?.asked.tag && this.#soon())
    this.addEventListener('click', event => {
      if (!(event.target as Element).closest('[rel=next], [data-do=more]')) return
      event.preventDefault()
      void this.#older()
    })
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#adopt()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
  }

  #adopt(): void {
    const { changes } = store.boot
    if (!changes || changes === this.#adopted) return
    this.#adopted = changes
    this.#changes = changes.changes
    this.#next = changes.next
  }

  // Whoever looks at a busy wiki asks once a second, not once a word.
  #soon(): void {
    if (this.#timer || this.#adopted?.asked.after) return
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        void this.#newer()
      },
      Math.max(PAUSE, this.#asked + REST - performance.now()),
    )
  }

  async #newer(): Promise<void> {
    const adopted = this.#adopted
    if (!adopted) return
    this.#asked = performance.now()
    try {
      const { changes, next } = await ask('change:list', adopted.asked)
      if (adopted !== this.#adopted) return
      const oldest = changes.at(-1)
      const has = new Set(changes.map(({ id }) => id))
      const older = this.#changes.filter(({ id, at }) => !has.has(id) && oldest && at <= oldest.at)
      if (older.length === 0) this.#next = next
      this.#take([...changes, ...older])
    } catch {
      // The line bar says what is wrong with the line; whatever is told next asks again.
    }
  }

  async #older(): Promise<void> {
    const adopted = this.#adopted
    if (!adopted || this.#next === null) return
    try {
      const { changes, next } = await ask('change:list', { ...adopted.asked, limit: PAGE_SIZE, after: this.#next })
      const has = new Set(this.#changes.map(({ id }) => id))
      this.#next = next
      this.#error = ''
      this.#take([...this.#changes, ...changes.filter(({ id }) => !has.has(id))])
    } catch (error) {
      this.#error = sentenceOf(error)
      this.requestUpdate()
    }
  }

  #take(changes: Happening[]): void {
    this.#changes = changes
    store.know(changes.map(({ user }) => user))
    this.requestUpdate()
  }

  protected override willUpdate(): void {
    this.#adopt()
  }

  protected override render(): TemplateResult {
    const more = html`<p class="more"><button type="button" class="btn" data-do="more">Older changes</button></p>`
    return html`${
      this.#changes.length > 0
        ? changeRows(pen, this.#changes, { since: store.boot.since })
        : html`<p class="empty">Nothing of this kind has happened.</p>`
    }
    ${this.#error ? html`<p class="trouble-note" role="alert">${this.#error}</p>` : ''}
    ${this.#next ? more : ''}`
  }
}

customElements.define('change-list', ChangeList)
