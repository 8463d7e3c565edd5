// Where the toolbar stands: above the text, on a phone on the keyboard; and how much of the window that leaves to the text.
// ToolbarPlace

import type { LitElement, ReactiveController } from 'lit'

/** Where the toolbar stands above the keyboard. */
const PHONE = '(max-width: 760px)'

/** Follows the window for the element that holds the toolbar as its `.head`. */
export class ToolbarPlace implements ReactiveController {
  readonly #narrow = matchMedia(PHONE)
  phone = this.#narrow.matches

  constructor(private readonly host: LitElement) {
    host.addController(this)
  }

  hostConnected(): void {
    this.#narrow.addEventListener('change', this.#fit)
    visualViewport?.addEventListener('resize', this.#fit)
    visualViewport?.addEventListener('scroll', this.#fit)
    this.#fit()
  }

  hostDisconnected(): void {
    this.#narrow.removeEventListener('change', this.#fit)
    visualViewport?.removeEventListener('resize', this.#fit)
    visualViewport?.removeEventListener('scroll', this.#fit)
  }

  /** Pixels at the top and at the bottom of the window in which a line cannot be seen. */
  covered(): { top: number; bottom: number } {
    const head = this.host.querySelector('.head')
    if (!head) return { top: 0, bottom: 48 }
    if (this.phone) return { top: 72, bottom: innerHeight - head.getBoundingClientRect().top + 16 }
    return { top: (Number.parseFloat(getComputedStyle(head).top) || 0) + head.clientHeight + 16, bottom: 48 }
  }

  /** On a phone the toolbar stands on the keyboard, of which only the visible part of the window tells. */
  readonly #fit = (): void => {
    this.phone = this.#narrow.matches
    this.host.requestUpdate()
    const { height = innerHeight, offsetTop = 0, scale = 1 } = visualViewport ?? {}
    const keyboard = scale > 1.05 ? 0 : Math.max(0, Math.round(innerHeight - height - offsetTop))
    document.documentElement.style.setProperty('--keyboard', `${keyboard}px`)
  }
}
