import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { toBase64 } from '../shared/update.ts'
import { axe, windowOf } from './support/browser.ts'
import { refusal } from './support/client.ts'
import { network } from './support/proxy.ts'
import { Replica } from './support/replica.ts'
import { becomes, type Content, cursor, inBrowser, put, textOf } from './support/windows.ts'

const {
  wiki,
  chrome,
  people: { ada, linus },
  open,
  write,
} = await inBrowser('ada', 'linus')

async function together(title: string, content: string) {
  const { path } = await ada.post('page:create', { title, content })
  const pages = await Promise.all([write(ada, path), write(linus, path)])
  return { a: pages[0]!, l: pages[1]! }
}

/** Resolves when a text has come to a window. */
const has = (page: Page, text: string) =>
  page.waitForFunction(
    text => (document.querySelector('.cm-content') as Content).cmTile.view.state.doc.toString().includes(text),
    text,
  )

/** Where the one remote caret is drawn, as a position in the text. */
const drawnCaret = (page: Page) =>
  page.evaluate(() => {
    const { view } = (document.querySelector('.cm-content') as Content).cmTile
    const box = document.querySelector('.remote .caret')!.getBoundingClientRect()
    return view.posAtCoords({ x: box.left + 1, y: box.top + box.height / 2 })
  })

const stands = (page: Page, words: string) =>
  expect.poll(async () => (await textOf(page)).slice((await drawnCaret(page)) ?? -1).startsWith(words)).toBe(true)

test('everyone’s caret stands where they write, with their name and colour, and what they select is tinted', async () => {
  const { a, l } = await together('Carets', 'Feed the starter twice a day.\n\nThen wait.')
  await put(l, 'twice')
  const caret = a.locator('.remote')
  await caret.waitFor()
  await expect.poll(() => a.locator('.remote .name').textContent()).toBe('linus')
  expect(await caret.getAttribute('class')).toContain(`person-${linus.user!.colour}`)
  await stands(a, 'twice')

  // Typing before it, at it and by its owner.
  await put(a, 'Feed')
  await a.keyboard.type('Always ')
  await stands(a, 'twice')
  await l.keyboard.type('at least ')
  await has(a, 'at least twice')
  await stands(a, 'twice')

  await put(l, 'starter', 0, 'starter'.length)
  const tint = a.locator('.remote-selections .selected')
  await tint.waitFor()
  const [drawn, words] = await a.evaluate(() => {
    const { view } = (document.querySelector('.cm-content') as Content).cmTile
    const at = view.state.doc.toString().indexOf('starter')
    const box = document.querySelector('.remote-selections .selected')!.getBoundingClientRect()
    return [
      [box.left, box.right],
      [view.coordsAtPos(at, 1)!.left, view.coordsAtPos(at + 7, -1)!.left],
    ]
  })
  expect(drawn!.map(Math.round)).toEqual(words!.map(Math.round))

  // A name goes when its caret rests, comes back under the pointer, and stays within the text.
  await a.locator('.remote:not(.named)').waitFor()
  const box = (await a.locator('.remote .caret').boundingBox())!
  await a.mouse.move(box.x + 2, box.y + 8)
  await a.locator('.remote.named').waitFor()

  await l.close()
  await caret.waitFor({ state: 'detached' })
  expect(a.problems).toEqual([])
  expect(await axe(a)).toEqual([])
  await a.close()
})

