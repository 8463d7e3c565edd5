// The Express app: headers, logs, commands over HTTP, files, screens, errors.
// createApp · SERVER_OPTIONS · harden

import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express'
import { type ErrorCode, WikiError } from '../../shared/errors.ts'
import { commands } from '../../shared/protocol.ts'
import { Wiki as WikiTable } from '../db/entities.ts'
import { isCommand } from '../wiki/commands.ts'
import type { Wiring } from '../wiki/context.ts'
import { freeSpace } from '../wiki/free-space.ts'
import { permit } from '../wiki/policy.ts'
import type { Wiki } from '../wiki/wiki.ts'
import { assetRoutes } from './assets.ts'
import type { Auth } from './auth.ts'
import type { Build } from './build.ts'
import { diagramRoute } from './diagram.ts'
import { fileRoutes } from './files.ts'
import { securityHeaders } from './headers.ts'
import { avatarRoutes } from './uploads.ts'
import type { Views } from './views.ts'

/** What the app is made of. */
export interface AppParts {
  wiring: Wiring
  wiki: Wiki
  auth: Auth
  build: Build
  views: Views
}

/** Puts the app together. Nothing in it listens yet. */
export function createApp({ wiring, wiki, auth, build, views }: AppParts): Express {
  const { config, log } = wiring
  const app = express()
  app.set('trust proxy', config.trustProxy)
  app.set('query parser', 'simple')
  app.enable('strict routing')
  app.enable('case sensitive routing')
  app.disable('etag')
  app.disable('x-powered-by')

  app.use(requestLog(wiring), ...securityHeaders(config))
  app.get('/healthz', health(wiring, build))
  app.use(assetRoutes(config.clientDir), diagramRoute(build))
  app.use((req, _res, next) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') auth.refuseForeign(req)
    next()
  })
  app.use(avatarRoutes({ wiring, wiki, auth }))
  app.use(fileRoutes({ wiring, wiki, auth }))
  app.post('/api/:command', auth.session, commandRoute(wiring, wiki, auth))
  app.use('/api', ({ method }) => {
    throw new WikiError('missing', `There is nothing here. Commands are asked with POST, and this was ${method}.`)
  })
  app.use('/uploads', nothingHere)
  app.use(auth.session, views.router)
  app.use(nothingHere)

  const fail: ErrorRequestHandler = (error, req, res, _next) => {
    const known = asWikiError(error)
    if (!isForPrograms(req)) return views.renderError(known ?? error, req, res)
    const request = String(res.getHeader('X-Request-Id'))
    if (!known) log.error({ err: error, request }, 'a request failed')
    if (res.headersSent) return void res.destroy()
    const told =
      known ?? new WikiError('failed', `Something went wrong on our side. If it goes on, tell the admin: ${request}`)
    if (told.details.retryAfter) res.set('Retry-After', String(told.details.retryAfter))
    res.set('Cache-Control', 'no-store').status(told.status).json({ ok: false, error: told.toBody() })
  }
  app.use(fail)
  return app
}

/** Options that a server has from the start. */
export const SERVER_OPTIONS = { maxHeaderSize: 16_384, connectionsCheckingInterval: 2_000 }

/** Sets the times and counts after which a connection is not worth waiting for. */
export function harden(
  server: Server,
  { connections, behindProxy = false }: { connections?: number; behindProxy?: boolean } = {},
): void {
  server.headersTimeout = 10_000
  // Long enough for a picture over a slow line.
  server.requestTimeout = 300_000
  // A proxy keeps its connections; one that we end first shows its caller an error.
  server.keepAliveTimeout = behindProxy ? 65_000 : 5_000
  server.timeout = 120_000
  server.maxHeadersCount = 100
  server.maxRequestsPerSocket = 1_000
  // Beside the sockets there is room for those who only read.
  if (connections) server.maxConnections = connections + 1_000
}

const LARGE = new Set<string>(['page:create', 'page:edit'])

