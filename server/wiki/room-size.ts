// How large a page may become: its text's bytes in UTF-8, counted anew only when the sum says that it might be too much.
// PageSize (grow · met · replace · begin · takeBack · counted)

import { WikiError } from '../../shared/errors.ts'

/** One page's size. What people delete is noticed when the text is counted. */
export class PageSize {
  // The text's bytes when it was last counted, with everything that was admitted since.
  #bytes: number
  // Of them, what is admitted and not yet in the text.
  #open = 0

  constructor(
    private readonly limit: number,
    bytes: number,
  ) {
    this.#bytes = bytes
  }

  /** The text was counted, everything admitted being in it. */
  counted(text: string): void {
    this.#bytes = Buffer.byteLength(text) + this.#open
  }

  /** An entry of so many bytes was found in the log: its text is no longer than that. */
  met(bytes: number): void {
    this.#bytes += bytes
  }

  /** A batch begins: what was admitted before is in the text. */
  begin(): void {
    this.#open = 0
  }

  /** The batch did not reach the disk. */
  takeBack(): void {
    this.#bytes -= this.#open
    this.#open = 0
  }

  /**
   * Admits an insertion of this many bytes. `text` is asked when it has to be counted.
   * @throws WikiError `too_large`
   */
  grow(bytes: number, text: () => string): void {
    if (bytes > 0 && this.#bytes + bytes > this.limit) {
      this.counted(text())
      if (this.#bytes + bytes > this.limit) throw tooLarge(this.limit)
    }
    this.#bytes += bytes
    this.#open += bytes
  }

  /**
   * Admits another text in place of this one, in a batch of its own. A text that is too large may still shrink.
   * @throws WikiError `too_large`
   */
  replace(before: string, after: string): void {
    const [had, has] = [Buffer.byteLength(before), Buffer.byteLength(after)]
    if (has > this.limit && has > had) throw tooLarge(this.limit)
    this.#open = Math.max(0, has - had)
    this.#bytes = had + this.#open
  }
}

function tooLarge(limit: number): WikiError {
  return new WikiError('too_large', `This page would grow beyond ${Math.floor(limit / 1024)} kB. Split it in two.`)
}
