import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Page as Row } from '../server/db/entities.ts'
import { axe, browser, windowOf } from './support/browser.ts'
import type { Client } from './support/client.ts'
import { type World, world } from './support/world.ts'

describe('the palette and the search screen', () => {
  let w: World
  let chrome: Browser
  let ada: Client
  let grace: Client
  const closing: (() => Promise<void>)[] = []

  beforeAll(async () => {
    w = await world()
    chrome = await browser()
    ada = await w.person('ada')
    grace = await w.person('grace')
    const pages: [string, string][] = [
      [
        'Bakery handbook/Sourdough',
        '# Ratios\n\nCompare 75 % and 80 % hydration.\n\n## Open questions\n\nWhole rye?\n',
      ],
      ['Bakery handbook/Flour suppliers', '# Whole rye\n\nRye takes more water: hydration of 85 % and up.\n'],
      ['Hydration table', 'Numbers only.\n'],
    ]
    for (const [title, content] of pages) await ada.post('page:create', { title, content })
    await w.running.wiki.derivations.settled()
  })
  afterAll(async () => {
    for (const close of closing) await close()
    await chrome.close()
    await w.close()
  })

  const open = async (client: Client, address: string, options = {}) => {
    const { page, context, problems } = await windowOf(chrome, client, options)
    closing.push(() => context.close())
    await page.goto(address)
    await page.locator('line-dot .dot.on').waitFor({ state: 'attached' })
    return { page, problems }
  }
  const chosen = (page: Page) => page.locator('[role=option][aria-selected=true] .palette-line')

  test('one key opens it; titles and passages follow what is typed, and Enter goes there', async () => {
    const { page, problems } = await open(ada, '/')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('hydra')
    const dialog = page.getByRole('dialog', { name: 'Search, jump and do' })
    await dialog.getByRole('group', { name: 'Pages' }).getByRole('option', { name: 'Hydration table' }).waitFor()
    await dialog
      .getByRole('group', { name: 'In the text' })
      .getByRole('option', { name: /Sourdough/ })
      .waitFor()
    await dialog
      .locator('mark', { hasText: /^Hydra$/ })
      .first()
      .waitFor()
    expect(await dialog.locator('mark').allTextContents()).toSatisfy((all: string[]) =>
      all.every(one => /^hydra$/i.test(one)),
    )
    expect(await axe(page)).toEqual([])
    await page.keyboard.press('ArrowDown')
    expect(await chosen(page).textContent()).toMatch(/Sourdough|Flour suppliers/)
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/wiki/Hydration_table')
    await dialog.waitFor({ state: 'detached' })
    expect(problems).toEqual([])
  })

  test('what is typed before it has come stands in it, and not in the page that is being written', async () => {
    const { page } = await open(ada, '/wiki/Hydration_table', {
      viewport: { width: 390, height: 800 },
      serviceWorkers: 'block',
    })
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    await page.locator('.cm-content[contenteditable=true]').click()
    let come = () => {}
    const held = new Promise<void>(resolve => {
      come = resolve
    })
    await page.route(/assets\/palette-.*\.js$/, route => held.then(() => route.continue()))
    await page.keyboard.press('Control+k')
    await page.keyboard.type('rye stw')
    await page.keyboard.press('Backspace')
    await page.keyboard.type('a')
    come()
    await expect.poll(() => page.getByRole('combobox').inputValue()).toBe('rye sta')
    expect(await page.locator('.cm-content').textContent()).toBe('Numbers only.')
    await page.keyboard.press('Escape')
    await page.keyboard.type('Here ')
    await expect.poll(() => page.locator('.cm-content').textContent()).toContain('Here ')
    await page.keyboard.press('Control+z')
    await page.locator('save-light', { hasText: 'Saved' }).waitFor()
  })

  test('Enter that is pressed before it has come opens the first answer, as it would have then', async () => {
    for (const begin of ['key', 'box']) {
      const { page } = await open(ada, '/pages', { serviceWorkers: 'block' })
      let come = () => {}
      const held = new Promise<void>(resolve => {
        come = resolve
      })
      await page.route(/assets\/palette-.*\.js$/, route => held.then(() => route.continue()))
      if (begin === 'key') {
        // Where the box is away, what is typed goes nowhere.
        await page.setViewportSize({ width: 390, height: 800 })
        await page.keyboard.press('Control+k')
      } else await page.getByRole('searchbox', { name: 'Search or jump' }).click()
      await page.keyboard.type('hydration tab')
      await page.keyboard.press('Enter')
      await page.keyboard.type('x')
      come()
      await page.waitForURL('**/wiki/Hydration_table')
      await page.locator('command-palette').waitFor({ state: 'detached' })
    }
  })

  test('a passage leads to its heading', async () => {
    const { page } = await open(ada, '/')
    await page.keyboard.press('/')
    await page.keyboard.type('more water')
    const passage = page.getByRole('option', { name: /Flour suppliers/ })
    // The answer to the last letter: rows move as long as somebody types.
    await passage.locator('mark', { hasText: /^water$/ }).waitFor()
    await passage.click()
    await page.waitForURL('**/wiki/Bakery_handbook/Flour_suppliers#h-whole-rye')
  })

  test('what was just read comes first, and what somebody else has just written is found', async () => {
    const { page } = await open(ada, '/')
    const recent = page.getByRole('group', { name: 'Recent' }).locator('[role=option] .palette-line')
    await ada.socket()
    for (const [name, path] of [
      ['Hydration table', '/wiki/Hydration_table'],
      ['Sourdough', '/wiki/Bakery_handbook/Sourdough'],
      ['Hydration table', '/wiki/Hydration_table'],
    ] as const) {
      const noted = ada.next('page:visited', visit => visit.page.path === path)
      await page.goto(path)
      await noted
      await page.keyboard.press('Control+k')
      await recent.first().waitFor()
      expect(await recent.first().textContent()).toContain(name)
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
    await page.keyboard.press('Control+k')
    await recent.first().waitFor()
    await grace.post('page:create', { title: 'Rye starter', content: 'A spoon of quicksilver.' })
    await w.running.wiki.derivations.settled()
    await page.keyboard.type('quicksilver')
    await page.getByRole('option', { name: /Rye starter/ }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  test('it shows who is in a page, and no longer once they are gone', async () => {
    const there = await open(grace, '/wiki/Hydration_table')
    const { page } = await open(ada, '/')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('hydration ta')
    await page
      .getByRole('option', { name: /Hydration table.*grace/ })
      .first()
      .waitFor()
    await there.page.goto('/pages')
    await page.locator('command-palette .stack').waitFor({ state: 'detached' })
  })

  test('Tab looks through this page only', async () => {
    const { page } = await open(ada, '/wiki/Bakery_handbook/Sourdough')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.type('whole RYE')
    await page.getByRole('option', { name: /Whole rye\?.*Open questions/ }).waitFor()
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Whole rye?')
  })

  test('it does things, too: by name, and a page that is not there yet is made', async () => {
    const { page } = await open(ada, '/')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('>dark col')
    await page.getByRole('option', { name: 'Dark colours' }).waitFor()
    await page.keyboard.press('Enter')
    await page.locator('html[data-theme=dark]').waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('Oven schedule')
    await page.getByRole('option', { name: 'Create “Oven schedule”' }).waitFor()
    await page.keyboard.press('Control+Enter')
    await page.waitForURL('**/create?title=Oven%20schedule')
  })

  test('whatever a menu offers can be done by name: with a page, in the tree, in the trash', {
    timeout: 120_000,
  }, async () => {
    await ada.post('page:create', { title: 'By name/One', content: 'x' })
    const { path, id } = await ada.post('page:create', { title: 'By name/Two', content: 'x' })
    const { page, problems } = await open(ada, path)
    const doing = async (words: string, name: string) => {
      await page.keyboard.press('Control+k')
      await page.keyboard.type(`>${words}`)
      await page.getByRole('option', { name }).first().waitFor()
      await page.keyboard.press('Enter')
      await page.locator('command-palette').waitFor({ state: 'detached' })
    }
    const offered = async () => {
      await page.keyboard.press('Control+k')
      await page.keyboard.type('>page')
      await page.locator('[role=option]').first().waitFor()
      const names = await page.locator('[role=option] .palette-line').allTextContents()
      await page.keyboard.press('Escape')
      await page.locator('command-palette').waitFor({ state: 'detached' })
      return names
    }
    // All that the menu says is in the list.
    const names = new Set(await offered())
    for (const button of await page.locator('page-actions .pop :is(a, button)').all()) {
      const words = await button.evaluate(one =>
        [...one.childNodes].flatMap(node => (node.nodeType === 3 ? node.textContent!.trim() : [])).join(''),
      )
      if (words !== '') expect([...names], words).toContain(words)
    }
    await doing('move up', 'Move up in the tree')
    await expect
      .poll(async () => (await ada.post('page:children', { under: 'By name' })).children.map(({ title }) => title))
      .toEqual(['By name/Two', 'By name/One'])
    await doing('keep at hand', 'Keep at hand')
    await page.locator('.shelf a', { hasText: 'Two' }).waitFor()
    await doing('lock for', 'Lock for reading')
    await page.locator('page-guard', { hasText: 'Locked for reading' }).waitFor()
    await doing('delete…', 'Delete…')
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
    await page.locator('line-bar', { hasText: 'is in the trash' }).waitFor()
    await doing('trash', 'Trash')
    await page.waitForURL('**/trash')
    await page.locator('trash-list .change').first().waitFor()
    await doing('restore by name', 'Restore “By name/Two”')
    await page.locator('line-bar', { hasText: 'is back' }).waitFor()
    expect((await ada.post('page:read', { page: id })).locked).toBe(true)
    expect(problems).toEqual([])
  })

  test('the search screen works as a plain form, and follows what is typed', async () => {
    const { page } = await open(ada, '/search?q=hydration')
    await page.getByRole('heading', { name: 'Search' }).waitFor()
    expect((await page.locator('.hit .row-title').allTextContents()).sort()).toEqual([
      'Flour suppliers',
      'Hydration table',
      'Sourdough',
    ])
    await page.getByRole('searchbox', { name: 'Words' }).fill('hydration -rye')
    await page.locator('.hit', { hasText: 'Flour suppliers' }).waitFor({ state: 'detached' })
    expect(new URL(page.url()).searchParams.get('q')).toBe('hydration -rye')
    await page.getByText('Narrow it').click()
    await page.getByLabel('Under the page').fill('Bakery handbook')
    await page.locator('.hit', { hasText: 'Hydration table' }).waitFor({ state: 'detached' })
    await page.locator('.hit', { hasText: 'Sourdough' }).waitFor()
    expect(await axe(page)).toEqual([])
    const plain = await w.guest().fetch('/search?q=rye&under=%23')
    expect(plain.status).toBe(200)
    expect(await plain.text()).toContain('A title cannot hold')
  })

  test('what is found is narrowed to an author, a tag, and what changed lately', async () => {
    await ada.post('page:create', { title: 'Starters/Of ada', content: 'Levain.' })
    await grace.post('page:create', { title: 'Starters/Of grace', content: 'Levain #feeding' })
    const { id } = await grace.post('page:create', { title: 'Starters/Of old', content: 'Levain #feeding' })
    await w.running.wiki.derivations.settled()
    await w.running.db.em().nativeUpdate(Row, { id }, { updatedAt: new Date(Date.now() - 3 * 86_400_000) })
    const { page } = await open(ada, '/search?q=levain')
    const found = (...wanted: string[]) =>
      expect.poll(async () => (await page.locator('.hit .row-title').allTextContents()).sort()).toEqual(wanted)
    await found('Of ada', 'Of grace', 'Of old')
    await page.getByText('Narrow it').click()
    await page.getByLabel('Written by').fill('ada')
    await found('Of ada')
    await page.getByLabel('Written by').fill('')
    await found('Of ada', 'Of grace', 'Of old')
    await page.getByLabel('Tag').fill('#feeding')
    await found('Of grace', 'Of old')
    await page.getByLabel('Changed').selectOption('In the last day')
    await found('Of grace')
    await page.reload()
    await found('Of grace')
    await page.getByLabel('Tag').fill('')
    await found('Of ada', 'Of grace')
  })

  test('on a phone it fills the width, can be closed without a key, and stays inside the screen', async () => {
    const { page } = await open(ada, '/', { viewport: { width: 390, height: 780 }, hasTouch: true })
    await page.getByLabel('Menu').click()
    await page.getByRole('searchbox', { name: 'Search or jump' }).click()
    const dialog = page.getByRole('dialog', { name: 'Search, jump and do' })
    await dialog.getByRole('option').first().waitFor()
    const box = (await dialog.boundingBox())!
    expect([box.x, Math.round(box.width)]).toEqual([0, 390])
    await dialog.getByRole('button', { name: 'Close' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  })
})
