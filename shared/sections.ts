// The parts of a text that its headings make, and the edits that name them: what a bot may do to a page people write.
// sections · Section · headingOver · editText · partOf

import { plain } from './document.ts'
import { WikiError } from './errors.ts'
import type { Edit } from './protocol.ts'
import { inlineText, outline } from './syntax.ts'
import { anchorOf } from './titles.ts'

/**
 * A heading and what stands under it, up to the next heading of the same or a higher level. Offsets are UTF-16 units.
 * `from..headTo` is the heading without its line break, `bodyFrom..bodyTo` what stands under it without the blank lines
 * around it (both are `headTo` when nothing does), `to` the beginning of the next section or the end of the text.
 */
export interface Section {
  level: number
  /** The heading as it reads, without marks. */
  title: string
  from: number
  headTo: number
  bodyFrom: number
  bodyTo: number
  to: number
}

/** The sections of a text in order; one that stands under another lies within it. Headings in quotes, lists and code make none. */
export function sections(source: string): Section[] {
  const headings = outline(source)
  const starts = lineStarts(source)
  const startOf = (line: number) => starts[line - 1] ?? source.length
  const open: Section[] = []
  const found: Section[] = []
  for (const { level, text, line, end } of headings) {
    const from = startOf(line)
    while (open.length > 0 && open.at(-1)!.level >= level) open.pop()!.to = from
    const headTo = lineEnd(source, startOf(end - 1))
    const section = { level, title: text, from, headTo, bodyFrom: headTo, bodyTo: headTo, to: source.length }
    open.push(section)
    found.push(section)
  }
  for (const section of found) {
    const under = source.slice(section.headTo, section.to)
    const body = under.trim()
    if (body === '') continue
    const first = section.headTo + under.length - under.trimStart().length
    section.bodyFrom = lineStart(source, first)
    section.bodyTo = lineEnd(source, section.headTo + under.trimEnd().length)
  }
  return found
}

const FENCE = /^ {0,3}(`{3,}|~{3,})/
const HEADING = /^ {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$/

/** The heading that a line of a text, counted from 1, stands under, as it reads; read as fast as lines can be told apart. */
export function headingOver(source: string, line: number): string | null {
  let heading: string | null = null
  let fence: string | null = null
  let from = 0
  for (let at = 1; at <= line && from <= source.length; at++) {
    const to = lineEnd(source, from)
    const first = source.charCodeAt(from)
    // Most lines begin with neither “#”, “`”, “~” nor a blank.
    if (first === 35 || first === 96 || first === 126 || first === 32) {
      const text = source.slice(from, to)
      const mark = FENCE.exec(text)?.[1]
      if (mark && fence === null) fence = mark
      else if (mark && mark[0] === fence![0] && mark.length >= fence!.length) fence = null
      else if (fence === null) heading = HEADING.exec(text)?.[1] ?? heading
    }
    from = to + 1
  }
  return heading && inlineText(heading)
}

/**
 * The text after one edit, both as pages keep them: lines end with `\n`.
 *
 * `{ append }` adds at the very end, as a paragraph of its own; on the next line where a list or a table goes on; exactly
 * as it is when it begins with a line break itself. What stood there stays as it was, to the last character.
 * `{ replace, with }` replaces a text that occurs exactly once.
 * `{ section, set }` replaces all that stands under a heading, with one blank line before and after it.
 * `{ section, append }` adds at the end of what stands under a heading, by the rules of `{ append }`.
 * A section is named by its heading as it reads, in any case and spacing, with the headings above it where several
 * are called the same: `Flour/Prices`, or `/Prices` for one with none above it.
 *
 * @throws WikiError `missing` when there is no such section; `conflict` when several are meant, or when the text to
 * replace occurs not at all or more than once
 */
export function editText(text: string, edit: Edit): string {
  if ('replace' in edit) return replaceOnce(text, plain(edit.replace), plain(edit.with))
  if (!('section' in edit)) return append(text, plain(edit.append))
  const section = findSection(text, edit.section)
  return 'set' in edit ? setBody(text, section, plain(edit.set)) : appendToBody(text, section, plain(edit.append))
}

function replaceOnce(text: string, old: string, next: string): string {
  const { first, count } = occurrences(text, old)
  if (count !== 1) {
    const advice = count === 0 ? 'read the page again' : 'give enough of it to name one place'
    throw new WikiError('conflict', `The text to replace was found ${count} times; ${advice}.`)
  }
  return text.slice(0, first) + next + text.slice(first + old.length)
}

// Knuth, Morris and Pratt: `indexOf` can take minutes for one long text made for it.
function occurrences(text: string, old: string): { first: number; count: number } {
  const overlap = new Int32Array(old.length)
  for (let i = 1, k = 0; i < old.length; i++) {
    while (k > 0 && old[i] !== old[k]) k = overlap[k - 1]!
    if (old[i] === old[k]) k++
    overlap[i] = k
  }
  let first = -1
  let count = 0
  for (let i = 0, k = 0; i < text.length; i++) {
    while (k > 0 && text[i] !== old[k]) k = overlap[k - 1]!
    if (text[i] === old[k]) k++
    if (k < old.length) continue
    count++
    if (first < 0) first = i + 1 - old.length
    k = overlap[k - 1]!
  }
  return { first, count }
}

