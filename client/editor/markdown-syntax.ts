// The syntax of the text: GitHub's Markdown without HTML, with what the wiki adds, in the same shapes as in shared/.
// language · markdownTree · Tags that are coloured: bullet, hashTag

import { markdownLanguage } from '@codemirror/lang-markdown'
import { Language } from '@codemirror/language'
import type { Input } from '@lezer/common'
import { styleTags, Tag, tags } from '@lezer/highlight'
import {
  type BlockContext,
  type BlockParser,
  type Element,
  InlineContext,
  type InlineParser,
  type Line,
  type MarkdownConfig,
  type MarkdownParser,
} from '@lezer/markdown'
import { formulaAt, formulaBlock } from '../../shared/math.ts'
import { tagAt } from '../../shared/tags.ts'
import { wikiTitle } from './preview-links.ts'

// The same shape as in shared/wiki-links.ts.
const WIKI_LINK = /\[\[([^[\]|#]*)(#[^[\]|]*)?(?:(\|)([^[\]]*))?\]\](?!\((?:https?:|mailto:|[/#<]))/iy
const COMMENT = /<!--[\s\S]*?-->/y
const FOOTNOTE = /\[\^[^\]\s[]{1,100}\](?!\()/y
const FOOTNOTE_TEXT = /^\[\^[^\]\s[]{1,100}\]:[ \t]*/
const EMOJI = /:[a-z0-9_+-]{1,50}:(?![\p{L}\p{N}])/uy
const WORD = /[\p{L}\p{N}]/u
/** An address whose domain has no dot, which GitHub's Markdown leaves alone. */
const LOCAL = /https?:\/\/[\p{L}\p{N}-]+(?::\d{1,5})?(?:[/?#][^\s<]*[^\s<?!.,:;*_~'")\]]|\/)?/uy
/** An address, with whatever follows it. */
const ADDRESS = /https?:\/\/[\w-]+(?:\.[\w-]+)+(?::\d{1,5})?(?:[/?#][^\s<]*)?/y
/** How far the end of a formula is looked for, in UTF-16 units. */
const FORMULA_MAX = 6_000

// `tags.list` is all of a list, not only its marks.
export const bullet = Tag.define()
export const hashTag = Tag.define()

// ---- within lines

const wikiLink: InlineParser = {
  name: 'WikiLink',
  before: 'Link',
  parse(cx, next, start) {
    // “![[x]]” is an exclamation and a link; the mark of a picture would take the first bracket.
    const pos = next === 33 ? start + 1 : start
    if (cx.char(pos) !== 91 || cx.char(pos + 1) !== 91) return -1
    WIKI_LINK.lastIndex = pos - cx.offset
    const match = WIKI_LINK.exec(cx.text)
    if (!match || !wikiTitle(match[1]! + (match[2] ?? ''))) return -1
    const to = pos + match[0].length
    const mark = (from: number, length: number) => cx.elt('LinkMark', from, from + length)
    const target = pos + 2 + match[1]!.length + (match[2]?.length ?? 0)
    const parts = match[3]
      ? [cx.elt('WikiTarget', pos + 2, target), mark(target, 1), ...cx.parser.parseInline(match[4]!, target + 1)]
      : []
    return cx.addElement(cx.elt('WikiLink', pos, to, [mark(pos, 2), ...parts, mark(to - 2, 2)]))
  },
}

const footnote: InlineParser = {
  name: 'Footnote',
  before: 'Link',
  parse(cx, next, pos) {
    if (next !== 91 || cx.char(pos + 1) !== 94) return -1
    FOOTNOTE.lastIndex = pos - cx.offset
    const match = FOOTNOTE.exec(cx.text)
    if (!match) return -1
    const to = pos + match[0].length
    const marks = [cx.elt('FootnoteMark', pos, pos + 2), cx.elt('FootnoteMark', to - 1, to)]
    return cx.addElement(cx.elt('Footnote', pos, to, marks))
  },
}

const comment: InlineParser = {
  name: 'WikiComment',
  before: 'Autolink',
  parse(cx, next, pos) {
    if (next !== 60) return -1
    COMMENT.lastIndex = pos - cx.offset
    const match = COMMENT.exec(cx.text)
    return match ? cx.addElement(cx.elt('WikiComment', pos, pos + match[0].length)) : -1
  },
}

const formula: InlineParser = {
  name: 'Formula',
  before: 'Link',
  parse(cx, next, pos) {
    const found = next === 36 ? formulaAt(cx.text, pos - cx.offset) : null
    if (!found) return -1
    const [to, width] = [cx.offset + found.end, found.display ? 2 : 1]
    const marks = [cx.elt('FormulaMark', pos, pos + width), cx.elt('FormulaMark', to - width, to)]
    return cx.addElement(cx.elt('Formula', pos, to, marks))
  },
}

const emoji: InlineParser = {
  name: 'EmojiName',
  before: 'Link',
  parse(cx, next, pos) {
    if (next !== 58 || WORD.test(cx.text[pos - cx.offset - 1] ?? '')) return -1
    EMOJI.lastIndex = pos - cx.offset
    const match = EMOJI.exec(cx.text)
    return match ? cx.addElement(cx.elt('EmojiName', pos, pos + match[0].length)) : -1
  },
}

const hash: InlineParser = {
  name: 'HashTag',
  before: 'Link',
  parse(cx, next, pos) {
    const name = next === 35 ? tagAt(cx.text, pos - cx.offset) : null
    return name === null ? -1 : cx.addElement(cx.elt('HashTag', pos, pos + 1 + name.length))
  },
}

// GitHub's Markdown takes along the quote or bracket that an address stands in.
const enclosedAddress: InlineParser = {
  name: 'EnclosedAddress',
  before: 'Autolink',
  parse(cx, next, pos) {
    if (next !== 104 || WORD.test(cx.text[pos - cx.offset - 1] ?? '')) return -1
    ADDRESS.lastIndex = pos - cx.offset
    const [address = ''] = ADDRESS.exec(cx.text) ?? []
    const length = enclosed(address)
    return length === null ? -1 : cx.addElement(cx.elt('URL', pos, pos + length))
  },
}

/** How much of an address stands before what closes something that it has not opened; null where nothing does. */
function enclosed(address: string): number | null {
  const open: string[] = []
  for (let i = 0; i < address.length; i++) {
    const sign = address[i]!
    const close = { '(': ')', '[': ']', '{': '}' }[sign]
    if (close) open.push(close)
    else if (sign === open.at(-1)) open.pop()
    else if (sign === '"' && address.includes('"', i + 1)) open.push(sign)
    else if (')]}"'.includes(sign)) return address.slice(0, i).replace(/[?!.,:;*_~']+$/, '').length
  }
  return null
}

const localAddress: InlineParser = {
  name: 'LocalAddress',
  after: 'Autolink',
  parse(cx, next, pos) {
    if (next !== 104 || WORD.test(cx.text[pos - cx.offset - 1] ?? '')) return -1
    LOCAL.lastIndex = pos - cx.offset
    const match = LOCAL.exec(cx.text)
    return match ? cx.addElement(cx.elt('URL', pos, pos + match[0].length)) : -1
  },
}

// Whether something defines “[words]” is seen later. Were it taken for a link here, no link could stand around it.
const perhapsLink: InlineParser = {
  name: 'PerhapsLink',
  before: 'LinkEnd',
  parse(cx, next, pos) {
    if (next !== 93 || /[([]/.test(cx.slice(pos + 1, pos + 2))) return -1
    const index = cx.findOpeningDelimiter(InlineContext.linkStart)
    const open = index === null ? null : cx.getDelimiterAt(index)
    if (index === null || !open || index < (cx.findOpeningDelimiter(InlineContext.imageStart) ?? 0)) return -1
    if (cx.skipSpace(open.to) === pos) return -1
    const content = cx.takeContent(index)
    const mark = (from: number) => cx.elt('LinkMark', from, from + 1)
    return cx.addElement(cx.elt('Link', open.from, pos + 1, [mark(open.from), ...content, mark(pos)]))
  },
}

// ---- blocks

/** Whether a line stands at the left edge of the page, or goes on with a footnote that does. */
function atEdge(cx: BlockContext, line: Line): boolean {
  return line.indent < 4 && (cx.depth === 1 || (cx.depth === 2 && cx.parentType().name === 'FootnoteText'))
}

const footnoteText: BlockParser = {
  name: 'FootnoteText',
  before: 'IndentedCode',
  parse(cx, line) {
    const match = atEdge(cx, line) && cx.depth === 1 ? FOOTNOTE_TEXT.exec(line.text.slice(line.pos)) : null
    if (!match) return false
    const from = cx.lineStart + line.pos
    const colon = from + match[0].lastIndexOf(':')
    cx.startComposite('FootnoteText', line.pos, 4)
    const marks = [cx.elt('FootnoteMark', from, from + 2), cx.elt('FootnoteMark', colon - 1, colon)]
    cx.addElement(cx.elt('Footnote', from, colon, marks))
    cx.addElement(cx.elt('FootnoteMark', colon, colon + 1))
    line.moveBase(line.pos + match[0].length)
    return null
  },
  endLeaf: (cx, line) => atEdge(cx, line) && FOOTNOTE_TEXT.test(line.text.slice(line.pos)),
}

/**
 * What a line further down has within the first `depth` blocks of those that are open, as markdown-it shows it to its
 * rules; null where one of them does not go on.
 */
function within(cx: BlockContext, depth: number, line: string): string | null {
  // Of an item, how far in its words stand; the parser keeps this to itself.
  const { stack } = cx as unknown as { stack: { value: number }[] }
  let rest = line
  for (let at = 1; at < depth; at++) {
    const { name } = cx.parentType(at)
    if (name === 'Blockquote') {
      const mark = /^ {0,3}> ?/.exec(rest)?.[0]
      if (mark === undefined) return null
      rest = rest.slice(mark.length)
    } else if (name === 'ListItem' || name === 'FootnoteText') {
      const lead = leadOf(rest, stack[at]!.value)
      if (lead === null) return null
      rest = rest.slice(lead)
    }
  }
  return rest
}

/** How many characters the first `columns` of a line are if nothing stands in them, else null. */
function leadOf(line: string, columns: number): number | null {
  let width = 0
  for (let at = 0; ; at++) {
    if (width >= columns) return at
    if (line[at] === '\t') width += 4 - (width % 4)
    else if (line[at] === ' ') width++
    else return null
  }
}

/** How many lines a formula that stands by itself has from here, within `depth` blocks; 0 where there is none. */
function formulaLines(cx: BlockContext, line: Line, depth: number): number {
  if (line.next !== 36 || !line.text.startsWith('$$', line.pos) || line.indent >= line.baseIndent + 4) return 0
  // The parser shows one line ahead, and a formula is as long as it is.
  const { input } = cx as unknown as { input: Input }
  const after = Math.min(input.length, cx.lineStart + line.text.length + 1)
  const rest = input.read(after, Math.min(input.length, after + FORMULA_MAX)).split('\n')
  const lines = rest.map(next => within(cx, depth, next) ?? '')
  return formulaBlock([line.text.slice(line.pos), ...lines])?.lines ?? 0
}

const formulaText: BlockParser = {
  name: 'FormulaBlock',
  before: 'IndentedCode',
  parse(cx, line) {
    const lines = formulaLines(cx, line, cx.depth)
    if (lines === 0) return false
    const from = cx.lineStart + line.pos
    const marks = [cx.elt('FormulaMark', from, from + 2)]
    for (let n = 1; n < lines; n++) {
      cx.nextLine()
      marks.push(...(line as unknown as { markers: Element[] }).markers)
    }
    const to = cx.lineStart + line.text.trimEnd().length
    marks.push(cx.elt('FormulaMark', to - 2, to))
    cx.nextLine()
    cx.addElement(cx.elt('FormulaBlock', from, to, marks))
    return true
  },
  // A line that goes on without the marks of a quote is in none.
  endLeaf: (cx, line) => formulaLines(cx, line, (line as unknown as { depth: number }).depth) > 0,
}

// ---- all of it

const wiki: MarkdownConfig = {
  remove: ['Subscript', 'Superscript', 'Emoji', 'HTMLBlock', 'HTMLTag'],
  defineNodes: [
    ...['WikiLink', 'WikiTarget', 'WikiComment', 'Footnote', 'FootnoteMark', 'Formula', 'FormulaMark'],
    ...['EmojiName', 'HashTag'],
    { name: 'FormulaBlock', block: true },
    {
      name: 'FootnoteText',
      block: true,
      composite(_cx, line, value) {
        if (line.next > -1 && line.indent < line.baseIndent + value) return false
        line.moveBaseColumn(line.baseIndent + value)
        return true
      },
    },
  ],
  props: [
    styleTags({
      'WikiLink/...': tags.link,
      'WikiTarget/...': tags.labelName,
      WikiComment: tags.comment,
      'Footnote/...': tags.link,
      FootnoteMark: tags.processingInstruction,
      Formula: tags.monospace,
      FormulaBlock: tags.monospace,
      FormulaMark: tags.processingInstruction,
      HashTag: hashTag,
      'ListMark/...': bullet,
      'TaskMarker/...': tags.atom,
      'TableHeader/...': tags.strong,
      'Escape/...': tags.escape,
      HorizontalRule: tags.processingInstruction,
    }),
  ],
  parseInline: [wikiLink, footnote, comment, formula, emoji, hash, enclosedAddress, localAddress, perhapsLink],
  parseBlock: [footnoteText, formulaText],
}

// `markdown()` would bring the languages for HTML, CSS and JavaScript along.
const parser = (markdownLanguage.parser as MarkdownParser).configure(wiki)

/** Markdown as the wiki reads it. */
export const language = new Language(markdownLanguage.data, parser, [], 'markdown')

/** The tree of a piece of Markdown that stands for itself. */
export function markdownTree(source: string) {
  return language.parser.parse(source)
}
