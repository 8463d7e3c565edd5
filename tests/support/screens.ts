// Every screen and state worth looking at, in a small wiki with real text and two people: for axe, and for the pictures.
// To add one, add a line to SCREENS. Screen · SCREENS · Furnished · furnish

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { windowOf } from './browser.ts'
import type { Client } from './client.ts'
import type { World } from './world.ts'

const VAULT = join(import.meta.dirname, '../../../shared/data/vault')

const SOURDOUGH = `Every loaf we sell starts with the same [[Starter care|starter]], kept alive since 2019. This page is what the morning shift works from; if you change a number here, the [[Tuesday opening list]] shows it at once.

## Feeding the starter

Feed **twice a day** at 07:00 and 19:00. In summer, keep it in the [[proofing cellar]] and shorten the interval. See [[Starter care]] for the signs that it is hungry.

### Ratios

By weight: one part starter, two parts flour, two parts water at 26 °C. When the kitchen is below 20 °C, use water at 30 °C instead.

| Flour | Supplier | Protein | Price / kg |
| --- | --- | --- | --- |
| Bread flour, type 550 | [[Flour suppliers]] | 12.4 % | € 1.18 |
| Whole rye | [[Flour suppliers]] | 9.8 % | € 1.32 |
| Spelt, type 630 | [[Lindenhof]] | 13.1 % | € 2.05 |

## Open questions

- [x] Order the second Dutch oven
- [ ] Compare 75 % and 80 % hydration

> If the dough tells you something else than the clock, believe the dough.

~~~js
const hydration = water / flour
~~~
`

/** A wiki to look at. */
export interface Furnished {
  world: World
  ada: Client
  grace: Client
  /** The address of the page that is looked at, and its id. */
  path: string
  id: number
}

