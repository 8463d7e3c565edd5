// Pages as they are described everywhere, by statements of their own: the ORM takes a hundred times as long to ask.
// PageHead · PageRows (byId · byKey · newest · count · text)

import type { Raw } from './open.ts'
import { statement } from './statement.ts'

type PersonRow = { id: number; username: string; avatar?: string | null; colour: number }

/** A page without its text, and the people who made it and wrote in it last. */
export interface PageHead {
  id: number
  title: string
  seq: number
  author: PersonRow
  editor: PersonRow
  createdAt: Date
  updatedAt: Date
  protection?: string | null
  lockedAt?: Date | null
}

type Found = [
  number,
  string,
  number,
  number,
  number,
  string | null,
  number | null,
  ...[number, string, string | null, number],
  ...[number, string, string | null, number],
]

const SELECT = `select p.id, p.title, p.seq, p.created_at, p.updated_at, p.protection, p.locked_at,
    a.id, a.username, a.avatar, a.colour, e.id, e.username, e.avatar, e.colour
  from pages p join users a on a.id = p.author_id join users e on e.id = p.editor_id where p.trashed_at is null`

/** Reads pages that are not in the trash. */
export class PageRows {
  constructor(private readonly withRaw: <T>(use: (raw: Raw) => T) => Promise<T>) {}

  byId(id: number): Promise<PageHead | null> {
    return this.#one(`${SELECT} and p.id = ?`, id)
  }

  /** The page with this title key, or else the one that had it before. */
  async byKey(key: string): Promise<PageHead | null> {
    return (
      (await this.#one(`${SELECT} and p.title_key = ?`, key)) ??
      (await this.#one(`${SELECT} and p.id = (select page_id from redirects where title_key = ?)`, key))
    )
  }

  /**
   * The newest first, of all or those that somebody began; `before` names the last one that is known already, by its time
   * and id.
   */
  newest(limit: number, before: { at: number; id: number } | null = null, author?: number): Promise<PageHead[]> {
    const where = `${before ? 'and (p.updated_at, p.id) < (?, ?)' : ''} ${author === undefined ? '' : 'and p.author_id = ?'}`
    const given = [...(before ? [before.at, before.id] : []), ...(author === undefined ? [] : [author])]
    return this.withRaw(raw =>
      statement(raw, `${SELECT} ${where} order by p.updated_at desc, p.id desc limit ?`)
        .raw()
        .all(...given, limit)
        .map(found => head(found as Found)),
    )
  }

  count(): Promise<number> {
    return this.withRaw(
      raw => statement(raw, "select coalesce((select below from branches where key = ''), 0)").pluck().get() as number,
    )
  }

  /** A page's text as it was last folded, and up to which entry. */
  text(id: number): Promise<{ seq: number; content: string } | null> {
    return this.withRaw(
      raw =>
        (statement(raw, 'select seq, content from pages where id = ? and trashed_at is null').get(id) as
          | { seq: number; content: string }
          | undefined) ?? null,
    )
  }

  #one(sql: string, by: number | string): Promise<PageHead | null> {
    return this.withRaw(raw => {
      const found = statement(raw, sql).raw().get(by) as Found | undefined
      return found ? head(found) : null
    })
  }
}

function head([id, title, seq, createdAt, updatedAt, protection, lockedAt, ...people]: Found): PageHead {
  const [aId, aName, aAvatar, aColour, eId, eName, eAvatar, eColour] = people
  return {
    id,
    title,
    seq,
    author: { id: aId, username: aName, avatar: aAvatar, colour: aColour },
    editor: { id: eId, username: eName, avatar: eAvatar, colour: eColour },
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
    protection,
    lockedAt: lockedAt === null ? null : new Date(lockedAt),
  }
}
