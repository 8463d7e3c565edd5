// What helps while one writes: menus, bars, clipboard, moving, searching, the outline. In Chromium against a real server,
// and as pure functions of a text, in which “|” is the cursor and “‹ ›” what is selected.

import { EditorState, Text } from '@codemirror/state'
import fc from 'fast-check'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { TEXT, TEXT_ACTIONS } from '../client/editor/actions.ts'
import { markdownText } from '../client/editor/highlighting.ts'
import { headingsOf, moveSection, places } from '../client/editor/outline.ts'
import { gridOf } from '../client/editor/paste.ts'
import { SLASH } from '../client/editor/slash.ts'
import { countWords, countWordsIn, wordsOf } from '../client/editor/words.ts'
import { axe, windowOf } from './support/browser.ts'
import type { Client } from './support/client.ts'
import { run } from './support/marked-text.ts'
import { network } from './support/proxy.ts'
import { becomes, type Content, cursor, inBrowser, put, textOf } from './support/windows.ts'

const {
  wiki,
  chrome,
  people: { ada, linus },
  write,
} = await inBrowser('ada', 'linus')
await ada.post('page:create', { title: 'Rye starter', content: '' })
let made = 0

async function open(client: Client, path: string, options: Parameters<typeof write>[2] = {}) {
  const page = await write(client, path, options)
  await page.locator('.cm-content').focus()
  return page
}

/** A page of this text, opened for writing by one person. */
async function writing(content: string, options: Parameters<typeof write>[2] = {}) {
  const { path } = await ada.post('page:create', { title: `Hands ${++made}`, content })
  return Object.assign(await open(ada, path, options), { path })
}

/** What axe finds, but for the menu's list: the arrows scroll it from within the text, as `aria-activedescendant` tells. */
const wrong = async (page: Page) =>
  (await axe(page)).filter(line => !line.startsWith('scrollable-region-focusable: #cm-ac'))

const toEnd = (page: Page) =>
  page.evaluate(() => {
    const { view } = (document.querySelector('.cm-content') as Content).cmTile
    view.focus()
    view.dispatch({ selection: { anchor: view.state.doc.length } })
  })

/** What another program has put on the clipboard, pasted. */
const paste = (page: Page, data: Record<string, string>) =>
  page.evaluate(data => {
    const clipboardData = new DataTransfer()
    for (const [type, text] of Object.entries(data)) clipboardData.setData(type, text)
    const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })
    document.querySelector('.cm-content')!.dispatchEvent(event)
  }, data)

describe('the slash menu', () => {
  test('offers every insertion behind “/”, found by a few letters, put in with one key and taken back with one', async () => {
    const page = await writing('First.\n\n')
    await toEnd(page)
    await page.keyboard.type('/')
    const rows = page.getByRole('option')
    await rows.first().waitFor()
    expect(await page.locator('.offers completion-section').allInnerTexts()).toEqual(['LINES', 'INSERT'])
    expect(await rows.count()).toBe(SLASH.flatMap(([, all]) => all).length)
    expect(await wrong(page)).toEqual([])
    await page.keyboard.type('todo')
    await expect.poll(() => rows.allInnerTexts()).toEqual([expect.stringContaining('Task list')])
    await page.keyboard.press('Enter')
    await becomes(page, 'First.\n\n- [ ] ')
    await page.keyboard.type('flour\n')
    await page.keyboard.type('/')
    await rows.first().waitFor()
    // Nothing that anybody means by this.
    await page.keyboard.type(' of')
    await expect.poll(() => rows.count()).toBe(0)
    await page.keyboard.press('Backspace')
    await page.keyboard.press('Backspace')
    await page.keyboard.press('Backspace')
    await page.keyboard.type('file')
    await expect.poll(() => rows.allInnerTexts()).toEqual([expect.stringContaining('Picture or file')])
    // A menu that has only just come up leaves Enter to the text: it may have been meant for that.
    await page.waitForFunction(since => performance.now() - since > 100, await page.evaluate(() => performance.now()))
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Enter')])
    expect(chooser.isMultiple()).toBe(true)
    await becomes(page, 'First.\n\n- [ ] flour\n- [ ] ')
    await put(page, 'First.', 6)
    await page.keyboard.type(' and/or')
    // The words are counted later than any menu comes.
    await page.locator('.count', { hasText: wordsOf(countWords(await textOf(page)), null) }).waitFor()
    expect(await rows.count()).toBe(0)
    expect(page.problems).toEqual([])
    await page.close()
  })

  test('a link to a page goes on with the pages there are', async () => {
    const page = await writing('')
    await page.keyboard.type('/wiki')
    await page.getByRole('option', { name: 'Link to a page' }).waitFor()
    await page.keyboard.press('Enter')
    await becomes(page, '[[')
    await page.keyboard.type('Rye')
    await page.getByRole('option', { name: 'Rye starter' }).waitFor()
    await page.keyboard.press('Enter')
    await becomes(page, '[[Rye starter]]')
    await page.close()
  })
})

