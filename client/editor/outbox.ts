// Sending what is unacknowledged: of the open page, and after a start or a lost line of every page that has some.
// PartSize · sendNext · flushOutbox

import * as Y from 'yjs'
import { textOf } from '../../shared/document.ts'
import { WikiError } from '../../shared/errors.ts'
import { merge, split, toBase64 } from '../../shared/update.ts'
import type { Connection } from '../connection.ts'
import { device, dropChanges, type OutboxRow } from '../device.ts'
import { type Draft, saveDraft } from '../drafts.ts'
import { forgetCopy, readCopy } from './copies.ts'
import { openPages, type Pending } from './keep.ts'

/** How large the next push may be, learnt from how the last ones went. */
export class PartSize {
  static readonly MAX = 128 * 1024
  /** On a line that loses larger parts. */
  static readonly MIN = 8 * 1024
  /** Holds a single insertion: what is too dear for the server at once is not, one by one. */
  static readonly TINY = 32
  bytes = PartSize.MAX / 4

  /** The part arrived. */
  arrived(): void {
    this.bytes = Math.min(PartSize.MAX, this.bytes * 2)
  }

  /** No answer came: a slow line takes smaller parts within the time that an answer has. */
  lost(): void {
    this.bytes = Math.max(Math.min(PartSize.MIN, this.bytes), this.bytes / 2)
  }

  /** Whether the server refused only because so many scattered edits cost too much at once, and smaller parts are left. */
  mayShrink(error: unknown): boolean {
    if (!(error instanceof WikiError) || error.details.reason !== 'too-dear' || this.bytes <= PartSize.TINY)
      return false
    this.bytes = Math.max(PartSize.TINY, this.bytes / 8)
    return true
  }
}

/** An update this small is within every limit as it is. */
const SMALL = 4 * 1024

type Row = Required<OutboxRow>

/**
 * Sends the beginning of `pending`, about `bytes` of one client's, and takes it out once it is acknowledged. What is
 * larger is cut into parts first, which are then acknowledged one by one.
 * @returns the edits that are now wholly acknowledged
 * @throws what `send` throws; `pending` then still holds everything that is not acknowledged. UpdateError `gap` if an
 *   edit is missing between two others
 */
export async function sendNext(
  pending: Pending[],
  bytes: number,
  send: (update: Uint8Array) => Promise<unknown>,
): Promise<Pending[]> {
  const { client } = pending[0]!
  let count = 1
  let size = pending[0]!.bytes.length
  // A part goes alone: put together again, parts would be cut again, for ever.
  for (; !pending[0]!.whole && count < pending.length; count++) {
    const next = pending[count]!
    size += next.bytes.length
    if (next.client !== client || next.whole || size > bytes) break
  }
  const batch = pending.slice(0, count)
  let update = batch[0]!.bytes
  if (count > 1 || update.length > Math.min(SMALL, bytes)) {
    const parts = split(merge(batch.map(one => one.bytes)), bytes)
    if (parts.length > 1) {
      const whole = batch.flatMap(one => one.whole ?? [one])
      const cut = parts.map((part, i): Pending => {
        const last = i === parts.length - 1
        return { client, bytes: part, row: null, acknowledged: false, whole: last ? whole : [] }
      })
      pending.splice(0, count, ...cut)
      return sendNext(pending, bytes, send)
    }
    update = parts[0] ?? update
  }
  await send(update)
  pending.splice(0, count)
  return batch.flatMap(one => one.whole ?? [one])
}

/**
 * Sends what this device still holds for `user`, except for pages that are open here (their providers send their own).
 * What the server refuses becomes a recovery draft, which `told` hears of. One tab at a time does this.
 * @returns whether everything has found its place; if not, call again later
 */
export async function flushOutbox(
  connection: Connection,
  user: number,
  told: (draft: Draft) => void = () => {},
): Promise<boolean> {
  if (!navigator.locks) return flush(connection, user, told)
  return navigator.locks.request('chorus-outbox', { ifAvailable: true }, lock =>
    lock ? flush(connection, user, told) : false,
  )
}

async function flush(connection: Connection, user: number, told: (draft: Draft) => void): Promise<boolean> {
  const epoch = connection.greeting?.epoch
  const rows = (await (await device()).getAllFromIndex('outbox', 'user', user)) as Row[]
  const pages = new Map<number, Row[]>()
  for (const row of rows) pages.set(row.page, [...(pages.get(row.page) ?? []), row])
  let all = true
  for (const [page, found] of pages) {
    if (openPages.has(page)) continue
    const old = found.filter(row => row.epoch !== epoch)
    const current = found.filter(row => row.epoch === epoch)
    if (old.length > 0)
      told(await toDraft(user, page, old, 'The wiki was restored from a backup after this was written.'))
    if (current.length > 0 && !(await flushPage(connection, user, page, current, told))) all = false
  }
  return all
}

async function flushPage(
  connection: Connection,
  user: number,
  page: number,
  rows: Row[],
  told: (draft: Draft) => void,
): Promise<boolean> {
  const { epoch } = rows[0]!
  const pending = rows.map(({ client, bytes, row }): Pending => ({ client, bytes, row, acknowledged: false }))
  const send = (update: Uint8Array) => {
    // What nobody owns yet would otherwise become that of whoever signed in meanwhile.
    if (connection.greeting?.user?.id !== user)
      throw new WikiError('unauthenticated', 'Somebody else is signed in now.')
    return connection.request('page:push', { page, epoch, update: toBase64(update) })
  }
  try {
    const part = new PartSize()
    while (pending.length > 0) {
      try {
        const done = await sendNext(pending, part.bytes, send)
        await dropChanges(done.flatMap(one => one.row ?? []))
        part.arrived()
      } catch (error) {
        if (!part.mayShrink(error)) throw error
      }
    }
    return true
  } catch (error) {
    // Offline, busy or signed out: it stays where it is. What no server can take is its author's to see.
    const code = error instanceof WikiError ? error.code : 'invalid'
    if (code === 'failed' || code === 'busy' || code === 'unauthenticated') return false
    const why = error instanceof Error ? error.message : 'It could not be sent.'
    told(await toDraft(user, page, rows, code === 'missing' ? 'This page is gone.' : why))
    return true
  }
}

async function toDraft(user: number, page: number, rows: Row[], reason: string): Promise<Draft> {
  const copy = await readCopy(user, page)
  const doc = new Y.Doc()
  if (copy?.epoch === rows[0]!.epoch) for (const update of copy.updates) Y.applyUpdate(doc, update)
  for (const { bytes } of rows) Y.applyUpdate(doc, bytes)
  let text = textOf(doc).toString()
  // Where what they stand on is not here, at least the words that were typed.
  if (doc.store.pendingStructs || doc.store.pendingDs) text = [text, ...wordsIn(rows)].filter(Boolean).join('\n\n')
  doc.destroy()
  const draft = await saveDraft({ user, page, title: copy?.described.title ?? `Page ${page}`, text, reason })
  await dropChanges(rows.map(row => row.row))
  await forgetCopy(user, page)
  return draft
}

function wordsIn(rows: Row[]): string[] {
  const byClient = new Map<number, Uint8Array[]>()
  for (const { client, bytes } of rows) byClient.set(client, [...(byClient.get(client) ?? []), bytes])
  return [...byClient.values()].flatMap(updates => {
    try {
      return merge(updates).runs.flatMap(run => run.content ?? [])
    } catch {
      return updates.flatMap(update => merge([update]).runs.flatMap(run => run.content ?? []))
    }
  })
}
