import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { textOf } from '../shared/document.ts'
import { decode, encode, merge, type Run, split, toBase64 } from '../shared/update.ts'
import { type Client, refusal } from './support/client.ts'
import { Replica } from './support/replica.ts'
import { type World, world } from './support/world.ts'

let w: World
let ada: Client
let mallory: Client

beforeAll(async () => {
  w = await world()
  ada = await w.person('ada')
  mallory = await w.person('mallory')
})
afterAll(() => w.close())

let count = 0
async function together() {
  const page = await ada.post('page:create', { title: `Signed ${++count}`, content: 'First words.\n' })
  const [a, m] = await Promise.all([new Replica(ada, page.id).open(), new Replica(mallory, page.id).open()])
  a.text.insert(0, 'Ada was here. ')
  await a.settled()
  await m.until(() => m.text.toString().startsWith('Ada'))
  const push = (update: Uint8Array, by = mallory) =>
    by.ask('page:push', { page: page.id, epoch: a.epoch, update: toBase64(update) })
  const read = async () => (await ada.post('page:read', { page: page.id })).content
  /** A document that goes on from the page's text under any client id. */
  const pose = (client: number) => {
    const doc = new Y.Doc()
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(m.doc))
    doc.clientID = client
    return doc
  }
  /** What a document's next edit sends. */
  const next = (doc: Y.Doc, change: (text: Y.Text) => void) => {
    const before = Y.encodeStateVector(doc)
    change(textOf(doc))
    return Y.encodeStateAsUpdate(doc, before)
  }
  return { page, a, m, push, read, pose, next }
}

