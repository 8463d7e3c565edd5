// Work that is asked for more often than anybody could see it done.
// FRAME · Pace

/** Milliseconds that a picture stands on most screens. */
export const FRAME = 16

/**
 * Does `work` at once where that was last done `every` milliseconds ago, and else as soon as it was: whatever is asked
 * for meanwhile is done with it. Where nobody looks, timers sleep: there it is always done at once.
 */
export class Pace {
  #timer: ReturnType<typeof setTimeout> | undefined
  #last = Number.NEGATIVE_INFINITY

  constructor(
    private readonly work: () => void,
    private readonly every = FRAME,
  ) {}

  /** Does it as soon as its pace allows. */
  soon(): void {
    const rest = this.#last + this.every - performance.now()
    if (globalThis.document?.hidden || (rest <= 0 && this.#timer === undefined)) this.now()
    else this.#timer ??= setTimeout(() => this.now(), rest)
  }

  /** Does it now. */
  now(): void {
    this.stop()
    this.#last = performance.now()
    this.work()
    // What takes long leaves as much time to others.
    this.#last = performance.now()
  }

  /** Does nothing that was asked for. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
