// Folders and zips of files, read and written alike. Nothing of them is believed: not their names, not their sizes.
// Entry · Source · openSource · Sink · openSink · Skipped

import { createReadStream, createWriteStream } from 'node:fs'
import { lstat, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import * as yauzl from 'yauzl'
import * as yazl from 'yazl'
import { WikiError } from '../../../shared/errors.ts'
import type { Limits } from '../../config.ts'

/** A file in a folder or zip; `path` is relative, with `/`, and never leads out. */
export interface Entry {
  path: string
  bytes: number
  open(): Promise<Readable>
}

/** What was left out, and why. */
export interface Skipped {
  path: string
  why: string
}

/** What can be read. */
export interface Source {
  entries: Entry[]
  skipped: Skipped[]
  close(): Promise<void>
}

type VaultLimits = Pick<Limits, 'vaultEntries' | 'vaultBytes' | 'vaultRatio'>

// Not what people wrote: settings of programs, and what systems leave lying about.
const HIDDEN = /(^|\/)(\.[^/]*|__MACOSX|Thumbs\.db|desktop\.ini)(\/|$)/
const SYMLINK = 0o120000
const FORMAT = 0o170000

/**
 * Lists a folder or a zip.
 * @throws WikiError `invalid` where there is none, `too_large` for more files or bytes than `limits` allow
 */
export async function openSource(path: string, limits: VaultLimits): Promise<Source> {
  const found = await lstat(path).catch(() => null)
  if (!found) throw new WikiError('invalid', `There is no folder and no zip at ${path}.`)
  const source = found.isDirectory() ? await folderSource(path, limits) : await zipSource(path, limits)
  source.entries.sort((a, b) => (a.path < b.path ? -1 : 1))
  return source
}

function tooMuch(): WikiError {
  return new WikiError('too_large', 'There is more in it than can be imported at once. Take a part of it.')
}

async function folderSource(root: string, limits: VaultLimits): Promise<Source> {
  const entries: Entry[] = []
  const skipped: Skipped[] = []
  let bytes = 0
  const walk = async (folder: string): Promise<void> => {
    for (const one of await readdir(folder, { withFileTypes: true })) {
      const full = join(folder, one.name)
      const path = relative(root, full).split(sep).join('/')
      if (HIDDEN.test(path)) continue
      if (one.isDirectory()) await walk(full)
      else if (!one.isFile()) skipped.push({ path, why: 'it is a link to another place, or no file' })
      else {
        const { size } = await lstat(full)
        bytes += size
        if (entries.length >= limits.vaultEntries || bytes > limits.vaultBytes) throw tooMuch()
        entries.push({ path, bytes: size, open: async () => createReadStream(full) })
      }
    }
  }
  await walk(root)
  return { entries, skipped, close: async () => {} }
}

async function zipSource(path: string, limits: VaultLimits): Promise<Source> {
  const zip = await yauzl
    .openPromise(path, { autoClose: false, validateEntrySizes: true, strictFileNames: false })
    .catch(() => {
      throw new WikiError('invalid', 'This is not a zip file, or it is damaged.')
    })
  const entries: Entry[] = []
  const skipped: Skipped[] = []
  let bytes = 0
  try {
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName
      if (name.endsWith('/') || HIDDEN.test(name)) continue
      const why = distrust(entry, limits)
      if (why) {
        skipped.push({ path: name.slice(0, 300), why })
        continue
      }
      bytes += entry.uncompressedSize
      if (entries.length >= limits.vaultEntries || bytes > limits.vaultBytes) throw tooMuch()
      entries.push({ path: name, bytes: entry.uncompressedSize, open: () => zip.openReadStreamPromise(entry) })
    }
  } catch (error) {
    zip.close()
    if (error instanceof WikiError) throw error
    throw new WikiError('invalid', 'This zip holds names that lead out of it, or it is damaged. Nothing was taken.')
  }
  return { entries: withoutRoot(entries), skipped, close: async () => zip.close() }
}

