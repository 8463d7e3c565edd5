// The log of edits: every accepted push of a page, numbered 1, 2, 3 … without gaps. All its SQL is here.
// NewEntry · Entry · Checkpoint · Log (append · read · head · clients · checkpoint · load)

import { keepSession, type Session } from './changes.ts'
import type { Raw } from './open.ts'
import { statement } from './statement.ts'
import type { WriteAhead } from './write-ahead.ts'

/** A push that was accepted but is not yet on disk. `clients` are the Yjs client ids it uses for the first time. */
export interface NewEntry {
  user: number
  /** The command that made it: `page:push`, `page:edit` … */
  via: string
  at: number
  bytes: Uint8Array
  clients: number[]
  /** Characters inserted and deleted, in UTF-16 units. */
  added: number
  removed: number
}

/** A push that is on disk. */
export interface Entry {
  seq: number
  user: number
  via: string
  at: number
  bytes: Uint8Array
}

/** The log of a page folded up to `seq`. */
export interface Checkpoint {
  seq: number
  content: string
  snapshot: Uint8Array
  editor: number
  at: number
  /** Who wrote what since the checkpoint before. */
  sessions: Session[]
}

/** Something to be written, and who waits until it is on disk. */
interface Write {
  run(raw: Raw): boolean
  resolve(written: boolean): void
  reject(error: unknown): void
}

const INSERT = `insert into entries (page_id, seq, first_seq, user_id, via, at, bytes) values (?, ?, ?, ?, ?, ?, ?)
  on conflict do nothing`
const CLAIM = 'insert into page_clients (page_id, client, user_id) values (?, ?, ?) on conflict do nothing'
const FOLD = `update pages set content = ?, snapshot = ?, seq = ?, editor_id = ?, updated_at = ?
  where id = ? and seq < ?`

/** The log's statements over one database. What many pages write in one turn shares one transaction, and its sync. */
export class Log {
  #waiting: Write[] = []
  #running = false

  constructor(
    readonly withRaw: <T>(use: (raw: Raw) => T) => Promise<T>,
    private readonly ahead: WriteAhead,
  ) {}

  /**
   * Writes entries at `after + 1`, `after + 2` … and resolves once they are on disk.
   * @returns false, having written nothing, if another process has already written at `after + 1`
   * @throws the driver's error when the disk refuses; nothing of this call is then written
   */
  append(page: number, after: number, entries: NewEntry[]): Promise<boolean> {
    return this.#write(raw => {
      const insert = statement(raw, INSERT)
      const claim = statement(raw, CLAIM)
      let seq = after
      for (const { user, via, at, bytes, clients } of entries) {
        seq++
        // Only the first can meet another writer: whoever holds after + 1 decides about all that follow.
        if (insert.run(page, seq, seq, user, via, at, bytes).changes === 0) return false
        for (const client of clients) claim.run(page, client, user)
      }
      return true
    })
  }

  /** Folds the log into the page's row, and its entries into sessions; an older fold never replaces a newer one. */
  checkpoint(page: number, { content, snapshot, seq, editor, at, sessions }: Checkpoint): Promise<boolean> {
    return this.#write(raw => {
      if (statement(raw, FOLD).run(content, snapshot, seq, editor, at, page, seq).changes === 0) return false
      for (const session of sessions) keepSession(raw, page, session)
      return true
    })
  }

  #write(run: (raw: Raw) => boolean): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ run, resolve, reject })
      if (this.#running) return
      this.#running = true
      // Whoever else writes in this turn of the event loop joins this commit.
      setImmediate(() => void this.#drain())
    })
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const taken: Write[] = []
      try {
        const written = await this.withRaw(raw => {
          // Taken only now: whatever arrived while the last sync was under way joins this commit.
          taken.push(...this.#waiting.splice(0))
          const all = raw.transaction(() => taken.map(({ run }) => run(raw)))
          return this.ahead.write(raw, () => all.immediate())
        })
        await this.ahead.synced()
        for (const [i, write] of taken.entries()) write.resolve(written[i]!)
      } catch (error) {
        if (taken.length === 0) taken.push(...this.#waiting.splice(0))
        for (const write of taken) write.reject(error)
      }
    }
    this.#running = false
  }

  // Nobody reads an entry that could still be lost.
  async #read<T>(use: (raw: Raw) => T): Promise<T> {
    if (this.ahead.pending) await this.ahead.synced()
    return this.withRaw(use)
  }

  /** A page's entries after `seq`, oldest first. */
  read(page: number, after: number): Promise<Entry[]> {
    return this.#read(
      raw =>
        statement(
          raw,
          'select seq, user_id as user, via, at, bytes from entries where page_id = ? and seq > ? order by seq',
        ).all(page, after) as Entry[],
    )
  }

  /** A page's entries after `seq`, newest first, at most `limit` of them. */
  latest(page: number, after: number, limit: number): Promise<Entry[]> {
    return this.withRaw(
      raw =>
        statement(
          raw,
          `select seq, user_id as user, via, at, bytes from entries where page_id = ? and seq > ?
           order by seq desc limit ?`,
        ).all(page, after, limit) as Entry[],
    )
  }

  /** The number of a page's last entry; 0 where there is none. */
  head(page: number): Promise<number> {
    return this.#read(
      raw => statement(raw, 'select coalesce(max(seq), 0) from entries where page_id = ?').pluck().get(page) as number,
    )
  }

  /** Which user each Yjs client id of a page belongs to. */
  clients(page: number): Promise<Map<number, number>> {
    return this.#read(raw => {
      const rows = statement(raw, 'select client, user_id from page_clients where page_id = ?').raw().all(page)
      return new Map(rows as [number, number][])
    })
  }

  /** A page's last checkpoint, or null where there is no such page. */
  load(page: number): Promise<Omit<Checkpoint, 'sessions'> | null> {
    return this.#read(
      raw =>
        (statement(
          raw,
          'select seq, content, snapshot, editor_id as editor, updated_at as at from pages where id = ? and trashed_at is null',
        ).get(page) as Checkpoint | undefined) ?? null,
    )
  }
}
