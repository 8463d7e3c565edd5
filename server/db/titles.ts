// Questions about titles that need SQL of their own: the tree that titles make, and titles that hold some words.
// Titles (children · below · matching · behind)

import type { Raw } from './open.ts'

/** A branch of the tree: a title, the page that bears it if one does, and how many pages stand below it. */
export interface BranchRow {
  title: string
  page: number | null
  below: number
}

/** Looks titles up over one database. */
export class Titles {
  constructor(private readonly withRaw: <T>(use: (raw: Raw) => T) => Promise<T>) {}

  /** What stands directly under a title (by its key; '' is the top), written or only implied by what stands below. */
  children(underKey: string): Promise<BranchRow[]> {
    const prefix = underKey === '' ? '' : `${underKey}/`
    // '0' is the character behind '/'.
    const [from, to] = underKey === '' ? ['', '\u{10ffff}'] : [prefix, `${underKey}0`]
    return this.withRaw(raw => {
      const rows = raw
        .prepare(
          `select min(title) as title, max(case when rest = segment then id end) as page,
                  sum(rest <> segment) as below, max(case when rest = segment then title end) as own
           from (select id, title, rest, case instr(rest, '/') when 0 then rest else substr(rest, 1, instr(rest, '/') - 1) end as segment
                 from (select id, title, substr(title_key, length(?) + 1) as rest from pages
                       where title_key >= ? and title_key < ? and trashed_at is null))
           group by segment order by segment`,
        )
        .all(prefix, from, to) as (BranchRow & { own: string | null })[]
      const depth = prefix.split('/').length
      return rows.map(({ title, page, below, own }) => ({
        title: own ?? title.split('/').slice(0, depth).join('/'),
        page,
        below,
      }))
    })
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

  /** Pages whose row lags behind their log, as after a crash. */
  behind(): Promise<number[]> {
    return this.withRaw(
      raw =>
        raw
          .prepare(
            `select id from pages indexed by pages_id_seq_index
             where seq < (select seq from entries where page_id = pages.id order by seq desc limit 1)
               and not exists (select 1 from trash where page_id = pages.id)`,
          )
          .pluck()
          .all() as number[],
    )
  }
}
