// A person's end of a page in tests: a Yjs document that follows the room over a real socket, and pushes its own edits.
// Replica

import * as Y from 'yjs'
import { textOf } from '../../shared/document.ts'
import { WikiError } from '../../shared/errors.ts'
import type { Payload } from '../../shared/protocol.ts'
import { fromBase64, toBase64 } from '../../shared/update.ts'
import type { Client } from './client.ts'

/** How many pushes may be under way at once. */
const WINDOW = 64

/** Follows one page. Keeps what is unacknowledged, opens again after every broken line, never gives up. */
export class Replica {
  readonly doc = new Y.Doc()
  readonly text = textOf(this.doc)
  /** Own updates that the server has not acknowledged, oldest first. */
  readonly outbox: Uint8Array[] = []
  /** Everything up to here is in the document. */
  seq = 0
  epoch = ''
  /** Hears of each own update that the server has acknowledged, and of each of others' that it told. */
  onAcknowledged: (update: Uint8Array) => void = () => {}
  onHeard: (update: Uint8Array) => void = () => {}
  #open = false
  #told = 0
  #inFlight = 0
  #closed = false
  #retry: NodeJS.Timeout | null = null
  #wakers = new Set<() => void>()

  constructor(
    readonly client: Client,
    readonly page: number,
  ) {
    this.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === this) return
      this.outbox.push(update)
      void this.#push()
    })
  }

  /** Joins the room; resolves with the first text. */
  async open(): Promise<this> {
    const socket = await this.client.socket()
    socket.on('page:pushed', told => this.#pushed(told))
    socket.on('disconnect', () => {
      this.#open = false
    })
    socket.on('server:greeted', () => void this.#sync())
    await this.#sync()
    return this
  }

  async #sync(): Promise<void> {
    if (this.#closed) return
    try {
      const vector = this.epoch ? toBase64(Y.encodeStateVector(this.doc)) : undefined
      const answer = await this.client.ask('page:open', { page: this.page, vector })
      this.epoch = answer.epoch
      Y.applyUpdate(this.doc, fromBase64(answer.update), this)
      this.seq = Math.max(this.seq, answer.seq, this.#told)
      this.#open = true
      this.#inFlight = 0
      this.#wake()
      void this.#push()
    } catch {
      // The line broke again, or the server was not ready.
      this.#again()
    }
  }

  #again(): void {
    this.#open = false
    this.#retry ??= setTimeout(() => {
      this.#retry = null
      void this.#sync()
    }, 100)
  }

  #pushed(told: Payload<'page:pushed'>): void {
    if (told.page !== this.page) return
    this.doc.transact(() => {
      for (const edit of told.edits) {
        const update = fromBase64(edit.update)
        Y.applyUpdate(this.doc, update, this)
        this.onHeard(update)
      }
    }, this)
    this.#told = told.seq
    // What is told while the room opens may be newer than the answer on its way, without which what was missed is not here.
    if (this.#open) this.seq = Math.max(this.seq, told.seq)
    this.#wake()
  }

  async #push(): Promise<void> {
    while (this.#open && this.#inFlight < Math.min(WINDOW, this.outbox.length)) {
      const update = this.outbox[this.#inFlight++]!
      this.#send(update).then(
        () => {
          const at = this.outbox.indexOf(update)
          if (at >= 0) {
            this.outbox.splice(at, 1)
            this.onAcknowledged(update)
            this.#inFlight = Math.max(0, this.#inFlight - 1)
          }
          this.#wake()
          void this.#push()
        },
        error => {
          // What was under way is sent again by the next opening.
          if (
            !(error instanceof WikiError) ||
            error.code === 'failed' ||
            error.code === 'busy' ||
            error.details.reason === 'gap' ||
            error.details.reason === 'dangling'
          )
            return this.#again()
          this.failure = error
          this.#wake()
        },
      )
    }
  }

  /** Why the server refused a push for good. */
  failure: WikiError | null = null

  async #send(update: Uint8Array): Promise<void> {
    await this.client.ask('page:push', { page: this.page, epoch: this.epoch, update: toBase64(update) })
  }

  #wake(): void {
    for (const waker of [...this.#wakers]) waker()
  }

  /** Resolves once a condition holds; asked again after everything that arrives. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (this.failure) {
          this.#wakers.delete(check)
          reject(this.failure)
        } else if (condition()) {
          this.#wakers.delete(check)
          resolve()
        }
      }
      this.#wakers.add(check)
      check()
    })
  }

  /** Resolves once everything written here is acknowledged. */
  settled(): Promise<void> {
    return this.until(() => this.outbox.length === 0)
  }

  close(): void {
    this.#closed = true
    if (this.#retry) clearTimeout(this.#retry)
    this.client.hangUp()
    this.doc.destroy()
  }
}
