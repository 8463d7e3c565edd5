// The text of a page that nobody has made yet: in no room, kept by whoever shows it.
// NewText

import * as Y from 'yjs'
import { rewrite, textOf } from '../../shared/document.ts'
import type { ProviderStatus, Room } from './status.ts'

/** Stands for a page and its room, so that it is written like any other. */
export class NewText implements Room {
  /** No page has this id. */
  readonly id = 0
  title = ''
  readonly text = textOf(new Y.Doc())
  readonly synced = Promise.resolve()
  readonly people = []
  readonly unacknowledged = false
  status: ProviderStatus = { save: 'saved', pending: 0, writable: true, hasText: true, people: [] }
  readonly #listeners = new Set<(status: ProviderStatus) => void>()

  /** Begins with what is there; `changed` is called with the whole text after every edit. */
  constructor(content: string, changed: (text: string) => void) {
    this.text.insert(0, content)
    this.text.observe(() => changed(this.text.toString()))
  }

  /** Puts another text in the place of this one. */
  replace(content: string): void {
    rewrite(this.text, content)
  }

  /** Lets it be written, or only read and copied, with a word about why. */
  set message(message: string | null) {
    this.status = { ...this.status, writable: message === null, message: message ?? '' }
    for (const listener of this.#listeners) listener(this.status)
  }

  onStatus(listener: (status: ProviderStatus) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  point(): void {}

  async close(): Promise<void> {}
}
