import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { passagesOf } from '../server/wiki/passages.ts'
import { expressionOf, fold, marksIn, readQuery, termsOf } from '../server/wiki/terms.ts'
import { TitleList } from '../server/wiki/title-list.ts'
import type { Client } from './support/client.ts'
import { type World, world } from './support/world.ts'

let w: World
let ada: Client
let grace: Client

beforeAll(async () => {
  w = await world()
  ada = await w.person('ada')
  grace = await w.person('grace')
  const pages: [string, string][] = [
    ['Bakery handbook', 'How we bake.\n'],
    [
      'Bakery handbook/Sourdough',
      '# Ratios\n\nCompare 75 % and 80 % hydration, says @linus.\n\n## Open questions\n\nWhole rye?\n',
    ],
    [
      'Bakery handbook/Flour suppliers',
      '# Whole rye\n\nRye takes more water: hydration of 85 % and up. Käse und Brötchen.\n',
    ],
    ['Hydration table', 'Numbers only.\n'],
    ['東京の会議', '来週の東京都の会議は中止です。猫も来ます。\n'],
    ['ตลาด', 'เราจะไปตลาดน้ำในวันอาทิตย์\n'],
    ['Straße nach Łódź', 'Die Straße ist lang. Ørsted, Þór, ½ Liter, ＡＢＣ.\n'],
    ['Go and C', 'We write Go, a little C and F#.\n'],
    ['Code', '```ts\nconst openCommandPalette = () => foo_bar.baz()\n```\n'],
  ]
  for (const [title, content] of pages) await ada.post('page:create', { title, content })
  await w.running.wiki.derivations.settled()
})
afterAll(() => w.close())

const titles = async (query: string, who = ada) =>
  (await who.ask('search:jump', { query })).titles.map(({ title }) => title)
const texts = async (query: string, more: object = {}, who = ada) =>
  (await who.ask('search:find', { query, ...more })).hits.map(({ page }) => page.title)

