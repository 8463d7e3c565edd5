// Who links to a page, and who only mentions it.
// backlinkHandlers

import { WikiError } from '../../shared/errors.ts'
import { linked, unlinked } from '../../shared/mentions.ts'
import type { Backlink } from '../../shared/protocol.ts'
import { leafOf } from '../../shared/titles.ts'
import type { Sentence } from '../db/links.ts'
import type { Handlers } from './commands.ts'
import type { Wiring } from './context.ts'
import type { Links } from './links.ts'
import type { Pages } from './pages.ts'
import type { Rooms } from './rooms.ts'
import type { Search } from './search.ts'
import { readQuery } from './terms.ts'

const PAGE_SIZE = 50
/** Pages that are looked through for a mention, and mentions that are told of each. */
const LOOKED_THROUGH = 40
const TOLD = 3

/** The commands about what leads to a page. */
export function backlinkHandlers(
  { db }: Wiring,
  { pages, links, rooms, search }: { pages: Pages; links: Links; rooms: Rooms; search: Search },
): Pick<Handlers, 'page:backlinks' | 'page:mentions' | 'mention:link'> {
  const described = async (found: { page: number; contexts: Sentence[] }[]): Promise<Backlink[]> => {
    const rows = await pages.rows(found.map(({ page }) => page))
    const known = new Map((await pages.describe(rows)).map(page => [page.id, page]))
    return found.flatMap(({ page, contexts }) => {
      const from = known.get(page)
      return from ? [{ page: from, contexts }] : []
    })
  }

  /** The keys that lead to this page and to no other. */
  const namesOf = async (page: number, title: string): Promise<string[]> => {
    const names = await db.links.namesOf(page)
    const found = await links.resolve(names)
    return names.filter(name => {
      const to = found.get(name)
      return typeof to === 'object' && to.title === title
    })
  }

  return {
    async 'page:backlinks'({ page, after = 0, limit = PAGE_SIZE }) {
      const { title } = await pages.row(page)
      const names = await namesOf(page, title)
      const found = await db.links.backlinks(names, page, after, limit + 1)
      const shown = found.slice(0, limit)
      return {
        links: await described(shown),
        next: found.length > limit ? shown.at(-1)!.page : null,
        names,
      }
    },

    async 'page:mentions'({ page }) {
      const { title } = await pages.row(page)
      const words = leafOf(title)
      // Short words are everywhere, and mean the page nowhere.
      if ([...words].length < 3) return { mentions: [] }
      const hits = await search.find(readQuery(`"${words.replaceAll('"', ' ')}"`), {}, LOOKED_THROUGH)
      const names = new Set(await namesOf(page, title))
      const found: { page: number; contexts: Sentence[] }[] = []
      for (const hit of hits) {
        if (hit.page === page) continue
        const row = await pages.row(hit.page).catch(() => null)
        const text = row && (await pages.content(row))
        if (!text || linked(text, names)) continue
        const contexts = unlinked(text, words).slice(0, TOLD)
        if (contexts.length > 0) found.push({ page: hit.page, contexts: contexts.map(({ sentence }) => sentence) })
      }
      return { mentions: await described(found) }
    },

    async 'mention:link'({ page, to }, context) {
      const { title } = await pages.row(to)
      const words = leafOf(title)
      const found = (await links.resolve([words])).get(words)
      const target = typeof found === 'object' && found.title === title ? words : title
      const room = await rooms.get(page)
      await room.rewrite(
        context.actor.user!.id,
        text => {
          const [first] = unlinked(text, words)
          if (!first) throw new WikiError('conflict', 'The words are not there any more, or are linked already.')
          const said = text.slice(first.from, first.to)
          const link = said === target ? `[[${target}]]` : `[[${target}|${said}]]`
          return text.slice(0, first.from) + link + text.slice(first.to)
        },
        'mention:link',
      )
      return pages.describeById(page)
    },
  }
}
