// Red links turn blue on every screen the moment somebody writes the page.
// followTitles

import type { Page } from '../shared/protocol.ts'
import { leafOf, titleKey } from '../shared/titles.ts'
import { connection } from './connection.ts'

/** Keeps the wiki links of the document up with pages that are made and renamed. */
export function followTitles(): void {
  connection.on('page:created', ({ page }) => turnBlue(page))
  connection.on('page:renamed', ({ page }) => turnBlue(page))
}

function turnBlue(page: Page): void {
  const whole = titleKey(page.title)
  const leaf = titleKey(leafOf(page.title))
  for (const link of document.querySelectorAll<HTMLAnchorElement>('a.wiki.missing[data-title]')) {
    const wanted = link.dataset.title!
    const key = titleKey(wanted)
    // A bare name that several pages bear leads to none of them, unless one bears it alone.
    const meant = key === whole || (key === leaf && !wanted.includes('/') && !link.classList.contains('ambiguous'))
    if (!meant) continue
    link.setAttribute('href', page.path + (link.dataset.hash ?? ''))
    link.setAttribute('class', 'wiki')
    link.removeAttribute('title')
  }
}
