// Pages that take other titles, many at once: each title may be the one that another of them has just given up.
// Move · family · movePages

import type { SqlEntityManager } from '@mikro-orm/better-sqlite'

/** A page's next title and the columns that follow from it; `from` and `fromKey` are what it was called. */
export interface Move {
  id: number
  from: string
  fromKey: string
  title: string
  titleKey: string
  leafKey: string
  parentKey: string
}

/** Pages that stand under a title, by key. */
export function family(em: SqlEntityManager, key: string, limit: number): Promise<{ id: number; title: string }[]> {
  // '0' is the character behind '/'.
  return em.execute('select id, title from pages where title_key > ? and title_key < ? order by title_key limit ?', [
    `${key}/`,
    `${key}0`,
    limit,
  ])
}

/**
 * Gives pages their next titles; what they were called leads to them from then on. Part of the caller's transaction.
 * @throws UniqueConstraintViolationException when a title belongs to a page that does not move
 */
export async function movePages(em: SqlEntityManager, moves: Move[]): Promise<void> {
  const json = JSON.stringify(moves)
  const run = (sql: string, ...values: unknown[]) => em.execute(sql, values, 'run')
  const these = `(select value ->> 'id' from json_each(?))`
  // No title holds a “#”: for a moment each page is out of every other's way.
  await run(`update pages set title_key = '#' || id where id in ${these}`, json)
  await run(
    `update pages set title = m.value ->> 'title', title_key = m.value ->> 'titleKey',
       leaf_key = m.value ->> 'leafKey', parent_key = m.value ->> 'parentKey'
     from json_each(?) as m where pages.id = m.value ->> 'id'`,
    json,
  )
  await run(
    `insert into redirects (title_key, title, page_id, created_at)
     select value ->> 'fromKey', value ->> 'from', value ->> 'id', ? from json_each(?) where true
     on conflict (title_key) do update
     set title = excluded.title, page_id = excluded.page_id, created_at = excluded.created_at`,
    Date.now(),
    json,
  )
  // A title that a page bears leads nowhere else.
  await run(`delete from redirects where title_key in (select title_key from pages where id in ${these})`, json)
  // Should this process end before the titles are read anew, the next one does it.
  await run(`update derived set seq = -1 where page_id in ${these}`, json)
}
