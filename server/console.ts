// The command line: what an operator may do on the server itself. It speaks to a running server over a socket file,
// and opens the database only when none runs. listenConsole · run

import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { resolve as inFull, join } from 'node:path'
import { pino } from 'pino'
import { WikiError } from '../shared/errors.ts'
import type { Ack } from '../shared/protocol.ts'
import { type Config, readConfig } from './config.ts'
import { openDatabase } from './db/open.ts'
import { OPERATIONS, spoken, type Tools } from './operator.ts'
import type { Wiring } from './wiki/context.ts'
import { restoreBackup } from './wiki/vault/backup.ts'
import { openWiki, type Wiki } from './wiki/wiki.ts'

const RESTORE = 'Put a backup in the wiki’s place; the server has to be stopped. What was there is kept aside.'

const HELP = `Usage: npx chorus COMMAND

${[
  ...Object.entries(OPERATIONS).map(([name, { usage, words }]) => ({ name: `${name} ${usage}`, words })),
  { name: 'restore FILE', words: RESTORE },
  { name: 'help', words: 'Show this.' },
]
  .map(({ name, words }) => `  ${name.padEnd(30)} ${words}`)
  .join('\n')}

The settings (DATABASE_URL …) are read from the environment, as the server does.
`

/** A line of an answer: how far it is, or in the end what came out. */
type Line = { progress: [done: number, total: number] } | Ack<string>

const socketIn = (config: Config) => join(config.dataDir, 'chorus.sock')

/** Everything that is asked here was asked by somebody who may read the server's files; the input is judged all the same. */
async function perform(command: string, payload: unknown, tools: Tools): Promise<string> {
  const operation = Object.hasOwn(OPERATIONS, command) ? OPERATIONS[command]! : null
  if (!operation) throw new WikiError('missing', `There is no command “${command}”.`)
  const input = operation.input.safeParse(payload)
  if (!input.success) throw new WikiError('invalid', `It is: npx chorus ${command} ${operation.usage}`)
  return operation.run(input.data, tools)
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
  wiki: Wiki
}): Promise<{ close(): Promise<void> }> {
  const { config, log } = wiring
  const path = socketIn(config)
  const server = createServer((req, res) => {
    const command = (req.url ?? '').slice(1)
    const write = (line: Line) => void res.write(`${JSON.stringify(line)}\n`)
    const answer = async (): Promise<Ack<string>> => {
      res.setHeader('Connection', 'close')
      const payload = await bodyOf(req)
      log.info({ via: 'console', command }, 'asked on the command line')
      const tell = slowly((done, total) => write({ progress: [done, total] }))
      return { ok: true, value: await perform(command, payload, { wiring, wiki, tell }) }
    }
    void answer()
      .catch((error): Ack<string> => {
        if (error instanceof WikiError) return { ok: false, error: error.toBody() }
        const id = randomUUID()
        log.error({ err: error, request: id }, 'a command of the command line failed')
        return { ok: false, error: new WikiError('failed', `It failed; the server’s log says why at ${id}.`).toBody() }
      })
      .then(ack => {
        write(ack)
        res.end()
      })
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

/** Ten times a second at most, and at the end. */
function slowly(tell: (done: number, total: number) => void): Tools['tell'] {
  let last = Number.NEGATIVE_INFINITY
  return (done, total) => {
    const now = performance.now()
    if (now - last < 100 && done < total) return
    last = now
    tell(done, total)
  }
}

/**
 * Runs one command line.
 * @param print where the answer goes; what went wrong goes to `complain`, and how far it is to `bar` where somebody looks
 * @returns the exit code
 */
export async function run(
  args: string[],
  print: (text: string) => void = text => process.stdout.write(text),
  complain: (text: string) => void = text => process.stderr.write(text),
  config?: Config,
  bar: ((text: string) => void) | null = process.stderr.isTTY ? text => process.stderr.write(text) : null,
): Promise<number> {
  const [command = 'help', ...rest] = args
  if (['help', '--help', '-h'].includes(command)) {
    print(HELP)
    return 0
  }
  const payload =
    command === 'restore' ? rest[0] : Object.hasOwn(OPERATIONS, command) && OPERATIONS[command]!.read(rest, inFull)
  if (!payload || (command === 'restore' && rest.length > 1)) {
    complain(HELP)
    return 2
  }
  const tell = slowly((done, total) => bar?.(drawn(done, total)))
  const settings = config ?? readConfig()
  try {
    const answer = command === 'restore' ? restore(rest[0]!, settings, tell) : ask(command, payload, settings, tell)
    const text = await answer.finally(() => bar?.('\r\x1b[K'))
    print(text)
    return 0
  } catch (error) {
    complain(`${(error as Error).message}\n`)
    return 1
  }
}

function drawn(done: number, total: number): string {
  const share = total === 0 ? 0 : Math.min(1, done / total)
  const full = Math.round(share * 30)
  return `\r\x1b[K${'█'.repeat(full)}${'░'.repeat(30 - full)} ${done} of ${total}`
}

async function ask(command: string, payload: unknown, config: Config, tell: Tools['tell']): Promise<string> {
  const ack = await askServer(command, payload, config, tell)
  if (ack?.ok) return ack.value
  if (ack) throw WikiError.from(ack.error)
  const file = config.databaseUrl.slice('sqlite:'.length)
  if (command !== 'verify' && !existsSync(file))
    throw new Error(`There is no wiki at ${file}. Is DATABASE_URL the server’s?`)
  // A backup is read without a wiki.
  if (command === 'verify') return perform(command, payload, { tell } as Tools)
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
    const wiki = openWiki(wiring)
    return await perform(command, payload, { wiring, wiki, tell }).finally(() => wiki.close())
  } finally {
    await db.close()
  }
}

async function restore(from: string, config: Config, tell: Tools['tell']): Promise<string> {
  if (await askServer('nothing', {}, config, () => {}))
    throw new Error('The server is running. Stop it first: its wiki is about to be put aside.')
  const { aside, ...facts } = await restoreBackup(config, inFull(from), tell)
  const kept = aside.length === 0 ? '' : `What was there is kept:\n${aside.map(one => `  ${one}\n`).join('')}`
  return `Restored: ${spoken(facts)}\n${kept}Start the server to go on.\n`
}

/** The running server's answer, or null where none runs. */
function askServer(
  command: string,
  payload: unknown,
  config: Config,
  tell: Tools['tell'],
): Promise<Ack<string> | null> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ socketPath: socketIn(config), method: 'POST', path: `/${command}` }, res => {
      linesOf(res, line => 'progress' in line && tell(...line.progress)).then(resolve, reject)
    })
    asked.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(null)
      else reject(error)
    })
    asked.end(JSON.stringify(payload))
  })
}

/** Hears every line of an answer; the last one is what came out. */
async function linesOf(message: IncomingMessage, hear: (line: Line) => void): Promise<Ack<string>> {
  let rest = ''
  let last: Line | null = null
  for await (const chunk of message.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    for (const line of lines) hear((last = JSON.parse(line) as Line))
  }
  if (last && 'ok' in last) return last
  throw new Error('The server ended before it was done.')
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
