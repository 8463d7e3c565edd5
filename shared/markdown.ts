// Markdown → HTML, the same on server and client, in two steps because looking titles up takes time in between.
// parse(source) → Article { links, embeds, headings, frontMatter, html(…), pieces(…) } · Heading · Piece · Rendering

import type { Token } from 'markdown-it'
import { type Facts, factsOf } from './article-facts.ts'
import { type Mention, Notes } from './article-notes.ts'
import { type Surroundings, write, writeNotes } from './article-writer.ts'
import { type Cut, cut } from './blocks.ts'
import { titleKey } from './titles.ts'
import type { Embed, Resolved } from './wiki-links.ts'

export type { Embed, Resolved } from './wiki-links.ts'

/** How much code of one article is highlighted, in UTF-16 units; the rest is shown plain. */
const HIGHLIGHT_MAX = 200_000

/** A heading that divides the page. `line` counts from 1; `id` is its anchor. */
export interface Heading {
  level: number
  text: string
  id: string
  line: number
}

/** What rendering asks of its surroundings. All the HTML that it is given has to be safe. */
export interface Rendering {
  /** What a wanted title is; asked once per title. */
  resolve(title: string): Resolved
  /** Code as safe HTML, or null to show it plain. `language` is the first word after the fence. */
  highlight?: (code: string, language: string) => string | null
  /** A formula as MathML, or null to show its TeX. */
  math?: (tex: string, display: boolean) => string | null
  /** Front matter as its properties, or null to show it as text. */
  properties?: (source: string) => { name: string; values: string[] }[] | null
  /** What is to stand for an embed as HTML, or null for a link to it (a query shows its text). */
  embed?: (embed: Embed) => string | null
  /** The page's own name: a first heading that only repeats it is left out. */
  title?: string
}

/** One block of an article as HTML; `''` for what is not shown. */
export interface Piece {
  /** Its lines are written as `data-line="+n"`, counted from its own first; see `placed`. */
  html: string
  /** Its first line in the article, counted from 1. */
  line: number
}

/** A parsed article. */
export interface Article {
  /** The distinct titles that its wiki links and embeds want, as written but for white space; each is a valid title. */
  links: string[]
  /** What it embeds, each source once. */
  embeds: Embed[]
  headings: Heading[]
  /** The text between the first two lines of `---`, or null. */
  frontMatter: string | null
  /** What the parser read, for whoever looks for something else in it; the lines of tokens count from their block. */
  readonly tokens: readonly Token[]
  /** Whether it has code that could be highlighted, formulas. */
  has: { code: boolean; math: boolean }
  /** The id of the first heading where it only repeats the page's name. */
  titleId(title: string): string | null
  /**
   * The article as HTML, all of it escaped. Elements at the top, and tasks, carry `data-line`: the line they begin at,
   * counted from 1. Wiki links carry `data-title` and, with a heading, `data-hash`.
   */
  html(options: Rendering): string
  /** The same block by block; a block that looks as it did has the same string as before. */
  pieces(options: Rendering): Piece[]
}

/** A piece's HTML with the lines of its article. */
export function placed({ html, line }: Piece): string {
  return html.replace(/ data-line="\+(\d+)"/g, (_, lines: string) => ` data-line="${line + Number(lines)}"`)
}

/** Reads an article. What it has in common with `before` is taken over from there. Never throws. */
export function parse(source: string, before?: Article): Article {
  return new ReadArticle(cut(source, before instanceof ReadArticle ? before.cut : undefined))
}

class ReadArticle implements Article {
  readonly links: string[]
  readonly embeds: Embed[]
  readonly headings: Heading[] = []
  readonly frontMatter: string | null
  readonly has = { code: false, math: false }
  readonly #facts: Facts[]
  readonly #ids = new Map<string, number>()
  readonly #idsOf: string[][]
  readonly #notes: Notes

