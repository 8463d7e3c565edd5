import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { Session } from '../server/db/entities.ts'
import { axe } from './support/browser.ts'
import { inBrowser } from './support/windows.ts'

const {
  wiki: w,
  people: { ada, grace },
  open,
} = await inBrowser('ada', 'grace')

describe('keeping a wiki together', () => {
  const write = async (page: Page, words: string) => {
    await page.locator('[data-do=edit]').click()
    await page.locator('.cm-content[contenteditable=true]').click()
    await page.keyboard.type(words)
    await page.locator('save-light', { hasText: 'Saved' }).waitFor()
  }
  const choose = async (page: Page, name: string) => {
    await page.getByLabel('More about this page').click()
    await page.getByRole('button', { name }).click()
  }

  test('whoever types in a page that is deleted is told, keeps the text, and goes on when it is undone', async () => {
    const { path, id } = await ada.post('page:create', { title: 'Trashed while typing', content: '' })
    await ada.post('page:create', { title: 'Points there', content: '[[Trashed while typing]]' })
    const writer = await open(grace, path)
    const reader = await open(w.guest(), '/wiki/Points_there')
    await write(writer, 'Words of mine.')
    const admin = await open(ada, path)
    await choose(admin, 'Delete…')
    await admin.getByRole('button', { name: 'Delete', exact: true }).click()
    await writer.locator('page-editor .note', { hasText: 'ada deleted this page.' }).waitFor()
    expect(await writer.locator('.cm-content').textContent()).toContain('Words of mine.')
    await writer.locator('.cm-content[contenteditable=false]').waitFor()
    await reader.locator('a.wiki.missing', { hasText: 'Trashed while typing' }).waitFor()
    await admin.locator('line-bar button', { hasText: 'Undo' }).click()
    await admin.locator('article', { hasText: 'Words of mine.' }).waitFor()
    await reader.locator('a.wiki:not(.missing)', { hasText: 'Trashed while typing' }).waitFor()
    await writer.locator('article', { hasText: 'Words of mine.' }).waitFor()
    expect((await ada.post('page:read', { page: id })).content).toContain('Words of mine.')
  })

  test('a page that is locked for reading takes one click more; who has changed a page is offered to say what', async () => {
    const { path, id } = await ada.post('page:create', { title: 'Locked', content: 'Read me. ' })
    await ada.post('page:lock', { page: id, on: true })
    const page = await open(grace, path)
    const dialog = page.getByRole('dialog', { name: 'This page is locked for reading' })
    await page.locator('[data-do=edit]').click()
    await dialog.waitFor()
    expect(await axe(page)).toEqual([])
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await page.locator('page-editor').count()).toBe(0)
    await page.keyboard.press('e')
    await dialog.getByRole('button', { name: 'Edit it' }).click()
    await page.locator('.cm-content[contenteditable=true]').click()
    await page.keyboard.type('And more.')
    await page.locator('save-light', { hasText: 'Saved' }).waitFor()
    await page.locator('[data-do=done]').click()
    await page.locator('line-bar').getByRole('button', { name: 'Say what you changed…' }).click()
    await page.getByRole('dialog').getByLabel('Edit note').fill('Said more')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    const { changes } = await ada.post('change:list', { page: id, limit: 1 })
    expect(changes[0]).toMatchObject({ note: 'Said more', user: { username: 'grace' } })
  })

  test('whoever types in a page that is protected is told why, keeps the text, and may go on when it ends', async () => {
    const { path, id } = await ada.post('page:create', { title: 'Protected while typing', content: '' })
    const writer = await open(grace, path)
    await write(writer, 'Before.')
    await ada.post('page:protect', { page: id, reason: 'Agreed in May' })
    await writer.locator('page-editor .note', { hasText: 'Agreed in May' }).waitFor()
    await writer.locator('.cm-content[contenteditable=false]', { hasText: 'Before.' }).waitFor()
    await ada.post('page:protect', { page: id, reason: null })
    await writer.locator('.cm-content[contenteditable=true]').waitFor()
  })

  test('whoever is disabled while they type keeps the text before their eyes, and is told', async () => {
    const linus = await w.person('linus')
    const { path } = await ada.post('page:create', { title: 'Disabled while typing', content: '' })
    const writer = await open(linus, path)
    await write(writer, 'Mine.')
    const admin = await open(ada, '/people')
    const row = admin.locator('.person', { hasText: 'linus' })
    await row.getByLabel('More about linus').click()
    await row.getByRole('button', { name: 'Disable' }).click()
    await admin.getByRole('button', { name: 'Disable', exact: true }).last().click()
    await row.locator('.state', { hasText: 'disabled' }).waitFor()
    await writer.locator('line-bar', { hasText: 'signed out' }).waitFor()
    expect(await writer.locator('.cm-content').textContent()).toContain('Mine.')
  })

  test('what is dragged or moved by keys in one tree moves in the other', async () => {
    for (const name of ['A', 'B', 'C']) await ada.post('page:create', { title: `Tree/${name}` })
    const mine = await open(ada, '/wiki/Tree/A')
    const theirs = await open(grace, '/wiki/Tree/A')
    const titles = async (page: Page, wanted: string[]) =>
      page.waitForFunction(
        names =>
          [...document.querySelectorAll('page-tree ul ul a')].map(link => link.textContent).join() === names.join(),
        wanted,
      )
    await titles(theirs, ['A', 'B', 'C'])
    const row = (name: string) => mine.locator('.branch', { has: mine.getByRole('link', { name, exact: true }) })
    await row('C')
      .locator('a')
      .dragTo(row('A'), { targetPosition: { x: 40, y: 2 } })
    await titles(mine, ['C', 'A', 'B'])
    await titles(theirs, ['C', 'A', 'B'])
    await mine.locator('page-tree ul ul a', { hasText: 'C' }).focus()
    await mine.keyboard.press('Alt+ArrowDown')
    await titles(theirs, ['A', 'C', 'B'])
    await mine.locator('page-tree ul ul a', { hasText: 'B' }).focus()
    await mine.keyboard.press('Alt+ArrowLeft')
    await titles(theirs, ['A', 'C'])
    await theirs.locator('page-tree > ul > li > .branch a', { hasText: /^B$/ }).waitFor()
    // The keyboard goes where the page went.
    await mine.waitForFunction(
      () => (document.activeElement?.closest('.branch') as HTMLElement | null)?.dataset.title === 'B',
    )
    await mine.keyboard.press('Alt+ArrowRight')
    await theirs.locator('.branch[data-title="Tree/B"]').waitFor()
    await theirs.locator('.branch[data-title="B"]').waitFor({ state: 'detached' })
    await mine.locator('.branch[data-title="Tree/C"] a').dragTo(mine.locator('.branch[data-title="Tree/A"]'))
    await theirs.locator('.branch[data-title="Tree/C"]').waitFor({ state: 'detached' })
    await theirs.getByRole('button', { name: 'Pages under A' }).waitFor()
    expect((await ada.post('page:children', { under: 'Tree/A' })).children.map(({ title }) => title)).toEqual([
      'Tree/A/C',
    ])
  })

  test('a move in the tree onto a title that is taken is refused, and the page that has it is a click away', async () => {
    for (const title of ['Taken/Shelf/Jar', 'Taken/Shelf', 'Taken/Jar'])
      await ada.post('page:create', { title, content: title })
    const page = await open(ada, '/wiki/Taken/Jar')
    await page.locator('.branch[data-title="Taken/Jar"] a').dragTo(page.locator('.branch[data-title="Taken/Shelf"]'))
    const told = page.locator('line-bar', { hasText: '“Taken/Shelf/Jar” exists already' })
    await told.waitFor()
    await page.locator('.branch[data-title="Taken/Jar"]').waitFor()
    expect((await ada.post('page:read', { title: 'Taken/Jar' })).content).toBe('Taken/Jar')
    await told.getByRole('button', { name: 'Open “Jar”' }).click()
    await page.waitForURL('**/wiki/Taken/Shelf/Jar')
    await page.locator('article', { hasText: 'Taken/Shelf/Jar' }).waitFor()
  })

  test('recent changes come by themselves, and a star is at hand in the other tab', async () => {
    const feed = await open(grace, '/changes')
    const { id, path } = await ada.post('page:create', { title: 'Fresh news', content: 'x' })
    await feed.locator('.change', { hasText: 'Fresh news' }).waitFor()
    const other = await open(ada, '/')
    const page = await open(ada, path)
    await choose(page, 'Keep at hand')
    await other.locator('.shelf a', { hasText: 'Fresh news' }).waitFor()
    await ada.post('page:delete', { page: id })
    await feed.locator('.change', { hasText: 'Fresh news' }).filter({ hasText: 'ada deleted it' }).waitFor()
    const trash = await open(grace, '/trash')
    await trash.getByRole('button', { name: 'Restore Fresh news' }).click()
    await trash.locator('line-bar', { hasText: 'is back' }).waitFor()
    await feed.locator('.change', { hasText: 'grace restored it' }).waitFor()
  })

  test('before something dangerous an admin is asked for the password again, once, and can think better of it', async () => {
    const { id } = await ada.post('page:create', { title: 'For good', content: 'x' })
    await ada.post('page:delete', { page: id })
    const page = await open(ada, '/trash')
    await w.running.db.em().nativeUpdate(Session, {}, { provedAt: new Date(Date.now() - 31 * 60_000) })
    const remove = async () => {
      await page.getByRole('button', { name: 'Remove For good for good' }).click()
      await page.getByRole('button', { name: 'Remove for good', exact: true }).click()
    }
    const dialog = page.getByRole('dialog', { name: 'Is it you, ada?' })
    await remove()
    await dialog.waitFor()
    expect(await axe(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByText('please give your password again').waitFor()
    await remove()
    await dialog.getByLabel('Password').fill('not my password')
    await page.keyboard.press('Enter')
    await dialog.getByText('This is not your password.').waitFor()
    await dialog.getByLabel('Password').fill('ada likes bread')
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'detached' })
    await page.locator('trash-list', { hasText: 'For good' }).waitFor({ state: 'detached' })
  })

  test.each([
    ['in daylight', { colorScheme: 'light' as const }],
    ['in the dark', { colorScheme: 'dark' as const }],
    ['on a phone', { viewport: { width: 390, height: 844 } }],
  ])(
    'axe finds nothing on these screens, %s, and none is wider than the window',
    { timeout: 120_000 },
    async (_, options) => {
      const { id } = await ada.post('page:create', { title: `Gone ${Math.random()}` })
      await ada.post('page:delete', { page: id })
      for (const address of ['/changes', '/changes?by=people&user=ada', '/people/ada', '/trash', '/people']) {
        const page = await open(ada, address, options)
        await page.evaluate(() => document.fonts.ready.then(() => null))
        if (process.env.SHOTS)
          await page.screenshot({
            path: `${process.env.SHOTS}/${address.replace(/\W/g, '_')}-${_.replace(/\W/g, '_')}.png`,
          })
        expect(await axe(page), address).toEqual([])
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
          address,
        ).toBeLessThanOrEqual(0)
        await page.close()
      }
    },
  )
})
