// Markdown → HTML, the same on server and client, in two steps because looking titles up takes time in between.
// parse(source) → Article { links, headings, frontMatter, html({ resolve, highlight }) } · Heading · Resolved

import type { RendererRule, Token } from 'markdown-it'
import { plain, syntax } from './syntax.ts'
import { anchorOf } from './titles.ts'
import { type Resolved, type WikiLink, wikiAnchor } from './wiki-links.ts'

export type { Resolved } from './wiki-links.ts'

/** How much code of one article is highlighted, in UTF-16 units; the rest is shown plain. */
const HIGHLIGHT_MAX = 200_000

/** A heading that divides the page. `line` counts from 1; `id` is its anchor. */
export interface Heading {
  level: number
  text: string
  id: string
  line: number
}

/** What rendering asks of its surroundings. */
export interface Rendering {
  /** What a wanted title is; asked once per title. */
  resolve(title: string): Resolved
  /** Code as safe HTML, or null to show it plain. `language` is the first word after the fence. */
  highlight?: (code: string, language: string) => string | null
}

/** A parsed article. */
export interface Article {
  /** The distinct titles that its wiki links want, as written but for white space; each is a valid title. */
  links: string[]
  headings: Heading[]
  /** The text between the first two lines of `---`, or null. */
  frontMatter: string | null
  /** What the parser read, for whoever looks for something else in it. */
  tokens: readonly Token[]
  /**
   * The article as HTML, all of it escaped. Elements at the top, and tasks, carry `data-line`: the line they begin at,
   * counted from 1. Wiki links carry `data-title` and, with a heading, `data-hash`.
   */
  html(options: Rendering): string
}

/** Reads an article. Never throws. */
export function parse(source: string): Article {
  const tokens = syntax.parse(source, {})
  const links = new Set<string>()
  const ids = new Map<string, number>()
  const headings: Heading[] = []
  let frontMatter: string | null = null
  tokens.forEach((token, i) => {
    if (token.type === 'front_matter') frontMatter = token.content
    if (token.type === 'heading_open') {
      const text = plain(tokens[i + 1]!.children!)
      const id = unique(anchorOf(text), ids)
      token.attrSet('id', id)
      token.meta = { text }
      if (token.level === 0) headings.push({ level: Number(token.tag.slice(1)), text, id, line: token.map![0] + 1 })
    }
    const task = token.type === 'list_item_open' && token.attrGet('class') !== null
    if (token.map && token.nesting >= 0 && (token.level === 0 || task)) token.attrSet('data-line', token.map[0] + 1)
    for (const child of token.children ?? []) {
      const wiki = child.meta?.wiki as WikiLink | undefined
      if (wiki?.title) links.add(wiki.title)
    }
  })
  return {
    links: [...links],
    headings,
    frontMatter,
    tokens,
    html({ resolve, highlight }) {
      const found = new Map<string, Resolved>()
      const env: Surroundings = {
        ids,
        budget: HIGHLIGHT_MAX,
        highlight,
        resolve(title) {
          if (!found.has(title)) found.set(title, resolve(title))
          return found.get(title)!
        },
      }
      return syntax.renderer.render(tokens, syntax.options, { article: env })
    },
  }
}

/** Makes an id unique among those given out; `ids` keeps how often each was asked for. */
function unique(id: string, ids: Map<string, number>): string {
  const asked = ids.get(id)
  if (asked === undefined) {
    ids.set(id, 0)
    return id
  }
  let count = asked + 1
  while (ids.has(`${id}-${count}`)) count++
  ids.set(id, count)
  ids.set(`${id}-${count}`, 0)
  return `${id}-${count}`
}

// ---- how each token is written, where markdown-it's own way is not ours

interface Surroundings extends Rendering {
  ids: ReadonlyMap<string, number>
  /** How much more code may be highlighted. */
  budget: number
}

const { escapeHtml, unescapeAll } = syntax.utils
const { rules } = syntax.renderer

function surroundings(env: unknown): Surroundings {
  return (env as { article: Surroundings }).article
}

