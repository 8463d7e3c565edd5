// Opening the database by its URL: connection settings, creation, migration, closing.
// Database · openDatabase · Raw

import { randomBytes, randomUUID } from 'node:crypto'
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type EntityManager, MikroORM } from '@mikro-orm/better-sqlite'
import type BetterSqlite3 from 'better-sqlite3'
import type { Logger } from 'pino'
import schema from '../../schema.sql?raw'
import { Changes } from './changes.ts'
import { DerivedRows } from './derived.ts'
import { entities, Wiki, type WikiRow } from './entities.ts'
import { FileRows } from './files.ts'
import { LinkRows } from './links.ts'
import { Log } from './log.ts'
import { migrations } from './migrations/list.ts'
import { PageRows } from './page-rows.ts'
import { Finder } from './queries.ts'
import { SearchIndex } from './search.ts'
import { Titles } from './titles.ts'
import { Trash } from './trash.ts'
import { Visits } from './visits.ts'
import { WriteAhead } from './write-ahead.ts'

/** The driver's own connection. */
export type Raw = BetterSqlite3.Database

/** An open database. Every command forks an EntityManager of its own. */
export interface Database {
  /** A fresh EntityManager with an identity map of its own. */
  em(): EntityManager
  /** The log of edits. */
  log: Log
  /** Pages as they are described everywhere. */
  pages: PageRows
  /** Lookups by title. */
  titles: Titles
  /** How far pages' texts have been read. */
  derived: DerivedRows
  /** Links, other names and tags. */
  links: LinkRows
  /** Pages by what is known of them. */
  finder: Finder
  /** Who has seen which page. */
  visits: Visits
  /** What pages are found by. */
  search: SearchIndex
  /** Pages on their way out and back. */
  trash: Trash
  /** What happened. */
  changes: Changes
  /** Files and where they are used. */
  files: FileRows
  /** This wiki's identity: its epoch and the secret made at first start. */
  wiki: Pick<WikiRow, 'epoch' | 'secret'>
  orm: MikroORM
  /**
   * Copies the database to a file while everything goes on, a little at a time; `tell` hears of pages done and in all.
   * What is written meanwhile is in the copy or not: it is the database of one moment.
   */
  backup(to: string, tell: (done: number, total: number) => void): Promise<void>
  close(): Promise<void>
}

/** SQLite's settings for every connection; RELIABILITY 98 and 99 say what each of the first three prevents. */
const PRAGMAS = [
  'locking_mode = EXCLUSIVE',
  'journal_mode = WAL',
  'synchronous = FULL',
  'busy_timeout = 2000',
  'foreign_keys = ON',
  'trusted_schema = OFF',
  'cell_size_check = ON',
  'wal_autocheckpoint = 1000',
  'journal_size_limit = 67108864',
  'mmap_size = 0',
  'temp_store = MEMORY',
  'cache_size = -20000',
]

/**
 * Opens the database at `sqlite:PATH`, makes it where there is none, and brings an older one up to date after a backup.
 * @throws Error with a sentence for the operator: file in use, lost, damaged, or settings that would not keep data safe
 */
