// Sockets: who may connect, commands in, events out, rights withdrawn, slow readers dropped.
// Sockets · openSockets

import { randomUUID } from 'node:crypto'
import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import { Server, type Socket } from 'socket.io'
import { WikiError } from '../../shared/errors.ts'
import {
  type Ack,
  type ClientToServer,
  commands,
  type EventName,
  PROTOCOL,
  type ServerToClient,
} from '../../shared/protocol.ts'
import type { Config } from '../config.ts'
import { isCommand } from '../wiki/commands.ts'
import {
  type Actor,
  type Announce,
  type Audience,
  type Connection,
  type Context,
  GUEST,
  type Revocations,
} from '../wiki/context.ts'
import { Gate } from '../wiki/gate.ts'
import { allows } from '../wiki/policy.ts'
import type { Wiki } from '../wiki/wiki.ts'
import { type Handshake, type HandshakeAuth, Handshakes } from './handshake.ts'
import { listen } from './incoming.ts'
import { Lines } from './lines.ts'
import { Audiences, answerOf, frameOf, Line, Turn, type Wire } from './outgoing.ts'
import { Slices } from './slices.ts'

interface SocketData extends Handshake {
  actor: Actor
  connection: Connection
  line: Line
  gate: Gate
  /** Monotonic time since when this socket has had something unsent, or null. */
  stuckSince: number | null
}

type WikiSocket = Socket<ClientToServer, ServerToClient, Record<string, never>, SocketData>

/** The open sockets of this process. */
export interface Sockets extends Revocations {
  announce: Announce
  close(): Promise<void>
}

/** Held by a socket that has not read it yet, in bytes. */
const HELD_MAX = 2 * 1024 * 1024
/** How long a socket may have something unsent, in milliseconds. */
const STUCK_MAX = 10_000

/** In a crowd these would be a write for each person and each who comes: they go out with what comes next. */
const UNHURRIED = new Set<EventName>(['page:joined', 'page:left', 'page:pointed'])

/** Commands of one socket, besides those of rooms, that are under way at once, and that wait. */
const AT_ONCE = 4
const WAITING = 1_000