test('a template is put in behind “/template”, its placeholders filled, and one undo takes it away', async () => {
  await ada.post('page:create', {
    title: 'Template/Tasting',
    content: '---\ntags: [tasting]\n---\n## {{title}}\n\nTasted by {{user}} in {{year}}: {{what}}\n',
  })
  const page = await writing('First.\n\n')
  await toEnd(page)
  await page.keyboard.type('/temp')
  await page.getByRole('option', { name: 'Template' }).waitFor()
  await page.keyboard.press('Enter')
  await becomes(page, 'First.\n\n/template ')
  await page.keyboard.type('tast')
  const row = page.getByRole('option', { name: 'Tasting' })
  await row.waitFor()
  expect(await wrong(page)).toEqual([])
  await page.keyboard.press('Enter')
  const text = `First.\n\n## Hands ${made}\n\nTasted by ada in ${new Date().getFullYear()}: {{what}}\n`
  await becomes(page, text)
  await page.keyboard.press('Control+z')
  await expect.poll(() => textOf(page)).not.toContain('Tasted')
  // Where a page begins, its properties come along.
  await page.keyboard.press('Control+a')
  await page.keyboard.press('Delete')
  await page.keyboard.type('/template ')
  await row.waitFor()
  await page.keyboard.press('Enter')
  await expect.poll(() => textOf(page)).toMatch(/^---\ntags: \[tasting\]\n---\n## Hands/)
  expect(page.problems).toEqual([])
  await page.close()
})

test('a template goes where it was asked for, though others write above it and oneself goes on elsewhere', async () => {
  await using line = await network(wiki.url)
  await ada.post('page:create', { title: 'Template/Slow', content: 'Filled for {{user}}.' })
  const { path, id } = await ada.post('page:create', { title: `Hands ${++made}`, content: 'First line.\n\n' })
  const page = await open(ada.at(line.url), path)
  await page.locator('save-light', { hasText: 'Saved' }).waitFor()
  await toEnd(page)
  await page.keyboard.type('/template slow')
  await page.getByRole('option', { name: 'Slow' }).waitFor()
  await page.locator('save-light', { hasText: 'Saved' }).waitFor()
  line.hold(true)
  await page.keyboard.press('Enter')
  await page.keyboard.press('Control+Home')
  await page.keyboard.type('Mine. ')
  const told = linus.next('page:updated', ({ page }) => page.id === id)
  await linus.post('page:edit', { page: id, edits: [{ replace: 'line', with: 'line, longer by theirs' }] })
  await told
  line.hold(false)
  await becomes(page, 'Mine. First line, longer by theirs.\n\nFilled for ada.')
  expect(page.problems).toEqual([])
  await page.close()
})

test('emoji are offered behind a colon by the letters of their names, and not within times and addresses', async () => {
  const page = await writing('')
  await page.keyboard.type('Well done :tad')
  await page.getByRole('option', { name: '🎉' }).waitFor()
  await page.keyboard.press('Enter')
  await becomes(page, 'Well done :tada:')
  await page.keyboard.type(' at 10:30')
  await page.locator('.count', { hasText: wordsOf(countWords(await textOf(page)), null) }).waitFor()
  expect(await page.getByRole('option').count()).toBe(0)
  expect(page.problems).toEqual([])
  await page.close()
})

test('what is selected can be formatted where it stands, by pointer and by keyboard', async () => {
  const page = await writing('Feed it twice a day.')
  await put(page, 'twice', 0, 5)
  const bar = page.getByRole('toolbar', { name: 'Format the selection' })
  await bar.waitFor()
  expect(await axe(page)).toEqual([])
  await bar.getByRole('button', { name: 'Bold' }).click()
  await becomes(page, 'Feed it **twice** a day.')
  await bar.locator('[aria-label=Bold][aria-pressed=true]').waitFor()
  await page.keyboard.press('Alt+F10')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await becomes(page, 'Feed it ***twice*** a day.')
  await page.keyboard.press('Escape')
  await bar.waitFor({ state: 'detached' })
  await page.keyboard.press('Control+a')
  await bar.waitFor()
  await page.keyboard.press('ArrowRight')
  await bar.waitFor({ state: 'detached' })
  await put(page, 'day', 0, 3)
  await page.keyboard.type('[')
  await page.keyboard.type('[')
  await becomes(page, 'Feed it ***twice*** a [[day]].')
  expect(page.problems).toEqual([])
  await page.close()
})

test('a sign that is typed over a selection goes around it, in code only those that programs use', async () => {
  const page = await writing('Feed it twice a day.\n\n```\nlet word\n```\n\nend')
  const text = (around: string) => `Feed it ${around} a day.\n\n\`\`\`\nlet word\n\`\`\`\n\nend`
  const pairs = { '*': '*', _: '_', '~': '~', '`': '`', '(': ')', '"': '"', '“': '”', '[': ']' }
  for (const [sign, close] of Object.entries(pairs)) {
    await put(page, 'twice', 0, 5)
    await page.keyboard.type(sign)
    await becomes(page, text(`${sign}twice${close}`))
    // What was selected still is: the next sign goes around it too.
    expect(await cursor(page)).toBe('twice')
    await page.keyboard.press('Control+z')
    await becomes(page, text('twice'))
  }
  await put(page, 'word', 0, 4)
  await page.keyboard.type('(')
  await becomes(page, text('twice').replace('word', '(word)'))
  await page.keyboard.type('*')
  await becomes(page, text('twice').replace('word', '(*)'))
  expect(page.problems).toEqual([])
  await page.close()
})

test('the text is spelt and capitalised as the browser’s own fields are, and says in which direction its lines are read', async () => {
  const page = await writing('words\n\n```\nlet word\n```\n\nend')
  const content = page.locator('.cm-content')
  for (const [name, value] of Object.entries({
    spellcheck: 'true',
    autocorrect: 'on',
    autocapitalize: 'sentences',
    writingsuggestions: 'true',
    'aria-multiline': 'true',
    role: 'textbox',
  }))
    expect(await content.getAttribute(name), name).toBe(value)
  expect(await page.locator('html').getAttribute('lang')).toBe('en')
  const direction = (words: string) => page.locator('.cm-line', { hasText: words }).getAttribute('dir')
  expect([await direction('words'), await direction('let word')]).toEqual(['auto', 'ltr'])
  await page.close()
})

describe('the clipboard', () => {
  test('an address onto a selection makes a link, one of this wiki a link to its page', async () => {
    const page = await writing('Ask the mill about prices, as the bakery does.')
    await put(page, 'mill', 0, 4)
    await paste(page, { 'text/plain': 'https://mill.example/prices?year=2026' })
    await put(page, 'the bakery', 0, 10)
    await paste(page, { 'text/plain': `${wiki.url}/wiki/Bakery_handbook/Sourdough` })
    await toEnd(page)
    await paste(page, { 'text/plain': ' https://example.org' })
    await becomes(
      page,
      'Ask the [mill](https://mill.example/prices?year=2026) about prices, as [[Bakery handbook/Sourdough|the bakery]] does. https://example.org',
    )
    await page.close()
  })

  test('HTML becomes Markdown: headings, emphasis, links, nested lists, tasks, quotes, code, tables', async () => {
    const page = await writing('')
    await paste(page, {
      'text/plain': 'whatever',
      'text/html': `<html><body><!--StartFragment--><h2>Feeding <em>the</em> starter</h2>
        <p>Feed <b>twice </b>a day; see <a href="https://mill.example/a_(b)">the mill</a>, <a href="/wiki/Rye_starter">rye</a> and
        <a href="javascript:alert(1)">nothing</a>.<br>2 * 3 [not] a_link</p>
        <ul><li>one<ol><li>inner</li><li>second</li></ol></li><li><input type="checkbox" checked> done</li></ul>
        <blockquote><p>said</p><p>twice</p></blockquote>
        <pre><code class="language-js">let x = '<b>'\n</code></pre>
        <table><tr><th>Flour</th><th align="right">Price</th></tr><tr><td>Rye | spelt</td><td align="right">1.32<br>net</td></tr></table>
        <hr><p style="margin:0"><span style="font-weight:700">Google</span> <s>gone</s> <code>a\`b</code></p>
        <img src="/mark.svg" alt="a mark"><script>window.bad = true</script><!--EndFragment--></body></html>`,
    })
    await becomes(
      page,
      [
        '## Feeding *the* starter',
        '',
        'Feed **twice** a day; see [the mill](<https://mill.example/a_(b)>), [[Rye starter|rye]] and nothing.\\',
        '2 \\* 3 \\[not\\] a_link',
        '',
        '- one',
        '  1. inner',
        '  2. second',
        '- [x] done',
        '',
        '> said',
        '>',
        '> twice',
        '',
        '```js',
        "let x = '<b>'".replace('<b>', ''),
        '```',
        '',
        '| Flour | Price |',
        '| --- | ---: |',
        '| Rye \\| spelt | 1.32<br>net |',
        '',
        '---',
        '',
        '**Google** ~~gone~~ ``a`b``',
        '',
        '![a mark](/mark.svg)',
      ].join('\n'),
    )
    await page.keyboard.press('Control+z')
    await becomes(page, '')
    expect(page.problems).toEqual([])
    await page.close()
  })

  test('a block’s name leads to one block: a copy within the page leaves its name behind, what is moved keeps it', async () => {
    const block = 'Knead the dough. ^kneading'
    const page = await writing(`${block}\n\n- rise ^rising\n\nend`)
    await toEnd(page)
    await paste(page, {
      'text/plain': `\n\n${block}\n\n- bake ^Rising\n- eat ^eating\n\n20 m ^2\n\n\`\`\`\nx ^rising\n\`\`\``,
    })
    const after = `${block}\n\n- rise ^rising\n\nend\n\nKnead the dough.\n\n- bake\n- eat ^eating\n\n20 m ^2\n\n\`\`\`\nx ^rising\n\`\`\``
    await becomes(page, after)
    await page.keyboard.press('Control+z')
    await becomes(page, `${block}\n\n- rise ^rising\n\nend`)
    // A line that is copied, by its key and by the clipboard.
    await put(page, 'Knead')
    await page.keyboard.press('Shift+Alt+ArrowDown')
    await becomes(page, `Knead the dough.\n${block}\n\n- rise ^rising\n\nend`)
    await page.keyboard.press('Control+z')
    // Twice in what is pasted, and in HTML of another program.
    await toEnd(page)
    await paste(page, { 'text/plain': '\n\none ^new\n\ntwo ^new' })
    await becomes(page, `${block}\n\n- rise ^rising\n\nend\n\none ^new\n\ntwo`)
    await paste(page, { 'text/html': '<p>A <b>bold</b> one ^new</p>' })
    await becomes(page, `${block}\n\n- rise ^rising\n\nend\n\none ^new\n\ntwoA **bold** one`)
    for (let i = 0; i < 2; i++) await page.keyboard.press('Control+z')
    // Cut and pasted elsewhere.
    await put(page, block, 0, block.length)
    await page.keyboard.press('Control+x')
    await becomes(page, '\n\n- rise ^rising\n\nend')
    await toEnd(page)
    await paste(page, { 'text/plain': `\n\n${block}` })
    await becomes(page, `\n\n- rise ^rising\n\nend\n\n${block}`)
    expect(page.problems).toEqual([])
    await page.close()
  })

  test('a spreadsheet becomes a table, and fills the one that the cursor is in', async () => {
    const page = await writing('Prices')
    await toEnd(page)
    await paste(page, { 'text/plain': 'Flour\tPrice\nRye\t1.32\n"with\nhusks"\t0.9\n' })
    const table = 'Prices\n\n| Flour | Price |\n| --- | --- |\n| Rye | 1.32 |\n| with<br>husks | 0.9 |'
    await becomes(page, table)
    await put(page, 'Rye')
    await paste(page, { 'text/plain': 'Spelt\t2.05\nOats\t1.10\nEmmer\t3.40\n' })
    await becomes(
      page,
      'Prices\n\n| Flour | Price |\n| --- | --- |\n| Spelt | 2.05 |\n| Oats | 1.10 |\n| Emmer | 3.40 |',
    )
    await put(page, 'Oats', 0, 4)
    await paste(page, { 'text/plain': 'two\nlines | more' })
    await expect.poll(() => textOf(page)).toContain('| two<br>lines \\| more | 1.10 |')
    await page.close()
  })
})

test('search counts what it finds, steps through it and replaces; the text stays where it is', async () => {
  const page = await writing('Rye, rye and RYE.\n\nStarter of rye.')
  await page.keyboard.press('Control+f')
  const find = page.getByRole('textbox', { name: 'Find' })
  await find.waitFor()
  await page.keyboard.type('rye')
  const found = page.locator('.cm-search .found')
  await expect.poll(() => found.textContent()).toBe('1 of 4')
  await page.keyboard.press('Enter')
  await expect.poll(() => found.textContent()).toBe('2 of 4')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.press('Shift+Enter')
  await expect.poll(() => found.textContent()).toBe('4 of 4')
  await page.getByRole('button', { name: 'Match case' }).click()
  await expect.poll(() => found.textContent()).toMatch(/ 2$|of 2$/)
  expect(await axe(page)).toEqual([])
  await page.getByRole('textbox', { name: 'Replace with' }).fill('spelt')
  await page.getByRole('button', { name: 'Replace all' }).click()
  await becomes(page, 'Rye, spelt and RYE.\n\nStarter of spelt.')
  await expect.poll(() => found.textContent()).toBe('Nothing found')
  await find.focus()
  await page.keyboard.press('Escape')
  await find.waitFor({ state: 'detached' })
  expect(await page.evaluate(() => document.activeElement?.className)).toContain('cm-content')
  expect(page.problems).toEqual([])
  await page.close()
})

const SECTIONS = 'Before.\n\n## One\n\nfirst\n\n### Inner\n\nin one\n\n## Two\n\nsecond\n\n## Three\n\nthird\n'

test('the outline leads to sections, and dragging one moves it with all that is in it, which one undo takes back', async () => {
  const page = await writing(SECTIONS)
  const outline = page.getByRole('navigation', { name: 'Outline' })
  const rows = outline.getByRole('button')
  await expect.poll(() => rows.allInnerTexts()).toEqual(['One', 'Inner', 'Two', 'Three'])
  await rows.nth(2).click()
  await outline.locator('[aria-current=location]', { hasText: 'Two' }).waitFor()
  await page.keyboard.type('!')
  await expect.poll(() => textOf(page)).toContain('## Two!\n')
  await page.keyboard.press('Backspace')
  const [from, to] = [await rows.nth(0).boundingBox(), await rows.nth(3).boundingBox()]
  await page.mouse.move(from!.x + 20, from!.y + 8)
  await page.mouse.down()
  await page.mouse.move(from!.x + 20, from!.y + 30, { steps: 3 })
  await page.mouse.move(to!.x + 20, to!.y + 2, { steps: 3 })
  await outline.locator('.before', { hasText: 'Three' }).waitFor()
  await page.mouse.up()
  const moved = 'Before.\n\n## Two\n\nsecond\n\n## One\n\nfirst\n\n### Inner\n\nin one\n\n## Three\n\nthird\n'
  await becomes(page, moved)
  await expect.poll(() => rows.allInnerTexts()).toEqual(['Two', 'One', 'Inner', 'Three'])
  await page.locator('.cm-content').focus()
  await page.keyboard.press('Control+z')
  await becomes(page, SECTIONS)
  // The same by keyboard.
  await page.keyboard.press('Control+Alt+o')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Alt+ArrowUp')
  await becomes(page, 'Before.\n\n## One\n\nfirst\n\n### Inner\n\nin one\n\n## Three\n\nthird\n\n## Two\n\nsecond\n')
  expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Three')
  await page.keyboard.press('Escape')
  expect(await page.evaluate(() => document.activeElement?.className)).toContain('cm-content')
  expect(await axe(page)).toEqual([])
  expect(page.problems).toEqual([])
  await page.close()
})

test('somebody who writes in a section goes on doing so while another moves it', async () => {
  const a = await writing(SECTIONS)
  const l = await open(linus, a.path)
  await put(l, 'second', 6)
  await l.keyboard.type(' and')
  // Known to stand there: a caret of a moment before was elsewhere.
  await a.waitForFunction(() => {
    const { view } = (document.querySelector('.cm-content') as Content).cmTile
    const end = view.state.doc.toString().indexOf('second and') + 'second and'.length
    const caret = document.querySelector('.remote .caret')?.getBoundingClientRect()
    const there = view.coordsAtPos(end)
    return caret && there && Math.abs(caret.left - there.left) < 2 && Math.abs(caret.top - there.top) < 6
  })
  await put(a, '## Two')
  await a.keyboard.press('Control+Alt+ArrowUp')
  await l.waitForFunction(() =>
    (document.querySelector('.cm-content') as Content).cmTile.view.state.doc.toString().startsWith('Before.\n\n## Two'),
  )
  await l.keyboard.type(' more')
  await expect.poll(() => textOf(a)).toContain('## Two\n\nsecond and more\n\n## One')
  await Promise.all([a.close(), l.close()])
})

test('the list of shortcuts names what the keys of this screen do, and so do the buttons', async () => {
  const page = await writing('words')
  const titles = await page
    .getByRole('toolbar', { name: 'Format' })
    .getByRole('button')
    .evaluateAll(buttons => buttons.map(one => [one.getAttribute('aria-label')!, (one as HTMLElement).title]))
  await page.getByRole('button', { name: 'Done' }).click()
  await page.locator('article').waitFor()
  await page.keyboard.press('?')
  const list = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await list.waitFor()
  const said = await list.locator('dl > div').allInnerTexts()
  const lines = said.map(line => line.replace(/\s*\n\s*/g, ': '))
  for (const { name, key } of TEXT_ACTIONS)
    if (key) expect(lines.some(line => line.startsWith(name.replace(/…$/, '')))).toBe(true)
  expect(titles.length).toBeGreaterThan(12)
  for (const [name, title] of titles) {
    const [, key] = /\((.+)\)$/.exec(title!) ?? []
    if (!key) continue
    const bare = name!.replace(/…$/, '')
    expect(title).toBe(`${name} (${key})`)
    expect(lines.filter(line => line.startsWith(bare)).join(' · '), title).toContain(key)
  }
  expect(titles.map(([, title]) => title)).toContain('Bold (Ctrl+B)')
  expect(lines).toContain('Bold: Ctrl+B')
  expect(lines).toContain('Edit: E')
  expect(lines).toContain('Rename or move: F2')
  expect(await axe(page)).toEqual([])
  await page.keyboard.press('Escape')
  await list.waitFor({ state: 'detached' })
  await page.keyboard.press('F2')
  await page.getByRole('dialog', { name: 'Rename or move' }).waitFor()
  await page.close()
})

test('on a phone the toolbar stands above the keyboard, whatever part of the window that leaves', async () => {
  const page = await writing(Array.from({ length: 60 }, (_, i) => `Line ${i}`).join('\n\n'), {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  })
  const bar = page.getByRole('toolbar', { name: 'Format' })
  const bottom = () => bar.evaluate(element => Math.round(element.getBoundingClientRect().bottom))
  expect(await bottom()).toBe(844)
  for (const button of await bar.getByRole('button').all())
    expect((await button.boundingBox())!.height).toBeGreaterThanOrEqual(24)
  // What a keyboard of 320 px does to the visible part of the window.
  await page.evaluate(() => {
    Object.defineProperty(visualViewport, 'height', { value: innerHeight - 320, configurable: true })
    visualViewport!.dispatchEvent(new Event('resize'))
  })
  await expect.poll(bottom).toBe(844 - 320)
  await put(page, 'Line 40')
  await expect
    .poll(() =>
      page.evaluate(() => {
        const { view } = (document.querySelector('.cm-content') as Content).cmTile
        return view.coordsAtPos(view.state.selection.main.head)!.bottom
      }),
    )
    .toBeLessThan(844 - 320 - 40)
  await bar.getByRole('button', { name: 'Insert…' }).tap()
  await page.getByRole('option', { name: 'Table' }).waitFor()
  expect(await wrong(page)).toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
  await page.close()
})

test('a whole page’s life by keyboard alone: made, written, formatted, linked, read, renamed, deleted, restored', async () => {
  const { page, problems } = await windowOf(chrome, ada)
  await page.goto('/')
  await page.locator('app-shell:defined').waitFor()
  await page.keyboard.press('n')
  await page.waitForURL('**/create*')
  const title = page.getByRole('textbox', { name: /title/i })
  await title.waitFor()
  await page.waitForFunction(() => document.activeElement?.id === 'title')
  await page.keyboard.type('Oven log')
  await page.keyboard.press('Control+Enter')
  await page.waitForURL('**/wiki/Oven_log*')
  await page.locator('app-shell:defined').waitFor()
  if ((await page.locator('.cm-content[contenteditable=true]').count()) === 0) await page.keyboard.press('e')
  await page.locator('.cm-content[contenteditable=true]').waitFor()
  await page.waitForFunction(() => document.activeElement?.classList.contains('cm-content'))
  const slash = async (letters: string, name: string) => {
    await page.keyboard.type(`/${letters}`)
    await page.getByRole('option', { name }).first().waitFor()
    await expect.poll(() => page.getByRole('option').first().textContent()).toContain(name)
    await page.keyboard.press('Enter')
  }
  await slash('heading 2', 'Heading 2')
  await page.keyboard.type('Today\n')
  await page.keyboard.type('\nThe oven was ')
  await page.keyboard.press('Control+b')
  await page.keyboard.type('hot')
  await page.keyboard.press('Control+b')
  await page.keyboard.type('; see [[Rye')
  await page.getByRole('option', { name: 'Rye starter' }).waitFor()
  await page.keyboard.press('Enter')
  await page.keyboard.type('.\n\n')
  await slash('table', 'Table')
  for (const cell of ['Loaf', 'Minutes', 'Rye', '55']) {
    await page.keyboard.type(cell)
    await page.keyboard.press('Tab')
  }
  await page.keyboard.type('Spelt')
  await page.keyboard.press('Tab')
  await page.keyboard.type('48')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await page.keyboard.type('- one\n')
  await page.keyboard.press('Tab')
  await page.keyboard.type('two')
  await becomes(
    page,
    [
      '## Today',
      '',
      'The oven was **hot**; see [[Rye starter]].',
      '',
      '| Loaf  | Minutes |',
      '| ----- | ------- |',
      '| Rye   | 55      |',
      '| Spelt | 48      |',
      '',
      '- one',
      '  - two',
      '',
    ].join('\n'),
  )
  await page.keyboard.press('Control+s')
  await page.locator('.said', { hasText: /saved/i }).waitFor()
  await page.locator('save-light', { hasText: 'Saved' }).waitFor()
  await page.keyboard.press('Control+Shift+S')
  await page.locator('article table').waitFor()
  expect(await page.locator('article td').allInnerTexts()).toEqual(['Rye', '55', 'Spelt', '48'])
  await page.keyboard.press('F2')
  await page.getByRole('dialog', { name: 'Rename or move' }).waitFor()
  await page.keyboard.press('Control+a')
  await page.keyboard.type('Ovens/Log')
  // The page under its new title is on its way until somebody has begun to write.
  let arrive = () => {}
  const begun = new Promise<void>(resolve => {
    arrive = resolve
  })
  await page.route('**/wiki/Ovens/Log', async route => {
    await begun
    await route.continue()
  })
  const fetched = page.waitForResponse('**/wiki/Ovens/Log')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/wiki/Ovens/Log')
  await page.getByRole('dialog', { name: 'Rename or move' }).waitFor({ state: 'detached' })
  await page.keyboard.press('e')
  await page.locator('.cm-content[contenteditable=true]').waitFor()
  arrive()
  await (await fetched).finished()
  await page.locator('html:not(.going)').waitFor()
  expect(await page.locator('h1').textContent()).toBe('Log')
  await page.waitForFunction(() => document.activeElement?.classList.contains('cm-content'))
  await page.keyboard.press('Escape')
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.className ?? '')).not.toContain('cm-content')
  await page.keyboard.press('Control+Shift+S')
  await page.locator('page-editor').waitFor({ state: 'detached' })
  const command = async (letters: string, name: string) => {
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog', { name: 'Search, jump and do' }).waitFor()
    await page.keyboard.type(`>${letters}`)
    await page.getByRole('option', { name }).waitFor()
    const chosen = page.locator('[role=option][aria-selected=true]', { hasText: name })
    for (let i = 0; i < 10 && (await chosen.count()) === 0; i++) await page.keyboard.press('ArrowDown')
    expect(await chosen.count()).toBe(1)
    await page.keyboard.press('Enter')
  }
  /** Tab, until the focus is on a button of this name. */
  const tabTo = async (name: RegExp) => {
    const at = () =>
      page.evaluate(() => {
        const button = document.activeElement?.closest('button')
        return button ? (button.ariaLabel ?? button.textContent).trim() : ''
      })
    for (let i = 0; i < 80 && !name.test(await at()); i++) await page.keyboard.press('Tab')
    expect(await at()).toMatch(name)
  }
  await command('delete', 'Delete…')
  await page.getByRole('dialog', { name: 'Delete “Log”?' }).waitFor()
  await tabTo(/^Delete$/)
  await page.keyboard.press('Enter')
  await page.waitForURL('**/wiki/Ovens')
  await page.locator('line-bar', { hasText: '“Log” is in the trash.' }).waitFor()
  await command('trash', 'Trash')
  await page.waitForURL('**/trash')
  await page.locator('trash-list', { hasText: 'Log' }).waitFor()
  await page.locator('html:not(.going)').waitFor()
  await tabTo(/^Restore .*Log$/)
  await page.keyboard.press('Enter')
  await page.locator('line-bar', { hasText: '“Log” is back.' }).waitFor()
  await tabTo(/^Open$/)
  await page.keyboard.press('Enter')
  await page.waitForURL('**/wiki/Ovens/Log')
  await page.locator('article strong', { hasText: 'hot' }).waitFor()
  expect(problems).toEqual([])
  await page.close()
})

