// What a push may do to a page: only insert and delete its text, only under its author's own client ids.
// Refused · Known · Admitted · admit · measure

import * as Y from 'yjs'
import { TEXT } from '../../shared/document.ts'
import { WikiError } from '../../shared/errors.ts'
import {
  decode,
  disjoint,
  encode,
  type Id,
  type Range,
  type Run,
  tail,
  type Update,
  UpdateError,
} from '../../shared/update.ts'
import type { Limits } from '../config.ts'
import type { Work } from './room-work.ts'

/** What the room knows when a push arrives. */
export interface Known {
  doc: Y.Doc
  /** The user each client id of the page belongs to. */
  owners: ReadonlyMap<number, number>
  /** What is admitted but not yet applied: the clock that each client id reaches by it, and whose it is. */
  pending: ReadonlyMap<number, { clock: number; user: number }>
  /** What it costs to place the runs of this batch. */
  work: Work
}

/** What is new in a push. */
export interface Admitted {
  bytes: Uint8Array
  /** The client id that it writes under, or null if it only deletes. */
  client: number | null
  /** The clock that this client id has then. */
  clock: number
  /** Bytes of text that it inserts, in UTF-8. */
  inserted: number
  /** Characters inserted and deleted, in UTF-16 units. */
  added: number
  removed: number
}

/**
 * Checks an update and subtracts what the document already has (RELIABILITY 5.8).
 * @returns what is new, or null if nothing is
 * @throws WikiError `invalid`, `forbidden` or `too_large`, with `reason` for programs; `gap` and `dangling` mean that
 *   something sent before is missing here, and ask the client to begin again from `page:open`
 */
export function admit(bytes: Uint8Array, user: number, known: Known, limits: Limits): Admitted | null {
  let update: ReturnType<typeof decode>
  try {
    update = decode(bytes)
  } catch (error) {
    if (error instanceof UpdateError) throw refusal(error.reason)
    throw error
  }
  const { store } = known.doc
  const runs: Run[] = []
  let writer: number | null = null
  let writerState = 0
  let inserted = 0
  const stateOf = (client: number) =>
    client === writer ? writerState : (known.pending.get(client)?.clock ?? Y.getState(store, client))
  for (let run of update.runs) {
    const state = stateOf(run.client)
    if (run.clock > state) throw refusal('gap')
    if (run.parent !== null && run.parent !== TEXT) throw refusal('bad-parent')
    if (run.clock < state) {
      // What is not applied yet cannot be compared with.
      if (run.client !== writer && known.pending.has(run.client)) throw refusal('gap')
      known.work.walked += compare(known.doc, run, Math.min(state, run.clock + run.length))
      if (run.clock + run.length <= state) continue
      run = tail(run, state - run.clock)
    }
    const owner = known.owners.get(run.client) ?? known.pending.get(run.client)?.user
    if (owner === undefined ? run.client === known.doc.clientID : owner !== user) throw refusal('foreign-client')
    // Runs of two clients could wait for each other for ever.
    if (writer !== null && writer !== run.client) throw refusal('two-clients')
    // Editors count offsets in lines that end with \n alone; no database keeps U+0000 in a text.
    if (run.content && /[\r\0]/.test(run.content)) throw refusal('content-kind')
    if (run.content === null && run.length > limits.pageBytes) throw refusal('too-large')
    for (const id of [run.origin, run.right])
      if (id && id.clock >= (id.client === run.client ? run.clock : stateOf(id.client))) throw refusal('dangling')
    const { origin, right } = run
    if (
      (origin && halves(known.doc, origin.client, origin.clock + 1)) ||
      (right && halves(known.doc, right.client, right.clock))
    )
      throw refusal('half-character')
    writer = run.client
    writerState = run.clock + run.length
    inserted += Buffer.byteLength(run.content ?? '')
    runs.push(run)
  }
  const deletes: Range[] = []
  for (const range of disjoint(update.deletes)) {
    if (range.clock + range.length > stateOf(range.client)) throw refusal('dangling')
    if ([range.clock, range.clock + range.length].some(edge => halves(known.doc, range.client, edge)))
      throw refusal('half-character')
    const { ranges, walked } = undeleted(known.doc, range)
    known.work.walked += walked
    for (const one of ranges) deletes.push(one)
  }
  if (runs.length === 0 && deletes.length === 0) return null
  const admitted = encode({ runs, deletes })
  if (runs.length > limits.pushRuns || deletes.length > limits.pushRanges || admitted.length > limits.pushBytes)
    throw refusal('too-large')
  for (const run of runs) {
    // One run alone is always taken, so that honest work in small enough parts never meets a closed door.
    const alone = runs.length === 1 && known.pending.size === 0
    if (!known.work.of(run) && !alone) throw refusal('too-dear')
  }
  return { bytes: admitted, client: writer, clock: writerState, inserted, ...sizes({ runs, deletes }) }
}

