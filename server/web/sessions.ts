// Sessions in the database: found by the hash of their cookie, kept in memory until they end or change.
// Kept · sessionIdOf · Sessions (an express-session store; find · forget · close)

import { createHash } from 'node:crypto'
import { type SessionData, Store } from 'express-session'
import { Session, Token, User } from '../db/entities.ts'
import type { Wiring } from '../wiki/context.ts'

declare module 'express-session' {
  interface SessionData {
    /** Who is signed in; all that a session knows. */
    user: number
  }
}

/** Times in milliseconds since 1970. */
interface Known {
  user: number
  data: string
  createdAt: number
  seenAt: number
  expiresAt: number
}

type Done = (error?: unknown) => void

const SEEN_EVERY = 10 * 60_000
const SWEEP_EVERY = 60 * 60_000
const KEPT_MAX = 20_000

/** What was read from the database, until it is said to have changed. */
export class Kept<K, V> {
  readonly #values = new Map<K, Promise<V>>()

  constructor(private readonly load: (key: K) => Promise<V>) {}

  get(key: K): Promise<V> {
    const known = this.#values.get(key)
    if (known !== undefined) return known
    if (this.#values.size >= KEPT_MAX) this.#values.clear()
    // Kept from the moment the reading begins: what is forgotten meanwhile is forgotten, however old the answer is.
    const value = this.load(key)
    this.#values.set(key, value)
    value.catch(() => this.#values.get(key) === value && this.#values.delete(key))
    return value
  }

  forget(key: K): void {
    this.#values.delete(key)
  }
}

/** The id of a row in `sessions`, for a cookie's: a stolen copy of the table opens no session. */
export function sessionIdOf(sid: string): string {
  return createHash('sha256').update(sid).digest('hex')
}

/** Who is signed in where. A session ends after `sessionIdle` seconds of silence, and `sessionAbsolute` at the latest. */
export class Sessions extends Store {
  readonly #kept = new Kept<string, Known | null>(id => this.#load(id))
  readonly #timer: NodeJS.Timeout
  #sweeping: Promise<void>

  constructor(private readonly wiring: Wiring) {
    super()
    const sweep = () => {
      this.#sweeping = this.#sweep().catch(error => wiring.log.error({ err: error }, 'old sessions could not be swept'))
    }
    this.#sweeping = Promise.resolve()
    sweep()
    this.#timer = setInterval(sweep, SWEEP_EVERY).unref()
  }

  /** Whose session this is, and that they are here now; null for one that has ended. `id` as in the table. */
  async find(id: string): Promise<number | null> {
    const known = await this.#known(id)
    if (!known) return null
    await this.#see(id, known)
    return known.user
  }

  /** To be called once these have ended, or their rows have changed. */
  forget(ids: string[]): void {
    for (const id of ids) this.#kept.forget(id)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#sweeping
  }

  // ---- what express-session asks

  override get(sid: string, done: (error: unknown, session?: SessionData | null) => void): void {
    this.#known(sessionIdOf(sid)).then(known => done(null, known && JSON.parse(known.data)), done)
  }

  override set(sid: string, session: SessionData, done: Done = () => {}): void {
    this.#save(sessionIdOf(sid), session).then(() => done(), done)
  }

  override touch(sid: string, _session: SessionData, done: Done = () => {}): void {
    this.find(sessionIdOf(sid)).then(() => done(), done)
  }

  override destroy(sid: string, done: Done = () => {}): void {
    this.#end(sessionIdOf(sid)).then(() => done(), done)
  }

  // ---- rows

  async #known(id: string): Promise<Known | null> {
    const known = await this.#kept.get(id)
    return known && known.expiresAt > Date.now() ? known : null
  }

  async #load(id: string): Promise<Known | null> {
    const row = await this.wiring.db.em().findOne(Session, { id })
    if (!row) return null
    const { user, data, createdAt, seenAt, expiresAt } = row
    return { user: user.id, data, createdAt: +createdAt, seenAt: +seenAt, expiresAt: +expiresAt }
  }

  async #save(id: string, session: SessionData): Promise<void> {
    // A guest's session is not worth a row.
    if (session.user === undefined) return
    const now = new Date()
    await this.wiring.db.em().upsert(
      Session,
      {
        id,
        user: session.user,
        data: JSON.stringify(session),
        createdAt: now,
        seenAt: now,
        expiresAt: this.#expiry(+now, +now),
        provedAt: now,
      },
      { onConflictFields: ['id'], onConflictMergeFields: ['user', 'data'] },
    )
    this.#kept.forget(id)
    await this.#seeUser(session.user, +now)
  }

  async #see(id: string, known: Known): Promise<void> {
    const now = Date.now()
    if (Math.abs(now - known.seenAt) < SEEN_EVERY) return
    const seen = { seenAt: now, expiresAt: +this.#expiry(known.createdAt, now) }
    Object.assign(known, seen)
    await this.wiring.db
      .em()
      .nativeUpdate(Session, { id }, { seenAt: new Date(seen.seenAt), expiresAt: new Date(seen.expiresAt) })
    await this.#seeUser(known.user, now)
  }

  // Sessions come to an end; when somebody was here last is still worth knowing.
  async #seeUser(id: number, now: number): Promise<void> {
    await this.wiring.db.em().nativeUpdate(User, { id }, { seenAt: new Date(now) })
  }

  async #end(id: string): Promise<void> {
    try {
      await this.wiring.db.em().nativeDelete(Session, { id })
    } finally {
      this.#kept.forget(id)
    }
  }

  #expiry(createdAt: number, seenAt: number): Date {
    const { sessionIdle, sessionAbsolute } = this.wiring.config.limits
    return new Date(Math.min(seenAt + sessionIdle * 1000, createdAt + sessionAbsolute * 1000))
  }

  async #sweep(): Promise<void> {
    const now = new Date()
    const em = this.wiring.db.em()
    await em.nativeDelete(Token, { expiresAt: { $lt: now } })
    const old = await em.find(Session, { expiresAt: { $lt: now } }, { fields: ['id'] })
    if (old.length === 0) return
    const ids = old.map(session => session.id)
    await em.nativeDelete(Session, { id: ids, expiresAt: { $lt: now } })
    this.wiring.revoke.sessionsEnded(ids)
  }
}
