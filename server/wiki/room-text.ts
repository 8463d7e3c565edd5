// What the server itself writes into a page's document, as bytes that are committed like any push.
// seed · rewritten

import { randomBytes } from 'node:crypto'
import * as Y from 'yjs'
import { rewrite, textOf } from '../../shared/document.ts'

/**
 * A page's first text as a Yjs state, under a client id of its own. The server alone writes it, in the transaction that
 * makes the page: clients that each insert it would double it.
 */
export function seed(text: string): { snapshot: Uint8Array; client: number } {
  const doc = new Y.Doc()
  doc.clientID = randomBytes(4).readUInt32LE()
  if (text !== '') textOf(doc).insert(0, text)
  return { snapshot: Y.encodeStateAsUpdate(doc), client: doc.clientID }
}

/** What makes a document's text read `after`, written under this client id; the document stays as it is. */
export function rewritten(
  doc: Y.Doc,
  client: number,
  after: string,
): { bytes: Uint8Array; client: number; clock: number } {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  copy.clientID = client
  const updates: Uint8Array[] = []
  copy.on('update', (update: Uint8Array) => updates.push(update))
  rewrite(textOf(copy), after)
  copy.destroy()
  const bytes = updates.length === 1 ? updates[0]! : Y.mergeUpdates(updates)
  return { bytes, client, clock: Y.getState(copy.store, client) }
}
