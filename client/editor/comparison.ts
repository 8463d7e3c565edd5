// Whether this copy is the text that the server holds: asked after every opening, and every half minute while it changes.
// Comparison

/** Milliseconds between two questions. */
const EVERY = 30_000

interface Fingerprint {
  seq: number
  fingerprint: string
}

/**
 * Compares two texts by their fingerprints. A line that is alive, a queue that is empty and equal state vectors do not
 * prove that two people read the same words; this does.
 */
export class Comparison {
  #timer: ReturnType<typeof setTimeout> | undefined
  #asking = false
  #stopped = false
  #agreed = -1
  #differed = false

  /**
   * @param ask what the server holds
   * @param mine what is here, or null while it cannot be compared
   * @param differs hears that they are not the same; `again` when they were not the last time either
   */
  constructor(
    private readonly ask: () => Promise<Fingerprint>,
    private readonly mine: () => Fingerprint | null,
    private readonly differs: (again: boolean) => void,
  ) {}

  /** Asks now, and every half minute from now on. */
  soon(): void {
    this.#agreed = -1
    void this.#compare()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  async #compare(): Promise<void> {
    clearTimeout(this.#timer)
    if (this.#stopped || this.#asking) return
    this.#asking = true
    try {
      const before = this.mine()
      // Nothing has happened since the last time: nothing is asked.
      if (before && before.seq !== this.#agreed) {
        const theirs = await this.ask()
        const now = this.mine()
        if (now && now.seq === theirs.seq && !this.#stopped) {
          const again = this.#differed
          this.#differed = now.fingerprint !== theirs.fingerprint
          if (this.#differed) this.differs(again)
          else this.#agreed = now.seq
        }
      }
    } catch {
      // The line broke, or the server is busy: the next opening asks again.
    } finally {
      this.#asking = false
      clearTimeout(this.#timer)
      if (!this.#stopped) this.#timer = setTimeout(() => void this.#compare(), EVERY)
    }
  }
}
