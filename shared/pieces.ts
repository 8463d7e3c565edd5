// The pieces of a screen that server and client both draw, so that what wakes up looks as it did asleep.
// Pen · icon · marked · way · meMenu · treeRows · shelfRows

import { SCREEN_ACTIONS, type ScreenAction } from './actions.ts'
import type { Boot, Tree } from './boot.ts'
import { ICONS, type IconName } from './icons.ts'
import type { Mark, Page, Person } from './protocol.ts'
import { leafOf, titleKey } from './titles.ts'
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

/** A link of a menu. */
export function way<H>(pen: Pen<H>, name: ScreenAction, address: string): H {
  const { name: words, icon: svg } = SCREEN_ACTIONS[name]
  return pen.html`<li><a href="${address}">${pen.raw(svg)}${words}</a></li>`
}

/** Who is signed in, and what belongs to them. */
export function meMenu<H>(pen: Pen<H>, user: Person, drafts = 0): H {
  const { html } = pen
  const count =
    drafts > 0
      ? html`<span class="n" title="Recovered drafts">${drafts}<span class="unseen"> recovered</span></span>`
      : ''
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
        aria-current="${here ? 'page' : 'false'}">${leaf}</a><page-faces page="${branch.page ?? ''}" under="${branch.children > 0 && !opened ? branch.title : ''}"></page-faces></span>
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
