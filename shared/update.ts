// Yjs updates (format v1) taken apart and put together: what a plain text can hold and nothing else.
// Id · Run · Range · Update · UpdateError · decode · survey · encode · merge · split · toBase64 · fromBase64
// Format: yjs 13.6, src/utils/encoding.js, src/structs/Item.js and src/utils/DeleteSet.js.

import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'

/** One character's name for ever: its author's client id and that client's clock. */
export interface Id {
  client: number
  clock: number
}

/** Characters inserted together. `content` is null where they are already deleted; `length` is in UTF-16 units. */
export interface Run extends Id {
  length: number
  /** The characters it was typed between. */
  origin: Id | null
  right: Id | null
  /** The root type's name, where neither neighbour tells it. */
  parent: string | null
  content: string | null
}

/** Characters deleted. */
export interface Range extends Id {
  length: number
}

/** An update: runs of each client together and in the order of their clocks, then what is deleted. */
export interface Update {
  runs: Run[]
  deletes: Range[]
}

/** Bytes that are no update of a plain text; `reason` is for programs. */
export class UpdateError extends Error {
  override readonly name = 'UpdateError'

  constructor(readonly reason: 'malformed' | 'content-kind' | 'bad-parent' | 'gap') {
    super(`This is not an edit of a page’s text (${reason}).`)
  }
}

const ORIGIN = 0x80
const RIGHT = 0x40
const PARENT_SUB = 0x20
const KIND = 0x1f
/** What Yjs has forgotten but for its length. */
const COLLECTED = 0
const DELETED = 1
const STRING = 4

/**
 * Takes an update apart.
 * @throws UpdateError if the bytes are malformed or hold anything but inserted text and deletions
 */
export function decode(bytes: Uint8Array): Update {
  const from = decoding.createDecoder(bytes)
  const runs: Run[] = []
  const deletes: Range[] = []
  try {
    const seen = new Set<number>()
    for (let clients = decoding.readVarUint(from); clients > 0; clients--) {
      let count = decoding.readVarUint(from)
      const client = decoding.readVarUint(from)
      let clock = decoding.readVarUint(from)
      // Yjs keeps only the last of two groups of one client.
      if (seen.has(client)) throw new UpdateError('malformed')
      seen.add(client)
      for (; count > 0; count--) {
        const run = readRun(from, client, clock)
        clock += run.length
        runs.push(run)
      }
      if (!Number.isSafeInteger(clock)) throw new UpdateError('malformed')
    }
    for (let clients = decoding.readVarUint(from); clients > 0; clients--) {
      const client = decoding.readVarUint(from)
      for (let count = decoding.readVarUint(from); count > 0; count--) {
        const range = { client, clock: decoding.readVarUint(from), length: decoding.readVarUint(from) }
        if (!Number.isSafeInteger(range.clock + range.length)) throw new UpdateError('malformed')
        if (range.length > 0) deletes.push(range)
      }
    }
  } catch (error) {
    throw error instanceof UpdateError ? error : new UpdateError('malformed')
  }
  if (decoding.hasContent(from)) throw new UpdateError('malformed')
  return { runs, deletes }
}

function readRun(from: decoding.Decoder, client: number, clock: number): Run {
  const info = decoding.readUint8(from)
  const kind = info & KIND
  if (kind !== STRING && kind !== DELETED) throw new UpdateError('content-kind')
  const origin = info & ORIGIN ? readId(from) : null
  const right = info & RIGHT ? readId(from) : null
  let parent: string | null = null
  if (!origin && !right) {
    if (decoding.readVarUint(from) !== 1) throw new UpdateError('bad-parent')
    parent = decoding.readVarString(from)
    if (info & PARENT_SUB) throw new UpdateError('bad-parent')
  }
  const content = kind === STRING ? decoding.readVarString(from) : null
  const length = content === null ? decoding.readVarUint(from) : content.length
  if (length === 0) throw new UpdateError('malformed')
  return { client, clock, length, origin, right, parent, content }
}

function readId(from: decoding.Decoder): Id {
  return { client: decoding.readVarUint(from), clock: decoding.readVarUint(from) }
}

