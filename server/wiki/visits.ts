// Visits: how far somebody has seen a page, what has changed since, and where they are now.
// visitHandlers

import { User } from '../db/entities.ts'
import type { Handlers } from './commands.ts'
import type { Context, Wiring } from './context.ts'
import type { Pages } from './pages.ts'
import type { Rooms } from './rooms.ts'
import { person } from './users.ts'
import type { Whereabouts } from './whereabouts.ts'

/** Entries whose changes are looked for, newest first: who was away for longer sees the latest. */
const ENTRIES_MAX = 5_000

/** The commands about what somebody sees, has seen, and where they are. */
export function visitHandlers(
  { db, announce }: Wiring,
  { pages, rooms, whereabouts }: { pages: Pages; rooms: Rooms; whereabouts: Whereabouts },
): Pick<Handlers, 'page:visit' | 'page:look' | 'page:visits' | 'page:changesSince' | 'user:follow'> {
  const me = ({ actor }: Context) => {
    const { id, username, avatar, colour } = actor.user!
    return { id, username, avatar, colour }
  }
  /** A page's row with the number of its last edit. */
  const found = async (page: number) => {
    const row = await pages.row(page)
    return { row, head: Math.max(row.seq, rooms.peek(page)?.head.seq ?? 0) }
  }

  return {
    async 'page:visit'({ page, seq }, context) {
      const { row, head } = await found(page)
      if (context.connection) whereabouts.look(context.connection, me(context), row, null)
      const user = context.actor.user!.id
      const { since, at } = await db.visits.arrive(user, page, Math.min(seq, head), Date.now())
      announce('page:visited', { page: await pages.describeById(page) }, { user })
      return { since, at: at === null ? null : new Date(at).toISOString() }
    },

    async 'page:look'({ page, seq, line, settled = false }, context) {
      const { connection } = context
      if (page === null) {
        if (connection) whereabouts.look(connection, me(context), null, null)
        return {}
      }
      const { row, head } = await found(page)
      if (connection) whereabouts.look(connection, me(context), row, line ?? null)
      if (seq !== undefined) await db.visits.see(context.actor.user!.id, page, Math.min(seq, head), settled, Date.now())
      return {}
    },

    async 'page:visits'(_input, context) {
      return { visits: await db.visits.of(context.actor.user!.id) }
    },

    async 'page:changesSince'({ page, seq }) {
      await pages.row(page)
      const room = await rooms.get(page)
      const { head } = room
      const changes = room.changes(await db.log.latest(page, seq, ENTRIES_MAX))
      const ids = [...new Set(changes.flatMap(({ user }) => user ?? []))]
      const people = ids.length > 0 ? await db.em().find(User, { id: ids }) : []
      return { seq: head.seq, changes, people: people.map(person) }
    },

    async 'user:follow'({ user }, { connection }) {
      await whereabouts.follow(connection!, user)
      return {}
    },
  }
}
