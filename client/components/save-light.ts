// Whether what was typed is safe, in words that are true.
// <save-light>

import { html, LitElement, type TemplateResult } from 'lit'
import type { SaveState } from '../editor/status.ts'

/** `Saved` only when it is on the server's disk. */
export class SaveLight extends LitElement {
  static override properties = { save: {}, pending: { type: Number } }
  declare save: SaveState
  declare pending: number

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  protected override render(): TemplateResult {
    const changes = this.pending === 1 ? '1 change' : `${this.pending} changes`
    const words = {
      loading: 'Opening…',
      saved: 'Saved',
      saving: 'Saving…',
      offline: `Offline, ${changes} kept on this device`,
      'signed-out': this.pending > 0 ? `Signed out, ${changes} kept on this device` : 'Signed out',
      unsaved: 'Not saved',
    }[this.save]
    const copy = html`<button type="button" class="btn" data-do="copy-text">Copy text</button>`
    // Saving and saved alternate with every key: only trouble is announced.
    const roles: Partial<Record<SaveState, string>> = { unsaved: 'alert', offline: 'status', 'signed-out': 'status' }
    return html`<span class="light ${this.save}" role=${roles[this.save] ?? 'group'}
      aria-label="Save state"><span class="dot"></span><span class="words">${words}</span></span>${this.save === 'unsaved' ? copy : ''}`
  }
}

customElements.define('save-light', SaveLight)
