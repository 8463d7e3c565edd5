// What has to be known of a block before its article can be written: what it names, and what it asks for.
// Facts · factsOf

import type { Token } from 'markdown-it'
import type { Block } from './blocks.ts'
import { plain, syntax } from './syntax.ts'
import { anchorOf } from './titles.ts'
import type { Embed, WikiLink } from './wiki-links.ts'

/** Facts of one block; they follow from its text alone. */
export interface Facts {
  /** `line` counts from the block's first; one that `divides` the page is not in a quote or a list. */
  headings: { level: number; text: string; anchor: string; line: number; divides: boolean }[]
  /** The titles that its links and embeds want. */
  titles: string[]
  embeds: Embed[]
  /** Ids that its links within the page may mean. */
  anchors: string[]
  /** The labels of the footnotes it mentions, in order, and the one whose text it is. */
  mentions: string[]
  note: string | null
  /** The length of each piece of code that could be highlighted. */
  codes: number[]
  math: boolean
  frontMatter: string | null
  /** Whether anything of it is seen. */
  shown: boolean
  /** Whether it looks the same in every article. */
  alone: boolean
  /** How it looked last, and what that depended on. */
  drawn: { key: string; html: string } | null
}

const known = new WeakMap<Block, Facts>()

/** Gathers a block's facts, once; marks the lines of its tokens. */
export function factsOf(block: Block): Facts {
  let facts = known.get(block)
  if (!facts) known.set(block, (facts = gather(block.tokens)))
  return facts
}

function gather(tokens: Token[]): Facts {
  const facts: Facts = {
    headings: [],
    titles: [],
    embeds: [],
    anchors: [],
    mentions: [],
    note: null,
    codes: [],
    math: false,
    frontMatter: null,
    shown: false,
    alone: false,
    drawn: null,
  }
  const titles = new Set<string>()
  tokens.forEach((token, i) => {
    if (token.type === 'front_matter') facts.frontMatter = token.content
    if (token.type === 'footnote_open') facts.note = token.meta!.label as string
    if (token.type === 'heading_open') {
      const text = plain(tokens[i + 1]!.children!)
      token.meta = { text }
      const level = Number(token.tag.slice(1))
      facts.headings.push({ level, text, anchor: anchorOf(text), line: token.map![0], divides: token.level === 0 })
    }
    if (token.type === 'fence') {
      const language = languageOf(token)
      if (language === 'query') {
        const embed: Embed = {
          ...{ kind: 'query', source: token.content, title: '', hash: '', heading: '', words: '', alone: true },
        }
        token.meta = { embed }
        facts.embeds.push(embed)
      } else if (language !== '') facts.codes.push(token.content.length)
    }
    if (token.type === 'math_block') facts.math = true
    const task = token.type === 'list_item_open' && token.attrGet('class') !== null
    if (token.map && token.nesting >= 0 && (token.level === 0 || task)) token.attrSet('data-line', `+${token.map[0]}`)
    for (const child of token.children ?? []) {
      const wiki = child.meta?.wiki as WikiLink | undefined
      if (wiki?.title) titles.add(wiki.title)
      if (child.type === 'embed') facts.embeds.push(child.meta!.embed as Embed)
      if (child.type === 'math_inline') facts.math = true
      if (child.type === 'footnote_mark') facts.mentions.push((child.meta!.label as string).toLowerCase())
      const name = child.type === 'link_open' && !wiki ? anchorIn(String(child.attrGet('href'))) : null
      if (name) facts.anchors.push(name)
    }
  })
  facts.titles = [...titles]
  if (facts.note !== null) facts.note = facts.note.toLowerCase()
  facts.shown = facts.note === null && tokens.some(({ type }) => type !== 'comment')
  const { headings, embeds, anchors, mentions, codes, math } = facts
  facts.alone =
    [headings, facts.titles, embeds, anchors, mentions, codes].every(list => list.length === 0) &&
    !math &&
    facts.frontMatter === null
  return facts
}

/** The first word behind a fence. */
export function languageOf(token: Token): string {
  return syntax.utils.unescapeAll(token.info).trim().split(/\s+/, 1)[0] ?? ''
}

/** “#ratios” may mean the heading “Ratios”, whose id is “h-ratios”; null for an address that leads elsewhere. */
export function anchorIn(href: string): string | null {
  if (!href.startsWith('#')) return null
  try {
    return `h-${decodeURIComponent(href.slice(1))}`
  } catch {
    return null
  }
}
