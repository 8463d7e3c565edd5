// What stays as it is: nothing moves while a screen wakes up, and paper shows the whole text.

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { browser, windowOf } from './support/browser.ts'
import { type Furnished, furnish } from './support/furnished.ts'
import { type World, world } from './support/world.ts'

let w: World
let chrome: Browser
let wiki: Furnished

beforeAll(async () => {
  w = await world()
  chrome = await browser()
  wiki = await furnish(w, 5)
})
afterAll(async () => {
  await chrome.close()
  await w.close()
})

interface Shift {
  by: number
  what: string
  /** Within half a second of a click or a key. */
  answer: boolean
  /** When a typeface had just come: on a busy machine after the first sight, and it breaks a line elsewhere. */
  typeface: boolean
}

/** A window that remembers all that moved. */
async function watched(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const { page } = await windowOf(chrome, wiki.ada, options)
  await page.addInitScript(() => {
    const shifts: Shift[] = []
    Object.assign(window, { shifts })
    let came = Number.NEGATIVE_INFINITY
    document.fonts.addEventListener('loadingdone', () => {
      came = performance.now()
    })
    new PerformanceObserver(list => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number
        hadRecentInput: boolean
        sources: { node: Node | null }[]
      })[]) {
        const named = entry.sources.map(({ node }) => {
          const element = node instanceof Element ? node : node?.parentElement
          return `${element?.localName}.${element?.className}`
        })
        shifts.push({
          by: entry.value,
          what: named.join(' '),
          answer: entry.hadRecentInput,
          typeface: Math.abs(entry.startTime - came) < 100,
        })
      }
    }).observe({ type: 'layout-shift', buffered: true })
  })
  return page
}

const shiftsOn = (page: Page) => page.evaluate(() => (window as unknown as { shifts: Shift[] }).shifts)

/** What moved by itself by more than anybody could see: together, what is told as 0.00. */
async function moved(page: Page, typefaces = false): Promise<string[]> {
  const shifts = (await shiftsOn(page)).filter(({ answer, typeface }) => !answer && (typefaces || !typeface))
  const sum = shifts.reduce((sum, { by }) => sum + by, 0)
  return sum < 0.005 ? [] : shifts.map(({ by, what }) => `${by.toFixed(4)} ${what}`)
}

/** Until everything that comes by itself has come. */
async function settled(page: Page): Promise<void> {
  await page.locator('line-dot .dot.on').waitFor({ state: 'attached' })
  await page.evaluate(async () => {
    await document.fonts.ready
    for (let i = 0; i < 3; i++) await new Promise(done => requestIdleCallback(done))
    await new Promise(done => requestAnimationFrame(() => setTimeout(done)))
  })
}

