// Pages by what is known of them: query blocks, tag pages, and the lists of what wants mending.
// PageFilter · Finder (pages · tags · tagsOf · wanted · broken · orphans · alike · large)

import type { Raw } from './open.ts'
import { statement } from './statement.ts'

/** What pages are like. Tags, parents and links are keys, people ids, times milliseconds since 1970. */
export interface PageFilter {
  tags: string[]
  notTags: string[]
  parent: string | null
  author: number | null
  editor: number | null
  /** Links to one of these keys. */
  linksTo: string[] | null
  changedSince: number | null
  createdSince: number | null
  order: 'title' | 'created' | 'changed' | 'size'
  descending: boolean
}

const ORDER = { title: 'p.title_key', created: 'p.created_at', changed: 'p.updated_at', size: 'd.bytes' }

// Where a wanted key leads nowhere: to no title, no former title, no last segment and no other name.
const NOWHERE = `not exists (select 1 from pages t where t.title_key = l.key)
  and not exists (select 1 from redirects r where r.title_key = l.key)
  and not exists (select 1 from pages t where t.leaf_key = l.key and instr(l.key, '/') = 0)
  and not exists (select 1 from aliases a where a.key = l.key)`

/** Lookups over one database. */
export class Finder {
  constructor(private readonly withRaw: <T>(use: (raw: Raw) => T) => Promise<T>) {}

  /** Ids of pages that are like this, in order. */
  pages(filter: PageFilter, limit: number, offset = 0): Promise<number[]> {
    const parts: string[] = []
    const values: unknown[] = []
    const add = (part: string, ...more: unknown[]) => {
      parts.push(part)
      values.push(...more)
    }
    // A tag holds those that stand under it: '0' is the character behind '/'.
    const tagged = `exists (select 1 from tags t where t.page_id = p.id and (t.key = ? or (t.key > ? and t.key < ?)))`
    const [first, ...others] = filter.tags
    for (const tag of others) add(tagged, tag, `${tag}/`, `${tag}0`)
    // The rarest way in: from the tag to its pages.
    if (first !== undefined)
      add(
        'p.id in (select page_id from tags where key = ? union select page_id from tags where key > ? and key < ?)',
        first,
        `${first}/`,
        `${first}0`,
      )
    for (const tag of filter.notTags) add(`not ${tagged}`, tag, `${tag}/`, `${tag}0`)
    if (filter.parent !== null) add('p.title_key > ? and p.title_key < ?', `${filter.parent}/`, `${filter.parent}0`)
    if (filter.author !== null) add('p.author_id = ?', filter.author)
    if (filter.editor !== null) add('p.editor_id = ?', filter.editor)
    if (filter.linksTo !== null)
      add(
        'p.id in (select page_id from links where key in (select value from json_each(?)))',
        JSON.stringify(filter.linksTo),
      )
    if (filter.changedSince !== null) add('p.updated_at >= ?', filter.changedSince)
    if (filter.createdSince !== null) add('p.created_at >= ?', filter.createdSince)
    const where = ['p.trashed_at is null', ...parts].join(' and ')
    const way = filter.descending ? 'desc' : 'asc'
    return this.withRaw(
      raw =>
        raw
          .prepare(
            `select p.id from pages p left join derived d on d.page_id = p.id where ${where}
             order by ${ORDER[filter.order]} ${way}, p.id ${way} limit ? offset ?`,
          )
          .pluck()
          .all(...values, limit, offset) as number[],
    )
  }

  /** Every tag with its pages counted, by name; `like` is a key that it holds. */
  tags(like: string, limit: number, offset: number): Promise<{ key: string; tag: string; pages: number }[]> {
    return this.withRaw(
      raw =>
        statement(
          raw,
          `select key, min(tag) as tag, count(*) as pages from tags where instr(key, ?) > 0 or ? = ''
           group by key order by key limit ? offset ?`,
        ).all(like, like, limit, offset) as { key: string; tag: string; pages: number }[],
    )
  }

  /** The tags of these pages, by page. */
  tagsOf(pages: number[]): Promise<Map<number, string[]>> {
    return this.withRaw(raw => {
      const rows = statement(
        raw,
        'select page_id as page, tag from tags where page_id in (select value from json_each(?)) order by key',
      ).all(JSON.stringify(pages)) as { page: number; tag: string }[]
      const found = new Map<number, string[]>()
      for (const { page, tag } of rows) found.set(page, [...(found.get(page) ?? []), tag])
      return found
    })
  }

  /** The sizes of these pages' texts in bytes. */
  sizesOf(pages: number[]): Promise<Map<number, number>> {
    return this.withRaw(
      raw =>
        new Map(
          statement(raw, 'select page_id, bytes from derived where page_id in (select value from json_each(?))')
            .raw()
            .all(JSON.stringify(pages)) as [number, number][],
        ),
    )
  }

  /** Titles that links want and nobody has written, the most wanted first. */
  wanted(limit: number, offset: number): Promise<{ title: string; pages: number }[]> {
    return this.withRaw(
      raw =>
        statement(
          raw,
          `select min(l.title) as title, count(*) as pages from links l where ${NOWHERE}
           group by l.key order by pages desc, l.key limit ? offset ?`,
        ).all(limit, offset) as { title: string; pages: number }[],
    )
  }

  /** Links that lead nowhere, or to several pages at once, by page. */
  broken(limit: number, offset: number): Promise<{ page: number; title: string }[]> {
    return this.withRaw(
      raw =>
        statement(
          raw,
          `select l.page_id as page, l.title from links l where ${NOWHERE} or (
             instr(l.key, '/') = 0 and not exists (select 1 from pages t where t.title_key = l.key)
             and not exists (select 1 from redirects r where r.title_key = l.key)
             and (select count(*) from (select id from pages t where t.leaf_key = l.key
                  union select page_id from aliases a where a.key = l.key)) > 1)
           order by l.page_id, l.key limit ? offset ?`,
        ).all(limit, offset) as { page: number; title: string }[],
    )
  }

  /** Pages that no other page links to, by title. */
  orphans(limit: number, offset: number): Promise<number[]> {
    return this.withRaw(
      raw =>
        statement(
          raw,
          `select p.id from pages p where p.trashed_at is null
             and not exists (select 1 from links l where l.key = p.title_key and l.page_id <> p.id)
             and not exists (select 1 from links l where l.key = p.leaf_key and l.page_id <> p.id)
             and not exists (select 1 from redirects r join links l on l.key = r.title_key
                             where r.page_id = p.id and l.page_id <> p.id)
             and not exists (select 1 from aliases a join links l on l.key = a.key
                             where a.page_id = p.id and l.page_id <> p.id)
           order by p.title_key limit ? offset ?`,
        )
          .pluck()
          .all(limit, offset) as number[],
    )
  }

  /** Pages whose titles are alike, next to each other. */
  alike(limit: number, offset: number): Promise<{ page: number; likeness: string }[]> {
    return this.withRaw(
      raw =>
        statement(
          raw,
          `select page_id as page, likeness from derived where likeness in
             (select likeness from derived group by likeness having count(*) > 1 order by likeness)
           order by likeness, page_id limit ? offset ?`,
        ).all(limit, offset) as { page: number; likeness: string }[],
    )
  }

  /** Pages, the largest first. */
  large(limit: number, offset: number): Promise<number[]> {
    return this.withRaw(
      raw =>
        statement(raw, 'select page_id from derived order by bytes desc, page_id limit ? offset ?')
          .pluck()
          .all(limit, offset) as number[],
    )
  }
}
