// The frame around every screen: head, sidebar, boot data.
// Screen · Frame · documentOf

import type { Boot } from '../../shared/boot.ts'
import { ICONS, MARK } from '../../shared/icons.ts'
import { meMenu, type Pen, shelfRows, treeRows } from '../../shared/pieces.ts'
import { parentOf, titleKey } from '../../shared/titles.ts'
import type { Build } from './build.ts'
import { type Html, html, json, raw } from './html.ts'

/** One screen: what stands inside the frame, and what the frame says about it. */
export interface Screen {
  title: string
  description?: string
  /** Further elements of the head. */
  head?: Html
  /** `app` has the sidebar; `plain` is for who has not come in yet. */
  layout: 'app' | 'plain'
  body: Html
}

/** What the frame itself needs. */
export interface Frame {
  build: Build
  pen: Pen<Html>
  boot: Boot
  /** The address that is shown, to mark it in the sidebar. */
  path: string
}

/** A whole document. */
export function documentOf(screen: Screen, frame: Frame): Html {
  const { build, boot } = frame
  const own = build.screens[elementOf(screen)]
  const fonts = build.fonts.filter(({ where }) => where.test(screen.body.text))
  const head = html`<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${screen.title}</title>
<meta name="description" content="${screen.description || 'A wiki that everyone edits at once.'}">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" media="(prefers-color-scheme: light)" content="#f6f4ee">
<meta name="theme-color" media="(prefers-color-scheme: dark)" content="#1d1f23">
<link rel="icon" href="/mark.svg" type="image/svg+xml">
<link rel="manifest" href="/app.webmanifest">
${fonts.map(({ file }) => html`<link rel="preload" href="${file}" as="font" type="font/woff2" crossorigin>\n`)}
${build.style && html`<link rel="stylesheet" href="${build.style}">`}
${build.early && html`<script src="${build.early}"></script>`}
${own?.styles.map(file => html`<link rel="stylesheet" href="${file}">\n`)}
${[...build.imports, ...(own?.scripts ?? [])].map(file => html`<link rel="modulepreload" href="${file}">\n`)}
${build.script && html`<script type="module" src="${build.script}"></script>`}
${screen.head}`
  return html`<!doctype html>
<html lang="en">
<head>
${head}
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<app-shell class="${screen.layout}">
${screen.layout === 'app' && rail(frame)}
${screen.body}
</app-shell>
<script type="application/json" id="boot">${json(boot)}</script>
</body>
</html>
`
}

/** The element that a screen is. */
function elementOf({ body }: Screen): string {
  return /^<([a-z-]+)/.exec(body.text)?.[1] ?? ''
}

function rail({ boot, path, pen }: Frame): Html {
  const entry = (href: string, name: keyof typeof ICONS, words: string, note: string | number = '') =>
    html`<li><a href="${href}" ${path === href && html`aria-current="page"`}>${raw(ICONS[name])}${words}${
      note !== '' && html`<span class="n">${note}</span>`
    }</a></li>`
  return html`<header class="rail" id="rail" tabindex="-1">
<a class="mark" href="/">${raw(MARK)}Chorus</a>
<form role="search" action="/search" class="search" aria-label="Everything">${raw(ICONS.search)}<input type="search" name="q"
  aria-label="Search or jump" placeholder="Search or jump to…" autocomplete="off" maxlength="200"><kbd class="keys">Ctrl K</kbd></form>
<nav class="nav" aria-label="Main"><ul>
${entry('/', 'house', 'Home')}
${entry('/pages', 'files', 'All pages', boot.total.toLocaleString('en'))}
${entry('/tags', 'tag', 'Tags')}
${boot.user && entry('/maintenance', 'wrench', 'Maintenance')}
${entry('/changes', 'history', 'Recent changes')}
${boot.mayWrite && entry('/trash', 'trash', 'Trash')}
${boot.mayWrite && entry('/today', 'calendar', 'Today')}
${boot.user?.role === 'admin' && entry('/people', 'users', 'People')}
${boot.user?.role === 'admin' && entry('/files', 'paperclip', 'Files')}
</ul></nav>
<nav class="pages" aria-labelledby="tree-heading"><page-shelf>${boot.user ? shelfRows(pen, boot.shelf, boot.page?.id ?? null) : ''}</page-shelf><h2 class="h" id="tree-heading">Pages</h2>
<page-tree>${treeRows(pen, boot.tree, '', boot.page?.title ?? null, opened(boot))}</page-tree></nav>
<div class="me"><me-menu>${me(boot, pen)}</me-menu><line-dot></line-dot></div>
</header>`
}

function me({ user }: Boot, pen: Pen<Html>): Html {
  return user
    ? meMenu(pen, user)
    : html`<a class="btn" href="/login">Sign in</a><a class="btn ghost" href="/register">Make an account</a>`
}

/** The branches that lead to the page and the one below it. */
function opened({ page }: Boot): Set<string> {
  const open = new Set<string>()
  for (let title = page?.title ?? ''; title !== ''; title = parentOf(title)) open.add(titleKey(title))
  return open
}