function distrust(entry: yauzl.Entry, limits: VaultLimits): string | null {
  if (((entry.externalFileAttributes >>> 16) & FORMAT) === SYMLINK) return 'it is a link to another place'
  if (entry.isEncrypted()) return 'it is encrypted'
  if (/(^|\/)\.\.(\/|$)|^\/|^[a-z]:|\\|\0/i.test(entry.fileName)) return 'its name leads out of the zip'
  const { uncompressedSize, compressedSize } = entry
  if (uncompressedSize > 1_000_000 && uncompressedSize > limits.vaultRatio * Math.max(1, compressedSize))
    return 'it would unpack to far more than it is'
  return null
}

/** A zip of a folder holds that one folder; what counts is within. */
function withoutRoot(entries: Entry[]): Entry[] {
  const [first] = entries
  const root = first?.path.includes('/') ? first.path.slice(0, first.path.indexOf('/') + 1) : ''
  if (root === '' || !entries.every(({ path }) => path.startsWith(root))) return entries
  return entries.map(entry => ({ ...entry, path: entry.path.slice(root.length) }))
}

/** The bytes of an entry, never more than `most`. @throws WikiError `too_large` */
export async function bytesOf(entry: Entry, most: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of await entry.open()) {
    bytes += (chunk as Buffer).length
    if (bytes > most) throw new WikiError('too_large', 'it is too large')
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}

/** Copies an entry to a path, never more than `most` bytes. @throws WikiError `too_large` */
export async function copyOf(entry: Entry, to: string, most: number): Promise<void> {
  let bytes = 0
  await pipeline(
    await entry.open(),
    async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        bytes += chunk.length
        if (bytes > most) throw new WikiError('too_large', 'it is too large')
        yield chunk
      }
    },
    createWriteStream(to, { flags: 'wx', mode: 0o600 }),
  )
}

// ---- writing

/** What can be written to. Files come one after the other; nothing is to be seen of a zip before `close`. */
export interface Sink {
  text(path: string, text: string): Promise<void>
  file(path: string, from: string): Promise<void>
  close(): Promise<void>
  /** Gives up: what was begun is removed. */
  abandon(): Promise<void>
}

/** Opens a folder, which has to be new or empty, or a `.zip`, which has to be new. @throws WikiError `conflict` */
export async function openSink(path: string, { pack = true } = {}): Promise<Sink> {
  if (await lstat(path).catch(() => null)) {
    const inside = await readdir(path).catch(() => ['a file'])
    if (inside.length > 0)
      throw new WikiError('conflict', `There is something at ${path} already. Choose another place, or move it away.`)
  }
  return /\.zip$/i.test(path) || !pack ? zipSink(path, pack) : folderSink(path)
}

async function folderSink(root: string): Promise<Sink> {
  await mkdir(root, { recursive: true })
  const made = async (path: string) => {
    const full = join(root, ...path.split('/'))
    await mkdir(dirname(full), { recursive: true })
    return full
  }
  return {
    text: async (path, text) => writeFile(await made(path), text, { flag: 'wx' }),
    file: async (path, from) => {
      await pipeline(createReadStream(from), createWriteStream(await made(path), { flags: 'wx' }))
    },
    close: async () => {},
    abandon: async () => {},
  }
}

async function zipSink(path: string, compress: boolean): Promise<Sink> {
  await mkdir(dirname(path), { recursive: true })
  const part = `${path}.part`
  const zip = new yazl.ZipFile()
  const out = createWriteStream(part, { flags: 'w', mode: 0o600 })
  const done = pipeline(zip.outputStream, out)
  done.catch(() => {})
  return {
    text: async (name, text) => zip.addBuffer(Buffer.from(text), name, { compress, mtime: new Date() }),
    // Pictures do not get smaller; read when their turn comes, so that few are open at once.
    file: async (name, from) => zip.addFile(from, name, { compress: false }),
    async close() {
      zip.end()
      await done
      const written = await open(part, 'r')
      try {
        await written.sync()
      } finally {
        await written.close()
      }
      await rename(part, path)
    },
    async abandon() {
      out.destroy()
      await finished(out).catch(() => {})
      await rm(part, { force: true })
    },
  }
}
