// The only route table of screens. Everything is asked through `perform`; what comes back becomes a whole document.
// Views · createViews

import express, { type Request, type Response, type Router } from 'express'
import type { Listing } from '../../shared/boot.ts'
import { WikiError } from '../../shared/errors.ts'
import { type Input, MAINTENANCE, type Output } from '../../shared/protocol.ts'
import { clockOf } from '../../shared/templates.ts'
import { leafOf, parentOf, parseTitle, titleKey, titleOfPath } from '../../shared/titles.ts'
import { wayBack } from '../../shared/way-back.ts'
import type { Perform } from '../wiki/commands.ts'
import type { Context, Wiring } from '../wiki/context.ts'
import type { Limiter } from '../wiki/limiter.ts'
import { titleOfDay } from '../wiki/templates.ts'
import type { Whereabouts } from '../wiki/whereabouts.ts'
import { Articles, type ArticlesOptions, type ResolveLinks } from './articles.ts'
import type { Build } from './build.ts'
import {
  atom,
  type ChangesAsked,
  changesAsked,
  changesPath,
  changesScreen,
  personScreen,
  trashScreen,
} from './changes.ts'
import type { Screen } from './document.ts'
import { filesScreen, pageFilesScreen, todayScreen } from './files-screens.ts'
import {
  createScreen,
  draftsScreen,
  peopleScreen,
  profileScreen,
  signInScreen,
  signOutScreen,
  type WayIn,
} from './forms.ts'
import { maintenanceScreen, tagScreen, tagsScreen } from './lists.ts'
import { type Look, Looks, penOf } from './looks.ts'
import type { Ready } from './ready.ts'
import { articleScreen, homeScreen, missingScreen, pagesScreen } from './screens.ts'
import { askedOf, searchInput, searchScreen } from './search-screen.ts'
import { createTrouble, type RenderError, troubleScreen } from './trouble.ts'

/** What the screens are drawn from. */
export interface ViewsOptions {
  wiring: Pick<Wiring, 'config' | 'log'>
  wiki: {
    perform: Perform
    links: { resolve: ResolveLinks }
    embeds: { drawn: NonNullable<ArticlesOptions['embed']> }
    whereabouts: Pick<Whereabouts, 'all'>
    limiter: Pick<Limiter, 'chargeRequest'>
  }
  /** Says who asks. */
  auth: { contextOf(req: Request, res: Response): Promise<Context> }
  build: Build
  /** In which large articles are drawn. */
  thread?: ArticlesOptions['thread']
  /** Keeps what was made. */
  ready: Pick<Ready, 'asOf' | 'titled' | 'keep'>
}

/** The screens, and how an error looks. */
export interface Views {
  router: Router
  renderError: RenderError
}

type Show = (look: Look) => Promise<Screen | null>

const PAGE_SIZE = 40

