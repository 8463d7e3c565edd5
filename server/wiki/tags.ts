// Tags and their pages; lists of pages that a block of text asks for.
// Queries (find) · tagHandlers

import type { Page as PageShape } from '../../shared/protocol.ts'
import type { Column, Query } from '../../shared/queries.ts'
import { readQueryBlock } from '../../shared/queries.ts'
import { titleKey } from '../../shared/titles.ts'
import { User } from '../db/entities.ts'
import type { PageFilter } from '../db/queries.ts'
import type { Handlers } from './commands.ts'
import type { Wiring } from './context.ts'
import { cursor, type Pages } from './pages.ts'
import { usernameKey } from './users.ts'

const PAGE_SIZE = 50
const TAGS_SIZE = 500

/** A page that a query found. */
export interface Found {
  page: PageShape
  tags: string[]
  bytes: number
}

const ALL: PageFilter = {
  ...{ tags: [], notTags: [], parent: null, author: null, editor: null, linksTo: null },
  ...{ changedSince: null, createdSince: null, order: 'title', descending: false },
}

/** Answers queries. */
export class Queries {
  constructor(
    private readonly wiring: Pick<Wiring, 'db'>,
    private readonly pages: Pages,
  ) {}

  /**
   * What a block of text asks for.
   * @throws WikiError `invalid` with a sentence that says what is wrong in it
   */
  async find(text: string): Promise<{ columns: Column[] | null; found: Found[]; more: boolean }> {
    const query = readQueryBlock(text, Date.now())
    const filter = await this.#filter(query)
    const ids = filter === null ? [] : await this.wiring.db.finder.pages(filter, query.limit + 1)
    return {
      columns: query.columns,
      found: await this.#described(ids.slice(0, query.limit)),
      more: ids.length > query.limit,
    }
  }

  /** Pages that bear a tag, or one that stands under it. */
  async tagged(tag: string, limit: number, offset: number): Promise<{ found: Found[]; more: boolean }> {
    const ids = await this.wiring.db.finder.pages({ ...ALL, tags: [titleKey(tag)] }, limit + 1, offset)
    return { found: await this.#described(ids.slice(0, limit)), more: ids.length > limit }
  }

  async #filter(query: Query): Promise<PageFilter | null> {
    const person = async (name: string | null) => {
      if (name === null) return null
      return (await this.wiring.db.em().findOne(User, { usernameKey: usernameKey(name) }))?.id ?? undefined
    }
    const [author, editor] = await Promise.all([person(query.author), person(query.editor)])
    // Nobody of that name has written anything.
    if (author === undefined || editor === undefined) return null
    const target = query.linksTo === null ? null : await this.pages.rowByTitle(query.linksTo).catch(() => null)
    const wanted = query.linksTo === null ? null : [titleKey(query.linksTo)]
    return {
      ...query,
      author,
      editor,
      tags: query.tags.map(titleKey),
      notTags: query.notTags.map(titleKey),
      parent: query.parent === null ? null : titleKey(query.parent),
      linksTo: target ? await this.wiring.db.links.namesOf(target.id) : wanted,
    }
  }

  async #described(ids: number[]): Promise<Found[]> {
    const { finder } = this.wiring.db
    const [rows, tags, sizes] = await Promise.all([this.pages.rows(ids), finder.tagsOf(ids), finder.sizesOf(ids)])
    const known = new Map((await this.pages.describe(rows)).map(page => [page.id, page]))
    return ids.flatMap(id => {
      const page = known.get(id)
      return page ? [{ page, tags: tags.get(id) ?? [], bytes: sizes.get(id) ?? 0 }] : []
    })
  }
}

/** The commands about tags. */
export function tagHandlers({ db }: Wiring, queries: Queries): Pick<Handlers, 'tag:list' | 'tag:pages'> {
  return {
    async 'tag:list'({ match = '', after }) {
      const offset = cursor(after, 1)?.[0] ?? 0
      const found = await db.finder.tags(titleKey(match), TAGS_SIZE + 1, offset)
      const tags = found.slice(0, TAGS_SIZE).map(({ tag, pages }) => ({ tag, pages }))
      return { tags, next: found.length > TAGS_SIZE ? String(offset + TAGS_SIZE) : null }
    },
    async 'tag:pages'({ tag, after, limit = PAGE_SIZE }) {
      const offset = cursor(after, 1)?.[0] ?? 0
      const { found, more } = await queries.tagged(tag, limit, offset)
      return { pages: found.map(({ page }) => page), next: more ? String(offset + limit) : null }
    },
  }
}
