// The command line: what an operator may do on the server itself. It speaks to a running server over a socket file,
// and opens the database only when none runs. listenConsole · run

import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { pino } from 'pino'
import { z } from 'zod'
import { WikiError } from '../shared/errors.ts'
import type { Ack } from '../shared/protocol.ts'
import { type Config, readConfig } from './config.ts'
import { openDatabase } from './db/open.ts'
import { resetByOperator } from './wiki/accounts.ts'
import type { Wiring } from './wiki/context.ts'
import { Limiter } from './wiki/limiter.ts'

const HELP = `Usage: npx chorus COMMAND

  reset-password NAME   Give this person a new random password, and sign them out everywhere.
  help                  Show this.

The settings (DATABASE_URL …) are read from the environment, as the server does.
`

const inputs = { 'reset-password': z.strictObject({ username: z.string().min(1).max(200) }) }

type Answer = Awaited<ReturnType<typeof resetByOperator>>

const socketIn = (config: Config) => join(config.dataDir, 'chorus.sock')

/** Everything that is asked here was asked by somebody who may read the server's files; the input is judged all the same. */
async function perform(command: string, payload: unknown, wiring: Wiring, limiter: Limiter): Promise<Answer> {
  if (command !== 'reset-password') throw new WikiError('missing', `There is no command “${command}”.`)
  const input = inputs[command].safeParse(payload)
  if (!input.success) throw new WikiError('invalid', 'Name the person whose password is to be reset.')
  return resetByOperator(wiring, limiter, input.data.username)
}

/**
 * Answers the command line over `chorus.sock` in the data folder, which only the server's own user may open. Where the
 * folder cannot hold a socket the server goes on without, and says so in the log.
 */
export async function listenConsole({
  wiring,
  wiki,
}: {
  wiring: Wiring
  wiki: { limiter: Limiter }
}): Promise<{ close(): Promise<void> }> {
  const { config, log } = wiring
  const path = socketIn(config)
  const server = createServer((req, res) => {
    const answer = async (): Promise<Ack<Answer>> => {
      const value = await perform((req.url ?? '').slice(1), await bodyOf(req), wiring, wiki.limiter)
      log.info({ via: 'console', command: req.url, username: value.username }, 'asked on the command line')
      return { ok: true, value }
    }
    void answer()
      .catch((error): Ack<Answer> => {
        if (error instanceof WikiError) return { ok: false, error: error.toBody() }
        const id = randomUUID()
        log.error({ err: error, request: id }, 'a command of the command line failed')
        return { ok: false, error: new WikiError('failed', `It failed; the server’s log says why at ${id}.`).toBody() }
      })
      .then(ack => res.setHeader('Connection', 'close').end(JSON.stringify(ack)))
  })
  // Made where nobody else may look and moved when its mode is right: there is no moment in which others could connect.
  let room: string | null = null
  try {
    room = await mkdtemp(join(config.dataDir, 's'))
    const made = join(room, 's')
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(made, resolve))
    await chmod(made, 0o600)
    await rename(made, path)
  } catch (error) {
    log.warn({ err: error, path }, 'the command line cannot reach this server while it runs')
  } finally {
    if (room) await rm(room, { recursive: true, force: true })
  }
  return {
    close: async () => {
      server.closeAllConnections()
      if (server.listening) await new Promise(resolve => server.close(resolve))
      await rm(path, { force: true })
    },
  }
}

/**
 * Runs one command line.
 * @param print where the answer goes, line by line; what went wrong goes to `complain`
 * @returns the exit code
 */
export async function run(
  args: string[],
  print: (text: string) => void = text => process.stdout.write(text),
  complain: (text: string) => void = text => process.stderr.write(text),
  config?: Config,
): Promise<number> {
  const [command = 'help', username, ...more] = args
  if (['help', '--help', '-h'].includes(command)) {
    print(HELP)
    return 0
  }
  if (command !== 'reset-password' || username === undefined || more.length > 0) {
    complain(HELP)
    return 2
  }
  try {
    const answer = await ask(command, { username }, config ?? readConfig())
    print(
      `The new password of ${answer.username} is\n\n  ${answer.password}\n\nIt is shown only now. All their sessions have ended.\n`,
    )
    return 0
  } catch (error) {
    complain(`${(error as Error).message}\n`)
    return 1
  }
}

async function ask(command: string, payload: unknown, config: Config): Promise<Answer> {
  const ack = await askServer(command, payload, config)
  if (ack?.ok) return ack.value
  if (ack) throw WikiError.from(ack.error)
  const file = config.databaseUrl.slice('sqlite:'.length)
  if (!existsSync(file)) throw new Error(`There is no wiki at ${file}. Is DATABASE_URL the server’s?`)
  const log = pino({ level: 'silent' })
  const db = await openDatabase(config.databaseUrl, log)
  try {
    const wiring: Wiring = {
      config,
      db,
      log,
      announce: () => {},
      revoke: { userChanged: () => {}, sessionsEnded: () => {} },
      diskFailed: () => {},
    }
    return await perform(command, payload, wiring, new Limiter(config.limits))
  } finally {
    await db.close()
  }
}

/** The running server's answer, or null where none runs. */
function askServer(command: string, payload: unknown, config: Config): Promise<Ack<Answer> | null> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest(
      { socketPath: socketIn(config), method: 'POST', path: `/${command}`, timeout: 30_000 },
      res => {
        bodyOf(res).then(body => resolve(body as Ack<Answer>), reject)
      },
    )
    asked.once('timeout', () => asked.destroy(new Error('The server does not answer.')))
    asked.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(null)
      else reject(error)
    })
    asked.end(JSON.stringify(payload))
  })
}

async function bodyOf(message: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of message.setEncoding('utf8')) {
    text += chunk
    if (text.length > 65_536) throw new WikiError('too_large', 'This is too large for one request.')
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new WikiError('invalid', 'The body has to be a JSON object.')
  }
}
