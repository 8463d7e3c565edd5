// Brings an article up to date block by block: what has not changed is not touched, so that scroll and selection stay.
// patchArticle · markBlocks

import type { Person } from '../../shared/protocol.ts'

/** The HTML each block came with, before anything marked it. */
const sources = new WeakMap<Element, string>()

/** What tells two blocks apart; the line that a block begins at does not. */
function sourceOf(block: Element): string {
  let source = sources.get(block)
  if (source === undefined) {
    source = block.outerHTML.replace(/ (data-line="\d+"|open="")/g, '')
    sources.set(block, source)
  }
  return source
}

/** Makes `article` hold what `next` (of another document) holds; answers with the blocks that are new or changed. */
export function patchArticle(article: Element, next: Element): Element[] {
  const old = [...article.children]
  const wanted = [...next.children]
  const keep = common(old.map(sourceOf), wanted.map(sourceOf))
  const kept = new Set(keep.values())
  for (const [at, block] of old.entries()) if (!kept.has(at)) block.remove()
  const changed: Element[] = []
  let before: Element | null = null
  for (const [at, block] of wanted.entries()) {
    const from = keep.get(at)
    let here: Element
    if (from === undefined) {
      here = document.importNode(block, true)
      sources.set(here, sourceOf(block))
      if (before) before.after(here)
      else article.prepend(here)
      changed.push(here)
    } else {
      here = old[from]!
      renumber(here, block)
    }
    before = here
  }
  return changed
}

/** Which old block each wanted one already is: the same beginning, the same end, and in between in order. */
function common(old: string[], wanted: string[]): Map<number, number> {
  const keep = new Map<number, number>()
  let start = 0
  while (start < old.length && start < wanted.length && old[start] === wanted[start]) keep.set(start, start++)
  let oldEnd = old.length
  let end = wanted.length
  while (oldEnd > start && end > start && old[oldEnd - 1] === wanted[end - 1]) keep.set(--end, --oldEnd)
  let from = start
  for (let at = start; at < end; at++) {
    const found = old.indexOf(wanted[at]!, from)
    if (found < 0 || found >= oldEnd) continue
    keep.set(at, found)
    from = found + 1
  }
  return keep
}

function renumber(block: Element, like: Element): void {
  const lines = [like, ...like.querySelectorAll('[data-line]')].map(element => element.getAttribute('data-line'))
  for (const [at, element] of [block, ...block.querySelectorAll('[data-line]')].entries()) {
    const line = lines[at]
    if (line && element.getAttribute('data-line') !== line) element.setAttribute('data-line', line)
  }
}

const marks = new WeakMap<Element, { look: string; timer: ReturnType<typeof setTimeout> }>()

/** Shows for some milliseconds beside these blocks who has just written them. */
export function markBlocks(blocks: Element[], { username, colour }: Person, milliseconds: number): void {
  const look = `person-${colour}`
  for (const block of blocks) {
    const before = marks.get(block)
    clearTimeout(before?.timer)
    if (before && before.look !== look) block.classList.remove(before.look)
    block.classList.add('typing', look)
    block.setAttribute('data-who', username)
    const timer = setTimeout(() => {
      marks.delete(block)
      block.classList.remove('typing', look)
      if (block.classList.length === 0) block.removeAttribute('class')
      block.removeAttribute('data-who')
    }, milliseconds)
    marks.set(block, { look, timer })
  }
}
