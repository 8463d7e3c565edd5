// What stands in an article without being written in it: another page or a part of one, what a query finds.
// Embeds (drawn · draw) · embedHandlers

import { shownFile } from '../../shared/article-writer.ts'
import { WikiError } from '../../shared/errors.ts'
import { type Article, type Embed, parse, type Resolved } from '../../shared/markdown.ts'
import type { File } from '../../shared/protocol.ts'
import type { Column } from '../../shared/queries.ts'
import { partOf } from '../../shared/sections.ts'
import { leafOf, parentOf, pathOf } from '../../shared/titles.ts'
import type { Handlers } from './commands.ts'
import type { Files } from './files.ts'
import type { Links } from './links.ts'
import type { Pages } from './pages.ts'
import type { Found, Queries } from './tags.ts'

/** What one article may embed. */
const DEPTH_MAX = 5
const COUNT_MAX = 50
const CHARACTERS_MAX = 1_000_000

/** What one article has embedded so far. */
interface Share {
  count: number
  characters: number
}

/** A page within a page: the ids around it, outermost first, and what may still be embedded. */
interface Place {
  chain: number[]
  share: Share
}

/** Draws embeds as safe HTML. */
export class Embeds {
  constructor(
    private readonly pages: Pages,
    private readonly links: Links,
    private readonly queries: Queries,
    private readonly files: Pick<Files, 'resolve'>,
  ) {}

  /** What stands for each embed of an article of this page; what is not in the answer is shown as a link. */
  drawn(article: Pick<Article, 'embeds'>, page: number): Promise<Map<string, string>> {
    return this.#drawn(article, { chain: [page], share: { count: 0, characters: 0 } })
  }

  /** What stands for one embed in a page, or null for a link. */
  async draw(source: string, kind: Embed['kind'], page: number): Promise<string | null> {
    const text = kind === 'query' ? `\`\`\`\`\`query\n${source}\n\`\`\`\`\`` : source
    const article = parse(text)
    return [...(await this.drawn(article, page)).values()][0] ?? null
  }

  async #drawn(article: Pick<Article, 'embeds'>, place: Place): Promise<Map<string, string>> {
    const drawn = new Map<string, string>()
    const named = article.embeds.filter(({ kind }) => kind === 'file')
    const files = named.length === 0 ? null : await this.files.resolve(named.map(({ title }) => title))
    for (const embed of article.embeds) {
      const file = embed.kind === 'file' && files?.get(embed.title)
      if (file) drawn.set(embed.kind + embed.source, shown(file, embed.words))
      if (embed.kind === 'file' || (embed.kind === 'page' && !embed.alone)) continue
      if (place.share.count >= COUNT_MAX) break
      place.share.count++
      const html = embed.kind === 'query' ? await this.#query(embed) : await this.#page(embed, place)
      if (html !== null) drawn.set(embed.kind + embed.source, html)
    }
    return drawn
  }

  async #page(embed: Embed, { chain, share }: Place): Promise<string | null> {
    const to = (await this.links.resolve([embed.title])).get(embed.title)
    if (typeof to !== 'object' || chain.length > DEPTH_MAX) return null
    const row = await this.pages.rowByTitle(to.title).catch(() => null)
    // A page within itself would have no end.
    if (!row || chain.includes(row.id)) return null
    const whole = await this.pages.content(row)
    const part = partOf(whole, embed.heading)
    const address = escaped(to.path + (part === null ? '' : embed.hash))
    const name = [leafOf(row.title), part === null ? '' : embed.heading.replace(/^\^/, '')].filter(Boolean).join(' › ')
    const head = `<p class="embed-from"><a class="wiki" href="${address}" data-title="${escaped(row.title)}">${escaped(name)}</a></p>`
    if (part === null)
      return frame(
        embed,
        [row.id],
        `${head}<p class="embed-none">There is no “${escaped(embed.heading)}” in this page.</p>`,
      )
    share.characters += part.length
    if (share.characters > CHARACTERS_MAX) return null
    const article = parse(part)
    const [found, drawn] = await Promise.all([
      this.links.resolve(article.links),
      this.#drawn(article, { chain: [...chain, row.id], share }),
    ])
    const resolve = (title: string): Resolved => found.get(title) ?? 'missing'
    const html = article
      .html({ resolve, embed: ({ kind, source }) => drawn.get(kind + source) ?? null, title: leafOf(row.title) })
      // Ids and lines belong to the page around it.
      .replace(/ (?:id|data-line)="[^"]*"/g, '')
      .replace(/<a class="anchor"[^>]*><\/a>/g, '')
      .replace(/<details class="front-matter"[\s\S]*?<\/details>\n?/, '')
    return frame(embed, [row.id, ...pagesIn(html)], `${head}<div class="embed-text">${html}</div>`)
  }

  async #query(embed: Embed): Promise<string> {
    try {
      const { columns, found, more } = await this.queries.find(embed.source)
      const body =
        found.length === 0
          ? '<p class="embed-none">No page is like this yet.</p>'
          : columns
            ? table(found, columns)
            : list(found)
      const rest = more ? `<p class="embed-none">There are more; this query shows ${found.length}.</p>` : ''
      return frame(embed, [], body + rest)
    } catch (error) {
      if (!(error instanceof WikiError)) throw error
      const source = `<pre><code>${escaped(embed.source)}</code></pre>`
      return frame(embed, [], `<p class="embed-error" role="note">${escaped(error.message)}</p>${source}`)
    }
  }
}

