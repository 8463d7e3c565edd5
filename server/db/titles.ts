// Questions about titles that need SQL of their own: the tree that titles make, and titles that hold some words.
// Titles (children · below · matching · behind · last)

import type { Raw } from './open.ts'
import { statement } from './statement.ts'

/** A branch of the tree: a title, the page that bears it if one does, and how many pages stand below it. */
export interface BranchRow {
  title: string
  page: number | null
  below: number
}

/** Looks titles up over one database. */
export class Titles {
  constructor(private readonly withRaw: <T>(use: (raw: Raw) => T) => Promise<T>) {}

  /**
   * What stands directly under a title (by its key; '' is the top), written or only implied by what stands below: by
   * name, all of it, or the first `limit` and those with the keys in `also`.
   */
  children(underKey: string, limit?: number, also: string[] = []): Promise<BranchRow[]> {
    return this.withRaw(
      raw =>
        statement(
          raw,
          `with level (key) as (
             select key from (select title_key as key from pages where parent_key = @under order by title_key limit @limit)
             union select key from (select key from branches where parent_key = @under order by key limit @limit)
             order by 1 limit @limit)
           select coalesce(p.title, nullif(b.title, ''), b.key) as title, p.id as page, coalesce(b.below, 0) as below
           from (select key from level
             union select title_key from pages where title_key in (select value from json_each(@also)) and parent_key = @under
             union select key from branches where key in (select value from json_each(@also)) and parent_key = @under) l
           left join pages p on p.title_key = l.key left join branches b on b.key = l.key order by l.key`,
        ).all({ under: underKey, limit: limit ?? -1, also: JSON.stringify(also) }) as BranchRow[],
    )
  }

  /** Ids of the pages that stand below a title (by its key), however deep. */
  below(key: string): Promise<number[]> {
    return this.withRaw(
      raw =>
        raw
          .prepare(
            'select id from pages where title_key >= ? and title_key < ? and trashed_at is null order by title_key',
          )
          .pluck()
          .all(`${key}/`, `${key}0`) as number[],
    )
  }

  /** Ids of pages whose title holds `key` (a title key), best first: whole last segments, their beginnings, the rest. */
  matching(key: string, limit: number, offset: number): Promise<number[]> {
    return this.withRaw(
      raw =>
        raw
          .prepare(
            `select id from pages where instr(title_key, ?) > 0 and trashed_at is null
             order by leaf_key = ? desc, substr(leaf_key, 1, length(?)) = ? desc, updated_at desc, id desc
             limit ? offset ?`,
          )
          .pluck()
          .all(key, key, key, key, limit, offset) as number[],
    )
  }

  /** Pages with ids above `after`, up to `until`, whose row lags behind their log, as after a crash. */
  behind(after: number, until: number): Promise<number[]> {
    return this.withRaw(
      raw =>
        statement(
          raw,
          `select id from pages indexed by pages_id_seq_index where id > ? and id <= ?
             and seq < (select seq from entries where page_id = pages.id order by seq desc limit 1)
             and not exists (select 1 from trash where page_id = pages.id)`,
        )
          .pluck()
          .all(after, until) as number[],
    )
  }

  /** The highest id of a page. */
  last(): Promise<number> {
    return this.withRaw(raw => statement(raw, 'select coalesce(max(id), 0) from pages').pluck().get() as number)
  }
}
