// The screens of what happened, of a person, and of the trash; and what happened as Atom (RFC 4287).
// ChangesAsked · changesAsked · changesPath · changesScreen · personScreen · trashScreen · atom

import type { Boot } from '../../shared/boot.ts'
import { ICONS } from '../../shared/icons.ts'
import { personPath } from '../../shared/people.ts'
import type { Pen } from '../../shared/pieces.ts'
import { changeRows, deedOf, deletionRows, sizeWords } from '../../shared/pieces-changes.ts'
import { pageRows } from '../../shared/pieces-rows.ts'
import type { Happening, Output } from '../../shared/protocol.ts'
import { leafOf } from '../../shared/titles.ts'
import type { Screen } from './document.ts'
import { type Html, html, raw } from './html.ts'
import { place, top } from './screens.ts'

/** What the address asks for: a person's name, a tag, people or programs. */
export interface ChangesAsked {
  user: string
  tag: string
  by: '' | 'people' | 'programs'
}

/** Reads it from an address. */
export function changesAsked(query: Record<string, unknown>): ChangesAsked {
  const given = (name: string) => {
    const value = query[name]
    return typeof value === 'string' ? value.trim().slice(0, 100) : ''
  }
  const by = given('by')
  return { user: given('user'), tag: given('tag'), by: by === 'people' || by === 'programs' ? by : '' }
}

/** An address of the feed, or of its Atom form. */
export function changesPath(asked: Partial<ChangesAsked>, after?: string, path = '/changes'): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries({ ...asked, after })) if (value) query.set(name, value)
  return query.size > 0 ? `${path}?${query}` : path
}

function older(next: string | null, address: string, words: string): Html | '' {
  if (next === null) return ''
  const sign = address.includes('?') ? '&' : '?'
  return html`<p class="more"><a class="btn" rel="next" href="${`${address}${sign}after=${encodeURIComponent(next)}`}">${words}</a></p>`
}

/** What happened, newest first, with its filters. */
export function changesScreen(pen: Pen<Html>, boot: Boot, asked: ChangesAsked): Screen {
  const { changes, next } = boot.changes!
  const feed = changesPath(asked, undefined, '/changes.atom')
  const chip = (by: ChangesAsked['by'], words: string) =>
    html`<a class="chip" href="${changesPath({ ...asked, by })}" ${asked.by === by && html`aria-current="true"`}>${words}</a>`
  const input = (name: 'user' | 'tag', words: string) =>
    html`<input name="${name}" value="${asked[name]}" aria-label="${words}" placeholder="${words}" autocomplete="off" maxlength="100">`
  const none = html`<p class="empty">Nothing of this kind has happened.</p>`
  return {
    title: 'Recent changes · Chorus',
    layout: 'app',
    head: html`<link rel="alternate" type="application/atom+xml" href="${feed}" title="Recent changes">`,
    body: html`<changes-view class="view">
${top(place('Recent changes'), html`<div class="right"><a class="btn ghost" href="${feed}" data-full aria-label="Recent changes as a feed">${raw(ICONS.rss)}<span class="label">Feed</span></a></div>`)}
<main id="main" tabindex="-1"><div class="col wide">
<h1 class="title">Recent changes</h1>
<div class="chips"><nav class="kinds" aria-label="Made by">${chip('', 'Everything')}${chip('people', 'People')}${chip('programs', 'Programs')}</nav>
<form class="asked" action="/changes" role="search" aria-label="Filter changes">${asked.by && html`<input type="hidden" name="by" value="${asked.by}">`}
<span class="filter">${raw(ICONS.users)}${input('user', 'Person')}</span><span class="filter">${raw(ICONS.listFilter)}${input('tag', 'Tag')}</span><button class="btn ghost">Filter</button></form></div>
<change-list class="feed">${changes.length > 0 ? changeRows(pen, changes, { since: boot.since }) : none}
${older(next, changesPath(asked), 'Older changes')}</change-list>
</div></main></changes-view>`,
  }
}

/** Somebody: what they did lately, and the pages they began. */
export function personScreen(pen: Pen<Html>, boot: Boot, who: Output<'user:read'>): Screen {
  const { username } = who.user
  const { changes, next } = boot.changes!
  const own = boot.list!.pages
  const count = who.pages === 1 ? 'one page begun' : `${who.pages.toLocaleString('en')} pages begun`
  const none = html`<p class="empty">${username} has written nothing yet.</p>`
  return {
    title: `${username} · Chorus`,
    layout: 'app',
    body: html`<person-view class="view">
${top(place(username))}
<main id="main" tabindex="-1"><div class="col wide">
<div class="face-line">${pen.avatar(who.user)}<div><h1 class="title">${username}</h1>
<p class="note">here since ${pen.when(who.createdAt, 'day')} · ${count}</p></div></div>
<section aria-labelledby="lately"><h2 class="h" id="lately">Lately</h2>
<change-list class="feed">${changes.length > 0 ? changeRows(pen, changes, { since: null }) : none}
${older(next, changesPath({ user: username }), 'Older changes')}</change-list></section>
${
  own.length > 0 &&
  html`<section aria-labelledby="begun"><h2 class="h" id="begun">Pages that ${username} began</h2>
<div class="feed">${pageRows(pen, own, { grouped: false, since: null, me: boot.user?.id ?? null })}</div></section>`
}
</div></main></person-view>`,
  }
}

/** What was deleted, and can be restored. */
export function trashScreen(pen: Pen<Html>, boot: Boot, days: number): Screen {
  const { deleted, next } = boot.trash!
  const admin = boot.user?.role === 'admin'
  return {
    title: 'Trash · Chorus',
    layout: 'app',
    body: html`<trash-view class="view">
${top(place('Trash'))}
<main id="main" tabindex="-1"><div class="col wide settings">
<h1 class="title">Trash</h1>
<p class="lead">Deleted pages stay here for ${days} days, with all that belongs to them. Restored, they are as they were.</p>
<p class="trouble-note" role="alert"></p>
<trash-list class="feed">${deleted.length > 0 ? deletionRows(pen, deleted, { admin }) : html`<p class="empty">Nothing has been deleted.</p>`}
${older(next, '/trash', 'More deleted pages')}</trash-list>
</div></main></trash-view>`,
  }
}

/** What happened, as a feed; `origin` is this wiki's address, `self` the feed's own. */
export function atom(changes: Happening[], { origin, self }: { origin: string; self: string }): string {
  const entry = (change: Happening) => {
    const { id, title, path, user, at, beganAt, note } = change
    const summary = [sizeWords(change), note ? `“${note}”` : ''].filter(Boolean).join(' · ')
    return html`<entry><id>${`${origin}/changes#${id}`}</id><title>${`${leafOf(title)}: ${user.username} ${deedOf(change)}`}</title>
<updated>${at}</updated><published>${beganAt}</published><link href="${origin + (path ?? '/changes')}"/>
<author><name>${user.username}</name><uri>${origin + personPath(user.username)}</uri></author><summary>${summary}</summary></entry>\n`
  }
  return html`<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><id>${origin + self}</id><title>Chorus: recent changes</title>
<link rel="self" href="${origin + self}"/><link href="${origin}/changes"/><updated>${changes[0]?.at ?? new Date(0).toISOString()}</updated>
${changes.map(entry)}</feed>
`.text
}
