// From a place in an article to the place in its text, and back: where one clicked is where the cursor stands.
// Place · placeAt · placeOfSelection · placeInView · offsetIn · scrollToLine

/** A place in an article that is read. */
export interface Place {
  /** The line, counted from 1, at which the block begins. */
  line: number
  /** Pixels below the top of the window at which it, or the spot in it, stands. */
  top: number
  /** The words of the block, and how many of its characters stand before the spot; absent where only the block is known. */
  spot?: { words: string; at: number }
}

/** How much of the window's top is covered. */
const COVERED = 90

/** The place under the pointer; null where there is no text of the article. */
export function placeAt(article: Element, x: number, y: number): Place | null {
  const caret = document.caretPositionFromPoint?.(x, y)
  if (caret) return placeOf(article, caret.offsetNode, caret.offset, y)
  const range = document.caretRangeFromPoint?.(x, y)
  return range ? placeOf(article, range.startContainer, range.startOffset, y) : null
}

/** Where somebody clicked last, if that is still in sight. */
export function placeOfSelection(article: Element): Place | null {
  const selection = getSelection()
  if (!selection?.anchorNode || !article.contains(selection.anchorNode)) return null
  const range = document.createRange()
  range.setStart(selection.anchorNode, selection.anchorOffset)
  const { top, height } = range.getBoundingClientRect()
  if (height === 0 || top < COVERED || top > innerHeight) return null
  return placeOf(article, selection.anchorNode, selection.anchorOffset, top)
}

/** The block that stands at the top of the window; null at the beginning of the page. */
export function placeInView(article: Element): Place | null {
  if (scrollY < 120) return null
  const block = [...article.children].find(child => child.getBoundingClientRect().bottom > COVERED)
  const line = Number(block?.getAttribute('data-line'))
  return block && line ? { line, top: Math.max(COVERED, block.getBoundingClientRect().top) } : null
}

function placeOf(article: Element, node: Node, offset: number, y: number): Place | null {
  const element = node instanceof Element ? node : node.parentElement
  const block = element?.closest('[data-line]')
  if (!block || !article.contains(block)) return null
  const before = document.createRange()
  before.setStart(block, 0)
  before.setEnd(node, offset)
  const line = Number(block.getAttribute('data-line'))
  return { line, top: y, spot: { words: block.textContent ?? '', at: before.toString().length } }
}

/** The offset in `text` that a place means. */
export function offsetIn(text: string, { line, spot }: Place): number {
  let from = 0
  for (let n = 1; n < line; n++) {
    const end = text.indexOf('\n', from)
    if (end < 0) break
    from = end + 1
  }
  if (!spot) return from
  const { words, at } = spot
  // The words around the spot, as they stand in the text: as many as occur there, the same time they occur in the block.
  const source = text.slice(from, from + 4 * words.length + 2_000)
  for (const size of [32, 16, 8, 4, 2]) {
    for (const [left, right] of [
      [size, size],
      [size, 0],
      [0, size],
    ] as const) {
      const start = Math.max(0, at - left)
      const needle = words.slice(start, at + right)
      if (needle.trim().length < 2) continue
      const found = nth(source, needle, count(words.slice(0, start + needle.length), needle))
      if (found >= 0) return from + found + (at - start)
    }
  }
  return from
}

function count(text: string, needle: string): number {
  let times = 0
  for (let i = text.indexOf(needle); i >= 0; i = text.indexOf(needle, i + 1)) times++
  return times
}

function nth(text: string, needle: string, times: number): number {
  let at = -1
  for (let n = 0; n < Math.max(1, times); n++) {
    at = text.indexOf(needle, at + 1)
    if (at < 0) return -1
  }
  return at
}

/** Scrolls so that the block which holds a line stands `top` pixels below the top of the window. */
export function scrollToLine(article: Element, line: number, top: number): void {
  const blocks = [...article.querySelectorAll<HTMLElement>('[data-line]')]
  const block = blocks.findLast(element => Number(element.dataset.line) <= line) ?? blocks[0]
  if (block) scrollBy({ top: block.getBoundingClientRect().top - top, behavior: 'instant' })
}
