// A page's document: the bytes that lie on disk until somebody writes, a live document from then on.
// PageDocument (live · text · apply · state · lacking · destroy)

import * as Y from 'yjs'
import { textOf } from '../../shared/document.ts'
import { WikiError } from '../../shared/errors.ts'
import { decode, survey } from '../../shared/update.ts'

/** What a copy elsewhere lacks, in base64, and client ids of which it knows more than is here. */
export interface Lacking {
  update: string
  ahead: number[]
}

/** Answers kept until the next edit: a crowd comes with nothing or comes back with the same; each may be a whole page. */
const ANSWERS_MAX = 2

/** One page's document. Whoever only joins is answered from bytes: reading a long page's past takes its time. */
export class PageDocument {
  // What is not live: the checkpoint's state and the entries behind it.
  #parts: Uint8Array[]
  #content: string | null
  #live: Y.Doc | null = null
  #survey: ReturnType<typeof survey> | null
  readonly #answers = new Map<string, Lacking>()

  /**
   * A checkpoint's state, and the text that was written down with it.
   * @throws Error when the state cannot be read: nobody is to be told of it
   */
  constructor(state: Uint8Array, content: string) {
    this.#parts = [state]
    this.#content = content
    this.#survey = survey(state)
  }

  /** The document itself, read from its bytes when it is asked for first. */
  get live(): Y.Doc {
    if (!this.#live) {
      const doc = new Y.Doc()
      doc.store.clients = new Clients()
      this.#live = integrated(doc, this.#parts)
      this.#parts = []
      this.#content = this.#survey = null
    }
    return this.#live
  }

  get text(): string {
    return this.#content ?? textOf(this.live).toString()
  }

  /**
   * Takes updates that are on disk.
   * @throws Error when they do not fit what is here
   */
  apply(updates: Uint8Array[]): void {
    this.#answers.clear()
    if (this.#live) integrated(this.#live, updates)
    else {
      this.#parts.push(...updates)
      this.#content = this.#survey = null
    }
  }

  /** Everything, as one update. */
  get state(): Uint8Array {
    if (this.#live) return Y.encodeStateAsUpdate(this.#live)
    if (this.#parts.length > 1) this.#parts = [Y.mergeUpdates(this.#parts)]
    return this.#parts[0]!
  }

  /**
   * What a copy with this state vector lacks; everything for one that has none.
   * @throws WikiError `invalid` for a vector that cannot be read
   */
  lacking(vector: Uint8Array | null): Lacking {
    const key = vector ? base64(vector) : ''
    let answer = this.#answers.get(key)
    if (!answer) {
      answer = vector ? this.#beyond(vector) : { update: base64(this.state), ahead: [] }
      if (this.#answers.size >= ANSWERS_MAX) this.#answers.clear()
      this.#answers.set(key, answer)
    }
    return answer
  }

  #beyond(vector: Uint8Array): Lacking {
    const live = this.#live
    let clocks: Map<number, number>
    try {
      clocks = Y.decodeStateVector(vector)
    } catch {
      throw new WikiError('invalid', 'This state vector cannot be read.', { field: 'vector' })
    }
    const known = live ? null : (this.#survey ??= survey(this.state))
    const clockOf = (client: number) => (known ? (known.clocks.get(client) ?? 0) : Y.getState(live!.store, client))
    const ahead = [...clocks].filter(([client, clock]) => clock > clockOf(client)).map(([client]) => client)
    const update = live ? Y.encodeStateAsUpdate(live, vector) : this.#difference(vector, clocks, known!)
    return { update: base64(update), ahead: ahead.slice(0, 1_000) }
  }

  #difference(vector: Uint8Array, clocks: Map<number, number>, known: ReturnType<typeof survey>): Uint8Array {
    for (const [client, clock] of known.clocks)
      if ((clocks.get(client) ?? 0) < clock) return Y.diffUpdate(this.state, vector)
    // Whoever comes back with everything that was written may only lack what was deleted.
    return Buffer.concat([Uint8Array.of(0), this.state.subarray(known.deletes)])
  }

  destroy(): void {
    this.#live?.destroy()
  }
}

/** Client ids of a page's past from which on it pays to look at what an update names first. */
const MANY = 100

// Yjs walks through every client of a document before and after each transaction, to see whose clock has moved. A page
// that thousands of tabs have written in has thousands; only those that write in an update can move by it. Nothing may
// observe such a document: what Yjs tells of a change, it finds out from the clocks of all.
class Clients extends Map<number, (Y.GC | Y.Item)[]> {
  named: Set<number> | null = null

  override forEach(
    look: (structs: (Y.GC | Y.Item)[], client: number, map: Map<number, (Y.GC | Y.Item)[]>) => void,
  ): void {
    if (this.named === null) super.forEach(look)
    else
      for (const client of this.named) {
        const structs = this.get(client)
        if (structs) look(structs, client, this)
      }
  }
}

function integrated(doc: Y.Doc, updates: Uint8Array[]): Y.Doc {
  const { clients } = doc.store
  const many = clients instanceof Clients && clients.size > MANY ? clients : null
  if (many) many.named = clientsIn(updates)
  try {
    // One transaction: each costs time in proportion to the client ids.
    doc.transact(() => {
      for (const update of updates) Y.applyUpdate(doc, update)
    })
  } finally {
    if (many) many.named = null
  }
  if (doc.store.pendingStructs || doc.store.pendingDs) throw new Error('An accepted entry does not fit its log.')
  return doc
}

function clientsIn(updates: Uint8Array[]): Set<number> {
  const named = new Set<number>()
  for (const update of updates) {
    for (const { client } of decode(update).runs) named.add(client)
  }
  return named
}

/** Bytes as they travel. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
