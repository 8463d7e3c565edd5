// A moment in words, as this clock shows it; the words move on with the time.
// <when-text at="2026-11-23T07:30:00Z" kind="row">

import { html, LitElement, type TemplateResult } from 'lit'
import { type WhenKind, when } from '../../shared/when.ts'

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
    this.replaceChildren()
    return this
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
