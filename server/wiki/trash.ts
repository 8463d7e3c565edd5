// Pages deleted, restored and removed for good.
// Expiry · trashHandlers

import { WikiError } from '../../shared/errors.ts'
import type { Page as PageShape } from '../../shared/protocol.ts'
import { parentOf, parseTitle, pathOf, titleKey } from '../../shared/titles.ts'
import { Page, Trashed, User } from '../db/entities.ts'
import type { Handlers } from './commands.ts'
import type { Context, Wiring } from './context.ts'
import type { Guards } from './guards.ts'
import type { Orders } from './orders.ts'
import { cursor, type Pages, titleColumns } from './pages.ts'
import { permitPage } from './policy.ts'
import type { Rooms } from './rooms.ts'
import { person } from './users.ts'

const PAGE_SIZE = 50
const DAY = 86_400_000
/** Pages that are removed for good in one go. */
const SWEEP = 200

/** Removes what has been in the trash for too long, now and then. */
export class Expiry {
  #timer: NodeJS.Timeout | undefined
  #sweeping = Promise.resolve()

  constructor(private readonly wiring: Wiring) {}

  /** Sweeps now, and every hour. */
  start(): void {
    this.#timer = setInterval(() => void this.sweep(), 3_600_000).unref()
    void this.sweep()
  }

  async #sweep(): Promise<void> {
    const { db, config, log, announce } = this.wiring
    try {
      for (const page of await db.trash.due(Date.now() - config.limits.trashDays * DAY, SWEEP))
        if (await db.trash.purge(page)) announce('page:purged', { page }, 'readers')
    } catch (error) {
      log.error({ err: error }, 'the trash could not be emptied of what is old')
    }
  }

  /** Removes what is old, now. */
  async sweep(): Promise<void> {
    await this.#sweeping
    await (this.#sweeping = this.#sweep())
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#sweeping
  }
}

/** The commands about the trash. */
export function trashHandlers(
  wiring: Wiring,
  pages: Pages,
  rooms: Rooms,
  guards: Guards,
  orders: Orders,
): Pick<Handlers, 'page:delete' | 'page:restore' | 'page:purge' | 'trash:list'> {
  const { db, announce, config } = wiring

  /** A page in the trash. @throws WikiError `missing` */
  const trashed = async (id: number) => {
    const em = db.em()
    const row = await em.findOne(Page, { id }, { populate: ['author', 'editor'], filters: false })
    const kept = row?.trashedAt && (await em.findOne(Trashed, { pageId: id }))
    if (!row || !kept) throw new WikiError('missing', 'This page is not in the trash.')
    return { row, kept }
  }

  const deed = (context: Context, via: string) => ({ user: context.actor.user!.id, via, at: Date.now() })

  const by = async (context: Context) => person(await pages.user(context.actor.user!.id))

  return {
    async 'page:delete'({ page: id, below = 'keep' }, context) {
      const row = await pages.row(id)
      const under = below === 'delete' ? await db.titles.below(row.titleKey) : []
      for (const each of under) permitPage('page:delete', context.actor, await guards.of(each))
      const rows = new Map((await pages.rows([id, ...under])).map(each => [each.id, each]))
      const gone = await rooms.withdraw([id, ...under], () =>
        db.trash.put([id, ...under], id, deed(context, 'page:delete')),
      )
      if (gone.length === 0) throw new WikiError('missing', 'There is no such page.')
      const described = await pages.describe(gone.map(each => rows.get(each)!))
      const who = await by(context)
      for (const page of described) announce('page:deleted', { page, by: who }, 'readers')
      return { page: described[0]!, deleted: gone.length }
    },

    async 'page:restore'({ page: id, title: wanted }, context) {
      const { row } = await trashed(id)
      const title = wanted === undefined ? row.title : parseTitle(wanted)
      const others = await db.em().find(Trashed, { rootId: id, pageId: { $ne: id } })
      const along = await db
        .em()
        .find(Page, { id: others.map(({ pageId }) => pageId) }, { fields: ['title'], filters: false })
      for (const { id: each } of along) permitPage('page:restore', context.actor, await guards.of(each))
      // What stood under it stands under its new title.
      const moved = (old: string) =>
        titleKey(old).startsWith(`${titleKey(row.title)}/`) ? title + old.slice(row.title.length) : old
      const places = [{ id, title }, ...along.map(each => ({ id: each.id, title: moved(each.title) }))].map(place => ({
        id: place.id,
        ...titleColumns(place.title),
      }))
      const existing = await db.em().findOne(Page, { titleKey: titleKey(title) })
      if (existing)
        throw new WikiError(
          'conflict',
          `“${existing.title}” was written meanwhile. Restore this page under another title.`,
          {
            field: 'title',
            page: { id: existing.id, title: existing.title, path: pathOf(existing.title) },
          },
        )
      const back = await db.trash.take(places, deed(context, 'page:restore'))
      if (!back.includes(id)) throw new WikiError('conflict', 'Somebody was faster. Look at the trash again.')
      const found = new Map((await pages.describe(await pages.rows(back))).map(page => [page.id, page]))
      const who = await by(context)
      for (const each of back) announce('page:restored', { page: found.get(each)!, by: who }, 'readers')
      // Screens that forgot them with their places are told those again.
      for (const under of new Set([...found.values()].map(page => parentOf(page.title)))) {
        const keys = await orders.placed(under)
        if (keys.length > 0) announce('tree:ordered', { under, keys }, 'readers')
      }
      return { page: found.get(id)!, restored: back.length, left: places.length - back.length }
    },

    async 'page:purge'({ page }) {
      await trashed(page)
      if (await db.trash.purge(page)) announce('page:purged', { page }, 'readers')
      return {}
    },

    async 'trash:list'({ after, limit = PAGE_SIZE, title }) {
      const em = db.em()
      const from = cursor(after, 2)
      const at = from && new Date(from[0]!)
      const kept = await em.find(
        Trashed,
        {
          ...(title !== undefined && { titleKey: titleKey(title) }),
          ...(from && at && { $or: [{ at: { $lt: at } }, { at, pageId: { $lt: from[1]! } }] }),
        },
        { orderBy: [{ at: 'desc' }, { pageId: 'desc' }], limit: limit + 1 },
      )
      const some = kept.slice(0, limit)
      const rows = await em.find(
        Page,
        { id: some.map(({ pageId }) => pageId) },
        { populate: ['author', 'editor'], filters: false },
      )
      const described = new Map((await pages.describe(rows)).map((page): [number, PageShape] => [page.id, page]))
      const users = await em.find(User, { id: [...new Set(some.map(({ userId }) => userId))] })
      const people = new Map(users.map(user => [user.id, person(user)]))
      const last = kept.length > limit ? some.at(-1) : undefined
      return {
        deleted: some.flatMap(({ pageId, rootId, userId, at: when }) => {
          const page = described.get(pageId)
          const who = people.get(userId)
          const until = new Date(when.getTime() + config.limits.trashDays * DAY).toISOString()
          return page && who ? { page, root: rootId, by: who, at: when.toISOString(), until } : []
        }),
        next: last ? `${last.at.getTime()}.${last.pageId}` : null,
      }
    },
  }
}