  constructor(readonly cut: Cut) {
    this.#facts = cut.places.map(({ block }) => factsOf(block))
    const links = new Set<string>()
    const embeds = new Map<string, Embed>()
    this.#idsOf = this.#facts.map((facts, i) => {
      for (const title of facts.titles) links.add(title)
      for (const embed of facts.embeds) embeds.set(embed.kind + embed.source, embed)
      if (facts.codes.length > 0) this.has.code = true
      if (facts.math) this.has.math = true
      return facts.headings.map(({ level, text, anchor, line, divides }) => {
        const id = unique(anchor, this.#ids)
        if (divides) this.headings.push({ level, text, id, line: cut.places[i]!.line + line + 1 })
        return id
      })
    })
    this.links = [...links]
    this.embeds = [...embeds.values()]
    this.frontMatter = this.#facts[0]?.frontMatter ?? null
    this.#notes = new Notes(this.#facts)
  }

  get tokens(): readonly Token[] {
    return this.cut.places.flatMap(({ block }) => block.tokens)
  }

  titleId(title: string): string | null {
    const [first] = this.headings
    if (first?.level !== 1 || titleKey(first.text) !== titleKey(title)) return null
    // Only where nothing stands before it.
    const at = this.#facts.findIndex(({ shown }) => shown)
    return this.#facts[at]?.headings[0]?.divides && this.#idsOf[at]![0] === first.id ? first.id : null
  }

  html(options: Rendering): string {
    return this.pieces(options).map(placed).join('').trimStart()
  }

  pieces(options: Rendering): Piece[] {
    const found = new Map<string, Resolved>()
    const resolve = (title: string) => {
      if (!found.has(title)) found.set(title, options.resolve(title))
      return found.get(title)!
    }
    const titleId = options.title === undefined ? null : this.titleId(options.title)
    const means = `${options.highlight ? 'h' : ''}${options.math ? 'm' : ''}${options.properties ? 'p' : ''}`
    let budget = HIGHLIGHT_MAX
    const around = this.#facts.map((facts, i): Surroundings => {
      const fits = facts.codes.map(length => {
        if (length > budget) return false
        budget -= length
        return true
      })
      return { ...options, resolve, ids: this.#idsOf[i]!, known: this.#ids, mentions: this.#notes.mentions(i), fits }
    })
    const pieces = this.cut.places.map(({ line, block }, i): Piece => {
      const surroundings = around[i]!
      const facts = this.#facts[i]!
      if (facts.note !== null || (titleId !== null && surroundings.ids[0] === titleId && facts.headings[0]?.divides))
        return { html: '', line: line + 1 }
      const key = keyOf(facts, surroundings, means)
      if (facts.drawn?.key !== key) facts.drawn = { key, html: write(block.tokens, surroundings) }
      return { html: facts.drawn.html, line: line + 1 }
    })
    const notes = this.#notes.order.map(({ at, number, mentions }) => ({
      tokens: this.cut.places[at]!.block.tokens,
      surroundings: around[at]!,
      number,
      mentions,
    }))
    if (notes.length > 0)
      pieces.push({ html: writeNotes(notes), line: this.cut.places[this.#notes.order[0]!.at]!.line + 1 })
    return pieces
  }
}

/** What a block's HTML depends on, besides its text. */
function keyOf(facts: Facts, around: Surroundings, means: string): string {
  if (facts.alone) return ''
  const address = (title: string) => {
    const to = around.resolve(title)
    return typeof to === 'object' ? to.path : to
  }
  return [
    ...around.ids,
    ...facts.titles.map(address),
    ...facts.anchors.map(name => around.known.has(name)),
    ...around.mentions.map((mention: Mention | null) => mention?.id),
    ...facts.embeds.map(embed => around.embed?.(embed)),
    ...(facts.codes.length > 0 || facts.math || facts.frontMatter !== null ? [means, ...around.fits] : []),
  ].join('\n')
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