export async function openDatabase(url: string, log: Logger): Promise<Database> {
  const file = url.slice('sqlite:'.length)
  const folder = dirname(file)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const marker = join(folder, `.${basename(file)}.marker`)
  try {
    makePrivate(file)
  } catch (error) {
    throw told(error, file)
  }
  const ahead = new WriteAhead(`${file}-wal`)
  let connected: Raw | null = null
  const orm = await MikroORM.init({
    entities,
    dbName: file,
    debug: false,
    forceUtcTimezone: true,
    schemaGenerator: { skipTables: ['migrations', /^search_/] },
    pool: {
      afterCreate: (connection: Raw, done: (error: Error | null, connection: Raw) => void) => {
        try {
          for (const pragma of PRAGMAS) connection.pragma(pragma)
          void ahead.reopened()
          connected = connection
          done(null, connection)
        } catch (error) {
          done(error as Error, connection)
        }
      },
    },
  }).catch(error => {
    throw told(error, file)
  })
  const knex = orm.em.getConnection().getKnex()

  // One connection, taken in turns: raw statements and ORM transactions never interleave.
  const withRaw = async <T>(use: (raw: Raw) => T | Promise<T>): Promise<T> => {
    // What is done in one go can only come between two statements: that matters inside a transaction alone.
    if (connected?.open && !connected.inTransaction) return use(connected)
    const raw: Raw = await knex.client.acquireConnection()
    try {
      return await use(raw)
    } finally {
      await knex.client.releaseConnection(raw)
    }
  }

  try {
    const pending = await withRaw(raw => {
      assertSafe(raw, file)
      if (raw.prepare('select count(*) from sqlite_master').pluck().get() !== 0) return behind(raw)
      if (existsSync(marker))
        throw new Error(
          `${file} is missing or empty, but ${marker} says that there was a wiki in it. Put the database back (from a backup), or remove ${marker} to begin an empty wiki.`,
        )
      raw.transaction(() => {
        raw.exec(schema)
        const done = raw.prepare('insert into migrations (name) values (?)')
        for (const { name } of migrations) done.run(name)
      })()
      return []
    })
    if (pending.length > 0) {
      const copy = `${file}.before-${pending[0]}`
      makePrivate(copy)
      await withRaw(raw => raw.backup(copy))
      log.info({ copy, migrations: pending }, 'bringing the database up to date; a copy was made')
      const { migrate } = await import('./migrations/run.ts')
      await migrate(orm)
    }

    const em = orm.em.fork()
    let wiki = await em.findOne(Wiki, { id: 1 })
    if (!wiki) {
      wiki = em.create(Wiki, {
        id: 1,
        epoch: randomUUID(),
        secret: randomBytes(32).toString('base64url'),
        createdAt: new Date(),
      })
      await em.flush()
    }
    if (!existsSync(marker)) writeFileSync(marker, `${wiki.epoch}\n`, { mode: 0o600 })
    const visits = new Visits(withRaw, ahead)
    return {
      em: () => orm.em.fork(),
      log: new Log(withRaw, ahead),
      pages: new PageRows(withRaw),
      titles: new Titles(withRaw),
      derived: new DerivedRows(withRaw, ahead),
      links: new LinkRows(withRaw),
      finder: new Finder(withRaw),
      visits,
      search: new SearchIndex(withRaw),
      trash: new Trash(withRaw),
      changes: new Changes(withRaw),
      files: new FileRows(withRaw),
      wiki: { epoch: wiki.epoch, secret: wiki.secret },
      orm,
      backup: async (to, tell) => {
        // The connection is given back at once: between two steps of the copy others use it.
        const raw = await withRaw(raw => raw)
        await raw.backup(to, {
          progress: ({ totalPages, remainingPages }) => {
            tell(totalPages - remainingPages, totalPages)
            return COPIED_AT_ONCE
          },
        })
      },
      close: async () => {
        await visits.flush().catch(error => log.error({ err: error }, 'the last visits could not be written'))
        await ahead.close()
        await orm.close(true)
      },
    }
  } catch (error) {
    await orm.close(true)
    throw told(error, file)
  }
}

/** Pages of 4 kB that one step of a copy takes: about 5 ms. */
const COPIED_AT_ONCE = 1_000

const UNWRITABLE = new Set(['SQLITE_READONLY', 'SQLITE_CANTOPEN', 'EACCES', 'EPERM', 'EROFS', 'EISDIR'])

// SQLite gives the files beside it the rights of this one, so that they have to be right before the first page is written.
function makePrivate(file: string): void {
  closeSync(openSync(file, 'a', 0o600))
  for (const name of [file, `${file}-wal`]) if (existsSync(name)) chmodSync(name, 0o600)
}

// The driver's words, for whoever has to do something about it.
function told(error: unknown, file: string): unknown {
  const { code } = error as { code?: string }
  if (code === 'SQLITE_BUSY')
    return new Error(`${file} is in use by another process: is Chorus already running over it?`, { cause: error })
  if (code === 'SQLITE_NOTADB' || code === 'SQLITE_CORRUPT')
    return new Error(`${file} is damaged or not a database. It was left as it is; put a backup in its place.`, {
      cause: error,
    })
  if (UNWRITABLE.has(code ?? ''))
    return new Error(`${file} cannot be written. Does this user own the folder, and is it mounted for writing?`, {
      cause: error,
    })
  return error
}

// The names of the migrations that a database has not had.
function behind(raw: Raw): string[] {
  const counted = raw.prepare("select 1 from sqlite_master where type = 'table' and name = 'migrations'").get()
  const done = new Set(counted ? raw.prepare('select name from migrations').pluck().all() : [])
  return migrations.map(({ name }) => name).filter(name => !done.has(name))
}

function assertSafe(raw: Raw, file: string): void {
  const version = raw.prepare('select sqlite_version()').pluck().get() as string
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  if (major * 1e6 + minor * 1e3 + patch < 3_051_003)
    throw new Error(`SQLite ${version} has a WAL corruption bug; better-sqlite3 with 3.51.3 or newer is needed.`)
  const journal = raw.pragma('journal_mode', { simple: true })
  const synchronous = raw.pragma('synchronous', { simple: true })
  if (journal !== 'wal' || synchronous !== 2)
    throw new Error(
      `${file} cannot keep edits safe here (journal_mode ${journal}, synchronous ${synchronous}). Is it on a network file system?`,
    )
}
