import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { PageDocument } from '../server/wiki/room-document.ts'
import { textOf } from '../shared/document.ts'
import { decode, disjoint, encode, fromBase64, merge, split, survey, toBase64 } from '../shared/update.ts'

const words = fc.oneof(fc.string({ minLength: 1, maxLength: 8 }), fc.constantFrom('👩‍🚀', 'é', '日本', '\n', '𝒳'))
const step = fc.record({ who: fc.nat(2), at: fc.nat(1000), remove: fc.nat(6), insert: words, sync: fc.boolean() })

/** Several people's documents after random edits of what was there `before`, and every update that one of them made. */
function play(
  steps: { who: number; at: number; remove: number; insert: string; sync: boolean }[],
  before: Uint8Array = Uint8Array.of(0, 0),
) {
  const docs = [0, 1, 2].map(() => new Y.Doc())
  for (const doc of docs) Y.applyUpdate(doc, before, 'remote')
  const own: Uint8Array[][] = [[], [], []]
  docs.forEach((doc, i) => {
    doc.on('update', (update, origin) => origin !== 'remote' && own[i]!.push(update))
  })
  for (const { who, at, remove, insert, sync } of steps) {
    const doc = docs[who]!
    const text = textOf(doc)
    const from = Math.min(at, text.length)
    doc.transact(() => {
      text.insert(from, insert.toWellFormed())
      if (remove > 0) text.delete(0, Math.min(remove, text.length))
    })
    if (sync)
      for (const other of docs)
        for (const d of docs)
          if (d !== other) Y.applyUpdate(d, Y.encodeStateAsUpdate(other, Y.encodeStateVector(d)), 'remote')
  }
  for (const other of docs)
    for (const d of docs) if (d !== other) Y.applyUpdate(d, Y.encodeStateAsUpdate(other), 'remote')
  return { docs, own }
}

/** The same updates in an order in which each finds what it stands on. */
function decodable(updates: Uint8Array[], from: Y.Doc): Uint8Array[] {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(from))
  const ordered: Uint8Array[] = []
  for (let left = updates; left.length > 0; ) {
    const later: Uint8Array[] = []
    for (const update of left) {
      const trial = new Y.Doc()
      Y.applyUpdate(trial, Y.encodeStateAsUpdate(copy))
      Y.applyUpdate(trial, update)
      if (trial.store.pendingStructs || trial.store.pendingDs) later.push(update)
      else {
        Y.applyUpdate(copy, update)
        ordered.push(update)
      }
    }
    if (later.length === left.length) throw new Error('These updates stand on nothing.')
    left = later
  }
  return ordered
}

describe('updates', () => {
  test('taken apart and put together, an update means the same', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), steps => {
        const { docs } = play(steps)
        const copy = new Y.Doc()
        Y.applyUpdate(copy, encode(decode(Y.encodeStateAsUpdate(docs[0]!))))
        expect(textOf(copy).toString()).toBe(textOf(docs[0]!).toString())
        expect(copy.store.pendingStructs).toBeNull()
      }),
    )
  })

  test('an offline author’s many updates, merged and cut into small parts, give everyone the same text', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), fc.integer({ min: 6, max: 200 }), (steps, bytes) => {
        const { docs, own } = play(steps)
        const copy = new Y.Doc()
        // Clients in turn, as far as each fits: what one wrote may stand on what another did.
        const parts = own.flatMap(updates => (updates.length > 0 ? split(merge(updates), bytes) : []))
        for (let round = 0; round < 200 && copy.getText('text').toString() !== textOf(docs[0]!).toString(); round++)
          for (const part of parts) Y.applyUpdate(copy, part)
        expect(textOf(copy).toString()).toBe(textOf(docs[0]!).toString())
      }),
    )
  })

  test('a part never ends between the two halves of a character', () => {
    const doc = new Y.Doc()
    textOf(doc).insert(0, '👩‍🚀𝒳é'.repeat(400))
    const copy = new Y.Doc()
    for (const part of split(decode(Y.encodeStateAsUpdate(doc)), 64)) Y.applyUpdate(copy, part)
    expect(textOf(copy).toString()).toBe(textOf(doc).toString())
  })

  test('anything that is not an edit of a plain text is told apart', () => {
    const kinds: ((doc: Y.Doc) => void)[] = [
      doc => doc.getMap('text').set('a', 1),
      doc => doc.getArray('text').push([1]),
      doc => doc.getText('text').insert(0, 'x', { bold: true }),
      doc => doc.getText('text').insertEmbed(0, { image: 'x' }),
      doc => doc.getXmlFragment('text').insert(0, [new Y.XmlText('x')]),
    ]
    for (const make of kinds) {
      const doc = new Y.Doc()
      make(doc)
      expect(() => decode(Y.encodeStateAsUpdate(doc))).toThrow(/not an edit/)
    }
  })

  test('random bytes are refused with an error, never accepted by half nor looped over', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        try {
          const update = decode(bytes)
          expect(encode(decode(encode(update)))).toEqual(encode(update))
        } catch (error) {
          expect((error as Error).name).toBe('UpdateError')
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('overlapping deletions become disjoint ones of the same extent', () => {
    const range = fc.record({ client: fc.nat(2), clock: fc.nat(50), length: fc.integer({ min: 1, max: 20 }) })
    const cells = (ranges: { client: number; clock: number; length: number }[]) =>
      new Set(ranges.flatMap(r => Array.from({ length: r.length }, (_, i) => `${r.client}:${r.clock + i}`)))
    fc.assert(
      fc.property(fc.array(range, { maxLength: 30 }), ranges => {
        const result = disjoint(ranges)
        expect(cells(result)).toEqual(cells(ranges))
        expect(result.reduce((sum, r) => sum + r.length, 0)).toBe(cells(ranges).size)
      }),
    )
  })

  test('bytes survive the way through base64', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100_000 }), bytes => {
        expect(fromBase64(toBase64(bytes))).toEqual(bytes)
      }),
    )
  })
})

