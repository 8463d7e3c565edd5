// Files: taken, found by their address or name, listed, and removed when no page uses them.
// Files (begin · take · find · resolve · remove …) · fileHandlers · filesDerivation

import { open, rm, stat } from 'node:fs/promises'
import { WikiError } from '../../shared/errors.ts'
import { fileAddress, fileName, filesWanted, REF_LENGTH } from '../../shared/files.ts'
import type { File as FileShape } from '../../shared/protocol.ts'
import { leafOf, parentOf, titleKey } from '../../shared/titles.ts'
import { File, type FileRow, User } from '../db/entities.ts'
import type { Database } from '../db/open.ts'
import type { Handlers } from './commands.ts'
import type { Received, Wiring } from './context.ts'
import type { Derivation } from './derived.ts'
import { FileStore, hashOf } from './file-store.ts'
import { type FileType, fileType, HEAD } from './file-types.ts'
import { freeSpace } from './free-space.ts'
import { Gate } from './gate.ts'
import type { Size } from './pictures.ts'
import { person } from './users.ts'

/** Where files stand in an export that came from no folder. */
const FOLDER = 'files'

/** A file that is to be kept. `folder` is where an import found it, '' for its root. */
export interface Taking extends Received {
  user: number
  folder?: string
}

/** Files listed of one page. */
const LISTED = 500

/** Everything that people have put in. */
export class Files {
  readonly store: FileStore
  // One change at a time: what somebody is just taking must not be cleared away as unused.
  readonly #turn = new Gate(1, Number.POSITIVE_INFINITY)
  readonly #making: Gate

  constructor(private readonly wiring: Wiring) {
    this.store = new FileStore(wiring.config.uploadsDir)
    this.#making = new Gate(1, wiring.config.limits.pictureQueue)
  }

  /** Clears away what an earlier process left half done. */
  async begin(): Promise<void> {
    await this.store.begin()
    for await (const hashes of this.store.hashes())
      await this.#turn.pass(async () => {
        const known = await this.wiring.db.files.known(hashes)
        for (const hash of hashes) if (!known.has(hash)) await this.store.remove(hash)
      })
  }

  /**
   * Whether this person may put in so many bytes more.
   * @throws WikiError `too_large` with a sentence that says whose limit it is
   */
  async assertRoom(user: number, bytes: number): Promise<void> {
    const { limits } = this.wiring.config
    if (bytes > limits.fileBytes) throw tooLarge(limits.fileBytes)
    const [own, all] = await Promise.all([this.wiring.db.files.usage(user), this.wiring.db.files.usage(null)])
    if (own.bytes + bytes > limits.fileBytesPerUser)
      throw new WikiError('too_large', `Your files may take ${inMegabytes(limits.fileBytesPerUser)}. Ask an admin.`)
    if (all.bytes + bytes > limits.fileBytesInAll)
      throw new WikiError('too_large', 'This wiki has no room for more files. Ask an admin to remove unused ones.')
  }

  /**
   * Takes a file that has arrived: judged by its bytes, pictures decoded and freed of what their camera says, kept by its
   * hash, then told. The same file under the same name is taken once.
   * @throws WikiError `unsupported` for damaged pictures, `too_large` as `assertRoom`
   */
  async take({ path, name: raw, user, folder = FOLDER }: Taking): Promise<FileShape> {
    const name = fileName(raw)
    const kind = fileType(await headOf(path))
    if (kind.type === 'image/heic')
      throw new WikiError('unsupported', 'Browsers cannot show HEIC pictures. Save it as a JPEG first.')
    // Loaded with the first picture: no start needs to wait for sharp.
    const pictures = kind.picture ? await import('./pictures.ts') : null
    const size =
      pictures && (await this.#making.pass(() => pictures.cleaned(path, this.wiring.config.limits.filePixels)))
    const { size: bytes } = await stat(path)
    if (bytes === 0) throw new WikiError('invalid', 'This file is empty.', { field: 'file' })
    const hash = await hashOf(path)
    return this.#turn.pass(() => this.#keep({ path, name, folder, user, kind, size, bytes, hash }))
  }

  async #keep(given: {
    path: string
    name: string
    folder: string
    user: number
    kind: FileType
    size: Size | null
    bytes: number
    hash: string
  }): Promise<FileShape> {
    const { path, name, folder, user, kind, size, bytes, hash } = given
    const em = this.wiring.db.em()
    const ref = hash.slice(0, REF_LENGTH)
    const alike = await em.find(File, { ref }, { populate: ['author'] })
    if (alike.some(row => row.hash !== hash))
      throw new WikiError('conflict', 'A different file has this address already.')
    const same = alike.find(row => row.name === name && row.folder === folder)
    if (same) return describe(same)
    await this.assertRoom(user, bytes)
    // The bytes first: a row without them would be a broken picture, bytes without a row are swept at the next start.
    await this.store.put(path, hash)
    const row = em.create(File, {
      ref,
      hash,
      name,
      nameKey: titleKey(name),
      folder,
      type: kind.type,
      bytes,
      width: size?.width ?? null,
      height: size?.height ?? null,
      author: em.getReference(User, user),
      createdAt: new Date(),
    })
    await em.flush()
    const file = (await this.describeAll([row.id]))[0]!
    this.wiring.announce('file:uploaded', { file }, 'readers')
    return file
  }

  /** The file at an address: by the beginning of its hash, under this name if it has it. */
  async find(ref: string, name: string): Promise<FileRow | null> {
    const rows = await this.wiring.db.em().find(File, { ref }, { orderBy: { id: 'asc' } })
    return rows.find(row => row.name === name) ?? rows[0] ?? null
  }

  /** Files by their ids, in this order. */
  async describeAll(ids: number[]): Promise<FileShape[]> {
    const rows = await this.wiring.db.em().find(File, { id: ids }, { populate: ['author'] })
    return rows.sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id)).map(describe)
  }

  /** The newest file of each name. “a/photo.jpg” prefers one that was imported from a folder `a`. */
  async resolve(names: string[]): Promise<Map<string, FileShape>> {
    const keys = new Map(names.map(name => [name, titleKey(leafOf(name.trim()))]))
    const found = await this.wiring.db.files.named([...new Set(keys.values())])
    const chosen = new Map<string, number>()
    for (const [name, key] of keys) {
      const folder = titleKey(parentOf(name.trim()))
      const rows = found.filter(row => row.key === key)
      const near = rows.find(row => folder !== '' && `/${titleKey(row.folder)}`.endsWith(`/${folder}`))
      const row = near ?? rows[0]
      if (row) chosen.set(name, row.id)
    }
    const files = new Map((await this.describeAll([...new Set(chosen.values())])).map(file => [file.id, file]))
    return new Map([...chosen].flatMap(([name, id]) => (files.has(id) ? [[name, files.get(id)!]] : [])))
  }

  /** Removes those of these files that no page uses; answers with the ids that are gone. */
  remove(ids: number[]): Promise<number[]> {
    return this.#turn.pass(async () => {
      const { db, announce } = this.wiring
      const used = new Set(await db.files.used(ids))
      const rows = await db.em().find(File, { id: ids.filter(id => !used.has(id)) })
      const gone = rows.map(({ id }) => id)
      if (gone.length === 0) return []
      await db.em().nativeDelete(File, { id: gone })
      const left = await db.files.known(rows.map(({ hash }) => hash))
      for (const { hash } of rows) if (!left.has(hash)) await this.store.remove(hash)
      announce('file:removed', { files: gone }, 'readers')
      return gone
    })
  }
}