const LOOKS: [name: string, options: Parameters<Browser['newContext']>[0]][] = [
  ['a desk', {}],
  ['a phone', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
]

test('typefaces are asked for with the document and not first by its styles, and nothing moves when they come', async () => {
  const page = await watched()
  await page.goto(wiki.path)
  await settled(page)
  const asked = await page.evaluate(() =>
    (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
      .filter(({ name }) => name.endsWith('.woff2'))
      .map(({ name, initiatorType }) => `${new URL(name).pathname}: ${initiatorType}`),
  )
  expect(asked.length).toBeGreaterThan(1)
  expect(asked.filter(one => !one.endsWith(': link'))).toEqual([])
  expect(await page.evaluate(() => [...document.fonts].some(({ status }) => status === 'loaded'))).toBe(true)
  expect(await moved(page, true)).toEqual([])
  await page.close()
})

test.each(LOOKS)(
  'on %s nothing moves while a page, home and the lists open, and while others come and go',
  async (_, options) => {
    const page = await watched(options)
    for (const path of [wiki.path, '/', '/pages', '/changes', '/wiki/Bakery_handbook/One_of_everything']) {
      await page.goto(path)
      await settled(page)
      expect(await moved(page), path).toEqual([])
    }
    await page.goto(wiki.path)
    await settled(page)
    const other = await windowOf(chrome, wiki.grace)
    await other.page.goto(wiki.path)
    await page.locator('presence-bar .av').waitFor({ state: 'attached' })
    await settled(page)
    expect(await moved(page)).toEqual([])
    await Promise.all([page.context().close(), other.context.close()])
  },
)

const PACES = [
  { pace: '', rate: 1 },
  { pace: ' with an old processor', rate: 8 },
].flatMap(({ pace, rate }) => LOOKS.map(([look, options]) => ({ where: look + pace, options, rate })))

test.each(PACES)('on $where neither does anything move when writing begins and ends', async ({ options, rate }) => {
  const page = await watched(options)
  await page.goto(wiki.path)
  await settled(page)
  await (await page.context().newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate })
  const top = () =>
    page.evaluate(() =>
      Math.round(
        [...document.querySelectorAll('article:not([hidden]) p, .cm-line')]
          .find(line => line.textContent!.includes('Every loaf we sell') && line.getBoundingClientRect().height > 0)!
          .getBoundingClientRect().top,
      ),
    )
  const before = await top()
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await page.locator('save-light', { hasText: 'Saved' }).waitFor()
  await settled(page)
  expect(Math.abs((await top()) - before)).toBeLessThanOrEqual(1)
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('button', { name: 'Edit', exact: true }).waitFor()
  await settled(page)
  expect(Math.abs((await top()) - before)).toBeLessThanOrEqual(1)
  expect(await moved(page)).toEqual([])
  // Of what is written nothing may move as an answer either.
  expect((await shiftsOn(page)).filter(({ what }) => /\bcm-line\b/.test(what))).toEqual([])
  await page.context().close()
})

test('paper shows the text and nothing around it: addresses of links, folded parts open, no table cut', async () => {
  const wide = `| ${Array.from({ length: 14 }, (_, i) => `A long heading ${i}`).join(' | ')} |\n|${' --- |'.repeat(14)}\n| ${Array.from({ length: 14 }, (_, i) => `value-${i}-that-goes-on`).join(' | ')} |\n`
  const content = `See [the mill](https://mill.example/prices) and [[Starter care]].\n\n> [!warning]- Folded\n> Mind the oven.\n\n${wide}\n\n~~~\n${'long '.repeat(80)}\n~~~\n`
  const { path } = await wiki.ada.post('page:create', { title: 'On paper', content })
  const { page, context } = await windowOf(chrome, wiki.ada, { viewport: { width: 700, height: 990 } })
  await page.goto(path)
  await settled(page)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ media: 'print', colorScheme })
    for (const around of ['.rail', '.top', '.side', 'line-bar', 'linked-from', '.skip'])
      expect(await page.locator(around).first().isVisible(), around).toBe(false)
    await page.getByText('Mind the oven.').waitFor()
    const after = (name: string) =>
      page.getByRole('link', { name }).evaluate(link => getComputedStyle(link, '::after').content)
    expect(await after('the mill')).toBe('" (https://mill.example/prices)"')
    const cut = await page.evaluate(() =>
      [...document.querySelectorAll('.table, pre')]
        .filter(box => box.scrollWidth > box.clientWidth + 1 || box.getBoundingClientRect().right > innerWidth)
        .map(box => box.className || box.localName),
    )
    expect(cut).toEqual([])
    const [paper, ink] = await page.evaluate(() => [
      getComputedStyle(document.documentElement).backgroundColor,
      getComputedStyle(document.querySelector('article p')!).color,
    ])
    expect([paper, ink]).toEqual(['rgb(255, 255, 255)', 'rgb(30, 28, 25)'])
  }
  await page.emulateMedia({ media: 'screen' })
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await page.locator('save-light', { hasText: 'Saved' }).waitFor()
  await page.locator('.cm-content').focus()
  await page.keyboard.press('Control+Home')
  await page.keyboard.type('Printed while it is written. ')
  await page.pdf()
  await page.emulateMedia({ media: 'print' })
  await page.locator('article', { hasText: 'Printed while it is written. See the mill' }).waitFor()
  expect(await page.locator('page-editor').isVisible()).toBe(false)
  await context.close()
})
