// Documents that were made a moment ago, ready to be sent again before Express has looked at the request.
// Ready (before · keep · changed · changedFor · asOf · titled)

import { randomUUID } from 'node:crypto'
import type { IncomingMessage, OutgoingHttpHeaders, RequestListener, ServerResponse } from 'node:http'
import type { User } from '../../shared/protocol.ts'
import type { Wiring } from '../wiki/context.ts'
import { allows, POLICY } from '../wiki/policy.ts'
import type { Wiki } from '../wiki/wiki.ts'
import type { Auth } from './auth.ts'

/** A document, and of what it was made. */
interface Made {
  /** The page that is shown, if it is one; lists are told of what changes in them. */
  page: { id: number; seq: number } | null
  /** Who looked: the very object, which is another one as soon as anything about them changes. */
  user: User | null
  /** Monotonic time until when its relative times are near enough. */
  until: number
  etag: string
  headers: OutgoingHttpHeaders
  bytes: Buffer
}

/** What a ready document may have been told before: it says “a minute ago” at most so many milliseconds too long. */
const FRESH = 5_000
/** Bytes of documents that are kept. */
const KEPT_MAX = 32 * 1024 * 1024

/**
 * Keeps documents of pages and lists by address, cookies and encoding. One is sent again only while nothing has changed in the
 * wiki, its page has no newer edit, the same session is still signed in with the same rights, and the policy lets them read.
 */
export class Ready {
  /** Changes with everything that is told to readers: what was begun before is not kept. */
  asOf = 0
  /** Changes with everything but texts. */
  titled = 0
  readonly #made = new Map<string, Made>()
  #size = 0

  constructor(
    private readonly wiring: Pick<Wiring, 'config' | 'log'>,
    private readonly wiki: Pick<Wiki, 'rooms' | 'limiter'>,
    private readonly auth: Pick<Auth, 'actorOfCookies' | 'addressOf'>,
  ) {}

  /** Something has changed that a document may show; `titles` unless only a page's text has. */
  changed({ titles = true } = {}): void {
    this.asOf++
    if (titles) this.titled++
    this.#made.clear()
    this.#size = 0
  }

  /** Something has changed that only documents made for this person show. */
  changedFor(user: number): void {
    this.asOf++
    for (const [key, made] of this.#made) if (made.user?.id === user) this.#forget(key)
  }

  /** Answers what it can; everything else is for `next`. */
  before(next: RequestListener): RequestListener {
    return (req, res) => {
      const made = req.method === 'GET' ? this.#made.get(keyOf(req)) : undefined
      if (!made) return next(req, res)
      this.#answer(made, req, res).then(
        answered => answered || next(req, res),
        () => next(req, res),
      )
    }
  }

  /** Keeps the answer that is about to be sent to this request; `asOf` as it was when the making began. */
  keep(req: IncomingMessage, res: ServerResponse, bytes: Buffer, of: Pick<Made, 'page' | 'user'>, asOf: number) {
    if (asOf !== this.asOf || bytes.length > KEPT_MAX / 8 || res.hasHeader('set-cookie')) return
    const { 'x-request-id': _, ...headers } = res.getHeaders()
    const key = keyOf(req)
    this.#forget(key)
    const until = performance.now() + FRESH
    const etag = String(headers.etag)
    this.#made.set(key, { ...of, until, etag, headers: { ...headers, 'content-length': bytes.length }, bytes })
    this.#size += bytes.length
    for (const oldest of this.#made.keys()) {
      if (this.#size <= KEPT_MAX) break
      this.#forget(oldest)
    }
  }

  #forget(key: string): void {
    this.#size -= this.#made.get(key)?.bytes.length ?? 0
    this.#made.delete(key)
  }

  async #answer(made: Made, req: IncomingMessage, res: ServerResponse): Promise<boolean> {
    const { config, log } = this.wiring
    const { cookie } = req.headers
    const actor = await this.auth.actorOfCookies(cookie)
    if (actor?.user !== made.user || performance.now() > made.until) return false
    const room = made.page && this.wiki.rooms.peek(made.page.id)
    if (room && room.head.seq !== made.page?.seq) return false
    if (!allows(POLICY['page:read'], actor, config)) return false
    this.wiki.limiter.chargeRequest({ actor, address: this.auth.addressOf(req) })
    const request = randomUUID()
    const same = req.headers['if-none-match'] === made.etag
    const status = same ? 304 : 200
    res.writeHead(status, { ...made.headers, 'x-request-id': request, ...(same && { 'content-length': undefined }) })
    res.end(same ? undefined : made.bytes)
    log.info({ request, method: req.method, path: req.url, status, ms: 0, user: actor.user?.id }, 'request')
    return true
  }
}

function keyOf({ url, headers }: IncomingMessage): string {
  return `${url}\n${headers['accept-encoding'] ?? ''}\n${headers.cookie ?? ''}`
}
