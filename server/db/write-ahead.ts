// A commit's way to the disk: written at once, synced by a thread of its own, told only then.
// WriteAhead (write · commit · synced · reopened · close)

import { fstatSync, ftruncateSync, writeSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Raw } from './open.ts'

/** What SQLite fills before it begins at the front again (`wal_autocheckpoint`), and some more, in bytes. */
const RESERVED = 4_718_592

/**
 * SQLite with `synchronous = FULL` syncs its write-ahead log inside each commit, and the whole process waits for the disk.
 * Here a transaction is written without it, and the same file is synced (fdatasync) while the process goes on: one sync
 * serves everything that was written before it began. What nobody is told before `synced` is as safe as with FULL.
 */
export class WriteAhead {
  #file: Promise<FileHandle> | null = null
  #written = 0
  #synced = 0
  #syncing: Promise<void> | null = null
  #failed: Error | null = null

  /** `path` is the write-ahead log itself. */
  constructor(private readonly path: string) {}

  /** Runs a transaction whose commit is on disk once `synced` has resolved. No other may be open. */
  write<T>(raw: Raw, transaction: () => T): T {
    raw.exec('pragma synchronous = NORMAL')
    try {
      return transaction()
    } finally {
      this.#written++
      raw.exec('pragma synchronous = FULL')
    }
  }

  /** Whether something is written that may not be on disk. */
  get pending(): boolean {
    return this.#synced < this.#written
  }

  /**
   * Resolves once everything written so far is on disk.
   * @throws Error with the code SQLITE_IOERR_FSYNC; from then on nobody knows what the file holds, and every call throws it
   */
  async synced(): Promise<void> {
    const until = this.#written
    while (this.#synced < until) await (this.#syncing ??= this.#sync().finally(() => (this.#syncing = null)))
  }

  async #sync(): Promise<void> {
    if (this.#failed) throw this.#failed
    const until = this.#written
    try {
      // Closing it would release no lock of SQLite's: those are on the database's own file.
      const file = await (this.#file ??= this.#open())
      await file.datasync()
      this.#synced = until
    } catch (cause) {
      this.#failed = Object.assign(new Error('The disk did not confirm a write.', { cause }), {
        code: 'SQLITE_IOERR_FSYNC',
      })
      throw this.#failed
    }
  }

  // A log that SQLite has just made is found after a power cut only if its folder is on disk too.
  async #open(): Promise<FileHandle> {
    const file = await open(this.path, 'r+')
    try {
      const folder = await open(dirname(this.path), 'r')
      reserve(file.fd)
      await folder.sync().finally(() => folder.close())
      return file
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** Runs what is no edit, but commits, as `write` does; resolves with its result once it is on disk. */
  async commit<T>(raw: Raw, transaction: () => T): Promise<T> {
    const result = this.write(raw, transaction)
    await this.synced()
    return result
  }

  /** SQLite has opened the database anew, perhaps with another log. */
  async reopened(): Promise<void> {
    const file = this.#file
    this.#file = null
    await file?.then(
      handle => handle.close(),
      () => {},
    )
  }

  /** Waits for the last sync and lets the file go. */
  async close(): Promise<void> {
    await this.synced().catch(() => {})
    await this.reopened()
  }
}

// A file that grows has a new size for the disk to confirm too, which takes as long again: zeros behind the log, which
// SQLite takes for its end, are written over instead. Nothing of SQLite's runs in between.
function reserve(file: number): void {
  const { size } = fstatSync(file)
  if (size >= RESERVED) return
  let written = 0
  try {
    written = writeSync(file, Buffer.alloc(RESERVED - size), 0, RESERVED - size, size)
  } catch {}
  // A disk that is nearly full has better uses for it.
  if (size + written < RESERVED) ftruncateSync(file, size)
}