/** Draws the screens over a wiki. */
export function createViews({ wiring, wiki, auth, build, thread = null, ready }: ViewsOptions): Views {
  const { config, log } = wiring
  const looks = new Looks(config, build, wiki.perform, wiki.limiter, ready)
  const articles = new Articles({
    resolve: titles => wiki.links.resolve(titles),
    embed: (wanted, page) => wiki.embeds.drawn(wanted, page),
    thread,
  })
  const router = express.Router()

  const renderError = createTrouble(looks, auth, log)

  const route = (path: string | RegExp, show: Show): void => {
    router.get(path, (req, res) => {
      const answer = async () => {
        const look = looks.begin(req, res, await auth.contextOf(req, res))
        looks.charge(look)
        const screen = await show(look)
        if (screen) await looks.send(screen, look)
      }
      answer().catch(error => renderError(error, req, res))
    })
  }

  // ---- reading

  const list = (look: Look, match: string): Promise<Listing> =>
    look.ask('page:list', { limit: PAGE_SIZE, ...(match && { match }), ...from(look) })

  route('/', async look => {
    const listing = await list(look, '')
    const listed = new Set(listing.pages.map(({ id }) => id))
    look.boot.list = listing
    look.boot.presence = wiki.whereabouts.all.filter(({ page }) => listed.has(page))
    await looks.furnish(look)
    return homeScreen(penOf(look), look.boot, look.timeZone)
  })

  route('/pages', async look => {
    const match = (text(look.req.query.match) ?? '').trim().slice(0, 200)
    look.boot.list = await list(look, match)
    await looks.furnish(look)
    return pagesScreen(penOf(look), look.boot, match)
  })

  route('/search', async look => {
    const asked = askedOf(look.req.query)
    await looks.furnish(look)
    const none = { hits: [], next: null }
    let trouble: string | null = null
    const found = await look.ask('search:find', searchInput(asked)).catch(error => {
      if (!(error instanceof WikiError) || error.code !== 'invalid') throw error
      trouble = error.message
      return none
    })
    look.boot.people.push(...found.hits.map(({ page }) => page.editor))
    return searchScreen(penOf(look), asked, found, trouble)
  })

  route(/^\/wiki\/?$/, async ({ res }) => redirect(res, 302, '/pages'))

  route(/^\/wiki\/.+\.md$/, async ({ req, res, ask }) => {
    const { id, seq, path, content } = await ask('page:read', { title: titleIn(req, '/wiki/', '.md') })
    if (req.path !== `${path}.md`) return redirect(res, 302, `${path}.md`)
    res.set({
      'Content-Type': 'text/markdown; charset=utf-8',
      'Cache-Control': 'private, no-cache',
      ETag: `"${id}.${seq}"`,
    })
    if (req.fresh) res.status(304).end()
    else res.end(content)
    return null
  })

  route(/^\/wiki\/.+$/, async look => {
    const { req, res, boot } = look
    const wanted = titleIn(req)
    let read: Output<'page:read'>
    try {
      read = await look.ask('page:read', { title: wanted })
    } catch (error) {
      if (error instanceof WikiError && error.code === 'missing') return missing(look, wanted)
      throw error
    }
    const { content, ...page } = read
    if (req.path !== page.path) {
      const query = req.originalUrl.slice(req.originalUrl.split('?', 1)[0]!.length)
      return redirect(res, titleKey(wanted) === titleKey(page.title) ? 301 : 302, page.path + query)
    }
    boot.page = page
    const [shown, backlinks] = await Promise.all([
      articles.show({ ...page, content }),
      look.ask('page:backlinks', { page: page.id, limit: 20 }),
      looks.furnish(look, page.title),
    ])
    boot.backlinks = backlinks
    return articleScreen(penOf(look), boot, shown)
  })

  const missing = async (look: Look, wanted: string): Promise<Screen> => {
    look.res.status(404)
    let title: string
    try {
      title = parseTitle(wanted)
    } catch (error) {
      await looks.furnish(look)
      return troubleScreen('app', 'There can be no such page', (error as Error).message, null)
    }
    const [near, below, trashed] = await Promise.all([
      look.ask('page:list', { match: leafOf(title), limit: 5 }),
      look.ask('page:children', { under: title }),
      look.boot.mayWrite ? look.ask('trash:list', { title, limit: 1 }) : { deleted: [] },
      looks.furnish(look, parentOf(title)),
    ])
    return missingScreen(penOf(look), look.boot, title, near.pages, below.children, trashed.deleted[0] ?? null)
  }

  route('/tags', async look => {
    const found = await look.ask('tag:list', from(look))
    await looks.furnish(look)
    return tagsScreen(found)
  })

  route(/^\/tags\/.+$/, async look => {
    const tag = titleIn(look.req, '/tags/')
    if (tag.length > 200) throw nothingHere()
    const found = await look.ask('tag:pages', { tag, ...from(look) })
    await looks.furnish(look)
    look.boot.people.push(...found.pages.map(({ editor }) => editor))
    return tagScreen(penOf(look), look.boot, tag, found)
  })

  route('/maintenance', async look => {
    const kind = MAINTENANCE.find(name => name === look.req.query.list) ?? 'wanted'
    const found = await look.ask('maintenance:list', { kind, ...from(look) })
    await looks.furnish(look)
    return maintenanceScreen(penOf(look), kind, found)
  })

  // ---- what happened

  const PERSON_PAGES = 20

  /** The filters of an address, and what they ask for. @throws WikiError `missing` for a name that nobody has */
  const asking = async (look: Look): Promise<{ asked: ChangesAsked; input: Input<'change:list'> }> => {
    const asked = changesAsked(look.req.query)
    const { user, tag, by } = asked
    const input: Input<'change:list'> = { limit: PAGE_SIZE, ...from(look), ...(tag && { tag }), ...(by && { by }) }
    if (user) input.user = (await look.ask('user:read', { username: user })).user.id
    return { asked, input }
  }

  route('/changes', async look => {
    const { asked, input } = await asking(look)
    const answer = await look.ask('change:list', input)
    look.boot.changes = { ...answer, asked: input }
    await looks.furnish(look)
    return changesScreen(penOf(look), look.boot, asked)
  })

  route('/changes.atom', async look => {
    const { asked, input } = await asking(look)
    const { changes } = await look.ask('change:list', input)
    const { origin } = look.context
    look.res
      .set({ 'Content-Type': 'application/atom+xml; charset=utf-8', 'Cache-Control': 'private, no-cache' })
      .end(atom(changes, { origin, self: changesPath(asked, undefined, '/changes.atom') }))
    return null
  })

  route('/people/:name', async look => {
    const who = await look.ask('user:read', { username: text(look.req.params.name) ?? '' })
    const input = { user: who.user.id, limit: PERSON_PAGES }
    const [changes, own] = await Promise.all([
      look.ask('change:list', input),
      look.ask('page:list', { author: who.user.id, limit: PERSON_PAGES }),
    ])
    look.boot.changes = { ...changes, asked: input }
    look.boot.list = { ...own, next: null }
    await looks.furnish(look)
    look.boot.people.push(who.user)
    return personScreen(penOf(look), look.boot, who)
  })

  route('/trash', async look => {
    look.boot.trash = await look.ask('trash:list', { limit: PAGE_SIZE, ...from(look) })
    await looks.furnish(look)
    return trashScreen(penOf(look), look.boot, config.limits.trashDays)
  })

  // ---- writing and accounts

  const account = async (look: Look): Promise<void> => {
    if (!look.boot.user) throw new WikiError('unauthenticated', 'Please sign in first.')
    await looks.furnish(look)
  }

  route('/create', async look => {
    await account(look)
    if (!look.boot.mayWrite)
      throw new WikiError('forbidden', 'Your account may read, but not write. An admin can change that.')
    const { templates } = await look.ask('template:list', {})
    return createScreen((text(look.req.query.title) ?? '').slice(0, 1000), templates)
  })

  const wayIn = async ({ req, res, boot }: Look, way: WayIn): Promise<Screen | null> => {
    const next = wayBack(text(req.query.next) ?? '/')
    if (boot.user && (way === 'login' || way === 'register')) return redirect(res, 302, next)
    return signInScreen(way, { next, token: text(req.params.token), registration: config.registration })
  }

  route('/login', look => wayIn(look, 'login'))
  route('/register', look => wayIn(look, 'register'))
  route('/invite/:token', look => wayIn(look, 'invite'))
  route('/reset/:token', look => wayIn(look, 'reset'))

  route('/logout', async ({ boot, res }) => (boot.user ? signOutScreen(boot) : redirect(res, 302, '/')))

  route('/profile', async look => {
    await account(look)
    return profileScreen(penOf(look), look.boot)
  })

  route('/drafts', async look => {
    await looks.furnish(look)
    return draftsScreen()
  })

  route('/people', async look => {
    await account(look)
    const after = Number(text(look.req.query.after)) || undefined
    const { users, next } = await look.ask('user:list', { limit: 100, ...(after && { after }) })
    look.boot.people.push(...users)
    return peopleScreen(penOf(look), users, next)
  })

  route('/files', async look => {
    await account(look)
    const after = Number(text(look.req.query.after)) || undefined
    const unused = await look.ask('file:unused', { limit: 50, ...(after && { after }) })
    const { jobs } = await look.ask('job:list', {})
    return filesScreen(penOf(look), unused, jobs.filter(({ kind }) => kind === 'import').slice(0, 5))
  })

  route(/^\/attachments\/.+$/, async look => {
    const page = await look.ask('page:read', { title: titleIn(look.req, '/attachments/') })
    const [{ files }] = await Promise.all([look.ask('file:list', { page: page.id }), looks.furnish(look, page.title)])
    return pageFilesScreen(penOf(look), page, files)
  })

  route('/today', async look => {
    await account(look)
    const title = titleOfDay(config.todayTitle, clockOf(new Date(), look.timeZone ?? 'UTC'), look.context)
    const there = await look.ask('page:read', { title }).catch(error => {
      if (error instanceof WikiError && error.code === 'missing') return null
      throw error
    })
    if (there) return redirect(look.res, 302, there.path)
    if (!look.boot.mayWrite) throw new WikiError('missing', `Nobody has begun “${title}” yet.`)
    return todayScreen(title)
  })

  route(/.*/, async () => {
    throw nothingHere()
  })

  return { router, renderError }
}

function redirect(res: Response, status: 301 | 302, address: string): null {
  res.set('Cache-Control', 'private, no-cache').redirect(status, address)
  return null
}

/** A query or route parameter, if it is one text. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Where a list goes on, if its address says so. */
function from({ req }: Look): { after?: string } {
  const after = text(req.query.after)
  return after ? { after } : {}
}

function titleIn(req: Request, under = '/wiki/', ending = ''): string {
  const title = titleOfPath(req.path.slice(0, req.path.length - ending.length), under)
  if (title === null) throw nothingHere()
  return title
}

function nothingHere(): WikiError {
  return new WikiError('missing', 'There is nothing at this address.')
}
