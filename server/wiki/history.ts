// What a page was: its log replayed.
// textAt

import * as Y from 'yjs'
import { textOf } from '../../shared/document.ts'
import { WikiError } from '../../shared/errors.ts'
import type { Log } from '../db/log.ts'

/**
 * A page's text as entry `seq` left it; '' before the first.
 * @throws WikiError `invalid`, field `base`, for a number that the page has not reached
 */
export async function textAt(log: Log, page: number, seq: number): Promise<string> {
  const entries = (await log.read(page, 0)).filter(entry => entry.seq <= seq)
  if ((entries.at(-1)?.seq ?? 0) < seq)
    throw new WikiError('invalid', 'base: This page has no such version yet.', { field: 'base' })
  const doc = new Y.Doc()
  doc.transact(() => {
    for (const { bytes } of entries) Y.applyUpdate(doc, bytes)
  })
  const text = textOf(doc).toString()
  doc.destroy()
  return text
}
