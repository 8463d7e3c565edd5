// A wiki that several people keep, each on a screen of their own: links, tree, changes, files, rights, what wants mending.

import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { axe } from './support/browser.ts'
import { network } from './support/proxy.ts'
import { inBrowser, textOf } from './support/windows.ts'

const {
  wiki: w,
  people: { ada, grace, linus },
  open,
  write,
} = await inBrowser('ada', 'grace', 'linus')

const make = (title: string, content = '') => ada.post('page:create', { title, content })
const bar = (page: Page, words: string) => page.locator('line-bar', { hasText: words })
const close = (...pages: Page[]) => Promise.all(pages.map(page => page.context().close()))

describe('links', () => {
  test('by another name, to a heading and to a block lead there, and turn red and blue as others rename and mend', async () => {
    const part = Array.from({ length: 60 }, (_, i) => `Line ${i}.`).join('\n\n')
    const target = await make(
      'Rye bread',
      `---\naliases: [Black loaf]\n---\n${part}\n\n## Crust\n\nDark.\n\nThe last one. ^last\n`,
    )
    const { path } = await make(
      'Leads',
      '[[Black loaf]], [[Rye bread#Crust]], [[Rye bread#^last|the end]], [[Nobody yet]].',
    )
    await w.running.wiki.derivations.settled()
    const reader = await open(grace, path)
    const inView = (words: string) =>
      reader.waitForFunction(words => {
        const block = [...document.querySelectorAll('article :is(h2, p)')].find(one =>
          one.textContent?.startsWith(words),
        )
        const box = block?.getBoundingClientRect()
        return box && box.top >= 0 && box.bottom < innerHeight
      }, words)
    for (const [name, words] of [
      ['Black loaf', 'Line 0.'],
      ['Crust', 'Crust'],
      ['the end', 'The last one.'],
    ] as const) {
      await reader.locator('article a.wiki:not(.missing)', { hasText: name }).click()
      await reader.waitForURL('**/wiki/Rye_bread*')
      await inView(words)
      await reader.goBack()
      await reader.locator('article a.wiki', { hasText: 'Nobody yet' }).waitFor()
    }
    const writer = await write(ada, target.path)
    await writer.locator('.cm-content').click()
    await writer.getByRole('button', { name: 'Done' }).click()
    await writer.keyboard.press('F2')
    await writer.getByLabel('Title').fill('Nobody yet')
    await writer.getByRole('button', { name: 'Rename', exact: true }).click()
    await reader.locator('article a.wiki:not(.missing)[href="/wiki/Nobody_yet"]').first().waitFor()
    expect(reader.problems).toEqual([])
    await close(reader, writer)
  })
})

describe('the tree', () => {
  test('is unfolded on request; breadcrumbs lead up; a copy and a branch that moves are on the other screen at once', async () => {
    await make('Kitchen/Oven/Doors', 'Two.')
    const { path } = await make('Kitchen/Oven', 'Hot.')
    await make('Points', 'To [[Kitchen/Oven/Doors]].')
    const other = await open(grace, '/pages')
    const tree = (name: string) => other.locator('page-tree').getByRole('link', { name, exact: true })
    await tree('Kitchen').waitFor()
    expect(await tree('Oven').count()).toBe(0)
    await other.getByRole('button', { name: 'Pages under Kitchen' }).click()
    await other.getByRole('button', { name: 'Pages under Oven' }).click()
    await tree('Doors').waitFor()
    const page = await open(ada, '/wiki/Kitchen/Oven/Doors')
    await page.locator('nav.crumb').getByRole('link', { name: 'Oven' }).click()
    await page.waitForURL(`**${path}`)
    await page.getByLabel('More about this page').click()
    await page.getByRole('button', { name: 'Duplicate' }).click()
    await page.waitForURL('**/wiki/Kitchen/Oven_(copy)')
    await page.locator('article', { hasText: 'Hot.' }).waitFor()
    await tree('Oven (copy)').waitFor()
    await page.goto(path)
    await page.locator('line-dot .on').waitFor({ state: 'attached' })
    await page.keyboard.press('F2')
    const dialog = page.getByRole('dialog', { name: 'Rename or move' })
    await dialog.getByLabel('Move the page under it along').waitFor()
    await dialog.getByLabel('Title').fill('Cellar/Oven')
    await dialog.getByRole('button', { name: 'Rename', exact: true }).click()
    await page.waitForURL('**/wiki/Cellar/Oven')
    await tree('Cellar').waitFor()
    await page.goto('/wiki/Kitchen/Oven/Doors')
    await page.waitForURL('**/wiki/Cellar/Oven/Doors')
    await w.running.wiki.jobs.settled()
    expect((await ada.post('page:read', { title: 'Points' })).content).toBe('To [[Cellar/Oven/Doors]].')
    expect([...page.problems, ...other.problems]).toEqual([])
    await close(page, other)
  })

  test('a rename that many pages name shows how far its links are, and can be left alone', async () => {
    const target = await make('Widely named', 'Here.')
    for (let i = 0; i < 120; i++) await make(`Names it ${i}`, `To [[Widely named]] ${i}.`)
    await w.running.wiki.derivations.settled()
    const page = await open(ada, target.path)
    await page.keyboard.press('F2')
    await page.getByLabel('Title').fill('Otherwise named')
    await page.getByRole('button', { name: 'Rename', exact: true }).click()
    await page.waitForURL('**/wiki/Otherwise_named')
    const job = page.locator('job-bar li', { hasText: 'Links to “Widely named” now lead to “Otherwise named”' })
    await job.waitFor()
    await job.locator('small', { hasText: '120' }).waitFor()
    expect((await ada.post('page:read', { title: 'Names it 119' })).content).toBe('To [[Otherwise named]] 119.')
    expect(page.problems).toEqual([])
    await close(page)
  })
})

