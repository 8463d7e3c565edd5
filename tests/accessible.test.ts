import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { axe, browser } from './support/browser.ts'
import { type Furnished, furnish } from './support/furnished.ts'
import { openScreen, SCREENS } from './support/screens.ts'
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

const wider = (page: Page) =>
  page.evaluate(() => {
    const by = document.documentElement.scrollWidth - document.documentElement.clientWidth
    return by > 0 ? [`wider than the window by ${by} pixels`] : []
  })

/** What a narrow window can change: names that are hidden, targets that touch, boxes that scroll, colours behind. */
const NARROW = ['button-name', 'link-name', 'label', 'target-size', 'scrollable-region-focusable', 'aria-hidden-focus']

/** What is wrong in every look: by day, in the dark, where only colours differ, and on a phone. */
async function wrongIn(page: Page): Promise<string[]> {
  // A colour on its way from one look to the other is neither.
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const wrong = [...(await axe(page)), ...(await wider(page))]
  await page.emulateMedia({ colorScheme: 'dark' })
  wrong.push(...(await axe(page, ['color-contrast'])).map(line => `dark: ${line}`))
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 390, height: 844 })
  wrong.push(...[...(await axe(page, NARROW)), ...(await wider(page))].map(line => `phone: ${line}`))
  return wrong
}

test.each(SCREENS.filter(({ axe }) => !axe))(
  '$name keeps nobody out: axe finds nothing by day, in the dark and on a phone, and nothing is wider than the window',
  async screen => {
    const { page, problems } = await openScreen(screen, { wiki, browser: chrome })
    await page.evaluate(() => document.fonts.ready.then(() => null))
    expect(await wrongIn(page)).toEqual([])
    expect(problems).toEqual([])
    for (const context of chrome.contexts()) await context.close()
  },
)

test.each(['home', 'reading-together', 'editing', 'everything', 'profile'])(
  '%s is as good with more contrast, in the colours of the system, and without motion',
  async name => {
    const screen = SCREENS.find(screen => screen.name === name)!
    const { page } = await openScreen(screen, { wiki, browser: chrome })
    await page.emulateMedia({ reducedMotion: 'reduce' })
    for (const media of [
      { contrast: 'more' },
      { contrast: 'more', colorScheme: 'dark' },
      { contrast: null, forcedColors: 'active' },
    ] as const) {
      await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none', ...media })
      expect(await axe(page, ['color-contrast', 'link-in-text-block']), JSON.stringify(media)).toEqual([])
    }
    const moving = await page.evaluate(
      () => document.getAnimations().filter(({ effect }) => Number(effect?.getComputedTiming().duration) > 1).length,
    )
    expect(moving).toBe(0)
    for (const context of chrome.contexts()) await context.close()
  },
)

test('Tab walks through a page in the order in which it is read, and where it stands is seen', async () => {
  const { page } = await openScreen(SCREENS.find(({ name }) => name === 'reading')!, { wiki, browser: chrome })
  const stops: { name: string; seen: boolean }[] = []
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab')
    stops.push(
      await page.evaluate(() => {
        const at = document.activeElement as HTMLElement
        const { outlineStyle, boxShadow } = getComputedStyle(at)
        const around = getComputedStyle(at.parentElement!)
        const box = at.getBoundingClientRect()
        const seen = outlineStyle !== 'none' || boxShadow !== 'none' || around.outlineStyle !== 'none'
        return {
          name: (at.ariaLabel ?? at.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 40),
          seen: at === document.body || (seen && box.width > 0),
        }
      }),
    )
  }
  const at = (name: RegExp) => stops.findIndex(stop => name.test(stop.name))
  expect(at(/^Skip to the text/)).toBe(0)
  const order = [/^Skip/, /^Home/, /^All pages/, /^Edit/, /^More about/, /^starter$/, /^proofing cellar/].map(at)
  expect(order).toEqual([...order].sort((a, b) => a - b))
  expect(order).not.toContain(-1)
  expect(stops.filter(({ seen }) => !seen)).toEqual([])
  for (const context of chrome.contexts()) await context.close()
})

test('“Skip to the text” leads there: what Tab comes to next is in the text', async () => {
  const { page } = await openScreen(SCREENS.find(({ name }) => name === 'reading')!, { wiki, browser: chrome })
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.activeElement?.id === 'main')
  expect(new URL(page.url()).pathname).toBe(wiki.path)
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement!.closest('#main') !== null)).toBe(true)
  for (const context of chrome.contexts()) await context.close()
})
