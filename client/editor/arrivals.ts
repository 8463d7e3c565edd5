// What is told of a room, in order, taken in together: all that arrives within one picture of the screen is one change.
// Arrivals

import { Pace } from '../pace.ts'

/** Keeps what was told until it is taken. Nothing of it is only here: the server tells it again to whoever opens again. */
export class Arrivals {
  readonly #told: (() => void)[] = []
  readonly #pace = new Pace(() => this.take())

  /**
   * @param together wraps what is taken in one go
   * @param waits whether nothing may be taken now; whoever ends that calls `take`
   */
  constructor(
    private readonly together: (take: () => void) => void,
    private readonly waits: () => boolean,
  ) {}

  /** Something was told: the first at once, what follows it closely together. */
  hear(told: () => void): void {
    this.#told.push(told)
    if (!this.waits()) this.#pace.soon()
  }

  /** Takes everything now. */
  take(): void {
    this.#pace.stop()
    if (this.#told.length === 0 || this.waits()) return
    this.together(() => {
      // One of them may say that the room has to be opened again: the rest then waits for that.
      while (this.#told.length > 0 && !this.waits()) this.#told.shift()!()
    })
  }

  /** Ends it; what was told and not taken is forgotten. */
  close(): void {
    this.#pace.stop()
    this.#told.length = 0
  }
}
