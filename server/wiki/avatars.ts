// Avatars: small pictures by the hash of their content, and whose they are.
// Avatars (set · remove · read · sweep)

import { createHash, randomUUID } from 'node:crypto'
import { access, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { User as UserShape } from '../../shared/protocol.ts'
import { User } from '../db/entities.ts'
import type { Wiring } from './context.ts'
import { Gate } from './gate.ts'
import { describe, findUser, person } from './users.ts'

const ADDRESS = '/uploads/avatars/'
const NAME = /^[0-9a-f]{64}\.webp$/

// One change at a time in this process: a picture that somebody is just taking must not be cleared away as unused.
const turn = new Gate(1, Number.POSITIVE_INFINITY)

/** The pictures under `uploads/avatars`. */
export class Avatars {
  readonly #folder: string

  constructor(private readonly wiring: Wiring) {
    this.#folder = join(wiring.config.uploadsDir, 'avatars')
  }

  /** Gives a person this picture (a finished WebP) and tells everyone. */
  set(user: number, picture: Buffer): Promise<UserShape> {
    return turn.pass(async () => {
      const name = `${createHash('sha256').update(picture).digest('hex')}.webp`
      await this.#write(name, picture)
      return this.#change(user, ADDRESS + name)
    })
  }

  /** Takes a person's picture away and tells everyone. */
  remove(user: number): Promise<UserShape> {
    return turn.pass(() => this.#change(user, null))
  }

  /** The picture of this file name, or null. Names come from outside: only a hash reaches the file system. */
  async read(name: string): Promise<Buffer | null> {
    if (!NAME.test(name)) return null
    try {
      return await readFile(join(this.#folder, name))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
  }

  /** Removes what nobody uses: of a server that ended between writing a picture and saying whose it is. */
  sweep(): Promise<void> {
    return turn.pass(async () => {
      const names = await readdir(this.#folder).catch(error => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
        throw error
      })
      if (names.length === 0) return
      const rows = await this.wiring.db.em().find(User, { avatar: { $ne: null } }, { fields: ['avatar'] })
      const used = new Set(rows.map(({ avatar }) => avatar!.slice(ADDRESS.length)))
      for (const name of names)
        if ((NAME.test(name) && !used.has(name)) || name.endsWith('.part'))
          await rm(join(this.#folder, name), { force: true })
    })
  }

  async #change(user: number, avatar: string | null): Promise<UserShape> {
    const { db, announce, revoke } = this.wiring
    const em = db.em()
    const row = await findUser(em, user)
    const before = row.avatar ?? null
    if (avatar === before) return describe(row)
    row.avatar = avatar
    await em.flush()
    announce('user:updated', { user: person(row) }, 'readers')
    revoke.userChanged(user)
    if (before) await this.#clear(before)
    return describe(row)
  }

  async #clear(avatar: string): Promise<void> {
    const name = avatar.slice(ADDRESS.length)
    if (!NAME.test(name) || (await this.wiring.db.em().count(User, { avatar })) > 0) return
    try {
      await rm(join(this.#folder, name), { force: true })
    } catch (error) {
      this.wiring.log.warn({ err: error, name }, 'a picture that nobody uses could not be removed')
    }
  }

  async #write(name: string, picture: Buffer): Promise<void> {
    const path = join(this.#folder, name)
    if (await exists(path)) return
    await mkdir(this.#folder, { recursive: true })
    const part = join(this.#folder, `${randomUUID()}.part`)
    try {
      const file = await open(part, 'wx', 0o644)
      try {
        await file.writeFile(picture)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(part, path)
    } catch (error) {
      await rm(part, { force: true })
      throw error
    }
    const folder = await open(this.#folder, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
