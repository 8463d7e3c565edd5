// Who else is in the room, and telling them where I am.
// People

import type { Payload, Presence } from '../../shared/protocol.ts'
import type { Connection } from '../connection.ts'

/** Milliseconds between two points that are sent. */
const POINT_EVERY = 100

/** The people in one page's room, as the server last told. */
export class People {
  /** My own presence id, '' while the server does not have me in the room. */
  own = ''
  readonly #people = new Map<string, Presence>()
  #others: Presence[] | null = null
  readonly #stop: (() => void)[]
  #point: [anchor: string | null, head: string | null] | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #open = false

  /** `hear` decides when what is told may be taken in; `changed` is called after each change. */
  constructor(
    private readonly page: number,
    private readonly connection: Connection,
    hear: (told: () => void) => void,
    private readonly changed: () => void,
  ) {
    const on = <E extends 'page:joined' | 'page:left' | 'page:pointed'>(event: E, take: (told: Payload<E>) => void) =>
      connection.on(event, told => {
        if (told.page === page) hear(() => take(told))
      })
    this.#stop = [
      on('page:joined', ({ who }) => this.#set(who)),
      on('page:left', ({ presence }) => this.#people.delete(presence) && this.#changed()),
      on('page:pointed', ({ points }) => this.#pointed(points)),
      connection.on('user:updated', ({ user }) => this.#renamed(user)),
    ]
  }

  /** Everyone but me; the same array until somebody comes, goes or moves. */
  get others(): readonly Presence[] {
    return (this.#others ??= [...this.#people.values()].filter(who => who.presence !== this.own))
  }

  #changed(): void {
    this.#others = null
    this.changed()
  }

  /** The room is open, and these are in it. */
  reset(people: Presence[], own: string): void {
    this.#people.clear()
    for (const who of people) this.#people.set(who.presence, who)
    this.own = own
    this.#others = null
    this.#open = true
    this.#send()
  }

  /** The line is lost: nobody is known to be here. */
  clear(): void {
    this.#people.clear()
    this.own = ''
    this.#others = null
    this.#open = false
  }

  #set(who: Presence): void {
    this.#people.set(who.presence, who)
    this.#changed()
  }

  #pointed(points: Payload<'page:pointed'>['points']): void {
    for (const { presence, anchor, head } of points) {
      const who = this.#people.get(presence)
      if (who) this.#people.set(presence, { ...who, anchor, head })
    }
    this.#changed()
  }

  #renamed(person: Presence['person']): void {
    const theirs = [...this.#people.values()].filter(who => who.person.id === person.id)
    for (const who of theirs) this.#people.set(who.presence, { ...who, person })
    if (theirs.length > 0) this.#changed()
  }

  /** Tells the others where I am, at most every `POINT_EVERY` milliseconds. */
  point(anchor: string | null, head: string | null): void {
    if (this.#point?.[0] === anchor && this.#point[1] === head) return
    this.#point = [anchor, head]
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#send()
    }, POINT_EVERY)
  }

  #send(): void {
    if (!this.#open || !this.#point) return
    const [anchor, head] = this.#point
    // A point that is lost is replaced by the next one.
    this.connection.request('page:point', { page: this.page, anchor, head }).catch(() => {})
  }

  /** Stops hearing and telling. */
  close(): void {
    this.#open = false
    clearTimeout(this.#timer)
    for (const stop of this.#stop) stop()
  }
}
