// Pages: made, read, listed.
// Pages · titleColumns · cursor · missing · pageHandlers

import { type EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core'
import { plain } from '../../shared/document.ts'
import { WikiError } from '../../shared/errors.ts'
import type { Branch, Page as PageShape } from '../../shared/protocol.ts'
import { leafOf, parentOf, parseTitle, pathOf, titleKey } from '../../shared/titles.ts'
import { Entry, Page, PageClient, type PageRow, Redirect, User, type UserRow } from '../db/entities.ts'
import type { PageHead } from '../db/page-rows.ts'
import { record } from './changes.ts'
import type { Handlers } from './commands.ts'
import type { Wiring } from './context.ts'
import type { Orders } from './orders.ts'
import { seed } from './room-text.ts'
import type { Rooms } from './rooms.ts'
import { findUser, person } from './users.ts'

/** Ids among which pages that lag are looked for at once, about 3 ms, and milliseconds between two such looks. */
const LOOKED_AT_ONCE = 1_000
const LOOKED_EVERY = 10

/** What the rest of the server may ask about pages without going through a command. */
export class Pages {
  constructor(
    private readonly wiring: Wiring,
    private readonly rooms: Rooms,
  ) {
    rooms.onFolded(id => void this.#tellUpdated(id))
  }

  /** Rows as everyone sees them, with what their rooms already know better. */
  async describe(rows: PageHead[]): Promise<PageShape[]> {
    const heads = new Map(rows.map(row => [row.id, this.rooms.peek(row.id)?.head]))
    const editors = new Map<number, PageHead['editor']>(
      rows.flatMap(({ author, editor }) => [author, editor].map(user => [user.id, user])),
    )
    const unknown = [...heads.values()].flatMap(head => (head && !editors.has(head.editor) ? head.editor : []))
    if (unknown.length > 0)
      for (const user of await this.wiring.db.em().find(User, { id: unknown })) editors.set(user.id, user)
    return rows.map(row => {
      const head = heads.get(row.id)
      return {
        id: row.id,
        title: row.title,
        path: pathOf(row.title),
        seq: Math.max(row.seq, head?.seq ?? 0),
        author: person(row.author),
        editor: person((head && editors.get(head.editor)) ?? row.editor),
        locked: Boolean(row.lockedAt),
        protection: row.protection ?? null,
        createdAt: row.createdAt.toISOString(),
        updatedAt: new Date(Math.max(row.updatedAt.getTime(), head?.at ?? 0)).toISOString(),
      }
    })
  }

  /** @throws WikiError `missing` */
  async row(id: number, em = this.wiring.db.em()): Promise<PageRow> {
    const row = await em.findOne(Page, { id }, { populate: ['author', 'editor'] })
    if (!row) throw missing()
    return row
  }

  /** The rows of those of these pages that are there. */
  rows(ids: number[]): Promise<PageRow[]> {
    return this.wiring.db.em().find(Page, { id: ids }, { populate: ['author', 'editor'] })
  }

  /** Whoever has this id. @throws WikiError `missing` */
  user(id: number): Promise<UserRow> {
    return findUser(this.wiring.db.em(), id)
  }

  /** @throws WikiError `missing` */
  async describeById(id: number): Promise<PageShape> {
    return this.#describeOne(await this.#head(this.wiring.db.pages.byId(id)))
  }

  async #describeOne(row: PageHead): Promise<PageShape> {
    return (await this.describe([row]))[0]!
  }

  async #head(found: Promise<PageHead | null>): Promise<PageHead> {
    const head = await found
    if (!head) throw missing()
    return head
  }

  /** A page as `page:read` answers it. @throws WikiError `missing` */
  async read(by: { page: number } | { title: string }): Promise<PageShape & { content: string }> {
    const { pages } = this.wiring.db
    const head = await this.#head('page' in by ? pages.byId(by.page) : pages.byKey(titleKey(by.title)))
    const content = await this.content(head)
    return { ...(await this.#describeOne(head)), content }
  }

  /**
   * The page with this title, or the one that had it before.
   * @throws WikiError `missing`
   */
  rowByTitle(title: string): Promise<PageHead> {
    return this.#head(this.wiring.db.pages.byKey(titleKey(title)))
  }

  /** A page's text as the log has it. */
  async content({ id }: Pick<PageHead, 'id'>): Promise<string> {
    const room = this.rooms.peek(id)
    if (room) return room.text
    const { log, pages } = this.wiring.db
    const head = await log.head(id)
    const stored = await pages.text(id)
    if (!stored) throw missing()
    if (stored.seq >= head) return stored.content
    return (await this.rooms.get(id)).text
  }

  /** Folds every page whose row lags behind its log, one after the other; one that cannot be read stops no other. */
  async foldAll(): Promise<void> {
    const { titles } = this.wiring.db
    const last = await titles.last()
    // A little at a time: in a large wiki somebody is already waiting for their first page.
    for (let from = 0; from < last; from += LOOKED_AT_ONCE) {
      for (const id of await titles.behind(from, from + LOOKED_AT_ONCE))
        try {
          await (await this.rooms.get(id)).checkpoint()
        } catch (error) {
          this.wiring.log.error({ err: error, page: id }, 'a page could not be brought up to date')
        }
      await new Promise(resolve => setTimeout(resolve, LOOKED_EVERY).unref())
    }
  }

  async #tellUpdated(id: number): Promise<void> {
    try {
      this.wiring.announce('page:updated', { page: await this.describeById(id) }, 'readers')
    } catch (error) {
      // Deleted while its last words were written down.
      if (error instanceof WikiError && error.code === 'missing') return
      this.wiring.log.error({ error, page: id }, 'a page’s update could not be told')
    }
  }
}

function missing(): WikiError {
  return new WikiError('missing', 'There is no such page.')
}

/** The columns that follow from a title. */
export function titleColumns(title: string) {
  return {
    title,
    titleKey: titleKey(title),
    leafKey: titleKey(leafOf(title)),
    parentKey: titleKey(parentOf(title)),
  }
}

/**
 * Makes a page as part of the caller's transaction, and answers with its id.
 * @throws UniqueConstraintViolationException where one has this title
 */
export async function insertPage(
  em: EntityManager,
  { title, text, author, via }: { title: string; text: string; author: number; via: string },
): Promise<number> {
  const { snapshot, client } = seed(text)
  const now = new Date()
  const seq = text === '' ? 0 : 1
  const user = em.getReference(User, author)
  const page = em.create(Page, {
    ...titleColumns(title),
    createdAt: now,
    updatedAt: now,
    content: text,
    snapshot,
    seq,
    author: user,
    editor: user,
  })
  await em.flush()
  // A title that led elsewhere before leads here now.
  await em.nativeDelete(Redirect, { titleKey: page.titleKey })
  if (seq === 1) {
    em.create(Entry, { pageId: page.id, seq, firstSeq: seq, userId: author, via, at: now, bytes: snapshot })
    em.create(PageClient, { pageId: page.id, client, userId: author })
  }
  record(em, { kind: 'created', page, user: author, via, added: text.length })
  return page.id
}

const PAGE_SIZE = 50

/** The commands about pages. */
export function pageHandlers(
  wiring: Wiring,
  pages: Pages,
  orders: Orders,
): Pick<Handlers, 'page:create' | 'page:read' | 'page:list' | 'page:children'> {
  const { db, config } = wiring

  const taken = async (title: string, cause: unknown): Promise<never> => {
    if (!(cause instanceof UniqueConstraintViolationException)) throw cause
    const { id, title: existing } = await pages.rowByTitle(title)
    throw new WikiError('conflict', `“${existing}” exists already. Open it, or choose another title.`, {
      field: 'title',
      page: { id, title: existing, path: pathOf(existing) },
    })
  }

  return {
    async 'page:create'(input, context) {
      const title = parseTitle(input.title)
      const text = plain(input.content ?? '')
      assertSize(text, config.limits.pageBytes)
      const author = context.actor.user!.id
      const id = await db
        .em()
        .transactional(em => insertPage(em, { title, text, author, via: 'page:create' }))
        .catch(error => taken(title, error))
      const page = await pages.describeById(id)
      wiring.announce('page:created', { page }, 'readers')
      return page
    },

    async 'page:read'(input) {
      return pages.read(input)
    },

    async 'page:list'({ after, limit = PAGE_SIZE, match, author }) {
      const total = await db.pages.count()
      const key = titleKey(match ?? '')
      if (key !== '') {
        const offset = cursor(after, 1)?.[0] ?? 0
        const ids = await db.titles.matching(key, limit + 1, offset)
        const rows = await pages.rows(ids)
        const ordered = rows.sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id)).slice(0, limit)
        return { pages: await pages.describe(ordered), next: ids.length > limit ? String(offset + limit) : null, total }
      }
      const from = cursor(after, 2)
      const rows = await db.pages.newest(limit + 1, from && { at: from[0]!, id: from[1]! }, author)
      const last = rows.length > limit ? rows[limit - 1] : undefined
      return {
        pages: await pages.describe(rows.slice(0, limit)),
        next: last ? `${last.updatedAt.getTime()}.${last.id}` : null,
        total,
      }
    },

    async 'page:children'({ under = '', limit }) {
      const underKey = titleKey(under)
      // Whoever was given a place comes first, wherever they stand by name.
      const placed = limit === undefined ? [] : await orders.placed(under)
      const rows = await db.titles.children(
        underKey,
        limit,
        placed.map(leaf => (underKey === '' ? leaf : `${underKey}/${leaf}`)),
      )
      const children: Branch[] = rows.map(({ title, page, below }) => ({
        title,
        page,
        path: pathOf(title),
        children: below,
        placed: false,
      }))
      return { children: (await orders.arrange(under, children)).slice(0, limit) }
    },
  }
}

/** The numbers of a cursor, or null at the beginning. @throws WikiError `invalid` */
export function cursor(after: string | undefined, parts: number): number[] | null {
  if (after === undefined) return null
  const numbers = after.split('.').map(Number)
  if (numbers.length !== parts || !numbers.every(n => Number.isSafeInteger(n) && n >= 0))
    throw new WikiError('invalid', 'after: Pass on “next” from the answer before.', { field: 'after' })
  return numbers
}

function assertSize(text: string, bytes: number): void {
  if (Buffer.byteLength(text) > bytes)
    throw new WikiError('too_large', `A page holds at most ${Math.floor(bytes / 1024)} kB of text. Split it in two.`, {
      field: 'content',
    })
}
