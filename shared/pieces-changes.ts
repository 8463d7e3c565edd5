// The pieces of what happened and of the trash, drawn on both sides.
// changeRows · deletionRows · sizeWords

import { personPath } from './people.ts'
import { icon, type Pen } from './pieces.ts'
import type { Deletion, Happening } from './protocol.ts'
import { leafOf, parentOf } from './titles.ts'

/** What somebody did, in a word or two behind their name. */
export function deedOf({ kind, title, detail }: Pick<Happening, 'kind' | 'title' | 'detail'>): string {
  switch (kind) {
    case 'created':
      return 'wrote this page'
    case 'edited':
      return 'edited'
    case 'renamed':
      return leafOf(detail ?? '') === leafOf(title)
        ? `moved it from “${parentOf(detail ?? '') || 'the top'}”`
        : `renamed it from “${detail}”`
    case 'deleted':
      return 'deleted it'
    case 'restored':
      return 'restored it'
    case 'protected':
      return detail ? `protected it: “${detail}”` : 'protected it'
    case 'unprotected':
      return 'ended its protection'
  }
}

/** Characters added and removed, as numbers. */
export function sizeWords({ added, removed }: Pick<Happening, 'added' | 'removed'>): string {
  return [added > 0 ? `+${added.toLocaleString('en')}` : '', removed > 0 ? `−${removed.toLocaleString('en')}` : '']
    .filter(Boolean)
    .join(' ')
}

function size<H>(pen: Pen<H>, { added, removed }: Happening): H {
  const { html } = pen
  if (added === 0 && removed === 0) return html`<span class="size"></span>`
  const told = `${added} characters added, ${removed} removed`
  const plus = added > 0 ? html`<span class="plus">+${added.toLocaleString('en')}</span> ` : ''
  const minus = removed > 0 ? html`<span class="minus">−${removed.toLocaleString('en')}</span>` : ''
  return html`<span class="size" title="${told}">${plus}${minus}</span>`
}

/** What happened, newest first; `since` is the visit before this one. */
export function changeRows<H>(pen: Pen<H>, changes: Happening[], { since }: { since: number | null }): H {
  const { html } = pen
  const isNews = (change: Happening) => since !== null && Date.parse(change.at) >= since
  return html`<ul class="rows changes">${pen.each(
    changes,
    ({ id }) => id,
    change => {
      const { title, path, user, program, note, at } = change
      const leaf = leafOf(title)
      const name = path
        ? html`<a class="row-title" href="${path}">${leaf}</a>`
        : html`<span class="row-title gone">${leaf}</span>`
      const where = parentOf(title) ? html` · <span class="where">${parentOf(title).replaceAll('/', ' / ')}</span>` : ''
      const said = note ? html`<span class="row-note said">“${note}”</span>` : ''
      return html`<li class="change ${isNews(change) ? 'news' : ''}">${pen.avatar(user)}<span class="row-text">${name}<span
        class="row-note"><a href="${personPath(user.username)}">${user.username}</a> ${deedOf(change)}${
          program ? html` <span class="by-program">by program</span>` : ''
        }${where}</span>${said}</span>${size(pen, change)}${pen.when(at, 'row')}</li>`
    },
  )}</ul>`
}

function daysLeft(until: string): string {
  const days = Math.max(0, Math.ceil((Date.parse(until) - Date.now()) / 86_400_000))
  return days === 1 ? 'one more day' : `${days} more days`
}

/** What is in the trash, last deleted first. */
export function deletionRows<H>(pen: Pen<H>, deleted: Deletion[], { admin }: { admin: boolean }): H {
  const { html } = pen
  const titles = new Map(deleted.map(({ page }) => [page.id, page.title]))
  return html`<ul class="rows trash">${pen.each(
    deleted,
    ({ page }) => page.id,
    ({ page, root, by, at, until }) => {
      const along = root !== page.id && titles.has(root) ? html` · along with ${leafOf(titles.get(root)!)}` : ''
      const where = parentOf(page.title)
        ? html` · <span class="where">${parentOf(page.title).replaceAll('/', ' / ')}</span>`
        : ''
      const purge = html`<button type="button" class="btn ghost danger awake" data-do="purge" aria-label="Remove ${page.title} for good">${icon(pen, 'trash')}</button>`
      return html`<li class="change" data-page="${page.id}">${pen.avatar(by)}<span class="row-text"><span class="row-title">${leafOf(page.title)}</span><span
        class="row-note">${by.username} deleted it ${pen.when(at, 'sentence')}${along}${where} · ${daysLeft(until)}</span></span><span
        class="bar"><button type="button" class="btn awake" data-do="restore" aria-label="Restore ${page.title}">${icon(pen, 'undo')}<span
        class="label">Restore</span></button>${admin ? purge : ''}</span></li>`
    },
  )}</ul>`
}
