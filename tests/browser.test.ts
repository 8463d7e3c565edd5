import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axe, browser, windowOf } from './support/browser.ts'
import type { Client } from './support/client.ts'
import { network } from './support/proxy.ts'
import { type World, world } from './support/world.ts'

interface EditorElement extends HTMLElement {
  text: string
}

const ARTICLE = `Every loaf starts with the same [[Starter care|starter]]; the [[Tuesday opening list]] shows it at once.

## Feeding the starter

Feed **twice a day** at 07:00 and 19:00.

| Flour | Price |
| --- | --- |
| Rye | 1.32 |

- [x] Order the second Dutch oven
- [ ] Compare hydration

> Believe the dough.

\`\`\`js
const ratio = (water, flour) => water / flour
\`\`\`
`

let w: World
let chrome: Browser
let ada: Client
let grace: Client

beforeAll(async () => {
  w = await world()
  chrome = await browser()
  ada = await w.person('ada')
  grace = await w.person('grace')
  await ada.socket()
})
afterAll(async () => {
  await chrome.close()
  await w.close()
})

async function edit(page: Page) {
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await page.locator('.cm-content[contenteditable=true]').waitFor()
}

const textIs = (page: Page, text: string) =>
  page.waitForFunction(wanted => (document.querySelector('page-editor') as EditorElement | null)?.text === wanted, text)
const says = (page: Page, words: RegExp) =>
  page.locator('save-light').filter({ hasText: words }).waitFor({ timeout: 20_000 })

