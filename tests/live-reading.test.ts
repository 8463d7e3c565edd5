import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { browser, windowOf } from './support/browser.ts'
import type { Client } from './support/client.ts'
import { Replica } from './support/replica.ts'
import { type World, world } from './support/world.ts'

let w: World
let chrome: Browser
let ada: Client
let grace: Client

beforeAll(async () => {
  w = await world()
  chrome = await browser()
  ada = await w.person('ada')
  grace = await w.person('grace')
})
afterAll(async () => {
  await chrome.close()
  await w.close()
})

/** The article on a screen, without what only the screen adds. */
const articleOn = (page: Page) =>
  page.evaluate(() => {
    const article = document.querySelector('article')!.cloneNode(true) as Element
    for (const own of article.querySelectorAll('[data-own]')) own.remove()
    for (const block of article.querySelectorAll('.typing')) {
      block.classList.remove('typing', ...[...block.classList].filter(name => name.startsWith('person-')))
      if (block.classList.length === 0) block.removeAttribute('class')
      block.removeAttribute('data-who')
    }
    for (const details of article.querySelectorAll('details')) details.removeAttribute('open')
    return article.innerHTML.replace(/\s*\n\s*/g, '')
  })

/** The article as the server writes it now. */
async function written(path: string): Promise<string> {
  const { page, context } = await windowOf(chrome, w.guest(), { javaScriptEnabled: false })
  await page.goto(path)
  const html = await articleOn(page)
  await context.close()
  return html
}

const LONG = Array.from({ length: 40 }, (_, i) => `## Part ${i}\n\nThe words of part ${i} stay as they are.\n`).join(
  '\n',
)

test('whoever calls the editor off before it has come still sees everybody who is here', async () => {
  const { id, path } = await ada.post('page:create', { title: 'Called off', content: 'Words.' })
  // More than are named to those who are elsewhere.
  const crowd = await Promise.all(Array.from({ length: 14 }, (_, i) => w.person(`guest ${i}`)))
  const rooms = await Promise.all(crowd.map(one => new Replica(one, id).open()))
  const { page, context, problems } = await windowOf(chrome, ada, {
    viewport: { width: 1440, height: 900 },
    serviceWorkers: 'block',
  })
  let come = () => {}
  const held = new Promise<void>(resolve => {
    come = resolve
  })
  await page.route(/assets\/page-writing-.*\.js$/, route => held.then(() => route.continue()))
  await page.goto(path)
  await page.locator('here-now li').first().waitFor()
  // Somebody writes: from then on the room tells who is in it.
  rooms[0]!.text.insert(0, 'More ')
  await page.getByText('More Words.').waitFor()
  const names = () => page.locator('here-now li').allInnerTexts()
  await expect.poll(async () => (await names()).length).toBe(crowd.length)
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Edit', exact: true }).waitFor()
  expect(await names()).toHaveLength(crowd.length)
  // It comes after all, and takes the room over.
  const opening = page.waitForResponse(/assets\/page-writing-.*\.js$/)
  come()
  await opening
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await page.locator('.cm-content[contenteditable=true]').waitFor()
  await expect.poll(async () => (await names()).length).toBe(crowd.length)
  await page.getByRole('button', { name: 'Done' }).click()
  await page.locator('article', { hasText: 'More Words.' }).waitFor()
  expect(problems).toEqual([])
  await context.close()
  for (const room of rooms) room.close()
})

