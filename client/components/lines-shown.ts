// Which line of the Markdown stands where on the screen, while a page is read or written.
// lineInView · showLine · blockOfLine

import type { PageEditor } from '../editor/page-editor.ts'

/** Pixels at the top of the window that the bar covers. */
const COVERED = 90

const article = () => document.querySelector<HTMLElement>('page-view article')

/** The block of the article that a line belongs to. */
export function blockOfLine(line: number): HTMLElement | null {
  let found: HTMLElement | null = null
  for (const block of article()?.children ?? []) {
    const begins = Number(block.getAttribute('data-line'))
    if (begins > line) break
    if (begins > 0) found = block as HTMLElement
  }
  return found
}

/** The line at the top of the window, or null where that cannot be said. */
export function lineInView(): number | null {
  const shown = article()
  if (!shown || shown.hidden) return null
  const block = [...shown.children].find(child => child.getBoundingClientRect().bottom > COVERED)
  return Number(block?.getAttribute('data-line')) || null
}

/** Brings a line into view, in the text that is read or written; false where it is not there. */
export function showLine(line: number): boolean {
  const editor = document.querySelector<PageEditor>('page-editor')
  if (editor && !editor.classList.contains('waiting')) {
    editor.showLine(line)
    return true
  }
  const block = blockOfLine(line)
  block?.scrollIntoView({ block: 'center', behavior: calm() ? 'auto' : 'smooth' })
  return block !== null
}

function calm(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches
}
