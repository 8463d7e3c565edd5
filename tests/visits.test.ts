import fc from 'fast-check'
import { io } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Attended, Payload } from '../shared/protocol.ts'
import { type Client, refusal } from './support/client.ts'
import { Replica } from './support/replica.ts'
import { type World, world } from './support/world.ts'

let w: World
let ada: Client
let grace: Client
let linus: Client
const replicas: Replica[] = []

beforeAll(async () => {
  w = await world()
  ada = await w.person('ada')
  grace = await w.person('grace')
  linus = await w.person('linus')
})
afterAll(async () => {
  for (const replica of replicas) replica.close()
  await w.close()
})

const make = (title: string, content: string) => ada.post('page:create', { title, content })
const read = async (page: number) => (await ada.post('page:read', { page })).content
const idOf = (client: Client) => client.user!.id

describe('what is news to somebody', () => {
  test('is what others changed since the page was last on their screen, line by line, with who did it', async () => {
    const { id, seq } = await make('News', 'One.\n\nTwo.\n\nThree.\n')
    expect(await grace.post('page:visit', { page: id, seq })).toEqual({ since: null, at: null })
    await ada.post('page:edit', { page: id, edits: [{ replace: 'Two.', with: 'Two and a half.' }] })
    const { seq: last } = await linus.post('page:edit', { page: id, edits: [{ append: '\nFour.\n\nFive.\n' }] })
    const { since } = await grace.post('page:visit', { page: id, seq: last })
    expect(since).toBe(seq)
    const news = await grace.post('page:changesSince', { page: id, seq: since! })
    expect(news.seq).toBe(last)
    expect(news.changes).toEqual([
      { from: 3, to: 3, user: idOf(ada) },
      { from: 7, to: 9, user: idOf(linus) },
    ])
    expect(news.people.map(({ username }) => username).sort()).toEqual(['ada', 'linus'])
  })

  test('stays news over a reload, until it is settled or something newer has come', async () => {
    const { id, seq } = await make('Reloads', 'One.\n')
    await grace.post('page:visit', { page: id, seq })
    const second = await ada.post('page:edit', { page: id, edits: [{ append: 'Two.\n' }] })
    const arrive = async (at: number) => (await grace.post('page:visit', { page: id, seq: at })).since
    expect(await arrive(second.seq)).toBe(seq)
    expect(await arrive(second.seq)).toBe(seq)
    await w.restart()
    expect(await arrive(second.seq)).toBe(seq)
    await grace.post('page:look', { page: id, seq: second.seq, settled: true })
    expect(await arrive(second.seq)).toBe(second.seq)
    const third = await ada.post('page:edit', { page: id, edits: [{ append: 'Three.\n' }] })
    expect(await arrive(third.seq)).toBe(second.seq)
  })

  test('says where something was taken away, and nothing of what came and went', async () => {
    const { id, seq } = await make('Taken', 'Keep.\n\nDrop this word here.\n\nKeep too.\n')
    await ada.post('page:edit', { page: id, edits: [{ append: 'A passing thought.' }] })
    await ada.post('page:edit', { page: id, edits: [{ replace: 'A passing thought.', with: '' }] })
    expect((await ada.post('page:changesSince', { page: id, seq })).changes).toEqual([])
    await linus.post('page:edit', { page: id, edits: [{ replace: ' this word', with: '' }] })
    const { changes } = await ada.post('page:changesSince', { page: id, seq })
    expect(changes).toEqual([{ from: 3, to: 3, user: idOf(linus) }])
  })

  test('whatever is written by whom, each line that is new names its writer, and nothing else is named', async () => {
    const writers = [ada, grace, linus]
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ who: fc.nat(2), at: fc.nat(), words: fc.stringMatching(/^[a-z]{1,6}( [a-z]{1,6})?$/) }), {
          minLength: 1,
          maxLength: 6,
        }),
        async edits => {
          const lines = Array.from({ length: 8 }, (_, i) => `Line ${i}.`)
          const { id, seq } = await make(`Property ${Math.random()}`, lines.join('\n'))
          let model = lines.map(text => ({ text, who: null as number | null }))
          for (const { who, at, words } of edits) {
            const place = at % model.length
            const text = `${words} ${Math.random().toString(36).slice(2)}`
            const { text: before } = model[place]!
            await writers[who]!.post('page:edit', {
              page: id,
              edits: [{ replace: before, with: `${before}\n${text}` }],
            })
            model = model.toSpliced(place + 1, 0, { text, who: idOf(writers[who]!) })
          }
          expect(await read(id)).toBe(model.map(({ text }) => text).join('\n'))
          const { changes } = await ada.post('page:changesSince', { page: id, seq })
          const named = model.map((_, i) => changes.find(({ from, to }) => from <= i + 1 && i + 1 <= to)?.user ?? null)
          expect(named).toEqual(model.map(({ who }) => who))
        },
      ),
      { numRuns: 15 },
    )
  })

  test('is known of every page that somebody has seen, and not of what they wrote themselves', async () => {
    const mine = await make('Mine', 'One.')
    const other = await make('Other', 'One.')
    for (const { id, seq } of [mine, other]) await linus.post('page:visit', { page: id, seq })
    await linus.post('page:edit', { page: mine.id, edits: [{ append: ' Two.' }] })
    const folded = linus.next('page:updated', ({ page }) => page.id === other.id)
    await linus.socket()
    await ada.post('page:edit', { page: other.id, edits: [{ append: ' Two.' }] })
    await folded
    const { visits } = await linus.post('page:visits', {})
    expect(visits.filter(({ page }) => page === mine.id || page === other.id)).toEqual(
      expect.arrayContaining([
        { page: mine.id, title: 'Mine', news: false },
        { page: other.id, title: 'Other', news: true },
      ]),
    )
  })

  test('a page that is not there can be neither visited nor asked about', async () => {
    expect((await refusal(ada.post('page:visit', { page: 99_999, seq: 0 }))).code).toBe('missing')
    expect((await refusal(ada.post('page:look', { page: 99_999 }))).code).toBe('missing')
    expect((await refusal(ada.post('page:changesSince', { page: 99_999, seq: 0 }))).code).toBe('missing')
  })
})

