import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { titleKey } from '../shared/titles.ts'
import { type Client, refusal } from './support/client.ts'
import { Replica } from './support/replica.ts'
import { type World, world } from './support/world.ts'

let w: World
let ada: Client
let grace: Client
let reader: Client

beforeAll(async () => {
  w = await world()
  ada = await w.person('ada')
  grace = await w.person('grace')
  reader = await w.person('linus')
  await ada.post('user:setRole', { user: reader.user!.id, role: 'reader' })
  await grace.socket()
})
afterAll(() => w.close())

const make = (title: string, content = '') => ada.post('page:create', { title, content })
const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'ok',
    () => refusal(asked).then(({ code }) => code as string),
  )

describe('the trash', () => {
  test('what is deleted is found nowhere but in the trash, and everyone hears of it', async () => {
    const { id } = await make('Cellar/Proofing', 'Keep it cool.')
    await make('Points there', '[[Cellar/Proofing]] and [[Proofing]]')
    await ada.post('page:rename', { page: id, title: 'Cellar/Cold proofing' })
    await ada.post('page:rename', { page: id, title: 'Cellar/Proofing' })
    const told = grace.next('page:deleted')
    const { total } = await ada.post('page:list', {})
    expect((await ada.post('page:delete', { page: id })).deleted).toBe(1)
    expect(await told).toMatchObject({ page: { id, title: 'Cellar/Proofing' }, by: { username: 'ada' } })

    for (const client of [ada, grace, w.guest()]) {
      expect(await codeOf(client.post('page:read', { page: id }))).toBe('missing')
      expect(await codeOf(client.post('page:read', { title: 'Cellar/Proofing' }))).toBe('missing')
      expect(await codeOf(client.post('page:read', { title: 'Cellar/Cold proofing' }))).toBe('missing')
      const { links } = await client.post('link:resolve', {
        titles: ['Cellar/Proofing', 'Proofing', 'Cellar/Cold proofing', `#${id}`],
      })
      expect(links.map(({ path }) => path)).toEqual([null, null, null, null])
      expect((await client.post('page:children', {})).children.map(({ title }) => title)).not.toContain('Cellar')
      expect((await client.post('page:list', { match: 'proofing' })).pages).toEqual([])
      expect(await codeOf(client.ask('page:open', { page: id }))).toBe('missing')
    }
    const listed = await ada.post('page:list', {})
    expect(listed.total).toBe(total - 1)
    expect(listed.pages.map(page => page.id)).not.toContain(id)
    const late = [
      grace.post('page:edit', { page: id, edits: [{ append: 'x' }] }),
      grace.post('page:rename', { page: id, title: 'Elsewhere' }),
      grace.post('page:delete', { page: id }),
    ]
    expect(await Promise.all(late.map(codeOf))).toEqual(['missing', 'missing', 'missing'])
    const red = await (await w.guest().fetch('/wiki/Points_there')).text()
    expect(red.match(/class="wiki missing"/g)).toHaveLength(2)

    const { deleted } = await grace.post('trash:list', {})
    expect(deleted[0]).toMatchObject({ page: { id, title: 'Cellar/Proofing' }, by: { username: 'ada' }, root: id })
    expect(Date.parse(deleted[0]!.until) - Date.parse(deleted[0]!.at)).toBe(30 * 86_400_000)
    expect((await refusal(reader.post('trash:list', {}))).code).toBe('forbidden')
    expect((await refusal(reader.post('page:restore', { page: id }))).code).toBe('forbidden')
  })

  test('what is restored is as it was: text, links, earlier titles, and the history goes on', async () => {
    const { id } = await make('Mill', 'Stone.\n')
    await make('Points to the mill', '[[Mill]] [[Old mill]]')
    await ada.post('page:rename', { page: id, title: 'Old mill' })
    await ada.post('page:rename', { page: id, title: 'Mill' })
    const { seq } = await grace.post('page:edit', { page: id, edits: [{ append: 'And water.\n' }] })
    await ada.post('page:delete', { page: id })
    const told = grace.next('page:restored')
    expect(await grace.post('page:restore', { page: id })).toMatchObject({ page: { id, title: 'Mill', seq }, left: 0 })
    expect(await told).toMatchObject({ page: { id, path: '/wiki/Mill' }, by: { username: 'grace' } })
    expect((await ada.post('page:read', { title: 'old mill' })).content).toBe('Stone.\n\nAnd water.\n')
    expect(await (await w.guest().fetch('/wiki/Points_to_the_mill')).text()).not.toContain('wiki missing')
    expect((await ada.post('page:edit', { page: id, edits: [{ append: 'More.' }] })).seq).toBe(seq + 1)
    expect((await refusal(ada.post('page:restore', { page: id }))).code).toBe('missing')
  })

  test('a title that was taken meanwhile is named, and another one leads on', async () => {
    const { id } = await make('Oven', 'The old one.')
    await make('Oven/Doors', 'Two.')
    await ada.post('page:delete', { page: id, below: 'delete' })
    const anew = await make('oven', 'The new one.')
    const error = await refusal(ada.post('page:restore', { page: id }))
    expect(error).toMatchObject({ code: 'conflict', details: { field: 'title', page: { id: anew.id } } })
    const { page, restored } = await ada.post('page:restore', { page: id, title: 'Oven of 1990' })
    expect([page.title, restored]).toEqual(['Oven of 1990', 2])
    expect((await ada.post('page:read', { title: 'Oven of 1990/Doors' })).content).toBe('Two.')
    expect((await ada.post('page:read', { title: 'Oven' })).content).toBe('The new one.')
  })

  test('what stands below stays, or goes along and comes back along', async () => {
    const top = await make('Shop')
    for (const title of ['Shop/Till', 'Shop/Till/Keys', 'Shopping']) await make(title)
    await ada.post('page:delete', { page: top.id })
    expect((await ada.post('page:read', { title: 'Shop/Till' })).title).toBe('Shop/Till')
    await ada.post('page:restore', { page: top.id })
    expect((await ada.post('page:delete', { page: top.id, below: 'delete' })).deleted).toBe(3)
    expect(await codeOf(ada.post('page:read', { title: 'Shop/Till/Keys' }))).toBe('missing')
    await make('Shop/Till', 'Somebody else’s.')
    expect(await ada.post('page:restore', { page: top.id })).toMatchObject({ restored: 2, left: 1 })
    expect((await ada.post('page:read', { title: 'Shop/Till' })).content).toBe('Somebody else’s.')
    const { deleted } = await ada.post('trash:list', { title: 'shop/till' })
    expect(deleted).toHaveLength(1)
    expect(deleted[0]!.root).toBe(deleted[0]!.page.id)
  })

  test('what was written up to the last moment is in the trash; what comes later is refused, and no line is cut', async () => {
    const { id } = await make('Written in', 'One.\n')
    const mika = await w.person('mika')
    const writer = await new Replica(mika, id).open()
    for (let i = 0; i < 20; i++) writer.text.insert(writer.text.length, `line ${i}\n`)
    const socket = await mika.socket()
    let cut = false
    socket.once('disconnect', () => {
      cut = true
    })
    const deleting = ada.post('page:delete', { page: id })
    const refused: Promise<unknown>[] = []
    while (refused.length < 5) {
      refused.push(mika.ask('page:push', { page: id, epoch: writer.epoch, update: 'AAA=' }).catch(error => error))
      await deleting
    }
    const acknowledged = writer.text.length - writer.outbox.length
    expect((await Promise.all(refused)).at(-1)).toMatchObject({ code: 'missing' })
    expect(cut).toBe(false)
    await ada.post('page:restore', { page: id })
    const { content, seq } = await ada.post('page:read', { page: id })
    expect(content.startsWith('One.\n')).toBe(true)
    expect(acknowledged).toBeGreaterThan(0)
    expect(writer.text.toString().startsWith(content)).toBe(true)
    expect(seq).toBe(await w.running.db.log.head(id))
    writer.close()
  })

  test('only an admin removes for good, and then nothing is left of the page', async () => {
    const { id } = await make('To be burnt', 'secret bread')
    await ada.post('page:rename', { page: id, title: 'Burnt' })
    expect((await refusal(ada.post('page:purge', { page: id }))).code).toBe('missing')
    await grace.post('page:delete', { page: id })
    expect((await refusal(grace.post('page:purge', { page: id }))).code).toBe('forbidden')
    const told = grace.next('page:purged')
    await ada.post('page:purge', { page: id })
    expect(await told).toEqual({ page: id })
    expect((await refusal(ada.post('page:restore', { page: id }))).code).toBe('missing')
    expect(await w.running.db.log.read(id, 0)).toEqual([])
    expect((await w.running.db.log.clients(id)).size).toBe(0)
    await make('Burnt', 'anew')
    expect((await ada.post('page:read', { title: 'Burnt' })).content).toBe('anew')
  })

  test('after thirty days the trash is emptied by itself', async () => {
    await using other = await world({ limits: { trashDays: 0 } })
    const owner = await other.person('owner')
    const { id } = await owner.post('page:create', { title: 'Old', content: 'Old.' })
    await owner.post('page:create', { title: 'Kept', content: 'Kept.' })
    await owner.post('page:delete', { page: id })
    await new Promise(resolve => setTimeout(resolve, 2))
    await other.running.wiki.expiry.sweep()
    expect((await owner.post('trash:list', {})).deleted).toEqual([])
    expect((await owner.post('page:list', {})).total).toBe(1)
    expect(await other.running.db.log.read(id, 0)).toEqual([])
  })

  test('a deleted page stays deleted after a restart, and can still be restored', async () => {
    const { id } = await make('Over night', 'Still here.')
    await grace.post('page:edit', { page: id, edits: [{ append: 'Quite.' }] })
    await ada.post('page:delete', { page: id })
    await w.restart()
    expect(await codeOf(ada.post('page:read', { page: id }))).toBe('missing')
    await ada.post('page:restore', { page: id })
    expect((await ada.post('page:read', { page: id })).content).toBe('Still here.\n\nQuite.')
  })

  test('whatever is made, deleted, renamed and restored in whatever order, a simple model says what is there', {
    timeout: 60_000,
  }, async () => {
    let round = 0
    const step = fc.record({
      what: fc.constantFrom('make', 'delete', 'deleteBelow', 'restore', 'rename'),
      to: fc.nat(3),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 20 }), async steps => {
        round++
        const names = ['A', 'A/b', 'A/b/C', 'D'].map(name => `Trash model ${round}/${name}`)
        const titles = new Map<number, string>()
        const gone = new Map<number, { title: string; root: number }>()
        const at = (title: string) => [...titles].find(([, each]) => titleKey(each) === titleKey(title))?.[0]
        for (const { what, to } of steps) {
          const name = names[to]!
          const page = at(name)
          if (what === 'make') {
            const asked = make(name, name)
            if (page === undefined) titles.set((await asked).id, name)
            else expect((await refusal(asked)).code).toBe('conflict')
          } else if (what === 'rename' && page !== undefined) {
            const wanted = names[(to + 1) % names.length]!
            const asked = ada.post('page:rename', { page, title: wanted })
            if (at(wanted) === undefined) {
              await asked
              titles.set(page, wanted)
            } else expect((await refusal(asked)).code).toBe('conflict')
          } else if (what === 'restore') {
            const [id, lost] = [...gone].at(to % Math.max(1, gone.size)) ?? []
            if (id === undefined || !lost) continue
            const asked = ada.post('page:restore', { page: id })
            if (at(lost.title) !== undefined) {
              expect((await refusal(asked)).code).toBe('conflict')
              continue
            }
            await asked
            for (const [each, { title, root }] of [[id, { ...lost, root: id }] as const, ...gone]) {
              if (root !== id || !gone.has(each)) continue
              if (at(title) !== undefined) gone.set(each, { title, root: each })
              else {
                gone.delete(each)
                titles.set(each, title)
              }
            }
            for (const [each, { title, root }] of gone) if (root === id) gone.set(each, { title, root: each })
          } else if (page !== undefined && what.startsWith('delete')) {
            await ada.post('page:delete', { page, below: what === 'delete' ? 'keep' : 'delete' })
            const root = titles.get(page)!
            for (const [each, title] of [...titles])
              if (each === page || (what === 'deleteBelow' && titleKey(title).startsWith(`${titleKey(root)}/`))) {
                titles.delete(each)
                gone.set(each, { title, root: page })
              }
          }
        }
        for (const [id, title] of titles) expect((await ada.post('page:read', { page: id })).title).toBe(title)
        const { deleted } = await ada.post('trash:list', { limit: 200 })
        const prefix = `Trash model ${round}/`
        const mine = deleted.filter(({ page }) => page.title.startsWith(prefix))
        expect(mine.map(({ page }) => page.id).sort()).toEqual([...gone.keys()].sort())
        for (const { page, root } of mine) expect([page.title, root]).toEqual(Object.values(gone.get(page.id)!))
      }),
      { numRuns: 30 },
    )
  })
})
