// The bytes of files, each by the hash of its content, under uploads/files.
// FileStore (begin · newPath · put · keepForJob · pathOf · remove · hashes) · hashOf

import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'

const HASH = /^[0-9a-f]{64}$/

/** Folders of two levels, so that none of them grows too long. */
export class FileStore {
  readonly #folder: string
  readonly #arriving: string
  // Tells what is arriving now from what an earlier process left.
  readonly #mark = randomUUID()

  constructor(uploadsDir: string) {
    this.#folder = join(uploadsDir, 'files')
    // On the same file system: what has arrived is moved, not copied.
    this.#arriving = join(uploadsDir, 'arriving')
  }

  /** Makes the folders, and clears away what was arriving when an earlier process ended. */
  async begin(): Promise<void> {
    for (const folder of [this.#arriving, this.#folder]) await mkdir(folder, { recursive: true, mode: 0o700 })
    for (const name of await namesIn(this.#arriving))
      if (!name.startsWith(this.#mark)) await rm(join(this.#arriving, name), { recursive: true, force: true })
  }

  /** A path for something that arrives; whoever asks for it clears it away. */
  async newPath(): Promise<string> {
    await mkdir(this.#arriving, { recursive: true, mode: 0o700 })
    return join(this.#arriving, `${this.#mark}.${randomUUID()}`)
  }

  /** Moves something that has arrived to where a restart leaves it alone; whoever asks for it clears it away. */
  async keepForJob(arrived: string): Promise<string> {
    const folder = join(dirname(this.#folder), 'jobs')
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const path = join(folder, randomUUID())
    await synced(arrived)
    await rename(arrived, path)
    await synced(folder)
    return path
  }

  /** Where the bytes of this hash lie. @throws Error for what is no hash: nothing else reaches the file system */
  pathOf(hash: string): string {
    if (!HASH.test(hash)) throw new Error('This is not the hash of a file.')
    return join(this.#folder, hash.slice(0, 2), hash.slice(2, 4), hash)
  }

  /** Moves a file that has arrived to its place; on disk, with its name, when this resolves. */
  async put(arrived: string, hash: string): Promise<void> {
    const path = this.pathOf(hash)
    if (await has(path)) return
    await synced(arrived)
    const folder = dirname(path)
    const made = await mkdir(folder, { recursive: true, mode: 0o700 })
    await rename(arrived, path)
    await synced(folder)
    if (made === undefined) return
    await synced(dirname(folder))
    await synced(this.#folder)
  }

  has(hash: string): Promise<boolean> {
    return has(this.pathOf(hash))
  }

  async remove(hash: string): Promise<void> {
    await rm(this.pathOf(hash), { force: true })
  }

  /** All hashes there are, a folder at a time. */
  async *hashes(): AsyncGenerator<string[]> {
    for (const first of await namesIn(this.#folder)) {
      const found: string[] = []
      for (const second of await namesIn(join(this.#folder, first)))
        found.push(...(await namesIn(join(this.#folder, first, second))).filter(name => HASH.test(name)))
      yield found
    }
  }
}

/** The SHA-256 of a file's bytes, in hexadecimal. */
export async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}

async function has(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

async function synced(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