/** A file as everyone sees it. */
function describe(row: FileRow): FileShape {
  const { id, ref, name, type, bytes } = row
  const [width, height] = [row.width ?? null, row.height ?? null]
  const path = fileAddress({ ref, name, width, height })
  return {
    id,
    name,
    path,
    type,
    bytes,
    width,
    height,
    author: person(row.author),
    createdAt: row.createdAt.toISOString(),
  }
}

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

function inMegabytes(bytes: number): string {
  return `${Math.floor(bytes / 1024 / 1024)} MB`
}

/** What is told of a file that is too large. */
export function tooLarge(most: number): WikiError {
  return new WikiError('too_large', `A file has at most ${inMegabytes(most)}.`)
}

/** Keeps up with which page uses which files. */
export function filesDerivation(db: Database): Derivation {
  return {
    name: 'files',
    version: 1,
    read({ id, text }) {
      const wanted = filesWanted(text)
      return raw => db.files.want(raw, id, wanted)
    },
    forget: (raw, page) => db.files.forget(raw, page),
  }
}

/** The commands about files. */
export function fileHandlers(
  wiring: Wiring,
  files: Files,
): Pick<Handlers, 'file:upload' | 'file:resolve' | 'file:list' | 'file:unused' | 'file:remove'> {
  const { db, config } = wiring
  return {
    async 'file:upload'(_, { actor, received }) {
      if (!received)
        throw new WikiError('invalid', 'Send the file as multipart/form-data, in the field “file”.', { field: 'file' })
      try {
        return { file: await files.take({ ...received, user: actor.user!.id }) }
      } finally {
        await rm(received.path, { force: true })
      }
    },

    async 'file:resolve'({ names }) {
      const found = await files.resolve(names)
      return { files: names.map(name => ({ name, file: found.get(name) ?? null })) }
    },

    async 'file:list'({ page }) {
      return { files: await files.describeAll(await db.files.ofPage(page, LISTED)) }
    },

    async 'file:unused'({ after = 0, limit = 50 }) {
      const before = Date.now() - config.limits.fileUnused * 1000
      const [ids, { files: total, bytes }, inAll, free] = await Promise.all([
        db.files.unused(before, after, limit + 1),
        db.files.unusedInAll(before),
        db.files.usage(null),
        freeSpace(config),
      ])
      const shown = ids.slice(0, limit)
      return {
        files: await files.describeAll(shown),
        next: ids.length > limit ? shown.at(-1)! : null,
        total,
        bytes,
        inAll,
        full: free <= 0,
      }
    },

    async 'file:remove'({ files: ids }) {
      const removed = await files.remove(ids)
      return { removed, kept: ids.filter(id => !removed.includes(id)) }
    },
  }
}
