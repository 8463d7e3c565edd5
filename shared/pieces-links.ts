// Pieces that tell what leads to a page, what pages bear a tag, and what wants mending; drawn on both sides.
// backlinkRows · lookForMentions · maintenanceRows · MENDING

import type { Pen } from './pieces.ts'
import type { Backlink, MaintenanceKind, MaintenanceRow } from './protocol.ts'
import { leafOf, parentOf } from './titles.ts'

/** Pages that name another, each with the sentences in which it does; `act` draws what can be done with one. */
export function backlinkRows<H>(
  pen: Pen<H>,
  links: readonly Backlink[],
  act: (link: Backlink) => unknown = () => '',
): H {
  const { html } = pen
  const row = (link: Backlink) => {
    const { page, contexts } = link
    const under = parentOf(page.title)
    const sentences = contexts.map(
      ({ before, words, after }) => html`<p class="sentence">${before}<b>${words}</b>${after}</p>`,
    )
    return html`<li><p class="from"><a class="wiki" href="${page.path}" data-title="${page.title}">${leafOf(page.title)}</a>${
      under ? html` <small>${under.replaceAll('/', ' / ')}</small>` : ''
    }${act(link)}</p>${sentences}</li>`
  }
  return html`<ul class="backlinks">${pen.each([...links], ({ page }) => page.id, row)}</ul>`
}

/** Where a page that others may mention is asked about; looking through all texts is for who wants to know. */
export function lookForMentions<H>(pen: Pen<H>, looking = false): H {
  const { html } = pen
  const words = looking ? 'Looking…' : 'Look for mentions without a link'
  return html`<p class="awake"><button type="button" class="btn ghost" data-do="mentions">${words}</button></p>`
}

/** The lists of what wants mending: their names, what each means, and what is said when one is empty. */
export const MENDING: Record<MaintenanceKind, { name: string; means: string; none: string }> = {
  wanted: {
    name: 'Wanted pages',
    means: 'Titles that links ask for and nobody has written, the most wanted first.',
    none: 'Every link leads to a page.',
  },
  broken: {
    name: 'Broken links',
    means: 'Pages with a link that leads nowhere, or to several pages at once.',
    none: 'No link is broken.',
  },
  orphans: { name: 'Orphans', means: 'Pages that no other page links to.', none: 'Every page is linked to.' },
  alike: {
    name: 'Similar titles',
    means: 'Pages whose titles differ only in accents, signs, small words, plurals or order; perhaps one is enough.',
    none: 'No two titles are alike.',
  },
  stale: {
    name: 'Stale pages',
    means: 'The pages that nobody has changed for the longest time.',
    none: 'There are no pages yet.',
  },
  large: {
    name: 'Large pages',
    means: 'The longest pages; some may be better read in parts.',
    none: 'There are no pages yet.',
  },
}

/** Rows of one of these lists. */
export function maintenanceRows<H>(pen: Pen<H>, kind: MaintenanceKind, rows: readonly MaintenanceRow[]): H {
  const { html } = pen
  if (rows.length === 0) return html`<p class="empty">${MENDING[kind].none}</p>`
  const note = (row: MaintenanceRow) => {
    if (kind === 'stale') return html`<span class="note">${pen.when(row.note, 'row')}</span>`
    if (kind === 'broken')
      return html`<a class="wiki missing" href="/create?title=${encodeURIComponent(row.note)}" data-title="${row.note}">${row.note}</a>`
    return row.note === '' ? '' : html`<span class="note">${row.note}</span>`
  }
  const item = (row: MaintenanceRow, i: number) => {
    const under = parentOf(row.title)
    const first = row.group !== undefined && i > 0 && rows[i - 1]!.group !== row.group ? 'begins' : ''
    return html`<li class="${first}"><span><a class="${row.page === null ? 'wiki missing' : 'wiki'}" href="${row.path}" data-title="${row.title}">${leafOf(row.title)}</a>${
      under ? html` <small>${under.replaceAll('/', ' / ')}</small>` : ''
    }</span>${note(row)}</li>`
  }
  return html`<ul class="mending">${rows.map(item)}</ul>`
}
