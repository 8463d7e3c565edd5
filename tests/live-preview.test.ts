// The editor shows Markdown as it will look: in Chromium against a real server, and the structure of a real vault in Node.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureSyntaxTree, syntaxTree } from '@codemirror/language'
import { EditorState, StateEffect } from '@codemirror/state'
import type { EditorView } from '@codemirror/view'
import { Tree } from '@lezer/common'
import fc from 'fast-check'
import type { Page } from 'playwright-core'
import { describe, expect, test, vi } from 'vitest'
import { markdownText } from '../client/editor/highlighting.ts'
import { blocks, drawnBlocks } from '../client/editor/preview-blocks.ts'
import { draw, KINDS, type Structure, structureOf } from '../client/editor/preview-lines.ts'
import { touching } from '../client/editor/preview-touch.ts'
import { alignment } from '../client/editor/table-alignment.ts'
import { rowsOf } from '../client/editor/tables.ts'
import { parse } from '../shared/markdown.ts'
import { axe, windowOf } from './support/browser.ts'
import { EVERYTHING } from './support/furnished.ts'
import { type Content, cursor, inBrowser, put, textOf } from './support/windows.ts'

const {
  chrome,
  people: { ada, linus },
  write,
} = await inBrowser('ada', 'linus')
let made = 0

/** A page of this text, opened for writing by one person. */
async function writing(content: string) {
  const { path } = await ada.post('page:create', { title: `Preview ${++made}`, content })
  return { page: await write(ada, path), path }
}

/** What stands on the screen, line by line. */
const shown = async (page: Page) =>
  (await page.locator('.cm-line').allInnerTexts()).map(line => line.replaceAll('\u200b', '').replace(/\n$/, ''))

/** The tops of all lines, in pixels. */
const tops = (page: Page) =>
  page
    .locator('.cm-line')
    .evaluateAll(lines => lines.map(line => Math.round(line.getBoundingClientRect().top * 10) / 10))

test('marks are hidden until the cursor touches what they mark, and then only there', async () => {
  const { page } = await writing(
    'Start\n\n## Heading ##\n\nA **bold**, *italic*, ~~struck~~ and `code` word, [a link](https://example.org "t"), \\*stars\\*.\n\n***both***',
  )
  const line = () => shown(page).then(lines => lines[4])
  expect((await shown(page))[2]).toBe('Heading')
  expect(await line()).toBe('A bold, italic, struck and code word, a link, *stars*.')
  expect((await shown(page))[6]).toBe('both')
  for (const [word, seen] of [
    ['bold', 'A **bold**, italic, struck and code word, a link, *stars*.'],
    ['italic', 'A bold, *italic*, struck and code word, a link, *stars*.'],
    ['struck', 'A bold, italic, ~~struck~~ and code word, a link, *stars*.'],
    ['code', 'A bold, italic, struck and `code` word, a link, *stars*.'],
    ['link', 'A bold, italic, struck and code word, [a link](https://example.org "t"), *stars*.'],
    ['\\*stars', 'A bold, italic, struck and code word, a link, \\*stars*.'],
  ] as const) {
    await put(page, word, word.startsWith('\\') ? 0 : 1)
    expect(await line()).toBe(seen)
  }
  await put(page, 'Heading', 3)
  expect((await shown(page))[2]).toBe('## Heading ##')
  await put(page, 'Start')
  expect((await shown(page))[2]).toBe('Heading')
  expect(page.problems).toEqual([])
  await page.close()
})

test('no line moves when the cursor enters or leaves a construct', async () => {
  const { page } = await writing(
    [
      'Start',
      '# One',
      '## Two',
      '#### Four `code`',
      'A **bold**, *italic*, ~~struck~~ and `code`, [a link](https://e.org), [[Nowhere]], [[Nowhere|words]].',
      '- item',
      '  - nested',
      '- [ ] task',
      '- [x] done',
      '1. first',
      '',
      '> quoted **bold**',
      '> > deeper',
      '',
      '> [!note] A callout',
      '> with words',
      '',
      '---',
      '',
      '```js',
      "let x = 'y'",
      '```',
      '',
      'Set[^1] text\n---',
      '',
      '[^1]: The note.',
      '',
      'End',
    ].join('\n'),
  )
  const before = await tops(page)
  expect(before.length).toBeGreaterThan(25)
  const count = await page.evaluate(
    () => (document.querySelector('.cm-content') as Content).cmTile.view.state.doc.length,
  )
  const places = Array.from({ length: Math.floor(count / 3) }, (_, i) => i * 3)
  const moved: string[] = []
  for (const at of places) {
    await page.evaluate(at => {
      const { view } = (document.querySelector('.cm-content') as Content).cmTile
      view.focus()
      view.dispatch({ selection: { anchor: at } })
    }, at)
    const now = await tops(page)
    const off = now.findIndex((top, i) => Math.abs(top - before[i]!) > 0.5)
    if (now.length !== before.length || off >= 0) moved.push(`at ${at}: line ${off} by ${now[off]! - before[off]!}`)
  }
  expect(moved).toEqual([])
  await page.close()
})

test('a rule is a line until the cursor is on it, and quotes stand as deep as they are quoted', async () => {
  const { page } = await writing('x\n\n---\n\n> one\n> > two\n> > > three\n')
  const rule = page.locator('.cm-line.md-ruled')
  expect(await rule.evaluate(line => getComputedStyle(line).color)).toBe('rgba(0, 0, 0, 0)')
  expect(await rule.evaluate(line => getComputedStyle(line).backgroundImage)).toContain('linear-gradient')
  const { length } = await shown(page)
  await put(page, '---', 1)
  await page.locator('.cm-line.md-rule-here').waitFor()
  expect(await rule.count()).toBe(0)
  expect((await shown(page))[2]).toBe('---')
  await put(page, 'x')
  await rule.waitFor()
  expect(await shown(page)).toHaveLength(length)
  const begins = (words: string) =>
    page.evaluate(words => {
      const { view } = (document.querySelector('.cm-content') as Content).cmTile
      return view.coordsAtPos(view.state.doc.toString().indexOf(words), 1)!.left
    }, words)
  const lefts: number[] = []
  for (const [i, words] of ['one', 'two', 'three'].entries()) {
    await page.locator(`.cm-line.md-quotes-${i + 1}`, { hasText: words }).waitFor()
    lefts.push(await begins(words))
  }
  expect(lefts[1]! - lefts[0]!).toBeGreaterThan(8)
  expect(lefts[2]! - lefts[1]!).toBeCloseTo(lefts[1]! - lefts[0]!, 0)
  await page.close()
})

