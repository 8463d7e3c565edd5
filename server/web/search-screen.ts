// The screen that searches: words and how to narrow them, and the pages that answer.
// Asked · askedOf · searchScreen

import { ICONS } from '../../shared/icons.ts'
import { marked, type Pen } from '../../shared/pieces.ts'
import type { Input, Output } from '../../shared/protocol.ts'
import { parentOf } from '../../shared/titles.ts'
import type { Screen } from './document.ts'
import { type Html, html, raw } from './html.ts'
import { place, top } from './screens.ts'

/** What an address asks for, as it was typed. */
export interface Asked {
  q: string
  under: string
  author: string
  tag: string
  since: string
  after: string
}

const DAY = 86_400_000

/** How far back “changed since” may look. */
const SINCE: Record<string, [words: string, milliseconds: number]> = {
  day: ['In the last day', DAY],
  week: ['In the last week', 7 * DAY],
  month: ['In the last month', 30 * DAY],
  year: ['In the last year', 365 * DAY],
}

/** What the query of an address asks for; what does not belong there is left out. */
export function askedOf(query: Record<string, unknown>): Asked {
  const field = (name: string, most: number) => {
    const value = query[name]
    return typeof value === 'string' ? value.trim().slice(0, most) : ''
  }
  const since = field('since', 10)
  return {
    q: field('q', 200),
    under: field('under', 250),
    author: field('author', 50),
    tag: field('tag', 100),
    since: Object.hasOwn(SINCE, since) ? since : '',
    after: /^\d{1,6}$/.test(field('after', 6)) ? field('after', 6) : '',
  }
}

/** The command's input for it. */
export function searchInput({ q, under, author, tag, since, after }: Asked): Input<'search:find'> {
  return {
    query: q,
    ...(under && { under }),
    ...(author && { author }),
    ...(tag && { tag }),
    ...(since && { since: new Date(Date.now() - SINCE[since]![1]).toISOString() }),
    ...(after && { after }),
  }
}

function addressOf(asked: Asked): string {
  const fields = Object.entries(asked).filter(([, value]) => value !== '')
  return `/search?${new URLSearchParams(fields)}`
}

/** Words, what narrows them, and the answers; `trouble` says in words what could not be asked. */
export function searchScreen(
  pen: Pen<Html>,
  asked: Asked,
  { hits, next }: Output<'search:find'>,
  trouble: string | null,
): Screen {
  const narrow = (label: string, name: 'under' | 'author' | 'tag', hint: string) =>
    html`<label>${label}<input type="text" name="${name}" value="${asked[name]}" placeholder="${hint}" autocomplete="off" autocapitalize="none" maxlength="250"></label>`
  const option = ([value, [words]]: [string, [string, number]]) =>
    html`<option value="${value}" ${value === asked.since && html`selected`}>${words}</option>`
  const isNarrow = asked.under || asked.author || asked.tag || asked.since
  const hit = ({ page, path, heading, title, text, marks }: (typeof hits)[number]) => {
    const start = page.title.length - page.title.slice(page.title.lastIndexOf('/') + 1).length
    const inLeaf = title
      .filter(([from]) => from >= start)
      .map(([from, to]): [number, number] => [from - start, to - start])
    const under = parentOf(page.title).replaceAll('/', ' / ')
    const where = [under, heading].filter(words => words !== '').join(' · ')
    return html`<li class="hit">${pen.avatar(page.editor)}<div><a class="row-title" href="${path}">${marked(pen, page.title.slice(start), inLeaf)}</a><page-faces page="${page.id}"></page-faces>
${where && html`<span class="hit-where">${where}</span>`}
<p class="hit-text">${marked(pen, text, marks)}</p>
<p class="row-note">${page.editor.username}, ${pen.when(page.updatedAt, 'sentence')}</p></div></li>`
  }
  const answers =
    asked.q === ''
      ? html`<p class="hint">Words are found in any form of their letters, also as the beginning or a part of another. “Quotes” keep words together; a -minus leaves pages out.</p>`
      : hits.length > 0
        ? html`<ol class="hits">${hits.map(hit)}</ol>
${next && html`<p class="more"><a class="btn" rel="next" href="${addressOf({ ...asked, after: next })}">More answers</a></p>`}`
        : html`<p class="empty">${trouble ?? `No page has “${asked.q}”${isNarrow ? ' in what you narrowed it to' : ''}.`}</p>`
  return {
    title: asked.q ? `${asked.q} · Search · Chorus` : 'Search · Chorus',
    layout: 'app',
    body: html`<search-view class="view">
${top(place('Search'))}
<main id="main" tabindex="-1"><div class="col wide">
<h1 class="title">Search</h1>
<form role="search" action="/search" class="finder" aria-label="All pages">
<div class="finder-words"><input type="search" name="q" value="${asked.q}" aria-label="Words" placeholder="Words, or “a phrase”" autocomplete="off" maxlength="200"><button class="btn primary">${raw(ICONS.search)}<span class="label">Search</span></button></div>
<details class="finder-narrow" ${isNarrow && html`open`}><summary>Narrow it</summary><div class="fields">
${narrow('Under the page', 'under', 'Bakery handbook')}${narrow('Written by', 'author', 'ada')}${narrow('Tag', 'tag', '#orders')}
<label>Changed<select name="since"><option value="">At any time</option>${Object.entries(SINCE).map(option)}</select></label></div></details>
</form>
<div class="found" aria-busy="false">${answers}</div>
</div></main></search-view>`,
  }
}
