// What a [[link]] leads to.
// Resolved · Links (resolve) · linkHandlers

import { pathOf, titleKey } from '../../shared/titles.ts'
import { Page, Redirect } from '../db/entities.ts'
import type { Database } from '../db/open.ts'
import type { Handlers } from './commands.ts'

/** Where a wanted title leads. */
export type Resolved = { title: string; path: string } | 'missing' | 'ambiguous'

/** Lookups of what people have put between double brackets. */
export class Links {
  constructor(private readonly db: Database) {}

  /** Where each of these titles leads: by its whole key, by a title it had before, or as the only last segment or other name. */
  async resolve(titles: string[]): Promise<Map<string, Resolved>> {
    const result = new Map<string, Resolved>()
    const em = this.db.em()
    const keys = new Map(titles.map(title => [title, titleKey(title)]))
    const wanted = [...new Set(keys.values())]
    const found = new Map<string, Resolved>()
    for (let i = 0; i < wanted.length; i += 400) {
      const some = wanted.slice(i, i + 400)
      const leaves = some.filter(key => !key.includes('/'))
      const fields = ['title', 'titleKey', 'leafKey'] as const
      const byLeaf =
        leaves.length > 0 ? await em.find(Page, { leafKey: leaves }, { fields, orderBy: { id: 'asc' } }) : []
      for (const [key, page] of await this.db.links.aliased(leaves))
        found.set(key, page ? target(page.title) : 'ambiguous')
      const bare = new Map<string, Resolved>()
      for (const page of byLeaf) bare.set(page.leafKey, bare.has(page.leafKey) ? 'ambiguous' : target(page.title))
      // One page may have a name as its last segment and another as its other name: that is two.
      for (const [key, page] of bare)
        found.set(key, found.has(key) && !same(found.get(key)!, page) ? 'ambiguous' : page)
      const moved = await em.find(Redirect, { titleKey: some }, { populate: ['page'] })
      for (const redirect of moved) found.set(redirect.titleKey, target(redirect.page.title))
      for (const page of await em.find(Page, { titleKey: some }, { fields }))
        found.set(page.titleKey, target(page.title))
    }
    for (const [title, key] of keys) result.set(title, found.get(key) ?? 'missing')
    return result
  }
}

function same(a: Resolved, b: Resolved): boolean {
  return typeof a === 'object' && typeof b === 'object' && a.title === b.title
}

function target(title: string): Resolved {
  return { title, path: pathOf(title) }
}

/** The command that says where links lead. */
export function linkHandlers(links: Links): Pick<Handlers, 'link:resolve'> {
  return {
    async 'link:resolve'({ titles }) {
      const found = await links.resolve(titles)
      const pathTo = (title: string) => {
        const to = found.get(title)
        return typeof to === 'object' ? to.path : null
      }
      return {
        links: titles.map(title => ({
          title,
          path: pathTo(title),
          ...(found.get(title) === 'ambiguous' && { several: true }),
        })),
      }
    },
  }
}
