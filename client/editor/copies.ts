// A page as this device last saw it, for when there is no line: a whole text, and in steps what was added to it since.
// FoundCopy · readCopy · forgetCopy · CopyWriter

import type { IDBPObjectStore } from 'idb'
import type { Page } from '../../shared/protocol.ts'
import { type Device, device } from '../device.ts'
import { whenIdle } from '../idle.ts'

/** Milliseconds between two writes. */
const WRITE_EVERY = 2_000
/** So many steps, or so many bytes in them, are put together into one whole text. */
const STEPS_MAX = 200
const BYTES_MAX = 500_000

/** A copy, as it is found. */
export interface FoundCopy {
  epoch: string
  seq: number
  /** To be applied to an empty document, in order. */
  updates: Uint8Array[]
  described: Page
}

type Steps = IDBPObjectStore<Device, ('copies' | 'steps')[], 'steps', 'readwrite'>

/** The copy of a page that this user has here, or null. */
export async function readCopy(user: number, page: number): Promise<FoundCopy | null> {
  const tx = (await device()).transaction(['copies', 'steps'])
  const [copy, steps] = await Promise.all([
    tx.objectStore('copies').get([user, page]),
    tx.objectStore('steps').index('page').getAll([user, page]),
  ])
  if (!copy) return null
  const { epoch, state, described } = copy
  // Another tab may have written some that are in the whole text by now.
  const since = steps.filter(step => step.epoch === epoch && step.seq > copy.seq)
  const seq = Math.max(copy.seq, ...since.map(step => step.seq))
  return { epoch, seq, described, updates: [state, ...since.flatMap(step => step.updates)] }
}

/** Leaves nothing of it here. */
export async function forgetCopy(user: number, page: number): Promise<void> {
  const tx = (await device()).transaction(['copies', 'steps'], 'readwrite')
  void tx
    .objectStore('copies')
    .delete([user, page])
    .catch(() => {})
  await dropSteps(tx.objectStore('steps'), user, page, Number.POSITIVE_INFINITY)
  await tx.done
}

async function dropSteps(steps: Steps, user: number, page: number, seq: number): Promise<void> {
  for (let at = await steps.index('page').openCursor([user, page]); at; at = await at.continue())
    if (at.value.seq <= seq) void at.delete().catch(() => {})
}

/** Writes the copy of one page, in the background and in large strokes: whatever is lost of it is still on the server. */
export class CopyWriter {
  #whole: { seq: number; state: Uint8Array } | null = null
  #steps: Uint8Array[] = []
  #epoch = ''
  #seq = 0
  #written = { steps: 0, bytes: 0 }
  #timer: ReturnType<typeof setTimeout> | undefined
  #ended = false

  /**
   * @param state the whole text as it is, as one update; asked seldom
   * @param allowed resolves once everything in `state` is safe elsewhere, with whether it may be written down
   * @param failed the device keeps nothing
   */
  constructor(
    private readonly user: number,
    private readonly page: Page,
    private readonly state: () => Uint8Array,
    private readonly allowed: () => Promise<boolean>,
    private readonly failed: () => void,
  ) {}

  /** The page is this, all of it. */
  whole(epoch: string, seq: number, state: Uint8Array): void {
    this.#whole = { seq, state }
    this.#steps = []
    this.#begin(epoch, seq)
  }

  /** This was added to it. */
  step(epoch: string, seq: number, updates: Uint8Array[]): void {
    this.#steps.push(...updates)
    this.#begin(epoch, seq)
  }

  #begin(epoch: string, seq: number): void {
    if (this.#ended) return
    this.#epoch = epoch
    this.#seq = seq
    this.#timer ??= setTimeout(() => whenIdle(() => void this.write()), WRITE_EVERY)
  }

  /** Writes what has gathered. */
  async write(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { steps, bytes } = this.#written
    if (!this.#whole && (steps > STEPS_MAX || bytes > BYTES_MAX)) await this.#join()
    const [whole, updates, epoch, seq] = [this.#whole, this.#steps, this.#epoch, this.#seq]
    if (this.#ended || (!whole && updates.length === 0)) return
    this.#whole = null
    this.#steps = []
    const { user } = this
    const page = this.page.id
    try {
      const tx = (await device()).transaction(['copies', 'steps'], 'readwrite')
      if (whole) {
        const old = await tx.objectStore('copies').get([user, page])
        // Another tab may know more.
        if (!old || old.epoch !== epoch || old.seq <= whole.seq) {
          const { seq, state } = whole
          void tx
            .objectStore('copies')
            .put({ user, page, epoch, seq, state, described: this.page })
            .catch(() => {})
          await dropSteps(tx.objectStore('steps'), user, page, seq)
        }
        this.#written = { steps: 0, bytes: 0 }
      }
      if (updates.length > 0) {
        void tx
          .objectStore('steps')
          .add({ user, page, epoch, seq, updates })
          .catch(() => {})
        this.#written.steps++
        this.#written.bytes += updates.reduce((sum, { length }) => sum + length, 0)
      }
      await tx.done
    } catch {
      // A step that is missing must not be stepped over.
      this.#written.steps = Number.POSITIVE_INFINITY
      this.failed()
    }
  }

  async #join(): Promise<void> {
    const [seq, state] = [this.#seq, this.state()]
    const gathered = this.#steps.length
    if (!(await this.allowed())) return
    this.#whole = { seq, state }
    this.#steps.splice(0, gathered)
  }

  /** Writes nothing more. */
  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
  }
}
