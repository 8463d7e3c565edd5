import type { Browser } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { axe, browser, windowOf } from './support/browser.ts'
import { Client } from './support/client.ts'
import { type World, world } from './support/world.ts'

let w: World
let chrome: Browser

beforeAll(async () => {
  w = await world()
  chrome = await browser()
})
afterAll(async () => {
  await chrome.close()
  await w.close()
})

test('whoever makes an empty wiki is greeted by a page that teaches it by being changed; the next ones are not', async () => {
  const { page, context, problems } = await windowOf(chrome, w.guest())
  await page.goto('/register')
  await page.getByLabel('Name').fill('ada')
  await page.getByLabel('Password').fill('a few words make it')
  await page.getByRole('button', { name: 'Make my account' }).click()
  await page.waitForURL('**/wiki/Welcome')
  await page.locator('article', { hasText: 'Hello ada' }).waitFor()
  await page.locator('a.wiki.missing', { hasText: 'Our first page' }).waitFor()
  await page.getByRole('link', { name: 'People' }).last().waitFor()
  expect(await page.locator('article input[type=checkbox]').count()).toBe(4 - 1)
  expect(await axe(page)).toEqual([])
  const second = await windowOf(chrome, w.guest())
  await second.page.goto('/register')
  await second.page.getByLabel('Name').fill('grace')
  await second.page.getByLabel('Password').fill('a few words make it')
  await second.page.getByRole('button', { name: 'Make my account' }).click()
  await second.page.waitForURL(/\/$/)
  const { total } = await new Client(w.url).post('page:list', {})
  expect(total).toBe(1)
  expect([...problems, ...second.problems]).toEqual([])
  await Promise.all([context.close(), second.context.close()])
})

test('a picture is cut to a square by whoever it shows, with keys alone, and only the square is sent', async () => {
  const linus = await w.person('linus')
  const { page, context, problems } = await windowOf(chrome, linus)
  await page.goto('/profile')
  // Left half red, right half blue.
  const half = (background: string) =>
    sharp({ create: { width: 300, height: 300, channels: 3, background } })
      .png()
      .toBuffer()
  const buffer = await sharp({ create: { width: 600, height: 300, channels: 3, background: 'red' } })
    .composite([{ input: await half('blue'), left: 300, top: 0 }])
    .png()
    .toBuffer()
  await page.locator('#avatar').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer })
  const frame = page.getByLabel('Part of the picture that is shown')
  await frame.focus()
  for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('+')
  expect(await axe(page)).toEqual([])
  await page.getByRole('button', { name: 'Use this picture' }).click()
  const shown = page.locator('me-menu user-avatar img')
  await shown.waitFor()
  const bytes = Buffer.from(await (await linus.fetch((await shown.getAttribute('src'))!)).arrayBuffer())
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true })
  expect(info.width).toBe(info.height)
  const right = (Math.floor(info.height / 2) * info.width + info.width - 4) * info.channels
  expect(data[right]! > 200 && data[right + 2]! < 60).toBe(true)
  await page
    .locator('#avatar')
    .setInputFiles({ name: 'no.png', mimeType: 'image/png', buffer: Buffer.from('no picture') })
  await page.getByText('This picture cannot be read.').waitFor()
  expect(problems).toEqual([])
  await context.close()
})

test('high contrast is a choice of this device, and is there before the first paint', async () => {
  const noor = await w.person('noor')
  const { page, context } = await windowOf(chrome, noor)
  await page.goto('/profile')
  const ink = () => page.evaluate(() => getComputedStyle(document.body).color)
  const before = await ink()
  await page.getByLabel(/High contrast/).check()
  expect(await ink()).not.toBe(before)
  expect(await ink()).toBe('rgb(0, 0, 0)')
  await page.reload()
  expect(await ink()).toBe('rgb(0, 0, 0)')
  expect(await page.getByLabel(/High contrast/).isChecked()).toBe(true)
  expect(await axe(page)).toEqual([])
  await context.close()
})