describe('who is where', () => {
  const told = (client: Client, fits: (page: Attended) => boolean) =>
    client
      .next('page:presence', ({ pages }: Payload<'page:presence'>) => pages.some(fits))
      .then(({ pages }) => pages.find(fits)!)
  const names = ({ people }: Attended) => people.map(({ person, writing }) => `${person.username} ${writing}`)

  test('is told to every reader: who looks at a page, who writes in it, and when they are gone', async () => {
    const guest = w.guest()
    const { id, seq, path } = await make('Presence', 'Here.')
    await Promise.all([guest.socket(), ada.socket()])
    const came = told(guest, page => page.page === id)
    await grace.ask('page:visit', { page: id, seq })
    expect(names(await came)).toEqual(['grace false'])
    const writes = told(guest, page => page.page === id && page.people.some(({ writing }) => writing))
    const replica = await new Replica(linus, id).open()
    replicas.push(replica)
    await linus.ask('page:point', { page: id, anchor: 'AAA=', head: 'AAA=' })
    expect(names(await writes)).toEqual(['linus true', 'grace false'])
    const late = io(w.url, { transports: ['websocket'], extraHeaders: { Origin: w.url } })
    const first = await new Promise<Payload<'page:presence'>>(resolve => late.once('page:presence', resolve))
    late.disconnect()
    expect(first.all).toBe(true)
    expect(first.pages.find(({ page }) => page === id)?.path).toBe(path)
    const gone = told(guest, page => page.page === id && page.people.every(({ person }) => person.username !== 'grace'))
    grace.hangUp()
    await gone
  })

  test('whoever has their cursor in a page is said to have written only once they did, whatever programs write', async () => {
    const { id } = await make('By hand', 'Here.')
    await ada.socket()
    const replica = await new Replica(linus, id).open()
    replicas.push(replica)
    const heard: boolean[] = []
    const socket = await ada.socket()
    socket.on('page:presence', ({ pages }) => {
      for (const { page, people } of pages)
        if (page === id)
          heard.push(...people.flatMap(({ person, wrote }) => (person.username === 'linus' ? wrote : [])))
    })
    const writes = told(ada, page => page.page === id && page.people.some(({ writing }) => writing))
    await linus.ask('page:point', { page: id, anchor: 'AAA=', head: 'AAA=' })
    await writes
    await linus.post('page:edit', { page: id, edits: [{ append: '\nBy a program, in his name.' }] })
    const wrote = told(ada, page => page.page === id && page.people.some(({ wrote }) => wrote))
    replica.text.insert(0, 'By hand: ')
    await wrote
    expect(heard).toEqual([false, true])
  })

  test('whoever writes is told with the heading that their cursor stands under', async () => {
    const { id, seq } = await make(
      'Headings',
      'Top.\n\n# One *more*\n\n~~~\n# no heading\n~~~\nhere\n\n## Two ##\n\nthere',
    )
    await ada.socket()
    const replica = await new Replica(linus, id).open()
    replicas.push(replica)
    const section = (wanted: string | null) =>
      told(ada, page => page.page === id && page.people.some(one => one.writing && one.section === wanted))
    const begins = section(null)
    await linus.ask('page:visit', { page: id, seq })
    await linus.ask('page:look', { page: id, line: 1 })
    await linus.ask('page:point', { page: id, anchor: 'AAA=', head: 'AAA=' })
    await begins
    for (const [line, heading] of [
      [8, 'One more'],
      [12, 'Two'],
      [2, null],
      [10, 'Two'],
    ] as const) {
      const hears = section(heading)
      await linus.ask('page:look', { page: id, line })
      await hears
    }
  })

  test('never names guests, and a reload is no departure', async () => {
    const { id, seq } = await make('Quiet', 'Here.')
    const watching = await ada.socket()
    const heard: string[][] = []
    const hear = ({ pages }: Payload<'page:presence'>) => {
      const page = pages.find(({ page }) => page === id)
      if (page) heard.push(names(page))
    }
    watching.on('page:presence', hear)
    const guest = w.guest()
    await guest.ask('page:open', { page: id })
    await refusal(guest.ask('page:visit', { page: id, seq }))
    const came = told(ada, page => page.page === id)
    await grace.ask('page:visit', { page: id, seq })
    await came
    grace.hangUp()
    await grace.ask('page:visit', { page: id, seq })
    const gone = told(ada, page => page.page === id && page.people.length === 0)
    grace.hangUp()
    await gone
    watching.off('page:presence', hear)
    expect(heard).toEqual([['grace false'], []])
  })

  test('whoever follows somebody hears which page they are in, and where; nobody else does', async () => {
    const one = await make('Followed one', 'a\nb\nc')
    const two = await make('Followed two', 'a\nb\nc')
    const ears = await linus.socket()
    const heard: Payload<'user:looked'>[] = []
    ears.on('user:looked', payload => heard.push(payload))
    const hears = (fits: (payload: Payload<'user:looked'>) => boolean) => ada.next('user:looked', fits)
    await grace.ask('page:visit', { page: one.id, seq: one.seq })
    const atOnce = hears(({ page }) => page === one.id)
    await ada.ask('user:follow', { user: idOf(grace) })
    expect((await atOnce).path).toBe(one.path)
    const scrolled = hears(({ line }) => line === 3)
    await grace.ask('page:look', { page: one.id, line: 3 })
    await scrolled
    const moved = hears(({ page }) => page === two.id)
    await grace.ask('page:visit', { page: two.id, seq: two.seq })
    expect(await moved).toEqual({ user: idOf(grace), page: two.id, path: two.path, line: null })
    await ada.ask('user:follow', { user: null })
    const after = (await ada.socket()).listeners('user:looked').length
    expect(after).toBe(0)
    await linus.ask('user:me', {})
    expect(heard).toEqual([])
  })
})