test('links to pages are blue, red when nobody wrote the page, and turn blue the moment somebody does', async () => {
  await ada.post('page:create', { title: 'Written already' })
  const { page } = await writing(
    'x\n\n[[Written already]] and [[Not yet|soon]], [[Written already#Part]], [[not | a [title]]',
  )
  expect((await shown(page))[2]).toBe('Written already and soon, Written already § Part, [[not | a [title]]')
  const red = page.locator('.md-wiki.md-missing')
  await red.waitFor()
  expect(await red.allInnerTexts()).toEqual(['soon'])
  await linus.post('page:create', { title: 'Not yet' })
  await red.waitFor({ state: 'detached' })
  const [tab] = await Promise.all([
    page.context().waitForEvent('page'),
    page.locator('.md-wiki', { hasText: 'soon' }).click({ modifiers: ['Control'] }),
  ])
  expect(new URL(tab.url()).pathname).toBe('/wiki/Not_yet')
  await tab.close()
  await put(page, 'Written already', 4)
  const [other] = await Promise.all([page.context().waitForEvent('page'), page.keyboard.press('Alt+Enter')])
  expect(new URL(other.url()).pathname).toBe('/wiki/Written_already')
  await other.close()
  await page.close()
})

test('a click into a rendered construct puts the cursor where it was aimed, and nothing moves under a pressed pointer', async () => {
  const { page } = await writing('x\n\nSome **important words** here and [[Far away|a link]] there')
  const at = await page.evaluate(() => {
    const { view } = (document.querySelector('.cm-content') as Content).cmTile
    const pos = view.state.doc.toString().indexOf('words')
    const { left, top, bottom } = view.coordsAtPos(pos, 1)!
    return { x: left + 1, y: (top + bottom) / 2 }
  })
  await page.mouse.move(at.x, at.y)
  await page.mouse.down()
  expect((await shown(page))[2]).toBe('Some important words here and a link there')
  await page.mouse.move(at.x + 1, at.y)
  await page.mouse.up()
  await expect.poll(() => shown(page).then(lines => lines[2])).toBe('Some **important words** here and a link there')
  expect(await cursor(page)).toContain('important |words')
  await page.close()
})

test('a task is ticked by a click and by keyboard, and the text is what changes', async () => {
  const { page } = await writing('x\n\n- [ ] one\n- [x] two\n1. [ ] three')
  const boxes = page.getByRole('checkbox', { name: 'Done' })
  await boxes.nth(0).click()
  expect(await textOf(page)).toBe('x\n\n- [x] one\n- [x] two\n1. [ ] three')
  await boxes.nth(1).click()
  await boxes.nth(2).click()
  expect(await textOf(page)).toBe('x\n\n- [x] one\n- [ ] two\n1. [x] three')
  await put(page, 'two', 1)
  await page.keyboard.press('Control+Enter')
  expect(await textOf(page)).toBe('x\n\n- [x] one\n- [x] two\n1. [x] three')
  expect(await boxes.count()).toBe(3)
  expect(await boxes.nth(1).isChecked()).toBe(true)
  expect(await axe(page)).toEqual([])
  await page.close()
})

const VAULT = join(import.meta.dirname, '../../shared/data/vault')

const TABLE = 'x\n\n| Flour | Price |\n| --- | ---: |\n| **Rye** | 1.32 |\n| [[Spelt\\|Old wheat]] | 2.05 |\n\nend'

test('a table is drawn until it is entered, and entering it moves nothing', async () => {
  const { page } = await writing(TABLE)
  const drawn = page.locator('.md-drawn-table')
  expect(await drawn.locator('th, td').allInnerTexts()).toEqual(['Flour', 'Price', 'Rye', '1.32', 'Old wheat', '2.05'])
  const top = () => page.locator('.cm-line', { hasText: 'end' }).evaluate(line => line.getBoundingClientRect().top)
  const before = await top()
  await drawn.getByText('1.32').click({ position: { x: 1, y: 8 } })
  await drawn.waitFor({ state: 'detached' })
  expect(await cursor(page)).toContain('| **Rye** | |1.32 |')
  expect(Math.abs((await top()) - before)).toBeLessThan(3)
  await put(page, 'end')
  await drawn.waitFor()
  expect(await axe(page)).toEqual([])
  await put(page, 'x')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  expect(await cursor(page)).toContain('\n\n|| Flour')
  await put(page, 'end')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowUp')
  expect(await cursor(page)).toContain('\n|| [[Spelt')
  await page.close()
})

test('cells are walked with Tab and Enter, rows and columns added, and the source is aligned on leaving', async () => {
  const { page } = await writing(TABLE)
  await put(page, 'Flour')
  await page.keyboard.press('Tab')
  expect(await cursor(page)).toBe('Price')
  await page.keyboard.press('Tab')
  expect(await cursor(page)).toBe('**Rye**')
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Enter')
  expect(await cursor(page)).toBe('1.32')
  await page.keyboard.type('1.40')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.keyboard.type('Oats')
  await page.keyboard.press('Tab')
  await page.keyboard.type('0.9')
  await page.keyboard.press('Control+Shift+Enter')
  await page.keyboard.type('new')
  await put(page, 'end')
  await expect
    .poll(() => textOf(page))
    .toBe(
      [
        'x',
        '',
        '| Flour                | Price |     |',
        '| -------------------- | ----: | --- |',
        '| **Rye**              |  1.40 |     |',
        '| [[Spelt\\|Old wheat]] |  2.05 |     |',
        '| Oats                 |   0.9 | new |',
        '',
        'end',
      ].join('\n'),
    )
  await put(page, 'Oats')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await page.keyboard.type('after')
  expect(await textOf(page)).toMatch(/\| +0\.9 \| new \|\n\nafter\n/)
  await page.close()
})