describe('jumping to a title', () => {
  test('a beginning, a word, a part, letters in order and a slip of the finger all lead there, in this order', async () => {
    expect(await titles('hydra')).toEqual(['Hydration table'])
    expect(await titles('sour')).toEqual(['Bakery handbook/Sourdough'])
    expect(await titles('suppl')).toEqual(['Bakery handbook/Flour suppliers'])
    expect(await titles('dough')).toEqual(['Bakery handbook/Sourdough'])
    expect(await titles('bhs')).toContain('Bakery handbook/Sourdough')
    expect(await titles('flsu')).toEqual(['Bakery handbook/Flour suppliers'])
    for (const slip of ['sourdogh', 'suordough', 'sourrdough', 'soutdough'])
      expect(await titles(slip)).toEqual(['Bakery handbook/Sourdough'])
    expect((await titles('bakery handbook'))[0]).toBe('Bakery handbook')
  })

  test('accents, strokes, case and width make no difference', async () => {
    for (const query of ['strasse', 'STRASSE nach lodz', 'łódź', 'Lodz'])
      expect(await titles(query)).toEqual(['Straße nach Łódź'])
    expect(await titles('会議')).toEqual(['東京の会議'])
  })

  test('every part of every title leads to it, whatever it is written in', async () => {
    const text = fc.stringMatching(/^[a-zA-Z0-9éßŁŒ日本語 /.\-_'“%]{1,24}$/)
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 1, maxLength: 20 }),
        fc.nat(),
        fc.nat(24),
        fc.integer({ min: 1, max: 24 }),
        async (titles, which, at, length) => {
          const news = titles.map((title, i) => ({ stamp: i + 1, page: i, title }))
          const list = new TitleList({ titlesAfter: async stamp => news.slice(stamp) })
          await list.refresh()
          const page = which % titles.length
          // Spaces count as one, as they do in titles.
          const part = titles[page]!.slice(at, at + length)
          fc.pre(part.trim() !== '' && !/\s{2}/.test(titles[page]!))
          expect(list.match(part, titles.length).map(found => found.page)).toContain(page)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('with nothing typed, the latest titles come first; what was renamed is found by its new name only, what is new at once', async () => {
    const made = await grace.post('page:create', { title: 'Quinces', content: '' })
    await w.running.wiki.derivations.settled()
    expect((await titles(''))[0]).toBe('Quinces')
    await grace.post('page:rename', { page: made.id, title: 'Medlars' })
    await w.running.wiki.derivations.settled()
    expect(await titles('quinces')).toEqual([])
    expect(await titles('medlar')).toEqual(['Medlars'])
  })
})

describe('finding words in pages', () => {
  test('words, beginnings, parts, phrases, and what must not be there', async () => {
    expect((await texts('hydration')).sort()).toEqual([
      'Bakery handbook/Flour suppliers',
      'Bakery handbook/Sourdough',
      'Hydration table',
    ])
    expect(await texts('water hydra')).toEqual(['Bakery handbook/Flour suppliers'])
    expect(await texts('ydrat')).toContain('Bakery handbook/Sourdough')
    expect(await texts('mandPal')).toEqual(['Code'])
    expect(await texts('"more water"')).toEqual(['Bakery handbook/Flour suppliers'])
    expect(await texts('"water more"')).toEqual([])
    expect((await texts('hydration -rye')).sort()).toEqual(['Bakery handbook/Sourdough', 'Hydration table'])
    expect(await texts('foo_bar')).toEqual(['Code'])
  })

  test('what must not be there is not there, however many passages answer', async () => {
    await ada.post('page:create', { title: 'Zebra', content: 'Seen beside an okapi.\n' })
    const many = Array.from({ length: 160 }, (_, i) => `## Day ${i}\n\nOne zebra.\n`).join('\n')
    await ada.post('page:create', { title: 'Savanna', content: many })
    await w.running.wiki.derivations.settled()
    expect(await texts('zebra')).toEqual(['Zebra', 'Savanna'])
    expect(await texts('zebra -okapi')).toEqual(['Savanna'])
    // As passages are that an earlier version took.
    await w.running.db.log.withRaw(raw => raw.exec('delete from search_heads'))
    expect(await texts('zebra')).toEqual(['Savanna'])
    const heads = () =>
      w.running.db.log.withRaw(raw => raw.prepare('select count(*) from search_heads_docsize').pluck().get())
    expect(await heads()).toBe(0)
    for (const title of ['Zebra', 'Savanna'])
      w.running.wiki.derivations.touch((await ada.post('page:read', { title })).id)
    await w.running.wiki.derivations.settled()
    expect(await heads()).toBe(161)
    expect(await texts('zebra')).toEqual(['Zebra', 'Savanna'])
  })

  test('any language: accents folded, scripts without spaces, and terms of one or two characters', async () => {
    expect(await texts('kase brotchen')).toEqual(['Bakery handbook/Flour suppliers'])
    for (const query of ['東京', '京都の', '会議は中止', '猫', '"東京都の会議"'])
      expect(await texts(query)).toEqual(['東京の会議'])
    expect(await texts('京東')).toEqual([])
    expect(await texts('ตลาดน้ำ')).toEqual(['ตลาด'])
    expect(await texts('orsted thor abc')).toEqual(['Straße nach Łódź'])
    expect(await texts('go')).toEqual(['Go and C'])
    expect(await texts('c')).toEqual(['Go and C'])
    expect(await texts('f#')).toEqual(['Go and C'])
  })

  test('an answer says where: the heading above, the words around, and leads there', async () => {
    const { hits } = await ada.ask('search:find', { query: 'linus compare' })
    const [hit] = hits
    expect(hit).toMatchObject({ heading: 'Ratios', path: '/wiki/Bakery_handbook/Sourdough#h-ratios' })
    expect(hit!.marks.map(([from, to]) => hit!.text.slice(from, to))).toEqual(['Compare', 'linus'])
    // Where nothing is put between words, the words around are cut somewhere, but never what was found.
    const { id } = await ada.post('page:create', {
      title: '長い',
      content: `${'今日は晴れ。'.repeat(40)}臨時休業です${'明日も晴れ。'.repeat(40)}`,
    })
    await w.running.wiki.derivations.settled()
    const far = (await ada.ask('search:find', { query: '臨時休業' })).hits[0]!
    expect(far.text).toMatch(/^… .*臨時休業.* …$/u)
    expect(far.marks.map(([from, to]) => far.text.slice(from, to)).join('')).toContain('臨時休業')
    await ada.post('page:delete', { page: id })
    const { passages } = await ada.ask('search:jump', { query: 'rye' })
    expect(passages.map(({ title, heading }) => [title, heading])).toEqual([
      ['Bakery handbook/Flour suppliers', 'Whole rye'],
      ['Bakery handbook/Sourdough', 'Open questions'],
    ])
  })

  test('what is found can be narrowed by place, person, tag and time', async () => {
    await grace.post('page:create', { title: 'Rye diary', content: '---\ntags: [Baking day]\n---\nRye again.\n' })
    await w.running.wiki.derivations.settled()
    expect((await texts('rye', { under: 'Bakery handbook' })).sort()).toEqual([
      'Bakery handbook/Flour suppliers',
      'Bakery handbook/Sourdough',
    ])
    expect(await texts('rye', { author: 'Grace' })).toEqual(['Rye diary'])
    expect(await texts('rye', { author: 'nobody' })).toEqual([])
    expect(await texts('rye', { tag: '#baking day' })).toEqual(['Rye diary'])
    const later = new Date(Date.now() + 60_000).toISOString()
    expect(await texts('rye', { since: later })).toEqual([])
    expect((await texts('rye', { since: new Date(0).toISOString() })).length).toBe(3)
  })

  test('pages of answers follow each other without a gap or a repetition', async () => {
    for (let i = 0; i < 12; i++)
      await grace.post('page:create', { title: `Pie ${i}`, content: `Rhubarb, ${i} kilos.\n` })
    await w.running.wiki.derivations.settled()
    const seen: string[] = []
    let after: string | null = null
    do {
      const answer: Awaited<ReturnType<typeof ada.ask<'search:find'>>> = await ada.ask('search:find', {
        query: 'rhubarb',
        limit: 5,
        ...(after && { after }),
      })
      seen.push(...answer.hits.map(({ page }) => page.title))
      after = answer.next
    } while (after)
    expect(seen.sort()).toEqual(Array.from({ length: 12 }, (_, i) => `Pie ${i}`).sort())
  })

  test('a word typed into a page is found within two seconds, and no longer once it is taken out', async () => {
    const page = await grace.post('page:create', { title: 'Live', content: 'Nothing yet.\n' })
    await w.running.wiki.derivations.settled()
    const until = async (query: string, wanted: string[]) => {
      const began = performance.now()
      while (JSON.stringify(await texts(query)) !== JSON.stringify(wanted))
        if (performance.now() - began > 2_000) throw new Error(`“${query}” was not answered with ${wanted} in time`)
    }
    await grace.post('page:edit', { page: page.id, edits: [{ append: 'Persimmons!' }] })
    await until('persimmon', ['Live'])
    await grace.post('page:edit', { page: page.id, edits: [{ replace: 'Persimmons!', with: 'Apples.' }] })
    await until('persimmon', [])
  })

  test('guests find what guests may read, and nothing where they may not', async () => {
    expect(await titles('sour', w.guest())).toEqual(['Bakery handbook/Sourdough'])
    await using closed = await world({ config: { publicRead: false } })
    await expect(closed.guest().post('search:find', { query: 'rye' })).rejects.toMatchObject({
      code: 'unauthenticated',
    })
  })
})

describe('whatever is typed', () => {
  test('no question is an error, whichever characters are in it', async () => {
    const strange = [
      '"',
      '""',
      '"a',
      '-',
      '- -',
      '*',
      'NEAR(a b)',
      'a OR',
      'title:x',
      '{a}:b',
      '^a',
      'AND',
      "'; drop",
      '\u{202e}x',
      '﷽',
      '½',
      '🥖',
      'a-',
      '(',
      'a*b',
      '-"x y"',
    ]
    for (const query of strange) {
      expect((await ada.ask('search:find', { query })).hits).toBeInstanceOf(Array)
      await ada.ask('search:jump', { query })
    }
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: 'grapheme', maxLength: 40 }),
          fc.string({ unit: 'binary', maxLength: 40 }),
          fc
            .array(fc.constantFrom('"', '-', '*', 'rye', 'OR', 'NOT', '(', ')', ' ', '東', 'é', ':', '^', '{'), {
              maxLength: 14,
            })
            .map(parts => parts.join('')),
        ),
        async query => {
          if (query.includes('\0') || query.length > 200 || /\p{Cs}/u.test(query)) return
          await ada.ask('search:find', { query, limit: 3 })
          await ada.ask('search:jump', { query, limit: 3 })
        },
      ),
      { numRuns: 150 },
    )
  })

  test('whatever is made, edited, deleted, restored and removed, everybody finds just what is there', {
    timeout: 120_000,
  }, async () => {
    await using w = await world()
    const ada = await w.person('ada')
    const readers = [ada, w.guest()]
    let count = 0
    const deed = fc.record({ what: fc.constantFrom('make', 'edit', 'delete', 'restore', 'purge'), which: fc.nat() })
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 3, maxLength: 10 }), async deeds => {
        const pages: { id: number; words: string[]; state: 'there' | 'trash' | 'gone' }[] = []
        const word = () => `quark${(++count).toString(36)}z`
        for (const { what, which } of deeds) {
          const page = pages[which % Math.max(1, pages.length)]
          if (what === 'make' || !page) {
            const words = [word(), word()]
            const { id } = await ada.post('page:create', { title: `Found ${words[0]}`, content: `Of ${words[1]}.` })
            pages.push({ id, words, state: 'there' })
          } else if (what === 'edit' && page.state === 'there') {
            page.words.push(word())
            await ada.post('page:edit', { page: page.id, edits: [{ append: page.words.at(-1)! }] })
          } else if (what === 'delete' && page.state === 'there') {
            await ada.post('page:delete', { page: page.id })
            page.state = 'trash'
          } else if (what === 'restore' && page.state === 'trash') {
            await ada.post('page:restore', { page: page.id })
            page.state = 'there'
          } else if (what === 'purge' && page.state === 'trash') {
            await ada.post('page:purge', { page: page.id })
            page.state = 'gone'
          }
        }
        await w.running.wiki.rooms.fold()
        await w.running.wiki.derivations.settled()
        for (const { id, words, state } of pages)
          for (const query of words)
            for (const reader of readers) {
              const { hits } = await reader.post('search:find', { query })
              const { titles, passages } = await reader.post('search:jump', { query })
              expect(
                hits.map(({ page }) => page.id),
                `${query} ${state}`,
              ).toEqual(state === 'there' ? [id] : [])
              // A slip of the finger finds others too, but nothing that is not there.
              const told = [...titles, ...passages].map(({ page }) => page)
              if (state === 'there') expect(told, query).toContain(id)
              expect(pages.filter(page => page.state !== 'there' && told.includes(page.id))).toEqual([])
            }
      }),
      { numRuns: 15 },
    )
  })

  test('every word and every neighbouring pair of words of a text finds it, and marks are inside the text', async () => {
    const words = fc.array(fc.stringMatching(/^[a-zé東京猫ß]{1,12}$/u), { minLength: 2, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(words, fc.nat(), async (all, at) => {
        const text = all.join(' ')
        const i = at % (all.length - 1)
        const phrase = `"${all[i]} ${all[i + 1]}"`
        const db = w.running.db.log
        // Asked of FTS5 itself, over a table of one row that holds these terms.
        const matches = await db.withRaw(raw => {
          raw.exec(
            `create virtual table if not exists temp.probe using fts5(body, tokenize="unicode61 remove_diacritics 0 categories 'L* M* N*'")`,
          )
          raw.exec('delete from temp.probe')
          raw.prepare('insert into temp.probe values (?)').run(termsOf(text))
          return [phrase, all[i]!, `${all[i]} ${all[i + 1]}`].map(
            query =>
              raw
                .prepare('select count(*) from temp.probe where probe match ?')
                .pluck()
                .get(expressionOf(readQuery(query))) as number,
          )
        })
        expect(matches).toEqual([1, 1, 1])
        for (const [from, to] of marksIn(text, readQuery(phrase))) {
          expect(from).toBeLessThan(to)
          expect(to).toBeLessThanOrEqual(text.length)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('folding twice changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), word => {
        expect(fold(fold(word))).toBe(fold(word))
      }),
    )
  })
})

describe('passages', () => {
  test('read as words, without the marks of Markdown around them', () => {
    const read = (source: string) => passagesOf(source).map(({ text }) => text.replace(/\s+/g, ' '))
    for (const [source, words] of [
      ['> [!tip] Warm hands\n> Wet them first.', 'Tip: Warm hands Wet them first.'],
      ['- x\n  > [!warning]-\n  > hot', 'x Warning hot'],
      ['Said[^1] so.\n\n[^1]: On *paper*.', 'Said so. On paper.'],
      ['| Day | Loaves |\n| :-- | --: |\n| Monday | [[Rye\\|dark]] |', 'Day · Loaves Monday · dark'],
      ['So\n\n$$\nh = \\frac{a}{b}\n$$\n\nis *it*.', 'So h = frac a b is it.'],
      ['> $$\n> a_1 * b\n> $$\n> then', 'a_1 * b then'],
      ['With $a^2$ and $$b$$ for $5 and $6.', 'With a^2 and b for $5 and $6.'],
      ['It costs $$.\n\n*All* {of} it.', 'It costs . All {of} it.'],
      ['above\n\n---\n\nbelow', 'above below'],
      ['Title\n===\n\n<!-- hidden --> a<br>b <https://x.example/>', 'Title hidden a b https://x.example/'],
      ['~~~js\na || b\n~~~\n```\n| x |\n```', 'js a || b | x |'],
      ['a || b, [ ] and [!x] stay', 'a || b, [ ] and [!x] stay'],
    ])
      expect(read(source!), source).toEqual([words])
  })

  test('no word of the vault’s pages is lost between them', () => {
    const vault = join(import.meta.dirname, '../../shared/data/vault')
    for (const name of readdirSync(vault, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.md'))) {
      const source = readFileSync(join(vault, name), 'utf8')
      const kept = new Set(passagesOf(source).flatMap(({ heading, text }) => termsOf(`${heading} ${text}`).split(' ')))
      // Addresses behind links are not read, nor are the labels of footnotes.
      const read = source
        .replace(/\]\((?:[^()\n]|\([^()\n]*\))*\)/g, ']')
        .replace(/\[\[[^\]\n]*\|/g, '')
        .replace(/\[\^[^\]\s[]*\]/g, '')
      const lost = termsOf(read)
        .split(' ')
        .filter(term => term.length > 3 && !kept.has(term))
      expect([name, lost.slice(0, 5)]).toEqual([name, []])
    }
  })

  test('typing in one place of a long page makes only passages there anew', () => {
    const paragraphs = Array.from(
      { length: 400 },
      (_, i) => `Paragraph ${i} says ${'something '.repeat(20 + (i % 7))}${i}.`,
    )
    const before = passagesOf(paragraphs.join('\n\n'))
    const edited = passagesOf(paragraphs.with(5, 'A quite different paragraph.').join('\n\n'))
    const known = new Set(before.map(({ text }) => text))
    expect(before.length).toBeGreaterThan(20)
    expect(edited.filter(({ text }) => !known.has(text)).length).toBeLessThan(5)
    const pasted = passagesOf('x'.repeat(1_000_000))
    expect(Math.max(...pasted.map(({ text }) => text.length))).toBeLessThanOrEqual(6_000)
  })
})
