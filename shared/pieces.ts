// The pieces of a screen that server and client both draw, so that what wakes up looks as it did asleep.
// Pen · icon · marked · pageRows · contentsList · crumbs · byline · readingActions · guardNote · pageMenu · addressUnder · meMenu · treeRows · shelfRows · nobody

import { type Named, SCREEN_ACTIONS, type ScreenAction } from './actions.ts'
import { type Boot, mayEdit, type Tree } from './boot.ts'
import { ICONS, type IconName } from './icons.ts'
import type { Heading } from './markdown.ts'
import type { Mark, Page, Person } from './protocol.ts'
import { leafOf, parentOf, pathOf, titleKey } from './titles.ts'
import type { WhenKind } from './when.ts'

/** A template tag and what it needs to draw with: the server's makes text, the client's is Lit's. */
export interface Pen<H> {
  html(strings: TemplateStringsArray, ...values: unknown[]): H
  /** Markup of our own that is not escaped. */
  raw(markup: string): unknown
  /** One piece per item; where an item moves, its piece moves along. */
  each<T>(items: T[], keyOf: (item: T) => string | number, draw: (item: T) => H): unknown
  /** A person's picture or initials; with `named`, the name is told to who cannot see it. */
  avatar(person: Person, options?: { named?: boolean }): H
  when(at: string, kind: WhenKind): H
}

/** An icon; it has no name of its own. */
export function icon<H>(pen: Pen<H>, name: IconName): unknown {
  return pen.raw(ICONS[name])
}

/** A text with some stretches of it marked. */
export function marked<H>(pen: Pen<H>, text: string, marks: Mark[]): H {
  const { html } = pen
  const parts: unknown[] = []
  let at = 0
  for (const [from, to] of marks) {
    parts.push(text.slice(at, from), html`<mark>${text.slice(from, to)}</mark>`)
    at = to
  }
  parts.push(text.slice(at))
  return html`${parts}`
}

/** What a row says beyond the page itself. */
interface RowNews {
  /** Somebody is writing in it now. */
  live?: boolean
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
  const what = news.live
    ? html`<span class="live">writing</span>${made ? ' — a new page' : ''}`
    : html`${news.mine ? 'you' : page.editor.username} ${made ? 'wrote this page' : 'edited'}`
  const where = under ? html` · <span class="where">${under.replaceAll('/', ' / ')}</span>` : ''
  return html`<a class="row ${news.fresh ? 'fresh' : ''}" href="${page.path}">${pen.avatar(page.editor)}<span
    class="row-text"><span class="row-title">${leafOf(page.title)}</span><span class="row-note">${what}${where}</span></span><page-faces page="${page.id}"></page-faces>${pen.when(page.updatedAt, 'row')}</a>`
}

/** Whether nobody but its author has touched a page since the quarter of an hour it was made in. */
function untouched(page: Page): boolean {
  return page.author.id === page.editor.id && Date.parse(page.updatedAt) - Date.parse(page.createdAt) < 900_000
}

/** How a list is drawn. */
export interface Listed {
  /** Cut into stretches of time, newest change first; `since` is the visit before this one. */
  grouped: boolean
  since: number | null
  /** The id of whoever looks, who is “you”. */
  me: number | null
  /** Pages that appeared while the list was open. */
  fresh?: ReadonlySet<number>
}

/** Stretches of time that lists are cut into, the youngest first: each holds what changed from its moment on. */
function stretches<H>(pen: Pen<H>, since: number | null, now: number): { name: unknown; from: number }[] {
  const last = (at: number) => pen.html`Since your last visit, ${pen.when(new Date(at).toISOString(), 'sentence')}`
  return [
    { name: 'Happening now', from: now - 60_000 },
    since === null ? { name: 'The last 24 hours', from: now - 86_400_000 } : { name: last(since), from: since },
    { name: 'Earlier', from: Number.NEGATIVE_INFINITY },
  ]
}

/** Pages as rows, in the order given. */
export function pageRows<H>(pen: Pen<H>, pages: Page[], { grouped, since, me, fresh = new Set() }: Listed): H {
  const { html } = pen
  const list = (some: Page[], live: boolean) =>
    html`<ul class="rows">${pen.each(
      some,
      ({ id }) => id,
      page => html`<li>${pageRow(pen, page, { live, fresh: fresh.has(page.id), mine: page.editor.id === me })}</li>`,
    )}</ul>`
  if (!grouped) return list(pages, false)
  const times = stretches(pen, since, Date.now())
  const ageOf = (page: Page) => times.findIndex(({ from }) => Date.parse(page.updatedAt) >= from)
  const groups = times.map(({ name }, age) => {
    const some = pages.filter(page => ageOf(page) === age)
    return some.length > 0 ? html`<section><h2 class="h">${name}</h2>${list(some, age === 0)}</section>` : ''
  })
  return html`${groups}`
}

