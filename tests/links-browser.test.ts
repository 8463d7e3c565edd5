import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { axe, browser, windowOf } from './support/browser.ts'
import type { Client } from './support/client.ts'
import { type World, world } from './support/world.ts'

let w: World
let chrome: Browser
let ada: Client
let grace: Client

beforeAll(async () => {
  w = await world()
  ada = await w.person('ada')
  grace = await w.person('grace')
  chrome = await browser()
})
afterAll(async () => {
  await chrome?.close()
  await w.close()
})

test('a link is red, turns blue on another’s screen when the page is written, and red again when it goes', async () => {
  const { path } = await ada.post('page:create', { title: 'Colours', content: 'See [[Not yet]].' })
  const { page, context, problems } = await windowOf(chrome, grace)
  await page.goto(path)
  await page.locator('article a.wiki.missing', { hasText: 'Not yet' }).waitFor()
  const written = await ada.post('page:create', { title: 'Not yet' })
  await page.locator('article a.wiki[href="/wiki/Not_yet"]:not(.missing)').waitFor()
  await ada.post('page:delete', { page: written.id })
  await page.locator('article a.wiki.missing', { hasText: 'Not yet' }).waitFor()
  expect(problems).toEqual([])
  await context.close()
})

test('who links to a page is shown below it, live, and a mention becomes a link by one click', async () => {
  const bread = await ada.post('page:create', { title: 'Sourdough', content: 'A loaf.' })
  await ada.post('page:create', { title: 'Mentions it', content: 'We bake sourdough daily.' })
  const { page, context, problems } = await windowOf(chrome, grace)
  await page.goto(bread.path)
  const linked = page.locator('linked-from')
  await linked.getByText('No page links here yet.').waitFor()
  await ada.post('page:create', { title: 'Links to it', content: 'First. We love [[Sourdough|our bread]] here.' })
  await linked.getByRole('link', { name: 'Links to it' }).waitFor()
  await linked.getByText('We love our bread here.').waitFor()
  await linked.getByRole('button', { name: /mentions without a link/i }).click()
  await linked.getByRole('button', { name: 'Link it in Mentions it' }).click()
  await linked.getByText('Nowhere.').waitFor()
  expect((await ada.post('page:read', { title: 'Mentions it' })).content).toBe('We bake [[Sourdough|sourdough]] daily.')
  await linked.getByRole('link', { name: 'Mentions it' }).waitFor()
  expect(await axe(page)).toEqual([])
  expect(problems).toEqual([])
  await context.close()
})

test('somebody renames a page while another edits one that links to it: the link follows, nothing typed is lost', async () => {
  const target = await ada.post('page:create', { title: 'Old name', content: 'Here.' })
  const under = await ada.post('page:create', { title: 'Old name/Child', content: 'Below.' })
  const source = await ada.post('page:create', { title: 'Writer’s page', content: 'To [[Old name]] and on.\n' })
  const [a, g] = await Promise.all([windowOf(chrome, ada), windowOf(chrome, grace)])
  await g.page.goto(source.path)
  await g.page.locator('[data-do=edit]').first().click()
  await g.page.locator('.cm-content').click()
  await g.page.keyboard.press('Control+End')
  await g.page.keyboard.type('Typing before ')
  await a.page.goto(target.path)
  await a.page.locator('.menu > summary[aria-label="More about this page"]').click()
  await a.page.getByRole('button', { name: 'Rename or move…' }).click()
  await a.page.getByLabel('Title').fill('Writer’s page')
  await a.page.getByRole('button', { name: 'Rename', exact: true }).click()
  await a.page.getByRole('link', { name: 'Open “Writer’s page”' }).waitFor()
  await a.page.getByLabel('Title').fill('New place/New name')
  const typing = g.page.keyboard.type('and during and after it.', { delay: 15 })
  await a.page.getByRole('button', { name: 'Rename', exact: true }).click()
  await a.page.waitForURL('**/wiki/New_place/New_name')
  await typing
  await g.page.locator('.cm-content', { hasText: 'New place/New name' }).waitFor()
  await w.running.wiki.jobs.settled()
  await g.page.getByText('Saved', { exact: true }).first().waitFor()
  expect((await ada.post('page:read', { page: source.id })).content).toBe(
    'To [[New place/New name]] and on.\nTyping before and during and after it.',
  )
  expect((await ada.post('page:read', { page: under.id })).title).toBe('New place/New name/Child')
  expect([...a.problems, ...g.problems]).toEqual([])
  await Promise.all([a.context.close(), g.context.close()])
})

