// Who is in a room, and where: stamped by the server, told to the others in batches.
// RoomPeople (join · point · wrote · rename · leave · dismiss · drop · close)

import { randomBytes } from 'node:crypto'
import { WikiError } from '../../shared/errors.ts'
import type { Person, Point, Presence } from '../../shared/protocol.ts'
import type { Connection, Wiring } from './context.ts'

/** Points gather this long before they are told, in milliseconds. */
const POINT_WINDOW = 50
/** Milliseconds that somebody is said to write after they last did. */
const WRITES = 60_000

/** The connections in one page's room. Guests are in it like everyone, but are not shown to anyone. */
export class RoomPeople {
  readonly #members = new Map<string, { connection: Connection; presence: string; shown: Presence | null }>()
  readonly #pointed = new Map<string, Point & { presence: string }>()
  readonly #writers = new Map<number, NodeJS.Timeout>()
  #timer: NodeJS.Timeout | null = null

  constructor(
    private readonly page: number,
    private readonly wiring: Pick<Wiring, 'announce' | 'config'>,
    /** Who is here, or whether they write, may have changed; `gone` has just left. */
    private readonly changed: (gone: Person | null) => void,
  ) {}

  /** How many connections are here, guests included. */
  get size(): number {
    return this.#members.size
  }

  /** Everyone who is shown. */
  get shown(): Presence[] {
    return [...this.#members.values()].flatMap(member => member.shown ?? [])
  }

  /**
   * Lets a connection in and begins to tell it what happens. One that is here already leaves and comes again.
   * @returns its new presence id, by which `page:close` names this opening
   * @throws WikiError `busy` when the room is full
   */
  join(connection: Connection, person: Person | null): string {
    this.leave(connection)
    // Guests take no account's place.
    if ((person ? this.shown.length : this.size) >= this.wiring.config.limits.peoplePerPage)
      throw new WikiError('busy', 'Too many people have this page open. Try again in a minute.', { retryAfter: 60 })
    const presence = randomBytes(9).toString('base64url')
    const shown = person && { presence, person, anchor: null, head: null }
    this.#members.set(connection.id, { connection, presence, shown })
    if (shown) this.wiring.announce('page:joined', { page: this.page, who: shown }, { room: this.page })
    connection.join(this.page)
    if (shown) this.changed(null)
    return presence
  }

  /** Tells the others where this connection's person is, soon; of several points the last one counts. */
  point(connection: Connection, { anchor, head }: Point): void {
    const shown = this.#members.get(connection.id)?.shown
    if (!shown) return
    if ((shown.head === null) !== (head === null)) this.changed(null)
    Object.assign(shown, { anchor, head })
    this.#pointed.set(shown.presence, { presence: shown.presence, anchor, head })
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      const points = [...this.#pointed.values()]
      this.#pointed.clear()
      if (points.length > 0) this.wiring.announce('page:pointed', { page: this.page, points }, { room: this.page })
    }, POINT_WINDOW)
  }

  /** A user has changed the text by hand. */
  wrote(user: number): void {
    const known = this.#writers.get(user)?.refresh()
    if (known) return
    const rests = () => {
      this.#writers.delete(user)
      this.changed(null)
    }
    this.#writers.set(user, setTimeout(rests, WRITES).unref())
    this.changed(null)
  }

  /** Whether a user has changed the text by hand within the last minute. */
  hasWritten(user: number): boolean {
    return this.#writers.has(user)
  }

  /** Shows a person's new name or picture to whoever joins from now on. */
  rename(person: Person): void {
    for (const { shown } of this.#members.values()) if (shown?.person.id === person.id) shown.person = person
  }

  /** The presence id of a connection's last opening, or null if it is not here. */
  presenceOf(connection: Connection): string | null {
    return this.#members.get(connection.id)?.presence ?? null
  }

  /** Lets a connection out. */
  leave(connection: Connection): void {
    const member = this.#members.get(connection.id)
    if (!member) return
    this.#members.delete(connection.id)
    connection.leave(this.page)
    if (!member.shown) return
    const { presence, person } = member.shown
    this.#pointed.delete(presence)
    this.wiring.announce('page:left', { page: this.page, presence }, { room: this.page })
    this.changed(person)
  }

  /** Lets everyone out. */
  dismiss(): void {
    for (const { connection } of [...this.#members.values()]) this.leave(connection)
  }

  /** Ends everyone's connection, so that they come again, and stops the clocks. */
  drop(): void {
    for (const { connection } of [...this.#members.values()]) connection.drop()
    this.#members.clear()
    this.close()
  }

  /** Stops the clocks. */
  close(): void {
    if (this.#timer) clearTimeout(this.#timer)
    for (const timer of this.#writers.values()) clearTimeout(timer)
  }
}
