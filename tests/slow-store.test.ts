// A database that takes its time, while people come, go, write and come back.

import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Log } from '../server/db/log.ts'
import type { Client } from './support/client.ts'
import { Random } from './support/random.ts'
import { Replica } from './support/replica.ts'
import { world } from './support/world.ts'

const long = import.meta.env.MODE === 'long'

test('leaving and coming back while the store takes its time loses nothing, and never makes a second room of a page', {
  timeout: 900_000,
}, async () => {
  // Rooms are forgotten as soon as they are empty and at rest, so that nearly every return meets one on its way out.
  await using w = await world({ limits: { roomIdle: 0.03, connectionsPerUser: 200 } })
  const random = new Random(20_261_128)
  const people = await Promise.all(['ada', 'grace', 'linus'].map(name => w.person(name)))
  const counts = { acts: 0, opened: 0, loads: 0, appends: 0, folds: 0, refused: 0 }
  const longest = long ? 500 : 60
  const { log } = w.running.db
  const loading = new Map<number, number>()
  // Each page's writers, in the order in which they were let in: a second room would write behind the first one's back.
  const delayed = <N extends 'load' | 'read' | 'clients' | 'append' | 'checkpoint'>(name: N): Log[N] => {
    const real = log[name].bind(log) as (...given: unknown[]) => Promise<unknown>
    return (async (page: number, ...more: unknown[]) => {
      await wait(random.next() ** 3 * longest)
      if (name === 'load') {
        counts.loads++
        loading.set(page, (loading.get(page) ?? 0) + 1)
        expect(loading.get(page), 'one room of a page is loaded at a time').toBe(1)
      }
      const answer = await real(page, ...more)
      await wait(random.next() ** 3 * longest)
      if (name === 'load') loading.set(page, loading.get(page)! - 1)
      if (name === 'checkpoint') counts.folds++
      if (name === 'append') {
        counts.appends++
        // Only another room could have written there first.
        if (answer === false) counts.refused++
      }
      return answer
    }) as never
  }
  Object.assign(
    log,
    Object.fromEntries(
      (['load', 'read', 'clients', 'append', 'checkpoint'] as const).map(name => [name, delayed(name)]),
    ),
  )

  const pages = await Promise.all(
    Array.from({ length: long ? 60 : 20 }, (_, n) =>
      people[0]!.post('page:create', { title: `Slow ${n}`, content: 'Begin.\n' }),
    ),
  )
  const kept = new Map<number, string[]>(pages.map(({ id }) => [id, []]))
  let token = 0
  const visit = async (client: Client, page: number) => {
    const replica = await new Replica(client.at(w.url), page).open()
    counts.opened++
    const written: string[] = []
    const acts = 1 + random.below(4)
    for (let i = 0; i < acts; i++) {
      counts.acts++
      const word = `⟦${token++}⟧`
      written.push(word)
      replica.text.insert(0, word)
      if (random.chance(0.3)) await wait(random.below(20))
    }
    // Some wait for the answer, others leave while it is under way: then nothing is promised but that it is there whole.
    if (random.chance(0.7)) {
      await replica.settled()
      kept.get(page)!.push(...written)
    }
    replica.close()
  }
  const rounds = long ? 80 : 6
  await Promise.all(
    pages.map(async ({ id }) => {
      for (let i = 0; i < rounds; i++) {
        await Promise.all(people.slice(random.below(3)).map(client => visit(client, id)))
        // A room folds after 750 ms, and goes: about then somebody comes back.
        await wait(500 + random.below(longest * 4 + 800))
      }
    }),
  )
  for (const { id } of pages) {
    const last = await new Replica(people[0]!.at(w.url), id).open()
    const text = last.text.toString()
    for (const word of kept.get(id)!) expect(text.split(word).length, word).toBe(2)
    expect((await people[1]!.post('page:read', { page: id })).content).toBe(text)
    last.close()
  }
  console.log(`a slow store: ${JSON.stringify(counts)}, ${[...kept.values()].flat().length} acknowledged and kept`)
  expect(counts.refused).toBe(0)
  // Rooms did go, and come back.
  expect(counts.loads).toBeGreaterThan(pages.length * 2)
})
