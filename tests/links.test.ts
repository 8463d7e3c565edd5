import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linked, unlinked } from '../shared/mentions.ts'
import { readQueryBlock } from '../shared/queries.ts'
import { partOf } from '../shared/sections.ts'
import { type Client, refusal } from './support/client.ts'
import { type World, world } from './support/world.ts'

let w: World
let ada: Client
let grace: Client
const make = (title: string, content = '') => ada.post('page:create', { title, content })
const settled = async () => {
  await w.running.wiki.rooms.fold()
  await w.running.wiki.derivations.settled()
}

beforeAll(async () => {
  w = await world()
  ada = await w.person('ada')
  grace = await w.person('grace')
})
afterAll(() => w.close())

describe('what leads to a page', () => {
  test('is told with the sentence around each link, also by its other and former names', async () => {
    const bread = await make('Kitchen/Bread', '---\naliases: Loaf\n---\nOf [[Bread]] itself.')
    const text = 'First. We love [[Kitchen/Bread|our *bread*]] very much! Next.\n\n- A [[Loaf]]\n- Not `[[Loaf]]`'
    const one = await make('Lover', text)
    await make('Stranger', 'Says bread.')
    await settled()
    const { links } = await ada.post('page:backlinks', { page: bread.id })
    expect(links.map(({ page, contexts }) => [page.title, contexts])).toEqual([
      [
        'Lover',
        expect.arrayContaining([
          { before: 'We love ', words: 'our bread', after: ' very much!' },
          { before: 'A ', words: 'Loaf', after: '' },
        ]),
      ],
    ])
    const changed = grace.next('names:changed', ({ page }) => page === one.id)
    await grace.socket()
    await ada.post('page:edit', { page: one.id, text: 'Nothing more.', base: one.seq })
    expect((await changed).links).toEqual(expect.arrayContaining(['kitchen/bread', 'loaf']))
    expect((await ada.post('page:backlinks', { page: bread.id })).links).toEqual([])
  })

  test('may be a link of Markdown’s own, by its address or as a file: told, blue or red, and led where it is meant', async () => {
    const target = await make('Mill/Own address', '## Stones')
    const source = await make(
      'Plain Markdown',
      'The [mill](/wiki/Mill/Own_address#h-stones) grinds. A [file](<../Mill/Own address.md#Stones>). [Gone](Nowhere.md)!',
    )
    await settled()
    const { links } = await ada.post('page:backlinks', { page: target.id })
    expect(links.map(({ page, contexts }) => [page.title, contexts.map(({ words }) => words)])).toEqual([
      ['Plain Markdown', ['mill', 'file']],
    ])
    const html = await (await w.guest().fetch(source.path)).text()
    const anchors = [...html.matchAll(/<a class="(wiki[^"]*)" href="([^"]*)"[^>]*>(mill|file|Gone)</g)]
    expect(anchors.map(([, ...parts]) => parts)).toEqual([
      ['wiki', '/wiki/Mill/Own_address#h-stones', 'mill'],
      ['wiki', '/wiki/Mill/Own_address#h-stones', 'file'],
      ['wiki missing', '/create?title=Nowhere', 'Gone'],
    ])
  })

  test('goes with a page that is deleted and comes back with it', async () => {
    const target = await make('Trash target')
    const source = await make('Trash source', 'To [[Trash target]].')
    await settled()
    const gone = ada.next('names:changed', ({ page }) => page === source.id)
    await ada.socket()
    await ada.post('page:delete', { page: source.id })
    await gone
    expect((await ada.post('page:backlinks', { page: target.id })).links).toEqual([])
    await ada.post('page:restore', { page: source.id })
    await settled()
    expect((await ada.post('page:backlinks', { page: target.id })).links).toHaveLength(1)
    await ada.post('page:delete', { page: target.id })
    expect((await ada.post('link:resolve', { titles: ['Trash target'] })).links[0]!.path).toBeNull()
  })

  test('mentions without a link are found, and become one by one click, once', async () => {
    const salt = await make('Pantry/Sea salt')
    const page = await make('Recipe', '# Sea salt\n\nUse `sea salt` or sea  salt, but not seasalt. Sea salt is fine.')
    await make('Linked already', 'Sea salt is [[Sea salt]].')
    await settled()
    const { mentions } = await ada.post('page:mentions', { page: salt.id })
    expect(mentions.map(({ page, contexts }) => [page.title, contexts[0]!.words])).toEqual([['Recipe', 'sea salt']])
    await grace.post('mention:link', { page: page.id, to: salt.id })
    const { content, editor } = await ada.post('page:read', { page: page.id })
    expect(content).toContain('or [[Sea salt|sea  salt]], but not seasalt. Sea salt is fine.')
    expect(editor.username).toBe('grace')
    await settled()
    expect((await ada.post('page:mentions', { page: salt.id })).mentions).toEqual([])
  })

  test('a link’s card is its page’s, whatever name of it the link says', async () => {
    const { id } = await make('Pantry/Old caraway', '---\naliases: [Kümmel]\n---\nSmells **strong**.')
    await ada.post('page:rename', { page: id, title: 'Pantry/Caraway' })
    await settled()
    for (const title of ['Pantry/Caraway', 'caraway', 'Kümmel', 'Pantry/Old caraway']) {
      const { page, excerpt } = await ada.post('page:preview', { title })
      expect([page.id, excerpt]).toEqual([id, 'Smells strong.'])
    }
    expect((await refusal(ada.post('page:preview', { title: 'Nowhere/Caraway' }))).code).toBe('missing')
  })

  test('the words around a mention are those that readers see', async () => {
    const dill = await make('Pantry/Dill')
    await make(
      'Pickles',
      '> [!tip]- **Fresh** dill[^1]\n> keeps $x^2$ days, as [the farm](/farm) says.\n\n[^1]: Or dried.',
    )
    await settled()
    const { mentions } = await ada.post('page:mentions', { page: dill.id })
    expect(mentions[0]!.contexts).toEqual([{ before: 'Fresh ', words: 'dill', after: '' }])
  })

  test('a mention is never found in code, links, headings or parts of words, whatever the text is', () => {
    const piece = fc.constantFrom(
      'bread',
      'Bread',
      '[[Bread]]',
      '`',
      '[',
      ']',
      '(',
      ')',
      ' ',
      '\n',
      '# ',
      'y',
      '\\',
      '<!--',
      '-->',
      '|',
      '> ',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), pieces => {
        const text = pieces.join('')
        for (const { from, to } of unlinked(text, 'bread')) {
          const next = `${text.slice(0, from)}[[target|${text.slice(from, to)}]]${text.slice(to)}`
          expect(linked(next, new Set(['target'])), JSON.stringify(text)).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('tags', () => {
  test('are read from front matter and text, lead to their pages, and hold what stands under them', async () => {
    await make('Rye', '---\ntags: [grain, "#sour"]\n---\nA #grain/whole loaf. Not #7, a#b, `#code` or [[x|#link]].')
    await make('Oat', 'Also #Grain.')
    await settled()
    const { tags } = await ada.post('tag:list', {})
    expect(tags).toEqual([
      { tag: 'Grain', pages: 2 },
      { tag: 'grain/whole', pages: 1 },
      { tag: 'sour', pages: 1 },
    ])
    const titles = async (tag: string) => (await ada.post('tag:pages', { tag })).pages.map(({ title }) => title)
    expect(await titles('GRAIN')).toEqual(['Oat', 'Rye'])
    expect(await titles('grain/whole')).toEqual(['Rye'])
    const html = await (await w.guest().fetch('/wiki/Rye')).text()
    expect(html).toContain('<a class="tag" href="/tags/grain/whole">#grain/whole</a>')
    expect(html).toContain('<dt>tags</dt><dd><a class="tag" href="/tags/grain">#grain</a>')
  })
})

describe('query blocks', () => {
  test('list what they ask for', async () => {
    await make('Q/One', '#qq #red links to [[Q/Two]]')
    await make('Q/Two', '---\ntags: qq\n---\n')
    await grace.post('page:create', { title: 'Q/Three', content: '#qq' })
    await settled()
    const draw = async (source: string) => (await ada.post('embed:draw', { page: 1, kind: 'query', source })).html!
    const titles = async (source: string) => [...(await draw(source)).matchAll(/data-title="Q\/(\w+)"/g)].map(m => m[1])
    expect(await titles('tag: qq')).toEqual(['One', 'Three', 'Two'])
    expect(await titles('tag: qq\nnot tag: red')).toEqual(['Three', 'Two'])
    expect(await titles('tag: qq, red')).toEqual(['One'])
    expect(await titles('parent: Q\nauthor: grace')).toEqual(['Three'])
    expect(await titles('links to: [[Q/Two]]')).toEqual(['One'])
    expect(await titles('tag: qq\nchanged since: 1 day\norder: created down\nlimit: 2')).toEqual(['Three', 'Two'])
    expect(await titles('tag: qq\nchanged since: 2199-01-01')).toEqual([])
    expect(await draw('tag: qq\ncolumns: title, tags, author')).toContain('<th>Title</th><th>Tags</th><th>Author</th>')
    expect(await draw('tag: qq\ntagg: x')).toContain('Line 2: “tagg” is not something to ask for.')
    expect(await draw('')).toContain('asks for nothing yet')
  })

  test('say what is wrong in words and never fail otherwise, whatever is written in them', () => {
    const line = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc
        .tuple(fc.constantFrom('tag', 'order', 'limit', 'columns', 'changed since', 'parent'), fc.string())
        .map(([k, v]) => `${k}: ${v}`),
    )
    fc.assert(
      fc.property(fc.array(line), lines => {
        try {
          readQueryBlock(lines.join('\n'), 0)
        } catch (error) {
          expect(error).toMatchObject({
            code: 'invalid',
            message: expect.stringMatching(/^Line \d+: |asks for nothing/),
          })
        }
      }),
    )
  })
})

describe('transclusion', () => {
  test('shows a page or a part of it, with a link to its source', async () => {
    await make('Source', '# Source\n\nWhole.\n\n## Part\n\nOnly *this*. ^mark\n\n## Other\n\nNot this.')
    await make('Shows', '![[Source#Part]]\n\n![[Source#^mark]]\n\n![[Source#None]]\n\n![[Nowhere]]')
    const html = await (await w.guest().fetch('/wiki/Shows')).text()
    expect(html.match(/Only <em>this<\/em>/g)).toHaveLength(2)
    expect(html).not.toContain('Not this')
    expect(html).toContain('href="/wiki/Source#h-part"')
    expect(html).toContain('There is no “None” in this page.')
    expect(html).toMatch(/<a class="wiki missing"[^>]*data-title="Nowhere"/)
  })

  test('goes five deep and never in circles', async () => {
    for (let i = 0; i < 8; i++) await make(`Deep ${i}`, `Level${i}\n\n![[Deep ${i + 1}]]\n\n![[Deep ${i}]]`)
    const html = await (await w.guest().fetch('/wiki/Deep_0')).text()
    expect(html).toContain('Level5')
    expect(html).not.toContain('Level6')
    expect(html.match(/Level0/g)!.length).toBeLessThan(4)
    await make('Round one', 'Hither ![[Nowhere]]\n\n![[Round two]]')
    await make('Round two', 'Thither\n\n![[Round one|back to the first]]')
    const round = await (await w.guest().fetch('/wiki/Round_one')).text()
    const inner = /<div class="embed-text">([\s\S]*?)<\/wiki-embed>/.exec(round)![1]!
    expect(inner).toContain('Thither')
    expect(inner).not.toContain('Hither')
    expect(inner).toMatch(/<a class="wiki[^"]*" href="\/wiki\/Round_one"[^>]*>/)
  })

  test('stops at fifty embeds and at a megabyte', async () => {
    await make('Small', 'tiny')
    await make(
      'Many',
      Array(80)
        .fill(0)
        .map((_, i) => `![[Small|${'x'.repeat(i + 1)}]]`)
        .join('\n\n'),
    )
    const many = await (await w.guest().fetch('/wiki/Many')).text()
    expect(many.match(/<wiki-embed /g)).toHaveLength(50)
    await make('Big', 'big words '.repeat(60_000))
    await make('Two big', '![[Big]]\n\n![[Big|b]]')
    const two = await (await w.guest().fetch('/wiki/Two_big')).text()
    expect(two.match(/<wiki-embed /g)).toHaveLength(1)
  })

  test('nothing in an embed can run', async () => {
    await make('Evil', '<script>alert(1)</script> "><img src=x onerror=alert(1)>\n\n```query\n"><script>: x\n```')
    const { html } = await ada.post('embed:draw', { page: 1, kind: 'page', source: '![[Evil]]' })
    expect(html).not.toMatch(/<script|<img/)
  })

  test('a part of a text is the one that is named', () => {
    const text = 'a\n\n- one ^x\n- two ^y\n\npara\ngraph ^z'
    expect([partOf(text, '^x'), partOf(text, '^y'), partOf(text, '^z'), partOf(text, '^q')]).toEqual([
      '- one',
      '- two',
      'para\ngraph',
      null,
    ])
  })
})

test('the maintenance lists name what wants mending', async () => {
  await using w = await world()
  const ada = await w.person('ada')
  await ada.post('page:create', { title: 'A', content: '[[B]] [[Missing]] [[Twice]]' })
  await ada.post('page:create', { title: 'B', content: '[[Missing]]' })
  await ada.post('page:create', { title: 'X/Twice' })
  await ada.post('page:create', { title: 'Y/twice' })
  await ada.post('page:create', { title: 'The Bs', content: 'large '.repeat(1_000) })
  await w.running.wiki.derivations.settled()
  const list = async (kind: 'wanted' | 'broken' | 'orphans' | 'alike' | 'stale' | 'large') =>
    (await ada.post('maintenance:list', { kind })).rows.map(({ title, note }) => [title, note])
  expect(await list('wanted')).toEqual([['Missing', 'wanted by 2 pages']])
  expect(await list('broken')).toEqual([
    ['A', 'Missing'],
    ['A', 'Twice'],
    ['B', 'Missing'],
  ])
  expect((await list('orphans')).map(([title]) => title)).toEqual(['A', 'The Bs'])
  expect((await list('alike')).map(([title]) => title)).toEqual(['X/Twice', 'Y/twice'])
  expect((await list('large'))[0]).toEqual(['The Bs', '6 kB'])
  expect((await list('stale'))[0]![0]).toBe('A')
  expect((await refusal(w.guest().post('maintenance:list', { kind: 'wanted' }))).code).toBe('unauthenticated')
})
