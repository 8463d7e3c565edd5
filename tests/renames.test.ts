import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from '../shared/markdown.ts'
import { relink } from '../shared/relink.ts'
import { parseTitle, pathOf, titleKey } from '../shared/titles.ts'
import { type Client, refusal } from './support/client.ts'
import { serverProcess } from './support/process.ts'
import { type World, world } from './support/world.ts'

const to = (...pairs: [string, string][]) => new Map(pairs.map(([from, title]) => [titleKey(from), title]))

describe('relinking a text', () => {
  test('leaves everything but the title as it was', () => {
    const text = [
      'See [[Bread]], [[ bread | our loaf ]] and [[BREAD#How to bake|*how*]], [[Bread.md]], [[Broad]].',
      '',
      '| a | b |',
      '| - | - |',
      '| [[Bread\\|x]] | ![[Bread]] |',
      '',
      '`[[Bread]]` \\[[Bread]] <!-- [[Bread]] -->',
      '',
      '```',
      '[[Bread]]',
      '```',
    ].join('\n')
    expect(relink(text, to(['Bread', 'Baking/Loaf']))).toBe(
      [
        'See [[Baking/Loaf]], [[ Baking/Loaf | our loaf ]] and [[Baking/Loaf#How to bake|*how*]], [[Baking/Loaf]], [[Broad]].',
        '',
        '| a | b |',
        '| - | - |',
        '| [[Baking/Loaf\\|x]] | ![[Baking/Loaf]] |',
        '',
        '`[[Bread]]` \\[[Bread]] <!-- [[Bread]] -->',
        '',
        '```',
        '[[Bread]]',
        '```',
      ].join('\n'),
    )
  })

  test('takes no sign in a title for one of the text around it, and finds the longest titles', () => {
    const signs = '\\[[%/$]][[%/$]] and [[%/$]]'
    expect(parse(relink(signs, to(['%/$', 'Next']))).links).toEqual(parse(signs).links.map(() => 'Next'))
    const long = 'ü'.repeat(100)
    expect(relink(`[[${long}]] [[${long}|x]]`, to([long, 'Short']))).toBe('[[Short]] [[Short|x]]')
  })

  test('Markdown’s links follow as well, by address and as a file’s name, in any of their forms', () => {
    const text = [
      'A [loaf](/wiki/Bread), [how](/wiki/bread#h-how "tip"), [file](Bread.md), [up](../Bread.md#how), [<b>](<Bread.md>).',
      '[Ours](/wiki/Bread_(ours)), [raw](/wiki/Bread.md), [other](/wiki/Broad), ![picture](/wiki/Bread), [ref], [also][ref].',
      '`[code](/wiki/Bread)` \\[no](/wiki/Bread) [far](https://x.org/wiki/Bread) [mail](mailto:Bread.md)',
      '',
      '> [ref]: </wiki/Bread#h-how>',
      '',
      '    [code](/wiki/Bread)',
    ].join('\n')
    expect(relink(text, to(['Bread', 'Baking/Our (new) loaf'], ['Bread (ours)', 'Next']))).toBe(
      [
        'A [loaf](/wiki/Baking/Our_%28new%29_loaf), [how](/wiki/Baking/Our_%28new%29_loaf#h-how "tip"), [file](Baking/Our%20%28new%29%20loaf.md), [up](Baking/Our%20%28new%29%20loaf.md#how), [<b>](<Baking/Our%20%28new%29%20loaf.md>).',
        '[Ours](/wiki/Next), [raw](/wiki/Bread.md), [other](/wiki/Broad), ![picture](/wiki/Bread), [ref], [also][ref].',
        '`[code](/wiki/Bread)` \\[no](/wiki/Bread) [far](https://x.org/wiki/Bread) [mail](mailto:Bread.md)',
        '',
        '> [ref]: </wiki/Baking/Our_%28new%29_loaf#h-how>',
        '',
        '    [code](/wiki/Bread)',
      ].join('\n'),
    )
  })

  test('exchanges titles in one go', () => {
    expect(relink('[[A]] [[B]] [[relink0]]', to(['A', 'B'], ['B', 'A']))).toBe('[[B]] [[A]] [[relink0]]')
  })

  const title = fc
    .array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 3 })
    .map(segments => segments.join('/'))
    .filter(raw => {
      try {
        return parseTitle(raw) !== ''
      } catch {
        return false
      }
    })
    .map(raw => parseTitle(raw))

  test('changes just the links to that title, whatever the titles and the text around them are', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '`',
        '```\n',
        '\n',
        '\n\n',
        '> ',
        '- ',
        '| ',
        ' ',
        'words',
        '\\',
        '<!--',
        '-->',
        '[',
        ']',
        '!',
        '**',
      ),
      fc.constant('LINK'),
      fc.constant('OTHER'),
    )
    fc.assert(
      fc.property(title, title, title, fc.array(piece, { maxLength: 20 }), (from, other, next, pieces) => {
        fc.pre(titleKey(from) !== titleKey(other) && titleKey(from) !== titleKey(next))
        const file = from.split('/').map(encodeURIComponent).join('/')
        const forms = [`[[${from}]]`, `[w](<${pathOf(from)}>)`, `[w](<${file}.md#x>)`]
        let used = 0
        const text = pieces
          .join('')
          .replaceAll('LINK', () => forms[used++ % forms.length]!)
          .replaceAll('OTHER', `[[${other}|o]] [o](<${pathOf(other)}>)`)
        const wanted = parse(text).links
        const rewritten = relink(text, to([from, next]))
        const expected = new Set(wanted.map(link => (titleKey(link) === titleKey(from) ? next : link)))
        // A title of signs that mean something else where it would stand is not put there.
        if (rewritten === text && !/^[\p{L}\p{N}]*$/u.test(next)) return
        expect(new Set(parse(rewritten).links)).toEqual(expected)
        if (!wanted.some(link => titleKey(link) === titleKey(from))) expect(rewritten).toBe(text)
      }),
      { numRuns: 300 },
    )
  })
})