test('a letter is there at once whatever the line does, and what a crowd wrote meanwhile comes in few steps, carets with their text', {
  timeout: 60_000,
}, async () => {
  const names = ['mina', 'noor', 'omar', 'pia']
  const content = names.map(name => `${name}: .`).join('\n\n')
  const { id, path } = await ada.post('page:create', { title: 'Crowd', content })
  await using line = await network(wiki.url)
  const { page, problems } = await windowOf(chrome, ada.at(line.url))
  let heard = 0
  page.on('websocket', socket =>
    socket.on('framereceived', ({ payload }) => {
      heard += String(payload).split('page:pushed').length - 1
    }),
  )
  await page.goto(path)
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await page.locator('.cm-content[contenteditable=true]').waitFor()
  const crowd = await Promise.all(names.map(async name => new Replica(await wiki.person(name), id).open()))
  /** Writes a letter before the dot of one's line, and tells where one stands. */
  const write = async (i: number) => {
    const { text, client } = crowd[i]!
    const at = text.toString().indexOf('.', text.toString().indexOf(names[i]!))
    text.insert(at, 'x')
    const point = toBase64(Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(text, at + 1, -1)))
    await crowd[i]!.settled()
    await client.ask('page:point', { page: id, anchor: point, head: point })
  }
  await Promise.all(names.map((_, i) => write(i)))
  await expect.poll(() => page.locator('.remote').count()).toBe(names.length)
  await put(page, 'mina')

  await page.evaluate(() => {
    const { view } = (document.querySelector('.cm-content') as Content).cmTile
    const seen = { dispatches: 0, astray: [] as string[], echoed: null as boolean | null, pictures: 0 }
    Object.assign(window, { seen })
    const { dispatch } = view
    view.dispatch = (...specs: never[]) => {
      if ((specs[0] as { changes?: unknown } | undefined)?.changes) seen.dispatches++
      dispatch.apply(view, specs)
    }
    // Every picture: whoever's caret is drawn stands before their dot.
    const look = () => {
      seen.pictures++
      const text = view.state.doc.toString()
      for (const caret of document.querySelectorAll('.remote')) {
        const name = caret.querySelector('.name')!.textContent
        const there = view.coordsAtPos(text.indexOf('.', text.indexOf(name)), -1)!
        const drawn = caret.querySelector('.caret')!.getBoundingClientRect()
        if (Math.abs(drawn.left - there.left) > 2) seen.astray.push(`${name} ${drawn.left} ${there.left}`)
      }
      requestAnimationFrame(() => channel.port1.postMessage(null))
    }
    const channel = new MessageChannel()
    channel.port2.onmessage = look
    look()
    // A letter is in the text, and on the screen, before anything else can happen.
    view.contentDOM.addEventListener('beforeinput', () => {
      const next = new MessageChannel()
      next.port2.onmessage = () => {
        seen.echoed = view.state.doc.toString().includes('Kmina') && view.contentDOM.textContent.includes('Kmina')
      }
      next.port1.postMessage(null)
    })
  })
  const seen = () =>
    page.evaluate(
      () => (window as unknown as { seen: { dispatches: number; astray: string[]; pictures: number } }).seen,
    )
  // Whoever asks from outside may be answered before the letter's own next task has run.
  const echoed = () =>
    page
      .waitForFunction(() => (window as unknown as { seen: { echoed: boolean | null } }).seen.echoed !== null)
      .then(() => page.evaluate(() => (window as unknown as { seen: { echoed: boolean } }).seen.echoed))

  line.hold(true)
  const before = heard
  for (let n = 1; n < 30; n++) await Promise.all(names.map((_, i) => write(i)))
  await page.keyboard.type('K')
  expect(await echoed()).toBe(true)
  expect(heard).toBe(before)
  line.hold(false)
  for (const name of names) await has(page, `${name}: ${'x'.repeat(30)}.`)
  await page.locator('save-light', { hasText: 'Saved' }).waitFor()
  const { dispatches, astray, pictures } = await seen()
  // Each had a commit and a message of its own, more or less.
  expect(heard - before).toBeGreaterThan(29)
  expect(dispatches).toBeLessThanOrEqual(8)
  expect(pictures).toBeGreaterThan(1)
  expect(astray.slice(0, 5)).toEqual([])
  await crowd[0]!.until(() => crowd[0]!.text.toString().includes('Kmina'))
  expect(await textOf(page)).toBe(crowd[0]!.text.toString())
  expect(problems).toEqual([])
  for (const replica of crowd) replica.close()
  await page.close()
})

