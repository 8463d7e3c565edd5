// Pages that are protected or locked: who may still write there, and who says so.
// Guards (of) · guardHandlers

import type { EntityManager } from '@mikro-orm/core'
import { Page, type PageRow } from '../db/entities.ts'
import type { Database } from '../db/open.ts'
import { record } from './changes.ts'
import type { Handlers, PageStates } from './commands.ts'
import type { Wiring } from './context.ts'
import type { Pages } from './pages.ts'
import type { PageState } from './policy.ts'
import { person } from './users.ts'

const OPEN: PageState = { protection: null }

/** What state each page is in, kept in memory: every push asks. */
export class Guards implements PageStates {
  #protected: Promise<Map<number, PageState>> | null = null

  constructor(private readonly db: Database) {}

  /** A page's state, also of one in the trash: what is deleted keeps its rights. */
  async of(page: number): Promise<PageState> {
    return (await this.#all()).get(page) ?? OPEN
  }

  /** To be called once a page's row says so. */
  async set(page: number, state: PageState): Promise<void> {
    const all = await this.#all()
    if (state.protection === null) all.delete(page)
    else all.set(page, state)
  }

  #all(): Promise<Map<number, PageState>> {
    this.#protected ??= this.#load().catch(error => {
      this.#protected = null
      throw error
    })
    return this.#protected
  }

  async #load(): Promise<Map<number, PageState>> {
    const rows = await this.db
      .em()
      .find(Page, { protection: { $ne: null } }, { fields: ['protection'], filters: false })
    return new Map(rows.map(({ id, protection }) => [id, { protection: protection ?? null }]))
  }
}

/** The commands that protect and lock. */
export function guardHandlers(
  { db, announce }: Wiring,
  pages: Pages,
  guards: Guards,
): Pick<Handlers, 'page:protect' | 'page:lock'> {
  // What changed a row is told with the page as it is now.
  const change = async (id: number, by: number, set: (row: PageRow, em: EntityManager) => boolean) => {
    const changed = await db.em().transactional(async em => set(await pages.row(id, em), em))
    const page = await pages.describeById(id)
    await guards.set(id, { protection: page.protection })
    if (changed) announce('page:guarded', { page, by: person(await pages.user(by)) }, 'readers')
    return page
  }

  return {
    'page:protect': ({ page, reason }, context) =>
      change(page, context.actor.user!.id, (row, em) => {
        const protection = reason === null ? null : reason.replace(/\s+/gu, ' ').trim()
        if ((row.protection ?? null) === protection) return false
        row.protection = protection
        const kind = protection === null ? 'unprotected' : 'protected'
        record(em, { kind, page: row, user: context.actor.user!.id, via: 'page:protect', detail: protection || null })
        return true
      }),

    'page:lock': ({ page, on }, context) =>
      change(page, context.actor.user!.id, row => {
        if (Boolean(row.lockedAt) === on) return false
        row.lockedAt = on ? new Date() : null
        return true
      }),
  }
}