/** Characters that an update inserts and deletes, in UTF-16 units. */
function sizes({ runs, deletes }: Update): { added: number; removed: number } {
  return {
    added: runs.reduce((sum, { content }) => sum + (content?.length ?? 0), 0),
    removed: deletes.reduce((sum, { length }) => sum + length, 0),
  }
}

/** The same for an update that was not judged here; nothing for bytes that are no edit of a plain text. */
export function measure(bytes: Uint8Array): { added: number; removed: number } {
  try {
    return sizes(decode(bytes))
  } catch (error) {
    if (error instanceof UpdateError) return { added: 0, removed: 0 }
    throw error
  }
}

// The same id with other content would make copies that never agree again, with equal state vectors. Returns how many
// items were compared.
function compare(doc: Y.Doc, run: Run, end: number): number {
  const structs = doc.store.clients.get(run.client)!
  const start = Y.findIndexSS(structs, run.clock)
  let index = start
  const first = structs[index]!
  if (first instanceof Y.Item && first.id.clock === run.clock && !same(first.origin, run.origin))
    throw refusal('id-reuse')
  for (let struct = structs[index]; struct && struct.id.clock < end; struct = structs[++index]) {
    if (!(struct instanceof Y.Item) || !(struct.content instanceof Y.ContentString) || run.content === null) continue
    const from = Math.max(run.clock, struct.id.clock)
    const to = Math.min(end, struct.id.clock + struct.length)
    const ours = struct.content.str.slice(from - struct.id.clock, to - struct.id.clock)
    if (!alike(ours, run.content.slice(from - run.clock, to - run.clock))) throw refusal('id-reuse')
  }
  return index - start
}

// Where Yjs has to cut a character it leaves U+FFFD for each half: in one copy perhaps, and not yet in another.
function alike(a: string, b: string): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  const half = (unit: string) => unit >= '\ud800' && unit < '\ue000'
  for (let i = 0; i < a.length; i++) {
    const [one, other] = [a[i]!, b[i]!]
    if (one !== other && !(one === '\ufffd' && half(other)) && !(other === '\ufffd' && half(one))) return false
  }
  return true
}

// Whether a cut before this clock would part the halves of a character.
function halves(doc: Y.Doc, client: number, clock: number): boolean {
  const structs = doc.store.clients.get(client)
  if (!structs || clock >= Y.getState(doc.store, client)) return false
  const item = structs[Y.findIndexSS(structs, clock)]!
  if (!(item instanceof Y.Item) || !(item.content instanceof Y.ContentString) || item.id.clock === clock) return false
  const unit = item.content.str.charCodeAt(clock - item.id.clock - 1)
  return unit >= 0xd800 && unit < 0xdc00
}

function same(a: Id | null, b: Id | null): boolean {
  return a?.client === b?.client && a?.clock === b?.clock
}

function undeleted(doc: Y.Doc, { client, clock, length }: Range): { ranges: Range[]; walked: number } {
  const structs = doc.store.clients.get(client)
  const state = Y.getState(doc.store, client)
  const end = clock + length
  const result: Range[] = []
  let walked = 0
  if (structs && clock < state) {
    let index = Y.findIndexSS(structs, clock)
    for (let struct = structs[index]; struct && struct.id.clock < end; struct = structs[++index]) {
      walked++
      if (struct.deleted) continue
      const from = Math.max(clock, struct.id.clock)
      result.push({ client, clock: from, length: Math.min(end, struct.id.clock + struct.length) - from })
    }
  }
  // What this very push inserts and deletes again.
  if (end > state) result.push({ client, clock: Math.max(clock, state), length: end - Math.max(clock, state) })
  return { ranges: disjoint(result), walked }
}

const SENTENCES = {
  malformed: ['invalid', 'This edit is damaged and cannot be read.'],
  'content-kind': ['invalid', 'A page holds plain text only.'],
  'bad-parent': ['invalid', 'This edit is not for the page’s text.'],
  gap: ['invalid', 'An earlier edit is missing here. Open the page again and send both.'],
  dangling: ['invalid', 'This edit stands on text that is not here. Open the page again.'],
  'half-character': ['invalid', 'This edit would cut a character in two.'],
  'two-clients': ['invalid', 'Send the edits of one client id at a time.'],
  'foreign-client': ['forbidden', 'This edit is signed with somebody else’s id.'],
  'id-reuse': ['forbidden', 'An edit with this id is already here, and it says something else.'],
  'too-dear': [
    'too_large',
    'This edit is spread too widely over a page that many have written. Send it in smaller parts.',
  ],
  'too-large': ['too_large', 'This edit is too large to be taken at once. Send it in smaller parts.'],
} as const

/** Why a push is not taken, as the error its sender sees. */
export function refusal(reason: keyof typeof SENTENCES): WikiError {
  const [code, sentence] = SENTENCES[reason]
  return new WikiError(code, sentence, { reason })
}
