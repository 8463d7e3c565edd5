// How each token of an article is written as HTML, where markdown-it's own way is not ours.
// write · writeNotes · shownFile · Surroundings

import type { RendererRule, Token } from 'markdown-it'
import { anchorIn, languageOf } from './article-facts.ts'
import type { Mention } from './article-notes.ts'
import type { Callout } from './callouts.ts'
import { pictured, shownAs } from './files.ts'
import type { Rendering } from './markdown.ts'
import { plain, syntax } from './syntax.ts'
import { tagPath } from './tags.ts'
import { type Embed, type WikiLink, wikiAnchor } from './wiki-links.ts'

/** What a block is written in; what is a list is used up in order. */
export interface Surroundings extends Rendering {
  /** The ids of its headings. */
  ids: readonly string[]
  /** All ids of headings in the article. */
  known: ReadonlyMap<string, number>
  mentions: readonly (Mention | null)[]
  /** Whether each of its pieces of code may be highlighted. */
  fits: readonly boolean[]
}

interface Pen extends Surroundings {
  heading: number
  mention: number
  code: number
}

/** Writes one block. */
export function write(tokens: Token[], surroundings: Surroundings): string {
  const pen: Pen = { ...surroundings, heading: 0, mention: 0, code: 0 }
  return syntax.renderer.render(tokens, syntax.options, { pen })
}

/** Writes the footnotes below an article. */
export function writeNotes(
  notes: { tokens: Token[]; surroundings: Surroundings; number: number; mentions: readonly Mention[] }[],
): string {
  const items = notes.map(({ tokens, surroundings, number, mentions }) => {
    const html = write(tokens, surroundings)
      .replace(/ data-line="\+\d+"/g, '')
      .trimEnd()
    const back = mentions.map(({ id }, i) => {
      const list = attributes([
        ['class', 'note-back'],
        ['href', `#${id}`],
        ['aria-label', `Back to where note ${number} is mentioned${i > 0 ? `, place ${i + 1}` : ''}`],
      ])
      return ` <a${list}></a>`
    })
    const at = html.endsWith('</p>') ? html.length - 4 : html.length
    return `<li id="fn-${number}">${html.slice(0, at)}${back.join('')}${html.slice(at)}</li>\n`
  })
  return `<section class="footnotes" aria-label="Footnotes"><ol>\n${items.join('')}</ol></section>\n`
}

// ---- rules

const { escapeHtml } = syntax.utils
const { rules } = syntax.renderer

function penOf(env: unknown): Pen {
  return (env as { pen: Pen }).pen
}

function attributes(list: [name: string, value: string | number][]): string {
  return syntax.renderer.renderAttrs({ attrs: list })
}

rules.heading_open = (tokens, i, _options, env) => {
  const token = tokens[i]!
  const pen = penOf(env)
  const list = attributes([['id', pen.ids[pen.heading++]!], ...(token.attrs ?? [])])
  return `<${token.tag}${list}>`
}

rules.heading_close = (tokens, i, _options, env) => {
  const pen = penOf(env)
  const anchor = attributes([
    ['class', 'anchor'],
    ['href', `#${encodeURIComponent(pen.ids[pen.heading - 1]!)}`],
    ['aria-label', `Link to “${tokens[i - 2]!.meta?.text}”`],
  ])
  return `<a${anchor}></a></${tokens[i]!.tag}>\n`
}

rules.link_open = (tokens, i, _options, env) => {
  const token = tokens[i]!
  const { resolve, known } = penOf(env)
  const wiki = token.meta?.wiki as WikiLink | undefined
  if (wiki) {
    const list = wikiAnchor(wiki, wiki.title === null ? null : resolve(wiki.title))
    const said = token.attrGet('title')
    return `<a${attributes(said && !list.some(([name]) => name === 'title') ? [...list, ['title', said]] : list)}>`
  }
  const href = String(token.attrGet('href'))
  const anchor = anchorIn(href)
  const own = anchor !== null && known.has(anchor) ? `#h-${href.slice(1)}` : href
  const list = (token.attrs ?? []).map(([name, value]): [string, string | number] => [
    name,
    name === 'href' ? own : value,
  ])
  if (/^https?:/i.test(href)) list.push(['rel', 'noopener noreferrer'])
  return `<a${attributes(list)}>`
}

rules.embed = (tokens, i, _options, env) => {
  const { embed, wiki } = tokens[i]!.meta as unknown as { embed: Embed; wiki: WikiLink }
  const pen = penOf(env)
  const html = pen.embed?.(embed) ?? null
  if (html !== null) return html
  return `<a${attributes(wikiAnchor(wiki, pen.resolve(embed.title)))}>${escapeHtml(tokens[i]!.content)}</a>`
}

/** Whether a paragraph is nothing but a page that stands in its place. */
function placeOf(inline: Token | undefined, env: unknown): boolean {
  const [only, ...more] = inline?.children ?? []
  const embed = only?.type === 'embed' && more.length === 0 ? (only.meta!.embed as Embed) : null
  return embed?.kind === 'page' && embed.alone && (penOf(env).embed?.(embed) ?? null) !== null
}

rules.paragraph_open = (tokens, i, options, env, renderer) => {
  if (!placeOf(tokens[i + 1], env)) return renderer.renderToken(tokens, i, options)
  return `<div${attributes([['class', 'embed'], ...(tokens[i]!.attrs ?? [])])}>`
}
rules.paragraph_close = (tokens, i, options, env, renderer) =>
  placeOf(tokens[i - 1], env) ? '</div>\n' : renderer.renderToken(tokens, i, options)

