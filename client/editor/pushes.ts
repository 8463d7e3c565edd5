// What was written here and is not acknowledged: sent one push at a time, again and again until the server has it.
// ACK_LATE · PushRoom · Pushes

import { WikiError } from '../../shared/errors.ts'
import { Backoff } from './backoff.ts'
import type { Pending } from './keep.ts'
import { PartSize, sendNext } from './outbox.ts'

/** Milliseconds after which a missing acknowledgement is said. */
export const ACK_LATE = 2_000

/** What pushes need of their room. */
export interface PushRoom {
  /** Whether the server would take something now. */
  ready(): boolean
  send(update: Uint8Array): Promise<unknown>
  /** These are acknowledged. */
  taken(done: Pending[]): void
  /** The server said no, and would say it again. */
  refused(error: unknown): Promise<void>
  /** Something has changed that people should know. */
  changed(): void
}

/** One page's unacknowledged edits, oldest first. */
export class Pushes {
  /** An acknowledgement is missing for longer than usual. */
  late = false
  readonly #waiting: Pending[] = []
  readonly #part = new PartSize()
  readonly #backoff = new Backoff()
  #pushing = false
  #lateTimer: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly room: PushRoom) {}

  /** How many pushes are left, if each took one. */
  get length(): number {
    return this.#waiting.length
  }

  /** The edits as they were made. */
  get edits(): Pending[] {
    return this.#waiting.flatMap(one => one.whole ?? [one])
  }

  /** Adds edits without sending them: an earlier visit's, or one that `push` follows. */
  add(...edits: Pending[]): void {
    this.#waiting.push(...edits)
  }

  /** Says so when the acknowledgement is missing for long. */
  watch(): void {
    this.#lateTimer ??= setTimeout(() => {
      this.late = true
      this.room.changed()
    }, ACK_LATE)
  }

  /** Sends what there is. One push is under way at a time: what is written meanwhile goes into the next. */
  async push(): Promise<void> {
    if (this.#pushing) return
    this.#pushing = true
    try {
      while (this.#waiting.length > 0 && this.room.ready()) {
        const done = await sendNext(this.#waiting, this.#part.bytes, update => this.room.send(update))
        this.#backoff.reset()
        this.#part.arrived()
        this.#unwatch()
        this.room.taken(done)
      }
    } catch (error) {
      await this.#failed(error)
    } finally {
      this.#pushing = false
    }
  }

  #unwatch(): void {
    clearTimeout(this.#lateTimer)
    this.#lateTimer = undefined
    this.late = false
    if (this.#waiting.length > 0) this.watch()
  }

  async #failed(error: unknown): Promise<void> {
    const code = error instanceof WikiError ? error.code : null
    const lost = code === 'failed' || code === 'busy'
    if (lost) this.#part.lost()
    if (!lost && !this.#part.mayShrink(error)) return this.room.refused(error)
    this.#backoff.again(() => void this.push(), error)
    this.room.changed()
  }

  /** They are kept elsewhere. */
  clear(): void {
    this.#waiting.length = 0
  }

  /** Sends nothing more by itself. */
  stop(): void {
    clearTimeout(this.#lateTimer)
    this.#backoff.stop()
  }
}
