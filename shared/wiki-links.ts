// [[X]], [[X|words]], [[X#Heading]], [[#Heading]], ![[X]] and Markdown's links to pages of this wiki: how they are read,
// and the address each link leads to.
// wikiLink · WikiLink · wikiEmbed · Embed · wikiAddresses · pageAt · Resolved · isFileName · targetIn · wikiAnchor

import type { StateCore, StateInline } from 'markdown-it'
import { anchorOf, parseTitle, titleOfPath } from './titles.ts'

/** What a wiki link asks for; `title` is null when it leads within its own page, `hash` is '' without a heading. */
export interface WikiLink {
  title: string | null
  hash: string
}

/** What is to stand in an article without being written in it: a page or part of one, a file, what a query finds. */
export interface Embed {
  kind: 'page' | 'file' | 'query'
  /** As it is written, or the text of the query: what tells two embeds of a page apart. */
  source: string
  /** The title or the name of the file, or '' for a query. */
  title: string
  /** The anchor of a heading, `#h-…`, or ''; and the heading as it is written. */
  hash: string
  heading: string
  /** What stands behind the `|`, or ''. */
  words: string
  /** Whether it is a paragraph of its own, so that whole blocks may stand in its place. */
  alone: boolean
}

/** What a wanted title turned out to be; `ambiguous` when it is the last segment of several pages. */
export type Resolved = { title: string; path: string } | 'missing' | 'ambiguous'

// No class holds what ends it, so a long line of brackets is read once.
const LINK = /\[\[([^[\]|#]*)(?:#([^[\]|]*))?(?:\|([^[\]]*))?\]\]/y
const LONGEST = 2000
// “[[1]](https://…)” is CommonMark's link with the text “[1]”, as lists of references have it.
const ADDRESS = /\((?:https?:|mailto:|[/#<])/iy
const FILE =
  /\.(png|jpe?g|gif|webp|avif|svg|bmp|ico|mp3|ogg|wav|m4a|flac|mp4|webm|mov|pdf|zip|csv|txt|docx|xlsx|pptx)$/i

/** markdown-it's inline rule: makes `link_open`, the words and `link_close`, with a `WikiLink` as `meta.wiki`. */
export function wikiLink(state: StateInline, silent: boolean): boolean {
  const { pos: start, posMax } = state
  const match = read(state, start)
  if (!match) return false
  const { link, end, heading, words } = match
  state.pos = end
  if (silent) return true

  const open = state.push('link_open', 'a', 1)
  open.meta = { wiki: link }
  const shown = words?.trim() ?? ''
  if (shown === '' || shown.includes('<')) {
    state.push('text', '', 0).content = shown || spoken(link, heading)
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

/** Whether an embed of this name is a file's, not a page's. */
export function isFileName(name: string): boolean {
  return FILE.test(name)
}

/** markdown-it's inline rule: makes one `embed`, with an `Embed` as `meta.embed` and a `WikiLink` as `meta.wiki`. */
export function wikiEmbed(state: StateInline, silent: boolean): boolean {
  const { pos: start } = state
  if (!state.src.startsWith('![[', start)) return false
  const match = read(state, start + 1)
  if (!match || match.link.title === null) return false
  const { link, end, heading, words } = match
  const { title } = link
  if (!silent) {
    const token = state.push('embed', '', 0)
    const embed: Embed = {
      kind: FILE.test(title!) ? 'file' : 'page',
      source: state.src.slice(start, end),
      title: title!,
      hash: link.hash,
      heading: unescaped(heading).trim(),
      words: words?.trim() ?? '',
      alone: start === 0 && end === state.src.length && state.linkLevel === 0,
    }
    token.meta = { embed, wiki: link }
    token.content = /^\d*(x\d*)?$/.test(embed.words) ? spoken(link, heading) : embed.words
  }
  state.pos = end
  return true
}

/** markdown-it's core rule: Markdown's links that lead to a page here are wiki links, with a `WikiLink` as `meta.wiki`. */
export function wikiAddresses(state: StateCore): void {
  for (const { children } of state.tokens)
    for (const child of children ?? []) {
      const wiki = child.type === 'link_open' && !child.meta?.wiki ? pageAt(String(child.attrGet('href'))) : null
      if (wiki) child.meta = { ...child.meta, wiki }
    }
}

/**
 * The page that an address in Markdown leads to: our own `/wiki/Title`, or `Title.md` and `../Title.md`, as folders of
 * Markdown have it, which name a page as [[Title]] does. Null for every other address.
 */
export function pageAt(address: string): WikiLink | null {
  const [, path, hash = ''] = /^([^?#]*)(#[^#]*)?$/.exec(address) ?? []
  if (!path) return null
  const own = path.startsWith('/wiki/')
  const file = own ? null : /^(?![a-z][a-z0-9+.-]*:|\/)(?:\.{1,2}\/)*(.+)\.md$/i.exec(path)?.[1]
  const title = own ? titleOfPath(path) : file ? decoded(file) : null
  if (title === null) return null
  try {
    return { title: parseTitle(title), hash: own ? hash : anchored(hash) }
  } catch {
    return null
  }
}

// Folders of Markdown know a heading by its words, or by these as GitHub writes them.
function anchored(hash: string): string {
  const heading = decoded(hash.slice(1)) ?? ''
  return heading === '' ? '' : `#${encodeURIComponent(anchorOf(heading))}`
}

function decoded(path: string): string | null {
  try {
    return decodeURIComponent(path)
  } catch {
    return null
  }
}

function spoken({ title }: WikiLink, heading: string | undefined): string {
  return [title, unescaped(heading).trim()].filter(Boolean).join(' § ')
}

interface Match {
  link: WikiLink
  end: number
  heading: string | undefined
  words: string | undefined
}

function read(state: StateInline, start: number): Match | null {
  if (!state.src.startsWith('[[', start)) return null
  LINK.lastIndex = start
  const match = LINK.exec(state.src)
  const end = LINK.lastIndex
  if (!match || end > state.posMax || end - start > LONGEST) return null
  ADDRESS.lastIndex = end
  if (ADDRESS.test(state.src)) return null
  const [whole, target = '', heading, words] = match
  const link = wanted(target, heading)
  if (!link || (whole.includes('`') && !standsAlone(state, start + 2, end - 2))) return null
  return { link, end, heading, words }
}

function wanted(target: string, heading: string | undefined): WikiLink | null {
  const hash = unescaped(heading).trim() === '' ? '' : `#${encodeURIComponent(anchorOf(unescaped(heading)))}`
  if (unescaped(target).trim() === '') return hash ? { title: null, hash } : null
  const title = targetIn(target)
  return title === null ? null : { title, hash }
}

/** The title that stands between the brackets of a link, before any heading and words; null where none can be. */
export function targetIn(raw: string): string | null {
  try {
    return parseTitle(unescaped(raw).trim().replace(/\.md$/i, ''))
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
  const asked: [string, string][] = [['data-title', title]]
  if (hash) asked.push(['data-hash', hash])
  if (typeof found === 'object') return [['class', 'wiki'], ['href', found.path + hash], ...asked]
  const several = found === 'ambiguous'
  const why = several
    ? `Several pages are called ${title}; the link has to name the whole title of one`
    : `${title} does not exist yet; write it`
  const create = `/create?title=${encodeURIComponent(title)}`
  return [['class', several ? 'wiki missing ambiguous' : 'wiki missing'], ['href', create], ['title', why], ...asked]
}
