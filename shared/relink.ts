// Links that follow their page to a new title: the text around them stays as it was, to the last character.
// relink

import { parse } from './markdown.ts'
import { syntax } from './syntax.ts'
import { pathOf, titleKey } from './titles.ts'
import { pageAt, targetIn } from './wiki-links.ts'

/** A place in a text that may name a page. */
interface Place {
  from: number
  to: number
  way: Way
  title: string
}

/** How a title is written at a place, and read there. */
interface Way {
  read(written: string): string | null
  write(title: string): string
}

const BRACKETS: Way = { read: targetIn, write: title => title }
const OWN: Way = {
  read: written => titleAt(`/wiki/${written}`),
  write: title => encoded(pathOf(title).slice('/wiki/'.length)),
}
const FILE: Way = {
  read: written => titleAt(`${written}.md`),
  write: title => encoded(title.split('/').map(encodeURIComponent).join('/')),
}

// Round brackets are left alone by addresses and would end one.
const encoded = (path: string) => path.replace(/[()]/g, sign => `%${sign.charCodeAt(0).toString(16)}`)

function titleAt(address: string): string | null {
  return pageAt(syntax.utils.unescapeAll(address))?.title ?? null
}

const LINK = /\[\[([^[\]|#]*)(?=(?:#[^[\]|]*)?(?:\|[^[\]]*)?\]\])/g
// Behind “](” or “]:”, in angle brackets or not; no class holds what ends it.
const ADDRESS = /\](?:\(\s*|:\s*)(?:<([^<>\n#?]+)|((?:[^\s()<>\\#?]|\\.|\([^\s()#?]*\))+))/g

/**
 * A text whose links to certain titles lead to others: `titles` maps the key of each old one to the new one. Words,
 * headings, white space and what only looks like a link, as in code, stay as they are; so does all of a text in which
 * the new titles could not be linked to.
 */
export function relink(text: string, titles: ReadonlyMap<string, string>): string {
  const found = [...bracketed(text), ...addressed(text)]
    .flatMap(place => {
      const wanted = place.way.read(text.slice(place.from, place.to))
      const title = wanted === null ? undefined : titles.get(titleKey(wanted))
      return title === undefined || title === wanted ? [] : [{ ...place, title }]
    })
    .sort((a, b) => a.from - b.from)
    .filter(({ from }, i, all) => i === 0 || from >= all[i - 1]!.to)
  if (found.length === 0) return text
  // Only the parser knows which of them are links: it is shown a text in which each leads to a title of its own, which
  // differs at its end alone, because signs in a title may mean something to the text around it.
  let word = 'x'
  while (text.includes(word)) word += 'x'
  const marked = found.map(({ from, to, way }, i) => {
    const mark = `${word}${i}`
    if (way !== BRACKETS) return mark
    const target = text.slice(from, to)
    const longer = target + mark
    return targetIn(longer) === null ? target.slice(0, -mark.length) + mark : longer
  })
  const real = new Set(parse(replaced(text, found, (_, i) => marked[i]!)).links)
  const links = found.filter(({ way }, i) => real.has(way.read(marked[i]!) ?? ''))
  const next = replaced(text, links, ({ way, title }) => way.write(title))
  if (links.every(({ way, title }) => way !== BRACKETS || PLAIN.test(title))) return next
  // Two links to “`” on one line are code. Where a title cannot be linked to, its old one goes on working.
  const led = parse(text).links.map(wanted => titles.get(titleKey(wanted)) ?? wanted)
  const leads = new Set(parse(next).links)
  return new Set(led).size === leads.size && led.every(title => leads.has(title)) ? next : text
}

/** The titles between double brackets. */
function* bracketed(text: string): Generator<Omit<Place, 'title'>> {
  for (const { 0: whole, 1: target = '', index } of text.matchAll(LINK)) {
    const from = index + whole.length - target.trimStart().length
    const to = from + target.trim().length - (target.trim().endsWith('\\') ? 1 : 0)
    yield { from, to, way: BRACKETS }
  }
}

/** The titles in Markdown's addresses. */
function* addressed(text: string): Generator<Omit<Place, 'title'>> {
  if (!text.includes('](') && !text.includes(']:')) return
  for (const { 0: whole, 1: angled, 2: bare, index } of text.matchAll(ADDRESS)) {
    const address = (angled ?? bare)!
    const start = index + whole.length - address.length
    const end = start + address.trimEnd().length
    if (address.startsWith('/wiki/')) yield { from: start + '/wiki/'.length, to: end, way: OWN }
    else if (/\.md\s*$/i.test(address)) yield { from: start, to: end - '.md'.length, way: FILE }
  }
}

/** Titles of which nothing can mean anything to Markdown. */
const PLAIN = /^[\p{L}\p{M}\p{N} /.,()’'-]*$/u

function replaced<T extends { from: number; to: number }>(
  text: string,
  places: T[],
  by: (place: T, i: number) => string,
): string {
  let at = 0
  const parts: string[] = []
  for (const [i, place] of places.entries()) {
    parts.push(text.slice(at, place.from), by(place, i))
    at = place.to
  }
  return parts.join('') + text.slice(at)
}
