import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { axe, browser, windowOf } from './support/browser.ts'
import type { Client } from './support/client.ts'
import { type World, world } from './support/world.ts'

let w: World
let chrome: Browser
let ada: Client
let path: string

const ARTICLE = `Every loaf starts with the [[Starter care|starter]] and nobody wrote [[Proofing cellar]].[^1]

## Code

\`\`\`js
const ratio = (water, flour) => water / flour
\`\`\`

## Pictures

![Three voices](/mark.svg "Our mark")

![The mark again](/mark.svg)

[^1]: Measured *in the bowl*.

> [!warning] Hot
> Mind the oven.

$$
\\frac{a}{b}
$$

${Array.from({ length: 12 }, (_, i) => `## Part ${i}\n\nSome words.\n\nMore words.\n`).join('\n')}

\`\`\`mermaid
graph LR
  Flour --> Dough --> Bread
\`\`\`
`

beforeAll(async () => {
  w = await world()
  chrome = await browser()
  ada = await w.person('ada')
  await ada.post('page:create', {
    title: 'Starter care',
    content: '# Starter care\n\nFeed it **twice** a day.\n\n## Signs\n\nIt is hungry when it sinks.',
  })
  path = (await ada.post('page:create', { title: 'Bakery/Sourdough', content: ARTICLE })).path
})
afterAll(async () => {
  await chrome.close()
  await w.close()
})

test('a link shows how its page begins, to a pointer and to the keyboard, and Escape takes the card away', async () => {
  const { page, context, problems } = await windowOf(chrome, w.guest())
  await page.goto(path)
  const card = page.getByRole('tooltip')
  const link = page.getByRole('link', { name: 'starter', exact: true })
  await page.locator('article img[role=button]').first().waitFor({ state: 'attached' })
  await link.hover()
  await card.waitFor()
  expect(await card.textContent()).toMatch(/Starter care[\s\S]*Feed it twice a day\.[\s\S]*ada edited/)
  expect(await link.getAttribute('aria-describedby')).toBe(await card.getAttribute('id'))
  expect(await axe(page)).toEqual([])
  await page.keyboard.press('Escape')
  await card.waitFor({ state: 'hidden' })
  await page.mouse.move(5, 500)
  await link.focus()
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Tab')
  await card.waitFor()
  await page.keyboard.press('Tab')
  await card.waitFor({ state: 'hidden' })
  await page.locator('.note a').first().hover()
  await card.getByText('Measured in the bowl.').waitFor()
  expect(problems).toEqual([])
  await context.close()
})

test('on a phone a footnote opens where one reads, and a link that is held shows its page', async () => {
  const { page, context } = await windowOf(chrome, w.guest(), {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  })
  await page.goto(path)
  await page.locator('article img[role=button]').first().waitFor({ state: 'attached' })
  await page.locator('.note a').first().tap()
  const card = page.getByRole('tooltip')
  await card.getByText('Measured in the bowl.').waitFor()
  expect(new URL(page.url()).hash).toBe('')
  await page.touchscreen.tap(200, 700)
  await card.waitFor({ state: 'hidden' })
  const link = page.getByRole('link', { name: 'starter', exact: true })
  const finger = { pointerType: 'touch', bubbles: true, composed: true }
  await link.dispatchEvent('pointerdown', finger)
  await card.getByText('Feed it twice').waitFor()
  await link.dispatchEvent('pointerup', finger)
  await link.dispatchEvent('click', { bubbles: true, cancelable: true })
  expect(new URL(page.url()).pathname).toBe(path)
  await context.close()
})

test('code is copied with a button that the keyboard reaches, and pictures are seen large and walked through', async () => {
  const { page, context } = await windowOf(chrome, w.guest(), { permissions: ['clipboard-read', 'clipboard-write'] })
  await page.goto(path)
  await page.locator('article img[role=button]').first().waitFor({ state: 'attached' })
  await page.locator('article pre').first().focus()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'The code is on the clipboard' }).waitFor()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    'const ratio = (water, flour) => water / flour\n',
  )
  await page.getByRole('button', { name: 'Three voices, open large' }).focus()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Three voices' })
  await dialog.getByText('Our mark').waitFor()
  expect(await axe(page)).toEqual([])
  await page.keyboard.press('ArrowRight')
  await page.getByRole('dialog', { name: 'The mark again' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await expect.poll(() => page.evaluate(() => (document.activeElement as HTMLImageElement).alt)).toBe('The mark again')
  await context.close()
})

test('the contents follow what is read', async () => {
  const { page, context } = await windowOf(chrome, w.guest(), { viewport: { width: 1440, height: 900 } })
  await page.goto(path)
  const here = page.locator('page-contents a[aria-current]')
  await expect.poll(() => here.textContent()).toBe('Code')
  await page.getByRole('heading', { name: 'Part 6' }).evaluate(heading => heading.scrollIntoView())
  await expect.poll(() => here.textContent(), { timeout: 10_000 }).toBe('Part 6')
  await page.locator('page-contents a', { hasText: 'Part 3' }).click()
  await expect.poll(() => here.textContent(), { timeout: 10_000 }).toBe('Part 3')
  await context.close()
})

test('a diagram is drawn in a frame without an origin, and formulas are MathML', async () => {
  const { page, context, problems } = await windowOf(chrome, w.guest())
  await page.goto(path)
  expect(await page.locator('.formula math mfrac').count()).toBe(1)
  await page.locator('figure.diagram').scrollIntoViewIfNeeded()
  await page.locator('figure.diagram.drawn').waitFor({ timeout: 45_000 })
  const frame = page.frameLocator('figure.diagram iframe')
  await frame.locator('svg').getByText('Dough').first().waitFor()
  expect(await page.locator('figure.diagram iframe').getAttribute('sandbox')).toBe('allow-scripts')
  const inside = page.frames().find(one => one.url().endsWith('/diagram'))!
  expect(await inside.evaluate(() => origin)).toBe('null')
  expect(await inside.evaluate(() => fetch('/api/user:me', { method: 'POST' }).catch(() => 'refused'))).toBe('refused')
  expect(problems.filter(problem => !/connect-src|Connecting to|Refused to connect/.test(problem))).toEqual([])
  await context.close()
})