test('of two who rename a page at once from their screens, one wins, and the other is told and may keep that title or rename it knowingly', async () => {
  const { path, id } = await ada.post('page:create', { title: 'Contested', content: 'Ours.' })
  const [a, g] = await Promise.all([windowOf(chrome, ada), windowOf(chrome, grace)])
  const ask = async (page: Page, title: string) => {
    await page.keyboard.press('F2')
    const dialog = page.getByRole('dialog', { name: 'Rename or move' })
    await dialog.getByLabel('Title').fill(title)
    return dialog
  }
  const called = (page: Page, leaf: string) => page.getByRole('heading', { name: leaf, level: 1 }).waitFor()
  const titleNow = async () => (await ada.post('page:read', { page: id })).title
  for (const { page } of [a, g]) {
    await page.goto(path)
    await page.locator('line-dot .on').waitFor({ state: 'attached' })
  }
  const dialogs = [await ask(a.page, 'By ada'), await ask(g.page, 'By grace')]
  // Both press the button in one moment, before the screen could tell them.
  await Promise.all(dialogs.map(dialog => dialog.getByRole('button', { name: 'Rename', exact: true }).click()))
  await expect.poll(titleNow).not.toBe('Contested')
  const won = await titleNow()
  const loser = won === 'By ada' ? g.page : a.page
  const told = (title: string) => loser.getByText(`Somebody has just renamed this page to “${title}”.`)
  await told(won).waitFor()
  expect(await axe(loser)).toEqual([])
  for (const { page } of [a, g]) await called(page, won)
  await loser.getByRole('button', { name: `Keep “${won}”` }).click()
  await loser.getByRole('dialog').waitFor({ state: 'detached' })
  expect(await titleNow()).toBe(won)

  // Also where the other title had come to the screen behind the question; who means it renames once more.
  const dialog = await ask(loser, 'Mine after all')
  await ada.post('page:rename', { page: id, title: 'Faster' })
  await called(loser, 'Faster')
  await dialog.getByRole('button', { name: 'Rename', exact: true }).click()
  await told('Faster').waitFor()
  expect(await titleNow()).toBe('Faster')
  await dialog.getByRole('button', { name: 'Rename', exact: true }).click()
  for (const { page } of [a, g]) await called(page, 'Mine after all')
  expect(new URL(loser.url()).pathname).toBe('/wiki/Mine_after_all')
  expect(await titleNow()).toBe('Mine after all')
  expect([...a.problems, ...g.problems]).toEqual([])
  await Promise.all([a.context.close(), g.context.close()])
})

test('a query and a page within a page are kept up while others write', async () => {
  const part = await ada.post('page:create', { title: 'Part', content: 'The first words.' })
  await ada.post('page:create', { title: 'Tagged one', content: '#livetag' })
  const { path } = await ada.post('page:create', {
    title: 'Whole',
    content: 'Here.\n\n![[Part]]\n\n```query\ntag: livetag\ncolumns: title, author\n```\n\n```query\ntagg: x\n```\n',
  })
  await w.running.wiki.derivations.settled()
  const { page, context, problems } = await windowOf(chrome, grace)
  await page.goto(path)
  await page.locator('wiki-embed', { hasText: 'The first words.' }).waitFor()
  await page.locator('wiki-embed', { hasText: 'Tagged one' }).waitFor()
  await page.getByText('Line 1: “tagg” is not something to ask for.').waitFor()
  await ada.post('page:edit', { page: part.id, edits: [{ replace: 'first', with: 'second' }] })
  await page.locator('wiki-embed', { hasText: 'The second words.' }).waitFor()
  await ada.post('page:create', { title: 'Tagged two', content: '#livetag' })
  await page.locator('wiki-embed table', { hasText: 'Tagged two' }).waitFor()
  expect(await axe(page)).toEqual([])
  await page.locator('[data-do=edit]').first().click()
  await page.locator('.cm-content wiki-embed', { hasText: 'The second words.' }).waitFor()
  await page.locator('.cm-content wiki-embed table', { hasText: 'Tagged two' }).waitFor()
  await ada.post('page:edit', { page: part.id, edits: [{ replace: 'second', with: 'third' }] })
  await page.locator('.cm-content wiki-embed', { hasText: 'The third words.' }).click()
  await page.locator('.cm-content .cm-line', { hasText: '![[Part]]' }).waitFor()
  expect(problems).toEqual([])
  await context.close()
})

test('tags and what wants mending have screens that read without JavaScript and are kept up', async () => {
  await ada.post('page:create', {
    title: 'Spelt',
    content: '---\ntags: [oldgrain]\n---\nTo [[A wanted page]]. #oldgrain',
  })
  await w.running.wiki.derivations.settled()
  const { page, context, problems } = await windowOf(chrome, grace)
  await page.goto('/tags')
  await page.getByRole('link', { name: '#oldgrain' }).click()
  await page.locator('main').getByText('Spelt').waitFor()
  await ada.post('page:create', { title: 'Emmer', content: '#oldgrain' })
  await page.locator('main').getByText('Emmer').waitFor()
  expect(await axe(page)).toEqual([])
  await page.goto('/maintenance')
  await page.locator('main').getByRole('link', { name: 'A wanted page' }).waitFor()
  for (const name of ['Broken links', 'Orphans', 'Similar titles', 'Stale pages', 'Large pages']) {
    await page.getByRole('link', { name }).click()
    await page.getByRole('heading', { name, level: 2 }).waitFor()
  }
  expect(await axe(page)).toEqual([])
  expect(problems).toEqual([])
  await context.close()
})
