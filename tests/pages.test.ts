import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Page } from '../shared/protocol.ts'
import { titleKey } from '../shared/titles.ts'
import { type Client, refusal } from './support/client.ts'
import { Replica } from './support/replica.ts'
import { type World, world } from './support/world.ts'

let w: World
let ada: Client
let grace: Client

beforeAll(async () => {
  w = await world()
  ada = await w.person('ada')
  grace = await w.person('grace')
  await grace.socket()
})
afterAll(() => w.close())

const make = (title: string, content = '') => ada.post('page:create', { title, content })

describe('making a page', () => {
  test('ten people who make one title at one moment end up on one page, and nobody’s text is overwritten', async () => {
    const titles = ['Harvest', 'harvest', ' HARVEST ', 'Harvest_', 'ｈarvest']
    const asked = Array.from({ length: 10 }, (_, i) =>
      (i % 2 ? ada : grace).post('page:create', { title: titles[i % 5]!, content: `by number ${i}` }),
    )
    const results = await Promise.allSettled(asked)
    const made = results.flatMap((result, i) => (result.status === 'fulfilled' ? [{ i, page: result.value }] : []))
    expect(made).toHaveLength(1)
    for (const one of asked) {
      const error = await refusal(one).catch(() => null)
      if (!error) continue
      expect(error.code).toBe('conflict')
      expect(error.details.page).toMatchObject({ id: made[0]!.page.id, path: made[0]!.page.path })
    }
    expect((await ada.post('page:read', { title: 'harvest' })).content).toBe(`by number ${made[0]!.i}`)
  })

  test('everyone who may read hears of it at once, with all that is ever said of a page', async () => {
    const told = grace.next('page:created')
    const page = await make('Announced/Loudly', 'Hear!')
    expect((await told).page).toEqual(page)
    expect(page).toMatchObject({ title: 'Announced/Loudly', path: '/wiki/Announced/Loudly', seq: 1 })
    expect(page.author).toMatchObject({ username: 'ada' })
    expect(Date.parse(page.createdAt)).toBeGreaterThan(Date.now() - 60_000)
  })
})

describe('renaming', () => {
  test('the old title leads to the page, through any number of renames, until somebody makes it anew', async () => {
    const page = await make('First name', 'Text.')
    await make('Links here', '[[First name]]')
    const told = grace.next('page:renamed')
    await ada.post('page:rename', { page: page.id, title: 'Second name' })
    expect(await told).toMatchObject({ from: 'First name', page: { title: 'Second name', path: '/wiki/Second_name' } })
    await grace.post('page:rename', { page: page.id, title: 'Third name' })
    for (const title of ['First name', 'second_name', 'Third name'])
      expect((await ada.post('page:read', { title })).id).toBe(page.id)
    const response = await w.guest().fetch('/wiki/First_name')
    expect([301, 302]).toContain(response.status)
    expect(response.headers.get('Location')).toBe('/wiki/Third_name')
    expect(await (await w.guest().fetch('/wiki/Links_here')).text()).toContain('href="/wiki/Third_name"')
    const anew = await make('First name', 'Somebody else’s.')
    expect((await ada.post('page:read', { title: 'First name' })).id).toBe(anew.id)
  })

  test('a title that another page has is refused, and only the writing of one’s own may change', async () => {
    const [one, two] = [await make('Mill'), await make('Miller')]
    const error = await refusal(ada.post('page:rename', { page: two.id, title: 'MILL' }))
    expect(error).toMatchObject({ code: 'conflict', details: { page: { id: one.id } } })
    expect((await ada.post('page:rename', { page: one.id, title: 'MILL' })).title).toBe('MILL')
    expect((await ada.post('page:read', { title: 'mill' })).id).toBe(one.id)
  })

  test('whatever is renamed in whatever order, every title leads where a simple model says', {
    timeout: 60_000,
  }, async () => {
    let round = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ who: fc.nat(2), to: fc.nat(4) }), { minLength: 1, maxLength: 12 }),
        async renames => {
          round++
          const names = ['A', 'b', 'Ä', 'a b', 'C/d'].map(name => `Model ${round}/${name}`)
          const pages: Page[] = []
          for (const name of names.slice(0, 3)) pages.push(await make(name))
          const titles = new Map(pages.map((page, i) => [titleKey(names[i]!), page.id]))
          const old = new Map<string, number>()
          const current = new Map(pages.map((page, i) => [page.id, titleKey(names[i]!)]))
          for (const { who, to } of renames) {
            const { id } = pages[who]!
            const key = titleKey(names[to]!)
            const asked = ada.post('page:rename', { page: id, title: names[to]! })
            const owner = titles.get(key)
            if (owner !== undefined && owner !== id) {
              expect((await refusal(asked)).code).toBe('conflict')
              continue
            }
            await asked
            const before = current.get(id)!
            titles.delete(before)
            if (before !== key) old.set(before, id)
            titles.set(key, id)
            old.delete(key)
            current.set(id, key)
          }
          for (const name of names) {
            const wanted = titles.get(titleKey(name)) ?? old.get(titleKey(name))
            const read = ada.post('page:read', { title: name })
            if (wanted === undefined) expect((await refusal(read)).code).toBe('missing')
            else expect((await read).id).toBe(wanted)
          }
        },
      ),
      { numRuns: 25 },
    )
  })
})

