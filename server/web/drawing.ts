// Drawing an article: pure work, done here or in a thread of its own.
// Shown · Wanted · Found · Drawer

import { formula } from '../../shared/formulas.ts'
import { properties } from '../../shared/front-matter.ts'
import { type Article, type Embed, type Heading, parse, type Resolved } from '../../shared/markdown.ts'
import { highlight } from './highlight.ts'

/** An article ready to be shown below its title. */
export interface Shown {
  html: string
  headings: Heading[]
  /** The id of the first heading where it only repeated the title, and was left out. */
  titleId: string | null
  /** Its beginning, for search engines and previews. */
  summary: string
}

/** What a text asks for before it can be drawn. */
export interface Wanted {
  links: string[]
  embeds: Embed[]
}

/** The answers: titles, and embeds by their kind and source, as safe HTML. */
export interface Found {
  titles: ReadonlyMap<string, Resolved>
  embeds: ReadonlyMap<string, string>
}

/** Articles that are remembered between being read and being drawn. */
const KEPT = 24

/** Reads and draws articles. A `key` names one text of one page. */
export class Drawer {
  readonly #read = new Map<string, Article>()

  /** What has to be looked up. */
  read(key: string, content: string): Wanted {
    const { links, embeds } = this.#article(key, content)
    return { links, embeds }
  }

  /** The article; `leaf` is its page's name. */
  draw(key: string, content: string, leaf: string, { titles, embeds }: Found): Shown {
    const article = this.#article(key, content)
    const titleId = article.titleId(leaf)
    const html = article.html({
      title: leaf,
      resolve: title => titles.get(title) ?? 'missing',
      embed: ({ kind, source }) => embeds.get(kind + source) ?? null,
      properties,
      highlight,
      math: formula,
    })
    const headings = titleId === null ? article.headings : article.headings.slice(1)
    return { html, headings, titleId, summary: summarise(html) }
  }

  #article(key: string, content: string): Article {
    const article = this.#read.get(key) ?? parse(content)
    this.#read.delete(key)
    this.#read.set(key, article)
    if (this.#read.size > KEPT) this.#read.delete(this.#read.keys().next().value!)
    return article
  }
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

function summarise(html: string): string {
  const paragraph = /<p[ >][\s\S]*?<\/p>/.exec(html.slice(0, 20_000))?.[0] ?? ''
  const text = paragraph
    .replace(/<sup class="note">.*?<\/sup>|<annotation.*?<\/annotation>/g, '')
    .replace(/<[^>]*>/g, '')
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name]!)
    .replace(/\s+/g, ' ')
    .trim()
  return text.length > 160 ? `${text.slice(0, 157).trimEnd()}…`.toWellFormed() : text
}