/** Opens the socket door on an HTTP server. */
export function openSockets(
  http: HttpServer,
  options: { config: Config; log: Logger; wiki: Wiki; auth: HandshakeAuth; build: string; epoch: string },
): Sockets {
  const { config, log, wiki, auth, build, epoch } = options
  const io = new Server<ClientToServer, ServerToClient, Record<string, never>, SocketData>(http, {
    serveClient: false,
    transports: ['websocket'],
    allowUpgrades: false,
    allowEIO3: false,
    cookie: false,
    maxHttpBufferSize: 2_097_152,
    pingInterval: 5_000,
    pingTimeout: 4_000,
    connectTimeout: 5_000,
    perMessageDeflate: false,
    httpCompression: false,
    allowRequest: (request, decide) => {
      void admit(request).then(
        refused => decide(refused, refused === null),
        error => {
          log.error({ err: error }, 'a handshake could not be judged')
          decide('failed', false)
        },
      )
    },
  })

  async function admit(request: IncomingMessage): Promise<string | null> {
    if (!auth.originAllowed(request)) return 'This address may not connect to this wiki.'
    if (io.engine.clientsCount >= config.limits.connections) return 'The server is full. Try again in a minute.'
    try {
      wiki.limiter.draw('handshake', auth.addressOf(request))
    } catch (error) {
      return (error as Error).message
    }
    return null
  }

  const handshakes = new Handshakes(io.engine, auth)
  // Without a listener, a line that breaks while it is being opened would end the process.
  io.engine.on('connection_error', error =>
    log.debug({ code: error.code, message: error.message }, 'handshake refused'),
  )

  // What fails is named in the log and to whoever asked: by a number, since a UUID for every edit is dear.
  const boot = randomUUID().slice(0, 8)
  let requests = 0
  const lines = new Lines(config.limits)
  const turn = new Turn()
  const slices = new Slices()
  const audiences = new Audiences()
  io.use((socket, next) => {
    const { session, address, origin } = handshakes.of(socket)
    auth.actorOfSession(session).then(
      actor => {
        const refused = lines.take(socket, actor.user ? `u${actor.user.id}` : `a${address}`, actor.user !== null)
        if (refused) return next(new Error(refused))
        const line = new Line(socket.conn as unknown as Wire, turn)
        const join = (page: number) => audiences.join(line, pageRoom(page))
        const leave = (page: number) => audiences.leave(line, pageRoom(page))
        const follow = (user: number | null) => {
          for (const name of [...line.in]) if (name.startsWith(FOLLOWERS)) audiences.leave(line, name)
          if (user !== null) audiences.join(line, FOLLOWERS + user)
        }
        const drop = () => void socket.disconnect(true)
        Object.assign(socket.data, {
          actor,
          session,
          address,
          origin,
          connection: { id: socket.id, join, leave, follow, drop },
          line,
          gate: new Gate(AT_ONCE, WAITING),
          stuckSince: null,
        } satisfies SocketData)
        next()
      },
      error => {
        log.error({ err: error }, 'a socket’s session could not be read')
        next(new Error('Something went wrong on our side. Try again in a moment.'))
      },
    )
  })

  io.on('connection', socket => {
    const { data } = socket
    const mayRead = allows('readers', data.actor, config)
    if (mayRead) audiences.join(data.line, 'readers')
    if (allows('admins', data.actor, config)) audiences.join(data.line, 'admins')
    if (data.actor.user) audiences.join(data.line, userRoom(data.actor.user.id))
    socket.emit('server:greeted', { protocol: PROTOCOL, build, epoch, user: data.actor.user })
    socket.emit('page:presence', { pages: mayRead ? wiki.whereabouts.all : [], all: true })
    const wire = (socket.conn.transport as unknown as { socket?: { terminate(): void; _socket?: Duplex } }).socket
    // The closing handshake of a peer that no longer reads would hold what it was sent for half a minute.
    socket.conn.once('close', () => setTimeout(() => wire?.terminate(), 1_000).unref())
    const drained = () => {
      data.stuckSince = null
    }
    socket.conn.on('drain', drained)
    wire?._socket?.on('drain', drained)
    socket.on('error', error => log.debug({ err: error }, 'socket error'))
    socket.on('disconnect', () => {
      audiences.leaveAll(data.line)
      wiki.leave(data.connection)
    })
    handshakes.forget(socket)
    listen(socket, (event, payload, ack) => void answer(socket, event, payload, ack))
  })

  // The one wrapper around everything a socket may send: whatever it is, the process lives and the sender hears why.
  async function answer(socket: WikiSocket, event: string, payload: unknown, ack: string | null): Promise<void> {
    const { data } = socket
    const reply = (answer: Ack<unknown>) => {
      if (ack !== null) data.line.send(...answerOf(ack, answer))
    }
    const request = `${boot}-${++requests}`
    try {
      if (!isCommand(event) || (commands[event] as { only?: string }).only === 'http') {
        wiki.limiter.chargeRequest(data)
        if (!isCommand(event)) throw new WikiError('missing', 'There is no such command.')
        throw new WikiError('invalid', `This sets a cookie: POST it to /api/${event} instead.`)
      }
      // Who asks is looked at when its turn has come: a right may have been withdrawn meanwhile.
      const perform = () => {
        const { actor, address, origin, connection, session } = data
        const context: Context = { actor, address, via: 'socket', request, origin, connection }
        return wiki.perform(event, payload, session === null ? context : { ...context, session })
      }
      // What belongs to rooms is cheap and keeps its order; everything else waits its turn.
      const inRoom = (commands[event] as { only?: string }).only === 'socket'
      const value = await (inRoom ? perform() : data.gate.pass(() => slices.mayBegin().then(perform)))
      // Whoever hung up while the answer was made is nowhere any more.
      if (!socket.connected) wiki.leave(data.connection)
      reply({ ok: true, value })
    } catch (error) {
      if (error instanceof WikiError) {
        reply({ ok: false, error: error.toBody() })
        if (error.code === 'invalid' && !bearable(socket)) socket.disconnect(true)
        return
      }
      log.error({ err: error, request, command: event }, 'a command failed')
      const message = `Something went wrong on our side. If it goes on, tell the admin: ${request}`
      reply({ ok: false, error: new WikiError('failed', message).toBody() })
    }
  }

  function bearable(socket: WikiSocket): boolean {
    try {
      wiki.limiter.draw('nonsense', socket.id)
      return true
    } catch {
      return false
    }
  }

  async function recheck(sockets: WikiSocket[]): Promise<void> {
    for (const socket of sockets) {
      try {
        const actor = await auth.actorOfSession(socket.data.session)
        const before = socket.data.actor
        socket.data.actor = actor
        // Rights have changed: this line ends, and the next one is greeted with the new ones.
        if (actor.role !== before.role || actor.user?.id !== before.user?.id) socket.disconnect(true)
      } catch (error) {
        log.error({ err: error }, 'a socket’s rights could not be checked again')
        socket.disconnect(true)
      }
    }
  }

  const all = () => [...io.sockets.sockets.values()] as WikiSocket[]
  const recheckTimer = setInterval(() => void recheck(all()), 60_000)
  const drainTimer = setInterval(() => all().forEach(dropIfStuck), 1_000)
  recheckTimer.unref()
  drainTimer.unref()

  return {
    announce: (event, payload, audience) => {
      audiences.tell(nameOf(audience), () => frameOf(`2${JSON.stringify([event, payload])}`), UNHURRIED.has(event))
      if (event === 'user:updated') wiki.rename((payload as { user: Parameters<Wiki['rename']>[0] }).user)
    },
    userChanged: user => void recheck(all().filter(socket => socket.data.actor.user?.id === user)),
    sessionsEnded: sessions => {
      const ended = new Set(sessions)
      for (const socket of all()) {
        if (!socket.data.session || !ended.has(socket.data.session)) continue
        // What waits its turn is not done any more in their name.
        socket.data.actor = GUEST
        socket.data.session = null
        socket.disconnect(true)
      }
    },
    close: async () => {
      clearInterval(recheckTimer)
      clearInterval(drainTimer)
      const closing = frameOf(`2${JSON.stringify(['server:closing', {}])}`)
      for (const { data } of all()) data.line.send(closing)
      turn.end()
      io.disconnectSockets(true)
      await io.close()
    },
  }
}

// A reader that stops reading would otherwise hold every frame of a busy page in memory until its ping times out.
function dropIfStuck(socket: WikiSocket): void {
  const { data } = socket
  const { held } = data.line
  if (held === 0) {
    data.stuckSince = null
    return
  }
  data.stuckSince ??= performance.now()
  if (held > HELD_MAX || performance.now() - data.stuckSince > STUCK_MAX) socket.disconnect(true)
}

const FOLLOWERS = 'followers:'

function pageRoom(page: number): string {
  return `page:${page}`
}

function userRoom(user: number): string {
  return `user:${user}`
}

function nameOf(audience: Audience): string {
  if (typeof audience === 'string') return audience
  if ('room' in audience) return pageRoom(audience.room)
  return 'user' in audience ? userRoom(audience.user) : FOLLOWERS + audience.followers
}
