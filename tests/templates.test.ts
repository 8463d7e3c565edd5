import { createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import { clockOf, filled } from '../shared/templates.ts'
import { axe, browser, windowOf } from './support/browser.ts'
import { type Client, refusal } from './support/client.ts'
import { type World, world } from './support/world.ts'

let w: World
let b: Browser
let ada: Client
let grace: Client
let folder: string

beforeAll(async () => {
  w = await world({ limits: { fileUnused: -1 } })
  ada = await w.person('ada')
  grace = await w.person('grace')
  b = await browser()
  folder = await mkdtemp(join(tmpdir(), 'chorus-'))
}, 60_000)
afterAll(async () => {
  await b.close()
  await w.close()
  await rm(folder, { recursive: true, force: true })
})

describe('templates', () => {
  test('fill what they know and leave alone what they do not', () => {
    const filling = { title: 'Bakery/Meeting', user: 'ada', now: '2026-11-24T09:30' }
    expect(
      filled(
        '{{title}} {{ Path }} {{parent}} {{user}} {{date}} {{time}} {{weekday}} {{day}} {{monthname}} {{other}} {{',
        filling,
      ),
    ).toBe('Meeting Bakery/Meeting Bakery ada 2026-11-24 09:30 Tuesday 24 November {{other}} {{')
    expect(clockOf(new Date('2026-11-24T23:30:00Z'), 'Asia/Tokyo')).toBe('2026-11-25T08:30')
  })

  test('are offered where a page is made, and the page begins from the one that is chosen', {
    timeout: 60_000,
  }, async () => {
    await ada.post('page:create', { title: 'Template/Meeting', content: '# {{title}}\n\n{{user}}, {{date}}\n' })
    expect((await w.guest().post('template:list', {})).templates.map(({ name }) => name)).toEqual(['Meeting'])
    const { page, context, problems } = await windowOf(b, grace)
    await page.goto('/create?title=Oven')
    await page.getByLabel('Begin from').selectOption({ label: 'Meeting' })
    const text = page.locator('#content')
    await expect.poll(() => text.inputValue()).toMatch(/^# Oven\n\ngrace, \d{4}-\d\d-\d\d\n$/)
    expect(await axe(page)).toEqual([])
    await page.getByRole('button', { name: 'Make the page' }).click()
    await page.waitForURL('**/wiki/Oven')
    await page.goto('/create?title=Other')
    await page.locator('create-view .cm-content').fill('My own words.')
    await page.getByLabel('Begin from').selectOption({ label: 'Meeting' })
    await page.getByText('Empty the text first').waitFor()
    expect(await page.locator('#content').inputValue()).toBe('My own words.')
    expect(problems).toEqual([])
    await context.close()
  })

  test('the page of the day is made once, from Template/Today, whoever asks first', { timeout: 60_000 }, async () => {
    await ada.post('page:create', { title: 'Template/Today', content: 'Begun by {{user}} on a {{weekday}}.\n' })
    const both = await Promise.all([ada, grace].map(one => one.post('page:today', { now: '2031-05-06T10:00' })))
    expect(both.map(({ made }) => made).sort()).toEqual([false, true])
    expect(both[0]!.page).toMatchObject({ id: both[1]!.page.id, title: 'Journal/2031-05-06' })
    expect((await ada.post('page:read', { page: both[0]!.page.id })).content).toMatch(
      /^Begun by (ada|grace) on a Tuesday\.\n$/,
    )
    expect((await refusal(ada.post('page:today', { now: 'tomorrow' }))).code).toBe('invalid')
    const before = (await ada.post('page:list', {})).total
    expect((await ada.fetch('/today')).status).toBe(200)
    // Looking makes nothing: a page is made by whoever is here.
    expect((await ada.post('page:list', {})).total).toBe(before)
    const { page, context } = await windowOf(b, ada)
    await page.routeWebSocket(/socket\.io/, line => void line.close())
    await page.route('**/api/**', request => request.abort())
    await page.goto('/today')
    await page.getByText('The server cannot be reached right now.').first().waitFor()
    await page.unroute('**/api/**')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.waitForURL('**/wiki/Journal/*')
    await page.getByText('Begun by ada on a').first().waitFor()
    await page.goto('/today')
    expect(new URL(page.url()).pathname).toMatch(/^\/wiki\/Journal\/\d{4}-\d\d-\d\d$/)
    await context.close()
  })
})

describe('the screens of files', () => {
  const put = async (name: string, bytes = name) => {
    const body = new FormData()
    body.append('file', new File([bytes], name))
    const answer = (await (await ada.fetch('/api/file:upload', { method: 'POST', body })).json()) as {
      value: { file: { path: string } }
    }
    return answer.value.file.path
  }

  test('a page lists its files; an admin brings in a zip, watches it, and removes what no page uses', {
    timeout: 90_000,
  }, async () => {
    const path = await put('menu.txt')
    await put('forgotten.txt')
    const made = await ada.post('page:create', { title: 'With files', content: `[menu](${path})` })
    await expect.poll(async () => (await ada.post('file:list', { page: made.id })).files.length).toBe(1)
    const list = await (await w.guest().fetch('/attachments/With_files')).text()
    expect(list).toContain('menu.txt')
    expect(list).not.toContain('forgotten.txt')

    const zip = new ZipFile()
    zip.addBuffer(Buffer.from('Words from a [file](../notes/b.txt).'), 'vault/Brought/In.md')
    zip.addBuffer(Buffer.from('b'), 'vault/notes/b.txt')
    zip.end()
    const at = join(folder, 'vault.zip')
    await pipeline(zip.outputStream as NodeJS.ReadableStream, createWriteStream(at))
    const { page, context, problems } = await windowOf(b, ada)
    await page.goto('/files')
    await page.getByLabel('Zip file').setInputFiles(at)
    await page.getByRole('button', { name: 'Import', exact: true }).click()
    await page.locator('.report', { hasText: '1 page made, 0 changed, 0 as before; 1 file.' }).waitFor()
    expect((await ada.post('page:read', { title: 'Brought/In' })).content).toMatch(
      /\[file\]\(\/files\/[0-9a-f]{16}\/b\.txt\)/,
    )
    expect(await axe(page)).toEqual([])
    await page.getByLabel('Choose forgotten.txt').focus()
    await page.keyboard.press('Space')
    await page.getByRole('button', { name: 'Remove the chosen ones' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
    await page.getByText('forgotten.txt').first().waitFor({ state: 'detached' })
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Download a zip' }).click()
    const zipped = await readFile(await (await download).path())
    expect(zipped.includes('Brought/In.md')).toBe(true)
    expect(problems).toEqual([])
    await context.close()
    expect((await grace.fetch('/files')).status).toBe(403)
    expect((await grace.fetch('/export.zip')).status).toBe(403)
    expect((await w.guest().fetch('/export.zip')).status).not.toBe(200)
  })
})
