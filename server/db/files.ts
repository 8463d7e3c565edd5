// Files and where they are used. All their SQL is here.
// FileRows (named · ofPage · unused · usage · hashes · want · forget)

import type { Raw } from './open.ts'
import { statement } from './statement.ts'

/** How many files there are, and their bytes. */
export interface Usage {
  files: number
  bytes: number
}

// A name in brackets means the file that has it, an address the one whose hash begins so. Pages in the trash count: they
// may come back.
const USED = `exists (select 1 from file_refs r join pages p on p.id = r.page_id
                      where r.wanted = f.ref or r.wanted = f.name_key)`

/** The rows of `files` and `file_refs` in one database. */
export class FileRows {
  constructor(private readonly withRaw: <T>(use: (raw: Raw) => T) => Promise<T>) {}

  /** Ids of the files that have one of these names (by key), newest first. */
  named(keys: string[]): Promise<{ id: number; key: string; folder: string }[]> {
    return this.withRaw(
      raw =>
        statement(
          raw,
          `select id, name_key as key, folder from files where name_key in (select value from json_each(?))
           order by id desc limit 5000`,
        ).all(JSON.stringify(keys)) as { id: number; key: string; folder: string }[],
    )
  }

  /** Ids of the files that a page's text shows or links; of several with one name, all. */
  ofPage(page: number, limit: number): Promise<number[]> {
    return this.withRaw(
      raw =>
        statement(
          raw,
          `select distinct f.id from file_refs r join files f on f.ref = r.wanted or f.name_key = r.wanted
           where r.page_id = ? order by f.id limit ?`,
        )
          .pluck()
          .all(page, limit) as number[],
    )
  }

  /** Ids above `after` of files that no page uses and that are older than `before`, in milliseconds since 1970. */
  unused(before: number, after: number, limit: number): Promise<number[]> {
    return this.withRaw(
      raw =>
        statement(raw, `select id from files f where id > ? and created_at < ? and not ${USED} order by id limit ?`)
          .pluck()
          .all(after, before, limit) as number[],
    )
  }

  /** How much of it is unused. */
  unusedInAll(before: number): Promise<Usage> {
    return this.withRaw(
      raw =>
        statement(
          raw,
          `select count(*) as files, coalesce(sum(bytes), 0) as bytes from files f where created_at < ? and not ${USED}`,
        ).get(before) as Usage,
    )
  }

  /** What one person has put in, or everybody. */
  usage(author: number | null): Promise<Usage> {
    return this.withRaw(
      raw =>
        statement(
          raw,
          `select count(*) as files, coalesce(sum(bytes), 0) as bytes from files where ? is null or author_id = ?`,
        ).get(author, author) as Usage,
    )
  }

  /** Which of these files are used by some page. */
  used(ids: number[]): Promise<number[]> {
    return this.withRaw(
      raw =>
        statement(raw, `select id from files f where id in (select value from json_each(?)) and ${USED}`)
          .pluck()
          .all(JSON.stringify(ids)) as number[],
    )
  }

  /** Which of these hashes have a row. */
  known(hashes: string[]): Promise<Set<string>> {
    return this.withRaw(
      raw =>
        new Set(
          statement(raw, 'select distinct hash from files where hash in (select value from json_each(?))')
            .pluck()
            .all(JSON.stringify(hashes)) as string[],
        ),
    )
  }

  /** Writes down what a page's text asks for, in the place of what it asked for before. */
  want(raw: Raw, page: number, wanted: Iterable<string>): void {
    statement(raw, 'delete from file_refs where page_id = ?').run(page)
    const insert = statement(raw, 'insert into file_refs (page_id, wanted) values (?, ?) on conflict do nothing')
    for (const one of wanted) insert.run(page, one)
  }

  /** Forgets what a page asked for, unless it is only in the trash. */
  forget(raw: Raw, page: number): void {
    statement(raw, 'delete from file_refs where page_id = ? and not exists (select 1 from pages where id = ?)').run(
      page,
      page,
    )
  }
}