test('footnotes are small numbers, callouts have their kind, pictures have their place before they come', async () => {
  const { page } = await writing(
    'x\n\nMeasured.[^1]\n\n> [!warning] Hot\n> careful\n\n![The mark](/mark.svg)\n\n![Gone](/uploads/none.png)\n\n[^1]: in the bowl',
  )
  const lines = await shown(page)
  expect(lines[2]).toBe('Measured.1')
  expect(lines.at(-1)).toBe('1 in the bowl')
  expect(await page.locator('.md-callout-warning').count()).toBe(2)
  expect(await page.locator('.md-kind').textContent()).toBe('Warning')
  await page.getByRole('img', { name: 'The mark' }).waitFor()
  const height = () =>
    page
      .locator('.md-picture')
      .first()
      .evaluate(box => box.getBoundingClientRect().height)
  const before = await height()
  await page.waitForFunction(() => document.querySelector<HTMLImageElement>('.md-picture img')!.naturalWidth > 0)
  expect(await height()).toBe(before)
  await page.locator('.md-broken[data-alt=Gone]').waitFor()
  await put(page, 'mark.svg')
  expect((await shown(page)).some(line => line.startsWith('![The mark](/mark.svg)'))).toBe(true)
  expect(await page.getByRole('img', { name: 'The mark' }).count()).toBe(1)
  expect(await axe(page)).toEqual([])
  await page.close()
})

test('“[^x]” is a number where something defines it, however far below, and else the letters that readers see', async () => {
  const { page, path } = await writing('x\n\nOne[^1] and [^gone], [a](/x) [^1](/y).\n\n[^1]: in the bowl')
  const line = () => shown(page).then(lines => lines[2])
  expect(await line()).toBe('One1 and [^gone], a ^1.')
  expect(await (await page.request.get(path)).text()).toContain('and [^gone], ')
  await put(page, 'bowl', 4)
  await page.keyboard.type('\n\n[^gone]: found')
  await expect.poll(line).toBe('One1 and gone, a ^1.')
  expect((await shown(page)).at(-1)).toBe('gone found')
  await page.close()

  // So far down that the parser has not come there.
  const doc = `One[^1] and [^2].\n\n${'words and more words\n\n'.repeat(20_000)}[^1]: in the bowl`
  const state = EditorState.create({ doc, extensions: [markdownText, touching] })
  expect(syntaxTree(state).length).toBeLessThan(doc.length)
  const notes = draw(state, 0, state.doc.line(1).to).all.filter(({ value }) => value.spec.class === 'md-footnote')
  expect(notes.map(({ from, to }) => doc.slice(from, to))).toEqual(['[^1]'])
})

test('a footnote that goes on in indented lines is one note, its paragraphs and lists as they are read', async () => {
  const { page } = await writing('Said.[^a]\n\n[^a]: First.\n\n    More of **it**.\n\n    - a point\n\nAfter')
  const lines = await shown(page)
  expect(lines[2]).toBe('a First.')
  expect(lines[4]!.trim()).toBe('More of it.')
  const notes = page.locator('.md-note')
  expect(await notes.count()).toBe(5)
  expect(await page.locator('.md-block').count()).toBe(0)
  expect(await page.locator('.md-note .md-disc').count()).toBe(1)
  await page.close()
})

test('formulas, emoji and diagrams are drawn as in reading until the cursor enters them', async () => {
  const source = [
    'x',
    '',
    'So $a^2 + b^2$ holds :tada:, at 10:30:20 for $5 and $6.',
    '',
    '$$',
    '\\sum_i i',
    '= n',
    '$$',
    '',
    '| a | b |',
    '| --- | --- |',
    '| $x_1$ | :bread: |',
    '',
    '```mermaid',
    'graph LR',
    '  Flour --> Dough',
    '```',
    '',
    'end',
  ].join('\n')
  const { page, path } = await writing(source)
  const line = page.locator('.cm-line', { hasText: 'holds' })
  await line.locator('math').waitFor()
  await expect.poll(() => line.textContent()).toContain('holds 🎉, at 10:30:20 for $5 and $6.')
  await page.locator('.md-embed .formula math[display=block]').waitFor()
  await page.locator('.md-drawn-table td math').waitFor()
  await page.locator('.md-drawn-table td', { hasText: '🍞' }).waitFor()
  const figure = page.locator('.md-embed figure.diagram')
  await figure.scrollIntoViewIfNeeded()
  await page.locator('.md-embed figure.diagram.drawn').waitFor()
  expect(await figure.locator('iframe').getAttribute('sandbox')).toBe('allow-scripts')
  await expect.poll(() => figure.locator('iframe').evaluate(frame => frame.clientHeight)).toBeGreaterThan(40)
  expect(await axe(page)).toEqual([])
  await put(page, 'a^2', 1)
  expect(await line.textContent()).toContain('So $a^2 + b^2$ holds 🎉')
  await put(page, ':tada:', 2)
  expect(await line.textContent()).toContain('holds :tada:, at')
  await line.locator('math').waitFor()
  await put(page, 'sum_i', 2)
  await page.locator('.md-embed .formula').waitFor({ state: 'detached' })
  expect(await shown(page)).toContain('= n')
  await put(page, 'end')
  await figure.scrollIntoViewIfNeeded()
  const box = (await figure.boundingBox())!
  await page.mouse.click(box.x + 20, box.y + 10)
  await expect.poll(() => shown(page)).toContain('  Flour --> Dough')
  expect(await textOf(page)).toBe(source)
  expect(page.problems).toEqual([])
  // What the editor has drawn is what readers see.
  const html = await (await page.request.get(path)).text()
  expect(html.match(/<math/g)).toHaveLength(3)
  expect(html).toContain('🎉')
  await page.close()
})

