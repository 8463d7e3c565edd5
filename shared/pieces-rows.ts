// Pages as rows of a list, drawn alike on both sides.
// Listed · untouched · pageRows · nobody

import type { Boot } from './boot.ts'
import { icon, type Pen } from './pieces.ts'
import type { Attended, Page } from './protocol.ts'
import { leafOf, parentOf } from './titles.ts'

/** What a row says beyond the page itself. */
interface RowNews {
  /** Who is writing in it now. */
  writers?: Attended['people']
  /** It appeared while the list was open. */
  fresh?: boolean
  /** Whoever looks was its last editor. */
  mine?: boolean
}

/** One page in a list: who, what, where, when. */
function pageRow<H>(pen: Pen<H>, page: Page, news: RowNews): H {
  const { html } = pen
  const made = untouched(page)
  const under = parentOf(page.title)
  const [writer] = news.writers ?? []
  const section = writer?.section
  const what = writer
    ? html`<span class="live">writing</span>${section ? html` in ${section}` : ''}${made ? ' — a new page' : ''}`
    : html`${news.mine ? 'you' : page.editor.username} ${made ? 'wrote this page' : 'edited'}`
  const where = under ? html` · <span class="where">${under.replaceAll('/', ' / ')}</span>` : ''
  return html`<a class="row ${news.fresh ? 'fresh' : ''}" href="${page.path}">${pen.avatar(writer?.person ?? page.editor)}<span
    class="row-text"><span class="row-title">${leafOf(page.title)}</span><span class="row-note">${what}${where}</span></span><page-faces page="${page.id}"></page-faces>${pen.when(page.updatedAt, 'row')}</a>`
}

/** Whether nobody but its author has touched a page since the quarter of an hour it was made in. */
export function untouched(page: Page): boolean {
  return page.author.id === page.editor.id && Date.parse(page.updatedAt) - Date.parse(page.createdAt) < 900_000
}

/** How a list is drawn. */
export interface Listed {
  /** Cut into stretches of time, newest change first; `since` is the visit before this one. */
  grouped: boolean
  since: number | null
  /** The id of whoever looks, who is “you”. */
  me: number | null
  /** Who is in which page now; rows tell of those who write. */
  presence?: ReadonlyMap<number, Attended>
  /** Pages that appeared while the list was open. */
  fresh?: ReadonlySet<number>
}

/** Stretches of time that what is over is cut into, the youngest first: each holds what changed from its moment on. */
function stretches<H>(pen: Pen<H>, since: number | null, now: number): { name: unknown; from: number }[] {
  const last = (at: number) => pen.html`Since your last visit, ${pen.when(new Date(at).toISOString(), 'sentence')}`
  return [
    since === null ? { name: 'The last 24 hours', from: now - 86_400_000 } : { name: last(since), from: since },
    { name: 'Earlier', from: Number.NEGATIVE_INFINITY },
  ]
}

/** Pages as rows, in the order given. */
export function pageRows<H>(pen: Pen<H>, pages: Page[], listed: Listed): H {
  const { grouped, since, me, fresh = new Set(), presence = new Map<number, Attended>() } = listed
  const { html } = pen
  const now = Date.now()
  // A page that a program wrote, even while somebody has it open, is not being written.
  const writersOf = ({ id, updatedAt }: Page): Attended['people'] =>
    now - Date.parse(updatedAt) < 60_000 ? (presence.get(id)?.people.filter(({ wrote }) => wrote) ?? []) : []
  const list = (some: Page[]) =>
    html`<ul class="rows">${pen.each(
      some,
      ({ id }) => id,
      page =>
        html`<li>${pageRow(pen, page, { writers: writersOf(page), fresh: fresh.has(page.id), mine: page.editor.id === me })}</li>`,
    )}</ul>`
  if (!grouped) return list(pages)
  const group = (name: unknown, some: Page[]) =>
    some.length > 0 ? html`<section><h2 class="h">${name}</h2>${list(some)}</section>` : ''
  const live = pages.filter(page => writersOf(page).length > 0)
  const others = pages.filter(page => !live.includes(page))
  const times = stretches(pen, since, now)
  const ageOf = (page: Page) => times.findIndex(({ from }) => Date.parse(page.updatedAt) >= from)
  const groups = times.map(({ name }, age) =>
    group(
      name,
      others.filter(page => ageOf(page) === age),
    ),
  )
  return html`${group('Happening now', live)}${groups}`
}

/** What stands where a list has nothing to show. */
export function nobody<H>(pen: Pen<H>, boot: Pick<Boot, 'mayWrite' | 'user' | 'shelf'>): H {
  const { html } = pen
  const next = boot.mayWrite
    ? html`<a class="btn primary" href="/create">${icon(pen, 'plus')}Write the first page</a>`
    : boot.user
      ? ''
      : html`<a class="btn primary" href="/register">Make an account</a> <a class="btn" href="/login">Sign in</a>`
  return html`<div class="empty"><p>Nothing is written yet. The first page can be about anything.</p><p>${next}</p></div>`
}
