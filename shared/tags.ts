// #tags in a text: how they are read, and the address each has.
// tagAt · tag · tagsIn · tagPath

import type { StateInline, Token } from 'markdown-it'
import { pathOf } from './titles.ts'

// “#7” is a number, and a tag does not end in a mark.
const TAG = /#(?=[\p{N}_/-]*\p{L})([\p{L}\p{M}\p{N}_/-]{0,99}[\p{L}\p{M}\p{N}])/uy
const BEFORE = /[\s([{"'“‘«—–]$/u

/** The name of the tag that begins at a position of a text, or null. */
export function tagAt(text: string, pos: number): string | null {
  if (text.charCodeAt(pos) !== 0x23 || (pos > 0 && !BEFORE.test(text.slice(pos - 1, pos)))) return null
  TAG.lastIndex = pos
  return TAG.exec(text)?.[1] ?? null
}

/** markdown-it's inline rule: makes a `#tag` a link to its pages, with the tag as `meta.tag`. */
export function tag(state: StateInline, silent: boolean): boolean {
  const name = state.linkLevel > 0 ? null : tagAt(state.src, state.pos)
  if (name === null || state.pos + 1 + name.length > state.posMax) return false
  if (!silent) {
    const open = state.push('link_open', 'a', 1)
    open.attrs = [
      ['class', 'tag'],
      ['href', tagPath(name)],
    ]
    open.meta = { tag: name }
    state.push('text', '', 0).content = `#${name}`
    state.push('link_close', 'a', -1)
  }
  state.pos += 1 + name.length
  return true
}

/** The tags of a parsed text, as they are written. */
export function tagsIn(tokens: readonly Token[]): string[] {
  return tokens.flatMap(({ children }) =>
    (children ?? []).flatMap(child => (typeof child.meta?.tag === 'string' ? [child.meta.tag] : [])),
  )
}

/** The address of a tag's pages. */
export function tagPath(name: string): string {
  return pathOf(name, '/tags/')
}
