// Articles as HTML, each rendered once per text and state of its links.
// Articles · Shown

import { type Article, type Embed, type Heading, parse, type Rendering, type Resolved } from '../../shared/markdown.ts'
import { leafOf } from '../../shared/titles.ts'

/** An article ready to be shown below its title. */
export interface Shown {
  html: string
  headings: Heading[]
  /** The id of the first heading where it only repeated the title, and was left out. */
  titleId: string | null
  /** Its beginning, for search engines and previews. */
  summary: string
}

/** Looks up where titles lead. */
export type ResolveLinks = (titles: string[]) => Promise<Map<string, Resolved>>

/** Draws what an article of a page embeds, by kind and source. */
export type DrawEmbeds = (article: Article, page: number) => Promise<Map<string, string>>

/** Front matter as its properties, or null where it is no plain YAML. */
export type Properties = (source: string) => { name: string; values: string[] }[] | null

/** Code as safe HTML, or null where its language is not known. */
export type Highlight = (code: string, language: string) => string | null

interface Kept {
  title: string
  seq: number
  article: Article
  links: string
  shown: Shown
}

/** Characters of HTML that are kept, over all pages. */
const KEPT_MAX = 16_000_000

/** Renders articles and keeps the latest of those that were asked for last. */
export class Articles {
  readonly #kept = new Map<number, Kept>()
  #size = 0

  constructor(
    private readonly resolveLinks: ResolveLinks,
    private readonly highlight: Highlight,
    private readonly drawEmbeds: DrawEmbeds = async () => new Map(),
    private readonly properties: Properties = () => null,
  ) {}

  /** The article of a page; `content` is its text at `seq`. */
  async show(page: { id: number; title: string; seq: number; content: string }): Promise<Shown> {
    let kept = this.#kept.get(page.id)
    const same = kept?.seq === page.seq && kept.title === page.title
    const article = same ? kept!.article : parse(page.content)
    const [found, embeds] = await Promise.all([
      this.resolveLinks(article.links),
      article.embeds.length > 0 ? this.drawEmbeds(article, page.id) : new Map<string, string>(),
    ])
    const links = [...article.links.map(title => address(found.get(title))), ...embeds.values()].join('\n')
    if (!kept || !same || kept.links !== links) {
      const resolve = (title: string) => found.get(title) ?? 'missing'
      const embed = ({ kind, source }: Embed) => embeds.get(kind + source) ?? null
      const shown = arrange(
        article,
        { resolve, highlight: this.highlight, properties: this.properties, embed },
        leafOf(page.title),
      )
      kept = { title: page.title, seq: page.seq, article, links, shown }
    }
    this.#keep(page.id, kept)
    return kept.shown
  }

  #keep(id: number, kept: Kept): void {
    const before = this.#kept.get(id)
    this.#size += kept.shown.html.length - (before?.shown.html.length ?? 0)
    this.#kept.delete(id)
    this.#kept.set(id, kept)
    for (const [oldest, { shown }] of this.#kept) {
      if (this.#size <= KEPT_MAX || oldest === id) break
      this.#kept.delete(oldest)
      this.#size -= shown.html.length
    }
  }
}

function address(found: Resolved | undefined): string {
  return typeof found === 'object' ? found.path : (found ?? 'missing')
}

function arrange(article: Article, rendering: Rendering, leaf: string): Shown {
  // Many texts begin with their title; the page shows it already.
  const titleId = article.titleId(leaf)
  const html = article.html({ ...rendering, title: leaf })
  const headings = titleId === null ? article.headings : article.headings.slice(1)
  return { html, headings, titleId, summary: summarise(html) }
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

function summarise(html: string): string {
  const paragraph = /<p[ >][\s\S]*?<\/p>/.exec(html.slice(0, 20_000))?.[0] ?? ''
  const text = paragraph
    .replace(/<[^>]*>/g, '')
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name]!)
    .replace(/\s+/g, ' ')
    .trim()
  return text.length > 160 ? `${text.slice(0, 157).trimEnd()}…`.toWellFormed() : text
}