function attributes(list: [name: string, value: string | number][]): string {
  return syntax.renderer.renderAttrs({ attrs: list })
}

rules.heading_close = (tokens, i) => {
  const open = tokens[i - 2]!
  const anchor = attributes([
    ['class', 'anchor'],
    ['href', `#${encodeURIComponent(String(open.attrGet('id')))}`],
    ['aria-label', `Link to “${open.meta?.text}”`],
  ])
  return `<a${anchor}></a></${tokens[i]!.tag}>\n`
}

rules.link_open = (tokens, i, _options, env) => {
  const token = tokens[i]!
  const { resolve, ids } = surroundings(env)
  const wiki = token.meta?.wiki as WikiLink | undefined
  if (wiki) return `<a${attributes(wikiAnchor(wiki, wiki.title === null ? null : resolve(wiki.title)))}>`
  const href = String(token.attrGet('href'))
  const list = (token.attrs ?? []).map(([name, value]): [string, string | number] =>
    name === 'href' && href.startsWith('#') ? [name, ownAnchor(href, ids)] : [name, value],
  )
  if (/^https?:/i.test(href)) list.push(['rel', 'noopener noreferrer'])
  return `<a${attributes(list)}>`
}

/** “#ratios” means the heading “Ratios”, whose id is “h-ratios”. */
function ownAnchor(href: string, ids: ReadonlyMap<string, number>): string {
  let name: string
  try {
    name = decodeURIComponent(href.slice(1))
  } catch {
    return href
  }
  return ids.has(`h-${name}`) ? `#h-${href.slice(1)}` : href
}

rules.image = (tokens, i) => {
  const token = tokens[i]!
  const alt = plain(token.children!)
  const src = String(token.attrGet('src'))
  // A link may be a mail address; a picture cannot.
  if (/^mailto:/i.test(src)) return escapeHtml(alt)
  const title = token.attrGet('title')
  const list: [string, string | number][] = [
    ['src', src],
    ['alt', alt],
  ]
  if (title) list.push(['title', title])
  return `<img${attributes([...list, ['loading', 'lazy']])}>`
}

const code: RendererRule = (tokens, i, _options, env) => {
  const token = tokens[i]!
  const context = surroundings(env)
  const [language = ''] = unescapeAll(token.info).trim().split(/\s+/, 1)
  let html: string | null = null
  if (language && context.highlight && token.content.length <= context.budget) {
    html = context.highlight(token.content, language)
    if (html !== null) context.budget -= token.content.length
  }
  const list = language ? attributes([['class', `language-${language}`]]) : ''
  // Reachable by keyboard, so that a long line can be scrolled without a mouse.
  return `<pre${attributes([...(token.attrs ?? []), ['tabindex', 0]])}><code${list}>${html ?? escapeHtml(token.content)}</code></pre>\n`
}
rules.fence = code
rules.code_block = code

rules.table_open = (tokens, i) => {
  const list = attributes([
    ['class', 'table'],
    ['role', 'group'],
    ['aria-label', 'Table'],
    ['tabindex', 0],
    ...(tokens[i]!.attrs ?? []),
  ])
  return `<div${list}><table>\n`
}
rules.table_close = () => '</table></div>\n'

// A style attribute would need a hole in the page's content security policy.
const cell: RendererRule = (tokens, i) => {
  const align = /^text-align:(\w+)$/.exec(String(tokens[i]!.attrGet('style') ?? ''))?.[1]
  return align ? `<${tokens[i]!.tag} class="align-${align}">` : `<${tokens[i]!.tag}>`
}
rules.th_open = cell
rules.td_open = cell

rules.task_open = (tokens, i) =>
  `<label><input type="checkbox" disabled${tokens[i]!.meta?.done ? ' checked' : ''}> <span>`
rules.task_close = () => '</span></label>'

rules.front_matter = (tokens, i) => {
  const token = tokens[i]!
  const list = attributes([['class', 'front-matter'], ...(token.attrs ?? [])])
  return `<details${list}><summary>Properties</summary><pre tabindex="0">${escapeHtml(token.content)}</pre></details>\n`
}
