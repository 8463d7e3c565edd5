// What many ask at once is begun in slices, so that the event loop turns between them and everybody else is answered too.
// Slices

/** So many milliseconds of one turn of the event loop go to what is begun in it. */
const SLICE = 10

/** Work of a whole process that is begun in order, some in each turn of the event loop. */
export class Slices {
  // When the first piece of this turn was begun; null in a turn that has begun none.
  #began: number | null = null

  /** Resolves when it is time to begin: at once, unless this turn has had its share. */
  async mayBegin(): Promise<void> {
    for (;;) {
      const now = performance.now()
      if (this.#began === null) {
        this.#began = now
        setImmediate(() => (this.#began = null))
      }
      if (now - this.#began < SLICE) return
      await new Promise<void>(resolve => setImmediate(resolve))
    }
  }
}
