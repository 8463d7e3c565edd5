import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axe, browser, windowOf } from './support/browser.ts'
import type { Client } from './support/client.ts'
import { type World, world } from './support/world.ts'

let w: World
let b: Browser
let ada: Client
let grace: Client

beforeAll(async () => {
  w = await world()
  ada = await w.person('ada')
  grace = await w.person('grace')
  b = await browser()
}, 60_000)
afterAll(async () => {
  await b.close()
  await w.close()
})

const png = (background: string, width = 400, height = 300) =>
  sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer()

/** Puts files on the clipboard, or drags them there, and lets them go over the text. */
const put = (page: Page, how: 'paste' | 'drop', files: { name: string; type: string; bytes: Buffer }[]) =>
  page.evaluate(
    ([kind, given]) => {
      const data = new DataTransfer()
      for (const { name, type, base64 } of given as { name: string; type: string; base64: string }[])
        data.items.add(new File([Uint8Array.from(atob(base64), one => one.charCodeAt(0))], name, { type }))
      const text = document.querySelector('.cm-content')!
      const { left, top } = text.getBoundingClientRect()
      const options = { bubbles: true, cancelable: true, clientX: left + 5, clientY: top + 5 }
      text.dispatchEvent(
        kind === 'paste'
          ? new ClipboardEvent('paste', { ...options, clipboardData: data })
          : new DragEvent('drop', { ...options, dataTransfer: data }),
      )
    },
    [how, files.map(({ bytes, ...file }) => ({ ...file, base64: bytes.toString('base64') }))] as const,
  )

async function editing(client: Client, path: string, options = {}) {
  const open = await windowOf(b, client, options)
  await open.page.goto(path)
  await open.page.getByRole('button', { name: 'Edit', exact: true }).click()
  await open.page.locator('.cm-content[contenteditable="true"]').waitFor()
  return open
}

describe('a picture that one pastes', () => {
  test('is seen by the other in its place, and nothing moves when it comes', { timeout: 60_000 }, async () => {
    const { path, id } = await ada.post('page:create', { title: 'Pictures', content: 'Above.\n\n\n\nBelow.\n' })
    const [a, g] = [await editing(ada, path), await editing(grace, path)]
    await a.page.locator('.cm-line').nth(2).click()
    let letGo = () => {}
    const held = new Promise<void>(resolve => (letGo = resolve))
    await g.context.route('**/files/**', async route => {
      await held
      await route.continue()
    })
    await put(a.page, 'paste', [{ name: 'loaf.png', type: 'image/png', bytes: await png('tomato') }])
    const seen = g.page.locator('.cm-content img[src^="/files/"]')
    await seen.waitFor({ state: 'attached' })
    const below = () => g.page.locator('.cm-line', { hasText: 'Below.' }).boundingBox()
    const before = await below()
    expect(await seen.evaluate(image => [image.getAttribute('width'), image.getAttribute('height')])).toEqual([
      '400',
      '300',
    ])
    letGo()
    await expect.poll(() => seen.evaluate(image => (image as HTMLImageElement).naturalWidth)).toBe(400)
    expect(await below()).toEqual(before)
    await expect
      .poll(async () => (await ada.post('page:read', { page: id })).content)
      .toMatch(/^Above\.\n\n!\[loaf\]\(\/files\/[0-9a-f]{16}-400x300\/loaf\.png\)\n\nBelow\.\n$/)
    expect(await a.page.locator('.upload').count()).toBe(0)
    const html = await (await w.guest().fetch(path)).text()
    expect(html).toMatch(/<img src="\/files\/[^"]+" alt="loaf" width="400" height="300" loading="lazy">/)
    expect([...a.problems, ...g.problems]).toEqual([])
    await Promise.all([a.context.close(), g.context.close()])
  })
})

describe('a file on its way', () => {
  test('waits on the device without a connection, and is put in later, even by the next visit', {
    timeout: 60_000,
  }, async () => {
    const { path, id } = await ada.post('page:create', { title: 'Waiting', content: 'Words.\n' })
    const { page, context } = await editing(ada, path)
    await context.setOffline(true)
    await put(page, 'paste', [{ name: 'one.png', type: 'image/png', bytes: await png('navy') }])
    await page.locator('.upload', { hasText: 'Kept on this device' }).waitFor()
    await context.setOffline(false)
    const content = async () => (await ada.post('page:read', { page: id })).content
    await expect.poll(content, { timeout: 20_000 }).toContain('/one.png)')
    await context.setOffline(true)
    await put(page, 'paste', [{ name: 'two.png', type: 'image/png', bytes: await png('teal') }])
    await page.locator('.upload', { hasText: 'Kept on this device' }).waitFor()
    await page.close()
    await context.setOffline(false)
    const next = await context.newPage()
    await next.goto(path)
    await next.getByRole('button', { name: 'Edit', exact: true }).first().click()
    await expect.poll(content, { timeout: 20_000 }).toContain('/two.png)')
    await context.setOffline(true)
    await put(next, 'paste', [{ name: 'three.png', type: 'image/png', bytes: await png('plum') }])
    await next.locator('.upload', { hasText: 'Kept on this device' }).waitFor()
    await next.getByRole('button', { name: 'Done' }).click()
    await next.getByText('“three.png” is not in the page yet: kept on this device').waitFor()
    await context.setOffline(false)
    await next.locator('line-dot .dot.on').waitFor({ state: 'attached' })
    await next.getByRole('button', { name: 'Edit', exact: true }).first().click()
    await expect.poll(content, { timeout: 20_000 }).toContain('/three.png)')
    await context.close()
  })

  test('says what is wrong with it, and goes by keyboard; several stand below each other', {
    timeout: 60_000,
  }, async () => {
    const { path, id } = await ada.post('page:create', { title: 'Refused', content: 'Words.\n' })
    const { page, context, problems } = await editing(ada, path, { viewport: { width: 390, height: 844 } })
    await put(page, 'drop', [{ name: 'broken.png', type: 'image/png', bytes: (await png('red')).subarray(0, 200) }])
    const card = page.locator('.upload')
    await card.getByText('cannot be read').waitFor()
    expect(await axe(page)).toEqual([])
    expect(await card.getByRole('button', { name: 'Try again' }).isVisible()).toBe(true)
    await card.getByRole('button', { name: 'Remove broken.png' }).focus()
    await page.keyboard.press('Enter')
    await card.waitFor({ state: 'detached' })
    expect((await ada.post('page:read', { page: id })).content).toBe('Words.\n')
    const chooser = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: 'Picture or file' }).click()
    const files = [
      { name: 'a.png', mimeType: 'image/png', buffer: await png('gold') },
      { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('notes') },
    ]
    await (await chooser).setFiles(files)
    await expect
      .poll(async () => (await ada.post('page:read', { page: id })).content)
      .toMatch(
        /!\[a\]\(\/files\/[0-9a-f]{16}-400x300\/a\.png\)\n[\s\S]*\[notes\.txt\]\(\/files\/[0-9a-f]{16}\/notes\.txt\)\n|\[notes\.txt\][\s\S]*\n[\s\S]*!\[a\]/,
      )
    expect(problems).toEqual([])
    await context.close()
  })
})
