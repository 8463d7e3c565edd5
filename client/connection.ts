// The only file that touches the socket: commands go out, events come in, and whether the line is alive is known.
// LineState · Greeting · Connection · connection

import { io, type Socket } from 'socket.io-client'
import { type ErrorBody, WikiError } from '../shared/errors.ts'
import type {
  Ack,
  ClientToServer,
  CommandName,
  EventName,
  Input,
  Output,
  Payload,
  ServerToClient,
} from '../shared/protocol.ts'

/** `online`: the server has greeted this line. `offline`: it is being tried again, or the server refused it. */
export type LineState = 'connecting' | 'online' | 'offline'

/** What the server says first on every line. */
export type Greeting = Payload<'server:greeted'>

type Listener<E extends EventName> = (payload: Payload<E>) => void

/** Milliseconds without an answer after which a request has failed and its line is doubted. */
const ANSWER_TIMEOUT = 8_000

/** A line to the server that repairs itself. Requests are never repeated by it: whoever asked decides. */
export class Connection {
  #socket: Socket<ServerToClient, ClientToServer>
  #state: LineState = 'connecting'
  #stateListeners = new Set<(state: LineState) => void>()
  /** The last greeting, kept while the line is down. */
  greeting: Greeting | null = null

  constructor(url?: string) {
    const options = {
      transports: ['websocket'],
      reconnectionDelay: 500,
      reconnectionDelayMax: 8_000,
      randomizationFactor: 0.5,
      timeout: 6_000,
      autoConnect: false,
    }
    this.#socket = url ? io(url, options) : io(options)
    this.#socket.on('server:greeted', greeting => {
      this.greeting = greeting
      this.#become('online')
    })
    this.#socket.on('disconnect', reason => {
      this.#become('offline')
      // The server closed this line on purpose (rights changed, restart): ask again as whoever we are now.
      if (reason === 'io server disconnect') this.#socket.connect()
    })
    this.#socket.on('connect_error', () => {
      this.#become('offline')
      // A refusal by the server ends Socket.IO's own attempts.
      if (!this.#socket.active) this.#retryLater()
    })
    globalThis.addEventListener?.('online', () => {
      if (this.#state !== 'online') this.#socket.disconnect().connect()
    })
  }

  #retryLater(): void {
    setTimeout(() => this.#socket.connect(), 2_000 + Math.random() * 3_000)
  }

  /** Opens the line; it stays open, or keeps trying, from then on. */
  open(): void {
    this.#socket.connect()
  }

  /** Ends the line for good, or until `open`. */
  close(): void {
    this.#socket.disconnect()
    this.#become('offline')
  }

  /** Drops the line and dials anew, for instance after signing in over HTTP: the server then sees the new session. */
  redial(): void {
    this.#socket.disconnect().connect()
  }

  get state(): LineState {
    return this.#state
  }

  /** Calls back at every change of state; returns how to stop. */
  onState(listener: (state: LineState) => void): () => void {
    this.#stateListeners.add(listener)
    return () => this.#stateListeners.delete(listener)
  }

  #become(state: LineState): void {
    if (this.#state === state) return
    this.#state = state
    for (const listener of this.#stateListeners) listener(state)
  }

  /** Hears an event; returns how to stop. */
  on<E extends EventName>(event: E, listener: Listener<E>): () => void {
    this.#socket.on(event, listener as never)
    return () => this.#socket.off(event, listener as never)
  }

  /**
   * Asks a command over the socket; `timeout` is in milliseconds.
   * @throws WikiError as the server answered, or `failed` with reason `offline` when no answer came: it may still have
   *   been carried out
   */
  async request<C extends CommandName>(
    command: C,
    payload: Input<C>,
    { timeout = ANSWER_TIMEOUT }: { timeout?: number } = {},
  ): Promise<Output<C>> {
    if (this.#state !== 'online') throw offline()
    const answer = await new Promise<Ack<Output<C>>>((resolve, reject) => {
      const fail = () => {
        clearTimeout(timer)
        this.#socket.off('disconnect', fail)
        reject(offline())
      }
      const timer = setTimeout(() => {
        fail()
        // Silence for this long means that the line is dead, whatever TCP believes.
        if (this.#socket.connected) this.redial()
      }, timeout)
      this.#socket.on('disconnect', fail)
      const ack = (value: Ack<Output<C>>) => {
        clearTimeout(timer)
        this.#socket.off('disconnect', fail)
        resolve(value)
      }
      this.#socket.emit(command, ...([payload, ack] as unknown as Parameters<ClientToServer[C]>))
    })
    if (!answer.ok) throw WikiError.from(answer.error)
    return answer.value
  }
}

/**
 * Asks a command over HTTP, for what sets a cookie.
 * @throws WikiError as the server answered, or `failed` with reason `offline`
 */
export async function post<C extends CommandName>(command: C, payload: Input<C>): Promise<Output<C>> {
  return send(`/api/${command}`, { body: JSON.stringify(payload), headers: { 'Content-Type': 'application/json' } })
}

/**
 * Sends a form with files to one of our addresses.
 * @throws WikiError as `post`
 */
export async function upload<T>(path: string, form: FormData): Promise<T> {
  return send(path, { body: form })
}

async function send<T>(path: string, init: RequestInit): Promise<T> {
  let answer: Ack<T>
  try {
    const response = await fetch(path, { method: 'POST', credentials: 'same-origin', ...init })
    answer = (await response.json()) as Ack<T>
  } catch {
    throw offline()
  }
  if (!answer.ok) throw WikiError.from(answer.error as ErrorBody)
  return answer.value
}

function offline(): WikiError {
  return new WikiError('failed', 'The server cannot be reached right now.', { reason: 'offline' })
}

/** The page's one line to its server. */
export const connection = new Connection()
