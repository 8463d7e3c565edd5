import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { LIMITS } from '../server/config.ts'
import { Budget } from '../server/wiki/room-work.ts'
import { textOf } from '../shared/document.ts'
import { encode, merge, split, toBase64 } from '../shared/update.ts'
import { refusal } from './support/client.ts'
import { Replica } from './support/replica.ts'
import { world } from './support/world.ts'

// A tenth of what is shipped, for a minute, so that a slow machine meets it as well.
const RATE = { points: LIMITS.rates.work.points / 10, seconds: 60 }

describe('what one person’s edits may cost', () => {
  test('whoever keeps the server too busy waits, nothing of theirs is taken twice, and everyone else is served', {
    timeout: 120_000,
  }, async () => {
    await using w = await world({ limits: { rates: { work: RATE } } })
    const [ada, mallory] = [await w.person('ada'), await w.person('mallory')]
    const page = await ada.post('page:create', { title: 'Dear', content: 'x' })
    const a = await new Replica(ada, page.id).open()
    const typed = new Y.Doc()
    Y.applyUpdate(typed, Y.encodeStateAsUpdate(a.doc))
    const before = Y.encodeStateVector(typed)
    for (let i = 0; i < 20_000; i++) textOf(typed).insert(0, 'x')
    for (const part of split(merge([Y.encodeStateAsUpdate(typed, before)]), 64 * 1024))
      await ada.ask('page:push', { page: page.id, epoch: a.epoch, update: toBase64(part) })
    // Each passes the whole page: a client id beyond all others, at its beginning, before its end.
    const origin = null
    const right = { client: [...a.doc.store.clients.keys()].find(id => id !== typed.clientID)!, clock: 0 }
    const wide = (clock: number) =>
      encode({
        runs: [{ client: 4_294_967_290, clock, length: 1, origin, right, parent: null, content: 'm' }],
        deletes: [],
      })
    const push = (clock: number) =>
      mallory.ask('page:push', { page: page.id, epoch: a.epoch, update: toBase64(wide(clock)) })
    let taken = 0
    let refused = null
    while (!refused && taken < 200)
      await push(taken).then(
        () => taken++,
        error => {
          refused = error
        },
      )
    expect(refused).toMatchObject({ code: 'busy', details: { retryAfter: expect.any(Number) } })
    expect(taken).toBeGreaterThan(5)
    const again = await refusal(mallory.ask('page:open', { page: page.id, vector: 'AA==' }))
    expect(again.code).toBe('busy')
    a.text.insert(0, 'Served. ')
    await a.settled()
    const { content } = await ada.post('page:read', { page: page.id })
    expect(content.startsWith('Served. ')).toBe(true)
    expect(content.split('m').length - 1).toBe(taken)
    a.close()
  })

  test('a debt drains by itself, at the same pace, whatever the clock on the wall does', () => {
    let now = 0
    const budget = new Budget({ points: 100, seconds: 10 }, () => now)
    budget.spend('u1', 250)
    const wait = () => {
      try {
        budget.mayGoOn('u1')
        return 0
      } catch (error) {
        return (error as { details: { retryAfter: number } }).details.retryAfter
      }
    }
    expect(wait()).toBe(16)
    expect(() => budget.mayGoOn('u2')).not.toThrow()
    now = 15_000
    expect(wait()).toBe(1)
    now = 15_200
    expect(wait()).toBe(0)
    budget.spend('u1', 3)
    expect(wait()).toBe(1)
  })

  test('an hour of scattered work without a network stays within what is given', () => {
    // 3,600 edits at places where others have left up to a thousand pieces each would be 3.6 million steps.
    expect(LIMITS.rates.work.points).toBeGreaterThan(3_600 * 1_000)
  })
})
