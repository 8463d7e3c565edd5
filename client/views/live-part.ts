// A screen whose list the server draws: asked for anew when something it may show has changed.
// LivePart

import { Awake } from '../components/standing.ts'
import { connection } from '../connection.ts'
import { load } from '../router.ts'

/** Milliseconds after which changes are asked for, and by how much people differ. */
const REST = 400
const SPREAD = 800

/** Keeps the part of a screen that is called `live-part` up. */
export abstract class LivePart extends Awake {
  #stop: (() => void)[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  override connectedCallback(): void {
    super.connectedCallback()
    const soon = () => {
      this.#timer ??= setTimeout(() => void this.#refresh(), REST + Math.random() * SPREAD)
    }
    const events = ['page:created', 'page:renamed', 'page:deleted', 'page:restored', 'names:changed'] as const
    this.#stop = events.map(event => connection.on(event, soon))
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
    for (const stop of this.#stop) stop()
  }

  async #refresh(): Promise<void> {
    this.#timer = undefined
    const address = location.pathname + location.search
    const arrival = await load(address).catch(() => null)
    const next = arrival?.doc.querySelector(`${this.localName} .live-part`)
    const part = this.querySelector('.live-part')
    if (!next || !part || location.pathname + location.search !== address) return
    // Whoever is in the list with the keyboard stays where they are.
    if (part.innerHTML === next.innerHTML || part.contains(document.activeElement)) return
    part.replaceWith(document.importNode(next, true))
  }
}
