// Where links lead: which titles exist, asked of the server and kept up with what is written; Ctrl-click follows.
// LinkLookup · linkLookup · links · learned · wikiTitle · wikiTarget · safeAddress · bareAddress · addressAt · followLink

import { syntaxTree } from '@codemirror/language'
import { type EditorState, type Extension, StateEffect } from '@codemirror/state'
import { EditorView, ViewPlugin } from '@codemirror/view'
import type { SyntaxNode } from '@lezer/common'
import type { Page } from '../../shared/protocol.ts'
import { anchorOf, leafOf, parseTitle, pathOf, titleKey } from '../../shared/titles.ts'
import type { Connection } from '../connection.ts'

/** Milliseconds that titles are gathered before the server is asked. */
const GATHER = 60
/** As many titles as the server takes at once. */
const MOST = 500

/** Some titles' addresses have become known, or changed. */
export const learned = StateEffect.define<null>()

/** What is known of the titles that links want; null for those that nobody has written. */
export class LinkLookup {
  readonly #known = new Map<string, { title: string; path: string | null }>()
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
    for (const { title, path } of answer.links) this.#known.set(titleKey(title), { title, path })
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

const lookups = new WeakMap<EditorView, LinkLookup>()

/** The titles known to an editor. */
export function linkLookup(view: EditorView): LinkLookup | undefined {
  return lookups.get(view)
}

/** Looks titles up over a connection. */
export function links(connection: Pick<Connection, 'request' | 'on' | 'onState'>): Extension {
  return [
    ViewPlugin.define(view => {
      const lookup = new LinkLookup(connection, () => view.dispatch({ effects: learned.of(null) }))
      lookups.set(view, lookup)
      return { destroy: () => lookup.close() }
    }),
    following,
  ]
}

// ---- what a link wants

/** The title and the anchor that a [[link]] wants, or null where the brackets are just brackets. */
export function wikiTitle(target: string): { title: string | null; hash: string } | null {
  const [, raw = '', heading = ''] = /^([^#]*)(?:#([\s\S]*))?$/.exec(target.replace(/\\$/, '')) ?? []
  const hash = heading.trim() === '' ? '' : `#${encodeURIComponent(anchorOf(heading))}`
  if (raw.trim() === '') return hash === '' ? null : { title: null, hash }
  try {
    return { title: parseTitle(raw.trim().replace(/\.md$/i, '')), hash }
  } catch {
    return null
  }
}

/** What stands before the words of a wiki link: its target, as written. */
export function wikiTarget(node: SyntaxNode, slice: (from: number, to: number) => string): string {
  const target = node.getChild('WikiTarget')
  return target ? slice(target.from, target.to) : slice(node.from + 2, node.to - 2)
}

/** Whether an address may be followed or loaded: http, https, mailto and our own. */
export function safeAddress(url: string): boolean {
  if (/^(https?|mailto):/i.test(url)) return true
  return !/^[\s\p{Cc}]/u.test(url) && !/^[/\\]{2}/.test(url) && !/^[^/?#]*:/.test(url)
}

/** The address as it is meant, without the brackets around it. */
export function bareAddress(raw: string): string {
  const url = raw.replace(/^<([\s\S]*)>$/, '$1').replace(/\\([!-/:-@[-`{-~])/g, '$1')
  if (/^www\./i.test(url)) return `http://${url}`
  return /^[^\s/:@]+@[^\s/:@]+$/.test(url) ? `mailto:${url}` : url
}

/** Where the link at a position leads; null where there is none. */
export function addressAt(state: EditorState, pos: number, lookup?: LinkLookup): string | null {
  const slice = (from: number, to: number) => state.sliceDoc(from, to)
  for (const side of [1, -1] as const) {
    let node: SyntaxNode | null = syntaxTree(state).resolveInner(pos, side)
    for (; node; node = node.parent) {
      if (node.name === 'WikiLink') {
        const wanted = wikiTitle(wikiTarget(node, slice))
        if (!wanted) return null
        if (wanted.title === null) return wanted.hash
        const path = lookup?.path(wanted.title)
        if (path === null) return `/create?title=${encodeURIComponent(wanted.title)}`
        return (path ?? pathOf(wanted.title)) + wanted.hash
      }
      const url = node.name === 'Link' ? node.getChild('URL') : node.name === 'URL' ? node : null
      if (!url) continue
      const address = bareAddress(slice(url.from, url.to))
      return safeAddress(address) ? address : null
    }
  }
  return null
}

// ---- following

function open(address: string): void {
  // The text that is being written stays where it is.
  window.open(address, '_blank', 'noopener')
}

/** Follows the link at the cursor, in another tab. False where there is none. */
export function followLink(view: EditorView): boolean {
  const address = addressAt(view.state, view.state.selection.main.head, linkLookup(view))
  if (address !== null) open(address)
  return address !== null
}

const isMac = /Mac|iP(hone|ad|od)/.test(globalThis.navigator?.platform ?? '')

/** Ctrl-click, ⌘-click on a Mac, follows a link. */
const following = EditorView.domEventHandlers({
  mousedown(event, view) {
    if (event.button !== 0 || !(isMac ? event.metaKey : event.ctrlKey)) return false
    const pos = view.posAtCoords({ x: event.clientX, y: event.clientY })
    const address = pos === null ? null : addressAt(view.state, pos, linkLookup(view))
    if (address === null) return false
    event.preventDefault()
    open(address)
    return true
  },
})
