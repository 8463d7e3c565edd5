import type { Browser, Page as Tab } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parts } from '../bench/size.ts'
import { Page } from '../server/db/entities.ts'
import { axe, browser, windowOf } from './support/browser.ts'
import { Client } from './support/client.ts'
import { network } from './support/proxy.ts'
import { type World, world } from './support/world.ts'

const ARTICLE = `Every loaf starts with the same [[Starter care|starter]].

## Ratios

One part starter, two parts flour. See [[Proofing cellar]].

| Flour | Price |
| --- | --- |
| Rye | 1.32 |

## Open questions

- [x] Order the oven
- [ ] Compare 75 % and 80 %

\`\`\`js
const hydration = water / flour
\`\`\`
`

describe('screens, awake', () => {
  let w: World
  let chrome: Browser
  let ada: Client
  let grace: Client
  let path: string
  let id: number
  const closing: (() => Promise<void>)[] = []

  beforeAll(async () => {
    w = await world()
    chrome = await browser()
    ada = await w.person('ada')
    grace = await w.person('grace')
    ;({ path, id } = await ada.post('page:create', { title: 'Bakery handbook/Sourdough', content: ARTICLE }))
  })
  afterAll(async () => {
    for (const close of closing) await close()
    await chrome.close()
    await w.close()
  })

  /** A window on an address, once its line to the server is there. */
  const open = async (client: Client, address: string, options = {}) => {
    const { page, context, problems } = await windowOf(chrome, client, options)
    closing.push(() => context.close())
    await page.goto(address)
    if (!/^\/(login|register|logout|nothing)/.test(address)) await online(page)
    return { page, problems }
  }
  const online = (page: Tab) => page.locator('line-dot .dot.on').waitFor({ state: 'attached' })

  test('a red link turns blue on every screen the moment somebody writes the page', async () => {
    const { page } = await open(w.guest(), path)
    const red = page.locator('a.wiki.missing', { hasText: 'Proofing cellar' })
    await red.waitFor()
    await grace.post('page:create', { title: 'Equipment/Proofing cellar', content: 'Cold.' })
    await page.locator('a.wiki:not(.missing)', { hasText: 'Proofing cellar' }).click()
    await page.waitForURL('**/wiki/Equipment/Proofing_cellar')
    await page.locator('article', { hasText: 'Cold.' }).waitFor()
  })

  test('what others change appears in the text that is read; what they leave alone is not touched', async () => {
    const { page } = await open(ada, path)
    await page.evaluate(() => {
      const [first] = document.querySelectorAll('article p')
      Object.assign(window, { first })
      getSelection()!.selectAllChildren(first!)
    })
    await grace.post('page:edit', { page: id, edits: [{ replace: 'two parts flour', with: 'three parts flour' }] })
    const changed = page.locator('article p', { hasText: 'three parts flour' })
    await changed.waitFor()
    expect(await changed.getAttribute('data-who')).toBe('grace')
    expect(await page.evaluate(() => 'first' in window && window.first === document.querySelector('article p'))).toBe(
      true,
    )
    expect(await page.evaluate(() => getSelection()!.toString())).toContain('Every loaf')
    await page.locator('here-now', { hasText: 'grace' }).waitFor()
    await page.locator('page-byline', { hasText: 'by grace' }).waitFor()
  })

  test('a page that somebody makes appears on the lists that are open, and in the tree', async () => {
    const { page } = await open(w.guest(), '/')
    const before = Number(await page.locator('.nav .n').textContent())
    await grace.post('page:create', { title: 'Bakery handbook/Rye', content: '' })
    await page.locator('.row', { hasText: 'Rye' }).waitFor()
    await page.locator('.nav .n', { hasText: String(before + 1) }).waitFor()
    await page.getByRole('button', { name: 'Pages under Bakery handbook' }).click()
    await page.locator('page-tree a', { hasText: 'Rye' }).waitFor()
  })

  test('home says who is writing, and in which section; what a program has written says nothing of the kind', async () => {
    const { page } = await open(w.guest(), '/')
    const row = (title: string) => page.locator('.row', { hasText: title })
    await grace.post('page:create', { title: 'Brought in', content: 'By a program.' })
    await row('Brought in').getByText('grace wrote this page').waitFor()
    expect(await page.getByText('Happening now').count()).toBe(0)
    const other = await open(grace, path)
    await other.page.locator('article p', { hasText: 'One part starter' }).dblclick({ position: { x: 8, y: 12 } })
    await other.page.locator('save-light', { hasText: 'Saved' }).waitFor()
    await row('Sourdough').getByRole('img', { name: 'grace writes' }).waitFor()
    // Somebody has the page open, with their cursor in it, while a program changes it.
    const robot = await w.person('robot')
    await robot.post('page:edit', { page: id, edits: [{ append: '\nBy a program.\n' }] })
    await row('Sourdough').getByText('robot edited').waitFor()
    expect(await page.getByText('Happening now').count()).toBe(0)
    expect(await (await w.guest().fetch('/')).text()).not.toMatch(/writing<\/span>/)
    await other.page.keyboard.type('exactly ')
    await row('Sourdough').getByText('writing in Ratios').waitFor()
    const [whole, time] = await Promise.all(
      [row('Sourdough'), row('Sourdough').locator('time')].map(async one => (await one.boundingBox())!),
    )
    expect(Math.abs(time!.y + time!.height / 2 - (whole!.y + whole!.height / 2))).toBeLessThan(2)
    // So does a document without any program, once the text rests: until then the one that lies ready is sent.
    await expect.poll(async () => (await w.guest().fetch('/')).text()).toMatch(/writing<\/span> in Ratios/)
    await other.page.getByRole('button', { name: 'Done' }).click()
    await row('Sourdough').getByText('grace edited').waitFor()
    expect(await page.getByText('Happening now').count()).toBe(0)
  })

  test('a list is filtered while one types', async () => {
    const { page } = await open(w.guest(), '/')
    await page.getByRole('searchbox', { name: 'Filter pages by title' }).fill('sourd')
    await page.locator('.row', { hasText: 'Rye' }).waitFor({ state: 'detached' })
    expect(await page.locator('.row').count()).toBe(1)
  })

  test('a screen that offers to write a page shows it as soon as somebody else has', async () => {
    const { page } = await open(ada, '/wiki/Holiday_rota')
    await page.getByRole('link', { name: 'Write it' }).waitFor()
    await grace.post('page:create', { title: 'Holiday rota', content: 'Everybody stays.' })
    await page.locator('article', { hasText: 'Everybody stays.' }).waitFor()
  })

  test('a title that exists is offered, never overwritten, and what was typed is kept', async () => {
    const { page } = await open(grace, '/create')
    await page.getByLabel('Title').fill('bakery handbook/sourdough')
    await page.locator('create-view .cm-content').fill('My own words.')
    await page.getByRole('button', { name: 'Make the page' }).click()
    await page.getByRole('link', { name: 'Open “Bakery handbook/Sourdough”' }).waitFor()
    await page.getByRole('link', { name: 'recovered drafts' }).click()
    await page.locator('.draft', { hasText: 'My own words.' }).waitFor()
    expect((await ada.post('page:read', { page: id })).content).not.toContain('My own words')
  })

  test('a page that is being typed survives a reload', async () => {
    const { page } = await open(ada, '/create?title=Oven%20schedule')
    await page.locator('create-view .cm-content').fill('On at 03:30.')
    await page.getByText('Kept on this device').waitFor()
    await page.reload()
    await online(page)
    expect(await page.locator('#content').inputValue()).toBe('On at 03:30.')
    await page.keyboard.press('Control+Enter')
    await page.waitForURL('**/wiki/Oven_schedule')
    expect((await ada.post('page:read', { title: 'Oven schedule' })).content).toBe('On at 03:30.')
  })

  test('a new page is written as it will look, and what is typed before the editor has come stays, cursor and all', async () => {
    await ada.post('page:create', { title: 'Open days', content: 'All of them.' })
    const { page } = await open(ada, '/pages')
    let release = () => {}
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    await page.route(/\/assets\/page-editor-[^/]*\.js$/, async route => {
      await held
      await route.continue()
    })
    await page.goto('/create?title=Rota')
    await page.locator('#content:focus').waitFor()
    await page.keyboard.type('On Monday')
    for (let i = 0; i < 'Monday'.length; i++) await page.keyboard.press('ArrowLeft')
    release()
    await page.locator('create-view .cm-content:focus').waitFor()
    await page.keyboard.type('the first ')
    await page.keyboard.press('End')
    await page.keyboard.type(':\n\n- [ ] oven\ndoor, see [[Open')
    await page.getByRole('option', { name: /Open days/ }).click()
    await page.keyboard.type('.')
    expect(await page.locator('create-view .cm-content input[type=checkbox]').count()).toBe(2)
    const field = page.locator('#content')
    const whole = await field.inputValue()
    await page.keyboard.press('Control+z')
    await expect.poll(() => field.inputValue()).not.toBe(whole)
    await page.keyboard.press('Control+Shift+Z')
    await expect.poll(() => field.inputValue()).toBe(whole)
    await page.getByText('Kept on this device').waitFor()
    await page.keyboard.press('Control+s')
    await page.getByText('kept on your device until you make the page').waitFor()
    expect(await axe(page)).toEqual([])
    // A task is ticked, and the find panel replaces, as everywhere: only from other lines the page is made.
    await page.keyboard.press('Control+Enter')
    await expect.poll(() => field.inputValue()).toContain('- [x] door')
    await page.keyboard.press('Control+Enter')
    await expect.poll(() => field.inputValue()).toBe(whole)
    await page.keyboard.press('Control+f')
    await page.getByRole('textbox', { name: 'Find' }).fill('oven')
    await page.getByRole('textbox', { name: 'Replace with' }).fill('ovens')
    await page.keyboard.press('Control+Enter')
    await expect.poll(() => field.inputValue()).toContain('- [ ] ovens')
    await page.keyboard.press('Escape')
    await page.locator('.cm-line', { hasText: 'On the first' }).click()
    await page.keyboard.press('Control+Enter')
    await page.waitForURL('**/wiki/Rota')
    expect((await ada.post('page:read', { title: 'Rota' })).content).toBe(
      'On the first Monday:\n\n- [ ] ovens\n- [ ] door, see [[Open days]].',
    )
  })

  test('a new page waits for its files, and is not left without a word while one is on its way', async () => {
    const { page } = await open(ada, '/create?title=Pictures')
    await page.locator('create-view .cm-content').click()
    let release = () => {}
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    await page.route('**/api/file:upload', async route => {
      await held
      await route.continue()
    })
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('toolbar').getByRole('button', { name: 'Picture or file' }).click(),
    ])
    await chooser.setFiles({ name: 'list.txt', mimeType: 'text/plain', buffer: Buffer.from('flour') })
    await page.locator('.upload').waitFor()
    await page.getByRole('button', { name: 'Make the page' }).click()
    await page.getByText('A file is still on its way.').waitFor()
    await page.locator('.nav').getByRole('link', { name: 'Home' }).click()
    const question = page.getByRole('dialog', { name: 'Leave without it?' })
    await question.getByText('“list.txt” is not in the page yet').waitFor()
    await question.getByRole('button', { name: 'Cancel' }).click()
    release()
    await page.locator('.upload').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Make the page' }).click()
    await page.waitForURL('**/wiki/Pictures')
    expect((await ada.post('page:read', { title: 'Pictures' })).content).toMatch(
      /^\[list\.txt\]\(\/files\/[^)]*list\.txt\)$/,
    )
  })

  test('a new picture and a new name change wherever that person stands', async () => {
    const linus = await w.person('linus')
    await linus.post('page:create', { title: 'Opening list', content: 'Lights.' })
    const reader = await open(ada, '/wiki/Opening_list')
    const { page } = await open(linus, '/profile')
    const picture = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    )
    await page.locator('#avatar').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: picture })
    await page.getByRole('button', { name: 'Use this picture' }).click()
    await page.locator('me-menu img').waitFor()
    await reader.page.locator('page-byline img').waitFor()
    await page.getByLabel('Your name').fill('linus t')
    await page.getByRole('button', { name: 'Change my name' }).click()
    await page.locator('me-menu', { hasText: 'linus t' }).waitFor()
  })

  test('the keyboard does everything: jump, edit, done, rename', async () => {
    const { page, problems } = await open(ada, '/')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('sourdough')
    await page
      .getByRole('option', { name: /Sourdough/ })
      .first()
      .waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/Sourdough')
    await page.keyboard.press('e')
    await page.locator('.cm-content[contenteditable=true]').waitFor()
    await page.locator('save-light', { hasText: 'Saved' }).waitFor()
    await page.getByRole('button', { name: 'Done' }).press('Enter')
    await page.locator('article').waitFor()
    await page.getByLabel('More about this page').press('Enter')
    await page.getByRole('button', { name: 'Rename or move…' }).press('Enter')
    await page.getByLabel('Title').fill('Bakery handbook/Sourdough bread')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/Sourdough_bread')
    await page.getByRole('heading', { level: 1, name: 'Sourdough bread' }).waitFor()
    await ada.post('page:rename', { page: id, title: 'Bakery handbook/Sourdough' })
    await page.waitForURL('**/Sourdough')
    expect(problems).toEqual([])
  })

  test('going from page to page loads no new document, and back returns to where one was', async () => {
    const { page } = await open(ada, path)
    await page.evaluate(() => Object.assign(window, { same: true }))
    await page.locator('page-tree a', { hasText: 'Equipment' }).click()
    await page.waitForURL('**/wiki/Equipment')
    expect(await page.title()).toBe('Equipment · Chorus')
    await page.goBack()
    await page.getByRole('heading', { level: 1, name: 'Sourdough' }).waitFor()
    expect(await page.evaluate(() => 'same' in window)).toBe(true)
  })

  test('signing in leads on to where one wanted to be; a wrong password is told', async () => {
    const { page } = await open(w.guest(), '/login?next=%2Fprofile')
    await page.getByLabel('Name').fill('grace')
    await page.getByLabel('Password').fill('not this one')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: 'do not belong together' }).waitFor()
    await page.getByLabel('Password').fill('grace likes bread')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/profile')
    await page.locator('me-menu summary').click()
    await page.getByRole('link', { name: 'Sign out' }).first().click()
    await page.getByRole('link', { name: 'Sign in' }).waitFor()
  })

  test('a server that restarts says so, and nothing is said any more when it is back', async () => {
    const { page } = await open(ada, '/')
    const reader = await open(w.guest(), '/')
    await w.running.close()
    const bar = page.locator('line-bar')
    await bar.getByText('The server is restarting. What you write is kept on this device').waitFor()
    await reader.page.getByText('What you read may be out of date.').waitFor()
    await w.restart().catch(() => {})
    await bar.locator('.says').waitFor({ state: 'detached' })
  })

  test('what happened while there was no line is caught up with when it is back', async () => {
    await using wire = await network(w.url)
    const reader = new Client(wire.url)
    const article = await open(reader, '/wiki/Holiday_rota')
    const home = await open(reader, '/')
    await wire.cut()
    // Nobody has said that it would end.
    await article.page.locator('line-bar', { hasText: 'cannot be reached' }).waitFor()
    const { id: rota } = await ada.post('page:read', { title: 'Holiday rota' })
    await ada.post('page:edit', { page: rota, edits: [{ append: '\nBut mika does not.\n' }] })
    await ada.post('page:create', { title: 'Written meanwhile', content: '' })
    await wire.mend()
    await article.page.locator('article', { hasText: 'But mika does not.' }).waitFor()
    await article.page.locator('page-tree a', { hasText: 'Written meanwhile' }).waitFor()
    await home.page.locator('.row', { hasText: 'Written meanwhile' }).waitFor()
  })

  test('home shows whoever comes again what has changed since they were last here, apart from what is older', async () => {
    const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000)
    const older = await grace.post('page:create', { title: 'Known long ago', content: 'x' })
    await w.running.db.em().nativeUpdate(Page, { id: older.id }, { createdAt: ago(9), updatedAt: ago(9) })
    const { page } = await open(ada, '/')
    const context = page.context()
    expect(await page.getByText('Since your last visit').count()).toBe(0)
    await page.close()

    await context.clock.setSystemTime(ago(3))
    const before = await context.newPage()
    await before.goto('/')
    await online(before)
    await before.close()
    await grace.post('page:create', { title: 'New to ada', content: 'x' })
    await context.clock.setSystemTime(Date.now())
    const again = await context.newPage()
    await again.goto('/')
    await online(again)
    const since = again.locator('section', { hasText: 'Since your last visit' })
    await since.locator('.row', { hasText: 'New to ada' }).waitFor()
    expect(await since.locator('.row', { hasText: 'Known long ago' }).count()).toBe(0)
    await again.locator('section', { hasText: 'Earlier' }).locator('.row', { hasText: 'Known long ago' }).waitFor()
    // Within one visit it stays what it was.
    await again.reload()
    await since.locator('.row', { hasText: 'New to ada' }).waitFor()
  })

  test('a choice of colours is kept, and “as the system” follows the system again', async () => {
    const { page } = await open(ada, '/profile', { colorScheme: 'dark', reducedMotion: 'reduce' })
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
    const chosen = (theme: string) =>
      page.locator(`[name=theme][value=${theme}]:checked`).waitFor({ state: 'attached' })
    const choose = (words: string) => page.locator('label.choice', { hasText: words }).click()
    await chosen('system')
    const dark = await ground()
    await page.emulateMedia({ colorScheme: 'light' })
    const light = await ground()
    expect(light).not.toBe(dark)
    await choose('Dark')
    expect(await ground()).toBe(dark)
    await page.reload()
    expect(await ground()).toBe(dark)
    await chosen('dark')
    await choose('As the system')
    expect(await ground()).toBe(light)
    await page.reload()
    await chosen('system')
    expect(await ground()).toBe(light)
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await ground()).toBe(dark)
  })

  test('what shows others’ edits is loaded at the first of them, and the editor when somebody edits', async () => {
    // What is small may be shared with what a page needs anyway.
    const large = (name: RegExp) =>
      parts()
        .find(part => name.test(part.name))!
        .files.filter(({ bytes }) => bytes > 20_000)
        .map(({ file }) => file)
    const [live, editor] = [large(/^live reading/), large(/^editor/)]
    const { path, id } = await ada.post('page:create', { title: 'Loaded in time', content: 'Words.' })
    const { page } = await windowOf(chrome, ada, { serviceWorkers: 'block' })
    closing.push(() => page.context().close())
    const asked = new Set<string>()
    expect([live.length, editor.length]).toEqual([2, 2])
    page.on('request', request => asked.add(new URL(request.url()).pathname.slice(1)))
    const loaded = () => [...live, ...editor].filter(file => asked.has(file))
    await page.goto(path)
    await online(page)
    // It comes when there is nothing else to do.
    await page.waitForFunction(() => customElements.get('job-bar'))
    expect(loaded()).toEqual([])
    await grace.post('page:edit', { page: id, edits: [{ append: 'More.' }] })
    await page.locator('article', { hasText: 'More.' }).waitFor()
    expect(loaded()).toEqual(live)
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    await page.locator('.cm-content[contenteditable=true]').waitFor()
    expect(loaded()).toEqual([...live, ...editor])
  })

  test('the program that every screen loads is at most 45 kB, and long files come compressed', async () => {
    const html = await (await w.guest().fetch('/')).text()
    const files = [...html.matchAll(/(?:modulepreload" href|module" src)="([^"]+)"/g)].map(([, file]) => file!)
    expect(files.length).toBeGreaterThan(1)
    let bytes = 0
    for (const file of files) {
      const response = await w.guest().fetch(file, { headers: { 'Accept-Encoding': 'gzip' } })
      expect(response.headers.get('Content-Encoding')).toBe('gzip')
      bytes += Number(response.headers.get('Content-Length'))
    }
    expect(bytes).toBeLessThanOrEqual(45_000)
  })
})
