// Titles: what one may be, when two are the same, and the address each has.
// parseTitle · titleKey · leafOf · parentOf · pathOf · titleOfPath · anchorOf

import { WikiError } from './errors.ts'

/** The longest title and the longest segment of one, in UTF-16 units. */
export const TITLE_MAX = 250
export const SEGMENT_MAX = 100

const FORBIDDEN = /[#<>[\]|{}\\]/
// Format characters can make two titles look alike; ZWJ and ZWNJ are part of emoji and of Indic and Persian spelling.
const INVISIBLE = /\p{Cc}|\p{Cs}|\p{Zl}|\p{Zp}|(?![\u200c\u200d])\p{Cf}/u

/**
 * The title as it is kept: NFC, trimmed, white space folded.
 * @throws WikiError `invalid`, field `title`, with a sentence that says what to change
 */
export function parseTitle(raw: string): string {
  const refuse = (why: string): never => {
    throw new WikiError('invalid', why, { field: 'title' })
  }
  if (raw.length > 4 * TITLE_MAX) refuse(`A title has at most ${TITLE_MAX} characters.`)
  const title = raw
    // The mark at the beginning of files is white space to JavaScript, and nothing to everybody else.
    .replaceAll('\ufeff', '')
    .normalize('NFC')
    .replace(/\s+/gu, ' ')
    .split('/')
    .map(segment => segment.trim())
    .join('/')
  if (title === '') refuse('A page needs a title.')
  if (INVISIBLE.test(title)) refuse('A title cannot hold control characters.')
  const forbidden = FORBIDDEN.exec(title)
  if (forbidden) refuse(`A title cannot hold “${forbidden[0]}”; none of # < > [ ] | { } \\ is allowed.`)
  if (title.length > TITLE_MAX) refuse(`A title has at most ${TITLE_MAX} characters.`)
  for (const segment of title.split('/')) {
    if (segment === '') refuse('A title cannot begin or end with “/”, nor hold two in a row.')
    if (segment.length > SEGMENT_MAX) refuse(`Each part of a title has at most ${SEGMENT_MAX} characters.`)
  }
  // Asked of the key, because full-width signs and underscores fold into these too.
  const key = titleKey(title)
  const hidden = FORBIDDEN.exec(key)
  if (hidden) refuse(`A title cannot hold a sign that counts as “${hidden[0]}”.`)
  if (key.split('/').length !== title.split('/').length)
    refuse('A title cannot hold a sign that counts as “/” and is another.')
  if (key.endsWith('.md')) refuse('A title cannot end in “.md”; that address is the page’s Markdown.')
  for (const segment of key.split('/')) {
    if (segment === '.' || segment === '..') refuse('No part of a title can be “.” or “..”.')
    if (segment === '') refuse('Each part of a title needs a letter, a digit or a sign.')
  }
  return title
}

/**
 * What makes two titles the same: NFKC (Unicode TR15), case-folded, invisible characters dropped, `_` as space.
 * Idempotent; never throws, so that any `[[link]]` may be looked up by it.
 */
export function titleKey(title: string): string {
  return title.normalize('NFKC').split('/').map(segmentKey).join('/')
}

function segmentKey(segment: string): string {
  let key = segment
  // Folding can denormalise and normalising can unfold; a few rounds reach the fixed point.
  for (let round = 0; round < 4; round++) {
    const next = key
      .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
      // Marks are put in order before their case is changed, because one of them becomes a letter.
      .normalize('NFKD')
      .toUpperCase()
      .toLowerCase()
      .normalize('NFKC')
      .replace(/[\s_]+/gu, ' ')
      .trim()
    if (next === key) break
    key = next
  }
  return key
}

/** The last segment: what the page shows as its heading. */
export function leafOf(title: string): string {
  return title.slice(title.lastIndexOf('/') + 1)
}

/** The title that this one stands under, or '' at the top. */
export function parentOf(title: string): string {
  return title.slice(0, Math.max(0, title.lastIndexOf('/')))
}

/** The address of a title: `/wiki/` and the title, spaces as `_`, percent-encoded but for `/`. */
export function pathOf(title: string, prefix = '/wiki/'): string {
  const encoded = title.replaceAll(' ', '_').split('/').map(encodeURIComponent).join('/')
  return prefix + encoded
}

/** The title that an address's path names, or null if it cannot be decoded. The result is not yet parsed. */
export function titleOfPath(path: string, prefix = '/wiki/'): string | null {
  if (!path.startsWith(prefix)) return null
  try {
    return decodeURIComponent(path.slice(prefix.length)).replaceAll('_', ' ')
  } catch {
    return null
  }
}

/**
 * The id of a heading within its page: `h-` and its words as GitHub writes them. Two headings may ask for the same. What
 * is written `^name` is the name of a block, and its id `b-name`.
 */
export function anchorOf(heading: string): string {
  const block = /^\s*\^([\w-]+)\s*$/.exec(heading)
  if (block) return `b-${block[1]!.toLowerCase()}`
  const slug = heading
    .normalize('NFC')
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\s-]/gu, '')
    .replace(/\s/gu, '-')
  return `h-${slug || 'section'}`
}
