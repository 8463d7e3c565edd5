import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from './support/client.ts'
import { Replica } from './support/replica.ts'
import { type World, world } from './support/world.ts'

let w: World
let people: Client[]

beforeAll(async () => {
  w = await world()
  people = await Promise.all(['ada', 'grace', 'linus'].map(name => w.person(name)))
})
afterAll(() => w.close())

const insertion = fc.oneof(
  fc
    .string({ minLength: 1, maxLength: 12 })
    .map(text => text.toWellFormed().replaceAll('\r', ''))
    .filter(text => text !== ''),
  fc.constantFrom('👩‍🚀', 'é\n', '日本語', '𝒳', '\n\n## Heading\n\n'),
)
const action = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constant('type' as const), who: fc.nat(2), at: fc.nat(500), text: insertion }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('delete' as const),
      who: fc.nat(2),
      at: fc.nat(500),
      length: fc.integer({ min: 1, max: 20 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('bot' as const), text: insertion }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut' as const), who: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), who: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
)

describe('writing together', () => {
  test('whatever people type, delete, lose and restart, all end with the same text and nothing is lost or doubled', {
    timeout: import.meta.env.MODE === 'long' ? 1_800_000 : 240_000,
  }, async () => {
    let title = 0
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 50 }), async actions => {
        const page = await people[0]!.post('page:create', { title: `Together ${++title}`, content: 'Here we write.\n' })
        const replicas = await Promise.all(people.map(person => new Replica(person, page.id).open()))
        const tokens: string[] = []
        const bots: Promise<unknown>[] = []
        for (const [i, one] of actions.entries()) {
          if (one.do === 'type') {
            const { text } = replicas[one.who]!
            // Unique and never deleted, so that it must be there exactly once at the end.
            const token = `⟦${i}⟧`
            tokens.push(token)
            text.insert(outsideTokens(text.toString(), one.at), one.text)
            text.insert(text.length, token)
          } else if (one.do === 'delete') {
            const { text } = replicas[one.who]!
            const from = Math.min(one.at, text.length)
            const doomed = text.toString().slice(from, from + one.length)
            if (doomed.length > 0 && !/[⟦⟧\d\ud800-\udfff]/.test(doomed)) text.delete(from, doomed.length)
          } else if (one.do === 'bot') {
            const token = `⟦bot ${i}⟧`
            bots.push(
              people[1]!.post('page:edit', { page: page.id, edits: [{ append: `${one.text}${token}` }] }).then(
                () => tokens.push(token),
                () => {},
              ),
            )
          } else if (one.do === 'cut') (await people[one.who]!.socket()).io.engine?.close()
          else if (one.do === 'wait') await replicas[one.who]!.settled()
          else await w.restart()
        }
        await Promise.all(bots)
        await Promise.all(replicas.map(replica => replica.settled()))
        const { content, seq } = await people[2]!.post('page:read', { page: page.id })
        await Promise.all(replicas.map(replica => replica.until(() => replica.seq >= seq)))
        for (const replica of replicas) expect(replica.text.toString()).toBe(content)
        for (const token of tokens) expect(content.split(token).length, token).toBe(2)
        for (const replica of replicas) replica.close()
      }),
      { numRuns: import.meta.env.MODE === 'long' ? 200 : 25 },
    )
  })
})

/** The offset itself, or the end of the token or character that it would cut: editors never do. */
function outsideTokens(text: string, at: number): number {
  const from = Math.min(at, text.length)
  const close = text.indexOf('⟧', from)
  const open = text.indexOf('⟦', from)
  if (close >= 0 && (open < 0 || close < open)) return close + 1
  const unit = text.charCodeAt(from)
  return unit >= 0xdc00 && unit < 0xe000 ? from + 1 : from
}
