import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Happening } from '../shared/protocol.ts'
import { titleKey } from '../shared/titles.ts'
import { type Client, refusal } from './support/client.ts'
import { Replica } from './support/replica.ts'
import { type World, world } from './support/world.ts'

let w: World
let ada: Client
let grace: Client
let linus: Client

beforeAll(async () => {
  w = await world()
  ada = await w.person('ada')
  grace = await w.person('grace')
  linus = await w.person('linus')
  await grace.socket()
  await linus.socket()
})
afterAll(() => w.close())

const make = (title: string, content = '') => ada.post('page:create', { title, content })
const changesOf = async (page: number): Promise<Happening[]> => (await ada.post('change:list', { page })).changes
const told = ({ kind, user, added, removed }: Happening) => [kind, user.username, added, removed]

/** Everything that was accepted is in the page's row, and with it in its sessions. */
const rested = async (page: number) => (await w.running.wiki.rooms.get(page)).checkpoint()

describe('what happened', () => {
  test('edits are told per session: who, from which entry to which, how much came and went', async () => {
    const { id } = await make('Sessions', 'One.\n')
    const mika = await w.person('mika')
    const writer = await new Replica(mika, id).open()
    for (const word of ['Two. ', 'Three. ', 'Four. ']) {
      writer.text.insert(writer.text.length, word)
      await writer.settled()
    }
    writer.text.delete(0, 4)
    await writer.settled()
    await rested(id)
    await grace.post('page:edit', { page: id, edits: [{ replace: 'Three', with: 'Drei' }] })
    await rested(id)
    writer.text.insert(0, 'Null. ')
    await writer.settled()
    await rested(id)
    writer.close()
    const changes = await changesOf(id)
    expect(changes.map(told)).toEqual([
      ['edited', 'mika', 24, 4],
      ['edited', 'grace', 4, 5],
      ['created', 'ada', 5, 0],
    ])
    expect(changes.map(({ program }) => program)).toEqual([false, true, false])
    expect(changes[0]).toMatchObject({ firstSeq: 2, lastSeq: 7, title: 'Sessions', path: '/wiki/Sessions' })
    expect(changes[1]).toMatchObject({ firstSeq: 6, lastSeq: 6 })
  })

  test('deeds are told too, with what was before, and what is gone has no address', async () => {
    const { id } = await make('Deeds')
    await grace.post('page:rename', { page: id, title: 'Done/Deeds' })
    await ada.post('page:protect', { page: id, reason: '  Agreed in\nMay ' })
    await ada.post('page:protect', { page: id, reason: null })
    await grace.post('page:delete', { page: id })
    const gone = await changesOf(id)
    expect(gone.map(({ kind, detail, path }) => [kind, detail, path])).toEqual([
      ['deleted', null, null],
      ['unprotected', null, null],
      ['protected', 'Agreed in May', null],
      ['renamed', 'Deeds', null],
      ['created', null, null],
    ])
    await ada.post('page:restore', { page: id })
    expect((await changesOf(id))[0]).toMatchObject({ kind: 'restored', path: '/wiki/Done/Deeds' })
  })

  test('a note is kept with the session that it is about, and ends it', async () => {
    const { id } = await make('Noted', 'One.')
    await grace.post('page:edit', { page: id, edits: [{ append: 'Two.' }] })
    const heard = linus.next('change:noted')
    const { change } = await grace.post('change:note', { page: id, note: ' The second \n sentence ' })
    expect(change).toMatchObject({ kind: 'edited', note: 'The second sentence', user: { username: 'grace' } })
    expect((await heard).change).toEqual(change)
    await grace.post('page:edit', { page: id, edits: [{ append: 'Three.' }] })
    await rested(id)
    const changes = await changesOf(id)
    expect(changes.map(({ kind, note }) => [kind, note])).toEqual([
      ['edited', null],
      ['edited', 'The second sentence'],
      ['created', null],
    ])
    expect((await refusal(linus.post('change:note', { page: id, note: 'not mine' }))).code).toBe('missing')
  })

  test('the feed is filtered by person, by programs, by what stands under a title, and read page by page', async () => {
    const about = async (asked: Parameters<typeof ada.post<'change:list'>>[1]) =>
      (await ada.post('change:list', { limit: 200, ...asked })).changes
    const own = await linus.post('page:create', { title: 'Linus/Own', content: '[x]' })
    expect((await about({ user: linus.user!.id })).map(({ page }) => page)).toEqual([own.id])
    expect((await about({ under: 'linus' })).map(({ page }) => page)).toEqual([own.id])
    await grace.post('page:edit', { page: own.id, edits: [{ append: 'By a program.' }] })
    await rested(own.id)
    const deeds = async (by: 'programs' | 'people') =>
      (await about({ by, under: 'linus' })).map(({ kind, user, program }) => [kind, user.username, program])
    expect(await deeds('programs')).toEqual([['edited', 'grace', true]])
    expect(await deeds('people')).toEqual([['created', 'linus', false]])
    expect((await about({ by: 'programs' })).every(({ program }) => program)).toBe(true)
    expect((await about({ by: 'people' })).some(({ program }) => program)).toBe(false)
    const all = await about({})
    const paged: Happening[] = []
    let after: string | undefined
    do {
      const answer = await ada.post('change:list', { limit: 3, ...(after && { after }) })
      paged.push(...answer.changes)
      after = answer.next ?? undefined
    } while (after)
    expect(paged).toEqual(all)
    expect(paged.map(({ at }) => at)).toEqual([...paged.map(({ at }) => at)].sort().reverse())
    expect(await about({ since: new Date(Date.now() + 1_000).toISOString() })).toEqual([])
  })

  test('the feed is filtered by tag', async () => {
    const { id } = await make('Tagged', '---\ntags: [rye, sour dough]\n---\nBread.\n')
    await w.running.wiki.derivations.settled()
    const { changes } = await ada.post('change:list', { tag: '#Sour_Dough' })
    expect(changes.map(({ page }) => page)).toEqual([id])
  })

  test('what was written before a crash is told after it, once', async () => {
    const { id } = await make('Crashed', '')
    // On disk in the log, and folded by nobody.
    await w.running.db.log.append(id, 0, [
      {
        user: grace.user!.id,
        via: 'page:push',
        at: Date.now(),
        // “hi” by client 7, as Yjs writes it.
        bytes: Uint8Array.from([1, 1, 7, 0, 4, 1, 7, 99, 111, 110, 116, 101, 110, 116, 2, 104, 105, 0]),
        clients: [7],
        added: 2,
        removed: 0,
      },
    ])
    await w.restart()
    await rested(id)
    await w.restart()
    await rested(id)
    expect((await changesOf(id)).map(told)).toEqual([
      ['edited', 'grace', 2, 0],
      ['created', 'ada', 0, 0],
    ])
  })

  test('the feed is also Atom, for whoever may read', async () => {
    await make('Feed & “co” <b>', 'x').catch(() => {})
    await make('Feed & co', 'x')
    const response = await w.guest().fetch('/changes.atom?user=ada')
    expect(response.headers.get('Content-Type')).toBe('application/atom+xml; charset=utf-8')
    const xml = await response.text()
    expect(xml).toContain('<title>Feed &amp; co: ada wrote this page</title>')
    expect(xml).toContain(`href="${w.url}/wiki/Feed_%26_co"`)
    expect(xml.match(/<entry>/g)?.length).toBe(xml.match(/<\/entry>/g)?.length)
    await using closed = await world({ config: { publicRead: false } })
    const owner = await closed.person('owner')
    await owner.post('page:create', { title: 'Secret' })
    const refused = await closed.guest().fetch('/changes.atom')
    expect(refused.status).toBe(302)
    expect(await (await owner.fetch('/changes.atom')).text()).toContain('Secret')
  })

  test('everybody has a page of what they did and began; nobody who does not exist has one', async () => {
    const html = await (await w.guest().fetch('/people/linus')).text()
    expect(html).toContain('Own</a>')
    expect(html).toContain('one page begun')
    expect((await w.guest().fetch('/people/nobody')).status).toBe(404)
    expect(await linus.post('user:read', { username: 'LINUS' })).toMatchObject({
      user: { id: linus.user!.id },
      pages: 1,
    })
  })
})

