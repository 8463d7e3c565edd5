import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { Derived, Job } from '../server/db/entities.ts'
import { likenessOf } from '../server/wiki/derived.ts'
import { Stopped } from '../server/wiki/jobs.ts'
import { properties } from '../shared/front-matter.ts'
import type { World } from './support/world.ts'
import { world } from './support/world.ts'

const linksOf = (w: World, page: number) =>
  w.running.db.log.withRaw(
    raw => raw.prepare('select title from links where page_id = ? order by title').pluck().all(page) as string[],
  )
const sql = <T>(w: World, text: string, ...values: unknown[]) =>
  w.running.db.log.withRaw(raw => raw.prepare(text).all(...values) as T[])

test('links, other names and tags follow a text within two seconds of an edit', async () => {
  await using w = await world()
  const ada = await w.person('ada')
  const text = '---\ntags: [bread, sour dough]\naliases: Starter\n---\nFeed it as [[Flour]] says. `[[Code]]` is none.\n'
  const page = await ada.post('page:create', { title: 'Levain', content: text })
  await w.running.wiki.derivations.settled()
  expect(await linksOf(w, page.id)).toEqual(['Flour'])
  expect(await sql(w, 'select key from tags where page_id = ? order by key', page.id)).toEqual([
    { key: 'bread' },
    { key: 'sour dough' },
  ])
  expect(await ada.post('link:resolve', { titles: ['Starter', 'starter ', 'Nobody'] })).toEqual({
    links: [
      { title: 'Starter', path: '/wiki/Levain' },
      { title: 'starter ', path: '/wiki/Levain' },
      { title: 'Nobody', path: null },
    ],
  })
  const read = new Promise<void>(resolve => w.running.wiki.derivations.onWritten(() => resolve()))
  const began = performance.now()
  await ada.post('page:edit', { page: page.id, edits: [{ append: 'And [[Water]].' }] })
  await read
  expect(performance.now() - began).toBeLessThan(2_000)
  expect(await linksOf(w, page.id)).toEqual(['Flour', 'Water'])
})

test('what a crash or an import left unread is read after the next start, which does not wait for it', async () => {
  await using w = await world()
  const ada = await w.person('ada')
  const pages: number[] = []
  for (let i = 0; i < 30; i++)
    pages.push((await ada.post('page:create', { title: `Page ${i}`, content: `To [[Page ${i + 1}]].` })).id)
  await w.running.wiki.derivations.settled()
  await w.running.db.log.withRaw(raw => raw.exec('delete from derived; delete from links'))
  await w.running.db.em().nativeUpdate(Derived, { pageId: pages[3]! }, { seq: -1 })
  await w.restart()
  await w.running.wiki.derivations.settled()
  for (const [i, page] of pages.entries()) expect(await linksOf(w, page)).toEqual([`Page ${i + 1}`])
})

test('a derivation that is added later reads every page, and one that fails on a page stops no other', async () => {
  await using w = await world()
  const ada = await w.person('ada')
  for (const title of ['One', 'Two', 'Three']) await ada.post('page:create', { title })
  const { derivations } = w.running.wiki
  await derivations.settled()
  const seen: string[] = []
  derivations.add({
    name: 'test',
    version: 1,
    read: ({ title }) => {
      if (title === 'Two') throw new Error('as expected by this test')
      return () => void seen.push(title)
    },
    forget: () => {},
  })
  derivations.start()
  await derivations.settled()
  expect(seen).toEqual(['One', 'Three'])
})

test('nothing of a page that is gone stays behind', async () => {
  await using w = await world()
  const ada = await w.person('ada')
  const page = await ada.post('page:create', { title: 'Gone', content: '---\ntags: a\n---\n[[X]]' })
  await w.running.wiki.derivations.settled()
  await w.running.wiki.derivations.gone(page.id)
  for (const table of ['links', 'tags', 'derived'])
    expect(await sql(w, `select * from ${table} where page_id = ?`, page.id)).toEqual([])
})

test('a job goes on after a restart where it was, tells how far it is, and can be ended by whoever began it', async () => {
  await using w = await world()
  const ada = await w.person('ada')
  const grace = await w.person('grace')
  const steps: number[] = []
  let stopAt = 5
  let reached = () => {}
  const define = () =>
    w.running.wiki.jobs.define<{ to: number }, number>({
      kind: 'count',
      async run({ input, progress, advance }) {
        for (let i = progress ?? 0; i < input.to; i++) {
          if (i === stopAt) {
            reached()
            await new Promise<void>(resolve => setTimeout(resolve, 20))
            i--
            await advance(i + 1, i + 1, input.to)
            continue
          }
          steps.push(i)
          await advance(i + 1, i + 1, input.to)
        }
        return `Counted to ${input.to}.`
      },
    })
  const add = async (user: number, to: number) => {
    const em = w.running.db.em()
    await em.transactional(async em =>
      w.running.wiki.jobs.add(em, { kind: 'count', user, words: randomUUID(), input: { to } }),
    )
    w.running.wiki.jobs.wake('count')
  }
  define()
  const half = new Promise<void>(resolve => (reached = resolve))
  await add(ada.user!.id, 10)
  await half
  expect((await ada.post('job:list', {})).jobs).toMatchObject([{ state: 'running', done: 5, total: 10 }])
  expect((await grace.post('job:list', {})).jobs).toEqual([])
  await w.restart()
  stopAt = -1
  define()
  const ended = ada.next('job:updated', ({ job }) => job.state === 'done')
  await ada.socket()
  w.running.wiki.jobs.wake('count')
  expect((await ended).job).toMatchObject({ done: 10, report: 'Counted to 10.' })
  expect(steps).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])

  stopAt = 3
  const again = new Promise<void>(resolve => (reached = resolve))
  await add(ada.user!.id, 10)
  await again
  const { id } = (await ada.post('job:list', {})).jobs[0]!
  await expect(grace.post('job:cancel', { job: id }).then(() => w.running.wiki.jobs.settled())).rejects.toThrow(
    'no such job',
  )
  await ada.post('job:cancel', { job: id })
  await w.running.wiki.jobs.settled()
  expect(await w.running.db.em().findOne(Job, { id })).toMatchObject({ state: 'cancelled' })
  expect(new Stopped()).toBeInstanceOf(Error)
})

test('front matter is plain YAML or it is text', () => {
  expect(properties('tags: [a, b]\nn: 007\nnone:\nmore: {x: 1}')).toEqual([
    { name: 'tags', values: ['a', 'b'], list: true },
    { name: 'n', values: ['007'], list: false },
    { name: 'none', values: [], list: false },
    { name: 'more', values: ['x: 1'], list: false },
  ])
  for (const bad of [
    'a: &x 1\nb: *x',
    'a: !!js/function x',
    'a: !x y',
    'a: [',
    'a: 1\na: 2',
    '<<: *x',
    '- list',
    'a: !!str 1',
  ])
    expect(properties(bad), bad).toBeNull()
  expect(properties('__proto__: x\nconstructor: y')).toHaveLength(2)
})

test('titles are alike that differ in accents, signs, small words, plurals and order', () => {
  expect(likenessOf('Handbook/The Cafés of Paris')).toBe(likenessOf('paris cafe'))
  expect(likenessOf('Bread-Baking')).toBe(likenessOf('Baking, bread!'))
  expect(likenessOf('Bread')).not.toBe(likenessOf('Broad'))
  expect(likenessOf('???')).not.toBe(likenessOf('!!!'))
})