describe('recent changes', () => {
  test('by a person, by programs and by tag show only those, also as they come', async () => {
    const feed = await open(ada, '/changes')
    await feed.getByLabel('Person').fill('grace')
    await feed.getByRole('button', { name: 'Filter' }).click()
    await feed.waitForURL('**/changes?*user=grace*')
    const change = (page: Page, title: string) => page.locator('.change', { hasText: title })
    await linus.post('page:create', { title: 'By linus', content: 'x' })
    await grace.post('page:create', { title: 'By grace', content: '#feedtag' })
    await change(feed, 'By grace').waitFor()
    expect(await change(feed, 'By linus').count()).toBe(0)
    await feed.goto('/changes?tag=feedtag')
    await change(feed, 'By grace').waitFor()
    const later = await linus.post('page:create', { title: 'Tagged later', content: '#feedtag' })
    await change(feed, 'Tagged later').waitFor()
    expect(await change(feed, 'By linus').count()).toBe(0)
    await feed.getByRole('link', { name: 'Programs', exact: true }).click()
    await feed.waitForURL('**/changes?*by=programs*')
    await feed.locator('.empty').waitFor()
    await grace.post('page:edit', { page: later.id, edits: [{ append: 'By a program.' }] })
    await (await w.running.wiki.rooms.get(later.id)).checkpoint()
    await change(feed, 'Tagged later').filter({ hasText: 'grace' }).waitFor()
    expect(await feed.locator('.change').count()).toBe(1)
    await feed.reload()
    await change(feed, 'Tagged later').waitFor()
    expect(await feed.locator('.change').count()).toBe(1)
    await close(feed)
    const person = await open(ada, '/people/grace')
    await person.getByRole('region', { name: 'Pages that grace began' }).getByText('By grace').waitFor()
    await close(person)
  })
})

