// The text of a page that nobody has made yet: in no room, kept by whoever shows it.
// NewText

import * as Y from 'yjs'
import { rewrite, textOf } from '../../shared/document.ts'
import type { Room } from './provider.ts'
import type { ProviderStatus } from './status.ts'

/** Stands for a page and its room, so that it is written like any other. */
export class NewText implements Room {
  /** No page has this id. */
  readonly id = 0
  title = ''
  readonly text = textOf(new Y.Doc())
  readonly synced = Promise.resolve()
  readonly people = []
  readonly unacknowledged = false
  readonly status: ProviderStatus = { save: 'saved', pending: 0, writable: true, hasText: true, people: [] }

  /** Begins with what is there; `changed` is called with the whole text after every edit. */
  constructor(content: string, changed: (text: string) => void) {
    this.text.insert(0, content)
    this.text.observe(() => changed(this.text.toString()))
  }

  /** Puts another text in the place of this one. */
  replace(content: string): void {
    rewrite(this.text, content)
  }

  onStatus(): () => void {
    return () => {}
  }

  point(): void {}

  async close(): Promise<void> {}
}
