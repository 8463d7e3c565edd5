// Links that follow their page to a new title: the text around them stays as it was, to the last character.
// relink

import { parse } from './markdown.ts'
import { titleKey } from './titles.ts'
import { targetIn } from './wiki-links.ts'

const LINK = /\[\[([^[\]|#]*)(?=(?:#[^[\]|]*)?(?:\|[^[\]]*)?\]\])/g

/**
 * A text whose wiki links to certain titles lead to others: `titles` maps the key of each old one to the new one. Words,
 * headings, white space and what only looks like a link, as in code, stay as they are.
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
  // Only the parser knows which of them are links: it is shown a text in which each leads to a title of its own.
  let word = 'relink'
  while (text.includes(word)) word += 'x'
  const real = new Set(parse(replaced(text, found, (_, i) => `${word}${i}`)).links)
  const links = found.filter((_, i) => real.has(`${word}${i}`))
  return replaced(text, links, ({ title }) => title)
}

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
