// What one open page keeps on this device: its unacknowledged edits, row by row, and a copy of the page.
// Pending · Kept · openPages · Keep

import type { Page } from '../../shared/protocol.ts'
import { device, type OutboxRow } from '../device.ts'
import { saveDraft } from '../drafts.ts'

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

/** Milliseconds between two writes of a page's copy, and before a failed write is tried again. */
const COPY_EVERY = 2_000
const RETRY_EVERY = 3_000

/** One page's part of the device, for one user. Works in the background; `failed` tells that the device keeps nothing. */
export class Keep {
  failed = false
  #unwritten: { one: Pending; epoch: string }[] = []
  #writing: Promise<void> | null = null
  #copy: { epoch: string; seq: number; state: () => Uint8Array } | null = null
  #copyTimer: ReturnType<typeof setTimeout> | undefined
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #ended = false

  constructor(
    private readonly user: number,
    private readonly page: Page,
    /** Called when edits were written down, and when that begins to fail. */
    private readonly onChange: () => void,
  ) {}

  #fail(): void {
    if (this.failed) return
    this.failed = true
    this.onChange()
  }

  /** Reads what is here, or null. Rows of an older epoch than the copy's are left to the outbox. */
  async load(): Promise<Kept | null> {
    try {
      const db = await device()
      const copy = await db.get('copies', [this.user, this.page.id])
      const rows = (await db.getAllFromIndex('outbox', 'page', [this.user, this.page.id])) as Required<OutboxRow>[]
      const epoch = copy?.epoch ?? rows[0]?.epoch
      if (epoch === undefined) return null
      const ours = rows.filter(row => row.epoch === epoch)
      return {
        epoch,
        seq: copy?.seq ?? 0,
        hasCopy: copy !== undefined,
        // Without the page under them, edits cannot be shown; they are still sent.
        updates: copy ? [copy.state, ...ours.map(row => row.bytes)] : [],
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
    this.#writing ??= this.#write()
  }

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
        if (this.#ended) break
        await new Promise(resolve => {
          this.#retryTimer = setTimeout(resolve, RETRY_EVERY)
        })
      }
    }
    this.#writing = null
  }

  /** Forgets edits that the server has. */
  acknowledge(batch: Pending[]): void {
    for (const one of batch) one.acknowledged = true
    void this.#delete(batch)
  }

  async #delete(batch: Pending[]): Promise<void> {
    const rows = batch.flatMap(({ row }) => row ?? [])
    if (rows.length === 0) return
    try {
      const tx = (await device()).transaction('outbox', 'readwrite')
      for (const row of rows) void tx.store.delete(row).catch(() => {})
      await tx.done
    } catch {
      this.#fail()
    }
  }

  /** Keeps the page as it is now, soon; of several calls the last one counts. */
  copy(copy: { epoch: string; seq: number; state: () => Uint8Array }): void {
    if (this.#ended) return
    this.#copy = copy
    this.#copyTimer ??= setTimeout(() => {
      this.#copyTimer = undefined
      void this.#writeCopy()
    }, COPY_EVERY)
  }

  async #writeCopy(): Promise<void> {
    const copy = this.#copy
    if (!copy) return
    this.#copy = null
    const { epoch, seq } = copy
    try {
      const state = copy.state()
      // First the edits, then the copy: a copy must not hold an edit that nobody would send.
      if (this.failed) return
      await this.#writing
      if (this.failed || this.#ended) return
      await (await device()).put('copies', {
        user: this.user,
        page: this.page.id,
        epoch,
        seq,
        state,
        described: this.page,
      })
    } catch {
      this.#fail()
    }
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

  /** Forgets the page and its edits; nothing more is kept of this visit. */
  async forget(): Promise<void> {
    this.#end()
    const db = await device()
    const tx = db.transaction(['outbox', 'copies'], 'readwrite')
    const rows = await tx.objectStore('outbox').index('page').getAllKeys([this.user, this.page.id])
    for (const row of rows)
      void tx
        .objectStore('outbox')
        .delete(row)
        .catch(() => {})
    void tx
      .objectStore('copies')
      .delete([this.user, this.page.id])
      .catch(() => {})
    await tx.done
  }

  #end(): void {
    this.#ended = true
    this.#copy = null
    this.#unwritten = []
    clearTimeout(this.#copyTimer)
  }

  /** Finishes what is being written. */
  async close(): Promise<void> {
    clearTimeout(this.#copyTimer)
    if (!this.failed) {
      await this.#writing
      await this.#writeCopy()
    }
    this.#ended = true
    clearTimeout(this.#retryTimer)
  }
}
