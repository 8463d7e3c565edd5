// Links that follow their page to a new title: the text around them stays as it was, to the last character.
// relink

import { parse } from './markdown.ts'
import { titleKey } from './titles.ts'
import { targetIn } from './wiki-links.ts'

const LINK = /\[\[([^[\]|#]*)(?=(?:#[^[\]|]*)?(?:\|[^[\]]*)?\]\])/g

/**
 * A text whose wiki links to certain titles lead to others: `titles` maps the key of each old one to the new one. Words,
 * headings, white space and what only looks like a link, as in code, stay as they are; so does all of a text in which
 * the new titles could not be linked to.
 */
export function relink(text: string, titles: ReadonlyMap<string, string>): string {
  const found: { from: number; to: number; title: string }[] = []
  for (const match of text.matchAll(LINK)) {
    const [whole, target = ''] = match
    const wanted = targetIn(target)
    const title = wanted === null ? undefined : titles.get(titleKey(wanted))
    if (title === undefined || title === wanted) continue
    const from = match.index + whole.length - target.length + target.length - target.trimStart().length
    const to = from + target.trim().length - (target.trim().endsWith('\\') ? 1 : 0)
    found.push({ from, to, title })
  }
  if (found.length === 0) return text
  // Only the parser knows which of them are links: it is shown a text in which each leads to a title of its own, which
  // differs at its end alone, because signs in a title may mean something to the text around it.
  let word = 'x'
  while (text.includes(word)) word += 'x'
  const marked = found.map(({ from, to }, i) => {
    const mark = `${word}${i}`
    const target = text.slice(from, to)
    const longer = target + mark
    return targetIn(longer) === null ? target.slice(0, -mark.length) + mark : longer
  })
  const real = new Set(parse(replaced(text, found, (_, i) => marked[i]!)).links)
  const links = found.filter((_, i) => real.has(targetIn(marked[i]!) ?? ''))
  const next = replaced(text, links, ({ title }) => title)
  if (links.every(({ title }) => PLAIN.test(title))) return next
  // Two links to “`” on one line are code. Where a title cannot be linked to, its old one goes on working.
  const led = parse(text).links.map(wanted => titles.get(titleKey(wanted)) ?? wanted)
  const leads = new Set(parse(next).links)
  return new Set(led).size === leads.size && led.every(title => leads.has(title)) ? next : text
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
