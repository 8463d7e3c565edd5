// What one open page keeps on this device: its unacknowledged edits, row by row, and a copy of the page.
// Pending · Kept · openPages · Keep

import type { Page } from '../../shared/protocol.ts'
import { device, dropChanges, type OutboxRow } from '../device.ts'
import { saveDraft } from '../drafts.ts'
import { Pace } from '../pace.ts'
import { CopyWriter, forgetCopy, readCopy } from './copies.ts'

/** An edit of this user's that the server has not acknowledged. */
export interface Pending {
  client: number
  bytes: Uint8Array
  /** Its row in the outbox, once it is written there. */
  row: number | null
  acknowledged: boolean
  /** For a part of larger edits: those that are acknowledged together with it. */
  whole?: Pending[]
}

/** What was found on the device. */
export interface Kept {
  epoch: string
  seq: number
  /** Whether the whole page is here, and not only edits of it. */
  hasCopy: boolean
  /** To be applied to an empty document, in order. */
  updates: Uint8Array[]
  pending: Pending[]
}

/** Pages whose providers in this tab send their edits themselves. */
export const openPages = {
  counts: new Map<number, number>(),
  has(page: number): boolean {
    return this.counts.has(page)
  },
  add(page: number): void {
    this.counts.set(page, (this.counts.get(page) ?? 0) + 1)
  },
  delete(page: number): void {
    const left = (this.counts.get(page) ?? 1) - 1
    if (left > 0) this.counts.set(page, left)
    else this.counts.delete(page)
  },
}

/** Milliseconds between two times that acknowledged edits are forgotten: sent once more, they would change nothing. */
const FORGET_EVERY = 250
/** Milliseconds before a failed write is tried again. */
const RETRY_EVERY = 3_000

/** One page's part of the device, for one user. Works in the background; `failed` tells that the device keeps nothing. */
export class Keep {
  failed = false
  #unwritten: { one: Pending; epoch: string }[] = []
  #writing: Promise<void> | null = null
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #ended = false
  readonly #done: Pending[] = []
  /** The rows of this visit. Another tab may have left some of the same page. */
  readonly #rows = new Set<number>()
  readonly #forgetting = new Pace(() => void this.#delete(this.#done.splice(0)), FORGET_EVERY)
  /** The page's copy. */
  readonly copy: CopyWriter

  constructor(
    private readonly user: number,
    private readonly page: Page,
    state: () => Uint8Array,
    /** Called when edits were written down, and when that begins to fail. */
    private readonly onChange: () => void,
  ) {
    // A copy must not hold an edit that nobody would send.
    const allowed = async () => {
      while (this.#writing !== null) await this.#writing
      return this.#unwritten.length === 0
    }
    this.copy = new CopyWriter(user, page, state, allowed)
  }

  #fail(): void {
    if (this.failed) return
    this.failed = true
    this.onChange()
  }

  /** Reads what is here, or null. Rows of an older epoch than the copy's are left to the outbox. */
  async load(): Promise<Kept | null> {
    try {
      const db = await device()
      const copy = await readCopy(this.user, this.page.id)
      if (copy) this.copy.found(copy)
      const rows = (await db.getAllFromIndex('outbox', 'page', [this.user, this.page.id])) as Required<OutboxRow>[]
      const epoch = copy?.epoch ?? rows[0]?.epoch
      if (epoch === undefined) return null
      const ours = rows.filter(row => row.epoch === epoch)
      for (const { row } of ours) this.#rows.add(row)
      return {
        epoch,
        seq: copy?.seq ?? 0,
        hasCopy: copy !== null,
        // Without the page under them, edits cannot be shown; they are still sent.
        updates: copy ? [...copy.updates, ...ours.map(row => row.bytes)] : [],
        pending: ours.map(({ client, bytes, row }) => ({ client, bytes, row, acknowledged: false })),
      }
    } catch {
      this.#fail()
      return null
    }
  }

  /** Writes an edit down, soon. */
  add(one: Pending, epoch: string): void {
    this.#unwritten.push({ one, epoch })
    if (this.#retryTimer === undefined) this.#writing ??= this.#write()
  }

  // Ends at the first failure, so that nobody waits for a device that may never work again.
  async #write(): Promise<void> {
    while (this.#unwritten.length > 0) {
      const batch = this.#unwritten.splice(0).filter(({ one }) => !one.acknowledged)
      try {
        const tx = (await device()).transaction('outbox', 'readwrite')
        for (const { one, epoch } of batch) {
          const { client, bytes } = one
          void tx.store
            .add({ user: this.user, page: this.page.id, epoch, client, bytes, at: Date.now() })
            .then(row => {
              one.row = row
              this.#rows.add(row)
            })
            .catch(() => {})
        }
        await tx.done
        this.failed = false
        this.onChange()
        const late = batch.filter(({ one }) => one.acknowledged)
        if (late.length > 0) await this.#delete(late.map(({ one }) => one))
      } catch {
        // None of them is there: all of them wait for the next try, in their order.
        for (const { one } of batch) one.row = null
        this.#unwritten.unshift(...batch)
        this.#fail()
        if (!this.#ended) this.#retryTimer = setTimeout(() => this.#again(), RETRY_EVERY)
        break
      }
    }
    this.#writing = null
  }

  #again(): void {
    this.#retryTimer = undefined
    this.#writing ??= this.#write()
  }

  /** Forgets edits that the server has. */
  acknowledge(batch: Pending[]): void {
    for (const one of batch) one.acknowledged = true
    this.#done.push(...batch)
    this.#forgetting.soon()
  }

  async #delete(batch: Pending[]): Promise<void> {
    await dropChanges(batch.flatMap(({ row }) => row ?? [])).catch(() => this.#fail())
  }

  /**
   * Turns what is unacknowledged into a recovery draft.
   * @throws DOMException where the device keeps nothing
   */
  async park(text: string, reason: string): Promise<void> {
    const { id, title } = this.page
    await saveDraft({ user: this.user, page: id, title, text, reason })
    await this.forget()
  }

  /** Forgets this visit's edits, and the page too unless edits that are not its own stand on it: those are the outbox's. */
  async forget(): Promise<void> {
    this.#end()
    const rows = await (await device()).getAllKeysFromIndex('outbox', 'page', [this.user, this.page.id])
    const own = rows.filter(row => this.#rows.has(row))
    await dropChanges(own)
    if (own.length === rows.length) await forgetCopy(this.user, this.page.id)
  }

  #end(): void {
    this.#ended = true
    this.copy.end()
    this.#stop()
    this.#unwritten = []
  }

  #stop(): void {
    clearTimeout(this.#retryTimer)
    this.#forgetting.stop()
  }

  /** Finishes what is being written; what failed is tried once more. */
  async close(): Promise<void> {
    this.#ended = true
    this.#stop()
    await (this.#writing ?? this.#write())
    if (!this.failed) {
      await this.#delete(this.#done.splice(0))
      await this.copy.write()
    }
    this.copy.end()
  }
}
