// Where links lead: which titles exist, asked of the server and kept up with what is written; Ctrl-click follows.
// linkLookup · links · learned · wikiTitle · wikiTarget · safeAddress · bareAddress · addressAt · followLink

import { syntaxTree } from '@codemirror/language'
import { type EditorState, type Extension, StateEffect } from '@codemirror/state'
import { EditorView, ViewPlugin } from '@codemirror/view'
import type { SyntaxNode } from '@lezer/common'
import { tagPath } from '../../shared/tags.ts'
import { anchorOf, parseTitle, pathOf } from '../../shared/titles.ts'
import { pageAt } from '../../shared/wiki-links.ts'
import type { Connection } from '../connection.ts'
import { LinkLookup } from './link-lookup.ts'
import { referenceOf } from './references.ts'

/** Some titles' addresses have become known, or changed. */
export const learned = StateEffect.define<null>()

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
    let tag: string | null = null
    for (; node; node = node.parent) {
      if (node.name === 'WikiLink') {
        const wanted = wikiTitle(wikiTarget(node, slice))
        if (!wanted) return null
        if (wanted.title === null) return wanted.hash
        return addressOf(wanted.title, wanted.hash, lookup)
      }
      if (node.name === 'HashTag') tag = tagPath(slice(node.from + 1, node.to))
      const url = node.name === 'Link' ? node.getChild('URL') : node.name === 'URL' ? node : null
      const written = url ? slice(url.from, url.to) : node.name === 'Link' ? referenceOf(state, node) : null
      if (written === null) continue
      const address = bareAddress(written)
      const page = pageAt(address)
      if (page?.title) return addressOf(page.title, page.hash, lookup)
      return safeAddress(address) ? address : null
    }
    // Within the words of a link it is just a word.
    if (tag !== null) return tag
  }
  return null
}

function addressOf(title: string, hash: string, lookup?: LinkLookup): string {
  const path = lookup?.path(title)
  return path === null ? `/create?title=${encodeURIComponent(title)}` : (path ?? pathOf(title)) + hash
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
