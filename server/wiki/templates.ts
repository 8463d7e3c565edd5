// Templates: pages under `Template/` from which others begin, and the page of the day.
// templateHandlers

import { WikiError } from '../../shared/errors.ts'
import { clockOf, filled, TEMPLATES } from '../../shared/templates.ts'
import { parseTitle, pathOf, titleKey } from '../../shared/titles.ts'
import { Page } from '../db/entities.ts'
import type { Handlers } from './commands.ts'
import type { Context, Wiring } from './context.ts'
import type { Pages } from './pages.ts'

/** So many are offered. */
const OFFERED = 200
const TODAY = `${TEMPLATES}Today`
const KEY = titleKey(TEMPLATES)

/** The commands about templates. */
export function templateHandlers(
  { db, config }: Wiring,
  pages: Pages,
  create: Handlers['page:create'],
): Pick<Handlers, 'template:list' | 'template:fill' | 'page:today'> {
  const fill = async (
    page: Parameters<Pages['content']>[0],
    title: string,
    now: string | undefined,
    context: Context,
  ) =>
    filled(withoutFrontMatterOfTemplate(await pages.content(page)), {
      title,
      user: context.actor.user!.username,
      now: now ?? clockOf(new Date(), 'UTC'),
    })

  return {
    async 'template:list'() {
      const rows = await db
        .em()
        .find(
          Page,
          { titleKey: { $gt: KEY, $lt: `${KEY.slice(0, -1)}0` } },
          { fields: ['title'], orderBy: { titleKey: 'asc' }, limit: OFFERED },
        )
      return {
        templates: rows.map(({ id, title }) => ({
          page: id,
          name: title.slice(TEMPLATES.length),
          path: pathOf(title),
        })),
      }
    },

    async 'template:fill'({ template, title, now }, context) {
      return { content: await fill(await pages.row(template), title, now, context) }
    },

    async 'page:today'({ now = clockOf(new Date(), 'UTC') }, context) {
      const title = titleOfDay(config.todayTitle, now, context)
      const open = async () => ({ page: await pages.describeById((await pages.rowByTitle(title)).id), made: false })
      const unlessMissing = (error: unknown) => {
        if (error instanceof WikiError && error.code === 'missing') return null
        throw error
      }
      const there = await open().catch(unlessMissing)
      if (there) return there
      const template = await pages.rowByTitle(TODAY).catch(unlessMissing)
      const content = template ? await fill(template, title, now, context) : ''
      try {
        return { page: await create({ title, content }, context), made: true }
      } catch (error) {
        // Two people begin the day at once: one makes the page, both are on it.
        if (error instanceof WikiError && error.code === 'conflict') return open()
        throw error
      }
    },
  }
}

/** The title of a day's page. */
export function titleOfDay(pattern: string, now: string, { actor }: Pick<Context, 'actor'>): string {
  return parseTitle(filled(pattern, { title: '', user: actor.user?.username ?? '', now }))
}

/** What a template says of itself is not said of the pages made from it. */
function withoutFrontMatterOfTemplate(text: string): string {
  return text
    .replace(/^(---[ \t]*\n(?:(?!---).*\n)*?)tags:[ \t]*template[ \t]*\n/, '$1')
    .replace(/^---[ \t]*\n---[ \t]*\n/, '')
}
