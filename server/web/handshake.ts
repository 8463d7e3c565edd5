// A line's handshake: who connected, kept as long as the line lasts; the request itself and all that hangs on it is not.
// HandshakeAuth · Handshake · Handshakes (of · forget)

import type { IncomingMessage } from 'node:http'
import type { RequestHandler } from 'express'
import type { Server, Socket } from 'socket.io'
import type { Actor } from '../wiki/context.ts'

/** What the socket door needs to know about a handshake. */
export interface HandshakeAuth {
  session: RequestHandler
  originAllowed(request: IncomingMessage): boolean
  originOf(request: IncomingMessage): string
  addressOf(request: IncomingMessage): string
  /** The session's id as stored, from a request that has passed the session middleware. */
  sessionOf(request: IncomingMessage): string | null
  actorOfSession(session: string | null): Promise<Actor>
}

/** What a request said of whoever sent it. */
export interface Handshake {
  session: string | null
  address: string
  origin: string
}

/** The handshakes of an engine's lines. By Engine.IO connection: a line may leave and come again, but shakes hands once. */
export class Handshakes {
  readonly #known = new WeakMap<object, Handshake>()
  // The TCP socket holds Engine.IO's answer as long as it lasts, and nothing else leads to it.
  readonly #responses = new WeakMap<object, object>()

  constructor(
    engine: Server['engine'],
    private readonly auth: HandshakeAuth,
  ) {
    engine.use(auth.session)
    engine.use((request: IncomingMessage, response: object, next: () => void) => {
      this.#responses.set(request, response)
      next()
    })
  }

  /** The one of a socket; asked for first before it is forgotten. */
  of({ conn, request }: Pick<Socket, 'conn' | 'request'>): Handshake {
    let known = this.#known.get(conn)
    if (!known) {
      const { auth } = this
      known = { session: auth.sessionOf(request), address: auth.addressOf(request), origin: auth.originOf(request) }
      this.#known.set(conn, known)
    }
    return known
  }

  /** Lets go of a socket's request, which would be kept with its session and an answer that nobody waits for. */
  forget({ conn, handshake }: Pick<Socket, 'conn' | 'handshake'>): void {
    empty(this.#responses.get(conn.request))
    empty(handshake)
    Object.assign(conn, { request: null })
  }
}

// Not taken apart: an object whose properties are deleted takes more room than before.
function empty(object: object | undefined): void {
  if (!object) return
  for (const name of Object.keys(object)) (object as Record<string, unknown>)[name] = undefined
}
