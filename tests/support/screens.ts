// Every screen and state worth looking at, for axe and for the pictures. To add one, add a line to SCREENS.
// Screen · pointBehind · SCREENS · openScreen

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EditorView } from '@codemirror/view'
import type { Browser, Page, WebSocketRoute } from 'playwright-core'
import { Job } from '../../server/db/entities.ts'
import { windowOf } from './browser.ts'
import { EVERYTHING, type Furnished, SOURDOUGH } from './furnished.ts'
import { world } from './world.ts'

/** One picture. */
export interface Screen {
  name: string
  who: 'guest' | 'ada'
  /** Its address; `page` is the one that is looked at. */
  path: string
  /** The test that brings axe to this state already. */
  axe?: string
  /** Brings it into its state. */
  prepare?(page: Page, stage: Stage): Promise<unknown>
}

/** Where it is looked at. */
interface Stage {
  wiki: Furnished
  browser: Browser
}

const edit = async (page: Page) => {
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await page.locator('save-light', { hasText: 'Saved' }).waitFor()
}

/** grace, on the same page, writing. */
const withGrace = async (page: Page, { wiki, browser }: Stage) => {
  const other = await windowOf(browser, wiki.grace)
  await other.page.goto(wiki.path)
  await edit(other.page)
  await other.page.locator('.cm-content').click()
  await page.locator('here-now, presence-bar', { hasText: 'grace' }).first().waitFor({ state: 'attached' })
  return other
}

/** Puts the cursor behind some words, with the last `select` characters selected. */
export const pointBehind = (page: Page, words: string, select = 0): Promise<void> =>
  page.evaluate(
    ([words, select]) => {
      const content = document.querySelector('.cm-content') as HTMLElement & { cmTile: { view: EditorView } }
      const { view } = content.cmTile
      const head = view.state.doc.toString().indexOf(words) + words.length
      view.focus()
      view.dispatch({ selection: { anchor: head - select, head } })
    },
    [words, select] as const,
  )

let made = 0

/** A page of its own, being written, so that others find theirs as it was; the cursor is behind `words`. */
const writing = async (page: Page, { wiki }: Stage, content: string, words: string, select = 0) => {
  const { path } = await wiki.ada.post('page:create', { title: `Drafts/Morning shift ${++made}`, content })
  await page.goto(path)
  await edit(page)
  await pointBehind(page, words, select)
}

/** A page of its own, being read; what is done with it is done to no other. */
const own = async (page: Page, { wiki }: Stage) => {
  const created = await wiki.ada.post('page:create', { title: `Drafts/Evening shift ${++made}`, content: SOURDOUGH })
  await page.goto(created.path)
  await page.locator('line-dot .dot.on').waitFor({ state: 'attached' })
  return created
}

/** Chooses something from a page's menu, and waits for the question that it asks. */
const asked = async (page: Page, what: string, question: string | RegExp) => {
  await page.getByLabel('More about this page').click()
  await page.getByRole('button', { name: what }).click()
  await page.getByRole('dialog', { name: question }).waitFor()
}

/** Another line to the server, from the next start of the page on. */
const withLine = async (page: Page, treat: (line: WebSocketRoute) => void) => {
  await page.routeWebSocket(/socket\.io/, treat)
  await page.reload()
}