/** A file where it is named: shown if a browser can, else linked. “300” or “300x200” is a size, other words describe it. */
function shown({ path, name, type }: File, words: string): string {
  const sized = /^\d*(x\d+)?$/.test(words)
  const said = sized ? name.replace(/\.[^.]*$/, '') : words
  if (/^(image|audio|video)\//.test(type)) return shownFile(path, sized && words !== '' ? `${said}|${words}` : said)
  return `<a href="${escaped(path)}" data-full>${escaped(sized ? name : words)}</a>`
}

/** The element that keeps itself up: it knows what it shows, and which pages that is made of. */
function frame({ kind, source }: Embed, pages: number[], html: string): string {
  const from = pages.length > 0 ? ` pages="${[...new Set(pages)].join(' ')}"` : ''
  return `<wiki-embed kind="${kind}" source="${escaped(source)}"${from}>${html}</wiki-embed>`
}

function pagesIn(html: string): number[] {
  return [...html.matchAll(/<wiki-embed [^>]*? pages="([\d ]+)"/g)].flatMap(([, ids]) => ids!.split(' ').map(Number))
}

function list(found: Found[]): string {
  const items = found.map(({ page }) => {
    const under = parentOf(page.title)
    return `<li>${linkTo(page.title)}${under ? ` <small>${escaped(under.replaceAll('/', ' / '))}</small>` : ''}</li>`
  })
  return `<ul class="query-list">${items.join('')}</ul>`
}

function table(found: Found[], columns: Column[]): string {
  const head = columns.map(column => `<th>${column[0]!.toUpperCase()}${column.slice(1)}</th>`).join('')
  const rows = found.map(row => `<tr>${columns.map(column => `<td>${cell(row, column)}</td>`).join('')}</tr>`)
  return `<div class="table" role="group" aria-label="Query" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}

function cell({ page, tags, bytes }: Found, column: Column): string {
  switch (column) {
    case 'title':
      return linkTo(page.title)
    case 'parent':
      return parentOf(page.title) === '' ? '' : linkTo(parentOf(page.title))
    case 'tags':
      return tags.map(tag => `<a class="tag" href="${escaped(pathOf(tag, '/tags/'))}">#${escaped(tag)}</a>`).join(' ')
    case 'author':
      return escaped(page.author.username)
    case 'editor':
      return escaped(page.editor.username)
    case 'created':
      return day(page.createdAt)
    case 'changed':
      return day(page.updatedAt)
    case 'size':
      return `${Math.ceil(bytes / 1_000).toLocaleString('en')} kB`
  }
}

function day(at: string): string {
  return `<time datetime="${escaped(at)}">${at.slice(0, 10)}</time>`
}

function linkTo(title: string): string {
  return `<a class="wiki" href="${escaped(pathOf(title))}" data-title="${escaped(title)}">${escaped(leafOf(title))}</a>`
}

const SIGNS: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, sign => SIGNS[sign]!)
}

/** The command that draws an embed anew. */
export function embedHandlers(embeds: Embeds): Pick<Handlers, 'embed:draw'> {
  return {
    async 'embed:draw'({ page, kind, source }) {
      return { html: await embeds.draw(source, kind, page) }
    },
  }
}
