// A page as this device last saw it, for when there is no line: a whole text, and in steps what was added to it since.
// FoundCopy · readCopy · forgetCopy · CopyWriter

import type { IDBPObjectStore } from 'idb'
import type { Page } from '../../shared/protocol.ts'
import { type Device, device, type Step } from '../device.ts'
import { whenIdle } from '../idle.ts'

/** Milliseconds between two writes. */
const WRITE_EVERY = 2_000
/** Milliseconds before the whole text is tried where a write has failed. */
const RETRY_EVERY = 30_000
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
  /** What a whole text would put together. */
  written: Written
}

interface Written {
  steps: number
  bytes: number
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
  const written = { steps: steps.length, bytes: steps.reduce((sum, { updates }) => sum + sizeOf(updates), 0) }
  return { epoch, seq, described, updates: [state, ...since.flatMap(step => step.updates)], written }
}

/** Leaves nothing of it here. */
export async function forgetCopy(user: number, page: number): Promise<void> {
  const tx = (await device()).transaction(['copies', 'steps'], 'readwrite')
  void tx
    .objectStore('copies')
    .delete([user, page])
    .catch(() => {})
  await dropSteps(tx.objectStore('steps'), user, page, () => true)
  await tx.done
}

async function dropSteps(steps: Steps, user: number, page: number, which: (step: Step) => boolean): Promise<void> {
  for (let at = await steps.index('page').openCursor([user, page]); at; at = await at.continue())
    if (which(at.value)) void at.delete().catch(() => {})
}

function sizeOf(updates: Uint8Array[]): number {
  return updates.reduce((sum, { length }) => sum + length, 0)
}

/** Writes the copy of one page, in the background and in large strokes: whatever is lost of it is still on the server. */
export class CopyWriter {
  #whole: { seq: number; state: Uint8Array } | null = null
  #steps: Uint8Array[] = []
  #epoch = ''
  #seq = 0
  #written: Written = { steps: 0, bytes: 0 }
  // A step is missing: nothing but a whole text may follow.
  #broken = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #writing = Promise.resolve()
  #ended = false

  /**
   * @param state the whole text as it is, as one update; asked seldom
   * @param allowed resolves once everything in `state` is safe elsewhere, with whether it may be written down
   */
  constructor(
    private readonly user: number,
    private readonly page: Page,
    private readonly state: () => Uint8Array,
    private readonly allowed: () => Promise<boolean>,
  ) {}

  /** This is there already. */
  found({ written }: FoundCopy): void {
    this.#written = written
  }

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
    const wait = this.#broken ? RETRY_EVERY : WRITE_EVERY
    this.#timer ??= setTimeout(() => whenIdle(() => void this.write()), wait)
  }

  /** Writes what has gathered, one write after the other. */
  write(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  async #write(): Promise<void> {
    if (!this.#whole && this.#steps.length === 0) return
    const { steps, bytes } = this.#written
    const full = this.#broken || steps > STEPS_MAX || bytes > BYTES_MAX
    if (!this.#whole && full && !(await this.#join())) return
    const [whole, updates, epoch, seq] = [this.#whole, this.#steps, this.#epoch, this.#seq]
    this.#whole = null
    this.#steps = []
    const { user } = this
    const page = this.page.id
    try {
      const db = await device()
      if (this.#ended) return
      const tx = db.transaction(['copies', 'steps'], 'readwrite')
      if (whole) {
        const old = await tx.objectStore('copies').get([user, page])
        // Another tab may know more.
        const newest = old?.epoch === epoch && old.seq > whole.seq ? old : whole
        if (newest === whole)
          void tx
            .objectStore('copies')
            .put({ user, page, epoch, ...whole, described: this.page })
            .catch(() => {})
        await dropSteps(tx.objectStore('steps'), user, page, step => step.epoch !== epoch || step.seq <= newest.seq)
      }
      if (updates.length > 0)
        void tx
          .objectStore('steps')
          .add({ user, page, epoch, seq, updates })
          .catch(() => {})
      await tx.done
      if (whole) {
        this.#broken = false
        this.#written = { steps: 0, bytes: 0 }
      }
      if (updates.length > 0) {
        this.#written.steps++
        this.#written.bytes += sizeOf(updates)
      }
    } catch {
      // What is lost of the copy is still on the server.
      this.#broken = true
    }
  }

  /** Makes all that has gathered one whole text, where that may be written. */
  async #join(): Promise<boolean> {
    const [seq, state] = [this.#seq, this.state()]
    const gathered = this.#steps.length
    const allowed = await this.allowed()
    // A whole text may have come meanwhile.
    if (this.#whole) return true
    if (!allowed) return false
    this.#whole = { seq, state }
    this.#steps.splice(0, gathered)
    return true
  }

  /** Writes nothing more. */
  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
  }
}
