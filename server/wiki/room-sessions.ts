// Who wrote how much in a page since its last checkpoint.
// RoomSessions (add · take · putBack)

import type { Session } from '../db/changes.ts'
import type { NewEntry } from '../db/log.ts'

/** Gathers entries by who wrote them, and by which command. */
export class RoomSessions {
  #sessions = new Map<string, Session>()

  /** Counts an entry that is on disk under this number. */
  add({ user, via, at, added, removed }: NewEntry, seq: number): void {
    this.#join({ user, via, firstSeq: seq, lastSeq: seq, began: at, at, added, removed })
  }

  /** What has gathered; it gathers anew from here on. */
  take(): Session[] {
    const taken = [...this.#sessions.values()]
    this.#sessions = new Map()
    return taken
  }

  /** What was taken could not be written down: it is counted on. */
  putBack(taken: Session[]): void {
    const since = this.take()
    for (const session of [...taken, ...since]) this.#join(session)
  }

  #join(session: Session): void {
    const key = `${session.user} ${session.via}`
    const known = this.#sessions.get(key)
    if (!known) {
      this.#sessions.set(key, session)
      return
    }
    known.lastSeq = session.lastSeq
    known.at = session.at
    known.added += session.added
    known.removed += session.removed
  }
}