test('a formula over several lines is drawn in lists, quotes, callouts and footnotes, wherever readers see one', async () => {
  const formulas = (doc: string) => {
    let state = EditorState.create({ doc, extensions: [markdownText, touching, drawnBlocks] })
    ensureSyntaxTree(state, doc.length, 5_000)
    state = state.update({}).state
    const found: string[] = []
    state.field(blocks).between(0, doc.length, (_from, _to, { spec }) => {
      found.push(spec.widget.source.replace(/\s+/g, ''))
    })
    return found
  }
  for (const [doc, read] of [
    ['- one\n  $$\n  a\n  b\n  $$\n- two', true],
    ['- $$\n  a\n  b\n  $$\n\nx', true],
    ['1. x\n\n   $$\n   a\n   b\n   $$\n', true],
    ['> q\n> $$\n> a\n> b\n> $$\n> more', true],
    ['> [!tip] t\n> $$\n> a\n> b\n> $$\n', true],
    ['> > $$\n> > a\n> > b\n> > $$\nx', true],
    ['> - $$\n>   a\n>   b\n>   $$\n> - x', true],
    ['- > $$\n  > a\n  > b\n  > $$\n- x', true],
    ['> para\n$$\na\nb\n$$\n', true],
    ['[^1]: $$\n    a\n    b\n    $$\n', true],
    ['words $$\na\nb\n$$ more', true],
    ['> $$\n>\n> a\n> b\n> $$', false],
    ['> $$\n\na\nb\n$$', false],
    ['```\n$$\na\nb\n$$\n```', false],
  ] as const) {
    expect(formulas(doc), doc).toEqual(read ? ['$$ab$$'] : [])
    const html = parse(doc).html({ resolve: () => 'missing' })
    expect(html.match(/<code class="math">a\s*b</g)?.length ?? 0, doc).toBe(read ? 1 : 0)
  }

  const source = 'x\n\n- one\n  $$\n  a^2\n  = b\n  $$\n- two\n\n> [!tip] Area\n> $$\n> c^2\n> = d\n> $$\n> so\n\nend'
  const { page } = await writing(source)
  const drawn = page.locator('.md-lines math[display=block]')
  await expect.poll(() => drawn.count()).toBe(2)
  expect(await page.locator('.cm-line.md-callout', { has: drawn }).count()).toBe(1)
  expect((await shown(page)).join('\n')).not.toContain('$$')
  await put(page, 'a^2', 1)
  await expect.poll(() => drawn.count()).toBe(1)
  expect((await shown(page)).map(line => line.trim())).toEqual(expect.arrayContaining(['a^2', '= b']))
  await put(page, 'two')
  await expect.poll(() => drawn.count()).toBe(2)
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowUp')
  await expect.poll(() => drawn.count()).toBe(1)
  expect(await axe(page)).toEqual([])
  expect(await textOf(page)).toBe(source)
  await page.close()
})

test('links by reference are links, tags are coloured, and both lead where they lead in reading', async () => {
  const { page } = await writing(
    'x\n\nSee [the mill][m], [m] and [nothing]; about #bread-baking, not [a #word](/wiki/X).\n\n[m]: https://example.org/mill "Mill"\n\nend',
  )
  await expect
    .poll(() => shown(page).then(lines => lines[2]))
    .toBe('See the mill, m and [nothing]; about #bread-baking, not a #word.')
  expect(await page.locator('.md-anchor').allInnerTexts()).toEqual(['the mill', 'm', 'a #word'])
  await put(page, 'the mill', 2)
  expect((await shown(page))[2]).toContain('See [the mill][m], m and')
  const follow = async (words: string) => {
    await put(page, words, 1)
    const [tab] = await Promise.all([page.context().waitForEvent('page'), page.keyboard.press('Alt+Enter')])
    await tab.waitForURL(url => url.protocol !== 'about:')
    const address = tab.url()
    await tab.close()
    return address
  }
  await page.context().route('https://example.org/**', route => route.fulfill({ body: 'mill' }))
  expect(await follow('the mill')).toBe('https://example.org/mill')
  expect(new URL(await follow('#bread-baking')).pathname).toBe('/tags/bread-baking')
  const colour = (words: string) =>
    page.locator('.md-hash', { hasText: words }).evaluate(tag => getComputedStyle(tag).color)
  const link = await page
    .locator('.md-anchor .md-link')
    .first()
    .evaluate(one => getComputedStyle(one).color)
  expect(await colour('#bread-baking')).toBe(link)
  expect(page.problems).toEqual([])
  await page.close()
})

/** A page of so many parts, each with a heading, all kinds of text and a table. */
function parts(count: number): string {
  const part = readFileSync(join(VAULT, 'Space Lua.md'), 'utf8').slice(0, 1800)
  return Array.from(
    { length: count },
    (_, i) => `## Part ${i}\n\n${part}\n\n| a | b |\n| --- | --- |\n| **${i}** | [[Page ${i}]] |\n`,
  ).join('\n')
}

describe('a key on a page of 200 kB with a hundred tables does no more than on a short one', () => {
  const [short, long] = [parts(3), parts(110)]

  test('of the text a few paragraphs are read again, and of the tables at most the nearest is made anew', () => {
    expect(long.length).toBeGreaterThan(200_000)
    const trees = (tree: Tree, found = new Set<unknown>()) => {
      found.add(tree)
      for (const child of tree.children) {
        if (child instanceof Tree) trees(child, found)
        else found.add(child)
      }
      return found
    }
    /** How many characters stand in the smallest parts of a tree that are not the old one's. */
    const readAnew = (tree: Tree, old: Set<unknown>): number => {
      if (old.has(tree)) return 0
      const inner = tree.children.filter(child => child instanceof Tree)
      const kept = inner.reduce((sum, child) => sum + child.length - readAnew(child, old), 0)
      return (
        tree.length -
        kept -
        tree.children.reduce((sum, child) => sum + (old.has(child) && !(child instanceof Tree) ? child.length : 0), 0)
      )
    }
    const drawnOf = (state: EditorState) => {
      const all = new Set<unknown>()
      state.field(blocks).between(0, state.doc.length, (_from, _to, decoration) => void all.add(decoration))
      return all
    }
    const key = (content: string, words: string) => {
      let state = EditorState.create({ doc: content, extensions: [markdownText, touching, drawnBlocks] })
      ensureSyntaxTree(state, state.doc.length, 10_000)
      state = state.update({}).state
      const [tree, tables] = [trees(syntaxTree(state)), drawnOf(state)]
      expect(tables.size).toBe(content.split('| --- | --- |').length - 1)
      const next = state.update({ changes: { from: content.indexOf(words) + words.length, insert: 'x' } }).state
      ensureSyntaxTree(next, next.doc.length, 10_000)
      return {
        read: readAnew(syntaxTree(next), tree),
        drawn: [...drawnOf(next)].filter(table => !tables.has(table)).length,
      }
    }
    for (const words of ['## Part 1', 'Space Lua', '| **1**']) {
      const [one, other] = [key(short, words), key(long, words)]
      expect(other.drawn).toBeLessThanOrEqual(1)
      expect(one.drawn).toBe(other.drawn)
      // Less than a screenful, however long the page is.
      expect(one.read).toBeLessThan(4_000)
      expect(other.read).toBeLessThan(4_000)
    }
  })

  test('on the screen the line and at most its neighbour are touched', async () => {
    const touched = async (content: string) => {
      const { page } = await writing(content)
      await put(page, '## Part 1', 9)
      await page.evaluate(() => {
        const { view } = (document.querySelector('.cm-content') as Content).cmTile
        view.dispatch({
          effects: (view.constructor as typeof EditorView).scrollIntoView(view.state.selection.main.head),
        })
      })
      await page.keyboard.type('x')
      const lines = await page.evaluate(async () => {
        const content = document.querySelector('.cm-content') as Content
        const { view } = content.cmTile
        const records: MutationRecord[] = []
        const observer = new MutationObserver(more => records.push(...more))
        observer.observe(content, { childList: true, characterData: true, attributes: true, subtree: true })
        // Until nothing is drawn any more of what was being read or looked up.
        for (let quiet = 0; quiet < 10; quiet = records.splice(0).length > 0 ? 0 : quiet + 1)
          await new Promise(resolve => requestIdleCallback(resolve))
        const { head } = view.state.selection.main
        view.dispatch({
          changes: { from: head, insert: 'y' },
          selection: { anchor: head + 1 },
          userEvent: 'input.type',
        })
        await new Promise(requestAnimationFrame)
        await new Promise(requestAnimationFrame)
        const lines = new Set<Node>()
        for (const { target, addedNodes } of records)
          for (const start of [target, ...addedNodes]) {
            let node: Node | null = start
            while (node && node.parentNode !== content) node = node.parentNode
            if (node) lines.add(node)
          }
        return [...lines].map(line => line.textContent)
      })
      await page.close()
      return lines
    }
    for (const content of [short, long]) {
      const lines = await touched(content)
      expect(lines).toContain('## Part 1xy')
      expect(lines.length).toBeLessThanOrEqual(2)
    }
  })
})