/** Fills a world with two people and real text; `pages` from the vault, where it lies beside the repository. */
export async function furnish(world: World, pages = 40): Promise<Furnished> {
  const ada = await world.person('ada')
  const grace = await world.person('grace')
  if (existsSync(VAULT))
    for (const file of readdirSync(VAULT, { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.md'))
      .slice(0, pages))
      await ada.post('page:create', { title: file.slice(0, -3), content: readFileSync(join(VAULT, file), 'utf8') })
  const texts: [who: Client, title: string, content: string][] = [
    [ada, 'Bakery handbook/Starter care', 'Bubbles mean **life**. Smell it every morning.\n'],
    [ada, 'Bakery handbook/Flour suppliers', 'Mühle Huber delivers on Mondays.\n'],
    [grace, 'Tuesday opening list', '- [ ] Lights\n- [ ] Oven to 250 °C\n- [x] Call Lindenhof\n'],
    [grace, 'Holiday rota', 'Everybody stays until the 23rd.\n'],
  ]
  for (const [who, title, content] of texts) await who.post('page:create', { title, content })
  const { id, path } = await ada.post('page:create', { title: 'Bakery handbook/Sourdough', content: SOURDOUGH })
  return { world, ada, grace, id, path }
}

/** One picture. */
export interface Screen {
  name: string
  who: 'guest' | 'ada'
  /** Its address; `page` is the one that is looked at. */
  path: string
  /** Brings it into its state. */
  prepare?(page: Page, stage: { wiki: Furnished; browser: Browser }): Promise<unknown>
}

const edit = async (page: Page) => {
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await page.locator('save-light', { hasText: 'Saved' }).waitFor()
}

/** grace, on the same page, writing. */
const withGrace = async (page: Page, { wiki, browser }: { wiki: Furnished; browser: Browser }) => {
  const other = await windowOf(browser, wiki.grace)
  await other.page.goto(wiki.path)
  await edit(other.page)
  await other.page.locator('.cm-content').click()
  await page.locator('here-now, presence-bar', { hasText: 'grace' }).first().waitFor({ state: 'attached' })
  return other
}

export const SCREENS: Screen[] = [
  { name: 'sign-in', who: 'guest', path: '/login' },
  { name: 'register', who: 'guest', path: '/register' },
  {
    name: 'sign-in-wrong',
    who: 'guest',
    path: '/login',
    async prepare(page) {
      await page.getByLabel('Name').fill('nobody')
      await page.getByLabel('Password').fill('nothing that fits')
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.locator('.trouble-note:not(:empty), .note.wrong').first().waitFor()
    },
  },
  { name: 'home-guest', who: 'guest', path: '/' },
  { name: 'home', who: 'ada', path: '/' },
  { name: 'pages', who: 'ada', path: '/pages' },
  { name: 'pages-none', who: 'ada', path: '/pages?match=zzzz' },
  { name: 'search', who: 'ada', path: '/search?q=starter' },
  { name: 'reading', who: 'ada', path: 'page' },
  { name: 'reading-together', who: 'ada', path: 'page', prepare: withGrace },
  {
    name: 'following',
    who: 'ada',
    path: 'page',
    async prepare(page, stage) {
      await withGrace(page, stage)
      await page.getByRole('button', { name: 'Follow grace' }).first().click()
      await page.getByText('Following grace').waitFor()
    },
  },
  {
    name: 'news',
    who: 'ada',
    path: '/pages',
    async prepare(page, { wiki }) {
      const { seq } = await wiki.ada.post('page:read', { page: wiki.id })
      await wiki.ada.post('page:visit', { page: wiki.id, seq })
      await wiki.grace.post('page:edit', {
        page: wiki.id,
        edits: [{ section: 'Ratios', append: `Give it one more hour (${seq}).` }],
      })
      await page.goto(wiki.path)
      await page.locator('.news-bar').waitFor()
    },
  },
  { name: 'editing', who: 'ada', path: 'page', prepare: edit },
  {
    name: 'editing-together',
    who: 'ada',
    path: 'page',
    async prepare(page, stage) {
      const other = await withGrace(page, stage)
      await edit(page)
      await other.page.keyboard.press('Control+Home')
      for (let i = 0; i < 6; i++) await other.page.keyboard.press('ArrowDown')
      await other.page.keyboard.press('Shift+End')
      await page.locator('.remote').waitFor({ state: 'attached' })
    },
  },
  {
    name: 'menu',
    who: 'ada',
    path: 'page',
    prepare: page => page.getByLabel('More about this page').click(),
  },
  { name: 'missing', who: 'ada', path: '/wiki/Bakery_handbook/Nobody_wrote_this' },
  { name: 'missing-guest', who: 'guest', path: '/wiki/Nobody_wrote_this' },
  { name: 'nowhere', who: 'ada', path: '/nowhere/at/all' },
  { name: 'create', who: 'ada', path: '/create?title=Oven%20schedule' },
  { name: 'profile', who: 'ada', path: '/profile' },
  {
    name: 'profile-crop',
    who: 'ada',
    path: '/profile',
    async prepare(page) {
      const buffer = readFileSync(join(import.meta.dirname, '../../docs/editing.png'))
      await page.locator('#avatar').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer })
      await page.getByRole('button', { name: 'Use this picture' }).waitFor()
    },
  },
  {
    name: 'profile-contrast',
    who: 'ada',
    path: '/profile',
    prepare: page => page.getByLabel(/High contrast/).check(),
  },
  { name: 'drafts', who: 'ada', path: '/drafts' },
  { name: 'people', who: 'ada', path: '/people' },
  { name: 'sign-out', who: 'ada', path: '/logout' },
]

/** Opens a screen in a window of its own, in its state. The caller closes what the browser holds. */
export async function openScreen(
  screen: Screen,
  stage: { wiki: Furnished; browser: Browser },
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ page: Page; problems: string[] }> {
  const { wiki, browser } = stage
  const who = screen.who === 'guest' ? wiki.world.guest() : wiki.ada
  const { page, problems } = await windowOf(browser, who, options)
  await page.goto(screen.path === 'page' ? wiki.path : screen.path)
  if (!/^\/(login|register|logout|nowhere)/.test(screen.path))
    await page.locator('line-dot .dot.on').waitFor({ state: 'attached' })
  await screen.prepare?.(page, stage)
  return { page, problems }
}
