// Who is asking, from where, and whether their browser means it.
// Auth (session · contextOf · actorOfSession · actorOfCookies · originAllowed · refuseForeign · …) · addressIn

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { Request, RequestHandler, Response } from 'express'
import expressSession from 'express-session'
import { WikiError } from '../../shared/errors.ts'
import type { User as UserShape } from '../../shared/protocol.ts'
import type { Config } from '../config.ts'
import { User } from '../db/entities.ts'
import { type Actor, type Context, type CookieJar, GUEST, type Revocations, type Wiring } from '../wiki/context.ts'
import { describe } from '../wiki/users.ts'
import { Kept, Sessions, sessionIdOf } from './sessions.ts'

/** Cookies, sessions and the people behind them. */
export class Auth implements Revocations {
  /** Reads the session's cookie, for Express and for `io.engine.use`. */
  readonly session: RequestHandler
  readonly #sessions: Sessions
  readonly #users = new Kept<number, UserShape | null>(id => this.#load(id))
  readonly #config: Config
  readonly #secure: boolean
  readonly #secret: string

  constructor(private readonly wiring: Wiring) {
    const { config, db } = wiring
    this.#config = config
    this.#sessions = new Sessions(wiring)
    this.#secure = config.publicUrl?.startsWith('https:') ?? false
    this.#secret = config.sessionSecret ?? db.wiki.secret
    const inner = expressSession({
      name: this.#cookieName,
      secret: this.#secret,
      store: this.#sessions,
      resave: false,
      saveUninitialized: false,
      rolling: false,
      genid: () => randomBytes(32).toString('base64url'),
      cookie: {
        httpOnly: true,
        sameSite: 'lax',
        path: '/',
        secure: this.#secure ? true : 'auto',
        // The idle limit is the table's: it moves on with each visit, which a cookie that is set once cannot.
        maxAge: config.limits.sessionAbsolute * 1000,
      },
    })
    this.session = (req, res, next) => {
      // PUBLIC_URL says that people come by TLS; without this a proxy that does not tell would silently lose the cookie.
      if (this.#secure) Object.defineProperty(req, 'secure', { value: true, configurable: true })
      inner(req, res, next)
    }
  }

  /** Everything that the door needs to know about this request, once it has passed `session`. */
  async contextOf(req: Request, res: Response): Promise<Context> {
    const session = this.sessionOf(req)
    return {
      actor: await this.actorOf(req),
      address: this.addressOf(req),
      via: 'http',
      request: String(res.getHeader('X-Request-Id') ?? ''),
      origin: this.originOf(req),
      cookies: this.#cookies(req, res),
      ...(session !== null && { session }),
    }
  }

  /** Who asks, with the role they have now. */
  async actorOf(req: Request): Promise<Actor> {
    return this.#actor(req.session?.user ?? null)
  }

  /** The same for a socket: whose session this is by now. Counts as a visit. */
  async actorOfSession(session: string | null): Promise<Actor> {
    return this.#actor(session === null ? null : await this.#sessions.find(session))
  }

  /** The same for a request's cookies, without Express; null for cookies that are not plainly ours. Counts as a visit. */
  async actorOfCookies(cookies: string | undefined): Promise<Actor | null> {
    const given = cookies?.split(/; */).filter(pair => pair.startsWith(`${this.#cookieName}=`)) ?? []
    if (given.length === 0) return GUEST
    const sid = given.length === 1 ? this.#signed(given[0]!.slice(this.#cookieName.length + 1)) : null
    return sid === null ? null : this.actorOfSession(sessionIdOf(sid))
  }

  // A cookie's value as express-session signs it: `s:`, the id, a dot, its HMAC.
  #signed(value: string): string | null {
    const [, sid, signature] = /^s%3A([\w-]+)\.([\w%]+)$/.exec(value) ?? []
    if (!sid || !signature) return null
    const expected = createHmac('sha256', this.#secret).update(sid).digest('base64').replace(/=+$/, '')
    const [a, b] = [Buffer.from(decodeURIComponent(signature)), Buffer.from(expected)]
    return a.length === b.length && timingSafeEqual(a, b) ? sid : null
  }

  /** The id, as in the `sessions` table, of a request that has passed `session`; null for a guest. */
  sessionOf(request: IncomingMessage): string | null {
    const { session, sessionID } = request as Partial<Pick<Request, 'session' | 'sessionID'>>
    return session?.user !== undefined && sessionID !== undefined ? sessionIdOf(sessionID) : null
  }

  /** Whether the request names our own origin: PUBLIC_URL's, or that of its own `Host`. */
  originAllowed(request: IncomingMessage): boolean {
    const { origin, host } = request.headers
    if (origin === undefined || !URL.canParse(origin)) return false
    const given = new URL(origin)
    if (this.#config.publicUrl !== null) return given.origin === this.#config.publicUrl
    const own = `${given.protocol}//${host}`
    return host !== undefined && URL.canParse(own) && given.host === new URL(own).host
  }

  /**
   * Lets a request that may change something pass if it comes from our own pages, or from no browser at all.
   * @throws WikiError `forbidden`
   */
  refuseForeign(req: Request): void {
    const site = req.headers['sec-fetch-site']
    const allowed =
      site !== undefined
        ? site === 'same-origin' || site === 'none'
        : req.headers.origin !== undefined
          ? this.originAllowed(req)
          : req.headers.cookie === undefined
    if (allowed) return
    throw new WikiError(
      'forbidden',
      'This request comes from another address than the wiki’s own. Send its address as “Origin”.',
    )
  }

  /** The address people reach us by, for links that are handed out. */
  originOf(request: IncomingMessage): string {
    if (this.#config.publicUrl !== null) return this.#config.publicUrl
    const { protocol } = request as Partial<Request>
    const { host = 'localhost', origin } = request.headers
    // A socket's handshake has no protocol of its own, but an origin that was compared with the host.
    if (protocol === undefined && origin !== undefined && URL.canParse(origin)) return new URL(origin).origin
    return `${protocol ?? 'http'}://${host}`
  }

  /** Where a request comes from, as far as TRUST_PROXY lets others say so. */
  addressOf(request: IncomingMessage): string {
    return addressIn(request.socket.remoteAddress, request.headers['x-forwarded-for'], this.#config.trustProxy)
  }

  userChanged(user: number): void {
    this.#users.forget(user)
  }

  sessionsEnded(sessions: string[]): void {
    this.#sessions.forget(sessions)
  }

  close(): Promise<void> {
    return this.#sessions.close()
  }

  get #cookieName(): string {
    return this.#secure ? '__Host-sid' : 'sid'
  }

  async #actor(id: number | null): Promise<Actor> {
    const user = id === null ? null : await this.#users.get(id)
    return user ? { role: user.role, user } : GUEST
  }

  async #load(id: number): Promise<UserShape | null> {
    const row = await this.wiring.db.em().findOne(User, { id })
    return row && !row.disabledAt ? describe(row) : null
  }

  #cookies(req: Request, res: Response): CookieJar {
    const settled = (act: (done: (error?: unknown) => void) => void) =>
      new Promise<void>((resolve, reject) => act(error => (error ? reject(error) : resolve())))
    const before = this.sessionOf(req)
    const { revoke } = this.wiring
    return {
      begin: async user => {
        // After the answer: sockets of the old session come back at once, and should then bring the new cookie.
        if (before) res.once('close', () => revoke.sessionsEnded([before]))
        await settled(done => req.session.regenerate(done))
        req.session.user = user
        await settled(done => req.session.save(done))
      },
      end: async () => {
        const now = this.sessionOf(req)
        if (req.session) await settled(done => req.session.destroy(done))
        if (now) revoke.sessionsEnded([now])
        res.clearCookie(this.#cookieName, { path: '/', httpOnly: true, sameSite: 'lax', secure: req.secure })
      },
    }
  }
}

/**
 * The caller's address: the socket's, or what `hops` trusted proxies say it is. IPv6 addresses are cut to the /64 that
 * one household or machine has, because whoever has one address of it has them all.
 */
export function addressIn(remote: string | undefined, forwarded: string | string[] | undefined, hops: number): string {
  const named = [forwarded ?? []].flat().join(',').split(',')
  const chain = [remote ?? '', ...named.map(name => name.trim()).reverse()].filter(Boolean)
  const address = chain[Math.min(hops, chain.length - 1)] ?? ''
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  if (isIP(plain) === 4) return plain
  if (isIP(plain) !== 6) return 'unknown'
  const [head = '', tail] = plain.replace(/%.*$/, '').split('::')
  const groups = head.split(':').filter(Boolean)
  if (tail !== undefined) {
    const after = tail.split(':').filter(Boolean)
    while (groups.length + after.length < 8) groups.push('0')
    groups.push(...after)
  }
  return `${groups
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