test('properties are folded, code is coloured, and a press opens either', async () => {
  const { page } = await writing('---\ntags: bread\naliases:\n- Loaf\n---\nText\n\n```js\nconst x = 1\n```\n\nend')
  expect(await page.locator('.md-properties').textContent()).toMatch(/Properties\s*tags: bread · aliases: Loaf/)
  expect(await cursor(page)).toContain('---\n|Text')
  await page.locator('.cm-content .hljs-keyword', { hasText: 'const' }).waitFor()
  const lines = await shown(page)
  expect(lines).not.toContain('```js')
  expect(await page.locator('.md-language').textContent()).toBe('js')
  await put(page, 'const', 2)
  expect(await shown(page)).toContain('```js')
  await page.locator('.md-properties button').click()
  expect(await cursor(page)).toContain('---\n|tags')
  expect(await shown(page)).toContain('tags: bread')
  expect(page.problems).toEqual([])
  await page.close()
})

test('the source view is one key away, and this device remembers it', async () => {
  const { page, path } = await writing('x\n\n**bold** [[Page]]\n\n| a |\n| --- |\n| b |')
  await page.keyboard.press('Control+Alt+m')
  expect((await shown(page)).slice(2)).toEqual(['**bold** [[Page]]', '', '| a |', '| --- |', '| b |'])
  await page.locator('[aria-label="Source view"][aria-pressed=true]').waitFor()
  await page.goto(path)
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await page.locator('.cm-content[contenteditable=true]').waitFor()
  expect((await shown(page))[2]).toBe('**bold** [[Page]]')
  await page.getByRole('button', { name: 'Source view' }).click()
  expect((await shown(page))[2]).toBe('bold Page')
  await page.close()
})

test('others’ carets stand in hidden marks and in drawn tables, and writing together goes on', async () => {
  const { page: a, path } = await writing(TABLE.replace('x', 'Some **bold** words'))
  const l = await write(linus, path)
  await put(l, '2.05', 2)
  await a.locator('.remote .caret').waitFor()
  const inCell = () =>
    a.evaluate(() => {
      const caret = document.querySelector('.remote .caret')!.getBoundingClientRect()
      const cell = [...document.querySelectorAll('.md-drawn-table td')].at(-1)!.getBoundingClientRect()
      return (
        caret.top >= cell.top - 1 &&
        caret.bottom <= cell.bottom + 1 &&
        caret.left > cell.left &&
        caret.left <= cell.right
      )
    })
  await expect.poll(inCell).toBe(true)
  await l.keyboard.type('99')
  await a.locator('.md-drawn-table td', { hasText: '2.9905' }).waitFor()
  await put(l, '**bold', 1)
  const beforeBold = () =>
    a.evaluate(() => {
      const { view } = (document.querySelector('.cm-content') as Content).cmTile
      const { left } = view.coordsAtPos(view.state.doc.toString().indexOf('bold'), 1)!
      const caret = document.querySelector('.remote .caret')!.getBoundingClientRect()
      return Math.abs(caret.left + 1 - left)
    })
  await expect.poll(beforeBold).toBeLessThan(2)
  await put(a, 'words')
  await a.keyboard.type('more ')
  await put(l, 'bold', 2)
  await l.keyboard.type('ly b')
  await expect.poll(() => textOf(a)).toContain('Some **boly bld** more words')
  await expect.poll(() => textOf(l)).toBe(await textOf(a))
  expect((await shown(a))[0]).toBe('Some boly bld more words')
  expect([...a.problems, ...l.problems]).toEqual([])
  await Promise.all([a.close(), l.close()])
})

test('an input method’s word is not drawn anew while it is composed', async () => {
  const { page, path } = await writing('x\n\nA **bold** word ')
  await put(page, 'word ', 5)
  const ime = await page.context().newCDPSession(page)
  const compose = (text: string) =>
    ime.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length })
  await compose('*に')
  const letters = await page.evaluateHandle(() => getSelection()!.anchorNode!)
  // Now it is emphasis, and somebody else writes in the same line.
  await compose('*にほ*')
  const l = await write(linus, path)
  await put(l, 'A **')
  await l.keyboard.type('Such ')
  await page.waitForFunction(() => document.querySelector('.cm-content')!.textContent!.includes('Such A'))
  expect(await letters.evaluate(node => node.isConnected && getSelection()!.anchorNode === node)).toBe(true)
  expect((await shown(page))[2]).toBe('Such A bold word *にほ*')
  await ime.send('Input.insertText', { text: '*日本*' })
  expect(await textOf(page)).toBe('x\n\nSuch A **bold** word *日本*')
  await put(page, 'x')
  await expect.poll(() => shown(page).then(lines => lines[2])).toBe('Such A bold word 日本')
  await page.close()
})

