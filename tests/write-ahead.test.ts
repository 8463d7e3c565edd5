// What is told only once it is on disk: the write-ahead log's sync, and what happens when the disk does not confirm it.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Log } from '../server/db/log.ts'
import type { Raw } from '../server/db/open.ts'
import { WriteAhead } from '../server/db/write-ahead.ts'

let folder: string
let raw: Raw

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chorus-'))
  raw = new Sqlite(join(folder, 'wiki.sqlite')) as Raw
  raw.pragma('journal_mode = WAL')
  raw.exec(`create table entries (page_id, seq, first_seq, user_id, via, at, bytes, primary key (page_id, seq));
    create table page_clients (page_id, client, user_id, primary key (page_id, client))`)
})

afterEach(async () => {
  raw.close()
  await rm(folder, { recursive: true })
})

const entry = { user: 1, via: 'page:push', at: 1, bytes: new Uint8Array([1]), clients: [], added: 1, removed: 0 }

/** A log whose disk confirms only when told to. */
class HeldAhead extends WriteAhead {
  begun = 0
  #waiting: (() => void)[] = []

  override async synced(): Promise<void> {
    this.begun++
    await new Promise<void>(resolve => this.#waiting.push(resolve))
    await super.synced()
  }

  confirm(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

const turn = () => new Promise<void>(resolve => setImmediate(resolve))
const logOver = (ahead: WriteAhead) => new Log(async use => use(raw), ahead)
const rows = () => raw.prepare('select count(*) from entries').pluck().get()

describe('a commit on its way to the disk', () => {
  test('is told to nobody, and read by nobody, before the disk has confirmed it', async () => {
    const ahead = new HeldAhead(join(folder, 'wiki.sqlite-wal'))
    const log = logOver(ahead)
    const told: string[] = []
    const append = log.append(1, 0, [entry]).then(() => told.push('written'))
    while (ahead.begun === 0) await turn()
    expect(rows()).toBe(1)
    expect(ahead.pending).toBe(true)
    const read = log.read(1, 0).then(found => told.push(`read ${found.length}`))
    while (ahead.begun < 2) await turn()
    for (let i = 0; i < 5; i++) await turn()
    expect(told).toEqual([])
    ahead.confirm()
    await Promise.all([append, read])
    expect(told.sort()).toEqual(['read 1', 'written'])
    expect(ahead.pending).toBe(false)
    await ahead.reopened()
  })

  test('that the disk does not confirm is refused as an I/O error, and so is everything after it', async () => {
    const log = logOver(new WriteAhead(join(folder, 'elsewhere', 'wiki.sqlite-wal')))
    const refused = { code: 'SQLITE_IOERR_FSYNC' }
    await expect(log.append(1, 0, [entry])).rejects.toMatchObject(refused)
    await expect(log.append(2, 0, [entry])).rejects.toMatchObject(refused)
    await expect(log.read(1, 0)).rejects.toMatchObject(refused)
  })

  test('leaves SQLite syncing by itself what others write', async () => {
    const ahead = new WriteAhead(join(folder, 'wiki.sqlite-wal'))
    await expect(logOver(ahead).append(1, 0, [entry])).resolves.toBe(true)
    expect(raw.pragma('synchronous', { simple: true })).toBe(2)
    await ahead.close()
  })
})
