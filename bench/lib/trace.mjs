// A document with 260,000 edits in its past: the writing of a paper, keystroke by keystroke, or made up where that is not at hand.
// trace

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import * as Y from 'yjs'
import { ROOT } from './yjs.mjs'

const PAPER = fileURLToPath(new URL('../../../shared/data/traces/automerge-paper.json.gz', import.meta.url))

// Alike in what counts: most keys follow each other, one in twenty goes elsewhere, one in six deletes.
function* madeUp() {
  let [length, at, seed] = [0, 0, 1]
  const random = () => {
    seed = (Math.imul(seed, 48_271) >>> 0) % 2_147_483_647
    return seed / 2_147_483_647
  }
  for (let i = 0; i < 260_000; i++) {
    if (random() < 0.05) at = Math.floor(random() * length)
    if (random() < 0.17 && at > 0) {
      at--
      length--
      yield [at, 1, '']
    } else {
      yield [at, 0, String.fromCharCode(97 + (i % 26))]
      at++
      length++
    }
  }
}

/** The document as an update, its state vector, and how long its text is. */
export function trace() {
  const doc = new Y.Doc()
  doc.clientID = 2_999_999_999
  const text = doc.getText(ROOT)
  const edits = existsSync(PAPER)
    ? JSON.parse(gunzipSync(readFileSync(PAPER))).txns.flatMap(({ patches }) => patches)
    : madeUp()
  for (const [at, removed, inserted] of edits) {
    if (removed) text.delete(at, removed)
    if (inserted) text.insert(at, inserted)
  }
  return { update: Buffer.from(Y.encodeStateAsUpdate(doc)), vector: Y.encodeStateVector(doc), length: text.length }
}
