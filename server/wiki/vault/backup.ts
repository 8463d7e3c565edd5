// Backups: the database as it is at one moment, and every file by its hash, in one zip that says what is in it.
// backupTo · verifyBackup · restoreBackup

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, cp, lstat, mkdir, mkdtemp, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { WikiError } from '../../../shared/errors.ts'
import type { Config } from '../../config.ts'
import { type CopyFacts, checkCopy, renewCopy } from '../../db/copy.ts'
import type { Database } from '../../db/open.ts'
import { hashOf } from '../file-store.ts'
import { copyOf, type Entry, openSink, openSource } from './entries.ts'

const DATABASE = 'chorus.sqlite'
const MANIFEST = 'backup.json'
const UPLOADS = 'uploads/'

interface Manifest {
  format: 1
  madeAt: string
  epoch: string
  /** SHA-256 of every entry, by its path. */
  entries: Record<string, string>
}

/** What a backup holds. */
export interface BackupFacts {
  madeAt: string
  pages: number
  users: number
  files: number
  bytes: number
}

type Tell = (done: number, total: number) => void

/**
 * Writes a backup while the wiki goes on: SQLite copies itself a little at a time, then come the files that it names.
 * @throws WikiError `conflict` where there is something at `path` already
 */
export async function backupTo(
  { db, config }: { db: Database; config: Config },
  path: string,
  tell: Tell = () => {},
): Promise<BackupFacts> {
  const sink = await openSink(path, { pack: false })
  const room = await mkdtemp(join(config.dataDir, 'backup-'))
  try {
    const copy = join(room, DATABASE)
    await db.backup(copy, (done, total) => tell(done, total * 2))
    const facts = checkCopy(copy)
    const uploads = await everyFile(config.uploadsDir)
    const entries: Record<string, string> = { [DATABASE]: await hashOf(copy) }
    await sink.file(DATABASE, copy)
    for (const [i, name] of uploads.entries()) {
      const from = join(config.uploadsDir, name)
      // Removed since the list was made: no page uses it.
      if (!existsSync(from)) continue
      entries[UPLOADS + name] = await hashOf(from)
      await sink.file(UPLOADS + name, from)
      tell(uploads.length + i, uploads.length * 2)
    }
    const madeAt = new Date().toISOString()
    const manifest: Manifest = { format: 1, madeAt, epoch: facts.epoch, entries }
    await sink.text(MANIFEST, JSON.stringify(manifest, null, 1))
    await sink.close()
    return { ...counted(facts, manifest), madeAt, bytes: (await stat(path)).size }
  } catch (error) {
    await sink.abandon()
    throw error
  } finally {
    await rm(room, { recursive: true, force: true })
  }
}

function counted(facts: CopyFacts, { entries }: Manifest): Pick<BackupFacts, 'pages' | 'users' | 'files'> {
  const files = Object.keys(entries).filter(name => name.startsWith(`${UPLOADS}files/`)).length
  return { pages: facts.pages, users: facts.users, files }
}

async function everyFile(root: string): Promise<string[]> {
  const found: string[] = []
  for (const folder of ['avatars', 'files'])
    for (const one of await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(() => []))
      if (one.isFile() && !one.name.endsWith('.part'))
        found.push(
          join(one.parentPath, one.name)
            .slice(root.length + 1)
            .replaceAll('\\', '/'),
        )
  return found.sort()
}

/**
 * Reads a backup from end to end: every file has the hash it had, the database is whole, no file that it names is missing.
 * @throws WikiError `invalid` that says what is wrong
 */
export async function verifyBackup(path: string, tell: Tell = () => {}): Promise<BackupFacts> {
  const room = await mkdtemp(join(dirname(path), '.verify-'))
  try {
    return await unpacked(path, room, false, tell)
  } finally {
    await rm(room, { recursive: true, force: true })
  }
}

