// How far pages have been read, and which are behind: everything that follows from a text is written beside this.
// Standing · DerivedRows (page · behind · write · forget · stale)

import type { Raw } from './open.ts'
import { statement } from './statement.ts'
import type { WriteAhead } from './write-ahead.ts'

/** A page as its row has it, to be read. */
export interface Standing {
  id: number
  title: string
  seq: number
  text: string
}

/** What is kept of the reading itself. */
export interface Reading {
  page: number
  seq: number
  version: number
  /** Bytes of the text in UTF-8. */
  bytes: number
  likeness: string
}

/** Ids among which pages that are behind are looked for at once: about 3 ms. */
const LOOKED_AT = 2_000

/** The rows of `derived` in one database. */
export class DerivedRows {
  constructor(
    private readonly withRaw: <T>(use: (raw: Raw) => T | Promise<T>) => Promise<T>,
    private readonly ahead: WriteAhead,
  ) {}

  /** A page's title and text, or null where there is no such page. */
  page(id: number): Promise<Standing | null> {
    return this.withRaw(
      raw =>
        (statement(raw, 'select id, title, seq, content as text from pages where id = ? and trashed_at is null').get(
          id,
        ) as Standing | undefined) ?? null,
    )
  }

  /**
   * Ids above `after`, in order, of pages whose text or whose way of reading is newer than what was read of them: at most
   * `limit` of them, among the next 2,000 ids. `next` is where to go on, or null at the end.
   */
  behind(after: number, version: number, limit: number): Promise<{ found: number[]; next: number | null }> {
    return this.withRaw(raw => {
      const until = after + LOOKED_AT
      const found = statement(
        raw,
        // The index holds both columns: the rows themselves, with their texts between, are not touched.
        `select p.id from pages p indexed by pages_id_seq_index left join derived d on d.page_id = p.id
         where p.id > ? and p.id <= ? and (d.page_id is null or d.seq < p.seq or d.version <> ?)
           and not exists (select 1 from trash where page_id = p.id) order by p.id limit ?`,
      )
        .pluck()
        .all(after, until, version, limit) as number[]
      if (found.length === limit) return { found, next: found.at(-1)! }
      const more = statement(raw, 'select 1 from pages where id > ? limit 1').get(until)
      return { found, next: more ? until : null }
    })
  }

  /**
   * Writes what several readings found, in one transaction. A page that is gone, or has been given another title, since
   * it was read, is left out; answers with those that were written.
   */
  write(readings: { title: string; reading: Reading; writes: ((raw: Raw) => void)[] }[]): Promise<number[]> {
    return this.withRaw(raw => {
      const titled = statement(raw, 'select title from pages where id = ? and trashed_at is null').pluck()
      const keep = statement(
        raw,
        `insert into derived (page_id, seq, version, bytes, likeness) values (?, ?, ?, ?, ?) on conflict (page_id) do
         update set seq = excluded.seq, version = excluded.version, bytes = excluded.bytes, likeness = excluded.likeness`,
      )
      const written: number[] = []
      const all = raw.transaction(() => {
        for (const { title, reading, writes } of readings) {
          const { page, seq, version, bytes, likeness } = reading
          if (titled.get(page) !== title) continue
          for (const write of writes) write(raw)
          keep.run(page, seq, version, bytes, likeness)
          written.push(page)
        }
        return written
      })
      return this.ahead.commit(raw, () => all.immediate())
    })
  }

  /** Removes what was read of a page, in one transaction. */
  forget(page: number, forgets: ((raw: Raw, page: number) => void)[]): Promise<void> {
    return this.withRaw(raw => {
      const all = raw.transaction(() => {
        for (const forget of forgets) forget(raw, page)
        statement(raw, 'delete from derived where page_id = ?').run(page)
      })
      return this.ahead.commit(raw, () => all.immediate())
    })
  }
}
