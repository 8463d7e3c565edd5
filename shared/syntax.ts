// How Chorus reads Markdown: markdown-it, CommonMark with GitHub's tables, strikethrough, autolinks and tasks,
// and what a wiki adds: [[links]], ![[embeds]], footnotes, callouts, math, emoji, front matter, anchors. No HTML gets
// through; comments and <br> mean what they say.
// syntax · front matter · tasks · comments · validLink · plain · outline · inlineText

import MarkdownIt, { type StateBlock, type StateCore, type StateInline, type Token } from 'markdown-it'
import { blockMarks } from './block-marks.ts'
import { callouts } from './callouts.ts'
import { emojiName } from './emoji.ts'
import { footnoteMark, footnoteText } from './footnotes.ts'
import { mathBlock, mathInline } from './math.ts'
import { tag } from './tags.ts'
import { wikiAddresses, wikiEmbed, wikiLink } from './wiki-links.ts'

/** The longest front matter, in UTF-16 units; a longer one is text. */
export const FRONT_MATTER_MAX = 16_384

// Deeper than this, lists and quotes are shown as the text they are; the parser's own limit would drop it.
const DEEPEST = { list: 30, blockquote: 16 }

// What follows “www.”: a domain and a path.
const WWW = /(?:[\p{L}\p{N}-]+\.)+\p{L}[\p{L}\p{N}-]*(?::\d{1,5})?(?:[/?#][^\s<]*)?/uy

/** The parser, with all our rules. It holds no state between articles. */
export const syntax = new MarkdownIt({ html: false, linkify: true, typographer: false, maxNesting: 34 })

syntax.validateLink = validLink
// A schema that validLink refuses would be tried again at every character of a long line.
syntax.linkify.add('ftp:', null).add('//', null)
syntax.linkify.add('www.', {
  validate: (text, pos) => {
    WWW.lastIndex = pos
    return withoutEnd(WWW.exec(text)?.[0] ?? '')
  },
  normalize: match => {
    match.url = `http://${match.url}`
  },
})
for (const { name, fn, alt } of [...syntax.block.ruler.__rules__]) {
  if (name !== 'list' && name !== 'blockquote') continue
  const shallow: typeof fn = (state, ...rest) => state.level < DEEPEST[name] && fn(state, ...rest)
  syntax.block.ruler.at(name, shallow, { alt })
}
syntax.block.ruler.before('table', 'front_matter', frontMatter)
syntax.block.ruler.before('heading', 'comment', commentBlock, { alt: ['paragraph', 'reference', 'blockquote'] })
syntax.block.ruler.before('reference', 'footnote', footnoteText, { alt: ['paragraph', 'reference'] })
syntax.block.ruler.before('heading', 'math', mathBlock, { alt: ['paragraph', 'reference', 'blockquote', 'list'] })
syntax.inline.ruler.before('link', 'wiki_embed', wikiEmbed)
syntax.inline.ruler.before('link', 'wiki_link', wikiLink)
syntax.inline.ruler.before('link', 'footnote_mark', footnoteMark)
syntax.inline.ruler.before('link', 'math', mathInline)
syntax.inline.ruler.before('link', 'emoji', emojiName)
syntax.inline.ruler.before('link', 'tag', tag)
syntax.core.ruler.before('inline', 'callouts', callouts)
syntax.inline.ruler.before('autolink', 'comment', commentInline)
syntax.core.ruler.after('inline', 'wiki_addresses', wikiAddresses)
syntax.core.ruler.after('inline', 'tasks', tasks)
syntax.core.ruler.after('text_join', 'block_marks', blockMarks)

/** How much of an address is not the end of the sentence around it: punctuation, a bracket that it does not open. */
function withoutEnd(address: string): number {
  let length = address.length
  let open = 0
  for (const sign of address) open += sign === '(' ? 1 : sign === ')' ? -1 : 0
  for (; length > 0; length--) {
    const last = address[length - 1]!
    if (last === ')' ? open >= 0 : !/[?!.,:;*_~'"\]]/.test(last)) break
    if (last === ')') open++
    const entity = last === ';' ? /&[a-z0-9]{1,32};$/i.exec(address.slice(Math.max(0, length - 40), length)) : null
    if (entity) length -= entity[0].length - 1
  }
  return length
}

// ---- front matter

function frontMatter(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  // A part of a text begins elsewhere; see blocks.ts.
  if (
    silent ||
    startLine !== 0 ||
    state.level !== 0 ||
    (state.env as { part?: true }).part ||
    !/^---[ \t]*$/.test(lineOf(state, 0))
  )
    return false
  let line = 1
  // Two rules with words between are not front matter; properties are.
  while (line < endLine && /^[ \t]*(#.*)?$/.test(lineOf(state, line))) line++
  if (line >= endLine || !/^["']?[\p{L}\p{N}_][^:]*:(\s|$)/u.test(lineOf(state, line))) return false
  for (; line < endLine && state.eMarks[line]! <= FRONT_MATTER_MAX; line++) {
    if (!/^(---|\.\.\.)[ \t]*$/.test(lineOf(state, line))) continue
    const token = state.push('front_matter', 'details', 0)
    token.map = [0, line + 1]
    token.content = state.getLines(1, line, 0, false)
    state.line = line + 1
    return true
  }
  return false
}

function lineOf(state: StateBlock, line: number): string {
  return state.src.slice(state.bMarks[line], Math.min(state.eMarks[line]!, state.bMarks[line]! + FRONT_MATTER_MAX))
}

// ---- tasks

function tasks(state: StateCore): void {
  const lists: Token[] = []
  for (let i = 0; i < state.tokens.length; i++) {
    const token = state.tokens[i]!
    if (token.type.endsWith('_list_open')) lists.push(token)
    else if (token.type.endsWith('_list_close')) lists.pop()
    else if (token.type === 'inline' && state.tokens[i - 2]?.type === 'list_item_open') {
      const box = /^\[([ xX])\](?=\s|$)/.exec(token.content)
      const [first] = token.children!
      // With a definition of [x] somewhere, “[x]” is a link.
      if (!box || first?.type !== 'text' || !first.content.startsWith(box[0])) continue
      const done = box[1] !== ' '
      first.content = first.content.slice(3).trimStart()
      const item = state.tokens[i - 2]!
      item.attrSet('class', done ? 'task done' : 'task')
      lists.at(-1)?.attrSet('class', 'tasks')
      const open = new state.Token('task_open', 'label', 1)
      open.meta = { done }
      token.children!.unshift(open)
      token.children!.push(new state.Token('task_close', 'label', -1))
    }
  }
}

// ---- comments, which are not shown, and <br>, the only line break a table's cell can hold

interface Comments {
  /**
   * Lines where no block of comment begins, in text that ends at `until` and is indented by `indent` at least; so that
   * a page of openings is read once.
   */
  barren?: { from: number; to: number; until: number; indent: number }
  /** Where the last comment ends in the text of `inline`. */
  last?: number
  inline?: string
}

const commentsOf = new WeakMap<object, Comments>()

function comments(env: object): Comments {
  const known = commentsOf.get(env) ?? {}
  commentsOf.set(env, known)
  return known
}

function commentBlock(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const start = state.bMarks[startLine]! + state.tShift[startLine]!
  if (state.sCount[startLine]! - state.blkIndent >= 4 || !state.src.startsWith('<!--', start)) return false
  const known = comments(state.env)
  const { barren } = known
  const asked = barren && startLine >= barren.from && startLine <= barren.to
  if (asked && endLine <= barren.until && state.blkIndent >= barren.indent) return false
  let line = startLine
  for (; line < endLine; line++) {
    if (line > startLine && state.sCount[line]! < state.blkIndent && !state.isEmpty(line)) break
    const from = line === startLine ? start + 2 : state.bMarks[line]!
    const text = state.src.slice(from, state.eMarks[line])
    const end = text.indexOf('-->')
    if (end < 0) continue
    if (text.slice(end + 3).trim() !== '') {
      known.barren = { from: startLine, to: line, until: Number.POSITIVE_INFINITY, indent: 0 }
      return false
    }
    if (silent) return true
    const token = state.push('comment', '', 0)
    token.map = [startLine, line + 1]
    token.hidden = true
    state.line = line + 1
    return true
  }
  const stopped = line < endLine
  const until = stopped ? Number.POSITIVE_INFINITY : line
  known.barren = { from: startLine, to: line, until, indent: stopped ? state.blkIndent : 0 }
  return false
}

const BREAK = /<br[ \t]*\/?>/iy

function commentInline(state: StateInline, silent: boolean): boolean {
  if (state.src.startsWith('<!--', state.pos)) {
    const known = comments(state.env)
    if (known.inline !== state.src) {
      known.inline = state.src
      known.last = state.src.lastIndexOf('-->')
    }
    if (known.last! < state.pos + 2) return false
    const end = state.src.indexOf('-->', state.pos + 2) + 3
    if (end > state.posMax) return false
    state.pos = end
    return true
  }
  BREAK.lastIndex = state.pos
  if (!BREAK.test(state.src) || BREAK.lastIndex > state.posMax) return false
  if (!silent) state.push('hardbreak', 'br', 0)
  state.pos = BREAK.lastIndex
  return true
}

// ---- links, headings

/** Whether a link or a picture may lead there: http, https, mailto and our own addresses; the only such rule there is. */
export function validLink(url: string): boolean {
  if (/^(https?|mailto):/i.test(url)) return true
  return !/^[\s\p{Cc}]/u.test(url) && !/^[/\\]{2}/.test(url) && !/^[^/?#]*:/.test(url)
}

/** What inline tokens say, without their marks and on one line. */
export function plain(tokens: readonly Token[]): string {
  return words(tokens).replace(/\s+/g, ' ').trim()
}

function words(tokens: readonly Token[]): string {
  let text = ''
  for (const token of tokens) {
    if (token.type === 'text' || token.type === 'text_special' || token.type === 'code_inline') text += token.content
    else if (token.type === 'softbreak' || token.type === 'hardbreak') text += ' '
    else if (token.type === 'image') text += words(token.children!)
    else if (token.type === 'embed' || token.type === 'math_inline') text += token.content
  }
  return text
}

/** One heading that divides a page: not one in a quote or a list. Lines count from 1; `end` is the first line after it. */
export interface OutlineHeading {
  level: number
  text: string
  line: number
  end: number
}

/** The headings that divide a page, read without the text between them. */
export function outline(source: string): OutlineHeading[] {
  const env = {}
  const tokens: Token[] = []
  syntax.block.parse(source.replace(/\r\n?/g, '\n').replaceAll('\0', '\ufffd'), syntax, env, tokens)
  const headings: OutlineHeading[] = []
  tokens.forEach((open, i) => {
    if (open.type !== 'heading_open' || open.level !== 0 || !open.map) return
    const text = inlineText(tokens[i + 1]!.content, env)
    headings.push({ level: Number(open.tag.slice(1)), text, line: open.map[0] + 1, end: open.map[1] + 1 })
  })
  return headings
}

/** What one line of Markdown says, without its marks. */
export function inlineText(markdown: string, env: object = {}): string {
  const children: Token[] = []
  syntax.inline.parse(markdown, syntax, { ...env }, children)
  return plain(children)
}
