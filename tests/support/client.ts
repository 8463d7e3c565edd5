// A person or bot at the door: plain HTTP with a cookie, and a plain Socket.IO line.
// Client · refusal

import { io, type Socket } from 'socket.io-client'
import { WikiError } from '../../shared/errors.ts'
import type {
  Ack,
  ClientToServer,
  CommandName,
  EventName,
  Input,
  Output,
  Payload,
  ServerToClient,
  User,
} from '../../shared/protocol.ts'

/** A person or bot at the door: plain HTTP with a cookie, and a plain Socket.IO line. */
export class Client {
  cookie = ''
  user: User | null = null
  #socket: Socket<ServerToClient, ClientToServer> | null = null

  constructor(readonly url: string) {}

  /** The same person by another way to the server. */
  at(url: string): Client {
    return Object.assign(new Client(url), { cookie: this.cookie, user: this.user })
  }

  /** Any request, with this client's cookie; remembers the cookie that comes back. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(this.url + path, {
      redirect: 'manual',
      ...init,
      headers: { Origin: this.url, ...(this.cookie ? { Cookie: this.cookie } : {}), ...init.headers },
    })
    for (const set of response.headers.getSetCookie()) {
      const [pair = ''] = set.split(';')
      this.cookie = /expires=thu, 01 jan 1970/i.test(set) ? '' : pair
    }
    return response
  }

  /** Asks a command over HTTP. @throws WikiError */
  async post<C extends CommandName>(command: C, payload: Input<C>): Promise<Output<C>> {
    const response = await this.fetch(`/api/${command}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(payload),
    })
    const answer = (await response.json()) as Ack<Output<C>>
    if (!answer.ok) throw WikiError.from(answer.error)
    return answer.value
  }

  /** The socket, connected and greeted. */
  async socket(): Promise<Socket<ServerToClient, ClientToServer>> {
    const socket = (this.#socket ??= io(this.url, {
      transports: ['websocket'],
      forceNew: true,
      reconnectionDelay: 50,
      reconnectionDelayMax: 200,
      extraHeaders: { Origin: this.url, ...(this.cookie ? { Cookie: this.cookie } : {}) },
    }) as Socket<ServerToClient, ClientToServer>)
    // What the server ends on purpose, Socket.IO does not open again by itself.
    if (socket.listeners('disconnect').length === 0)
      socket.on('disconnect', reason => reason === 'io server disconnect' && socket.connect())
    if (!socket.connected)
      await new Promise<void>((resolve, reject) => {
        socket.once('server:greeted', () => resolve())
        socket.on('connect_error', error => {
          if (socket.active) return
          this.#socket = null
          reject(error)
        })
      })
    return socket
  }

  /** Asks a command over the socket. @throws WikiError */
  async ask<C extends CommandName>(command: C, payload: Input<C>): Promise<Output<C>> {
    const socket = await this.socket()
    const answer = await new Promise<Ack<Output<C>>>(resolve =>
      (socket as unknown as { emit(event: string, ...args: unknown[]): void }).emit(command, payload, resolve),
    )
    if (!answer.ok) throw WikiError.from(answer.error)
    return answer.value
  }

  /** The next event of this name that fits. */
  async next<E extends EventName>(event: E, fits: (payload: Payload<E>) => boolean = () => true): Promise<Payload<E>> {
    const socket = await this.socket()
    return new Promise(resolve => {
      const hear = (payload: Payload<E>) => {
        if (!fits(payload)) return
        socket.off(event, hear as never)
        resolve(payload)
      }
      socket.on(event, hear as never)
    })
  }

  /** Ends the socket. */
  hangUp(): void {
    this.#socket?.disconnect()
    this.#socket = null
  }
}

/** What a refused request was refused with. */
export async function refusal(asked: Promise<unknown>): Promise<WikiError> {
  try {
    await asked
  } catch (error) {
    if (error instanceof WikiError) return error
    throw error
  }
  throw new Error('This was not refused.')
}
