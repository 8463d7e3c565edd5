// Links, other names and tags as they are kept: written beside each page's reading, asked for by key.
// FoundLink · Sentence · Backlink · LinkRows (write · forget · aliased · namesOf · backlinks · linking · countLinking)

import type { Raw } from './open.ts'
import { statement } from './statement.ts'

/** The words around a link. */
export interface Sentence {
  before: string
  words: string
  after: string
}

/** What a page's text links to. */
export interface FoundLink {
  key: string
  title: string
  contexts: Sentence[]
}

/** A name that a text gives, and its key. */
export interface Named {
  key: string
  name: string
}

/** Everything that one page's text says about other pages and about itself. */
export interface FoundNames {
  links: FoundLink[]
  aliases: Named[]
  tags: Named[]
}

/** Keys of what has changed in it. */
export interface ChangedNames {
  links: string[]
  names: string[]
  tags: string[]
}

/** A page that links to another. */
export interface Backlink {
  page: number
  contexts: Sentence[]
}

/** One database's links. */
export class LinkRows {
  constructor(private readonly withRaw: <T>(use: (raw: Raw) => T) => Promise<T>) {}

  /**
   * Takes what a page's text says in place of what it said before; rows that stayed the same are not touched. Answers
   * with the keys that came, went or are said otherwise.
   */
  write(raw: Raw, page: number, { links, aliases, tags }: FoundNames): ChangedNames {
    const contexts = new Map(links.map(l => [l.key, [l.title, JSON.stringify(l.contexts)]]))
    return {
      links: replace(raw, 'links', 'title, contexts', page, contexts),
      names: replace(raw, 'aliases', 'alias', page, new Map(aliases.map(({ key, name }) => [key, [name]]))),
      tags: replace(raw, 'tags', 'tag', page, new Map(tags.map(({ key, name }) => [key, [name]]))),
    }
  }

  /** Removes what was written of a page. */
  forget(raw: Raw, page: number): ChangedNames {
    return this.write(raw, page, { links: [], aliases: [], tags: [] })
  }

  /** Pages that are the only ones with one of these other names; a name that several pages bear is `null`. */
  aliased(keys: string[]): Promise<Map<string, { title: string } | null>> {
    return this.withRaw(raw => {
      const found = new Map<string, { title: string } | null>()
      const ask = statement(
        raw,
        'select p.title from aliases a join pages p on p.id = a.page_id where a.key = ? order by p.id limit 2',
      )
      for (const key of keys) {
        const rows = ask.all(key) as { title: string }[]
        if (rows.length > 0) found.set(key, rows.length === 1 ? rows[0]! : null)
      }
      return found
    })
  }

  /** The keys under which a page may be linked to: its title, the titles it had, its last segment and other names. */
  namesOf(page: number): Promise<string[]> {
    return this.withRaw(
      raw =>
        statement(
          raw,
          `select title_key from pages where id = ? union select title_key from redirects where page_id = ?
           union select leaf_key from pages where id = ? union select key from aliases where page_id = ?`,
        )
          .pluck()
          .all(page, page, page, page) as string[],
    )
  }

  /** Pages other than `page` that link to one of these keys, by id above `after`. */
  backlinks(keys: string[], page: number, after: number, limit: number): Promise<Backlink[]> {
    return this.withRaw(raw => {
      const rows = raw
        .prepare(
          `select page_id as page, contexts from links where key in (${keys.map(() => '?').join(', ')})
           and page_id <> ? and page_id > ? order by page_id limit ?`,
        )
        .all(...keys, page, after, limit) as { page: number; contexts: string }[]
      const found = new Map<number, Backlink>()
      for (const row of rows) {
        const contexts = JSON.parse(row.contexts) as Sentence[]
        const known = found.get(row.page)
        if (known) known.contexts.push(...contexts)
        else found.set(row.page, { page: row.page, contexts })
      }
      return [...found.values()]
    })
  }

  /** Ids above `after` of pages that link to one of these keys. */
  linking(keys: string[], after: number, limit: number): Promise<number[]> {
    return this.withRaw(
      raw =>
        statement(
          raw,
          `select distinct page_id from links where key in (select value from json_each(?)) and page_id > ?
           order by page_id limit ?`,
        )
          .pluck()
          .all(JSON.stringify(keys), after, limit) as number[],
    )
  }

  /** How many pages above `after` link to one of these keys. */
  countLinking(keys: string[], after: number): Promise<number> {
    return this.withRaw(
      raw =>
        statement(
          raw,
          `select count(distinct page_id) from links where key in (select value from json_each(?)) and page_id > ?`,
        )
          .pluck()
          .get(JSON.stringify(keys), after) as number,
    )
  }
}

function replace(raw: Raw, table: string, columns: string, page: number, wanted: Map<string, string[]>): string[] {
  const known = statement(raw, `select key, ${columns} from ${table} where page_id = ?`).raw().all(page) as string[][]
  const drop = statement(raw, `delete from ${table} where page_id = ? and key = ?`)
  const stays = new Set<string>()
  const changed = new Set<string>()
  for (const [key = '', ...values] of known) {
    const next = wanted.get(key)
    if (next?.every((value, i) => value === values[i])) stays.add(key)
    else {
      drop.run(page, key)
      changed.add(key)
    }
  }
  const marks = columns.split(', ').map(() => '?')
  const add = statement(raw, `insert into ${table} (page_id, key, ${columns}) values (?, ?, ${marks.join(', ')})`)
  for (const [key, values] of wanted) {
    if (stays.has(key)) continue
    add.run(page, key, ...values)
    changed.add(key)
  }
  return [...changed]
}
