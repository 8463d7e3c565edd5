import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { axe, browser } from './support/browser.ts'
import { type Furnished, furnish, openScreen, SCREENS } from './support/screens.ts'
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

test.each(SCREENS)('$name keeps nobody out: axe finds nothing, and nothing is wider than the window', async screen => {
  const { page, problems } = await openScreen(screen, { wiki, browser: chrome })
  const wrong = await axe(page)
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  if (wide > 0) wrong.push(`wider than the window by ${wide} pixels`)
  expect(wrong).toEqual([])
  expect(problems).toEqual([])
  for (const context of chrome.contexts()) await context.close()
})

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