test('an input method writes in a table’s cell and beside hidden marks', async () => {
  const { page } = await writing(
    'x\n\n| Mehl | 価格 |\n| --- | --- |\n| Roggen | 1 |\n\nA **bold** word and [a link](https://example.org)',
  )
  const ime = await page.context().newCDPSession(page)
  const compose = async (...steps: string[]) => {
    for (const text of steps)
      await ime.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length })
    await ime.send('Input.insertText', { text: steps.at(-1)! })
  }
  await put(page, 'Roggen', 6)
  await compose('ら', 'らい', 'ライ麦')
  expect(await textOf(page)).toContain('| Roggenライ麦 | 1 |')
  await page.keyboard.press('Tab')
  await compose('に', '二')
  await put(page, 'x')
  await expect.poll(() => page.locator('.md-drawn-table td').allInnerTexts()).toEqual(['Roggenライ麦', '二'])
  // Right behind hidden marks, and right before some.
  await put(page, '**bold**', 8)
  await compose('ふ', '太')
  await put(page, '[a link]')
  await compose('り', 'リ')
  await put(page, 'x')
  expect(await textOf(page)).toMatch(/A \*\*bold\*\*太 word and リ\[a link\]\(https:\/\/example.org\)$/)
  await expect.poll(() => shown(page).then(lines => lines.at(-1))).toBe('A bold太 word and リa link')
  expect(page.problems).toEqual([])
  await page.close()
})

test('a line that is read from right to left stands on the right, cells of tables too, and the cursor goes by sight', async () => {
  const { page } = await writing('x\n\n- هذا سطر **مهم**\n\nleft\n\n| سعر | price |\n| --- | --- |\n| دقيق | rye |')
  const lines = page.locator('.cm-line')
  expect(await lines.nth(2).evaluate(line => getComputedStyle(line).direction)).toBe('rtl')
  expect(await lines.nth(4).evaluate(line => getComputedStyle(line).direction)).toBe('ltr')
  const direction = (words: string) =>
    page.locator('.md-drawn-table :is(th, td)', { hasText: words }).evaluate(cell => getComputedStyle(cell).direction)
  expect([await direction('دقيق'), await direction('rye')]).toEqual(['rtl', 'ltr'])
  await put(page, 'سطر')
  const head = () =>
    page.evaluate(() => (document.querySelector('.cm-content') as Content).cmTile.view.state.selection.main.head)
  const before = await head()
  await page.keyboard.press('ArrowLeft')
  expect(await head()).toBe(before + 1)
  await page.close()
})

test('after any edits, on a fast machine or a slow one, tables and properties are drawn as if the whole text had been looked through', () => {
  const extensions = [markdownText, touching, drawnBlocks]
  // The same text and tree, with nothing known of its blocks.
  const anew = (state: EditorState) =>
    state
      .update({ effects: StateEffect.reconfigure.of([markdownText, touching]) })
      .state.update({ effects: StateEffect.appendConfig.of(drawnBlocks) }).state
  const drawn = (state: EditorState) => {
    const found: string[] = []
    state.field(blocks).between(0, state.doc.length, (from, to, { spec }) => {
      found.push(`${from}–${to} ${spec.widget.source}`)
    })
    return found
  }
  const table = '| a | b |\n| --- | --- |\n| c | d |\n'
  const pieces = [
    table,
    '\n',
    '\n\n',
    '| e | f |\n',
    '| --- | --- |\n',
    '---\n',
    'x: y\n',
    '```\n',
    '- ',
    '> ',
    'word',
    '    ',
    '|',
    '$$\n',
    'a\n> $$\n',
  ]
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(), fc.nat(12), fc.constantFrom(...pieces)), { minLength: 1, maxLength: 25 }),
      // Milliseconds by which the clock goes on whenever the parser looks at it: it has 20 for a transaction.
      fc.constantFrom(0, 7, 30),
      (edits, step) => {
        let now = 0
        vi.spyOn(Date, 'now').mockImplementation(() => {
          now += step
          return now
        })
        let state = EditorState.create({ doc: `---\nx: y\n---\n\n${table}\nwords\n\n${table}\nend\n`, extensions })
        for (const [at, length, insert] of edits) {
          const from = at % (state.doc.length + 1)
          const to = Math.min(state.doc.length, from + (at % 3 === 0 ? length : 0))
          state = state.update({ changes: { from, to, insert } }).state
        }
        vi.restoreAllMocks()
        // The parser may still be on its way; the next transaction hears of what it found.
        ensureSyntaxTree(state, state.doc.length, 5_000)
        state = state.update({}).state
        expect(drawn(state)).toEqual(drawn(anew(state)))
      },
    ),
    { numRuns: 1500 },
  )
})

test('aligning a table changes no word of it, and aligning it again changes nothing', () => {
  const cell = fc.constantFrom('a', '', '**b**', '`c\\|d`', '[[x\\|y]]', '小麦', '😀', 'some longer words', '---', ':')
  const row = fc.tuple(fc.array(cell, { minLength: 1, maxLength: 5 }), fc.boolean(), fc.nat(3))
  const dashes = fc.constantFrom('| --- | :-: |', '|-|-:|', ':-- | ---')
  fc.assert(
    fc.property(dashes, fc.array(row, { maxLength: 5 }), (second, rows) => {
      const lines = rows.map(([cells, framed, room]) => {
        const text = cells.map(one => `${' '.repeat(room)}${one} `).join('|')
        return framed ? `|${text}|` : `| ${text}`
      })
      const doc = ['| Head | Other |', second, ...lines].join('\n')
      const words = (state: EditorState) =>
        rowsOf(state, { from: 0, to: state.doc.length }).flatMap(({ cells }, i) =>
          i === 1
            ? []
            : [
                cells
                  .map(({ from, to }) => state.sliceDoc(from, to))
                  .join('|')
                  .replace(/\|*$/, ''),
              ],
        )
      const before = EditorState.create({ doc })
      const after = before.update({ changes: alignment(before, { from: 0, to: doc.length }) }).state
      expect(words(after)).toEqual(words(before))
      expect(alignment(after, { from: 0, to: after.doc.length })).toEqual([])
    }),
  )
})

