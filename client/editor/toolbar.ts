// The bar of buttons above the text, made from the actions.
// FormatToolbar (<format-toolbar>)

import { html, LitElement, nothing } from 'lit'
import { keyHint } from '../actions.ts'
import type { TextAction } from './actions.ts'
import { TOOLBAR } from './at-hand.ts'
import { picture } from './pictures.ts'

/**
 * A toolbar as ARIA knows it: one stop for Tab, arrows between buttons, Escape back to the text.
 * Fires `format` with the action as its detail, and `leave`.
 */
export class FormatToolbar extends LitElement {
  static override properties = {
    groups: { attribute: false },
    label: {},
    applied: { attribute: false },
    disabled: { type: Boolean },
    here: { state: true },
  }

  declare groups: readonly (readonly TextAction[])[]
  declare label: string
  /** The names of the actions whose format the selection has. */
  declare applied: ReadonlySet<string>
  declare disabled: boolean
  declare here: number

  constructor() {
    super()
    this.groups = TOOLBAR
    this.label = 'Format'
    this.applied = new Set()
    this.disabled = false
    this.here = 0
  }

  protected override createRenderRoot(): this {
    return this
  }

  override focus(): void {
    this.querySelectorAll('button')[this.here]?.focus()
  }

  protected override render(): unknown {
    return html`<div
      class="bar"
      role="toolbar"
      aria-label=${this.label}
      aria-disabled=${this.disabled ? 'true' : nothing}
      @keydown=${this.#key}
      @mousedown=${keepFocus}
    >
      ${this.groups.map((group, i) => html`${i > 0 ? html`<hr />` : nothing}${group.map(action => this.#button(action))}`)}
    </div>`
  }

  #button(action: TextAction): unknown {
    const { name, key, icon } = action
    const index = this.groups.flat().indexOf(action)
    return html`<button
      type="button"
      aria-label=${name}
      title=${key ? `${name} (${keyHint(key)})` : name}
      aria-pressed=${action.applied ? String(this.applied.has(name)) : nothing}
      aria-disabled=${this.disabled ? 'true' : nothing}
      tabindex=${index === this.here ? 0 : -1}
      @focus=${() => {
        this.here = index
      }}
      @click=${() => this.#press(action)}
    >
      ${picture(icon)}
    </button>`
  }

  #press(action: TextAction): void {
    if (!this.disabled) this.dispatchEvent(new CustomEvent('format', { detail: action }))
  }

  #key(event: KeyboardEvent): void {
    const { length } = this.groups.flat()
    const to = { ArrowRight: this.here + 1, ArrowLeft: this.here - 1, Home: 0, End: length - 1 }[event.key]
    if (event.key === 'Escape') this.dispatchEvent(new CustomEvent('leave'))
    else if (to === undefined) return
    else this.querySelectorAll('button')[(to + length) % length]?.focus()
    event.preventDefault()
  }
}

// A press must not take the selection, nor on a phone the keyboard, away from the text.
function keepFocus(event: Event): void {
  event.preventDefault()
}

declare global {
  interface HTMLElementEventMap {
    format: CustomEvent<TextAction>
  }
}

customElements.define('format-toolbar', FormatToolbar)
