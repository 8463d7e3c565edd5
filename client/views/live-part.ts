// A screen whose list the server draws: asked for anew when something it may show has changed.
// LivePart

import { Awake } from '../components/standing.ts'
import { connection } from '../connection.ts'
import { type Arrival, load } from '../router.ts'

/** Milliseconds after which changes are asked for, and by how much people differ. */
const REST = 400
const SPREAD = 800

/** Keeps the part of a screen that is called `live-part` up. */
export abstract class LivePart extends Awake {
  #stop: (() => void)[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  override connectedCallback(): void {
    super.connectedCallback()
    const events = ['page:created', 'page:renamed', 'page:deleted', 'page:restored', 'names:changed'] as const
    this.#stop = events.map(event => connection.on(event, () => this.soon()))
    document.addEventListener('visibilitychange', this.#back)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
    for (const stop of this.#stop) stop()
    document.removeEventListener('visibilitychange', this.#back)
  }

  readonly #back = () => {
    if (!document.hidden) this.soon()
  }

  /** Asks anew before long. */
  protected soon(): void {
    this.#timer ??= setTimeout(() => void this.#refresh(), REST + Math.random() * SPREAD)
  }

  /** Takes over a newer document of this address, as after a lost line. */
  catchUp({ doc }: Arrival): void {
    this.#take(doc)
  }

  async #refresh(): Promise<void> {
    this.#timer = undefined
    const address = location.pathname + location.search
    const arrival = await load(address).catch(() => null)
    if (arrival && location.pathname + location.search === address) this.#take(arrival.doc)
  }

  #take(doc: Document): void {
    const next = doc.querySelector(`${this.localName} .live-part`)
    const part = this.querySelector('.live-part')
    if (!next || !part || part.innerHTML === next.innerHTML) return
    const links = () => [...this.querySelectorAll<HTMLAnchorElement>('.live-part a')]
    const at = links().indexOf(document.activeElement as HTMLAnchorElement)
    const href = links()[at]?.href
    part.replaceWith(document.importNode(next, true))
    if (at < 0) return
    // Whoever is in the list with the keyboard stays there; what came to the place of an entry that is gone is next.
    const place = links().find(link => link.href === href) ?? links()[Math.min(at, links().length - 1)]
    place?.focus({ preventScroll: true })
  }
}