// ---- pure

describe('moving', () => {
  test.each([
    ['Move up', '- a\n- b|\n- c', '- b|\n- a\n- c'],
    ['Move down', '- a|\n- b\n- c', '- b\n- a|\n- c'],
    ['Move up', '- a\n  - inner\n- b|\n  - under\n- c', '- b|\n  - under\n- a\n  - inner\n- c'],
    ['Move down', '1. a|\n2. b\n3. c', '1. b\n2. a|\n3. c'],
    ['Move up', '1. a\n2. ‹b\n3. c›', '1. ‹b\n2. c›\n3. a'],
    ['Move up', '- a\n  1. x\n  2. y|', '- a\n  1. y|\n  2. x'],
    ['Move up', '- a|\n- b', '- a|\n- b'],
    ['Move down', '- a|\n\n- b', '- b\n\n- a|'],
    ['Move up', '> - a\n> - b|', '> - b|\n> - a'],
    ['Move up', 'one\ntwo|', 'two|\none'],
  ])('%s: %j → %j', (name, before, after) => {
    expect(run(TEXT_ACTIONS.find(one => one.name === name)!.run, before)).toBe(after)
  })

  test.each([
    ['down', '# A\n\n## One|\n\n1\n\n## Two\n\n2', '# A\n\n## Two\n\n2\n\n## One|\n\n1'],
    ['up', '## One\n1\n## Two\n2|', '## Two\n2|\n\n## One\n1'],
    ['up', 'x\n\nOne\n---\n1\n\nTwo|\n---\n', 'x\n\nTwo|\n---\n\nOne\n---\n1\n'],
    ['down', '## One|\n\n### In\n\n## Two', '## Two\n\n## One|\n\n### In'],
    ['up', 'words|\n\n## One', 'words|\n\n## One'],
  ])('a section %s: %j → %j', (way, before, after) => {
    expect(run(way === 'up' ? TEXT.sectionUp.run : TEXT.sectionDown.run, before)).toBe(after)
  })

  test('wherever a section goes, no heading and no word is lost, and it stands where it was put', () => {
    const piece = fc.constantFrom(
      '# A',
      '## B',
      '### C',
      'words',
      '',
      'Under\n---',
      '- item\n  # no heading',
      '```\n# code\n```',
      '> # quoted',
    )
    fc.assert(
      fc.property(fc.array(piece, { minLength: 2, maxLength: 14 }), fc.nat(), fc.nat(), (pieces, which, where) => {
        const state = EditorState.create({ doc: pieces.join('\n\n'), extensions: markdownText })
        const headings = headingsOf(state)
        if (headings.length < 2) return
        const at = which % headings.length
        const all = places(state, headings, at)
        if (all.length === 0) return
        const place = all[where % all.length]!
        const after = state.update(moveSection(state, headings[at]!, place)).state
        const sorted = (text: string) => text.split('\n').filter(Boolean).sort()
        expect(sorted(after.doc.toString())).toEqual(sorted(state.doc.toString()))
        const titles = headingsOf(after).map(({ level, title }) => `${level} ${title}`)
        expect([...titles].sort()).toEqual(headings.map(({ level, title }) => `${level} ${title}`).sort())
        const section = headings.filter(({ from }) => from >= headings[at]!.from && from < headings[at]!.to)
        const rest = headings.filter(heading => !section.includes(heading))
        const before = rest.filter(({ from }) => from < place)
        const expected = [...before, ...section, ...rest.slice(before.length)]
        expect(titles).toEqual(expected.map(({ level, title }) => `${level} ${title}`))
      }),
      { numRuns: 300 },
    )
  })
})

