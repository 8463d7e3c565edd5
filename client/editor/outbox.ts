// Sending what is unacknowledged: of the open page, and after a start or a lost line of every page that has some.
// SPLIT_BYTES · pushAll · flushOutbox

import * as Y from 'yjs'
import { textOf } from '../../shared/document.ts'
import { WikiError } from '../../shared/errors.ts'
import { merge, split, toBase64 } from '../../shared/update.ts'
import type { Connection } from '../connection.ts'
import { device, type OutboxRow } from '../device.ts'
import { saveDraft } from '../drafts.ts'
import { openPages } from './keep.ts'

/** A push is cut at this many bytes, so that a slow line shows progress and no limit is met. */
export const SPLIT_BYTES = 192 * 1024

/**
 * Sends updates in the order in which their clients first wrote, each client's merged, in parts of about `bytes`.
 * @throws what `send` throws; what was sent before is then simply sent again
 */
export async function pushAll(
  updates: { client: number; bytes: Uint8Array }[],
  bytes: number,
  send: (update: Uint8Array) => Promise<unknown>,
): Promise<void> {
  const clients = new Map<number, Uint8Array[]>()
  for (const update of updates) {
    const group = clients.get(update.client)
    if (group) group.push(update.bytes)
    else clients.set(update.client, [update.bytes])
  }
  for (const group of clients.values()) {
    if (group.length === 1 && group[0]!.length <= bytes) await send(group[0]!)
    else for (const part of split(merge(group), bytes)) await send(part)
  }
}

/**
 * Sends what this device still holds for `user`, except for pages that are open here (their providers send their own).
 * What the server refuses becomes a recovery draft. Stops quietly when the line is lost: the next greeting calls again.
 */
export async function flushOutbox(connection: Connection, user: number): Promise<void> {
  const epoch = connection.greeting?.epoch
  const rows = (await (await device()).getAllFromIndex('outbox', 'user', user)) as Required<OutboxRow>[]
  const pages = new Map<number, Required<OutboxRow>[]>()
  for (const row of rows) pages.set(row.page, [...(pages.get(row.page) ?? []), row])
  for (const [page, all] of pages) {
    if (openPages.has(page)) continue
    const current = all.filter(row => row.epoch === epoch)
    const old = all.filter(row => row.epoch !== epoch)
    if (old.length > 0) await toDraft(user, page, old, 'The wiki was restored from a backup after this was written.')
    if (current.length === 0) continue
    try {
      await pushAll(current, SPLIT_BYTES, update =>
        connection.request('page:push', { page, epoch: epoch!, update: toBase64(update) }),
      )
      await forget(current)
    } catch (error) {
      if (!(error instanceof WikiError)) throw error
      // Offline, busy or signed out: it stays where it is.
      if (error.code === 'failed' || error.code === 'busy' || error.code === 'unauthenticated') continue
      await toDraft(user, page, current, error.message)
    }
  }
}

async function forget(rows: Required<OutboxRow>[]): Promise<void> {
  const tx = (await device()).transaction('outbox', 'readwrite')
  for (const { row } of rows) void tx.store.delete(row).catch(() => {})
  await tx.done
}

async function toDraft(user: number, page: number, rows: Required<OutboxRow>[], reason: string): Promise<void> {
  const db = await device()
  const copy = await db.get('copies', [user, page])
  const doc = new Y.Doc()
  if (copy) Y.applyUpdate(doc, copy.state)
  for (const { bytes } of rows) Y.applyUpdate(doc, bytes)
  // Without the page under it, at least the words that were typed.
  const text =
    textOf(doc).toString() ||
    merge(rows.map(row => row.bytes))
      .runs.map(run => run.content ?? '')
      .join('')
  doc.destroy()
  await saveDraft({ user, page, title: copy?.described.title ?? `Page ${page}`, text, reason })
  await forget(rows)
  await db.delete('copies', [user, page])
}
