// What somebody wants at hand: the pages with their star, and those they saw last.
// shelfHandlers

import type { Page as PageShape } from '../../shared/protocol.ts'
import { Star } from '../db/entities.ts'
import type { Handlers } from './commands.ts'
import type { Wiring } from './context.ts'
import type { Pages } from './pages.ts'

const STARRED_MAX = 100
const RECENT_MAX = 8

/** The commands about stars, and what is at hand. */
export function shelfHandlers({ db, announce }: Wiring, pages: Pages): Pick<Handlers, 'page:star' | 'page:shelf'> {
  const inOrder = async (ids: number[]): Promise<PageShape[]> => {
    const described = new Map((await pages.describe(await pages.rows(ids))).map(page => [page.id, page]))
    return ids.flatMap(id => described.get(id) ?? [])
  }

  return {
    async 'page:star'({ page: id, on }, { actor }) {
      const page = await pages.describeById(id)
      const star = { userId: actor.user!.id, pageId: id }
      const em = db.em()
      if (on) await em.upsert(Star, { ...star, at: new Date() }, { onConflictAction: 'ignore' })
      else await em.nativeDelete(Star, star)
      announce('page:starred', { page, on }, { user: star.userId })
      return page
    },

    async 'page:shelf'(_, { actor }) {
      const user = actor.user!.id
      const em = db.em()
      const stars = await em.find(Star, { userId: user }, { orderBy: { at: 'asc' }, limit: STARRED_MAX })
      const seen = await db.visits.latest(user, RECENT_MAX + STARRED_MAX)
      const starred = await inOrder(stars.map(({ pageId }) => pageId))
      const has = new Set(starred.map(({ id }) => id))
      const recent = seen.filter(id => !has.has(id))
      return { starred, recent: await inOrder(recent.slice(0, RECENT_MAX)) }
    },
  }
}
