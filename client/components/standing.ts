// Elements that wake up over the server's HTML, in the light DOM, where the page's styles and readers reach them.
// Standing · Awake

import { LitElement, noChange } from 'lit'

/** Keeps the HTML that the server put inside it, until there is something new to show. */
export abstract class Standing extends LitElement {
  #begun = false

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  protected override shouldUpdate(): boolean {
    if (this.#begun) return true
    this.#begun = true
    return this.firstElementChild === null
  }

  protected override update(changed: Map<PropertyKey, unknown>): void {
    if (!this.hasUpdated) this.replaceChildren()
    super.update(changed)
  }
}

/** Adds behaviour to the HTML inside it and draws nothing itself. */
export abstract class Awake extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this
  }

  protected override render(): unknown {
    return noChange
  }
}
