// Links without reloading: fetches the next document and puts its screen in place. Routes exist only on the server.
// Arrival · Router · router

import type { Boot } from '../shared/boot.ts'
import { bootOf, store } from './store.ts'
import { parseDocument } from './trusted.ts'

/** A document that has come. */
export interface Arrival {
  doc: Document
  boot: Boot
  /** Its address, after redirects. */
  url: URL
}

/** A screen that may have something to say before it is left. */
export interface Leavable extends Element {
  /** It is in use, and no newer document of its address may take its place. */
  readonly busy?: boolean
  /** False keeps the screen. */
  mayLeave?(): Promise<boolean>
}

/** Addresses that answer with something else than a screen. */
const ELSEWHERE = /^\/(assets|uploads|api|socket\.io|healthz)\b|\.md$/

/** Walks from screen to screen. */
export class Router {
  #here = location.pathname + location.search
  #key = ''
  #going: AbortController | null = null
  #prepare: (doc: Document) => Promise<void> = async () => {}
  readonly #scrolled = new Map<string, number>()
  readonly #listeners = new Set<(arrival: Arrival) => void>()

  /** Takes over links and the history of this tab; a document is shown once `prepare` has done what it needs. */
  start(prepare: (doc: Document) => Promise<void>): void {
    this.#prepare = prepare
    history.scrollRestoration = 'manual'
    this.#key = (history.state as { key?: string } | null)?.key ?? newKey()
    history.replaceState({ key: this.#key }, '')
    // A reload is the browser's own affair.
    addEventListener('pagehide', () => {
      history.scrollRestoration = 'auto'
    })
    addEventListener('pageshow', () => {
      history.scrollRestoration = 'manual'
    })
    addEventListener('scroll', () => this.#scrolled.set(this.#key, scrollY), { passive: true })
    addEventListener('popstate', event => void this.#back((event.state as { key?: string } | null)?.key))
    document.addEventListener('click', event => {
      const url = leadsTo(event)
      if (!url) return
      event.preventDefault()
      void this.go(url.href)
    })
  }

  /** Calls back after every new screen; returns how to stop. */
  onArrive(listener: (arrival: Arrival) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Goes to an address of ours, if the present screen may be left. `replace` leaves no way back to it. */
  async go(address: string, { replace = false } = {}): Promise<void> {
    if (!(await mayLeave())) return
    const arrival = await this.#fetch(address)
    if (!arrival) return
    if (replace) history.replaceState({ key: this.#key }, '', arrival.url)
    else {
      this.#key = newKey()
      history.pushState({ key: this.#key }, '', arrival.url)
    }
    this.#show(arrival)
    const target = arrival.url.hash ? document.getElementById(decodeURIComponent(arrival.url.hash.slice(1))) : null
    if (target) target.scrollIntoView()
    else scrollTo(0, 0)
    focusMain()
  }

  /** Shows the present address as the server has it now; where one was on the screen stays. */
  async refresh(): Promise<void> {
    const top = scrollY
    const arrival = await this.#fetch(location.href)
    // Somebody may have begun to write while it was on its way.
    if (!arrival || view()?.busy) return
    history.replaceState({ key: this.#key }, '', arrival.url)
    this.#show(arrival)
    scrollTo(0, top)
  }

  /** The present screen has another address now, as after a rename. */
  moved(path: string): void {
    history.replaceState({ key: this.#key }, '', path + location.hash)
    this.#here = path
  }

  async #back(key: string | undefined): Promise<void> {
    if (location.pathname + location.search === this.#here) {
      this.#key = key ?? newKey()
      if (!key) history.replaceState({ key: this.#key }, '')
      return
    }
    if (!(await mayLeave())) {
      this.#key = newKey()
      history.pushState({ key: this.#key }, '', this.#here)
      return
    }
    this.#key = key ?? newKey()
    const arrival = await this.#fetch(location.href)
    if (!arrival) return
    this.#show(arrival)
    scrollTo(0, this.#scrolled.get(this.#key) ?? 0)
    focusMain()
  }

  /** The next document, or null where another way was taken: a newer walk, or a full load. */
  async #fetch(address: string): Promise<Arrival | null> {
    this.#going?.abort()
    const going = new AbortController()
    this.#going = going
    const wait = setTimeout(() => document.documentElement.classList.add('going'), 150)
    try {
      const arrival = await load(address, going.signal)
      if (arrival && arrival.boot.build === store.boot.build) {
        await this.#prepare(arrival.doc)
        if (!going.signal.aborted) return arrival
        return null
      }
      location.assign(address)
    } catch {
      if (!going.signal.aborted) location.assign(address)
    } finally {
      clearTimeout(wait)
      if (this.#going === going) document.documentElement.classList.remove('going')
    }
    return null
  }

  #show(arrival: Arrival): void {
    const { doc, boot, url } = arrival
    const shell = document.querySelector('app-shell')!
    const next = doc.querySelector('app-shell')!
    const sameFrame = shell.className === next.className && store.me?.id === boot.user?.id
    document.title = doc.title
    for (const kind of ['canonical', 'alternate']) {
      document.head.querySelector(`link[rel=${kind}]`)?.remove()
      const link = doc.head.querySelector(`link[rel=${kind}]`)
      if (link) document.head.append(document.importNode(link))
    }
    this.#here = url.pathname + url.search
    store.enter(boot)
    if (sameFrame) shell.querySelector('.view')!.replaceWith(document.importNode(next.querySelector('.view')!, true))
    else {
      shell.className = next.className
      shell.replaceChildren(...[...next.childNodes].map(node => document.importNode(node, true)))
    }
    for (const listener of this.#listeners) listener(arrival)
  }
}

/**
 * Fetches a document of ours; null if the address answers with something else.
 * @throws TypeError without a network, AbortError when told to stop
 */
export async function load(address: string, signal?: AbortSignal): Promise<Arrival | null> {
  const response = await fetch(address, { headers: { Accept: 'text/html' }, credentials: 'same-origin', signal })
  if (!response.headers.get('Content-Type')?.startsWith('text/html')) return null
  const doc = parseDocument(await response.text())
  if (!doc.querySelector('app-shell > .view')) return null
  const url = new URL(response.url || address, location.href)
  url.hash = new URL(address, location.href).hash
  return { doc, boot: bootOf(doc), url }
}

/** The address that a click leads to, if it is one of our screens and nobody wants a new tab. */
function leadsTo(event: MouseEvent): URL | null {
  if (event.defaultPrevented || event.button !== 0) return null
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null
  const link = event.composedPath().find(node => node instanceof HTMLAnchorElement)
  if (!link?.hasAttribute('href') || link.hasAttribute('download') || link.dataset.full !== undefined) return null
  if (link.target !== '' && link.target !== '_self') return null
  const url = new URL(link.href)
  if (url.origin !== location.origin || ELSEWHERE.test(url.pathname)) return null
  const sameScreen = url.pathname === location.pathname && url.search === location.search
  return sameScreen && url.hash !== '' ? null : url
}

async function mayLeave(): Promise<boolean> {
  return (await view()?.mayLeave?.()) ?? true
}

function view(): Leavable | null {
  return document.querySelector<Leavable>('app-shell > .view')
}

function focusMain(): void {
  const main = document.getElementById('main')
  // A screen may have put the focus where one begins.
  if (!main?.contains(document.activeElement)) main?.focus({ preventScroll: true })
}

function newKey(): string {
  return Math.random().toString(36).slice(2)
}

/** The one router of this page. */
export const router = new Router()