/**
 * Reads through a document's whole state without taking it apart: the clock that each client has reached, and where the
 * list of what is deleted begins.
 * @throws UpdateError if the bytes are malformed, hold anything but text, or do not begin at the beginning
 */
export function survey(state: Uint8Array): { clocks: Map<number, number>; deletes: number } {
  const from = decoding.createDecoder(state)
  const clocks = new Map<number, number>()
  try {
    for (let clients = decoding.readVarUint(from); clients > 0; clients--) {
      let count = decoding.readVarUint(from)
      const client = decoding.readVarUint(from)
      let clock = decoding.readVarUint(from)
      if (clock !== 0) throw new UpdateError('gap')
      for (; count > 0; count--) clock += lengthOfNext(from)
      clocks.set(client, clock)
    }
    const deletes = from.pos
    for (let clients = decoding.readVarUint(from); clients > 0; clients--) {
      decoding.readVarUint(from)
      for (let numbers = 2 * decoding.readVarUint(from); numbers > 0; numbers--) decoding.readVarUint(from)
    }
    if (decoding.hasContent(from)) throw new UpdateError('malformed')
    return { clocks, deletes }
  } catch (error) {
    throw error instanceof UpdateError ? error : new UpdateError('malformed')
  }
}

function lengthOfNext(from: decoding.Decoder): number {
  const info = decoding.readUint8(from)
  const kind = info & KIND
  if (kind === COLLECTED) return decoding.readVarUint(from)
  if (kind !== STRING && kind !== DELETED) throw new UpdateError('content-kind')
  const known = info & (ORIGIN | RIGHT)
  for (let numbers = known === 0 ? 0 : known === (ORIGIN | RIGHT) ? 4 : 2; numbers > 0; numbers--)
    decoding.readVarUint(from)
  if (known === 0) {
    if (decoding.readVarUint(from) !== 1) throw new UpdateError('bad-parent')
    const name = decoding.readVarUint(from)
    from.pos += name
  }
  const size = decoding.readVarUint(from)
  if (kind === DELETED) return size
  const end = from.pos + size
  if (end > from.arr.length) throw new UpdateError('malformed')
  // UTF-16 units of text in UTF-8: one for each first byte, two where four bytes belong together.
  let units = 0
  for (; from.pos < end; from.pos++) {
    const byte = from.arr[from.pos]!
    if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1
  }
  return units
}

/**
 * Puts an update together.
 * @throws UpdateError `gap` if a client's runs do not follow each other
 */
export function encode({ runs, deletes }: Update): Uint8Array {
  const to = encoding.createEncoder()
  const groups = groupBy(runs)
  encoding.writeVarUint(to, groups.length)
  for (const group of groups) {
    encoding.writeVarUint(to, group.length)
    encoding.writeVarUint(to, group[0]!.client)
    encoding.writeVarUint(to, group[0]!.clock)
    let clock = group[0]!.clock
    for (const run of group) {
      if (run.clock !== clock) throw new UpdateError('gap')
      writeRun(to, run)
      clock += run.length
    }
  }
  const ranges = groupBy(deletes)
  encoding.writeVarUint(to, ranges.length)
  for (const group of ranges) {
    encoding.writeVarUint(to, group[0]!.client)
    encoding.writeVarUint(to, group.length)
    for (const { clock, length } of group) {
      encoding.writeVarUint(to, clock)
      encoding.writeVarUint(to, length)
    }
  }
  return encoding.toUint8Array(to)
}

function writeRun(to: encoding.Encoder, { origin, right, parent, content, length }: Run): void {
  const kind = content === null ? DELETED : STRING
  encoding.writeUint8(to, kind | (origin ? ORIGIN : 0) | (right ? RIGHT : 0))
  for (const id of [origin, right]) {
    if (!id) continue
    encoding.writeVarUint(to, id.client)
    encoding.writeVarUint(to, id.clock)
  }
  if (!origin && !right) {
    encoding.writeVarUint(to, 1)
    encoding.writeVarString(to, parent ?? '')
  }
  if (content === null) encoding.writeVarUint(to, length)
  else encoding.writeVarString(to, content)
}

function groupBy<T extends Id>(list: T[]): T[][] {
  const groups = new Map<number, T[]>()
  for (const one of list) {
    const group = groups.get(one.client)
    if (group) group.push(one)
    else groups.set(one.client, [one])
  }
  return [...groups.values()]
}