function commandRoute(wiring: Wiring, wiki: Wiki, auth: Auth): RequestHandler<{ command: string }> {
  const large = express.json({ limit: '3mb', inflate: false })
  const small = express.json({ limit: '64kb', inflate: false })
  return async (req, res) => {
    const { command } = req.params
    if (!isCommand(command)) throw new WikiError('missing', 'There is no such command.')
    if ((commands[command] as { only?: string }).only === 'socket')
      throw new WikiError('invalid', 'This belongs to an open page: ask it over the socket.')
    const context = await auth.contextOf(req as Request, res)
    // Whoever may not write need not send a whole page to hear it.
    if (LARGE.has(command)) permit(command, context.actor, wiring.config)
    const value = await wiki.perform(
      command,
      await bodyOf(req as Request, res, LARGE.has(command) ? large : small),
      context,
    )
    res.set('Cache-Control', 'no-store').json({ ok: true, value })
  }
}

async function bodyOf(req: Request, res: Response, parse: RequestHandler): Promise<unknown> {
  const length = req.headers['content-length']
  if (length === '0' || (length === undefined && req.headers['transfer-encoding'] === undefined)) return {}
  if (!req.is('application/json'))
    throw new WikiError('unsupported', 'Send JSON, with “Content-Type: application/json”.')
  await new Promise<void>((resolve, reject) => {
    void parse(req, res, (error?: unknown) => (error ? reject(error) : resolve()))
  })
  return req.body
}

const nothingHere: RequestHandler = () => {
  throw new WikiError('missing', 'There is nothing at this address.')
}

function requestLog({ log }: Wiring): RequestHandler {
  return (req, res, next) => {
    const request = randomBytes(9).toString('base64url')
    const began = performance.now()
    // What stands in an invite or reset link is a key.
    const path = req.path.replace(/ch_[\w-]+/g, 'ch_…')
    res.set('X-Request-Id', request)
    res.once('close', () => {
      const quiet = path.startsWith('/assets/') || path === '/healthz'
      log[quiet ? 'debug' : 'info'](
        {
          request,
          method: req.method,
          path,
          status: res.statusCode,
          ms: Math.round(performance.now() - began),
          user: req.session?.user,
          ...(!res.writableFinished && { aborted: true }),
        },
        'request',
      )
    })
    next()
  }
}

function health({ config, db, log }: Wiring, build: Build): RequestHandler {
  return async (_req, res) => {
    res.set('Cache-Control', 'no-store')
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('the database does not answer')), 2_000)
    })
    try {
      await Promise.race([db.em().findOneOrFail(WikiTable, { id: 1 }), late])
      // A disk without room for files still takes text: that is for whoever watches, and no reason to take us out.
      res.json({ ok: true, build: build.id, disk: (await freeSpace(config)) > 0 ? 'free' : 'nearly full' })
    } catch (error) {
      log.error({ err: error }, 'not healthy')
      res.status(503).json({ ok: false })
    } finally {
      clearTimeout(timer)
    }
  }
}

function isForPrograms(req: Request): boolean {
  return /^\/(api|uploads)\//.test(req.path) || req.accepts(['json', 'html']) !== 'html'
}

const BODY_ERRORS: Record<string, [ErrorCode, string]> = {
  'entity.too.large': ['too_large', 'This is too large for one request.'],
  'entity.parse.failed': ['invalid', 'The body has to be a JSON object.'],
  'encoding.unsupported': ['unsupported', 'Send the body as it is, without compression.'],
  'charset.unsupported': ['unsupported', 'Send the body in UTF-8.'],
}

/** What the framework's own errors mean to the caller; null for those that are our fault. */
function asWikiError(error: unknown): WikiError | null {
  if (error instanceof WikiError) return error
  const { type, status } = (error ?? {}) as { type?: unknown; status?: unknown }
  const [code, message] = BODY_ERRORS[String(type)] ?? []
  if (code) return new WikiError(code, message!)
  if (typeof status !== 'number' || status < 400 || status >= 500) return null
  return new WikiError('invalid', 'The address or the request could not be understood.')
}
