// The screens that are read: home, all pages, an article, what is missing.
// top · homeScreen · pagesScreen · articleScreen · missingScreen

import type { Boot } from '../../shared/boot.ts'
import { ICONS } from '../../shared/icons.ts'
import type { Pen } from '../../shared/pieces.ts'
import { backlinkRows, lookForMentions } from '../../shared/pieces-links.ts'
import { byline, contentsList, crumbs, guardNote, readingActions } from '../../shared/pieces-page.ts'
import { nobody, pageRows } from '../../shared/pieces-rows.ts'
import type { Branch, Deletion, Page } from '../../shared/protocol.ts'
import { leafOf, parentOf, pathOf } from '../../shared/titles.ts'
import { hourIn } from '../../shared/when.ts'
import type { Shown } from './articles.ts'
import type { Screen } from './document.ts'
import { type Html, html, raw } from './html.ts'

/** The bar above a screen: where one is, and what one can do. */
export function top(where: Html, right: Html | '' = ''): Html {
  return html`<section class="top" aria-label="This screen">
<a class="btn ghost menu-button" href="#rail" aria-label="Menu">${raw(ICONS.menu)}</a>
<nav class="crumb" aria-label="Breadcrumbs">${where}</nav>
${right}
</section>`
}

/** Breadcrumbs of a screen that is no page. */
export function place(name: string): Html {
  return html`<ol><li aria-current="page">${name}</li></ol>`
}

const newPage = html`<a class="btn primary" href="/create">${raw(ICONS.plus)}<span class="label">New page</span></a>`

function greeting(boot: Boot, timeZone: string | null): string {
  if (!boot.user) return 'Welcome'
  const hour = timeZone === null ? null : hourIn(timeZone)
  const words =
    hour === null
      ? 'Hello'
      : hour < 5
        ? 'Good night'
        : hour < 12
          ? 'Good morning'
          : hour < 18
            ? 'Good afternoon'
            : 'Good evening'
  return `${words}, ${boot.user.username}`
}

function filter(match: string, awakeOnly = false): Html {
  return html`<form class="filter ${awakeOnly && 'awake'}" role="search" aria-label="Filter" action="/pages">${raw(ICONS.listFilter)}<input
  type="search" name="match" value="${match}" aria-label="Filter pages by title" placeholder="Filter pages" autocomplete="off" maxlength="200"></form>`
}

function more(boot: Boot, address: string): Html | '' {
  if (!boot.list?.next) return ''
  const query = `${address.includes('?') ? '&' : '?'}after=${encodeURIComponent(boot.list.next)}`
  return html`<p class="more"><a class="btn" rel="next" href="${address + query}">More pages</a></p>`
}

/** Home: what has changed, newest first. */
export function homeScreen(pen: Pen<Html>, boot: Boot, timeZone: string | null): Screen {
  const pages = boot.list!.pages
  const roots = (boot.tree[''] ?? []).filter(({ children }) => children > 0).sort((a, b) => b.children - a.children)
  const chip = (show: string, words: string, pressed = false) =>
    html`<button type="button" class="chip" data-show="${show}" aria-pressed="${pressed ? 'true' : 'false'}">${words}</button>`
  const chips = html`<div class="chips">${filter('')}<div class="awake" role="group" aria-label="Show">
${chip('', 'Everything', true)}${boot.user && chip('mine', 'Mine')}${roots.slice(0, 4).map(({ title }) => chip(`under:${title}`, title))}</div></div>`
  return {
    title: 'Chorus',
    layout: 'app',
    body: html`<home-view class="view">
${top(place('Home'), html`<div class="right"><writing-now></writing-now>${boot.mayWrite && newPage}</div>`)}
<main id="main" tabindex="-1"><div class="col wide">
<h1 class="title">${greeting(boot, timeZone)}</h1>
${pages.length > 0 && chips}
<page-list class="feed" grouped>${pages.length > 0 ? pageRows(pen, pages, { grouped: true, since: boot.since, me: boot.user?.id ?? null, presence: new Map(boot.presence?.map(there => [there.page, there])) }) : nobody(pen, boot)}
${more(boot, '/')}</page-list>
</div></main></home-view>`,
  }
}