describe('a page’s document', () => {
  test('answers from its bytes as it does once somebody writes, whatever a copy has already', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 30 }), fc.nat(), fc.nat(), (steps, cut, behind) => {
        // What three people wrote, in the order in which one of them came to see it.
        const author = new Y.Doc()
        const updates: Uint8Array[] = []
        author.on('update', update => updates.push(update))
        for (const doc of play(steps).docs) Y.applyUpdate(author, Y.encodeStateAsUpdate(doc))
        for (const { at, remove, insert } of steps)
          author.transact(() => {
            const text = textOf(author)
            text.insert(Math.min(at, text.length), insert.toWellFormed())
            if (remove > 0) text.delete(0, Math.min(remove, text.length))
          })
        const folded = new Y.Doc()
        const at = cut % updates.length
        for (const update of updates.slice(0, at)) Y.applyUpdate(folded, update)
        const page = new PageDocument(Y.encodeStateAsUpdate(folded), textOf(folded).toString())
        page.apply(updates.slice(at))
        const copy = new Y.Doc()
        for (const update of updates.slice(0, behind % (updates.length + 1))) Y.applyUpdate(copy, update)
        const own = new Y.Doc()
        textOf(own).insert(0, 'mine')
        Y.applyUpdate(copy, Y.encodeStateAsUpdate(own))
        const vector = Y.encodeStateVector(copy)
        const check = (to: Y.Doc, given: Uint8Array | null) => {
          const { update, ahead } = page.lacking(given)
          expect(ahead).toEqual(given ? [own.clientID] : [])
          Y.applyUpdate(to, fromBase64(update))
          Y.applyUpdate(to, Y.encodeStateAsUpdate(own))
          const both = new Y.Doc()
          for (const doc of [author, own]) Y.applyUpdate(both, Y.encodeStateAsUpdate(doc))
          expect(textOf(to).toString()).toBe(textOf(both).toString())
        }
        const again = new Y.Doc()
        Y.applyUpdate(again, Y.encodeStateAsUpdate(copy))
        check(copy, vector)
        check(new Y.Doc(), null)
        expect(survey(page.state).clocks).toEqual(Y.decodeStateVector(Y.encodeStateVector(author)))
        expect(page.text).toBe(textOf(author).toString())
        expect(page.live.store.pendingStructs).toBeNull()
        check(again, vector)
        check(new Y.Doc(), null)
        expect(survey(page.state).clocks).toEqual(Y.decodeStateVector(Y.encodeStateVector(author)))
      }),
    )
  })

  test('that hundreds have written in is, byte for byte, what Yjs would make of the same edits', () => {
    const before = new Y.Doc()
    for (let i = 0; i < 150; i++) {
      const other = new Y.Doc()
      Y.applyUpdate(other, Y.encodeStateAsUpdate(before))
      textOf(other).insert((i * 7) % (i + 1), 'word ')
      Y.applyUpdate(before, Y.encodeStateAsUpdate(other))
    }
    const past = Y.encodeStateAsUpdate(before)
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        (steps, together) => {
          const { docs, own } = play(steps, past)
          const plain = new Y.Doc()
          Y.applyUpdate(plain, past)
          const page = new PageDocument(past, textOf(before).toString())
          expect(page.live.store.clients.size).toBe(150)
          // What one has written may stand on what another wrote: Yjs keeps back what comes too early, the room refuses it.
          const updates = decodable(own.flat(), plain)
          for (let i = 0; i < updates.length; i += together) {
            const flush = updates.slice(i, i + together)
            plain.transact(() => {
              for (const update of flush) Y.applyUpdate(plain, update)
            })
            page.apply(flush)
            expect(page.state).toEqual(Y.encodeStateAsUpdate(plain))
          }
          expect(page.text).toBe(textOf(docs[0]!).toString())
        },
      ),
      { numRuns: 20 },
    )
  })

  test('whose entries do not fit each other is refused each time it is asked for, and never half read', () => {
    const doc = new Y.Doc()
    textOf(doc).insert(0, 'First. ')
    const state = Y.encodeStateAsUpdate(doc)
    const before = Y.encodeStateVector(doc)
    textOf(doc).insert(7, 'Second. ')
    textOf(doc).insert(15, 'Third.')
    const all = decode(Y.encodeStateAsUpdate(doc, before)).runs
    const page = new PageDocument(state, 'First. ')
    // Nothing is lost between them but what the last one stands on.
    page.apply([encode({ runs: all.map(run => ({ ...run, clock: run.clock + 1 })), deletes: [] })])
    for (let i = 0; i < 2; i++) expect(() => page.live).toThrow('does not fit')
  })

  test('that cannot be read is refused at once, and never told to anybody', () => {
    const doc = new Y.Doc()
    textOf(doc).insert(0, 'A page 👩‍🚀 with a past')
    const state = Y.encodeStateAsUpdate(doc)
    for (let length = 0; length < state.length; length++)
      expect(() => new PageDocument(state.slice(0, length), '')).toThrow()
    expect(() => new PageDocument(Uint8Array.from([...state, 0]), '')).toThrow()
  })
})
