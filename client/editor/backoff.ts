// Trying again later.
// Backoff

import { WikiError } from '../../shared/errors.ts'

const MIN = 500
const MAX = 10_000

/** Tries again, later each time, so that a server in trouble is not asked by everyone at once. */
export class Backoff {
  #timer: ReturnType<typeof setTimeout> | undefined
  #delay = MIN

  /** Does it later; an error may say when it makes sense. */
  again(work: () => void, error: unknown): void {
    const asked = error instanceof WikiError ? (error.details.retryAfter ?? 0) * 1000 : 0
    clearTimeout(this.#timer)
    this.#timer = setTimeout(work, Math.max(asked, this.#delay) * (0.75 + Math.random() / 2))
    this.#delay = Math.min(MAX, this.#delay * 2)
  }

  /** It went well. */
  reset(): void {
    this.#delay = MIN
  }

  /** Does not try again. */
  stop(): void {
    clearTimeout(this.#timer)
  }
}