/** The headings of a page as a list of links; nothing where there is only one. */
export function contentsList<H>(pen: Pen<H>, headings: readonly Heading[]): H | '' {
  const { html } = pen
  if (headings.length < 2) return ''
  const highest = Math.min(...headings.map(({ level }) => level))
  const shown = headings.filter(({ level }) => level <= highest + 1).slice(0, 80)
  const entry = ({ id, text, level }: Heading) =>
    html`<li><a class="${level > highest ? 'sub' : ''}" href="${`#${encodeURIComponent(id)}`}">${text}</a></li>`
  return html`<nav class="toc grp" aria-labelledby="toc-heading"><h2 class="h" id="toc-heading">On this page</h2>
<ul>${shown.map(entry)}</ul></nav>`
}

/** The way down to a title; its own segment is plain text. */
export function crumbs<H>(pen: Pen<H>, title: string): H {
  const { html } = pen
  const segments = title.split('/')
  const steps = segments.map((segment, i) =>
    i === segments.length - 1
      ? html`<li aria-current="page">${segment}</li>`
      : html`<li><a href="${pathOf(segments.slice(0, i + 1).join('/'))}">${segment}</a></li>`,
  )
  return html`<ol>${steps}</ol>`
}

/** Who wrote a page, and who changed it last. */
export function byline<H>(pen: Pen<H>, page: Page): H {
  const { html } = pen
  const last = untouched(page)
    ? html`written ${pen.when(page.updatedAt, 'sentence')}`
    : html`edited ${pen.when(page.updatedAt, 'sentence')} by <b>${page.editor.username}</b>`
  return html`${pen.avatar(page.author)}<span>By <b>${page.author.username}</b> · ${last}</span>`
}

/** A button of a menu. */
function deed<H>(pen: Pen<H>, name: ScreenAction): H {
  const { name: words, icon: svg, key }: Named = SCREEN_ACTIONS[name]
  const hint = key && !key.includes('-') ? pen.html`<kbd>${key.toUpperCase()}</kbd>` : ''
  return pen.html`<li class="awake"><button type="button" data-do="${name}">${pen.raw(svg)}${words}${hint}</button></li>`
}

/** A link of a menu. */
function way<H>(pen: Pen<H>, name: ScreenAction, address: string): H {
  const { name: words, icon: svg } = SCREEN_ACTIONS[name]
  return pen.html`<li><a href="${address}">${pen.raw(svg)}${words}</a></li>`
}

/** What can be done with a page while it is read; buttons tell what they do by `data-do`. */
export function readingActions<H>(pen: Pen<H>, page: Page, boot: Pick<Boot, 'mayWrite' | 'user' | 'shelf'>): H {
  const { html } = pen
  const edit = html`<button type="button" class="btn primary awake" data-do="edit">${pen.raw(SCREEN_ACTIONS.edit.icon)}<span
    class="label">${SCREEN_ACTIONS.edit.name}</span></button>`
  return html`<presence-bar></presence-bar>${mayEdit(boot, page) ? edit : ''}${pageMenu(pen, page, boot)}`
}

/** Why a page cannot be written, or not by accident; nothing where it can. */
export function guardNote<H>(pen: Pen<H>, page: Page): H | '' {
  const { html } = pen
  if (page.protection !== null)
    return html`<p class="guard">${icon(pen, 'shield')}<span>Protected: only admins can change this page.${
      page.protection ? html` “${page.protection}”` : ''
    }</span></p>`
  if (page.locked)
    return html`<p class="guard">${icon(pen, 'lock')}<span>Locked for reading: editing asks once more.</span></p>`
  return ''
}