describe('the order of the tree', () => {
  const level = async (under: string) =>
    (await linus.post('page:children', { under })).children.map(({ title }) => title.slice(under.length + 1))

  test('whoever is given a place stands there for everybody, keeps it through a rename and the trash, and leaves it by a move', async () => {
    for (const name of ['A', 'B', 'C', 'D']) await make(`Order/${name}`)
    const heard = linus.next('tree:ordered')
    await grace.post('tree:place', { title: 'Order/C', before: 'Order/A' })
    expect(await heard).toEqual({ under: 'Order', keys: ['c'] })
    expect(await level('Order')).toEqual(['C', 'A', 'B', 'D'])
    await grace.post('tree:place', { title: 'Order/A', before: null })
    expect(await level('Order')).toEqual(['C', 'B', 'D', 'A'])
    const { id } = await ada.post('page:read', { title: 'Order/C' })
    await ada.post('page:rename', { page: id, title: 'Order/Z' })
    expect(await level('Order')).toEqual(['Z', 'B', 'D', 'A'])
    await make('Order/0')
    expect(await level('Order')).toEqual(['Z', 'B', 'D', 'A', '0'])
    await ada.post('page:delete', { page: id })
    expect(await level('Order')).toEqual(['B', 'D', 'A', '0'])
    // Others are put in order meanwhile.
    await grace.post('tree:place', { title: 'Order/A', before: 'Order/B' })
    const again = linus.next('tree:ordered')
    await grace.post('page:restore', { page: id })
    expect(await again).toEqual({ under: 'Order', keys: ['z', 'a', 'b', 'd'] })
    expect(await level('Order')).toEqual(['Z', 'A', 'B', 'D', '0'])
    await ada.post('page:rename', { page: id, title: 'Elsewhere/Z' })
    expect(await level('Order')).toEqual(['A', 'B', 'D', '0'])
  })

  test('what is not there, or stands elsewhere, is refused', async () => {
    await make('Order two/A')
    const missing = await refusal(grace.post('tree:place', { title: 'Order two/A', before: 'Order two/Nobody' }))
    expect(missing.code).toBe('missing')
    const elsewhere = await refusal(grace.post('tree:place', { title: 'Order two/A', before: 'Order/B' }))
    expect(elsewhere).toMatchObject({ code: 'invalid', details: { field: 'before' } })
  })

  test('whatever is moved, made, renamed and deleted, the order is what a list of one’s own says', {
    timeout: 60_000,
  }, async () => {
    let round = 0
    const step = fc.record({
      what: fc.constantFrom('place', 'place', 'place', 'rename'),
      one: fc.nat(5),
      two: fc.nat(6),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 15 }), async steps => {
        const under = `Order model ${++round}`
        const names = ['a', 'b', 'c', 'd', 'e', 'f']
        const ids = new Map<string, number>()
        for (const name of names) ids.set(name, (await make(`${under}/${name}`)).id)
        const placed: string[] = []
        const shown = () => [...placed, ...[...ids.keys()].filter(name => !placed.includes(name)).sort()]
        for (const { what, one, two } of steps) {
          const all = shown()
          const name = all[one]!
          if (what === 'rename') {
            const next = `${name}${two}`
            if (ids.has(next)) continue
            await ada.post('page:rename', { page: ids.get(name)!, title: `${under}/${next}` })
            ids.set(next, ids.get(name)!)
            ids.delete(name)
            if (placed.includes(name)) placed.splice(placed.indexOf(name), 1, next)
            continue
          }
          const before = all[two] ?? null
          await ada.post('tree:place', {
            title: `${under}/${name}`,
            before: before === null ? null : `${under}/${before}`,
          })
          if (before === name) continue
          const next = all.filter(each => each !== name)
          next.splice(before === null ? next.length : next.indexOf(before), 0, name)
          const last = next.findLastIndex(each => each === name || placed.includes(each))
          placed.splice(0, placed.length, ...next.slice(0, last + 1))
        }
        expect((await level(under)).map(titleKey)).toEqual(shown())
      }),
      { numRuns: 20 },
    )
  })
})