describe('nobody writes as somebody else', () => {
  test('text under another person’s client id is refused, whatever its shape', async () => {
    const { a, push, read, pose, next } = await together()
    const before = await read()
    const doc = pose(a.doc.clientID)
    const forged = next(doc, text => text.insert(3, ' and says something else'))
    const error = await refusal(push(forged))
    expect(error.code).toBe('forbidden')
    expect(error.details.reason).toBe('foreign-client')
    expect(await read()).toBe(before)
  })

  test('two people who begin under one client id in the same moment: one owns it, the other is refused', async () => {
    const { push, read, pose, next } = await together()
    const client = 4_242_424
    const one = next(pose(client), text => text.insert(0, 'one '))
    const two = next(pose(client), text => text.insert(0, 'two '))
    const results = await Promise.allSettled([push(one, ada), push(two, mallory)])
    expect(results.map(result => result.status).sort()).toEqual(['fulfilled', 'rejected'])
    const text = await read()
    expect(Number(text.includes('one ')) + Number(text.includes('two '))).toBe(1)
  })

  test('one’s own text may be sent again from any tab; the same id with other words is refused', async () => {
    const { a, page, push, read } = await together()
    const before = await read()
    const all = Y.encodeStateAsUpdate(a.doc)
    const { seq } = await ada.post('page:read', { page: page.id })
    expect((await push(all, ada)).seq).toBe(seq)
    expect((await push(all, mallory)).seq).toBe(seq)
    const liar = new Y.Doc()
    liar.clientID = a.doc.clientID
    textOf(liar).insert(0, 'Eve was here. ')
    expect((await refusal(push(Y.encodeStateAsUpdate(liar), ada))).details.reason).toBe('id-reuse')
    expect(await read()).toBe(before)
  })

  test('edits with holes, edits on text that is not there and edits of anything but the text are refused', async () => {
    const { push, read, pose, next } = await together()
    const before = await read()
    const doc = pose(77_777)
    next(doc, text => text.insert(0, 'kept back '))
    const hole = next(doc, text => text.insert(5, 'behind it'))
    expect((await refusal(push(hole))).details.reason).toBe('gap')
    const ghost = pose(88_888)
    const stranger = new Y.Doc()
    textOf(stranger).insert(0, 'text nobody has')
    Y.applyUpdate(ghost, Y.encodeStateAsUpdate(stranger))
    const at = textOf(ghost).toString().indexOf('nobody')
    const dangling = next(ghost, text => text.insert(at, 'x'))
    expect((await refusal(push(dangling))).details.reason).toBe('dangling')
    const other = new Y.Doc()
    other.getMap('secrets').set('a', 1)
    expect((await refusal(push(Y.encodeStateAsUpdate(other)))).details.reason).toBe('content-kind')
    const root = new Y.Doc()
    root.getText('elsewhere').insert(0, 'hidden')
    expect((await refusal(push(Y.encodeStateAsUpdate(root)))).details.reason).toBe('bad-parent')
    expect((await refusal(push(new Uint8Array([1, 200])))).details.reason).toBe('malformed')
    expect(await read()).toBe(before)
  })

  test('of ten thousand forged updates none is accepted', { timeout: 120_000 }, async () => {
    const { a, push, read, pose, next } = await together()
    const before = await read()
    const own = Y.encodeStateAsUpdate(a.doc)
    let accepted = 0
    let seed = 1
    const random = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n
    const batch: Promise<void>[] = []
    for (let i = 0; i < 10_000; i++) {
      let forged: Uint8Array
      if (i % 2 === 0) forged = next(pose(a.doc.clientID), text => text.insert(random(text.length), `forged ${i}`))
      else {
        forged = own.slice()
        for (let flips = 1 + random(4); flips > 0; flips--) forged[random(forged.length)]! ^= 1 << random(8)
      }
      batch.push(
        push(forged).then(
          () => {},
          () => {},
        ),
      )
      if (batch.length === 200) await Promise.all(batch.splice(0))
    }
    await Promise.all(batch)
    const db = w.running.db
    const owners = await db.log.clients(a.page)
    expect(owners.get(a.doc.clientID)).toBe(ada.user!.id)
    // Whatever got through by accident of its bits is the forger's own: nothing of it stands under another's name.
    for (const entry of await db.log.read(a.page, 0)) {
      if (entry.user !== mallory.user!.id) continue
      accepted += decode(entry.bytes).runs.filter(run => owners.get(run.client) !== mallory.user!.id).length
    }
    expect(accepted).toBe(0)
    expect(await read()).toContain(before.slice(0, 8))
  })

  test('fifty thousand overlapping deletions cost the server no more than the text is long', async () => {
    const { a, m, push } = await together()
    a.text.insert(0, 'abc '.repeat(2_000))
    await a.settled()
    const deletes = Array.from({ length: 50_000 }, (_, i) => ({
      client: a.doc.clientID,
      clock: i % 8_000,
      length: 8_014 - (i % 8_000),
    }))
    await push(encode({ runs: [], deletes }))
    await m.until(() => m.text.length < 100)
  })

  test('an edit that is spread over a page of many pieces cannot hold up everyone else', {
    timeout: 60_000,
  }, async () => {
    const { a, m, push, pose, next } = await together()
    for (let i = 0; i < 40_000; i++) a.text.insert(0, 'x')
    const all = merge([Y.encodeStateAsUpdate(a.doc)])
    a.outbox.length = 0
    for (const part of split(all, 64 * 1024)) await push(part, ada)
    await m.until(() => m.text.length > 40_000)
    const ids = Array.from({ length: 1_000 }, (_, i) => ({ client: a.doc.clientID, clock: 14 + i * 40 }))
    const wide = (client: number, place: (i: number) => Partial<Run>) =>
      encode({
        runs: Array.from({ length: 1_000 }, (_, i) => ({
          client,
          clock: i,
          length: 1,
          origin: null,
          right: null,
          parent: 'text',
          content: 'm',
          ...place(i),
        })),
        deletes: [],
      })
    const began = performance.now()
    const refused = await Promise.all([
      refusal(push(wide(3, () => ({})))),
      refusal(push(wide(5, i => ({ right: ids[i]!, parent: null })))),
      // A long row first, and then a thousand that would have to pass it.
      refusal(
        push(
          wide(7, i =>
            i < 500
              ? { origin: i === 0 ? ids[999]! : { client: 7, clock: i - 1 }, parent: null }
              : { origin: ids[999]!, right: ids[i - 500]!, parent: null },
          ),
        ),
      ),
    ])
    expect(refused.map(error => error.details.reason)).toEqual(['too-dear', 'too-dear', 'too-dear'])
    expect(performance.now() - began).toBeLessThan(1_500)
    await push(next(pose(9), text => text.insert(20_000, 'an honest word')))
    await m.until(() => m.text.toString().includes('honest'))
  })

  test('hours of work without a network are taken, while others have rewritten the same page', {
    timeout: 60_000,
  }, async () => {
    const { push, read, pose, next } = await together()
    let seed = 7
    const random = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n
    const edit = (text: Y.Text, times: number) => {
      let at = 0
      for (let i = 0; i < times; i++) {
        if (i % 12 === 0) at = random(text.length + 1)
        at = Math.min(at, text.length)
        if (i % 7 === 3 && at > 2) {
          at -= 2
          text.delete(at, 2)
        } else {
          text.insert(at, 'ab ')
          at += random(4)
        }
      }
    }
    await push(next(pose(10_001), text => text.insert(5, 'Rye and spelt. '.repeat(400))))
    for (let i = 0; i < 3; i++) await push(next(pose(20_000 + i), text => edit(text, 1_200)))
    const alone = pose(500_000_000)
    const before = Y.encodeStateVector(alone)
    edit(textOf(alone), 3_600)
    const update = Y.encodeStateAsUpdate(alone, before)
    for (let i = 0; i < 3; i++) await push(next(pose(30_000 + i), text => edit(text, 1_200)))
    const took = performance.now()
    for (const part of split(merge([update]), 192 * 1024)) await push(part)
    expect(performance.now() - took).toBeLessThan(5_000)
    expect((await read()).length).toBeGreaterThan(10_000)
  })

  test('nobody cuts an emoji in two, and whoever has one that was cut may still send it again', async () => {
    const { a, m, push, read } = await together()
    a.text.insert(0, '🥐🥖')
    await a.settled()
    await m.until(() => m.text.toString().startsWith('🥐'))
    const first = decode(Y.encodeStateAsUpdate(a.doc)).runs.find(run => run.content?.startsWith('🥐'))!
    const { client, clock } = first
    const cut = { client: 4_711, clock: 0, length: 1, parent: null, content: 'x' }
    const inside = { ...cut, origin: { client, clock }, right: { client, clock: clock + 1 } }
    expect((await refusal(push(encode({ runs: [inside], deletes: [] })))).details.reason).toBe('half-character')
    const half = [{ client, clock: clock + 1, length: 2 }]
    expect((await refusal(push(encode({ runs: [], deletes: half })))).details.reason).toBe('half-character')
    expect(await read()).toContain('🥐🥖')
    const cutHere = { ...first, content: '\ufffd\ufffd🥖', length: 4 }
    await push(encode({ runs: [cutHere], deletes: [] }), ada)
    expect(await read()).toContain('🥐🥖')
  })

  test('presence is stamped by the server: a name, picture or colour that a client sends is refused', async () => {
    const { page, m } = await together()
    const told = ada.next('page:pointed', ({ points }) => points.length > 0)
    await mallory.ask('page:point', { page: page.id, anchor: 'AAAA', head: 'AAAA' })
    const [point] = (await told).points
    expect(Object.keys(point!).sort()).toEqual(['anchor', 'head', 'presence'])
    const dressed = { page: page.id, anchor: null, head: null, person: { username: 'ada' } }
    expect((await refusal(mallory.ask('page:point', dressed as never))).code).toBe('invalid')
    m.close()
    const again = await w.guest().ask('page:open', { page: page.id })
    expect(again.people.map(({ presence }) => presence)).not.toContain(again.presence)
    expect(again.mayWrite).toBe(false)
  })
})