test.each([
  ['rule', 'one|', 'one\n\n---\n|'],
  ['rule', '|', '---\n|'],
  ['note', '|', '> [!note]\n> |\n'],
  ['warning', '‹careful\nnow›', '> [!warning]\n> careful\n> now|'],
  ['footnote', 'It rises|.', 'It rises[^1].\n\n[^1]: |'],
  ['footnote', 'a[^1] b|\n\n[^1]: x', 'a[^1] b[^2]\n\n[^1]: x\n[^2]: |'],
  ['properties', 'words|', '---\ntags: |\n---\n\nwords'],
  ['properties', '---\ntags: bread\n---\nwords|', '---\ntags: bread|\n---\nwords'],
  ['wikiLink', 'see ‹Rye› now', 'see [[Rye]]| now'],
] as const)('%s: %j → %j', (name, before, after) => {
  expect(run(TEXT[name].run, before)).toBe(after)
})

test('words are counted as they are read', () => {
  expect(
    countWords('---\ntags: x\n---\n## Two words\n\nDon’t **stop**: [a link](https://example.org/long/address).'),
  ).toBe(6)
  expect(countWords('- [ ] one\n- two\n\n```js\nthree four\n```\n<!-- none -->')).toBe(4)
  expect(countWords('日本語 text')).toBe(4)
  expect(wordsOf(1, null)).toBe('1 word')
  expect(wordsOf(2200, null)).toBe('2,200 words · 10 min')
  expect(wordsOf(2200, 12)).toBe('12 of 2,200 words')
})

