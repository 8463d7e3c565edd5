// A page as the files say, read by nothing that a server remembers.
// OnDisk · onDisk · readPage

import { pino } from 'pino'
import * as Y from 'yjs'
import { type Database, openDatabase } from '../../server/db/open.ts'
import { textOf } from '../../shared/document.ts'
import { decode } from '../../shared/update.ts'

/** What lies there. */
export interface OnDisk {
  /** From the last fold and the log behind it. */
  text: string
  /** How far it is folded, and how far the log goes. */
  folded: number
  head: number
  /** Entries under somebody else's client id, and 1 more where the log alone means another text or other clocks. */
  misattributed: number
}

/** Reads a page from the folder of a server that does not run. */
export async function onDisk(folder: string, page: number): Promise<OnDisk> {
  const db = await openDatabase(`sqlite:${folder}/data/chorus.sqlite`, pino({ level: 'silent' }))
  return readPage(db, page).finally(() => db.close())
}

/** Reads a page from a database that nobody else has open. */
export async function readPage(db: Database, page: number): Promise<OnDisk> {
  const [entries, owners] = [await db.log.read(page, 0), await db.log.clients(page)]
  const log = new Y.Doc()
  let misattributed = 0
  for (const { bytes, user } of entries) {
    Y.applyUpdate(log, bytes)
    misattributed += decode(bytes).runs.filter(run => owners.get(run.client) !== user).length
  }
  const { snapshot, seq } = (await db.log.load(page))!
  const folded = new Y.Doc()
  Y.applyUpdate(folded, snapshot)
  for (const { bytes } of await db.log.read(page, seq)) Y.applyUpdate(folded, bytes)
  const text = textOf(folded).toString()
  const clocks = (doc: Y.Doc) => JSON.stringify([...Y.decodeStateVector(Y.encodeStateVector(doc))].sort())
  const same = textOf(log).toString() === text && clocks(log) === clocks(folded)
  if (!same || log.store.pendingStructs || log.store.pendingDs) misattributed++
  return { text, folded: seq, head: entries.at(-1)?.seq ?? 0, misattributed }
}
