// What happened: deeds written down where they are done, and the feed that tells them together with editing sessions.
// record · changeHandlers

import type { EntityManager } from '@mikro-orm/core'
import { WikiError } from '../../shared/errors.ts'
import type { ChangeKind, Happening } from '../../shared/protocol.ts'
import { pathOf, titleKey } from '../../shared/titles.ts'
import { type ChangeFilter, SESSION_GAP } from '../db/changes.ts'
import { Change, Page, type PageRow, User } from '../db/entities.ts'
import type { Handlers } from './commands.ts'
import type { Wiring } from './context.ts'
import type { Rooms } from './rooms.ts'
import { person } from './users.ts'

/** Something that was done to a page. */
export interface Deed {
  kind: ChangeKind
  page: Pick<PageRow, 'id' | 'title'>
  user: number
  /** The command that did it. */
  via: string
  /** What it was before, or why. */
  detail?: string | null
  /** Characters written with it. */
  added?: number
}

/** Writes a deed down, in the transaction that does it. */
export function record(em: EntityManager, { kind, page, user, via, detail = null, added = 0 }: Deed): void {
  const at = new Date()
  em.create(Change, {
    kind,
    pageId: page.id,
    title: page.title,
    userId: user,
    via,
    beganAt: at,
    at,
    firstSeq: null,
    lastSeq: null,
    added,
    removed: 0,
    detail,
    note: null,
  })
}

const PAGE_SIZE = 50

/** The commands about what happened. */
export function changeHandlers({ db, announce }: Wiring, rooms: Rooms): Pick<Handlers, 'change:list' | 'change:note'> {
  const describe = async (ids: number[]): Promise<Happening[]> => {
    const em = db.em()
    const rows = await em.find(Change, { id: ids })
    const [pages, users] = await Promise.all([
      em.find(Page, { id: [...new Set(rows.map(({ pageId }) => pageId))] }, { fields: ['title'] }),
      em.find(User, { id: [...new Set(rows.map(({ userId }) => userId))] }),
    ])
    const titles = new Map(pages.map(({ id, title }) => [id, title]))
    const people = new Map(users.map(user => [user.id, person(user)]))
    const byId = new Map(rows.map(row => [row.id, row]))
    return ids.flatMap(id => {
      const row = byId.get(id)
      const user = row && people.get(row.userId)
      if (!row || !user) return []
      const now = titles.get(row.pageId)
      return {
        id,
        kind: row.kind,
        page: row.pageId,
        title: row.title,
        path: now === undefined ? null : pathOf(now),
        user,
        program: row.via === 'page:edit',
        beganAt: row.beganAt.toISOString(),
        at: row.at.toISOString(),
        firstSeq: row.firstSeq ?? null,
        lastSeq: row.lastSeq ?? null,
        added: row.added,
        removed: row.removed,
        detail: row.detail ?? null,
        note: row.note ?? null,
      }
    })
  }

  return {
    async 'change:list'({ after, limit = PAGE_SIZE, user, page, by, tag, under, since }) {
      const filter: ChangeFilter = {
        ...(user !== undefined && { user }),
        ...(page !== undefined && { page }),
        ...(by !== undefined && { programs: by === 'programs' }),
        ...(tag !== undefined && { tag: titleKey(tag.replace(/^#/, '')) }),
        ...(under !== undefined && { under: titleKey(under) }),
        ...(since !== undefined && { since: Date.parse(since) }),
        ...(after !== undefined && { before: cursor(after) }),
      }
      const ids = await db.changes.find(filter, limit + 1)
      const changes = await describe(ids.slice(0, limit))
      const last = ids.length > limit ? changes.at(-1) : undefined
      return { changes, next: last ? `${Date.parse(last.at)}.${last.id}` : null }
    },

    async 'change:note'({ page, note }, context) {
      // What was written a moment ago is not yet part of a session.
      await rooms.peek(page)?.checkpoint()
      const [id] = await db.changes.latest(page, context.actor.user!.id, Date.now() - SESSION_GAP)
      if (id === undefined)
        throw new WikiError('missing', 'You have written nothing in this page lately that a note could be about.')
      const words = note.replace(/\s+/gu, ' ').trim()
      await db.em().nativeUpdate(Change, { id }, { note: words || null })
      const [change] = await describe([id])
      announce('change:noted', { change: change! }, 'readers')
      return { change: change! }
    },
  }
}

function cursor(after: string): { at: number; id: number } {
  const match = /^(\d{1,16})\.(\d{1,12})$/.exec(after)
  if (!match) throw new WikiError('invalid', 'after: Pass on “next” from the answer before.', { field: 'after' })
  return { at: Number(match[1]), id: Number(match[2]) }
}