describe('finding pages', () => {
  test('the list is newest change first, and its parts follow each other without a gap or a repetition', async () => {
    await using own = await world()
    const author = await own.person('author')
    const ids: number[] = []
    for (let i = 0; i < 25; i++) ids.unshift((await author.post('page:create', { title: `Page ${i}` })).id)
    const seen: number[] = []
    let after: string | undefined
    do {
      const part = await author.post('page:list', { limit: 7, ...(after && { after }) })
      expect(part.total).toBe(25)
      seen.push(...part.pages.map(page => page.id))
      after = part.next ?? undefined
    } while (after)
    expect(seen).toEqual(ids)
    const touched = author.next('page:updated')
    await author.post('page:edit', { page: ids[20]!, edits: [{ append: 'newer' }] })
    await touched
    expect((await author.post('page:list', { limit: 1 })).pages[0]!.id).toBe(ids[20])
  })

  test('a few letters find titles, whole names and beginnings first, and no sign is special', async () => {
    for (const title of ['Oven', 'Oven schedule', 'The oven', 'Handbook/Oven', '100 % rye', 'under_score'])
      await make(title)
    const found = async (match: string) => (await ada.post('page:list', { match })).pages.map(page => page.title)
    expect((await found('oven')).slice(0, 2).sort()).toEqual(['Handbook/Oven', 'Oven'])
    expect(await found('OVEN s')).toEqual(['Oven schedule'])
    expect(await found('%')).toEqual(['100 % rye'])
    expect(await found('0_%')).toEqual(['100 % rye'])
    expect(await found('er_sc')).toEqual(['under_score'])
    expect(await found('no such title')).toEqual([])
  })

  test('titles make a tree, with branches that nobody has written', async () => {
    for (const title of ['Root/Leaf', 'Root/Branch/Twig', 'Root/branch/Other twig', 'Rooted']) await make(title)
    const { children } = await ada.post('page:children', { under: 'root' })
    expect(children.map(({ title, page, children: below }) => [title, page !== null, below])).toEqual([
      ['Root/Branch', false, 2],
      ['Root/Leaf', true, 0],
    ])
    const top = await ada.post('page:children', {})
    expect(top.children.find(branch => branch.title === 'Root')).toMatchObject({ page: null, children: 3 })
  })

  test('the address with .md is the Markdown, and an unknown title is a 404 that offers to write it', async () => {
    await make('Plain text/Here', '# Hi\n\n<b>& co\n')
    const markdown = await w.guest().fetch('/wiki/Plain_text/Here.md')
    expect(markdown.headers.get('Content-Type')).toMatch(/^text\/markdown/)
    expect(await markdown.text()).toBe('# Hi\n\n<b>& co\n')
    const missing = await w.guest().fetch('/wiki/Nobody_wrote_this')
    expect(missing.status).toBe(404)
    expect(await (await ada.fetch('/wiki/Nobody_wrote_this')).text()).toContain('/create?title=Nobody%20wrote%20this')
  })
})

test('what was written just before a crash is in every list and view after it, though nobody opens the page', async () => {
  const page = await make('Crashed', 'Before. ')
  const replica = await new Replica(ada, page.id).open()
  replica.text.insert(8, 'After.')
  await replica.settled()
  replica.close()
  // As a crash leaves it: the log is ahead of the page's row.
  await w.running.wiki.rooms.closeAll()
  await w.running.db.log.withRaw(raw =>
    raw.prepare("update pages set seq = 1, content = 'Before. ' where id = ?").run(page.id),
  )
  await w.restart()
  expect((await w.guest().post('page:read', { page: page.id })).content).toBe('Before. After.')
  expect(await (await w.guest().fetch('/wiki/Crashed')).text()).toContain('After.')
})
