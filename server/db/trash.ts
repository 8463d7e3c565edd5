// Pages on their way out and back: marked, found in the trash, put where they were, removed for good. Its SQL is here.
// Trash (put · take · due · purge)

import type { Raw } from './open.ts'

/** What stands in `pages` for the title of a page that is back. */
export interface Place {
  id: number
  title: string
  titleKey: string
  leafKey: string
  parentKey: string
}

/** A deed to be written down together with what it does. */
export interface Deed {
  user: number
  via: string
  at: number
}

/** Tables that keep something of a page that is no more, or that look after themselves. */
const KEPT = /^(pages|changes|search_.*)$/

/** Moves pages in and out of the trash over one database. */
export class Trash {
  constructor(private readonly withRaw: <T>(use: (raw: Raw) => T) => Promise<T>) {}

  /**
   * Puts those of these pages that are there into the trash, and writes it down; `root` is the page that was named.
   * @returns the ids of those that were there
   */
  put(ids: number[], root: number, { user, via, at }: Deed): Promise<number[]> {
    return this.#inTransaction(raw => {
      const keep = raw.prepare(
        `insert into trash (page_id, root_id, title_key, user_id, at)
         select id, ?, title_key, ?, ? from pages where id = ? and trashed_at is null`,
      )
      // No title holds a “#”: the keys of these pages are free for others, and lead nowhere.
      const hide = raw.prepare(
        `update pages set trashed_at = ?, title_key = '#' || id, leaf_key = '#' || id, parent_key = '#' where id = ?`,
      )
      return ids.filter(id => {
        if (keep.run(root, user, at, id).changes === 0) return false
        hide.run(at, id)
        tell(raw, 'deleted', id, null, { user, via, at })
        return true
      })
    })
  }

  /**
   * Takes pages out of the trash, each to its place. One whose title is taken stays, and is from then on its own root.
   * @returns the ids of those that are back
   */
  take(places: Place[], { user, via, at }: Deed): Promise<number[]> {
    return this.#inTransaction(raw => {
      const isTaken = raw.prepare('select 1 from pages where title_key = ?').pluck()
      const show = raw.prepare(
        `update pages set trashed_at = null, title = ?, title_key = ?, leaf_key = ?, parent_key = ?
         where id = ? and trashed_at is not null`,
      )
      return places
        .filter(({ id, title, titleKey, leafKey, parentKey }) => {
          if (isTaken.get(titleKey) !== undefined) {
            raw.prepare('update trash set root_id = page_id where page_id = ?').run(id)
            return false
          }
          if (show.run(title, titleKey, leafKey, parentKey, id).changes === 0) return false
          raw.prepare('delete from trash where page_id = ?').run(id)
          // Others that went with it, and stay, have lost their root.
          raw.prepare('update trash set root_id = page_id where root_id = ?').run(id)
          // A title that led elsewhere before leads here now.
          raw.prepare('delete from redirects where title_key = ?').run(titleKey)
          tell(raw, 'restored', id, null, { user, via, at })
          return true
        })
        .map(({ id }) => id)
    })
  }

  /** Ids of pages that were deleted before a moment (milliseconds since 1970), oldest first. */
  due(before: number, limit: number): Promise<number[]> {
    return this.withRaw(
      raw =>
        raw
          .prepare('select page_id from trash where at < ? order by at, page_id limit ?')
          .pluck()
          .all(before, limit) as number[],
    )
  }

  /** Removes a page that is in the trash, with its log and all that is known of it. Whether it was there. */
  purge(id: number): Promise<boolean> {
    return this.#inTransaction(raw => {
      if (raw.prepare('select 1 from pages where id = ? and trashed_at is not null').get(id) === undefined) return false
      const tables = raw
        .prepare(
          `select t.name from sqlite_master t join pragma_table_info(t.name) c
           where t.type = 'table' and t.sql not like 'create virtual%' and c.name = 'page_id'`,
        )
        .pluck()
        .all() as string[]
      for (const table of tables) if (!KEPT.test(table)) raw.prepare(`delete from ${table} where page_id = ?`).run(id)
      raw.prepare('update trash set root_id = page_id where root_id = ?').run(id)
      return raw.prepare('delete from pages where id = ?').run(id).changes > 0
    })
  }

  #inTransaction<T>(work: (raw: Raw) => T): Promise<T> {
    return this.withRaw(raw => raw.transaction(() => work(raw)).immediate())
  }
}

function tell(raw: Raw, kind: string, page: number, detail: string | null, { user, via, at }: Deed): void {
  raw
    .prepare(
      `insert into changes (kind, page_id, title, user_id, via, began_at, at, added, removed, detail)
       select ?, id, title, ?, ?, ?, ?, 0, 0, ? from pages where id = ?`,
    )
    .run(kind, user, via, at, at, detail, page)
}