describe('files', () => {
  test('a file that is sent tells how far it is; who thinks better of it leaves nothing, and others never see it', async () => {
    await using line = await network(w.url)
    const { path, id } = await make('Sent slowly', 'Above.\n\nBelow.\n')
    const writer = await write(ada.at(line.url), path)
    await writer.locator('save-light', { hasText: 'Saved' }).waitFor()
    const other = await write(grace, path)
    await writer.locator('.cm-line').nth(1).click()
    const noise = await sharp({
      create: {
        width: 900,
        height: 900,
        channels: 3,
        background: 'black',
        noise: { type: 'gaussian', mean: 128, sigma: 60 },
      },
    })
      .png()
      .toBuffer()
    const choose = async (name: string) => {
      const chooser = writer.waitForEvent('filechooser')
      await writer.getByRole('button', { name: 'Picture or file' }).click()
      await (await chooser).setFiles({ name, mimeType: 'image/png', buffer: noise })
    }
    line.hold(true)
    await choose('never.png')
    const card = writer.locator('.upload', { hasText: 'never.png' })
    await card.getByRole('progressbar', { name: 'never.png is being sent' }).waitFor()
    expect(await axe(writer)).toEqual([])
    await card.getByRole('button', { name: 'Cancel never.png' }).click()
    await card.waitFor({ state: 'detached' })
    // What was under way is lost with its line.
    await line.cut()
    line.hold(false)
    await line.mend()
    await writer.locator('line-dot .on').waitFor({ state: 'attached' })
    await choose('loaf.png')
    await other.locator('.cm-content img[src$="/loaf.png"]').waitFor({ state: 'attached' })
    expect(await textOf(other)).not.toContain('never.png')
    const { files } = await ada.post('file:resolve', { names: ['never.png', 'loaf.png'] })
    expect(files.map(({ file }) => file?.name ?? null)).toEqual([null, 'loaf.png'])
    expect((await ada.post('page:read', { page: id })).content).toMatch(
      /^Above\.\n!\[loaf\]\(\/files\/[^)]+\)\nBelow\.\n$/,
    )
    expect([...writer.problems, ...other.problems]).toEqual([])
    await close(writer, other)
  })
})

