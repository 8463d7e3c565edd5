// Where links lead: which titles exist, asked of the server and kept up with what is written.
// LinkLookup

import type { Page } from '../../shared/protocol.ts'
import { leafOf, titleKey } from '../../shared/titles.ts'
import type { Resolved } from '../../shared/wiki-links.ts'
import type { Connection } from '../connection.ts'

/** Milliseconds that titles are gathered before the server is asked. */
const GATHER = 60
/** As many titles as the server takes at once. */
const MOST = 500

/** What is known of the titles that links want; null for those that nobody has written. */
export class LinkLookup {
  readonly #known = new Map<string, { title: string; path: string | null; several?: boolean }>()
  readonly #wanted = new Map<string, string>()
  readonly #stop: (() => void)[]
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly connection: Pick<Connection, 'request' | 'on' | 'onState'>,
    private readonly changed: () => void,
  ) {
    this.#stop = [
      connection.on('page:created', ({ page }) => this.#written(page)),
      connection.on('page:renamed', ({ page }) => this.#written(page)),
      // While there was no line, anything may have been written.
      connection.onState(state => state === 'online' && this.#again()),
    ]
  }

  /** The address of a title, null when nobody has written it; undefined until it is known, which is then told. */
  path(title: string): string | null | undefined {
    const key = titleKey(title)
    const known = this.#known.get(key)
    if (!known && !this.#wanted.has(key)) this.#want(title)
    return known?.path
  }

  /** What a title turned out to be; undefined until it is known, which is then told. */
  found(title: string): Resolved | undefined {
    const path = this.path(title)
    if (path === undefined) return undefined
    if (path !== null) return { title, path }
    return this.#known.get(titleKey(title))?.several ? 'ambiguous' : 'missing'
  }

  /** Takes over what somebody knows already. */
  learn(title: string, found: Resolved): void {
    const path = typeof found === 'object' ? found.path : null
    this.#known.set(titleKey(title), { title, path, several: found === 'ambiguous' })
  }

  #want(title: string): void {
    this.#wanted.set(titleKey(title), title)
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.#ask()
    }, GATHER)
  }

  async #ask(): Promise<void> {
    const asked = [...this.#wanted].slice(0, MOST)
    if (asked.length === 0) return
    const titles = asked.map(([, title]) => title)
    // Without an answer a link is simply blue; the next line asks again.
    const answer = await this.connection.request('link:resolve', { titles }).catch(() => null)
    for (const [key] of asked) if (answer) this.#wanted.delete(key)
    if (!answer) return
    for (const link of answer.links) this.#known.set(titleKey(link.title), link)
    this.changed()
    await this.#ask()
  }

  #written(page: Page): void {
    const [whole, leaf] = [titleKey(page.title), titleKey(leafOf(page.title))]
    for (const [key, { title, path }] of this.#known)
      if (key === whole || key === leaf || path !== null) this.#want(title)
  }

  #again(): void {
    for (const { title } of this.#known.values()) this.#want(title)
    const [first] = this.#wanted.values()
    if (first !== undefined) this.#want(first)
  }

  close(): void {
    clearTimeout(this.#timer)
    for (const stop of this.#stop) stop()
  }
}
