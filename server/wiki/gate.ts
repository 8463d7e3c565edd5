// A gate that lets so many pass at once, and so many wait.
// Gate

import { WikiError } from '../../shared/errors.ts'

/** Work that is dear passes a gate: at most `width` at once, at most `queue` waiting in order. */
export class Gate {
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(
    private readonly width: number,
    private readonly queue: number,
  ) {}

  /** Whether nobody is in it or before it. */
  get idle(): boolean {
    return this.#running === 0
  }

  /**
   * Does the work when its turn comes.
   * @throws WikiError `busy` when too many wait already
   */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.width) {
      this.#running++
    } else {
      if (this.#waiting.length >= this.queue)
        throw new WikiError('busy', 'Too many are asking for this at once. Try again in a moment.', { retryAfter: 2 })
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      // Whoever is next takes this place over, so that nobody slips in between.
      if (next) next()
      else this.#running--
    }
  }
}
