// The screens that list: tags, the pages of one, what wants mending.
// tagsScreen · tagScreen · maintenanceScreen

import type { Boot } from '../../shared/boot.ts'
import type { Pen } from '../../shared/pieces.ts'
import { MENDING, maintenanceRows } from '../../shared/pieces-links.ts'
import { pageRows } from '../../shared/pieces-rows.ts'
import type { MaintenanceKind, Output } from '../../shared/protocol.ts'
import { tagPath } from '../../shared/tags.ts'
import type { Screen } from './document.ts'
import { type Html, html } from './html.ts'
import { place, top } from './screens.ts'

function more(next: string | null, address: string): Html | '' {
  if (!next) return ''
  const query = `${address.includes('?') ? '&' : '?'}after=${encodeURIComponent(next)}`
  return html`<p class="more"><a class="btn" rel="next" href="${address + query}">More</a></p>`
}

/** Every tag, with how many pages bear it. */
export function tagsScreen({ tags, next }: Output<'tag:list'>): Screen {
  const entry = ({ tag, pages }: (typeof tags)[number]) =>
    html`<li><a class="tag" href="${tagPath(tag)}">#${tag}</a> <small>${pages.toLocaleString('en')}</small></li>`
  const none = html`<p class="empty">No page has a tag yet. Write <code>#bread</code> anywhere in a text.</p>`
  return {
    title: 'Tags · Chorus',
    layout: 'app',
    body: html`<tags-view class="view">
${top(place('Tags'))}
<main id="main" tabindex="-1"><div class="col wide">
<h1 class="title">Tags</h1>
<div class="live-part">${tags.length > 0 ? html`<ul class="tags">${tags.map(entry)}</ul>` : none}
${more(next, '/tags')}</div>
</div></main></tags-view>`,
  }
}

/** The pages that bear a tag. */
export function tagScreen(pen: Pen<Html>, boot: Boot, tag: string, { pages, next }: Output<'tag:pages'>): Screen {
  const rows = pageRows(pen, pages, { grouped: false, since: null, me: boot.user?.id ?? null })
  return {
    title: `#${tag} · Chorus`,
    layout: 'app',
    body: html`<tags-view class="view" data-tag="${tag}">
${top(html`<ol><li><a href="/tags">Tags</a></li><li aria-current="page">#${tag}</li></ol>`)}
<main id="main" tabindex="-1"><div class="col wide">
<h1 class="title">#${tag}</h1>
<div class="live-part">${pages.length > 0 ? rows : html`<p class="empty">No page has this tag.</p>`}
${more(next, tagPath(tag))}</div>
</div></main></tags-view>`,
  }
}

/** One of the lists of what wants mending. */
export function maintenanceScreen(
  pen: Pen<Html>,
  kind: MaintenanceKind,
  { rows, next }: Output<'maintenance:list'>,
): Screen {
  const tab = (name: MaintenanceKind) =>
    html`<li><a class="chip" href="/maintenance?list=${name}" ${name === kind && html`aria-current="page"`}>${MENDING[name].name}</a></li>`
  return {
    title: `${MENDING[kind].name} · Chorus`,
    layout: 'app',
    body: html`<maintenance-view class="view">
${top(place('Maintenance'))}
<main id="main" tabindex="-1"><div class="col wide">
<h1 class="title">Maintenance</h1>
<nav aria-label="Lists"><ul class="chips tabs">${(Object.keys(MENDING) as MaintenanceKind[]).map(tab)}</ul></nav>
<h2 class="h">${MENDING[kind].name}</h2>
<p class="means">${MENDING[kind].means}</p>
<div class="live-part">${maintenanceRows(pen, kind, rows)}
${more(next, `/maintenance?list=${kind}`)}</div>
</div></main></maintenance-view>`,
  }
}