test('whoever writes in a page that somebody renames sees its new name at once, and goes on writing where they were', async () => {
  const { id, path } = await ada.post('page:create', { title: 'Bakery/Loaves/Barley', content: 'Barley and more.' })
  const page = await write(linus, path)
  await put(page, 'more')
  await page.keyboard.type('much ')
  await page.locator('save-light', { hasText: 'Saved' }).waitFor()
  const renamed = async (title: string, crumbs: string[]) => {
    const now = await ada.post('page:rename', { page: id, title })
    await expect.poll(() => page.locator('.crumb li').allTextContents()).toEqual(crumbs)
    await expect.poll(() => page.title()).toBe(`${crumbs.at(-1)} · Chorus`)
    expect(new URL(page.url()).pathname).toBe(now.path)
    expect(await page.locator('h1.title').textContent()).toBe(crumbs.at(-1))
  }
  await renamed('Kitchen/Barley bread', ['Kitchen', 'Barley bread'])
  await page.getByRole('textbox', { name: 'Text of Kitchen/Barley bread' }).waitFor()
  await renamed('Barley', ['Barley'])
  expect(await cursor(page)).toBe('Barley and much |more.')
  await page.keyboard.type('and ')
  expect(await textOf(page)).toBe('Barley and much and more.')
  expect(page.problems).toEqual([])
  await page.close()
})

test('a whole text that a program sends and what somebody is typing both stand, the caret stays; a true overlap is refused with both sides', async () => {
  const content = 'Rye 1.30\n\nSpelt 2.05\n\nOats 0.90\n'
  const { id, seq, path } = await ada.post('page:create', { title: 'Prices', content })
  const page = await write(linus, path)
  const reader = await open(ada, path)
  await put(page, 'Spelt 2.05', 'Spelt 2.05'.length)
  await page.keyboard.type(', from ')
  const [edited] = await Promise.all([
    ada.post('page:edit', {
      page: id,
      text: `May\n\n${content.replace('1.30', '1.32').replace('0.90', '0.95')}`,
      base: seq,
    }),
    page.keyboard.type('the mill'),
  ])
  await expect.poll(() => cursor(page)).toBe('May\n\nRye 1.32\n\nSpelt 2.05, from the mill|\n\nOats 0.95\n')
  await page.keyboard.type(' itself')
  const both = 'May\n\nRye 1.32\n\nSpelt 2.05, from the mill itself\n\nOats 0.95\n'
  await becomes(page, both)
  await page.locator('save-light', { hasText: 'Saved' }).waitFor()
  expect((await ada.post('page:read', { page: id })).content).toBe(both)
  await reader.locator('article p', { hasText: 'Spelt 2.05, from the mill itself' }).waitFor()
  await reader.locator('article p', { hasText: 'Oats 0.95' }).waitFor()

  await put(page, '0.95', 0, 4)
  await page.keyboard.type('0.80')
  await page.locator('save-light', { hasText: 'Saved' }).waitFor()
  const now = both.replace('0.95', '0.80')
  await expect.poll(async () => (await ada.post('page:read', { page: id })).content).toBe(now)
  const rival = { page: id, text: both.replace('0.95', '1.10').replace('1.32', '1.40'), base: edited.seq }
  const { code, details } = await refusal(ada.post('page:edit', rival))
  expect(code).toBe('conflict')
  expect(details.conflicts).toHaveLength(1)
  expect(details.conflicts![0]).toMatchObject({
    yours: expect.stringContaining('10'),
    theirs: expect.stringContaining('80'),
  })
  expect(await cursor(page)).toBe(now.replace('0.80', '0.80|'))
  expect([...page.problems, ...reader.problems]).toEqual([])
  await Promise.all([page.close(), reader.close()])
})

