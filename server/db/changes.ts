// Editing sessions and deeds as rows of what happened: how sessions grow, and how they are looked up. Its SQL is here.
// SESSION_GAP · Session · ChangeFilter · Found · keepSession · Changes (find · latest)

import type { Raw } from './open.ts'

/** Somebody who rests this long, in milliseconds, begins a new session. */
export const SESSION_GAP = 15 * 60_000

/** What one user wrote in a page between two checkpoints, by one command; sizes in UTF-16 units. */
export interface Session {
  user: number
  via: string
  firstSeq: number
  lastSeq: number
  began: number
  at: number
  added: number
  removed: number
}

/** Which changes are wanted. Times are milliseconds since 1970. */
export interface ChangeFilter {
  user?: number
  page?: number
  /** Made by programs, or by anything else. */
  programs?: boolean
  kinds?: readonly string[]
  /** A tag's key. */
  tag?: string
  /** A title key: the page has it, or stands under it. */
  under?: string
  since?: number
  /** Only what is older than this change. */
  before?: { at: number; id: number }
}

/** The command by which programs write. */
const PROGRAM = 'page:edit'

/** Adds a session to the one that the same user has not ended yet, or begins a new one. Runs in the caller's transaction. */
export function keepSession(raw: Raw, page: number, session: Session): void {
  const { user, via, firstSeq, lastSeq, began, at, added, removed } = session
  const last = raw
    .prepare(
      `select id from changes where page_id = ? and user_id = ? and kind = 'edited' and via = ? and note is null and at >= ?
       order by at desc, id desc limit 1`,
    )
    .pluck()
    .get(page, user, via, began - SESSION_GAP) as number | undefined
  if (last !== undefined) {
    raw
      .prepare('update changes set at = ?, last_seq = ?, added = added + ?, removed = removed + ? where id = ?')
      .run(at, lastSeq, added, removed, last)
    return
  }
  raw
    .prepare(
      `insert into changes (kind, page_id, title, user_id, via, began_at, at, first_seq, last_seq, added, removed)
       select 'edited', id, title, ?, ?, ?, ?, ?, ?, ?, ? from pages where id = ?`,
    )
    .run(user, via, began, at, firstSeq, lastSeq, added, removed, page)
}

/** Looks changes up over one database. */
export class Changes {
  constructor(private readonly withRaw: <T>(use: (raw: Raw) => T) => Promise<T>) {}

  /** Ids of changes that fit, newest first. */
  find(filter: ChangeFilter, limit: number): Promise<number[]> {
    const { conditions, values } = asked(filter)
    const where = conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''
    return this.withRaw(
      raw =>
        raw
          .prepare(`select c.id from changes c ${where} order by c.at desc, c.id desc limit ?`)
          .pluck()
          .all(...values, limit) as number[],
    )
  }

  /** Ids of the changes of a page's text by one user that are still going on, newest first. */
  latest(page: number, user: number, since: number): Promise<number[]> {
    return this.withRaw(
      raw =>
        raw
          .prepare(
            `select id from changes where page_id = ? and user_id = ? and kind in ('edited', 'created') and at >= ?
             order by at desc, id desc limit 1`,
          )
          .pluck()
          .all(page, user, since) as number[],
    )
  }
}

function asked(filter: ChangeFilter): { conditions: string[]; values: unknown[] } {
  const conditions: string[] = []
  const values: unknown[] = []
  const add = (condition: string, ...given: unknown[]) => {
    conditions.push(condition)
    values.push(...given)
  }
  const { user, page, programs, kinds, tag, under, since, before } = filter
  if (user !== undefined) add('c.user_id = ?', user)
  if (page !== undefined) add('c.page_id = ?', page)
  if (programs !== undefined) add(programs ? 'c.via = ?' : 'c.via <> ?', PROGRAM)
  if (kinds !== undefined) add(`c.kind in (${kinds.map(() => '?').join(', ')})`, ...kinds)
  if (tag !== undefined) add('exists (select 1 from tags t where t.page_id = c.page_id and t.key = ?)', tag)
  if (under !== undefined) {
    // '0' is the character behind '/'.
    const within = 'p.id = c.page_id and (p.title_key = ? or (p.title_key >= ? and p.title_key < ?))'
    add(`exists (select 1 from pages p where ${within})`, under, `${under}/`, `${under}0`)
  }
  if (since !== undefined) add('c.at >= ?', since)
  if (before !== undefined) add('(c.at, c.id) < (?, ?)', before.at, before.id)
  return { conditions, values }
}
