// A page once more, under another title.
// copyHandlers

import { WikiError } from '../../shared/errors.ts'
import { leafOf, parentOf, SEGMENT_MAX, TITLE_MAX } from '../../shared/titles.ts'
import type { Handlers } from './commands.ts'
import type { Pages } from './pages.ts'

/** Titles that are tried for one copy. */
const TRIES = 50

/** The command that duplicates; it makes the page by the way every page is made. */
export function copyHandlers(pages: Pages, create: Handlers['page:create']): Pick<Handlers, 'page:duplicate'> {
  return {
    async 'page:duplicate'({ page, title }, context) {
      const row = await pages.row(page)
      const content = await pages.content(row)
      if (title !== undefined) return create({ title, content }, context)
      for (let n = 1; n <= TRIES; n++)
        try {
          return await create({ title: copyOf(row.title, n), content }, context)
        } catch (error) {
          if (!(error instanceof WikiError) || error.code !== 'conflict') throw error
        }
      throw new WikiError('conflict', 'There are many copies of this page already. Choose a title for this one.', {
        field: 'title',
      })
    },
  }
}

function copyOf(title: string, n: number): string {
  const ending = n === 1 ? ' (copy)' : ` (copy ${n})`
  const parent = parentOf(title)
  const room = Math.min(SEGMENT_MAX, TITLE_MAX - (parent === '' ? 0 : parent.length + 1)) - ending.length
  const leaf = leafOf(title)
    .slice(0, Math.max(1, room))
    .toWellFormed()
    .replace(/\ufffd$/, '')
    .trimEnd()
  return `${parent === '' ? '' : `${parent}/`}${leaf}${ending}`
}
