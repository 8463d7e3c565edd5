// Links are red where nobody has written the page, and turn blue or red on every screen the moment that changes.
// followTitles

import type { Page } from '../shared/protocol.ts'
import { leafOf, titleKey } from '../shared/titles.ts'
import { ask } from './ask.ts'
import { connection } from './connection.ts'

/** Milliseconds that titles are gathered before the server is asked where they lead now. */
const GATHER = 60
/** As many titles as the server takes at once. */
const MOST = 500

const wanted = new Set<string>()
let timer: ReturnType<typeof setTimeout> | undefined

/** Keeps the wiki links of the document up with pages that are made, renamed, deleted and brought back. */
export function followTitles(): void {
  connection.on('page:created', ({ page }) => {
    turnBlue(page)
    look(page.title)
  })
  connection.on('page:renamed', ({ page, from }) => {
    turnBlue(page)
    look(page.title, from)
  })
  connection.on('page:deleted', ({ page }) => look(page.title))
  connection.on('page:restored', ({ page }) => look(page.title))
  connection.on('names:changed', ({ names }) => names.length > 0 && lookFor(new Set(names)))
}

/** A link to the whole title needs no answer of the server's. */
function turnBlue(page: Page): void {
  const whole = titleKey(page.title)
  for (const link of document.querySelectorAll<HTMLAnchorElement>('a.wiki.missing[data-title]'))
    if (titleKey(link.dataset.title!) === whole) paint(link, page.path)
}

/** Looks again where links lead that may mean one of these titles. */
function look(...titles: string[]): void {
  lookFor(new Set(titles.flatMap(title => [titleKey(title), titleKey(leafOf(title))])))
}

function lookFor(keys: Set<string>): void {
  for (const { dataset } of document.querySelectorAll<HTMLAnchorElement>('a.wiki[data-title]'))
    if (keys.has(titleKey(dataset.title!))) wanted.add(dataset.title!)
  if (wanted.size > 0 && timer === undefined) timer = setTimeout(() => void resolve(), GATHER)
}

async function resolve(): Promise<void> {
  timer = undefined
  const titles = [...wanted].slice(0, MOST)
  for (const title of titles) wanted.delete(title)
  const answer = await ask('link:resolve', { titles }).catch(() => null)
  const found = new Map(answer?.links.map(link => [link.title, link]))
  for (const link of document.querySelectorAll<HTMLAnchorElement>('a.wiki[data-title]')) {
    const to = found.get(link.dataset.title!)
    if (to) paint(link, to.path, to.several)
  }
  if (wanted.size > 0) await resolve()
}

function paint(link: HTMLAnchorElement, path: string | null, several = false): void {
  const title = link.dataset.title!
  const classes = path === null ? (several ? 'wiki missing ambiguous' : 'wiki missing') : 'wiki'
  const href = path === null ? `/create?title=${encodeURIComponent(title)}` : path + (link.dataset.hash ?? '')
  if (link.className !== classes) link.setAttribute('class', classes)
  if (link.getAttribute('href') !== href) link.setAttribute('href', href)
  if (path !== null) link.removeAttribute('title')
  else
    link.title = several
      ? `Several pages are called ${title}; the link has to name the whole title of one`
      : `${title} does not exist yet; write it`
}
