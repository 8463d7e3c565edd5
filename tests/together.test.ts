import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { axe } from './support/browser.ts'
import { inBrowser } from './support/windows.ts'

const LONG = Array.from({ length: 60 }, (_, i) => `Paragraph ${i + 1} of a text that is longer than any window.`)

const {
  wiki: w,
  people: { ada, grace },
  open,
} = await inBrowser('ada', 'grace')

describe('together', () => {
  const make = (title: string, content: string) => ada.post('page:create', { title, content })
  /** Resolves when somebody's face is above the page. */
  const face = (page: Page, name: string) => page.getByRole('button', { name: `Follow ${name}` }).first()
  const inView = (page: Page, words: string) =>
    page.waitForFunction(words => {
      const block = [...document.querySelectorAll('article p')].find(p => p.textContent?.startsWith(words))
      const box = block?.getBoundingClientRect()
      return box && box.top > 0 && box.bottom < innerHeight
    }, words)

  test('whoever reads a page is seen above it, beside it in the tree and on lists; guests and departures make no noise', async () => {
    const { path } = await make('Seen here', 'Words.')
    const before = await (await w.guest().fetch('/')).text()
    const one = await open(ada, path)
    // A document that a service worker fetches cannot be put in its place below.
    const list = await open(w.guest(), '/pages', { serviceWorkers: 'block' })
    const two = await open(grace, path)
    await face(one, 'grace').waitFor()
    await face(two, 'ada').waitFor()
    await one.locator('here-now', { hasText: 'grace' }).waitFor()
    await list
      .locator('.row', { hasText: 'Seen here' })
      .getByRole('img', { name: /grace reads/ })
      .waitFor()
    await list
      .locator('.branch', { hasText: 'Seen here' })
      .getByRole('img', { name: /ada reads/ })
      .waitFor()
    // A document that was made before they came says nothing about them.
    await list.route(`${w.url}/`, route => route.fulfill({ body: before, contentType: 'text/html' }))
    const home = list.waitForResponse(`${w.url}/`)
    await list.locator('a.mark[href="/"]').click()
    expect(await (await home).text()).toBe(before)
    await list.locator('home-view .row', { hasText: 'Seen here' }).waitFor()
    expect(await list.getByRole('img', { name: /grace reads/ }).count()).toBeGreaterThan(0)
    const guest = await open(w.guest(), path)
    await guest.locator('here-now', { hasText: 'grace' }).waitFor()
    expect(await one.locator('here-now li').count()).toBe(1)
    await w.running.wiki.derivations.settled()
    const found = await open(ada, '/search?q=seen+here')
    await found
      .locator('.hit', { hasText: 'Seen here' })
      .getByRole('img', { name: /grace reads/ })
      .waitFor()
    expect(await axe(found)).toEqual([])
    expect(await axe(one)).toEqual([])
    await two.goto('/pages')
    await face(one, 'grace').waitFor({ state: 'detached' })
    expect([...one.problems, ...two.problems, ...list.problems]).toEqual([])
  })

  test('each person counts once, in however many tabs, and whom there is no room for is told as a number', async () => {
    const { id, seq, path } = await make('Crowded', 'Words.')
    const names = Array.from({ length: 15 }, (_, i) => `guest ${String.fromCharCode(97 + i)}`)
    for (const person of await Promise.all(names.map(name => w.person(name.replace(' ', '-'))))) {
      await person.ask('page:visit', { page: id, seq })
      await person.ask('page:open', { page: id })
    }
    const tabs = [await open(grace, path), await open(grace, path)]
    await tabs[0]!.getByRole('button', { name: 'Edit', exact: true }).click()
    const [one, two] = [await open(ada, path), await open(w.guest(), path)]
    // The guest sees ada, too.
    for (const [page, others] of [
      [one, 16],
      [two, 17],
    ] as const) {
      await page.locator('presence-bar .rest', { hasText: `+${others - 5}` }).waitFor()
      expect(await page.locator('presence-bar .stack').locator('user-avatar').count()).toBe(5)
    }
    await one.getByRole('button', { name: 'Edit', exact: true }).click()
    await one.locator('.cm-content[contenteditable=true]').waitFor()
    await expect.poll(() => one.locator('here-now li').count()).toBe(16)
    expect(await one.locator('here-now li', { hasText: 'grace' }).count()).toBe(1)
    await expect.poll(() => one.locator('presence-bar .rest').textContent()).toBe('+11')
  })

  test('who is followed leads: down the page, to another page; a key of one’s own ends it', async () => {
    const { path } = await make('Led here', LONG.join('\n\n'))
    await make('Led there', 'The other page.')
    const one = await open(ada, path)
    const two = await open(grace, path)
    await face(one, 'grace').click()
    await one.getByText('Following grace').waitFor()
    await two.evaluate(() => document.querySelectorAll('article p')[40]!.scrollIntoView())
    await inView(one, 'Paragraph 41')
    expect(await one.evaluate(() => scrollY)).toBeGreaterThan(500)
    await two.locator('page-tree a', { hasText: 'Led there' }).click()
    await one.waitForURL('**/Led_there')
    await one.getByText('Following grace').waitFor()
    await one.keyboard.press('ArrowDown')
    await one.getByText('You no longer follow grace.').waitFor()
    await two.locator('page-tree a', { hasText: 'Led here' }).click()
    await two.waitForURL('**/Led_here')
    await face(one, 'grace').waitFor({ state: 'detached' })
    expect(new URL(one.url()).pathname).toBe('/wiki/Led_there')
    expect(one.problems).toEqual([])
  })

  test('what changed since my last visit is marked with who did it, reached by a key, and gone when I have seen it', async () => {
    const { id, path } = await make('Marked', LONG.join('\n\n'))
    const one = await open(ada, path)
    await one.waitForFunction(() => document.querySelector('page-presence, presence-bar') !== null)
    await expect.poll(async () => (await ada.post('page:visits', {})).visits.some(({ page }) => page === id)).toBe(true)
    await one.goto('/pages')
    await one.locator('line-dot .dot.on').waitFor({ state: 'attached' })
    await grace.post('page:edit', {
      page: id,
      edits: [{ replace: 'Paragraph 50 of', with: 'Paragraph 50, mended, of' }],
    })
    await one
      .locator('.branch', { hasText: 'Marked' })
      .getByText('Changed since you saw it')
      .waitFor({ state: 'attached' })
    await one.locator('page-tree a', { hasText: 'Marked' }).click()
    await one.getByText(/Changed since your last visit, .* by grace/).waitFor()
    const mark = one.locator('.news-mark')
    expect(await mark.getAttribute('class')).toContain(`person-${grace.user!.colour}`)
    await one.keyboard.press('j')
    await inView(one, 'Paragraph 50, mended')
    const beside = await one.evaluate(() => {
      const block = [...document.querySelectorAll('article p')].find(p => p.textContent!.includes('mended'))!
      const [a, b] = [block.getBoundingClientRect(), document.querySelector('.news-mark')!.getBoundingClientRect()]
      return Math.abs(a.top - b.top) + Math.abs(a.bottom - b.bottom)
    })
    expect(beside).toBeLessThan(2)
    expect(await axe(one)).toEqual([])
    await one.getByRole('button', { name: 'Got it' }).click()
    await mark.waitFor({ state: 'detached' })
    await one.reload()
    await one.locator('line-dot .dot.on').waitFor({ state: 'attached' })
    await face(one, 'nobody').waitFor({ state: 'detached' })
    expect(await one.locator('page-news').count()).toBe(0)
    expect(one.problems).toEqual([])
  })

  test('the tree marks what is new, also under what is folded; what I read in one tab is at hand and no news in the other', async () => {
    const { id, path } = await make('Folded/Deep/New', 'Words.')
    const other = await open(ada, '/pages')
    const one = await open(ada, path)
    await other.locator('.shelf a', { hasText: 'New' }).waitFor()
    await one.goto('/pages')
    const branch = (name: string) => other.locator('.branch', { has: other.getByRole('link', { name, exact: true }) })
    await grace.post('page:edit', { page: id, edits: [{ append: ' More words.' }] })
    const folded = branch('Folded').getByText('Something under it changed')
    await folded.waitFor({ state: 'attached' })
    await other.getByRole('button', { name: 'Pages under Folded' }).click()
    await folded.waitFor({ state: 'detached' })
    await branch('Deep').getByText('Something under it changed').waitFor({ state: 'attached' })
    await other.getByRole('button', { name: 'Pages under Deep' }).click()
    const dot = branch('New').getByText('Changed since you saw it')
    await dot.waitFor({ state: 'attached' })
    await make('Read after it', 'Words.')
    await one.goto('/wiki/Read_after_it')
    await other.locator('.shelf a', { hasText: 'Read after it' }).waitFor()
    await one.goto(path)
    await dot.waitFor({ state: 'detached' })
    expect(await axe(other)).toEqual([])
    expect(await other.locator('.shelf a').first().textContent()).toBe('New')
    expect([...one.problems, ...other.problems]).toEqual([])
  })

  test('the latest change is one key away, wherever it was made', async () => {
    const { id, path } = await make('Latest', LONG.join('\n\n'))
    const one = await open(ada, path)
    await grace.post('page:edit', {
      page: id,
      edits: [{ replace: 'Paragraph 45 of', with: 'Paragraph 45, newest, of' }],
    })
    await one.locator('article p', { hasText: 'newest' }).waitFor()
    await one.keyboard.press('.')
    await one.getByText('grace wrote this last.').waitFor()
    await inView(one, 'Paragraph 45, newest')
  })

  test('a line that somebody writes in carries their colour for a while, and their caret and what they have selected fade when they rest', async () => {
    const { path } = await make('Coloured', 'First.\n\nSecond.')
    const [one, two] = [await open(ada, path), await open(grace, path)]
    for (const page of [one, two]) {
      await page.getByRole('button', { name: 'Edit', exact: true }).click()
      await page.locator('.cm-content[contenteditable=true]').waitFor()
    }
    await two.locator('.cm-content').click()
    await two.keyboard.press('Control+End')
    await one.locator('.remote').waitFor()
    await two.keyboard.type(' More words')
    const line = one.locator('.cm-line.written', { hasText: 'Second. More' })
    await line.waitFor()
    expect(await line.getAttribute('class')).toContain(`person-${grace.user!.colour}`)
    await line.waitFor({ state: 'detached' })
    await one.locator('.remote.idle').waitFor({ state: 'attached' })
    await two.keyboard.type('!')
    await one.locator('.remote:not(.idle)').waitFor({ state: 'attached' })
    await two.keyboard.press('Shift+Home')
    const selected = one.locator('.remote-selections .selected')
    const strength = () => selected.first().evaluate(box => Number(getComputedStyle(box).opacity))
    await selected.first().waitFor()
    expect(await strength()).toBe(1)
    await one.locator('.remote-selections .selected.idle').first().waitFor()
    await expect.poll(strength).toBe(0.4)
    await two.keyboard.press('Shift+ArrowRight')
    await one.locator('.remote-selections .selected.idle').waitFor({ state: 'detached' })
    await expect.poll(strength).toBe(1)
    expect([...one.problems, ...two.problems]).toEqual([])
  })
})
