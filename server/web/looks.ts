// One look at a screen: who looks, what is asked on their behalf, what they get.
// Look · Looks · penOf

import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Request, Response } from 'express'
import { type Boot, newestOf, type Tree } from '../../shared/boot.ts'
import type { Pen } from '../../shared/pieces.ts'
import type { Branch, CommandName, Input, Output, Person } from '../../shared/protocol.ts'
import { knownZone } from '../../shared/when.ts'
import type { Config } from '../config.ts'
import type { Perform } from '../wiki/commands.ts'
import type { Context } from '../wiki/context.ts'
import type { Limiter } from '../wiki/limiter.ts'
import { allows, POLICY, permit } from '../wiki/policy.ts'
import type { Build } from './build.ts'
import { documentOf, type Screen } from './document.ts'
import { type Html, penIn } from './html.ts'
import type { Ready } from './ready.ts'

/** A request for a screen. */
export interface Look {
  req: Request
  res: Response
  context: Context
  /** Of which moment this is a look: see Ready. */
  asOf: number
  /** Where the visitor's clock hangs, if their browser has told. */
  timeZone: string | null
  boot: Boot
  /** One look costs one request, however much it asks for. The policy is asked as ever. */
  ask<C extends CommandName>(command: C, payload: Input<C>): Promise<Output<C>>
}

/** Rows of one level of the tree that a document shows, and levels of it. */
const TREE_MAX = 300
const TREE_DEPTH = 8
/** Levels that are kept. */
const LEVELS_MAX = 1_000

const compress = promisify(gzip)

/** Begins looks, furnishes them and sends what came of them. */
export class Looks {
  readonly #levels = new Map<string, Branch[]>()
  #levelsOf = 0

  constructor(
    private readonly config: Config,
    private readonly build: Build,
    private readonly perform: Perform,
    private readonly limiter: Pick<Limiter, 'chargeRequest'>,
    private readonly ready: Pick<Ready, 'asOf' | 'titled' | 'keep'>,
  ) {}

  /**
   * Draws what a look costs, whichever screen it is at.
   * @throws WikiError `busy`
   */
  charge({ context }: Look): void {
    this.limiter.chargeRequest(context)
  }

  /** A look by somebody whose context is known. */
  begin(req: Request, res: Response, context: Context): Look {
    const charged: Context = { ...context, via: 'console' }
    const cookies = req.headers.cookie ?? ''
    const zone = /(?:^|;\s*)tz=([\w%+-]{1,64})/.exec(cookies)?.[1]
    const visit = Number(/(?:^|;\s*)visit=(\d{12,14})(?:;|$)/.exec(cookies)?.[1])
    return {
      req,
      res,
      context,
      asOf: this.ready.asOf,
      timeZone: zone ? knownZone(zone.replaceAll('%2F', '/').replaceAll('%2B', '+')) : null,
      ask: (command, payload) => this.perform(command, payload, charged),
      boot: {
        build: this.build.id,
        dev: this.build.dev,
        people: [],
        tree: {},
        total: 0,
        newest: '',
        user: context.actor.user,
        mayWrite: allows(POLICY['page:create'], context.actor, this.config),
        since: visit || null,
        shelf: { starred: [], recent: [] },
      },
    }
  }

  /**
   * Asks for what the sidebar shows: how many pages there are, and the tree, open down to `title`.
   * @throws WikiError as the commands do
   */
  async furnish({ boot, ask, context }: Look, title = ''): Promise<true> {
    const segments = title.split('/').slice(0, TREE_DEPTH)
    const under = ['', ...segments.map((_, i) => segments.slice(0, i + 1).join('/')).filter(parent => parent !== '')]
    const [listing, shelf, ...answers] = await Promise.all([
      ask('page:list', { limit: 1 }),
      boot.user ? ask('page:shelf', {}) : boot.shelf,
      ...under.map(parent => this.#level(parent, context, ask)),
    ])
    boot.total = listing.total
    boot.newest = newestOf(listing)
    boot.shelf = shelf
    const tree: Tree = {}
    answers.forEach((children, i) => {
      if (children.length > 0 || i === 0) tree[under[i]!] = children
    })
    boot.tree = tree
    boot.people = peopleIn(boot)
    return true
  }

  // One level of the tree, as long as no page comes, goes or is named anew. The policy is asked each time.
  async #level(under: string, { actor }: Context, ask: Look['ask']): Promise<Branch[]> {
    permit('page:children', actor, this.config)
    const { titled } = this.ready
    if (titled !== this.#levelsOf || this.#levels.size > LEVELS_MAX) {
      this.#levels.clear()
      this.#levelsOf = titled
    }
    const known = this.#levels.get(under)
    if (known) return known
    const { children } = await ask('page:children', { under, limit: TREE_MAX })
    if (titled === this.#levelsOf) this.#levels.set(under, children)
    return children
  }

  /** Sends a document, or the news that the visitor has it already. */
  async send(screen: Screen, look: Pick<Look, 'req' | 'res' | 'boot' | 'timeZone' | 'asOf'>): Promise<void> {
    const { req, res, boot } = look
    // The service worker keeps documents by whose they are; in trouble nobody may have been recognised.
    if (res.statusCode < 500) res.set('X-Chorus-User', String(boot.user?.id ?? 0))
    const { text } = documentOf(screen, { build: this.build, boot, pen: penOf(look), path: req.path })
    res.set({
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'private, no-cache',
      Vary: 'Accept-Encoding',
      // The text follows from build, seq, links, actor and clock, and from nothing else.
      ETag: `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`,
    })
    if (res.statusCode === 200 && req.fresh) {
      res.status(304).end()
    } else if (req.method === 'HEAD') {
      res.end()
    } else {
      const zipped = Boolean(req.acceptsEncodings('gzip'))
      const bytes = zipped ? await compress(text, { level: 4 }) : Buffer.from(text)
      if (zipped) res.set('Content-Encoding', 'gzip')
      if (res.statusCode === 200 && (boot.page || boot.list))
        this.ready.keep(req, res, bytes, { page: boot.page ?? null, user: boot.user }, look.asOf)
      res.set('Content-Length', String(bytes.length)).end(bytes)
    }
  }
}

/** The pen to draw a look's pieces with. */
export function penOf({ timeZone }: Pick<Look, 'timeZone'>): Pen<Html> {
  return penIn(timeZone ?? 'UTC')
}

function peopleIn({ user, page, list, presence, changes, trash }: Boot): Person[] {
  const pages = [...(page ? [page] : []), ...(list?.pages ?? [])]
  const people = pages.flatMap(({ author, editor }) => [author, editor])
  people.push(...(presence ?? []).flatMap(({ people }) => people.map(({ person }) => person)))
  people.push(...(changes?.changes ?? []).map(change => change.user), ...(trash?.deleted ?? []).map(({ by }) => by))
  if (user) people.push({ id: user.id, username: user.username, avatar: user.avatar, colour: user.colour })
  return [...new Map(people.map(person => [person.id, person])).values()]
}
