// All rooms of this process: loaded when somebody needs one, forgotten when nobody has for a while.
// Rooms · roomHandlers

import { WikiError } from '../../shared/errors.ts'
import type { Person } from '../../shared/protocol.ts'
import type { Handlers } from './commands.ts'
import type { Connection, Context, Wiring } from './context.ts'
import type { Guards } from './guards.ts'
import { keyOf } from './limiter.ts'
import type { Pages } from './pages.ts'
import { mayWrite } from './policy.ts'
import { Room } from './room.ts'
import { refusal } from './room-validator.ts'
import { Budget } from './room-work.ts'

/** So many times, in the while that an empty room is kept, it is looked for those that may go. */
const SWEEPS = 6

/** The rooms that are loaded, and which of them each connection is in. */
export class Rooms {
  readonly #rooms = new Map<number, Promise<Room>>()
  readonly #live = new Map<number, Room>()
  readonly #joined = new Map<string, { connection: Connection; pages: Set<number> }>()
  // What each connection does with each page, one after the other.
  readonly #turns = new Map<string, Promise<unknown>>()
  readonly #sweeper: NodeJS.Timeout
  readonly #idleSince = new Map<number, number>()
  /** What each user's work in rooms may cost. */
  readonly work: Budget
  readonly #withdrawn = new Set<number>()
  #closing = false
  /** Called when who is in a page, or whether they write, may have changed. */
  onAttended: (page: number, gone: Person | null) => void = () => {}
  readonly #onFolded: ((page: number) => void)[] = []

  constructor(private readonly wiring: Wiring) {
    this.work = new Budget(wiring.config.limits.rates.work)
    this.#sweeper = setInterval(() => this.#sweep(), (wiring.config.limits.roomIdle * 1000) / SWEEPS)
    this.#sweeper.unref()
  }

  /** Calls back when a page's text has come to rest on disk. */
  onFolded(listener: (page: number) => void): void {
    this.#onFolded.push(listener)
  }

