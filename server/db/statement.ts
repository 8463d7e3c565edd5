// Statements are prepared once per connection.
// statement

import type BetterSqlite3 from 'better-sqlite3'
import type { Raw } from './open.ts'

type Statement = BetterSqlite3.Statement<unknown[]>

const prepared = new WeakMap<Raw, Map<string, Statement>>()

/** The prepared statement of this SQL on this connection. */
export function statement(raw: Raw, sql: string): Statement {
  let known = prepared.get(raw)
  if (!known) prepared.set(raw, (known = new Map()))
  let found = known.get(sql)
  if (!found) known.set(sql, (found = raw.prepare(sql)))
  return found
}