test('a page changes before its reader’s eyes as it is written, and looks as the server would write it', async () => {
  const { id, path } = await ada.post('page:create', {
    title: 'Bakery/Live',
    content: `# Live\n\nFeed it.\n\n\`\`\`js\nconst a = 1\n\`\`\`\n\nSee [[Bakery/Live|this]] and [[Not written]].[^1]\n\n[^1]: A note.\n\n> [!tip]- More\n> hidden\n\n${LONG}`,
  })
  const { page, context, problems } = await windowOf(chrome, w.guest(), { viewport: { width: 1440, height: 900 } })
  await page.goto(path)
  await page.getByText('Feed it.').waitFor()
  const writer = new Replica(grace, id)
  await writer.open()
  const loads: string[] = []
  page.on('request', request => request.resourceType() === 'fetch' && loads.push(new URL(request.url()).pathname))
  await page.locator('summary', { hasText: 'More' }).click()
  writer.text.insert(writer.text.toString().indexOf('Feed it.') + 8, ' Twice a day')
  await page.getByText('Feed it. Twice a day').waitFor()
  // From now on letters come by the room.
  writer.text.insert(writer.text.toString().indexOf('Twice a day') + 11, ', says [[Not written]] $a^2$')
  await page.getByText('Twice a day, says').waitFor()
  const block = page.locator('article p.typing')
  expect(await block.count()).toBe(1)
  expect(await block.getAttribute('data-who')).toBe('grace')
  expect(await block.getAttribute('class')).toContain(`person-${grace.user!.colour}`)
  writer.text.insert(
    writer.text.length,
    '\n- [ ] new task\n\n| a | b |\n| - | - |\n| 1 | [[Bakery/Live]] |\n\n## Last part :tada:\n',
  )
  await page.getByRole('heading', { name: 'Last part 🎉' }).waitFor()
  await page.locator('page-contents a', { hasText: 'Last part' }).waitFor()
  writer.text.delete(writer.text.toString().indexOf('## Part 3\n'), '## Part 3\n'.length)
  await page.getByRole('heading', { name: 'Part 3', exact: true }).waitFor({ state: 'detached' })
  await page.locator('article math').waitFor()
  await expect.poll(async () => (await articleOn(page)) === (await written(path)), { timeout: 30_000 }).toBe(true)
  expect(await page.locator('details.callout').getAttribute('open')).toBe('')
  expect(loads).toEqual([])
  expect(problems).toEqual([])
  // A guest reads along unseen.
  expect((await grace.ask('page:open', { page: id })).people.map(({ person }) => person.username)).toEqual(['grace'])
  writer.close()
  await context.close()
})

test('what a reader has selected, unfolded and scrolled to stays where it is while others write above it', async () => {
  const { id, path } = await ada.post('page:create', { title: 'Steady', content: `Top.\n\n${LONG}` })
  const { page, context } = await windowOf(chrome, ada)
  await page.goto(path)
  const writer = new Replica(grace, id)
  await writer.open()
  const part = page.getByText('The words of part 25 stay')
  await part.scrollIntoViewIfNeeded()
  await part.evaluate(p => {
    const text = p.firstChild as Text
    getSelection()!.setBaseAndExtent(text, 4, text, 20)
  })
  const top = () => part.evaluate(p => p.getBoundingClientRect().top)
  const before = await top()
  for (let i = 0; i < 12; i++) {
    writer.text.insert(0, `New paragraph ${i}.\n\n`)
    await page.getByText(`New paragraph ${i}.`).waitFor({ state: 'attached' })
  }
  expect(Math.abs((await top()) - before)).toBeLessThan(2)
  expect(await page.evaluate(() => getSelection()!.toString())).toBe('words of part 25')
  // The block itself may change around the selection.
  const at = writer.text.toString().indexOf('part 25 stay')
  writer.text.insert(at + 'part 25 stay'.length, 's and stay')
  await page.getByText('part 25 stays and stay').waitFor()
  expect(await page.evaluate(() => getSelection()!.toString())).toBe('words of part 25')
  writer.close()
  await context.close()
})

test('links turn blue and red in a page that is followed, and a page that is only renamed goes on being followed', async () => {
  const { id, path } = await ada.post('page:create', { title: 'Followed', content: 'Begin\n' })
  const { page, context } = await windowOf(chrome, w.guest())
  await page.goto(path)
  const writer = new Replica(grace, id)
  await writer.open()
  writer.text.insert(writer.text.length, '\nA [[Fresh page]] here\n')
  await page.locator('article a.wiki.missing', { hasText: 'Fresh page' }).waitFor()
  await ada.post('page:create', { title: 'Fresh page' })
  await page.locator('article a.wiki:not(.missing)', { hasText: 'Fresh page' }).waitFor()
  writer.text.insert(writer.text.length, '\nand [[fresh page|more]]\n')
  await page.locator('article a.wiki:not(.missing)', { hasText: 'more' }).waitFor()
  writer.close()
  await context.close()
})

/** Presses a button where it is: the driver would scroll for one that sticks to the top of the window. */
async function press(page: Page, name: string): Promise<void> {
  const { x, y, width, height } = (await page.getByRole('button', { name, exact: true }).boundingBox())!
  await page.mouse.click(x + width / 2, y + height / 2)
}

