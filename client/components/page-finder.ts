// Looking through the page on the screen: blocks that hold some words, and the way to them.
// blocksWith · goToBlock

import type { Mark } from '../../shared/protocol.ts'

/** A block of the article with the words, and the heading above it. */
export interface FoundBlock {
  block: HTMLElement
  heading: string
  text: string
  marks: Mark[]
}

const FOUND_MAX = 50
const BEFORE = 40
const LENGTH = 160

/** The blocks of the article that hold these words, in their order; with no words, the headings. */
export function blocksWith(words: string): FoundBlock[] {
  const article = document.querySelector('page-view article')
  if (!article) return []
  const wanted = plain(words)
  const found: FoundBlock[] = []
  let heading = ''
  for (const block of article.querySelectorAll<HTMLElement>('h1, h2, h3, h4, h5, h6, p, li, td, th, pre, dd, dt')) {
    const title = /^H\d$/.test(block.tagName)
    const text = textOf(block)
    if (title) heading = text
    if (found.length >= FOUND_MAX) break
    if (wanted === '') {
      if (title) found.push({ block, heading: '', text, marks: [] })
      continue
    }
    const folded = plain(text)
    const at = folded.indexOf(wanted)
    if (at < 0) continue
    // Where folding has moved letters, the block is shown without marks.
    const exact = folded.length === text.length
    const from = Math.max(0, at - BEFORE)
    const cut = text.slice(from, from + LENGTH)
    const marks: Mark[] = exact ? [[at - from, Math.min(cut.length, at - from + wanted.length)]] : []
    found.push({ block, heading: title ? '' : heading, text: cut, marks })
  }
  return found
}

/** Brings a block into view and shows which it is. */
export function goToBlock(block: HTMLElement): void {
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
  for (let details = block.closest('details'); details; details = details.parentElement?.closest('details') ?? null)
    details.open = true
  block.scrollIntoView({ block: 'center', behavior: calm ? 'auto' : 'smooth' })
  block.tabIndex = -1
  block.focus({ preventScroll: true })
  block.classList.add('found')
  block.addEventListener('blur', () => block.classList.remove('found'), { once: true })
}

// Items hold lists, which answer for themselves.
function textOf(block: HTMLElement): string {
  let text = ''
  for (const node of block.childNodes)
    if (!(node instanceof HTMLElement) || !/^(UL|OL|P|PRE|BLOCKQUOTE|TABLE|BUTTON)$/.test(node.tagName))
      text += node.textContent
  return text.replace(/\s+/g, ' ').trim()
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim()
}
