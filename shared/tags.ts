// #tags in a text: how they are read, and the address each has.
// tag · tagsIn · tagPath

import type { StateInline, Token } from 'markdown-it'
import { pathOf } from './titles.ts'

// “#7” is a number, and a tag does not end in a mark.
const TAG = /#(?=[\p{N}_/-]*\p{L})([\p{L}\p{M}\p{N}_/-]{0,99}[\p{L}\p{M}\p{N}])/uy
const BEFORE = /[\s([{"'“‘«—–]$/u

/** markdown-it's inline rule: makes a `#tag` a link to its pages, with the tag as `meta.tag`. */
export function tag(state: StateInline, silent: boolean): boolean {
  const { pos, src } = state
  if (src.charCodeAt(pos) !== 0x23 || state.linkLevel > 0) return false
  if (pos > 0 && !BEFORE.test(src.slice(pos - 1, pos))) return false
  TAG.lastIndex = pos
  const match = TAG.exec(src)
  if (!match || TAG.lastIndex > state.posMax) return false
  if (!silent) {
    const open = state.push('link_open', 'a', 1)
    open.attrs = [
      ['class', 'tag'],
      ['href', tagPath(match[1]!)],
    ]
    open.meta = { tag: match[1] }
    state.push('text', '', 0).content = match[0]
    state.push('link_close', 'a', -1)
  }
  state.pos = TAG.lastIndex
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