  /** Lets the text of every page come to rest, now. */
  async fold(): Promise<void> {
    await Promise.all([...this.#live.values()].map(room => room.checkpoint()))
  }

  #folded(page: number): void {
    for (const listener of this.#onFolded) listener(page)
  }

  /**
   * The page's room, loaded if need be.
   * @throws WikiError `missing`; or what the database throws: a page that cannot be read is never served as empty
   */
  get(page: number): Promise<Room> {
    let room = this.#rooms.get(page)
    if (!room) {
      if (this.#closing) return Promise.reject(stopping())
      if (this.#withdrawn.has(page)) return Promise.reject(missing())
      room = Room.load(page, this.wiring, {
        folded: id => this.#folded(id),
        broken: given => this.#forget(given),
        work: this.work,
        attended: (id, gone) => this.onAttended(id, gone),
      })
      this.#rooms.set(page, room)
      room.then(
        loaded => this.#live.set(page, loaded),
        () => this.#rooms.delete(page),
      )
    }
    return room
  }

  /** The page's room if it is loaded. */
  peek(page: number): Room | null {
    return this.#live.get(page) ?? null
  }

  /** Does something with a page for a connection once everything that this connection asked of it before is done. */
  inTurn<T>(connection: Connection, page: number, work: () => Promise<T> | T): Promise<T> {
    const key = `${connection.id} ${page}`
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(work)
    const settled = turn.then(
      () => {},
      () => {},
    )
    this.#turns.set(key, settled)
    void settled.then(() => {
      if (this.#turns.get(key) === settled) this.#turns.delete(key)
    })
    return turn
  }

  /** Lets a connection into a page's room. */
  async open(
    connection: Connection,
    page: number,
    person: Person | null,
    vector: Uint8Array | null,
  ): Promise<ReturnType<Room['open']>> {
    const room = await this.get(page)
    let joined = this.#joined.get(connection.id)
    if (!joined) this.#joined.set(connection.id, (joined = { connection, pages: new Set() }))
    if (!joined.pages.has(page) && joined.pages.size >= this.wiring.config.limits.roomsPerConnection)
      throw new WikiError('busy', 'Too many pages are open at once here. Close some first.', { retryAfter: 5 })
    const answer = room.open(connection, person, vector)
    joined.pages.add(page)
    return answer
  }

  /** Lets a connection out of a page's room; with a presence id, only if this is still its opening. */
  close(connection: Connection, page: number, presence?: string): void {
    if (presence !== undefined && this.peek(page)?.people.presenceOf(connection) !== presence) return
    const joined = this.#joined.get(connection.id)
    if (!joined?.pages.delete(page)) return
    if (joined.pages.size === 0) this.#joined.delete(connection.id)
    this.peek(page)?.people.leave(connection)
  }

  /** Lets a connection out of every room. */
  leave(connection: Connection): void {
    const joined = this.#joined.get(connection.id)
    this.#joined.delete(connection.id)
    for (const page of joined?.pages ?? []) this.peek(page)?.people.leave(connection)
  }

  /** Shows a person's new name or picture in every room. */
  rename(person: Person): void {
    for (const room of this.#live.values()) room.people.rename(person)
  }

  /**
   * Closes the rooms of these pages, does the work that ends the pages, and lets everyone out. What was accepted before
   * is folded first; nothing is accepted meanwhile.
   */
  async withdraw<T>(pages: number[], work: () => Promise<T>): Promise<T> {
    const mine = pages.filter(page => !this.#withdrawn.has(page))
    for (const page of mine) this.#withdrawn.add(page)
    const rooms: Room[] = []
    let ended = false
    try {
      for (const page of mine) {
        const room = await this.#rooms.get(page)?.catch(() => null)
        if (!room) continue
        rooms.push(room)
        await room.retire()
      }
      const result = await work()
      ended = true
      return result
    } finally {
      for (const room of rooms) {
        this.#forget(room)
        // Whoever is still in a page that did not end comes again, and finds it.
        if (ended) room.people.dismiss()
        else room.people.drop()
        void room.close()
      }
      for (const page of mine) this.#withdrawn.delete(page)
      if (ended) for (const { pages: open } of this.#joined.values()) for (const page of mine) open.delete(page)
    }
  }

  #sweep(): void {
    const now = performance.now()
    for (const [page, room] of this.#live) {
      if (!room.idle) {
        this.#idleSince.delete(page)
        continue
      }
      const since = this.#idleSince.get(page) ?? now
      this.#idleSince.set(page, since)
      if (now - since < this.wiring.config.limits.roomIdle * 1000) continue
      // Asked and forgotten in one turn: whoever arrives later loads the page anew, from the disk.
      this.#forget(room)
      void room.close()
    }
  }

  #forget(room: Room): void {
    const { page } = room
    if (this.#live.get(page) !== room) return
    this.#rooms.delete(page)
    this.#live.delete(page)
    this.#idleSince.delete(page)
  }

  /** Writes down everything accepted and closes all rooms. */
  async closeAll(): Promise<void> {
    this.#closing = true
    clearInterval(this.#sweeper)
    const rooms = await Promise.allSettled(this.#rooms.values())
    await Promise.all(rooms.map(room => (room.status === 'fulfilled' ? room.value.close() : null)))
    this.#rooms.clear()
    this.#live.clear()
  }
}

function missing(): WikiError {
  return new WikiError('missing', 'There is no such page.')
}

function stopping(): WikiError {
  return new WikiError('busy', 'The server is restarting. Your text is kept; it is sent in a moment.', {
    retryAfter: 2,
  })
}

function connectionOf(context: Context): Connection {
  if (!context.connection) throw new WikiError('invalid', 'Rooms are open to sockets only.')
  return context.connection
}

/** The commands that belong to rooms. */
export function roomHandlers(
  wiring: Wiring,
  rooms: Rooms,
  pages: Pages,
  guards: Guards,
): Pick<Handlers, 'page:open' | 'page:push' | 'page:point' | 'page:check' | 'page:close'> {
  return {
    async 'page:open'({ page, vector }, context) {
      const connection = connectionOf(context)
      const key = keyOf(context)
      if (vector !== undefined) rooms.work.mayGoOn(key)
      return rooms.inTurn(connection, page, async () => {
        const described = await pages.describeById(page)
        const { user } = context.actor
        const person = user && { id: user.id, username: user.username, avatar: user.avatar, colour: user.colour }
        const answer = await rooms.open(connection, page, person, vector === undefined ? null : bytesOf(vector))
        // What one copy lacks is worked out for it alone: about 4 characters a step.
        if (vector !== undefined) rooms.work.spend(key, answer.update.length / 4)
        return {
          ...answer,
          page: { ...described, seq: answer.seq },
          epoch: wiring.db.wiki.epoch,
          mayWrite: mayWrite(context.actor, wiring.config, await guards.of(page)),
        }
      })
    },

    async 'page:push'({ page, epoch, update }, context) {
      if (epoch !== wiring.db.wiki.epoch)
        throw new WikiError('conflict', 'This wiki was restored from a backup since you wrote this.', {
          reason: 'epoch',
        })
      const room = rooms.peek(page) ?? (await rooms.get(page))
      return { seq: await room.push(context.actor.user!.id, bytesOf(update)) }
    },

    async 'page:point'({ page, anchor, head }, context) {
      rooms.peek(page)?.people.point(connectionOf(context), { anchor, head })
      return {}
    },

    async 'page:check'({ page }, context) {
      const room = rooms.peek(page)
      if (!room?.people.presenceOf(connectionOf(context)))
        throw new WikiError('invalid', 'Open this page before you compare it.', { field: 'page' })
      return room.fingerprint
    },

    async 'page:close'({ page, presence }, context) {
      const connection = connectionOf(context)
      await rooms.inTurn(connection, page, () => rooms.close(connection, page, presence))
      return {}
    },
  }
}

function bytesOf(base64: string): Uint8Array {
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.length === 0) throw refusal('malformed')
  return bytes
}