/** The rarer things that can be done with a page. */
export function pageMenu<H>(pen: Pen<H>, page: Page, boot: Pick<Boot, 'mayWrite' | 'user' | 'shelf'>): H {
  const { html } = pen
  const { name, icon: svg } = SCREEN_ACTIONS['as-markdown']
  const mayWrite = mayEdit(boot, page)
  const admin = boot.user?.role === 'admin'
  return html`<details class="menu"><summary class="btn ghost" aria-label="More about this page">${icon(pen, 'ellipsis')}</summary>
  <ul class="pop">${mayWrite ? deed(pen, 'rename') : ''}
  ${boot.mayWrite ? way(pen, 'new-under', addressUnder(page)) : ''}
  ${boot.mayWrite ? deed(pen, 'duplicate') : ''}
  ${deed(pen, 'latest-change')}
  ${boot.user ? deed(pen, boot.shelf.starred.some(({ id }) => id === page.id) ? 'unstar' : 'star') : ''}
  ${deed(pen, 'copy-link')}
  ${way(pen, 'attachments', pathOf(page.title, '/attachments/'))}
  <li><a href="${`${page.path}.md`}" data-full>${pen.raw(svg)}${name}</a></li>
  ${mayWrite ? deed(pen, 'note') : ''}
  ${mayWrite ? deed(pen, page.locked ? 'unlock' : 'lock') : ''}
  ${admin ? deed(pen, page.protection === null ? 'protect' : 'unprotect') : ''}
  ${mayWrite ? deed(pen, 'delete') : ''}</ul></details>`
}

/** Where a page under this one is begun. */
export function addressUnder({ title }: Pick<Page, 'title'>): string {
  return `/create?title=${encodeURIComponent(`${title}/`)}`
}

/** Who is signed in, and what belongs to them. */
export function meMenu<H>(pen: Pen<H>, user: Person, drafts = 0): H {
  const { html } = pen
  const count = drafts > 0 ? html`<span class="n">${drafts}</span>` : ''
  return html`<details class="menu up"><summary class="who">${pen.avatar(user)}<span class="name">${user.username}</span>${count}</summary>
  <ul class="pop">${way(pen, 'profile', '/profile')}
  <li><a href="/drafts">${icon(pen, 'archiveRestore')}${SCREEN_ACTIONS.drafts.name}${count}</a></li>
  <li><a href="/logout" data-do="sign-out">${icon(pen, 'logOut')}${SCREEN_ACTIONS['sign-out'].name}</a></li></ul></details>`
}

/** The rows of one level of the tree, and of the levels below it that are open. Titles in `open` are keys. */
export function treeRows<H>(pen: Pen<H>, tree: Tree, under: string, current: string | null, open: Set<string>): H {
  const { html } = pen
  const rows = (tree[under] ?? []).map(branch => {
    const key = titleKey(branch.title)
    const here = current !== null && key === titleKey(current)
    const below = Object.keys(tree).find(title => title !== '' && titleKey(title) === key)
    const opened = open.has(key) && below !== undefined
    const leaf = leafOf(branch.title)
    const twist = html`<button type="button" class="twist" data-title="${branch.title}"
      aria-expanded="${opened ? 'true' : 'false'}" aria-label="Pages under ${leaf}">${icon(pen, 'chevronRight')}</button>`
    return html`<li>
      <span class="branch ${here ? 'here' : ''}" data-title="${branch.title}">${branch.children > 0 ? twist : html`<span class="twist"></span>`}<a
        class="${branch.page === null ? 'unwritten' : ''}" href="${branch.path}"
        aria-current="${here ? 'page' : 'false'}">${leaf}</a>${branch.page === null ? '' : html`<page-faces page="${branch.page}"></page-faces>`}</span>
      ${opened ? treeRows(pen, tree, below, current, open) : ''}
    </li>`
  })
  return html`<ul>${rows}</ul>`
}

const RECENT_SHOWN = 4

/** The pages at hand: starred ones, then those seen last but the one that is shown. */
export function shelfRows<H>(pen: Pen<H>, { starred, recent }: Boot['shelf'], current: number | null): H | '' {
  const { html } = pen
  const last = recent.filter(({ id }) => id !== current).slice(0, RECENT_SHOWN)
  if (starred.length + last.length === 0) return ''
  const row = (name: IconName, kind: string) => (page: Page) =>
    html`<li><a href="${page.path}" title="${kind}: ${page.title}" aria-current="${page.id === current ? 'page' : 'false'}">${icon(pen, name)}<span>${leafOf(page.title)}</span></a></li>`
  return html`<h2 class="h" id="shelf-heading">At hand</h2><ul class="shelf" aria-labelledby="shelf-heading">${starred.map(row('star', 'Starred'))}${last.map(row('history', 'Seen lately'))}</ul>`
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
