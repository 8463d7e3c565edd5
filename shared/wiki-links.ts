// [[X]], [[X|words]], [[X#Heading]], [[#Heading]]: how they are read, and the address each leads to.
// wikiLink · WikiLink · Resolved · wikiAnchor

import type { StateInline } from 'markdown-it'
import { anchorOf, parseTitle } from './titles.ts'

/** What a wiki link asks for; `title` is null when it leads within its own page, `hash` is '' without a heading. */
export interface WikiLink {
  title: string | null
  hash: string
}

/** What a wanted title turned out to be; `ambiguous` when it is the last segment of several pages. */
export type Resolved = { title: string; path: string } | 'missing' | 'ambiguous'

// No class holds what ends it, so a long line of brackets is read once.
const LINK = /\[\[([^[\]|#]*)(?:#([^[\]|]*))?(?:\|([^[\]]*))?\]\]/y
const LONGEST = 2000
// “[[1]](https://…)” is CommonMark's link with the text “[1]”, as lists of references have it.
const ADDRESS = /\((?:https?:|mailto:|[/#<])/iy

/** markdown-it's inline rule: makes `link_open`, the words and `link_close`, with a `WikiLink` as `meta.wiki`. */
export function wikiLink(state: StateInline, silent: boolean): boolean {
  const { pos: start, posMax } = state
  if (!state.src.startsWith('[[', start)) return false
  LINK.lastIndex = start
  const match = LINK.exec(state.src)
  const end = LINK.lastIndex
  if (!match || end > posMax || end - start > LONGEST) return false
  ADDRESS.lastIndex = end
  if (ADDRESS.test(state.src)) return false
  const [whole, target = '', heading, words] = match
  const link = read(target, heading)
  if (!link || (whole.includes('`') && !standsAlone(state, start + 2, end - 2))) return false
  state.pos = end
  if (silent) return true

  const open = state.push('link_open', 'a', 1)
  open.meta = { wiki: link }
  const shown = words?.trim() ?? ''
  if (shown === '' || shown.includes('<')) {
    state.push('text', '', 0).content = shown || [link.title, unescaped(heading).trim()].filter(Boolean).join(' § ')
  } else {
    state.pos = end - 2 - words!.trimStart().length
    state.posMax = state.pos + shown.length
    state.linkLevel++
    state.md.inline.tokenize(state)
    state.linkLevel--
    state.pos = end
    state.posMax = posMax
  }
  state.push('link_close', 'a', -1)
  return true
}

function read(target: string, heading: string | undefined): WikiLink | null {
  const raw = unescaped(target).trim()
  const hash = unescaped(heading).trim() === '' ? '' : `#${encodeURIComponent(anchorOf(unescaped(heading)))}`
  if (raw === '') return hash ? { title: null, hash } : null
  try {
    return { title: parseTitle(raw.replace(/\.md$/i, '')), hash }
  } catch {
    // Brackets around what can never be a title are just brackets.
    return null
  }
}

/** In a table's cell `|` is written `\|`; whoever copies the cell elsewhere means the same. */
function unescaped(text = ''): string {
  return text.endsWith('\\') ? text.slice(0, -1) : text
}

/** Code binds tighter than brackets: does a code span begin inside and end outside? */
function standsAlone(state: StateInline, from: number, to: number): boolean {
  const { pos } = state
  state.pos = from
  while (state.pos < to) state.md.inline.skipToken(state)
  const alone = state.pos === to
  state.pos = pos
  return alone
}

/** The attributes of a wiki link's `<a>`, for what its title turned out to be; null for one within its own page. */
export function wikiAnchor(link: WikiLink, found: Resolved | null): [name: string, value: string][] {
  const { title, hash } = link
  if (title === null || found === null) return [['href', hash]]
  const wanted: [string, string][] = [['data-title', title]]
  if (hash) wanted.push(['data-hash', hash])
  if (typeof found === 'object') return [['class', 'wiki'], ['href', found.path + hash], ...wanted]
  const several = found === 'ambiguous'
  const why = several
    ? `Several pages are called ${title}; the link has to name the whole title of one`
    : `${title} does not exist yet; write it`
  const create = `/create?title=${encodeURIComponent(title)}`
  return [['class', several ? 'wiki missing ambiguous' : 'wiki missing'], ['href', create], ['title', why], ...wanted]
}