describe('renaming', () => {
  let w: World
  let ada: Client
  let grace: Client
  beforeAll(async () => {
    w = await world()
    ada = await w.person('ada')
    grace = await w.person('grace')
  })
  afterAll(() => w.close())

  const settled = async () => {
    await w.running.wiki.jobs.settled()
    await w.running.wiki.rooms.fold()
    await w.running.wiki.derivations.settled()
  }
  const make = (title: string, content = '') => ada.post('page:create', { title, content })
  const textOf = async (page: number) => (await ada.post('page:read', { page })).content

  test('the old title leads on at once, and every link follows as an edit of whoever renamed', async () => {
    const bread = await make('Bread', 'I am [[Bread]] myself.')
    const one = await make('One', 'On [[Bread#Crust|crust]] and `[[Bread]]`.')
    const two = await make('Two', 'Nothing about it.')
    await ada.socket()
    const opened = await ada.ask('page:open', { page: one.id })
    const pushed = ada.next('page:pushed', ({ page }) => page === one.id)
    const told = grace.next('job:updated', ({ job }) => job.state === 'done')
    await grace.socket()
    await grace.post('page:rename', { page: bread.id, title: 'Baking/Loaf', from: 'Bread' })
    expect((await w.guest().fetch('/wiki/Bread')).headers.get('location')).toBe('/wiki/Baking/Loaf')
    const { edits } = await pushed
    expect(edits.map(({ user }) => user)).toEqual([grace.user!.id])
    expect((await told).job).toMatchObject({
      words: 'Links to “Bread” now lead to “Baking/Loaf”',
      report: '2 pages had to be changed.',
    })
    expect(await textOf(one.id)).toBe('On [[Baking/Loaf#Crust|crust]] and `[[Bread]]`.')
    expect(await textOf(bread.id)).toBe('I am [[Baking/Loaf]] myself.')
    expect((await ada.post('page:read', { page: one.id })).editor.username).toBe('grace')
    expect((await ada.post('page:read', { page: two.id })).seq).toBe(two.seq)
    await ada.ask('page:close', { page: one.id, presence: opened.presence })
  })

  test('a bare name follows too, and stays bare where it can', async () => {
    const flour = await make('Store/Flour')
    const page = await make('Uses flour', '[[Flour]] and [[Store/Flour|white]]')
    const files = await make('Uses files', '[f](Flour.md) [g](../Store/Flour.md#white) [h](/wiki/Store/Flour)')
    await settled()
    await ada.post('page:rename', { page: flour.id, title: 'Store/Rye' })
    await settled()
    expect(await textOf(page.id)).toBe('[[Rye]] and [[Store/Rye|white]]')
    expect(await textOf(files.id)).toBe('[f](Rye.md) [g](Store/Rye.md#white) [h](/wiki/Store/Rye)')
    await ada.post('page:delete', { page: files.id })
    await make('Field/Spelt')
    await ada.post('page:rename', { page: flour.id, title: 'Store/Spelt' })
    await settled()
    expect(await textOf(page.id)).toBe('[[Store/Spelt]] and [[Store/Spelt|white]]')
  })

  test('a page moves with what stands under it, also into its own place', async () => {
    const top = await make('Tree')
    const leaf = await make('tree/Branch/Leaf', 'Under [[Tree]].')
    const seer = await make('Gardener', '[[Tree/Branch/Leaf]] on [[Tree]]')
    await ada.post('page:rename', { page: top.id, title: 'Tree/Branch', below: true })
    expect((await ada.post('page:read', { page: leaf.id })).title).toBe('Tree/Branch/Branch/Leaf')
    expect((await ada.post('page:read', { title: 'Tree/Branch/Leaf' })).id).toBe(leaf.id)
    await settled()
    expect(await textOf(seer.id)).toBe('[[Tree/Branch/Branch/Leaf]] on [[Tree/Branch]]')
    expect(await textOf(leaf.id)).toBe('Under [[Tree/Branch]].')
    await ada.post('page:rename', { page: top.id, title: 'Oak', below: true })
    await settled()
    expect(await textOf(seer.id)).toBe('[[Oak/Branch/Leaf]] on [[Oak]]')
  })

  test('a title that exists is refused with the page in the way, and nothing has moved', async () => {
    const a = await make('Alpha')
    await make('Alpha/Sub')
    const beta = await make('Beta/Sub')
    const refused = await refusal(ada.post('page:rename', { page: a.id, title: 'Beta', below: true }))
    expect(refused.code).toBe('conflict')
    expect(refused.details.page).toEqual({ id: beta.id, title: 'Beta/Sub', path: '/wiki/Beta/Sub' })
    expect((await ada.post('page:read', { title: 'Alpha' })).id).toBe(a.id)
    const long = await refusal(
      ada.post('page:rename', { page: a.id, title: Array(25).fill('long part').join('/'), below: true }),
    )
    expect(long.message).toContain('cannot move along')
  })

  test('of two who rename at once, one wins and the other is told what it is called now', async () => {
    const page = await make('Contested')
    const answers = await Promise.allSettled([
      ada.post('page:rename', { page: page.id, title: 'By ada', from: 'Contested' }),
      grace.post('page:rename', { page: page.id, title: 'By grace', from: 'Contested' }),
    ])
    const won = answers.filter(answer => answer.status === 'fulfilled')
    expect(won).toHaveLength(1)
    const { reason } = answers.find(answer => answer.status === 'rejected')!
    expect(reason).toMatchObject({
      code: 'conflict',
      details: { reason: 'renamed', page: { id: page.id, title: won[0]!.value.title } },
    })
    expect((await ada.post('page:read', { page: page.id })).title).toBe(won[0]!.value.title)
  })

  test('the links follow after a restart, and not on behalf of somebody who may no longer write', async () => {
    const target = await make('Far')
    const pages = []
    for (let i = 0; i < 25; i++) pages.push(await make(`Near ${i}`, `To [[Far]] ${i}`))
    await settled()
    await ada.post('page:rename', { page: target.id, title: 'Away' })
    await w.restart()
    await settled()
    for (const [i, page] of pages.entries()) expect(await textOf(page.id)).toBe(`To [[Away]] ${i}`)
    await grace.post('page:rename', { page: target.id, title: 'Gone far' })
    await ada.post('user:setRole', { user: grace.user!.id, role: 'reader' })
    await settled()
    const { jobs } = await grace.post('job:list', {})
    if (jobs[0]!.state !== 'done')
      expect(jobs[0]).toMatchObject({ state: 'failed', report: expect.stringContaining('may not write') })
  })

  test('a server that is killed while links are led along goes on where it was', { timeout: 60_000 }, async () => {
    await using server = await serverProcess()
    const ada = server.client()
    await ada.post('user:register', { username: 'ada', password: 'ada likes bread' })
    const target = await ada.post('page:create', { title: 'Killed', content: 'x' })
    const pages = []
    for (let i = 0; i < 120; i++)
      pages.push(
        await ada.post('page:create', { title: `Links ${i}`, content: `To [[Killed]] and [[Killed|words]] ${i}` }),
      )
    const links = async () => (await ada.post('page:backlinks', { page: target.id, limit: 200 })).links.length
    await expect.poll(links, { timeout: 20_000 }).toBe(120)
    const underWay = ada.next('job:updated', ({ job }) => job.done > 0)
    await ada.socket()
    await ada.post('page:rename', { page: target.id, title: 'Risen' })
    const { job } = await underWay
    await server.kill()
    expect(job).toMatchObject({ state: 'running' })
    expect(job.done).toBeLessThan(120)
    ada.hangUp()
    await server.start()
    const state = async () => (await ada.post('job:list', {})).jobs[0]
    await expect.poll(async () => (await state())?.state, { timeout: 30_000 }).toBe('done')
    for (const [i, { id, seq }] of pages.entries()) {
      const page = await ada.post('page:read', { page: id })
      expect(page.content).toBe(`To [[Risen]] and [[Risen|words]] ${i}`)
      // One edit each: nothing was done twice.
      expect(page.seq).toBe(seq + 1)
    }
  })

  test('after any renames, chains and loops and exchanges, every link leads to the page it was written for', async () => {
    await using w = await world()
    const ada = await w.person('ada')
    const names = ['A', 'B', 'C', 'B/A', 'C/Q']
    const command = fc.record({
      page: fc.nat(2),
      title: fc.constantFrom(...names),
      below: fc.boolean(),
      wait: fc.boolean(),
    })
    let round = 0
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 2, maxLength: 7 }), async commands => {
        const base = `R${round++}`
        const ids: number[] = []
        const titles = ['A', 'B', 'C'].map(name => `${base}/${name}`)
        for (const title of titles)
          ids.push((await ada.post('page:create', { title, content: titles.map(t => `[[${t}]]`).join(' ') })).id)
        for (const { page, title, below, wait } of commands) {
          await ada.post('page:rename', { page: ids[page]!, title: `${base}/${title}`, below }).catch(error => {
            if (error.code !== 'conflict' && error.code !== 'invalid') throw error
          })
          if (wait) {
            await w.running.wiki.jobs.settled()
          }
        }
        await w.running.wiki.jobs.settled()
        for (const id of ids) {
          const { content } = await ada.post('page:read', { page: id })
          const links = parse(content).links
          const led = []
          for (const link of links) led.push((await ada.post('page:read', { title: link })).id)
          expect(led, content).toEqual(ids)
        }
      }),
      { numRuns: 10, endOnFailure: true },
    )
  })
})