// ---- the vault

describe('the live preview of 225 pages has the structure that the reader sees', () => {
  const files = readdirSync(VAULT, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.md'))

  test('headings, lists, tasks, tables, links, code, footnotes, callouts, formulas, pictures and tags', () => {
    expect(files).toHaveLength(225)
    const all = Object.fromEntries(KINDS.map(kind => [kind, 0])) as Structure
    const differing: Record<string, string> = {}
    for (const file of files) {
      const doc = readFileSync(join(VAULT, file), 'utf8').replace(/\r\n?/g, '\n')
      const state = EditorState.create({ doc, extensions: markdownText })
      const preview = structureOf(state, ensureSyntaxTree(state, doc.length, 5_000)!)
      const html = parse(doc).html({ resolve: () => 'missing' })
      const count = (pattern: RegExp) => html.match(pattern)?.length ?? 0
      const footnotes = count(/<li id="fn-/g)
      const reader: Structure = {
        headings: count(/<h[1-6][ >]/g),
        // Readers see footnotes as a list at the end; the editor shows each where it is written.
        items: count(/<li[ >]/g) - footnotes,
        tasks: count(/<input type="checkbox"/g),
        tables: count(/<table>/g),
        codeBlocks: count(/<pre [^>]*><code/g),
        callouts: count(/ class="callout /g),
        footnotes,
        formulas: count(/<code class="math">/g),
        wikiLinks: count(/<a class="wiki|<a href="#[^"]*">(?!<)/g),
        links: count(/<a href="(?!#)/g),
        pictures: count(/<img /g),
        tags: count(/<a class="tag"/g),
      }
      for (const name of KINDS) {
        all[name] += reader[name]
        if (preview[name] !== reader[name]) differing[`${file}: ${name}`] = `${preview[name]}, read ${reader[name]}`
      }
    }
    expect(differing).toEqual({})
    expect(all.headings).toBeGreaterThan(1000)
    expect(all.items).toBeGreaterThan(2000)
    expect(all.wikiLinks).toBeGreaterThan(1000)
    expect(all.tasks).toBeGreaterThan(20)
    for (const kind of ['tables', 'codeBlocks', 'footnotes', 'links', 'tags'] as const)
      expect(all[kind], kind).toBeGreaterThan(1)
  })

  test('what is drawn while one scrolls through pages of every kind is what the reader sees', {
    timeout: 120_000,
  }, async () => {
    const texts = [EVERYTHING, RULES, ...many().map(file => readFileSync(join(VAULT, file), 'utf8'))]
    expect(texts.length).toBeGreaterThanOrEqual(42)
    const { page: reading, context } = await windowOf(chrome, ada, { javaScriptEnabled: false })
    await context.route(/\.(?:css|woff2|js)$/, route => route.abort())
    // Some of what they link to is written, and blue.
    for (const title of ['Live Query', 'Space Lua', 'Starter care', 'Page Templates', 'Object/page'])
      await ada.post('page:create', { title, content: '' })
    const { path: blank } = await ada.post('page:create', { title: 'Drawn', content: '' })
    // High, so that few pictures show a whole page.
    const page = await write(ada, blank, { viewport: { width: 1280, height: 2400 } })
    const all = { headings: 0, items: 0, ticks: 0, rules: 0, quotes: 0, tables: 0, pictures: 0, code: 0 }
    for (const [i, content] of texts.entries()) {
      const { path } = await ada.post('page:create', { title: `Drawn ${i}`, content })
      await reading.goto(path)
      const read = await seenIn(reading)
      await replaceText(page, content)
      await expect
        .poll(() => drawnIn(page), { message: `${i}: ${content.slice(0, 200)}`, timeout: 5_000 })
        .toEqual(read)
      for (const kind of Object.keys(all) as (keyof typeof all)[]) all[kind] += read[kind].length
    }
    for (const [kind, count] of Object.entries(all)) expect(count, kind).toBeGreaterThan(1)
    expect(page.problems).toEqual([])
    await Promise.all([page.close(), context.close()])
  })

  /** Of each kind of thing the pages that have most of it, and some more. */
  function many(): string[] {
    const counted = files.flatMap(file => {
      const doc = readFileSync(join(VAULT, file), 'utf8').replace(/\r\n?/g, '\n')
      const html = parse(doc).html({ resolve: () => 'missing' })
      // Where one does nothing but scroll, little is learnt; a page within a page is drawn by the reader's own element.
      if (html.length > 30_000 || /^!\[\[/m.test(doc)) return []
      return [{ file, count: (pattern: RegExp) => html.match(pattern)?.length ?? 0 }]
    })
    const kinds = [
      ...[
        /<table>/g,
        /<input type="checkbox"/g,
        /<blockquote/g,
        /<li id="fn-/g,
        /<code class="math">/g,
        /<pre [^>]*><code/g,
      ],
      ...[
        /<li>(?:(?!<\/li>)[\s\S])*<[uo]l/g,
        /<li[ >]/g,
        /<h[1-6][ >]/g,
        /<a class="wiki/g,
        /<a href="(?!#)/g,
        /<a class="tag"/g,
      ],
    ]
    const most = kinds.flatMap(kind =>
      counted
        .map(({ file, count }) => ({ file, n: count(kind) }))
        .filter(({ n }) => n > 0)
        .sort((one, other) => other.n - one.n)
        .slice(0, 5)
        .map(({ file }) => file),
    )
    return [...new Set([...most, ...counted.map(({ file }) => file).filter((_, i) => i % 12 === 0)])].slice(0, 40)
  }
})

/** What the vault has none of. */
const RULES = `# Rules

***

> quoted
> > deeper
> > - item
>
> - [ ] task
>   - nested

- one
  > within
  - two

    ---

Addresses "https://example.org/a", [see https://example.org/b], (https://example.org/(c)d).

![A](/mark.svg) and ![B](/mark.svg) in words

Set
---

___
`

/** What stands on a screen, in its order. */
interface Seen {
  headings: [level: number, words: string][]
  /** The depth of each list item. */
  items: number[]
  /** Whether each task is done. */
  ticks: boolean[]
  rules: true[]
  /** The depth of each quote. */
  quotes: number[]
  tables: string[][]
  pictures: string[]
  diagrams: true[]
  code: string[]
  /** The letters of all links of a kind. */
  wiki: string
  missing: string
  links: string
  tags: string
}

/** Puts a text into the editor, with the cursor behind all of it. */
const replaceText = (page: Page, content: string) =>
  page.evaluate(content => {
    const { view } = (document.querySelector('.cm-content') as Content).cmTile
    const insert = `${content.replace(/\r\n?/g, '\n').trimEnd()}\n\n\n`
    view.dispatch({
      changes: { from: 0, to: view.state.doc.length, insert },
      selection: { anchor: insert.length },
    })
  }, content)

/** What an article shows. */
const seenIn = (page: Page): Promise<Seen> =>
  page.evaluate(() => {
    const article = document.querySelector('article')!
    const all = (selector: string) =>
      [...article.querySelectorAll<HTMLElement>(selector)].filter(one => !one.closest('.footnotes, .front-matter'))
    const letters = (one: Element) => one.textContent!.replace(/\s+/g, '')
    const beside = (selector: string) => all(selector).filter(one => !one.closest('table'))
    const depth = (one: Element, selector: string) => {
      let n = 0
      for (let at: Element | null = one; at && at !== article; at = at.parentElement) if (at.matches(selector)) n++
      return n
    }
    const QUOTE = 'blockquote, .callout'
    return {
      headings: all('h1, h2, h3, h4, h5, h6').map(one => [Number(one.localName[1]), letters(one)]),
      items: all('li').map(one => depth(one, 'li')),
      ticks: all('input[type=checkbox]').map(one => (one as HTMLInputElement).checked),
      rules: all('hr').map(() => true as const),
      quotes: all(QUOTE).map(one => depth(one, QUOTE)),
      tables: all('table').map(one => [...one.querySelectorAll('th, td')].map(letters)),
      pictures: beside('img').map(one => (one as HTMLImageElement).alt),
      diagrams: all('.diagram').map(() => true as const),
      code: all('pre > code')
        .filter(one => !one.closest('.diagram'))
        .map(letters),
      wiki: beside('a.wiki, :not(sup) > a[href^="#"]').map(letters).join(''),
      missing: beside('a.wiki.missing').map(letters).join(''),
      links: beside('a[href]:not(.wiki, .tag, [href^="#"])').map(letters).join(''),
      tags: beside('a.tag').map(letters).join(''),
    } satisfies Seen
  })

/** What the editor draws of its text while one scrolls from its beginning to its end. */
const drawnIn = (page: Page): Promise<Seen> =>
  page.evaluate(async () => {
    const { view } = (document.querySelector('.cm-content') as Content).cmTile
    const letters = (one: Element) => one.textContent!.replace(/[\s\u200b]+/g, '')
    const parts = (line: Element, selector: string) =>
      [...line.querySelectorAll(selector)].filter(one => !one.parentElement!.closest(selector))
    const of = (line: Element) => {
      const has = (name: string) => line.classList.contains(name)
      const number = (prefix: RegExp) => Number(prefix.exec(line.className)?.[1] ?? 0)
      const words = (selector: string) => parts(line, selector).map(letters).join('')
      return {
        heading: has('md-underline') ? 0 : number(/\bmd-h([1-6])\b/),
        item: has('md-item') && !has('md-rest') ? number(/\bmd-level-(\d)/) : 0,
        ticks: [...line.querySelectorAll<HTMLInputElement>('.md-tick')].map(box => box.checked),
        rule: has('md-ruled'),
        quotes: number(/\bmd-quotes-(\d)/),
        table: line.querySelector('table') && [...line.querySelectorAll('th, td')].map(letters),
        pictures: [...line.querySelectorAll<HTMLImageElement>('.md-picture img')].map(one => one.alt),
        code: has('md-block') ? { first: has('md-first'), last: has('md-last') } : null,
        label: words('.md-language'),
        letters: letters(line),
        wiki: words('.md-wiki'),
        missing: words('.md-wiki.md-missing'),
        diagram: line.querySelector('.diagram') !== null,
        links: words('.md-anchor, .md-address'),
        tags: words('.md-hash'),
      }
    }
    const found = new Map<string, { pos: number; line: ReturnType<typeof of> }>()
    const picture = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)))
    scrollTo({ top: 0, behavior: 'instant' })
    for (let top = -1; top !== scrollY; ) {
      top = scrollY
      await picture()
      for (const one of view.contentDOM.children) {
        if (one.matches('.cm-gap')) continue
        const pos = view.posAtDOM(one)
        found.set(`${pos} ${one.matches('.cm-line')}`, { pos, line: of(one) })
      }
      scrollBy({ top: innerHeight, behavior: 'instant' })
    }
    const lines = [...found.values()].sort((one, other) => one.pos - other.pos).map(({ line }) => line)
    const quotes: number[] = []
    let depth = 0
    for (const line of lines) {
      while (depth < line.quotes) quotes.push(++depth)
      depth = line.quotes
    }
    const code: string[] = []
    for (const line of lines) {
      if (!line.code) continue
      if (line.code.first) code.push('')
      code.push(code.pop()! + line.letters.slice(line.label.length))
    }
    const beside = lines.filter(({ table }) => !table)
    const joined = (kind: 'wiki' | 'missing' | 'links' | 'tags') => beside.map(line => line[kind]).join('')
    return {
      headings: lines.flatMap(({ heading, letters }) => (heading > 0 ? [[heading, letters] as [number, string]] : [])),
      items: lines.flatMap(({ item }) => (item > 0 ? [item] : [])),
      ticks: lines.flatMap(({ ticks }) => ticks),
      rules: lines.flatMap(({ rule }) => (rule ? [true as const] : [])),
      quotes,
      tables: lines.flatMap(({ table }) => (table ? [table] : [])),
      pictures: beside.flatMap(({ pictures }) => pictures),
      diagrams: lines.flatMap(({ diagram }) => (diagram ? [true as const] : [])),
      code,
      wiki: joined('wiki'),
      missing: joined('missing'),
      links: joined('links'),
      tags: joined('tags'),
    } satisfies Seen
  })