function findSection(text: string, name: string): Section {
  const wanted = new Set([folded(name), folded(inlineText(name))])
  const above: { level: number; path: string }[] = []
  const found = sections(text).filter(({ level, title }) => {
    while (above.length > 0 && above.at(-1)!.level >= level) above.pop()
    const path = `${above.at(-1)?.path ?? ''}/${folded(title)}`
    above.push({ level, path })
    return [...wanted].some(one => path === one || path.endsWith(`/${one}`))
  })
  const [section] = found
  if (!section) throw new WikiError('missing', `The page has no section “${name}”.`)
  if (found.length === 1) return section
  const advice = `name the heading above it too, like “Heading/${name}”, or “/${name}” for one that has none`
  throw new WikiError('conflict', `The page has ${found.length} sections “${name}”; ${advice}.`)
}

function folded(title: string): string {
  return title
    .normalize('NFC')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/ ?\/ ?/g, '/')
    .toLowerCase()
}

function setBody(text: string, section: Section, set: string): string {
  const head = text.slice(0, section.headTo)
  const body = withoutBlankLines(set)
  const rest = text.slice(section.to)
  const end = rest !== '' ? `\n\n${rest}` : text.endsWith('\n') ? '\n' : ''
  return (body === '' ? head : `${head}\n\n${body}`) + end
}

function appendToBody(text: string, section: Section, append: string): string {
  const added = append.trimEnd()
  if (added === '') return text
  const body = text.slice(section.bodyFrom, section.bodyTo)
  const glue = added.startsWith('\n') ? '' : body !== '' && continues(body, added) ? '\n' : '\n\n'
  const after = text.slice(section.bodyTo)
  const blank = after.slice(0, after.length - after.trimStart().length)
  // An underlined heading would take the paragraph that stands right above it.
  const gap = blank !== after && breaksIn(blank) < 2 ? '\n' : ''
  return text.slice(0, section.bodyTo) + glue + added + gap + after
}

function append(text: string, added: string): string {
  if (added.trim() === '') return text
  const end = text.endsWith('\n') && !added.endsWith('\n') ? '\n' : ''
  if (added.startsWith('\n') || text.trim() === '') return text + added + end
  const blank = text.slice(text.trimEnd().length)
  const wanted = (continues(text, added) ? 1 : 2) - breaksIn(blank)
  // Spaces in a last line of their own would indent what is added.
  const spaces = breaksIn(blank) > 0 && !blank.endsWith('\n')
  return text + '\n'.repeat(Math.max(wanted, spaces ? 1 : 0)) + added + end
}

const ITEM = /^\s*(?:[-*+]|\d{1,9}[.)])\s/
const ROW = /^\s*\|/

/** Whether a text that begins with an item or a row goes on with the list or the table above it. */
function continues(before: string, added: string): boolean {
  const lines = before.slice(-20_000).trimEnd().split('\n')
  const lastParagraph = lines.slice(lines.findLastIndex(line => line.trim() === '') + 1)
  if (ROW.test(added)) return ROW.test(lastParagraph.at(-1) ?? '')
  return ITEM.test(added) && lastParagraph.some(line => ITEM.test(line))
}

// ---- lines

function breaksIn(text: string): number {
  return text.split('\n').length - 1
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (const { index, 0: found } of text.matchAll(/\r\n?|\n/g)) starts.push(index + found.length)
  return starts
}

function lineStart(text: string, at: number): number {
  let start = at
  while (start > 0 && text[start - 1] !== '\n' && text[start - 1] !== '\r') start--
  return start
}

function lineEnd(text: string, at: number): number {
  let end = at
  while (end < text.length && text[end] !== '\n' && text[end] !== '\r') end++
  return end
}

function withoutBlankLines(text: string): string {
  const start = text.length - text.trimStart().length
  return text.slice(lineStart(text, start)).trimEnd()
}

/**
 * The part of a text that `[[Page#Heading]]` means: all under a heading with the heading itself, or for `^name` the block
 * that ends in it; the whole for ''. Null where there is none.
 */
export function partOf(text: string, wanted: string): string | null {
  if (wanted === '') return text
  if (wanted.startsWith('^')) {
    const mark = new RegExp(`(?:^|\\s)\\^${wanted.slice(1).replace(/[^\w-]/g, '\\$&')}[ \\t]*$`, 'm')
    const found = mark.exec(text)
    if (!found) return null
    const from = Math.max(
      text.lastIndexOf('\n\n', found.index) + 2,
      text.slice(0, found.index).match(/\n[ \t]*[-*+] [^\n]*$/)?.index ?? 0,
      0,
    )
    return text.slice(from === 1 ? 0 : from, found.index).trim()
  }
  const anchor = anchorOf(wanted)
  const found = sections(text).find(({ title }) => anchorOf(title) === anchor)
  return found ? text.slice(found.from, found.to) : null
}
