// A moment in words, as this clock shows it; the words move on with the time.
// <when-text at="2026-11-23T07:30:00Z" kind="row">

import { html, LitElement, type TemplateResult } from 'lit'
import { type WhenKind, when } from '../../shared/when.ts'
import { whenIdle } from '../idle.ts'

const shown = new Set<WhenText>()

setInterval(() => {
  if (document.visibilityState === 'visible') for (const element of shown) element.requestUpdate()
}, 20_000)

/** A moment (ISO 8601); `kind` says how short. */
export class WhenText extends LitElement {
  static override properties = { at: {}, kind: {} }
  declare at: string
  declare kind: WhenKind

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  /** The server's words stand until the browser is idle: the first date of a page costs it as much as all else. */
  protected override async scheduleUpdate(): Promise<void> {
    if (!this.hasUpdated && this.firstElementChild) await new Promise<void>(whenIdle)
    await super.scheduleUpdate()
  }

  protected override update(changed: Map<PropertyKey, unknown>): void {
    if (!this.hasUpdated) this.replaceChildren()
    super.update(changed)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    shown.add(this)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    shown.delete(this)
  }

  protected override render(): TemplateResult {
    const full = new Date(this.at).toLocaleString('en-GB', { dateStyle: 'full', timeStyle: 'short' })
    return html`<time datetime=${this.at} title=${full}>${when(this.at, this.kind)}</time>`
  }
}

customElements.define('when-text', WhenText)
