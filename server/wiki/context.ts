// Who asks, through what, and who is told: the types every command meets.
// Actor · Context · Connection · CookieJar · Received · Announce · Wiring

import type { Logger } from 'pino'
import type { EventName, Payload, Role, User } from '../../shared/protocol.ts'
import type { Config } from '../config.ts'
import type { Database } from '../db/open.ts'

/** Whoever asks. A guest is nobody in particular. */
export interface Actor {
  role: Role | 'guest'
  user: User | null
}

export const GUEST: Actor = { role: 'guest', user: null }

/** One socket, as far as rooms need to know it. */
export interface Connection {
  id: string
  /** Begin to hear a room's events. */
  join(page: number): void
  leave(page: number): void
  /** Begin to hear where this person goes, and nobody else; null hears nobody. */
  follow(user: number | null): void
  /** End it: whoever is at the other end connects anew and asks for everything again. */
  drop(): void
}

/** The caller's cookie, where the transport has one. */
export interface CookieJar {
  /** Sign this user in under a new session id. */
  begin(user: number): Promise<void>
  /** End the session that asks. */
  end(): Promise<void>
}

/** A file that came with a request and lies, not yet judged, in the folder of what is arriving. */
export interface Received {
  path: string
  /** As the sender calls it. */
  name: string
}

/** Everything `perform` needs to know about a request besides its payload. */
export interface Context {
  actor: Actor
  /** The caller's network address, for limits. */
  address: string
  via: 'http' | 'socket' | 'console'
  /** The session that asks, by its id in the database; none for guests and for whoever runs the server. */
  session?: string
  /** Appears in the log beside everything that this request caused. */
  request: string
  /** This server's address as the caller sees it, for links that are handed out. */
  origin: string
  connection?: Connection
  cookies?: CookieJar
  received?: Received
}

/** Who hears an event: everyone who may read, admins, the people in a page, one person wherever they are, or their followers. */
export type Audience = 'readers' | 'admins' | { room: number } | { user: number } | { followers: number }

/** Tells an event to its audience; called only after what it tells is on disk. */
export type Announce = <E extends EventName>(event: E, payload: Payload<E>, audience: Audience) => void

/** What happens to rights and sessions while sockets are open; `web/` listens and acts within a second. */
export interface Revocations {
  /** This user's role, name or existence changed. */
  userChanged(user: number): void
  /** These sessions ended (ids as in the `sessions` table). */
  sessionsEnded(sessions: string[]): void
}

/** What every part of the wiki is built with. */
export interface Wiring {
  config: Config
  db: Database
  log: Logger
  announce: Announce
  revoke: Revocations
  /** The disk refused a write: told once per failure, so that the process can decide whether it may go on. */
  diskFailed(error: unknown): void
}
