// Who is signed in, and whether the line to the server holds: the foot of the sidebar.
// <me-menu> · <line-dot>

import { html, LitElement, type TemplateResult } from 'lit'
import { meMenu } from '../../shared/pieces.ts'
import { listDrafts, onDrafts } from '../drafts.ts'
import { pen } from '../pen.ts'
import { store, Watch } from '../store.ts'
import { Standing } from './standing.ts'

/** My face and name, and behind them what belongs to me. */
export class MeMenu extends Standing {
  #drafts = 0
  #stop = () => {}

  constructor() {
    super()
    new Watch(this, 'me')
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#stop = onDrafts(() => void this.#count())
    void this.#count()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#stop()
  }

  async #count(): Promise<void> {
    const { length } = await listDrafts(store.me?.id ?? null)
    if (length === this.#drafts) return
    this.#drafts = length
    this.requestUpdate()
  }

  protected override render(): TemplateResult {
    if (store.me) return meMenu(pen, store.me, this.#drafts)
    const drafts = html`<a class="btn ghost" href="/drafts">Drafts <span class="n">${this.#drafts}</span></a>`
    return html`<a class="btn" href="/login">Sign in</a>
      ${this.#drafts > 0 ? drafts : html`<a class="btn ghost" href="/register">Make an account</a>`}`
  }
}

/** A dot that tells whether the server is there. */
export class LineDot extends LitElement {
  constructor() {
    super()
    new Watch(this, 'line')
  }

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  protected override render(): TemplateResult {
    const [state, words] = {
      online: ['on', 'Connected'],
      offline: ['off', 'Not connected'],
      connecting: ['', 'Connecting'],
    }[store.line] as [string, string]
    return html`<span class="dot ${state}" role="img" aria-label=${words} title=${words}></span>`
  }
}

customElements.define('me-menu', MeMenu)
customElements.define('line-dot', LineDot)
