// An article that follows its text: what has changed is read and drawn again, block by block, and nothing else is touched.
// LiveArticle · Drawn

import { type Article, type Heading, type Piece, parse, placed, type Rendering } from '../../shared/markdown.ts'
import { patchArticle } from '../components/article-patch.ts'
import { parseDocument } from '../trusted.ts'
import { morph } from './morph.ts'

/** What came of drawing a text. */
export interface Drawn {
  article: Article
  headings: Heading[]
  /** The id that the page's own name takes over from a heading that repeats it. */
  titleId: string | null
  /** The elements that are new or look different, and the lines of each, counted from 1; `to` is not in it. */
  changed: { element: Element; from: number; to: number }[]
}

/** Below the title of a page without words. The same as in the server's documents. */
const EMPTY: Piece = { html: '<p class="empty">Nothing is written here yet.</p>', line: 1 }

/** One `<article>` on the screen. */
export class LiveArticle {
  #read: Article | undefined
  #pieces: Piece[] | null = null
  #elements: Element[] = []

  /** `title` is the page's own name, which is not shown twice. */
  constructor(
    private readonly element: Element,
    private readonly title: string,
  ) {}

  /** Reads the text from its beginning next time: its words may mean something else now. */
  forget(): void {
    this.#read = undefined
  }

  /** Draws a text. */
  show(text: string, rendering: Omit<Rendering, 'title'>): Drawn {
    const { title } = this
    const article = parse(text, this.#read)
    this.#read = article
    let pieces = article.pieces({ ...rendering, title }).filter(({ html }) => html !== '')
    if (pieces.length === 0) pieces = [EMPTY]
    const changed = this.#pieces === null ? this.#adopt(pieces) : this.#update(this.#pieces, pieces)
    this.#pieces = pieces
    const at = new Map(this.#elements.map((element, i) => [element, i]))
    const titleId = article.titleId(title)
    return {
      article,
      titleId,
      headings: titleId === null ? article.headings : article.headings.slice(1),
      changed: changed.map(element => {
        const i = at.get(element) ?? 0
        return { element, from: pieces[i]!.line, to: pieces[i + 1]?.line ?? Number.POSITIVE_INFINITY }
      }),
    }
  }

  /** The first time: what stands there may be older than the text, and was written by the server. */
  #adopt(pieces: Piece[]): Element[] {
    const next = parsed(pieces)
    // One element for each piece, or what is known of one says nothing of the other.
    if (next.childElementCount !== pieces.length) throw new Error('A piece of an article is not one element.')
    const changed = patchArticle(this.element, next)
    this.#elements = [...this.element.children]
    return changed
  }

  #update(old: Piece[], next: Piece[]): Element[] {
    const elements = this.#elements
    let start = 0
    while (start < old.length && start < next.length && old[start]!.html === next[start]!.html) start++
    let end = 0
    while (
      end < Math.min(old.length, next.length) - start &&
      old[old.length - 1 - end]!.html === next[next.length - 1 - end]!.html
    )
      end++
    const middle = next.slice(start, next.length - end)
    const { placedAt, changed } = this.#replace(
      old.slice(start, old.length - end),
      elements.slice(start, elements.length - end),
      middle,
      elements[start - 1] ?? null,
    )
    this.#elements = [...elements.slice(0, start), ...placedAt, ...elements.slice(elements.length - end)]
    for (let i = 0; i < end; i++) {
      const moved = next[next.length - 1 - i]!.line - old[old.length - 1 - i]!.line
      if (moved !== 0) renumber(this.#elements[this.#elements.length - 1 - i]!, moved)
    }
    return changed
  }

  /** Puts `next` where `old` stands, behind `before`. */
  #replace(old: Piece[], elements: Element[], next: Piece[], before: Element | null) {
    const changed: Element[] = []
    const stays = common(old, next)
    const free = elements.filter((_, i) => ![...stays.values()].includes(i))
    const drawn = [...parsed(next.filter((_, i) => !stays.has(i))).children]
    let last = before
    const placedAt = next.map((piece, i) => {
      const from = stays.get(i)
      if (from !== undefined) {
        const element = elements[from]!
        if (piece.line !== old[from]!.line) renumber(element, piece.line - old[from]!.line)
        last = element
        return element
      }
      const fresh = document.importNode(drawn.shift()!, true)
      // What stood here before has most of it: it is changed rather than replaced.
      const was = free[0]
      let element: Element = fresh
      if (was && (was.previousElementSibling === last || last === null)) {
        free.shift()
        element = morph(was, fresh)
      } else if (last) last.after(fresh)
      else this.element.prepend(fresh)
      changed.push(element)
      last = element
      return element
    })
    for (const element of free) element.remove()
    return { placedAt, changed }
  }
}

/** Which piece of `old` each of `next` already is, in order. */
function common(old: Piece[], next: Piece[]): Map<number, number> {
  const found = new Map<number, number>()
  let from = 0
  next.forEach(({ html }, i) => {
    const at = old.findIndex((piece, n) => n >= from && piece.html === html)
    if (at < 0) return
    found.set(i, at)
    from = at + 1
  })
  return found
}

function parsed(pieces: Piece[]): Element {
  return parseDocument(`<article>${pieces.map(placed).join('')}</article>`).querySelector('article')!
}

function renumber(block: Element, by: number): void {
  for (const element of [block, ...block.querySelectorAll('[data-line]')]) {
    const line = element.getAttribute('data-line')
    if (line !== null) element.setAttribute('data-line', String(Number(line) + by))
  }
}