describe('at hand', () => {
  test('stars are one’s own, and told to all one’s tabs', async () => {
    const { id } = await make('Starred')
    const heard = grace.next('page:starred')
    await grace.post('page:star', { page: id, on: true })
    expect(await heard).toMatchObject({ on: true, page: { id } })
    await grace.post('page:star', { page: id, on: true })
    expect((await grace.post('page:shelf', {})).starred.map(page => page.id)).toEqual([id])
    expect((await linus.post('page:shelf', {})).starred).toEqual([])
    await ada.post('page:delete', { page: id })
    expect((await grace.post('page:shelf', {})).starred).toEqual([])
    await ada.post('page:restore', { page: id })
    expect((await grace.post('page:shelf', {})).starred.map(page => page.id)).toEqual([id])
    await grace.post('page:star', { page: id, on: false })
    expect((await grace.post('page:shelf', {})).starred).toEqual([])
  })

  test('a copy has the text and a title of its own', async () => {
    const { id } = await make('Duplicated/Page', 'Twice.')
    const titles = []
    for (let i = 0; i < 3; i++) titles.push((await grace.post('page:duplicate', { page: id })).title)
    expect(titles).toEqual(['Duplicated/Page (copy)', 'Duplicated/Page (copy 2)', 'Duplicated/Page (copy 3)'])
    const copy = await ada.post('page:read', { title: titles[2]! })
    expect([copy.content, copy.author.username]).toEqual(['Twice.', 'grace'])
    const long = await make(`${'x'.repeat(99)}é`)
    expect((await grace.post('page:duplicate', { page: long.id })).title).toHaveLength(100)
  })
})
