// What stands around an article while it is read, drawn alike on both sides.
// contentsList · crumbs · byline · readingActions · guardNote · deedsWith · pageMenu · addressUnder

import { type Named, SCREEN_ACTIONS, type ScreenAction } from './actions.ts'
import { type Boot, mayEdit } from './boot.ts'
import type { Heading } from './markdown.ts'
import { icon, type Pen, way } from './pieces.ts'
import { untouched } from './pieces-rows.ts'
import type { Page } from './protocol.ts'
import { pathOf } from './titles.ts'

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

/** What whoever looks may do with a page, besides reading and writing it: menu and palette offer the same. */
export function deedsWith(page: Page, boot: Pick<Boot, 'mayWrite' | 'user' | 'shelf'>): ReadonlySet<ScreenAction> {
  const deeds: ScreenAction[] = ['latest-change', 'copy-link', 'attachments', 'as-markdown']
  if (boot.mayWrite) deeds.push('new-under', 'duplicate')
  if (boot.user) deeds.push(boot.shelf.starred.some(({ id }) => id === page.id) ? 'unstar' : 'star')
  if (mayEdit(boot, page)) deeds.push('rename', 'note', page.locked ? 'unlock' : 'lock', 'delete')
  if (boot.user?.role === 'admin') deeds.push(page.protection === null ? 'protect' : 'unprotect')
  return new Set(deeds)
}

/** The rarer things that can be done with a page. */
export function pageMenu<H>(pen: Pen<H>, page: Page, boot: Pick<Boot, 'mayWrite' | 'user' | 'shelf'>): H {
  const { html } = pen
  const { name, icon: svg } = SCREEN_ACTIONS['as-markdown']
  const deeds = deedsWith(page, boot)
  const offered = (...names: ScreenAction[]) => names.filter(name => deeds.has(name)).map(name => deed(pen, name))
  return html`<details class="menu"><summary class="btn ghost" aria-label="More about this page">${icon(pen, 'ellipsis')}</summary>
  <ul class="pop">${offered('rename')}
  ${deeds.has('new-under') ? way(pen, 'new-under', addressUnder(page)) : ''}
  ${offered('duplicate', 'latest-change', 'star', 'unstar', 'copy-link')}
  ${way(pen, 'attachments', pathOf(page.title, '/attachments/'))}
  <li><a href="${`${page.path}.md`}" data-full>${pen.raw(svg)}${name}</a></li>
  ${offered('note', 'lock', 'unlock', 'protect', 'unprotect', 'delete')}</ul></details>`
}

/** Where a page under this one is begun. */
export function addressUnder({ title }: Pick<Page, 'title'>): string {
  return `/create?title=${encodeURIComponent(`${title}/`)}`
}