test('Edit opens where one reads, with the cursor where one clicked, and Done comes back there', async () => {
  const { path } = await ada.post('page:create', {
    title: 'In place',
    content: `${LONG}\nThe **very** last [[Fresh page|words]] here.\n`,
  })
  const { page, context } = await windowOf(chrome, ada)
  await page.goto(path)
  const target = page.getByText('The words of part 30 stay')
  await target.scrollIntoViewIfNeeded()
  const box = await target.boundingBox()
  const spot = await target.evaluate(p => {
    const range = document.createRange()
    const text = p.firstChild as Text
    range.setStart(text, text.data.indexOf('part'))
    range.setEnd(text, text.data.indexOf('part') + 1)
    const { left, top, height } = range.getBoundingClientRect()
    return { x: left + 1, y: top + height / 2 }
  })
  await page.mouse.dblclick(spot.x, spot.y)
  await page.locator('.cm-content[contenteditable=true]').waitFor()
  await page.locator('.cm-content:focus').waitFor()
  await page.keyboard.type('!')
  const line = page.locator('.cm-line', { hasText: 'The words of !part 30 stay' })
  await line.waitFor()
  expect(Math.abs((await line.boundingBox())!.y - box!.y)).toBeLessThan(60)
  await page.locator('save-light').filter({ hasText: 'Saved' }).waitFor()
  await press(page, 'Done')
  const again = page.getByText('The words of !part 30 stay')
  await page.locator('page-editor').waitFor({ state: 'detached' })
  await again.waitFor()
  await expect
    .poll(async () => Math.abs(((await again.boundingBox())?.y ?? 9999) - box!.y) < 60, { timeout: 20_000 })
    .toBe(true)
  // Where somebody clicked before is where the button leads as well.
  await page.getByText('last words here').click({ position: { x: 80, y: 10 } })
  await press(page, 'Edit')
  await page.locator('.cm-content:focus').waitFor()
  await page.keyboard.type('?')
  await page
    .locator('.cm-line', { hasText: /last .*\?|\?.*last|ve\?ry|v\?ery|ver\?y|\?very|very\?/ })
    .first()
    .waitFor()
  await context.close()
})

test('twenty people writing into a page of 200 kB leave a reader’s tab at ease', async () => {
  const vault = join(import.meta.dirname, '../../shared/data/vault')
  const part = readFileSync(join(vault, 'Space Lua.md'), 'utf8').replace(/^---[\s\S]*?---\n/, '')
  let content = ''
  for (let i = 0; content.length < 200_000; i++) content += `## Round ${i}\n\n${part}\n\n`
  const { id, path } = await ada.post('page:create', { title: 'Crowded', content })
  const { page, context } = await windowOf(chrome, w.guest())
  await page.goto(path)
  const writer = new Replica(grace, id)
  await writer.open()
  writer.text.insert(0, 'Here we go.\n\n')
  await page.getByText('Here we go.').waitFor()
  const blocks = await page.evaluate(() => {
    const article = document.querySelector('article')!
    const observer = new MutationObserver(records => {
      for (const { target } of records)
        for (let node: Node | null = target; node && node !== article; node = node.parentNode)
          if (node.parentNode === article) touched.add(node)
    })
    const touched = new Set<Node>()
    observer.observe(article, { childList: true, characterData: true, subtree: true })
    Object.assign(window, { touched })
    return article.childElementCount
  })
  expect(blocks).toBeGreaterThan(500)
  const places = Array.from({ length: 20 }, (_, i) => `## Round ${i}\n\n`).filter(place => content.includes(place))
  for (let round = 0; round < 15; round++)
    for (const place of places) writer.text.insert(writer.text.toString().indexOf(place) + place.length, 'x')
  const last = places.at(-1)!
  const typed = () => page.locator('article p', { hasText: /^x{15}/ }).count()
  await expect.poll(typed, { timeout: 30_000 }).toBe(places.length)
  expect(last).toContain('Round')
  // Only the paragraphs that were written in have been touched.
  expect(await page.evaluate(() => (window as never as { touched: Set<Node> }).touched.size)).toBeLessThanOrEqual(
    places.length,
  )
  writer.close()
  await context.close()
})

test('whoever cannot see it is told that others change the page, guests too, and nobody is told of themselves', async () => {
  const { id, path } = await ada.post('page:create', { title: 'Told aloud', content: 'Words.' })
  const windows = []
  for (const client of [w.guest(), grace, ada]) {
    const { page, context } = await windowOf(chrome, client)
    await page.goto(path)
    await page.locator('line-dot .on').waitFor({ state: 'attached' })
    windows.push({ page, context })
  }
  const said = windows.map(({ page }) =>
    page.locator('[role=status]', { hasText: 'ada has changed this page.' }).waitFor({ state: 'attached' }),
  )
  const own = said.pop()!.then(
    () => 'told',
    () => 'not told',
  )
  await ada.post('page:edit', { page: id, edits: [{ append: ' More words.' }] })
  await Promise.all(said)
  for (const { context } of windows) await context.close()
  expect(await own).toBe('not told')
})