rules.image = (tokens, i) => {
  const token = tokens[i]!
  const [words, src, title] = [
    plain(token.children!),
    String(token.attrGet('src')),
    token.attrGet('title') as string | null,
  ]
  // A link may be a mail address; a picture cannot.
  if (/^mailto:/i.test(src)) return escapeHtml(words)
  return shownFile(src, words, title)
}

/** A picture, sound or film at an address. The size is drawn along, so that nothing moves when it comes. */
export function shownFile(src: string, words: string, title: string | null = null): string {
  const { alt, size } = pictured(words, src)
  const more: [string, string | number][] = title ? [['title', title]] : []
  if (size.width) more.push(['width', size.width])
  if (size.height) more.push(['height', size.height])
  const kind = shownAs(src)
  if (kind === 'image') return `<img${attributes([['src', src], ['alt', alt], ...more, ['loading', 'lazy']])}>`
  const list: [string, string | number][] = [['src', src], ['preload', 'metadata'], ['aria-label', alt], ...more]
  return `<${kind} controls${attributes(list)}></${kind}>`
}

// ---- code and formulas

const code: RendererRule = (tokens, i, _options, env) => {
  const token = tokens[i]!
  const pen = penOf(env)
  const language = token.type === 'fence' ? languageOf(token) : ''
  const embed = token.meta?.embed as Embed | undefined
  const found = embed && (pen.embed?.(embed) ?? null)
  if (found) return `<div${attributes([['class', 'embed'], ...(token.attrs ?? [])])}>${found}</div>\n`
  const fits = language !== '' && !embed && pen.fits[pen.code++]
  const html = fits ? (pen.highlight?.(token.content, language) ?? null) : null
  const list = language ? attributes([['class', `language-${language}`]]) : ''
  const inner = `<code${list}>${html ?? escapeHtml(token.content)}</code>`
  const own = token.attrs ?? []
  if (language === 'mermaid')
    return `<figure${attributes([['class', 'diagram'], ...own])}><pre tabindex="0">${inner}</pre></figure>\n`
  // Reachable by keyboard, so that a long line can be scrolled without a mouse.
  return `<pre${attributes([...own, ['tabindex', 0]])}>${inner}</pre>\n`
}
rules.fence = code
rules.code_block = code

rules.math_inline = (tokens, i, _options, env) => {
  const { content, meta } = tokens[i]!
  return penOf(env).math?.(content, Boolean(meta?.display)) ?? `<code class="math">${escapeHtml(content)}</code>`
}
rules.math_block = (tokens, i, _options, env) => {
  const { content, attrs } = tokens[i]!
  const html = penOf(env).math?.(content, true) ?? `<code class="math">${escapeHtml(content)}</code>`
  const list = attributes([
    ...([
      ['class', 'formula'],
      ['role', 'group'],
      ['aria-label', 'Formula'],
      ['tabindex', 0],
    ] as [string, string][]),
    ...(attrs ?? []),
  ])
  return `<div${list}>${html}</div>\n`
}

// ---- tables, tasks, callouts, notes

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

rules.callout_open = (tokens, i) => {
  const { look, fold } = tokens[i]!.meta as unknown as Callout
  const list = attributes([['class', `callout callout-${look}`], ...(tokens[i]!.attrs ?? [])])
  return fold ? `<details${list}${fold === 'open' ? ' open' : ''}>` : `<div${list}>`
}
rules.callout_close = (tokens, i) => ((tokens[i]!.meta as unknown as Callout).fold ? '</details>\n' : '</div>\n')
rules.callout_title_open = (tokens, i) => {
  const { fold, name } = tokens[i]!.meta as unknown as Callout
  return `<${fold ? 'summary' : 'p'} class="callout-title"><span class="kind">${escapeHtml(name)}</span> `
}
rules.callout_title_close = (tokens, i) => ((tokens[i]!.meta as unknown as Callout).fold ? '</summary>\n' : '</p>\n')

rules.footnote_open = () => ''
rules.footnote_close = () => ''
rules.footnote_mark = (tokens, i, _options, env) => {
  const pen = penOf(env)
  const mention = pen.mentions[pen.mention++]
  if (!mention) return escapeHtml(tokens[i]!.content)
  const list = attributes([
    ['id', mention.id],
    ['href', `#fn-${mention.number}`],
    ['aria-label', `Note ${mention.number}`],
  ])
  return `<sup class="note"><a${list}>${mention.number}</a></sup>`
}

rules.comment = () => ''
rules.front_matter = (tokens, i, _options, env) => {
  const token = tokens[i]!
  const list = attributes([['class', 'front-matter'], ...(token.attrs ?? [])])
  const found = penOf(env).properties?.(token.content) ?? null
  const inner = found
    ? `<dl>${found.map(({ name, values }) => `<dt>${escapeHtml(name)}</dt><dd>${values.map(value => property(name, value)).join(' ')}</dd>`).join('')}</dl>`
    : `<pre tabindex="0">${escapeHtml(token.content)}</pre>`
  const shown = found ? found.map(({ name }) => name).join(', ') : ''
  const note =
    shown === ''
      ? ''
      : ` <span>${escapeHtml(shown.length > 60 ? `${shown.slice(0, 60).toWellFormed()}…` : shown)}</span>`
  return `<details${list}><summary>Properties${note}</summary>${inner}</details>\n`
}

function property(name: string, value: string): string {
  const tagged = /^tags?$/i.test(name) ? value.replace(/^#/, '') : ''
  if (tagged)
    return `<a${attributes([
      ['class', 'tag'],
      ['href', tagPath(tagged)],
    ])}>#${escapeHtml(tagged)}</a>`
  if (/^https?:\/\/\S+$/i.test(value))
    return `<a${attributes([
      ['href', value],
      ['rel', 'noopener noreferrer'],
    ])}>${escapeHtml(value)}</a>`
  return `<span class="value">${escapeHtml(value)}</span>`
}
