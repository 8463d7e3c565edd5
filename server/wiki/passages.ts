// A page cut into passages for the search index: small enough that typing in one place makes only one of them anew.
// Passage · passagesOf

import { calloutOf } from '../../shared/callouts.ts'
import { formulaAt } from '../../shared/math.ts'

/** A stretch of a page, in words as they are read. */
export interface Passage {
  /** The nearest heading above it; '' at the beginning of a page. */
  heading: string
  text: string
}

/** A passage ends after a paragraph that says so once it is this long, and somewhere once it is that long. */
const LONG = 1_500
const LONGEST = 6_000

/** The passages of a Markdown text, in its order. Where a passage ends depends on what stands there, not on what came before. */
export function passagesOf(source: string): Passage[] {
  const passages: Passage[] = []
  let heading = ''
  let text = ''
  const cut = () => {
    if (text.trim() !== '' || heading !== '') passages.push({ heading, text: text.trim() })
    text = ''
  }
  let fence: string | null = null
  let formula = false
  let first = true
  for (const line of source.split('\n')) {
    const mark = /^\s{0,3}(`{3,}|~{3,})/.exec(line)?.[1]
    const fences = mark !== undefined && (fence === null || mark.startsWith(fence))
    if (fences) fence = fence === null ? mark : null
    const title = fence === null ? titleIn(line) : undefined
    if (title !== undefined) {
      if (!first || text.trim() !== '') cut()
      heading = words(title).slice(0, 300)
    } else {
      const within = formula
      // What only looks like a formula's beginning ends with its paragraph.
      if (fence === null && line.split('$$').length % 2 === 0) formula = !formula
      if (line.trim() === '') formula = false
      if (fences) text += `${line.replace(/^[\s`~]+/, '')}\n`
      else if (fence !== null) text += `${line}\n`
      else text += `${within || formula ? wordsOfFormula(line.replace(LEAD, '')) : words(line)}\n`
      const ends = (line.trim() === '' && text.length > LONG && isLandmark(text)) || text.length > LONGEST
      if (ends) for (; text.length > LONG; ) text = takeStretch(text, passages, heading)
    }
    first = false
  }
  cut()
  return passages
}

// Moves at most LONGEST characters of `text` into a passage, at white space where there is some; returns the rest.
function takeStretch(text: string, passages: Passage[], heading: string): string {
  const space = text.length > LONGEST ? text.lastIndexOf(' ', LONGEST) : text.length
  const end = space > LONG ? space : Math.min(text.length, LONGEST)
  passages.push({ heading, text: text.slice(0, end).trim() })
  return text.slice(end)
}

// One paragraph in two ends a passage, and the same one whatever is typed above it.
function isLandmark(text: string): boolean {
  const paragraph = text.trimEnd().slice(-80)
  let sum = 0
  for (let i = 0; i < paragraph.length; i++) sum = (sum * 31 + paragraph.charCodeAt(i)) | 0
  return (sum & 1) === 0
}

/** The words of a heading, without the signs that may close it. */
function titleIn(line: string): string | undefined {
  const behind = /^ {0,3}#{1,6}(?=[ \t]|$)(.*)/.exec(line)?.[1]
  return behind
    ?.trim()
    .replace(/(?:^|[ \t])#+$/, '')
    .trimEnd()
}

/** What stands before the words of a line: the marks of quotes, items and tasks. */
const LEAD = /^\s*(?:>\s*|[-*+]\s+|\d{1,9}[.)]\s+|\[[ xX]\]\s+)+/
/** A rule, a heading's underline, the dashes of a table. */
const RULE = /^[\s|:*_=>-]*$/

/** A line of Markdown as it reads, without the marks around its words; no word is lost. */
function words(line: string): string {
  if (RULE.test(line)) return ''
  const lead = LEAD.exec(line)?.[0] ?? ''
  let text = line.slice(lead.length)
  const callout = lead.includes('>') ? calloutOf(text) : null
  if (callout) {
    const title = text.slice(callout.length).trim()
    text = title ? `${callout.name}: ${title}` : callout.name
  }
  text = withoutDollars(text)
    .replace(/(?<=[\p{L}\p{N}])(?=\[\[)/gu, ' ')
    .replace(
      /!?\[\[([^[\]|\n]{0,300})(?:\|([^[\]\n]{0,1000}))?\]\]/g,
      (_all, title: string, label?: string) => label ?? title,
    )
    .replace(/!?\[([^[\]\n]{0,1000})\]\((?:[^()\s]|\([^()\s]{0,2000}\)){0,2000}(?:\s+"[^"\n]{0,1000}")?\)/g, '$1')
    .replace(/\[\^[^\]\s[]{1,100}\]:?/g, '')
    .replace(/<!--|-->|<br[ \t]*\/?>/gi, ' ')
    .replace(/<((?:https?:|mailto:)[^\s<>]+)>/gi, '$1')
  if (text.startsWith('|')) text = text.replace(/^\||\|\s*$/g, '').replace(/(?<!\\)\|/g, ' · ')
  return text
    .replace(/\*\*|__|~~|`+|(?<![\p{L}\p{N}])[*_]|[*_](?![\p{L}\p{N}])/gu, '')
    .replace(/\\([!-/:-@[-`{-~])/g, '$1')
}

/** A line with the words of its formulas in their place. */
function withoutDollars(line: string): string {
  let text = ''
  let at = 0
  for (let pos = line.indexOf('$'); pos >= 0; pos = line.indexOf('$', pos)) {
    const found = line[pos - 1] === '\\' ? null : formulaAt(line, pos)
    if (found) {
      text += line.slice(at, pos) + wordsOfFormula(found.tex)
      at = pos = found.end
    } else pos++
  }
  return text + line.slice(at)
}

/** TeX without what only says how it looks. */
function wordsOfFormula(tex: string): string {
  return tex.replace(/\$\$|\\\\|\\(?=[a-z])|[_^](?=\{)|\\?[{}&,;!]/gi, ' ')
}