/**
 * Many updates of one author as one, in about linear time (Y.mergeUpdates takes 18 s for 40,000). Repeated runs are
 * dropped, runs typed one behind the other are joined; clients keep the order in which they first appear.
 * @throws UpdateError `gap` if a client's runs do not follow each other
 */
export function merge(updates: Uint8Array[]): Update {
  const decoded = updates.map(decode)
  const runs: Run[] = []
  const last = new Map<number, Run>()
  const groups = groupBy(decoded.flatMap(update => update.runs))
  for (const run of groups.flatMap(group => group.sort((a, b) => a.clock - b.clock))) {
    const before = last.get(run.client)
    const end = before ? before.clock + before.length : run.clock
    if (run.clock > end) throw new UpdateError('gap')
    if (run.clock + run.length <= end) continue
    const fresh = run.clock < end ? tail(run, end - run.clock) : run
    if (before && before.content !== null && fresh.content !== null && follows(before, fresh)) {
      before.content += fresh.content
      before.length += fresh.length
    } else {
      const copy = { ...fresh }
      runs.push(copy)
      last.set(run.client, copy)
    }
  }
  return { runs, deletes: disjoint(decoded.flatMap(update => update.deletes)) }
}

// Exactly when Yjs itself would merge two items: Item.mergeWith.
function follows(before: Run, next: Run): boolean {
  return (
    next.origin?.client === before.client &&
    next.origin.clock === before.clock + before.length - 1 &&
    next.right?.client === before.right?.client &&
    next.right?.clock === before.right?.clock
  )
}

/** The part of a run behind its first `skip` characters, as Yjs would split it. */
export function tail(run: Run, skip: number): Run {
  const origin = { client: run.client, clock: run.clock + skip - 1 }
  const content = run.content === null ? null : run.content.slice(skip)
  return { ...run, clock: run.clock + skip, length: run.length - skip, origin, parent: null, content }
}

/** Ranges sorted by client and clock, overlaps joined. */
export function disjoint(ranges: Range[]): Range[] {
  const sorted = [...ranges].sort((a, b) => a.client - b.client || a.clock - b.clock)
  const result: Range[] = []
  for (const range of sorted) {
    const before = result.at(-1)
    if (before && before.client === range.client && range.clock <= before.clock + before.length)
      before.length = Math.max(before.length, range.clock + range.length - before.clock)
    else result.push({ ...range })
  }
  return result
}

/** How much one push may hold. */
const RUNS_PER_PUSH = 2_000
const RANGES_PER_PUSH = 2_000

/**
 * An update as updates of at most about `bytes` each, to be applied in order; what is deleted comes last.
 * Never cuts between the two halves of a character.
 */
export function split(update: Update, bytes: number): Uint8Array[] {
  const parts: Update[] = []
  let part: Update = { runs: [], deletes: [] }
  let size = 0
  const close = () => {
    if (part.runs.length > 0 || part.deletes.length > 0) parts.push(part)
    part = { runs: [], deletes: [] }
    size = 0
  }
  // Three bytes hold any UTF-16 unit in UTF-8.
  const room = Math.max(2, Math.floor(bytes / 3))
  for (let run of update.runs) {
    while (run.content !== null && run.length > room) {
      close()
      let cut = room
      const unit = run.content.charCodeAt(cut - 1)
      if (unit >= 0xd800 && unit < 0xdc00) cut--
      part.runs.push({ ...run, length: cut, content: run.content.slice(0, cut) })
      close()
      run = tail(run, cut)
    }
    const cost = 24 + 3 * (run.content?.length ?? 0)
    if (size + cost > bytes || part.runs.length >= RUNS_PER_PUSH) close()
    part.runs.push(run)
    size += cost
  }
  close()
  for (let i = 0; i < update.deletes.length; i += RANGES_PER_PUSH) {
    part.deletes = update.deletes.slice(i, i + RANGES_PER_PUSH)
    close()
  }
  return parts.map(encode)
}

/** Bytes as base64. */
export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  // In slices: an argument list has a limit.
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  return btoa(binary)
}

/** Base64 as bytes. */
export function fromBase64(text: string): Uint8Array {
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}