/** A wiki in which nobody has written anything, for as long as the page is open. */
const inEmptyWiki = async (page: Page) => {
  const empty = await world()
  page.context().once('close', () => void empty.close())
  return empty
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
  {
    name: 'home-together',
    who: 'ada',
    path: 'page',
    async prepare(page, stage) {
      const { page: other } = await withGrace(page, stage)
      await other.keyboard.type('x')
      await other.keyboard.press('Backspace')
      await page.goto('/')
      await page.locator('.row .live').waitFor()
    },
  },
  { name: 'pages', who: 'ada', path: '/pages' },
  { name: 'pages-some', who: 'ada', path: '/pages?match=starter' },
  { name: 'pages-none', who: 'ada', path: '/pages?match=zzzz' },
  { name: 'tags', who: 'ada', path: '/tags' },
  { name: 'tag', who: 'ada', path: '/tags/bread' },
  { name: 'maintenance', who: 'ada', path: '/maintenance' },
  { name: 'maintenance-broken', who: 'ada', path: '/maintenance?list=broken' },
  { name: 'changes', who: 'ada', path: '/changes' },
  { name: 'changes-none', who: 'ada', path: '/changes?tag=nothing' },
  { name: 'person', who: 'guest', path: '/people/ada' },
  { name: 'trash', who: 'ada', path: '/trash' },
  { name: 'files', who: 'ada', path: '/files' },
  { name: 'attachments', who: 'ada', path: '/attachments/Equipment' },
  {
    name: 'today',
    who: 'ada',
    path: '/',
    async prepare(page) {
      // While there is a line, this screen is gone as soon as it is there.
      await page.routeWebSocket(/socket\.io/, line => void line.close())
      await page.route('**/api/**', request => request.abort())
      await page.goto('/today')
      await page.locator('.trouble-note:not(:empty)').waitFor()
    },
  },
  { name: 'search', who: 'ada', path: '/search?q=starter' },
  { name: 'search-none', who: 'ada', path: '/search?q=zzzzzz' },
  { name: 'search-empty', who: 'ada', path: '/search' },
  { name: 'reading', who: 'ada', path: 'page' },
  { name: 'reading-guest', who: 'guest', path: 'page' },
  { name: 'everything', who: 'ada', path: '/wiki/Bakery_handbook/One_of_everything' },
  {
    name: 'link-card',
    who: 'ada',
    path: 'page',
    axe: 'reading-helps.test.ts',
    async prepare(page) {
      // A button for code that is pointed at comes with what shows cards.
      await page.waitForFunction(() => {
        document.querySelector('article pre')!.dispatchEvent(new Event('pointerover', { bubbles: true }))
        return document.querySelector('.copy-code') !== null
      })
      await page.getByRole('link', { name: 'starter', exact: true }).focus()
      await page.getByRole('tooltip').waitFor()
    },
  },
  { name: 'reading-together', who: 'ada', path: 'page', prepare: withGrace },
  {
    name: 'following',
    who: 'ada',
    path: 'page',
    async prepare(page, stage) {
      await withGrace(page, stage)
      await page.getByRole('button', { name: 'Follow grace' }).first().click()
      await page.getByText('Following grace').waitFor()
      // Where she is, is scrolled to.
      await page.evaluate(async () => {
        for (let [before, still] = [-1, 0]; still < 20; before = scrollY) {
          await new Promise(requestAnimationFrame)
          still = scrollY === before ? still + 1 : 0
        }
      })
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
    name: 'slash-menu',
    who: 'ada',
    path: '/',
    axe: 'helping-hands.test.ts',
    async prepare(page, stage) {
      await writing(page, stage, `${SOURDOUGH.split(' This page')[0]}\n\n`, '2019.')
      await page.keyboard.press('Control+End')
      await page.keyboard.type('/')
      await page.getByRole('option').first().waitFor()
    },
  },
  {
    name: 'link-menu',
    who: 'ada',
    path: '/',
    async prepare(page, stage) {
      await writing(page, stage, 'Feed it twice a day.\n\nSee ', 'See ')
      await page.keyboard.type('[[Start')
      await page.getByRole('option').first().waitFor()
    },
  },
  {
    name: 'format-bar',
    who: 'ada',
    path: '/',
    axe: 'helping-hands.test.ts',
    async prepare(page, stage) {
      await writing(page, stage, SOURDOUGH, 'twice a day', 11)
      // On a phone the toolbar is at hand anyway.
      if (page.viewportSize()!.width > 760) await page.getByRole('toolbar', { name: 'Format the selection' }).waitFor()
    },
  },
  {
    name: 'table-edited',
    who: 'ada',
    path: '/',
    prepare: (page, stage) => writing(page, stage, SOURDOUGH, '9.8 %', 5),
  },
  {
    name: 'source',
    who: 'ada',
    path: '/',
    async prepare(page, stage) {
      await writing(page, stage, EVERYTHING, 'the bowl')
      await page.keyboard.press('Control+Alt+m')
    },
  },
  {
    name: 'everything-edited',
    who: 'ada',
    path: '/',
    prepare: (page, stage) => writing(page, stage, EVERYTHING, 'Weigh'),
  },
  {
    name: 'find',
    who: 'ada',
    path: '/',
    axe: 'helping-hands.test.ts',
    async prepare(page, stage) {
      await writing(page, stage, SOURDOUGH, 'This page')
      await page.keyboard.press('Control+f')
      await page.keyboard.type('starter')
    },
  },
  {
    name: 'above-keyboard',
    who: 'ada',
    path: '/',
    axe: 'helping-hands.test.ts',
    async prepare(page, stage) {
      await writing(page, stage, SOURDOUGH, 'twice a day')
      await page.evaluate(() => {
        Object.defineProperty(visualViewport, 'height', { value: innerHeight - 320, configurable: true })
        visualViewport!.dispatchEvent(new Event('resize'))
      })
    },
  },
  {
    name: 'editing-offline',
    who: 'ada',
    path: '/',
    async prepare(page, stage) {
      const lines: WebSocketRoute[] = []
      let there = true
      await withLine(page, line => {
        if (!there) return void line.close()
        lines.push(line)
        line.connectToServer()
      })
      await writing(page, stage, SOURDOUGH, 'twice a day')
      there = false
      for (const line of lines) await line.close()
      await page.locator('line-bar', { hasText: 'cannot be reached' }).waitFor()
      await page.keyboard.type(', and once more')
      await page.locator('save-light', { hasText: 'Offline' }).waitFor()
    },
  },
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
  {
    name: 'rename',
    who: 'ada',
    path: 'page',
    async prepare(page) {
      await page.keyboard.press('F2')
      await page.getByRole('dialog', { name: 'Rename or move' }).waitFor()
    },
  },
  {
    name: 'protected',
    who: 'ada',
    path: '/',
    async prepare(page, stage) {
      const { id } = await own(page, stage)
      await stage.wiki.ada.post('page:protect', { page: id, reason: 'Agreed with the mill in May' })
      await page.locator('page-guard', { hasText: 'Agreed with the mill' }).waitFor()
    },
  },
  {
    name: 'locked',
    who: 'ada',
    path: '/',
    async prepare(page, stage) {
      const { id } = await own(page, stage)
      await stage.wiki.ada.post('page:lock', { page: id, on: true })
      await page.locator('page-guard', { hasText: 'Locked for reading' }).waitFor()
    },
  },
  {
    name: 'delete',
    who: 'ada',
    path: '/',
    async prepare(page, stage) {
      const { title } = await own(page, stage)
      await stage.wiki.ada.post('page:create', { title: `${title}/Ovens`, content: 'Off by eight.\n' })
      await asked(page, 'Delete…', /^Delete “/)
    },
  },
  {
    name: 'deleted',
    who: 'ada',
    path: '/',
    async prepare(page, stage) {
      await own(page, stage)
      await asked(page, 'Delete…', /^Delete “/)
      await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
      await page.locator('line-bar').getByRole('button', { name: 'Undo' }).waitFor()
      await page.locator('line-dot .dot.on').waitFor({ state: 'attached' })
    },
  },
  { name: 'protect', who: 'ada', path: 'page', prepare: page => asked(page, 'Protect…', 'Protect this page') },
  {
    name: 'note',
    who: 'ada',
    path: 'page',
    prepare: page => asked(page, 'Leave an edit note…', 'What did you change?'),
  },
  {
    name: 'purge',
    who: 'ada',
    path: '/trash',
    async prepare(page) {
      await page.getByRole('button', { name: /^Remove .*Price list 2023 for good$/ }).click()
      await page.getByRole('dialog', { name: /for good\?$/ }).waitFor()
    },
  },
  {
    name: 'job',
    who: 'ada',
    path: 'page',
    async prepare(page, { wiki }) {
      const em = wiki.world.running.db.em()
      const [kind, words] = ['looked at', 'Links to “Rye” now lead to “Whole rye”']
      const job = { kind, words, user: wiki.ada.user!.id, input: 'null', progress: 'null', done: 37, total: 120 }
      const id = await em.insert(Job, {
        ...job,
        state: 'running',
        report: '',
        createdAt: new Date(),
        updatedAt: new Date(),
      })
      page.context().once('close', () => void em.nativeDelete(Job, { id }))
      await page.reload()
      await page.locator('job-bar progress').waitFor()
    },
  },
  {
    name: 'shortcuts',
    who: 'ada',
    path: 'page',
    axe: 'helping-hands.test.ts',
    async prepare(page) {
      await page.keyboard.press('?')
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'palette',
    who: 'ada',
    path: '/',
    axe: 'palette.test.ts',
    async prepare(page) {
      await page.keyboard.press('Control+k')
      await page.keyboard.type('starter')
      await page.getByRole('group', { name: 'In the text' }).waitFor()
    },
  },
  {
    name: 'rail',
    who: 'ada',
    path: 'page',
    async prepare(page) {
      const menu = page.getByRole('link', { name: 'Menu' })
      if (await menu.isVisible()) await menu.click()
      await page.locator('me-menu summary').click()
    },
  },
  {
    name: 'line-lost',
    who: 'ada',
    path: 'page',
    async prepare(page) {
      await withLine(page, line => void line.close())
      await page.locator('line-bar', { hasText: 'cannot be reached' }).waitFor()
    },
  },
  {
    name: 'restarting',
    who: 'ada',
    path: 'page',
    async prepare(page) {
      let lines = 0
      await withLine(page, line => {
        if (lines++ > 0) return void line.close()
        const server = line.connectToServer()
        server.onMessage(message => {
          line.send(message)
          if (!String(message).includes('server:greeted')) return
          line.send('42["server:closing",{}]')
          line.close()
        })
      })
      await page.locator('line-bar', { hasText: 'restarting' }).waitFor()
    },
  },
  {
    name: 'new-version',
    who: 'ada',
    path: 'page',
    async prepare(page) {
      await withLine(page, line => {
        const server = line.connectToServer()
        server.onMessage(message => line.send(String(message).replace(/"build":"[^"]+"/, '"build":"next"')))
      })
      await page.locator('line-bar', { hasText: 'new version' }).waitFor()
    },
  },
  { name: 'missing', who: 'ada', path: '/wiki/Bakery_handbook/Nobody_wrote_this' },
  { name: 'missing-guest', who: 'guest', path: '/wiki/Nobody_wrote_this' },
  { name: 'nowhere', who: 'ada', path: '/nowhere/at/all' },
  { name: 'error', who: 'ada', path: '/wiki/%E0%A4%A' },
  {
    name: 'empty-wiki',
    who: 'guest',
    path: '/login',
    async prepare(page) {
      const empty = await inEmptyWiki(page)
      await page.goto(empty.url)
    },
  },
  {
    name: 'first-run',
    who: 'guest',
    path: '/login',
    axe: 'first-run.test.ts',
    async prepare(page) {
      const empty = await inEmptyWiki(page)
      await page.goto(`${empty.url}/register`)
      await page.getByLabel('Name').fill('ada')
      await page.getByLabel('Password').fill('a few words make it')
      await page.getByRole('button', { name: 'Make my account' }).click()
      await page.waitForURL('**/wiki/Welcome')
    },
  },
  { name: 'create', who: 'ada', path: '/create?title=Oven%20schedule' },
  {
    name: 'create-conflict',
    who: 'ada',
    path: '/create?title=Holiday%20rota',
    async prepare(page) {
      await page.locator('create-view .cm-content').fill('Everybody goes home on the 22nd.')
      await page.getByRole('button', { name: 'Make the page' }).click()
      await page.getByText('exists already').first().waitFor()
    },
  },
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
  { name: 'drafts-none', who: 'ada', path: '/drafts' },
  {
    name: 'drafts',
    who: 'ada',
    path: '/create?title=Tuesday%20opening%20list',
    async prepare(page) {
      await page
        .locator('create-view .cm-content')
        .fill('- [ ] Lights\n- [ ] Oven to 230 °C\n- [ ] Call the mill about rye\n')
      await page.getByRole('button', { name: 'Make the page' }).click()
      await page.getByRole('link', { name: 'recovered drafts' }).click()
      await page.locator('.draft').waitFor()
    },
  },
  { name: 'people', who: 'ada', path: '/people' },
  {
    name: 'people-links',
    who: 'ada',
    path: '/people',
    async prepare(page) {
      await page.getByLabel('More about grace').click()
      await page.getByRole('button', { name: 'Reset link' }).click()
      await page.locator('.link-made input').waitFor()
      await page.getByRole('button', { name: 'Make an invite link' }).click()
      await page.locator('.made input').waitFor()
    },
  },
  {
    name: 'invite',
    who: 'guest',
    path: '/login',
    async prepare(page, { wiki }) {
      await page.goto((await wiki.ada.post('user:invite', { role: 'editor' })).url)
      await page.getByRole('heading', { name: 'You are invited' }).waitFor()
    },
  },
  {
    name: 'reset',
    who: 'guest',
    path: '/login',
    async prepare(page, { wiki }) {
      await page.goto((await wiki.ada.post('user:resetLink', { user: wiki.grace.user!.id })).url)
      await page.getByRole('heading', { name: 'Choose a new password' }).waitFor()
    },
  },
  { name: 'sign-out', who: 'ada', path: '/logout' },
]

/** Opens a screen in a window of its own, in its state. The caller closes what the browser holds. */
export async function openScreen(
  screen: Screen,
  stage: Stage,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ page: Page; problems: string[] }> {
  const { wiki, browser } = stage
  const who = screen.who === 'guest' ? wiki.world.guest() : wiki.ada
  const { page, problems } = await windowOf(browser, who, options)
  await page.goto(screen.path === 'page' ? wiki.path : screen.path)
  if (!/^\/(login|register|logout|nowhere|wiki\/%)/.test(screen.path))
    await page.locator('line-dot .dot.on').waitFor({ state: 'attached' })
  await screen.prepare?.(page, stage)
  return { page, problems }
}