test('words of a long text are counted where it has changed, as if all of it had been read', () => {
  const pieces = ['word\n', 'two words\n', '\n', '---\n', 'x: y\n', '```\n', '<!--', '-->', '[a](b c)', '- [ ] ', '1. ']
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.array(fc.tuple(fc.nat(), fc.constantFrom(...pieces), fc.nat(300)), { maxLength: 12 }),
      (properties, edits) => {
        const start = properties ? '---\ntags: x\n---\n' : ''
        let doc = Text.of(`${start}${'Bread and **salt**.\n'.repeat(400)}`.split('\n'))
        for (const [at, piece, length] of edits) {
          const from = at % (doc.length + 1)
          doc = doc.replace(from, Math.min(doc.length, from + (at % 2) * length), Text.of(piece.split('\n')))
          expect(countWordsIn(doc)).toBe(countWords(doc.toString()))
        }
      },
    ),
  )
})

test('rows of cells are told from indented code', () => {
  expect(gridOf('a\tb\nc\td\n')).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ])
  expect(gridOf('"say ""hi""\nnow"\tb\n\t')).toEqual([
    ['say "hi"\nnow', 'b'],
    ['', ''],
  ])
  expect(gridOf('if x:\n\treturn 1')).toBeNull()
  expect(gridOf('\tx = 1\n\t\ty = 2')).toBeNull()
  expect(gridOf('no tabs')).toBeNull()
})