describe('in a browser', () => {
  test('somebody new registers, makes a page and reads it', async () => {
    const { page, context, problems } = await windowOf(chrome, w.guest())
    await page.goto('/register')
    await page.getByLabel('Name').fill('linus')
    await page.getByLabel('Password').fill('short')
    await page.getByRole('button', { name: 'Make my account' }).click()
    await page.getByText(/at least 8 characters/i).waitFor()
    await page.getByLabel('Password').fill('bread and salt and water')
    await page.getByRole('button', { name: 'Make my account' }).click()
    await page
      .getByText('Hello, linus')
      .or(page.getByText(/^Good .*, linus/))
      .first()
      .waitFor()
    await page
      .getByRole('link', { name: /New page|Write the first page/ })
      .first()
      .click()
    await page.getByLabel('Title').fill('Linus writes')
    await page.locator('create-view .cm-content').fill('# Hello\n\nHere *I* am.')
    await page.getByRole('button', { name: 'Make the page' }).click()
    await page.waitForURL('**/wiki/Linus_writes')
    await page.locator('article em', { hasText: 'I' }).waitFor()
    expect(problems).toEqual([])
    await context.close()
  })

  test('a title that exists is never overwritten: its page is offered and the typed text is kept', async () => {
    await ada.post('page:create', { title: 'Taken', content: 'The first text.' })
    const { page, context } = await windowOf(chrome, grace)
    await page.goto('/create?title=taken')
    await page.locator('create-view .cm-content').fill('Words that took me an hour.')
    await page.getByRole('button', { name: 'Make the page' }).click()
    await page.getByText(/exists already/).waitFor()
    await page.locator('main').getByRole('link', { name: /Taken/ }).first().waitFor()
    await page.goto('/drafts')
    await page.getByText('Words that took me an hour.').first().waitFor()
    expect((await ada.post('page:read', { title: 'Taken' })).content).toBe('The first text.')
    await context.close()
  })

  test('two people write one page together, see each other’s caret and name, and undo only their own', async () => {
    const { path } = await ada.post('page:create', { title: 'Together in a browser', content: 'Start.\n' })
    const [a, g] = await Promise.all([windowOf(chrome, ada), windowOf(chrome, grace)])
    for (const { page } of [a, g]) {
      await page.goto(path)
      await edit(page)
    }
    await a.page.locator('.cm-content').click()
    await a.page.keyboard.press('Control+End')
    await a.page.keyboard.type('Ada was here. ')
    await textIs(g.page, 'Start.\nAda was here. ')
    await g.page.locator('page-editor').getByText('ada', { exact: true }).first().waitFor({ state: 'attached' })
    await g.page.locator('presence-bar').getByText('AD').first().waitFor()
    await g.page.locator('.cm-content').click()
    await g.page.keyboard.press('Control+Home')
    await g.page.keyboard.type('Grace too. ')
    await textIs(a.page, 'Grace too. Start.\nAda was here. ')
    await a.page.keyboard.press('Control+z')
    await textIs(g.page, 'Grace too. Start.\n')
    for (const { page } of [a, g]) await says(page, /Saved/)
    await a.page.getByRole('button', { name: 'Done' }).click()
    await a.page.locator('article', { hasText: 'Grace too. Start.' }).waitFor()
    expect([...a.problems, ...g.problems]).toEqual([])
    await Promise.all([a.context.close(), g.context.close()])
  })

  test('somebody whose account is younger than my page is shown with initials and colour as well', async () => {
    const { path } = await ada.post('page:create', { title: 'Newcomers', content: 'Hello.' })
    const a = await windowOf(chrome, ada)
    await a.page.goto(path)
    const grown = await w.person('zuse')
    const z = await windowOf(chrome, grown)
    await z.page.goto(path)
    await edit(z.page)
    await edit(a.page)
    const face = a.page.locator('presence-bar user-avatar')
    await face.getByText('ZU').waitFor()
    expect(await face.first().getAttribute('class')).toContain(`person-${grown.user!.colour}`)
    await Promise.all([a.context.close(), z.context.close()])
  })

  test('a new picture shows at once wherever that person stands, on everybody’s screen', async () => {
    const mina = await w.person('mina')
    const { path } = await mina.post('page:create', { title: 'Mina’s page', content: 'Mine.' })
    const [m, g] = await Promise.all([windowOf(chrome, mina), windowOf(chrome, grace)])
    await g.page.goto(path)
    await g.page.locator('page-byline user-avatar').getByText('MI').waitFor()
    await m.page.goto('/profile')
    const picture = await sharp({ create: { width: 300, height: 200, channels: 3, background: 'teal' } })
      .png()
      .toBuffer()
    await m.page.locator('input[type=file]').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: picture })
    await m.page.getByRole('button', { name: 'Use this picture' }).click()
    await g.page.locator('page-byline user-avatar img').waitFor()
    expect(await g.page.locator('page-byline user-avatar img').getAttribute('src')).toMatch(
      /^\/uploads\/avatars\/[0-9a-f]+\.webp$/,
    )
    await m.page.locator('me-menu user-avatar img').waitFor()
    expect([...m.problems, ...g.problems]).toEqual([])
    await Promise.all([m.context.close(), g.context.close()])
  })

  test('a red link turns blue on every open screen the moment somebody makes the page', async () => {
    const { path } = await ada.post('page:create', {
      title: 'Wishes',
      content: 'We need [[Oven schedule]] and [[Nothing]].',
    })
    const { page, context } = await windowOf(chrome, grace)
    await page.goto(path)
    await page.locator('a.wiki.missing', { hasText: 'Oven schedule' }).waitFor()
    await ada.post('page:create', { title: 'Bakery/Oven schedule' })
    await page.locator('a.wiki:not(.missing)', { hasText: 'Oven schedule' }).waitFor()
    expect(await page.locator('a.wiki.missing').allTextContents()).toEqual(['Nothing'])
    await page.locator('a.wiki', { hasText: 'Oven schedule' }).click()
    await page.waitForURL('**/wiki/Bakery/Oven_schedule')
    await context.close()
  })

  test('a page that somebody makes appears on home and in the tree by itself', async () => {
    const { page, context } = await windowOf(chrome, grace)
    await page.goto('/')
    await page.locator('page-list').waitFor()
    await ada.post('page:create', { title: 'Fresh from the oven' })
    await page.locator('page-list').getByText('Fresh from the oven').waitFor()
    await page.locator('page-tree').getByText('Fresh from the oven').waitFor()
    await page.getByPlaceholder('Filter pages').fill('fresh from')
    await page.locator('page-list .row', { hasNotText: 'Fresh from the oven' }).first().waitFor({ state: 'detached' })
    await context.close()
  })

  test('a line that is cut is said within ten seconds, typing goes on, and everything is there when it is back', async () => {
    await using line = await network(w.url)
    const { id, path } = await ada.post('page:create', { title: 'On a train', content: 'Tunnel: ' })
    const { page, context, problems } = await windowOf(chrome, ada.at(line.url))
    await page.goto(path)
    await edit(page)
    await says(page, /Saved/)
    await page.locator('.cm-content').click()
    await page.keyboard.press('Control+End')
    const began = performance.now()
    // The line is dead and does not say so: bytes leave and never arrive.
    line.swallow(true)
    await page.keyboard.type('dark ')
    await page
      .locator('save-light')
      .filter({ hasText: /Not saved|Offline/ })
      .waitFor({ timeout: 10_000 })
    await page
      .locator('save-light')
      .filter({ hasText: /Offline, \d+ changes? kept on this device/ })
      .waitFor({ timeout: 10_000 })
    expect(performance.now() - began).toBeLessThan(10_500)
    await page.keyboard.type('and darker ')
    expect((await grace.post('page:read', { page: id })).content).toBe('Tunnel: ')
    line.swallow(false)
    await line.cut()
    await line.mend()
    await says(page, /^\s*Saved/)
    expect((await grace.post('page:read', { page: id })).content).toBe('Tunnel: dark and darker ')
    expect(problems).toEqual([])
    await context.close()
  })

  test('edits made offline and left in a closed tab are sent at the next start, whatever page it opens', async () => {
    await using line = await network(w.url)
    const there = grace.at(line.url)
    const { id, path } = await ada.post('page:create', { title: 'Left behind', content: 'Kept: ' })
    const { page, context } = await windowOf(chrome, there)
    await page.goto(path)
    await edit(page)
    await says(page, /Saved/)
    await page.locator('.cm-content').click()
    await page.keyboard.press('Control+End')
    await line.cut()
    await says(page, /Offline/)
    await page.keyboard.type('yes')
    await says(page, /Offline, 3 changes kept/)
    await page.close()
    await line.mend()
    const next = await context.newPage()
    const updated = ada.next('page:updated', told => told.page.id === id)
    await next.goto('/pages')
    await updated
    expect((await ada.post('page:read', { page: id })).content).toBe('Kept: yes')
    await context.close()
  })

  test('work that the server refuses becomes a draft that its author can see, copy and discard', async () => {
    const noor = await w.person('noor')
    await using line = await network(w.url)
    const there = noor.at(line.url)
    const { path } = await ada.post('page:create', { title: 'Refused', content: 'Rules: ' })
    const { page, context } = await windowOf(chrome, there)
    await page.goto(path)
    await edit(page)
    await says(page, /Saved/)
    await page.locator('.cm-content').click()
    await page.keyboard.press('Control+End')
    await line.cut()
    await page.keyboard.type('my words')
    await says(page, /Offline, \d+ changes/)
    await ada.post('user:setRole', { user: noor.user!.id, role: 'reader' })
    await line.mend()
    await says(page, /Not saved/)
    await page.goto('/drafts')
    await page.getByText('Rules: my words').first().waitFor()
    await page.getByRole('button', { name: 'Discard' }).first().click()
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click()
    await page.getByText('Rules: my words').first().waitFor({ state: 'detached' })
    await context.close()
  })

  test('reading needs no JavaScript', async () => {
    await ada.post('page:create', { title: 'Plain reading', content: ARTICLE })
    const { page, context } = await windowOf(chrome, w.guest(), { javaScriptEnabled: false })
    await page.goto('/wiki/Plain_reading')
    await page.locator('article table td', { hasText: 'Rye' }).waitFor()
    await page.getByRole('link', { name: 'starter', exact: true }).waitFor()
    expect(await page.locator('article input[type=checkbox]').count()).toBe(2)
    await context.close()
  })

  describe.each([
    ['on a desktop', { viewport: { width: 1440, height: 900 } }],
    ['on a phone', { viewport: { width: 390, height: 844 }, hasTouch: true }],
    ['in the dark', { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' }],
    ['on a phone in the dark', { viewport: { width: 390, height: 844 }, colorScheme: 'dark' }],
  ] as const)('%s', (name, options) => {
    test('axe finds nothing on any view, nothing is wider than the screen, and no policy is broken', {
      timeout: 120_000,
    }, async () => {
      const title = `Looks ${name}`
      const { path } = await ada.post('page:create', { title, content: ARTICLE })
      const guest = await windowOf(chrome, w.guest(), options)
      const found: Record<string, string[]> = {}
      const look = async (page: Page, where: string) => {
        const wrong = await axe(page)
        const wide = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        )
        if (wide > 0) wrong.push(`wider than the screen by ${wide} pixels`)
        if (wrong.length > 0) found[where] = wrong
      }
      for (const where of ['/login', '/register', '/']) {
        await guest.page.goto(where)
        await look(guest.page, `guest ${where}`)
      }
      const { page, context, problems } = await windowOf(chrome, ada, options)
      for (const where of [
        '/',
        '/pages',
        path,
        '/wiki/Nobody_wrote_this',
        '/create',
        '/profile',
        '/drafts',
        '/people',
        '/logout',
        '/nowhere/at/all',
      ]) {
        await page.goto(where)
        await look(page, where)
      }
      await page.goto(path)
      await edit(page)
      await says(page, /Saved/)
      await look(page, 'editing')
      expect(found).toEqual({})
      expect([...problems, ...guest.problems]).toEqual([])
      await Promise.all([context.close(), guest.context.close()])
    })
  })
})