/** Checks every entry; into `room` goes the database, and the uploads too if all is wanted. */
async function unpacked(path: string, room: string, all: boolean, tell: Tell): Promise<BackupFacts> {
  const source = await openSource(path, { vaultEntries: 10_000_000, vaultBytes: 2 ** 50, vaultRatio: 1e9 })
  try {
    const byPath = new Map(source.entries.map(entry => [entry.path, entry]))
    const manifest = await manifestIn(byPath.get(MANIFEST))
    const names = Object.keys(manifest.entries)
    for (const [i, name] of names.entries()) {
      const entry = byPath.get(name)
      if (!entry) throw bad(`“${name}” is missing in it`)
      const to = name === DATABASE || all ? join(room, ...name.split('/')) : null
      if ((await hashed(entry, to)) !== manifest.entries[name]) throw bad(`“${name}” is not what it was`)
      tell(i + 1, names.length)
    }
    let facts: CopyFacts
    try {
      facts = checkCopy(join(room, DATABASE))
    } catch (error) {
      throw bad((error as Error).message)
    }
    for (const hash of facts.files)
      if (!manifest.entries[`${UPLOADS}files/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`])
        throw bad(`the file ${hash} that a page may use is missing in it`)
    return { ...counted(facts, manifest), madeAt: manifest.madeAt, bytes: (await stat(path)).size }
  } finally {
    await source.close()
  }
}

function bad(why: string): WikiError {
  return new WikiError('invalid', `This backup cannot be trusted: ${why}.`)
}

async function manifestIn(entry: Entry | undefined): Promise<Manifest> {
  if (!entry) throw new WikiError('invalid', 'This is not a backup of Chorus.')
  const chunks: Buffer[] = []
  for await (const chunk of await entry.open()) chunks.push(chunk as Buffer)
  const manifest = JSON.parse(Buffer.concat(chunks).toString()) as Manifest
  if (manifest.format !== 1) throw new WikiError('unsupported', 'This backup was made by a newer Chorus.')
  for (const name of Object.keys(manifest.entries))
    if (!/^(chorus\.sqlite|uploads\/(avatars|files)\/[\w./-]+)$/.test(name) || name.includes('..'))
      throw bad('it names files that no backup has')
  return manifest
}

async function hashed(entry: Entry, to: string | null): Promise<string> {
  if (to !== null) {
    await mkdir(dirname(to), { recursive: true, mode: 0o700 })
    await copyOf(entry, to, Number.POSITIVE_INFINITY).catch(error => {
      throw bad(`“${entry.path}” cannot be read (${(error as Error).message})`)
    })
    const file = await open(to, 'r')
    await file.sync().finally(() => file.close())
    return hashOf(to)
  }
  const hash = createHash('sha256')
  await pipeline(await entry.open(), hash).catch(error => {
    throw bad(`“${entry.path}” cannot be read (${(error as Error).message})`)
  })
  return hash.digest('hex')
}

/**
 * Puts a backup in the wiki's place, while no server runs. What was there is kept beside it, under a name with the time.
 * The wiki gets a new epoch: nothing that was written after the backup is merged into it unseen.
 * @throws WikiError `invalid` for a backup that is not whole; nothing is changed then
 */
export async function restoreBackup(
  config: Config,
  path: string,
  tell: Tell = () => {},
): Promise<BackupFacts & { aside: string[] }> {
  const file = config.databaseUrl.slice('sqlite:'.length)
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const room = await mkdtemp(join(config.dataDir, 'restore-'))
  const uploadsRoom = `${config.uploadsDir}.restoring`
  try {
    const facts = await unpacked(path, room, true, tell)
    const epoch = renewCopy(join(room, DATABASE))
    await rm(uploadsRoom, { recursive: true, force: true })
    // The uploads may lie on another disk than the database.
    await mkdir(join(room, 'uploads'), { recursive: true })
    await moved(join(room, 'uploads'), uploadsRoom)
    const aside: string[] = []
    const mark = `before-restore-${new Date().toISOString().replace(/[:.]/g, '-')}`
    for (const one of [`${file}-wal`, `${file}-shm`, file, config.uploadsDir]) {
      if (!(await lstat(one).catch(() => null))) continue
      const kept = one === config.uploadsDir ? `${one}.${mark}` : `${file}.${mark}${one.slice(file.length)}`
      await rename(one, kept)
      aside.push(kept)
    }
    await rename(uploadsRoom, config.uploadsDir)
    await chmod(join(room, DATABASE), 0o600)
    await rename(join(room, DATABASE), file)
    await writeFile(join(dirname(file), `.${basename(file)}.marker`), `${epoch}\n`, { mode: 0o600 })
    return { ...facts, aside }
  } finally {
    await rm(room, { recursive: true, force: true })
    await rm(uploadsRoom, { recursive: true, force: true })
  }
}

async function moved(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    await cp(from, to, { recursive: true })
  }
}