test('undo takes back only what I wrote', async () => {
  const { a, l } = await together('Undo', 'one two')
  await put(a, 'two')
  await a.keyboard.type('mine ')
  await has(l, 'mine')
  await put(l, 'mine')
  await l.keyboard.type('yours ')
  await has(a, 'yours')
  await a.keyboard.press('Control+z')
  await has(l, 'one yours two')
  await a.keyboard.press('Control+z')
  await a.keyboard.press('Control+Shift+Z')
  await has(l, 'one yours mine two')
  expect(await textOf(a)).toBe('one yours mine two')
  await Promise.all([a.close(), l.close()])
})

test('“[[” offers the pages that match and puts the chosen title in, whether the brackets are closed or not', async () => {
  await ada.post('page:create', { title: 'Kitchen/Rye starter' })
  const { a, l } = await together('Linking', 'See ')
  const offers = a.locator('.offers li')
  await a.keyboard.press('Control+End')
  await a.keyboard.type('[[Rye')
  await offers.filter({ hasText: 'Create “Rye”' }).waitFor()
  expect(await offers.first().textContent()).toMatch(/Rye starter\s*Kitchen/)
  await a.locator('.offers li[aria-selected]', { hasText: 'Rye starter' }).click()
  await a.keyboard.type(', [[]]')
  await a.keyboard.press('ArrowLeft')
  await a.keyboard.press('ArrowLeft')
  await a.keyboard.type('Nobody wrote this')
  await offers.filter({ hasText: 'Create “Nobody wrote this”' }).click()
  await a.keyboard.type('.')
  await has(l, 'See [[Kitchen/Rye starter]], [[Nobody wrote this]].')
  await Promise.all([a.close(), l.close()])
})

test('neither an input method nor a paste cuts a character in two', async () => {
  const { a, l } = await together('Characters', 'a 😀 b')
  await a.evaluate(() => {
    const { view } = (document.querySelector('.cm-content') as Content).cmTile
    // What a browser reports when one emoji takes another's place: only the second half differs.
    view.dispatch({ changes: { from: 3, to: 4, insert: '\ude01' } })
    view.dispatch({ changes: { from: view.state.doc.length, insert: ' \ud83d\r\nc' } })
  })
  await has(l, 'a 😁 b \ufffd\nc')
  await a.keyboard.press('Control+End')
  const ime = await a.context().newCDPSession(a)
  await ime.send('Input.imeSetComposition', { text: 'に', selectionStart: 1, selectionEnd: 1 })
  await has(a, 'cに')
  await put(l, 'a')
  await l.keyboard.type('first ')
  await has(a, 'first')
  await ime.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 })
  await ime.send('Input.insertText', { text: '日本' })
  await has(l, 'first a 😁 b \ufffd\nc日本')
  expect(await textOf(a)).toBe(await textOf(l))
  await Promise.all([a.close(), l.close()])
})

test('everything can be done by keyboard, and the keyboard can leave', async () => {
  const { a, l } = await together('Keys', '')
  await a.keyboard.type('- one\n')
  await a.keyboard.press('Tab')
  await a.keyboard.type('two\n\n\nwords')
  expect(await textOf(a)).toBe('- one\n  - two\n\nwords')
  await a.keyboard.press('Shift+Home')
  await a.keyboard.press('Alt+F10')
  await a.keyboard.press('ArrowRight')
  const focused = () => a.evaluate(() => document.activeElement?.getAttribute('aria-label'))
  expect(await focused()).toBe('Bold')
  await a.keyboard.press('Enter')
  expect(await textOf(a)).toBe('- one\n  - two\n\n**words**')
  expect(await focused()).toBe('Text of Keys')
  await a.locator('.head [aria-label=Bold][aria-pressed=true]').waitFor()
  await a.keyboard.press('Control+k')
  expect(await textOf(a)).toBe('- one\n  - two\n\n**[words]()**')
  await a.keyboard.press('Tab')
  expect(await focused()).toBe('Text of Keys')
  await a.keyboard.press('Escape')
  await a.keyboard.press('Tab')
  expect(await focused()).not.toBe('Text of Keys')
  await Promise.all([a.close(), l.close()])
})