describe('the trash', () => {
  const menu = async (page: Page, name: string) => {
    await page.getByLabel('More about this page').click()
    await page.getByRole('button', { name }).click()
  }

  test('takes what stands below along and gives it back, at once by undo; the other sees both', async () => {
    const { path } = await make('Cellar rooms', 'Cold.')
    await make('Cellar rooms/Shelf', 'Wood.')
    const reader = await open(grace, '/wiki/Cellar_rooms/Shelf')
    const page = await open(ada, path)
    await menu(page, 'Delete…')
    await page.getByRole('dialog').getByRole('button', { name: 'Delete the page under it too' }).click()
    await bar(page, '“Cellar rooms” and 1 more are in the trash.').waitFor()
    await reader.locator('missing-view').waitFor()
    await page.locator('line-bar').getByRole('button', { name: 'Undo' }).click()
    await page.locator('article', { hasText: 'Cold.' }).waitFor()
    await reader.locator('article', { hasText: 'Wood.' }).waitFor()
    expect([...page.problems, ...reader.problems]).toEqual([])
    await close(page, reader)
  })

  test('gives a page back under another title where somebody has taken its own meanwhile', async () => {
    const { id } = await make('Claimed', 'The first one.')
    await ada.post('page:delete', { page: id })
    await grace.post('page:create', { title: 'Claimed', content: 'The second one.' })
    const page = await open(ada, '/trash')
    await page.getByRole('button', { name: 'Restore Claimed' }).click()
    const dialog = page.getByRole('dialog', { name: 'Restore under another title' })
    await dialog.getByText('“Claimed” was written meanwhile.').waitFor()
    expect(await axe(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Restore', exact: true }).click()
    await page.locator('line-bar').getByRole('button', { name: 'Open' }).click()
    await page.waitForURL('**/wiki/Claimed_(restored)')
    await page.locator('article', { hasText: 'The first one.' }).waitFor()
    expect((await ada.post('page:read', { title: 'Claimed' })).content).toBe('The second one.')
    await close(page)
  })
})

describe('rights', () => {
  test('an admin protects a page from its menu: whoever writes in it is told why, and goes on when that has ended', async () => {
    const { path } = await make('Guarded', '')
    const writer = await write(grace, path)
    await writer.locator('.cm-content').click()
    await writer.keyboard.type('Before.')
    await writer.locator('save-light', { hasText: 'Saved' }).waitFor()
    const admin = await open(ada, path)
    const menu = async (name: string) => {
      await admin.getByLabel('More about this page').click()
      await admin.getByRole('button', { name }).click()
    }
    await menu('Protect…')
    await admin.getByRole('dialog').getByLabel('Why?').fill('Agreed in May')
    await admin.getByRole('dialog').getByRole('button', { name: 'Protect', exact: true }).click()
    await writer
      .locator('page-editor .note', {
        hasText: 'ada protected this page: only admins can change it now. “Agreed in May”',
      })
      .waitFor()
    await writer.locator('.cm-content[contenteditable=false]', { hasText: 'Before.' }).waitFor()
    const reader = await open(linus, path)
    await reader.locator('page-guard', { hasText: 'Agreed in May' }).waitFor()
    expect(await reader.getByRole('button', { name: 'Edit', exact: true }).count()).toBe(0)
    await menu('End the protection')
    await writer.locator('.cm-content[contenteditable=true]').waitFor()
    await reader.getByRole('button', { name: 'Edit', exact: true }).waitFor()
    expect([...writer.problems, ...admin.problems, ...reader.problems]).toEqual([])
    await close(writer, admin, reader)
  })

  test('whoever becomes a reader while they type is told within a second and keeps the text; made an editor again, they go on', async () => {
    const { path, id } = await make('Role taken', '')
    const writer = await write(linus, path)
    await writer.locator('.cm-content').click()
    await writer.keyboard.type('Before.')
    await writer.locator('save-light', { hasText: 'Saved' }).waitFor()
    const admin = await open(ada, '/people')
    const role = admin.locator('.person', { hasText: 'linus' }).locator('[data-do=role]')
    await role.selectOption('reader')
    await writer.locator('.cm-content[contenteditable=false]', { hasText: 'Before.' }).waitFor()
    await writer.locator('page-editor .note', { hasText: 'may read this page, but not change it' }).waitFor()
    await role.selectOption('editor')
    await writer.locator('.cm-content[contenteditable=true]').click()
    await writer.keyboard.press('Control+End')
    await writer.keyboard.type(' After.')
    await expect
      .poll(async () => (await ada.post('page:read', { page: id })).content, { timeout: 5_000 })
      .toBe('Before. After.')
    expect([...writer.problems, ...admin.problems]).toEqual([])
    await close(writer, admin)
  })
})

describe('what wants mending', () => {
  test('leaves the lists on every screen once somebody has mended it, also for whoever is in the list with the keyboard', async () => {
    for (const name of ['One', 'Two', 'Three']) await make(`Mended/${name}`, `To [[Lost ${name}]].`)
    await w.running.wiki.derivations.settled()
    const list = await open(grace, '/maintenance?list=wanted')
    const entry = (name: string) => list.locator('.live-part').getByRole('link', { name, exact: true })
    await entry('Lost Two').focus()
    const admin = await open(ada, '/create?title=Lost%20One')
    await admin.getByRole('button', { name: 'Make the page' }).click()
    await entry('Lost One').waitFor({ state: 'detached' })
    expect(await list.evaluate(() => document.activeElement?.textContent)).toBe('Lost Two')
    await ada.post('page:edit', {
      page: (await ada.post('page:read', { title: 'Mended/Two' })).id,
      edits: [{ replace: 'To [[Lost Two]].', with: 'Found.' }],
    })
    await entry('Lost Two').waitFor({ state: 'detached' })
    await entry('Lost Three').waitFor()
    expect(await list.evaluate(() => document.activeElement?.closest('.live-part') !== null)).toBe(true)

    await list.goto('/maintenance?list=stale')
    await list.locator('line-dot .on').waitFor({ state: 'attached' })
    const first = () => list.locator('.live-part a').first().getAttribute('data-title')
    const oldest = (await first())!
    await ada.post('page:edit', {
      page: (await ada.post('page:read', { title: oldest })).id,
      edits: [{ append: 'Looked at.' }],
    })
    await expect.poll(first, { timeout: 10_000 }).not.toBe(oldest)
    expect(await axe(list)).toEqual([])
    expect([...list.problems, ...admin.problems]).toEqual([])
    await close(list, admin)
  })

  test('what was mended while there was no line is gone when it is back', async () => {
    await using line = await network(w.url)
    const page = await make('Cut off', 'To [[Lost meanwhile]].')
    await w.running.wiki.derivations.settled()
    const list = await open(grace.at(line.url), '/maintenance?list=wanted')
    const entry = list.locator('.live-part').getByRole('link', { name: 'Lost meanwhile', exact: true })
    await entry.waitFor()
    await line.cut()
    await bar(list, 'cannot be reached').waitFor()
    await ada.post('page:edit', { page: page.id, edits: [{ replace: 'To [[Lost meanwhile]].', with: 'Found.' }] })
    await w.running.wiki.derivations.settled()
    await line.mend()
    await entry.waitFor({ state: 'detached' })
    await close(list)
  })
})
