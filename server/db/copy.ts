// Copies of the database: whether one is whole, and what makes it another wiki's beginning.
// CopyFacts · checkCopy · renewCopy

import { randomUUID } from 'node:crypto'
import Database from 'better-sqlite3'

/** What is in a copy. */
export interface CopyFacts {
  epoch: string
  pages: number
  users: number
  /** Hashes of the files that it knows. */
  files: string[]
}

/**
 * Reads a copy through and through.
 * @throws Error with SQLite's words where it is damaged
 */
export function checkCopy(file: string): CopyFacts {
  const copy = new Database(file, { readonly: true, fileMustExist: true })
  try {
    const found = copy.pragma('quick_check', { simple: true })
    if (found !== 'ok') throw new Error(`The database in it is damaged: ${String(found).slice(0, 200)}`)
    const count = (table: string) => copy.prepare(`select count(*) from ${table}`).pluck().get() as number
    const known = copy.prepare("select 1 from sqlite_master where name = 'files'").get()
    return {
      epoch: copy.prepare('select epoch from wiki').pluck().get() as string,
      pages: count('pages'),
      users: count('users'),
      files: known ? (copy.prepare('select distinct hash from files').pluck().all() as string[]) : [],
    }
  } finally {
    copy.close()
  }
}

/** Gives a copy an epoch of its own: what was written after it was made must not be merged into it unseen. */
export function renewCopy(file: string): string {
  const copy = new Database(file, { fileMustExist: true })
  try {
    const epoch = randomUUID()
    copy.pragma('journal_mode = DELETE')
    copy.pragma('synchronous = FULL')
    copy.prepare('update wiki set epoch = ?').run(epoch)
    return epoch
  } finally {
    copy.close()
  }
}
