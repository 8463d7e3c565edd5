// Titles as names of files on every system, and back. What a name cannot say stands in the front matter.
// fileNamesFor · titleOfFile · withTitle · withoutTitle

import { createHash } from 'node:crypto'
import { parseTitle, SEGMENT_MAX, TITLE_MAX } from '../../../shared/titles.ts'

/** Bytes of one name, and UTF-16 units of a whole path. */
const NAME_MAX = 120
const PATH_MAX = 200
/** Names that Windows keeps for itself, with any ending. */
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)/i

/** A name that every system takes: Windows' signs and reserved words, dots and blanks at the ends, and length. */
export function safeName(name: string): string {
  let safe = name
    .replace(/[<>:"|?*\\/%]|\p{Cc}/gu, sign => encodeURIComponent(sign).replace('*', '%2A'))
    .replace(/[. ]$/u, sign => (sign === '.' ? '%2E' : '%20'))
    .replace(/^[.~ ]/u, sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  if (RESERVED.test(safe)) safe = `%${safe.charCodeAt(0).toString(16).toUpperCase()}${safe.slice(1)}`
  return Buffer.byteLength(safe) <= NAME_MAX ? safe : shortened(safe)
}

function shortened(name: string): string {
  const ending = /\.[\p{L}\p{N}]{1,10}$/u.exec(name)?.[0] ?? ''
  let short = ''
  for (const { segment } of new Intl.Segmenter().segment(name.slice(0, name.length - ending.length))) {
    if (Buffer.byteLength(short + segment) > NAME_MAX - 12 - Buffer.byteLength(ending)) break
    short += segment
  }
  return `${short.replace(/[. %]+$/, '')}~${hash(name)}${ending}`
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}

/** What systems that know no case, and no difference between compositions, take for the same. */
const alike = (name: string) => name.normalize('NFKC').toUpperCase().toLowerCase()

/** Gives paths out, no two of which any system takes for the same; folders and files share one space of names. */
export class Paths {
  readonly #taken = new Map<string, string>()
  readonly #folders = new Map<string, string>()

  /** A path for a file with these folders (as they are called, '' for none) and this name and ending. */
  file(folders: string[], name: string, ending = ''): string {
    const folder = folders.reduce((inside, one) => this.#folder(inside, one), '')
    const path = this.#free(folder, safeName(name), ending, 'a file')
    if (path.length <= PATH_MAX) return path
    this.#taken.delete(alike(path))
    return this.#free(this.#folder('', 'deep'), `${safeName(name).slice(0, 40)}~${hash(path)}`, ending, 'a file')
  }

  #folder(inside: string, called: string): string {
    const key = `${inside}/${called}`
    let path = this.#folders.get(key)
    if (path === undefined) {
      path = this.#free(inside, safeName(called), '', `the folder ${key}`)
      this.#folders.set(key, path)
    }
    return path
  }

  #free(folder: string, name: string, ending: string, what: string): string {
    for (let number = 1; ; number++) {
      const path = `${folder === '' ? '' : `${folder}/`}${numbered(name, number, ending)}${ending}`
      if (this.#taken.has(alike(path))) continue
      this.#taken.set(alike(path), what)
      return path
    }
  }
}

function numbered(name: string, number: number, ending: string): string {
  if (number === 1) return name
  const own = ending === '' ? (/\.[\p{L}\p{N}]{1,10}$/u.exec(name)?.[0] ?? '') : ''
  return `${name.slice(0, name.length - own.length)} (${number})${own}`
}

/** The file of each title. */
export function fileNamesFor(titles: readonly string[], paths = new Paths()): Map<string, string> {
  const found = new Map<string, string>()
  // In an order of their own, so that the same wiki always gives the same names.
  for (const title of [...titles].sort((a, b) => (a < b ? -1 : 1))) {
    const segments = title.split('/')
    found.set(title, paths.file(segments.slice(0, -1), segments.at(-1)!, '.md'))
  }
  return found
}

/** The title that a file's path says, made such that it is one. */
export function titleOfFile(path: string): string {
  const bare = path.replace(/(\.md|\.markdown)+$/i, '')
  try {
    return parseTitle(bare)
  } catch {
    const segments = bare.split('/').map(segment => {
      const clean = segment
        .toWellFormed()
        .replace(/[#<>[\]|{}\\\ufffd]|\p{Cc}|\p{Zl}|\p{Zp}|(?![\u200c\u200d])\p{Cf}/gu, '-')
        .replace(/\s+/gu, ' ')
        .trim()
        .slice(0, SEGMENT_MAX)
        .replace(/[\ud800-\udbff]$/, '')
        .trim()
      return /^\.{0,2}$/.test(clean) ? `-${clean}` : clean
    })
    try {
      return parseTitle(segments.join('/').slice(0, TITLE_MAX))
    } catch {
      return `Imported ${hash(path)}`
    }
  }
}

// ---- the true title, where the file's name cannot say it

const OPEN = /^---[ \t]*\n/
const LINE = /^chorus-title: ("(?:[^"\\\n]|\\.)*")[ \t]*\n/
const EMPTY = /^---[ \t]*(?:\n|$)/

/** The text with its title as the first property. */
export function withTitle(text: string, title: string): string {
  const line = `chorus-title: ${JSON.stringify(title)}\n`
  const open = OPEN.exec(text)?.[0]
  const rest = open ? text.slice(open.length) : ''
  // Properties that hold nothing cannot be told from those that only held this line.
  if (!open || EMPTY.test(rest)) return `---\n${line}---\n${text}`
  return open + line + rest
}

/** The title that `withTitle` put in, or null; and the text as it was. */
export function withoutTitle(text: string): { title: string | null; text: string } {
  const open = OPEN.exec(text)?.[0]
  const found = open ? LINE.exec(text.slice(open.length)) : null
  if (!open || !found) return { title: null, text }
  const rest = text.slice(open.length + found[0].length)
  let title: string
  try {
    title = JSON.parse(found[1]!) as string
  } catch {
    return { title: null, text }
  }
  const empty = EMPTY.exec(rest)
  return { title, text: empty ? rest.slice(empty[0].length) : open + rest }
}

/** Whether the text would be taken for one that holds its title though it does not. */
export function seemsTitled(text: string): boolean {
  return withoutTitle(text).title !== null
}