/** All pages, or those whose title holds some words. */
export function pagesScreen(pen: Pen<Html>, boot: Boot, match: string): Screen {
  const { pages } = boot.list!
  const none = match ? html`<p class="empty">No page has “${match}” in its title.</p>` : nobody(pen, boot)
  const address = match ? `/pages?match=${encodeURIComponent(match)}` : '/pages'
  return {
    title: 'All pages · Chorus',
    layout: 'app',
    body: html`<pages-view class="view">
${top(place('All pages'), html`<div class="right">${boot.mayWrite && newPage}</div>`)}
<main id="main" tabindex="-1"><div class="col wide">
<h1 class="title">All pages</h1>
<div class="chips">${filter(match)}<p class="count">${boot.total === 1 ? 'One page' : `${boot.total.toLocaleString('en')} pages`}</p></div>
<page-list class="feed" match="${match}">${pages.length > 0 ? pageRows(pen, pages, { grouped: false, since: null, me: boot.user?.id ?? null }) : none}
${more(boot, address)}</page-list>
</div></main></pages-view>`,
  }
}

function linkedFrom(pen: Pen<Html>, { backlinks }: Boot): Html {
  const links = backlinks?.links ?? []
  return html`<h2 class="h">Linked from</h2>
${links.length > 0 ? backlinkRows(pen, links) : html`<p class="none">No page links here yet.</p>`}
${lookForMentions(pen)}`
}

/** A page to be read. */
export function articleScreen(pen: Pen<Html>, boot: Boot, shown: Shown): Screen {
  const page = boot.page!
  const leaf = leafOf(page.title)
  const empty = html`<p class="empty">Nothing is written here yet.</p>`
  return {
    title: `${leaf} · Chorus`,
    description: shown.summary,
    head: html`<link rel="canonical" href="${page.path}">
<link rel="alternate" type="text/markdown" href="${page.path}.md">`,
    layout: 'app',
    body: html`<page-view class="view with-side">
${top(html`<page-crumbs>${crumbs(pen, page.title)}</page-crumbs>`, html`<page-actions class="right">${readingActions(pen, page, boot)}</page-actions>`)}
<main id="main" tabindex="-1"><div class="col">
<h1 class="title" id="${shown.titleId ?? 'title'}">${leaf}</h1>
<page-byline class="by">${byline(pen, page)}</page-byline>
<page-guard>${guardNote(pen, page)}</page-guard>
<article class="article">${shown.html.trim() === '' ? empty : raw(shown.html)}</article>
<linked-from class="linked-from">${linkedFrom(pen, boot)}</linked-from>
</div></main>
<aside class="side" aria-label="About this page"><page-contents>${contentsList(pen, shown.headings)}</page-contents><here-now class="grp"></here-now></aside>
</page-view>`,
  }
}

/** A title that nobody has written. */
export function missingScreen(
  pen: Pen<Html>,
  boot: Boot,
  title: string,
  near: Page[],
  below: Branch[],
  trashed: Deletion | null,
): Screen {
  const create = `/create?title=${encodeURIComponent(title)}`
  const offer = boot.mayWrite
    ? html`<a class="btn primary" href="${create}">${raw(ICONS.pencil)}Write it</a>`
    : boot.user
      ? html`Your account may read, but not write.`
      : html`<a class="btn primary" href="/login?next=${encodeURIComponent(pathOf(title))}">Sign in to write it</a>`
  const list = (name: string, entries: { title: string; path: string }[]) =>
    entries.length > 0 &&
    html`<section><h2 class="h">${name}</h2><ul class="links">${entries.map(
      entry =>
        html`<li><a href="${entry.path}">${leafOf(entry.title)}</a>${
          parentOf(entry.title) && html` <small>${parentOf(entry.title)}</small>`
        }</li>`,
    )}</ul></section>`
  return {
    title: `${leafOf(title)} · Chorus`,
    layout: 'app',
    body: html`<missing-view class="view" data-title="${title}">
${top(crumbs(pen, title))}
<main id="main" tabindex="-1"><div class="col">
<h1 class="title">${leafOf(title)}</h1>
<div class="empty"><p>${trashed ? html`${trashed.by.username} deleted this page ${pen.when(trashed.at, 'sentence')}. It can be restored from the <a href="/trash">trash</a>.` : 'Nobody has written this page yet.'}</p><p>${offer}</p></div>
${list('Written below it', below)}
${list('Perhaps you are looking for', near)}
</div></main></missing-view>`,
  }
}
