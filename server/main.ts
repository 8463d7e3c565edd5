// The composition root: config → database → wiki → web → listen; closed in reverse order.
// Running · start · run when this is the program

import '../shared/emoji-names.ts'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Logger, pino } from 'pino'
import { type Config, readConfig } from './config.ts'
import { listenConsole } from './console.ts'
import { type Database, openDatabase } from './db/open.ts'
import { createApp, harden, SERVER_OPTIONS } from './web/app.ts'
import { ArticleThread } from './web/article-thread.ts'
import { Auth } from './web/auth.ts'
import { readBuild } from './web/build.ts'
import { Ready } from './web/ready.ts'
import { openSockets, type Sockets } from './web/socket.ts'
import { createViews } from './web/views.ts'
import type { Wiring } from './wiki/context.ts'
import { openWiki, type Wiki } from './wiki/wiki.ts'

/** Requests under way may take this long to be answered when the server stops, in milliseconds. */
const STOP_PATIENCE = 5_000

/** A server that answers. */
export interface Running {
  /** Its address, without a slash at the end. */
  url: string
  wiki: Wiki
  db: Database
  /** Stops listening, answers what is under way, writes down what was accepted, closes the database. */
  close(): Promise<void>
}

/**
 * Starts a server.
 * @throws Error with a sentence for the operator when the port, the database or a setting cannot be used
 */
export async function start(config: Config, log: Logger): Promise<Running> {
  const db = await openDatabase(config.databaseUrl, log)
  let sockets: Sockets | null = null
  const wiring: Wiring = {
    config,
    db,
    log,
    announce: (event, payload, audience) => {
      if ((audience === 'readers' && event !== 'page:presence') || event === 'page:starred')
        ready.changed({ titles: event !== 'page:updated' })
      if (event === 'page:visited' && typeof audience === 'object' && 'user' in audience)
        ready.changedFor(audience.user)
      sockets?.announce(event, payload, audience)
    },
    revoke: {
      userChanged: user => {
        auth.userChanged(user)
        sockets?.userChanged(user)
      },
      sessionsEnded: sessions => {
        auth.sessionsEnded(sessions)
        sockets?.sessionsEnded(sessions)
      },
    },
    diskFailed: error => diskFailed(error, log),
  }
  const auth = new Auth(wiring)
  const wiki = openWiki(wiring)
  // Only a built server has a file that a thread can run.
  const worker = fileURLToPath(new URL('./article-worker.js', import.meta.url))
  const thread = existsSync(worker) ? new ArticleThread(worker, config.limits.articleTime) : null
  const build = readBuild(config.clientDir, config.dev)
  const ready = new Ready(wiring, wiki, auth)
  wiki.derivations.onWritten(() => ready.changed({ titles: false }))
  const views = createViews({ wiring, wiki, auth, build, thread, ready })
  const app = createApp({ wiring, wiki, auth, build, views })
  const http = createServer(SERVER_OPTIONS, ready.before(app))
  harden(http, { connections: config.limits.connections, behindProxy: config.trustProxy > 0 })
  sockets = openSockets(http, { config, log, wiki, auth, build: build.id, epoch: db.wiki.epoch })

  try {
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject)
      http.listen(config.port, config.host, resolve)
    })
  } catch (error) {
    await db.close()
    throw portError(error, config)
  }
  const { port } = http.address() as AddressInfo
  const console = await listenConsole({ wiring, wiki })
  wiki.start()

  let closing: Promise<void> | null = null
  return {
    url: config.publicUrl ?? `http://localhost:${port}`,
    wiki,
    db,
    close: () =>
      (closing ??= (async () => {
        await console.close()
        const closed = Promise.all([new Promise(resolve => http.close(resolve)), sockets.close()])
        // A connection that has just answered is idle from then on.
        const idle = setInterval(() => http.closeIdleConnections(), 50)
        const patience = setTimeout(() => http.closeAllConnections(), STOP_PATIENCE)
        await closed
        clearInterval(idle)
        clearTimeout(patience)
        await thread?.close()
        await wiki.close()
        await auth.close()
        await db.close()
      })()),
  }
}

// After a failed fsync nobody knows what the file holds: only a process that reads it anew may promise anything again.
function diskFailed(error: unknown, log: Logger): void {
  const code = String((error as { code?: unknown }).code ?? '')
  log.error({ err: error, code }, 'the disk refused a write')
  if (!code.startsWith('SQLITE_IOERR') && code !== 'SQLITE_CORRUPT') return
  log.fatal({ code }, 'stopping, so that nothing is promised that may not be on disk; start again to go on')
  process.exit(74)
}

function portError(error: unknown, config: Config): Error {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE')
    return new Error(`Port ${config.port} is taken. Stop what uses it, or set PORT to another.`)
  if (code === 'EACCES')
    return new Error(`Port ${config.port} is not allowed to this user. Set PORT to one above 1023.`)
  return error as Error
}

async function main(): Promise<void> {
  const config = readConfig()
  const log = pino({ level: config.logLevel })
  const running = await start(config, log)
  log.info({ url: running.url }, 'Chorus is ready')
  process.stderr.write(`\n  Chorus is at ${running.url}\n\n`)
  const stop = (signal: string) => {
    log.info({ signal }, 'stopping')
    running.close().then(
      () => process.exit(0),
      error => {
        log.fatal({ err: error }, 'did not stop cleanly')
        process.exit(1)
      },
    )
    // What does not end by itself within this time is not worth waiting for: everything acknowledged is on disk.
    setTimeout(() => process.exit(1), 10_000).unref()
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  process.on('unhandledRejection', error => {
    log.fatal({ err: error }, 'an error nobody waited for')
    process.exit(1)
  })
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  main().catch(error => {
    process.stderr.write(`\n  Chorus did not start: ${(error as Error).message}\n\n`)
    process.exit(1)
  })
