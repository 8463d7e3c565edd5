// This browser's replica of a page: its document, how far that has got, and what the device keeps of it.
// Replica

import * as Y from 'yjs'
import { textOf } from '../../shared/document.ts'
import { fingerprint } from '../../shared/fingerprint.ts'
import type { Output, Page, Payload, User } from '../../shared/protocol.ts'
import { fromBase64 } from '../../shared/update.ts'
import { Keep, type Kept, type Pending } from './keep.ts'
import { Untold } from './untold.ts'

/** What the replica tells its provider. */
interface Hearers {
  /** Something was written here. */
  wrote(one: Pending): void
  /** Edits were written down on the device, or that begins to fail. */
  kept(): void
}

/** A page's document, and its part of the device. */
export class Replica {
  readonly doc = new Y.Doc()
  readonly text = textOf(this.doc)
  /** What the device keeps; nothing of a guest's. */
  readonly keep: Keep | null
  /** Of which wiki it is; null before anything is in it. */
  epoch: string | null = null
  /** The number of the last edit that is in it. */
  seq = 0
  /** Whether the whole page is in it, and not only edits of it. */
  whole = false
  readonly #untold = new Untold()

  constructor(page: Page, user: User | null, hearers: Hearers) {
    this.keep = user && new Keep(user.id, page, () => Y.encodeStateAsUpdate(this.doc), hearers.kept)
    this.doc.on('update', (bytes: Uint8Array, origin: unknown) => {
      if (origin !== this) hearers.wrote(this.#wrote(bytes))
    })
  }

  #wrote(bytes: Uint8Array): Pending {
    const one: Pending = { client: this.doc.clientID, bytes, row: null, acknowledged: false }
    this.#untold.wrote(bytes)
    if (this.epoch !== null) this.keep?.add(one, this.epoch)
    return one
  }

  /** Begins with what the device holds. */
  found({ epoch, seq, hasCopy, updates, pending }: Kept): void {
    this.#apply(updates)
    this.epoch = epoch
    this.seq = seq
    this.whole = hasCopy
    for (const { bytes } of pending) this.#untold.wrote(bytes)
  }

  /** The state vector of what the server has told. */
  vector(): Uint8Array {
    return this.#untold.vector(this.doc)
  }

  /** Takes in what the server answered: what was missing, or everything. */
  opened({ epoch, seq, update }: Output<'page:open'>, missing: boolean): void {
    const news = fromBase64(update)
    this.#apply([news])
    if (!missing || !this.whole) this.keep?.copy.whole(epoch, seq, news)
    else if (seq !== this.seq) this.keep?.copy.step(epoch, seq, [news])
    this.epoch = epoch
    this.seq = seq
    this.whole = true
  }

  /** Takes in what was told of the room. @returns false where something before it did not arrive */
  pushed({ seq, edits }: Payload<'page:pushed'>): boolean {
    if (seq <= this.seq) return true
    if (seq - edits.length > this.seq) return false
    const updates = edits.map(edit => fromBase64(edit.update))
    this.#apply(updates)
    this.seq = seq
    if (this.epoch !== null) this.keep?.copy.step(this.epoch, seq, updates)
    return true
  }

  #apply(updates: Uint8Array[]): void {
    this.together(() => {
      for (const update of updates) Y.applyUpdate(this.doc, update, this)
    })
    this.#untold.told(updates, this.doc)
  }

  /** Takes several things in as one change of the text. */
  together(take: () => void): void {
    this.doc.transact(take, this)
  }

  /** What tells whether the server holds the same text. */
  fingerprint(): { seq: number; fingerprint: string } {
    return { seq: this.seq, fingerprint: fingerprint(this.text.toString()) }
  }
}
