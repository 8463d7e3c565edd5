// Who is in which page now, whether they read or write: told to all readers, gathered and without noise.
// Whereabouts (all · look · leave · follow · rename · close)

import type { Attendant, Attended, Person } from '../../shared/protocol.ts'
import { headingOver } from '../../shared/sections.ts'
import { pathOf } from '../../shared/titles.ts'
import { Page } from '../db/entities.ts'
import type { Connection, Wiring } from './context.ts'
import type { Rooms } from './rooms.ts'

/** Milliseconds that arrivals are gathered. */
const GATHER = 300
/** Milliseconds before somebody who left is missed: a reload is no departure. */
const LINGER = 2_500
/** People of one page who are named. */
const NAMED_MAX = 12

/** What one connection has on its screen. */
interface Sight {
  person: Person
  page: number
  line: number | null
}

/** Joins what connections say they look at with who is in the rooms. Guests look unseen. */
export class Whereabouts {
  readonly #sights = new Map<string, Sight>()
  readonly #lookers = new Map<number, Set<string>>()
  readonly #told = new Map<number, Attended>()
  readonly #stale = new Set<number>()
  #timer: NodeJS.Timeout | null = null
  readonly #departed = new Map<string, { page: number; person: Person; timer: NodeJS.Timeout }>()
  readonly #followed = new Map<string, number>()
  #closed = false

  constructor(
    private readonly wiring: Wiring,
    private readonly rooms: Rooms,
  ) {
    rooms.onAttended = (page, gone) => (gone ? this.#missed(page, gone) : this.#touch(page))
  }

  /** Every page that somebody is in, as it was last told. */
  get all(): Attended[] {
    return [...this.#told.values()]
  }

  /** A connection's person has this page on their screen, or none. */
  look(connection: Connection, person: Person, page: { id: number; title: string } | null, line: number | null): void {
    const before = this.#sights.get(connection.id)
    if (before && before.page !== page?.id) this.leave(connection, { quiet: page !== null })
    if (page) {
      this.#sights.set(connection.id, { person, page: page.id, line })
      const lookers = this.#lookers.get(page.id) ?? new Set()
      this.#lookers.set(page.id, lookers.add(connection.id))
      if (before?.page !== page.id) this.#touch(page.id)
    }
    if (before?.page === page?.id && before?.line === line) return
    if (page && this.#writes(page.id, person)) this.#touch(page.id)
    this.#tellFollowers(person.id, page && { page: page.id, path: pathOf(page.title), line })
  }

  /** The page that a connection has on its screen. */
  pageOf(connection: Connection): number | null {
    return this.#sights.get(connection.id)?.page ?? null
  }

  /** A connection looks at nothing any more. */
  leave(connection: Connection, { quiet = false } = {}): void {
    if (!quiet) this.#followed.delete(connection.id)
    const sight = this.#sights.get(connection.id)
    if (!sight) return
    this.#sights.delete(connection.id)
    const lookers = this.#lookers.get(sight.page)!
    lookers.delete(connection.id)
    if (lookers.size === 0) this.#lookers.delete(sight.page)
    this.#missed(sight.page, sight.person)
    if (!quiet) this.#tellFollowers(sight.person.id, null)
  }

  /** Lets a connection hear where somebody goes, beginning with where they are. */
  async follow(connection: Connection, user: number | null): Promise<void> {
    connection.follow(user)
    if (user === null) this.#followed.delete(connection.id)
    else this.#followed.set(connection.id, user)
    const sight = [...this.#sights.values()].findLast(({ person }) => person.id === user)
    if (!sight || user === null) return
    const title = (await this.#titles([sight.page])).get(sight.page)
    if (title) this.#tellFollowers(user, { page: sight.page, path: pathOf(title), line: sight.line })
  }

  /** Shows a person's new name or picture to whoever comes from now on. */
  rename(person: Person): void {
    for (const sight of this.#sights.values()) if (sight.person.id === person.id) sight.person = person
    for (const attended of this.#told.values())
      for (const attendant of attended.people) if (attendant.person.id === person.id) attendant.person = person
  }

  #tellFollowers(user: number, sight: { page: number; path: string; line: number | null } | null): void {
    if (![...this.#followed.values()].includes(user)) return
    const nowhere = { page: null, path: null, line: null }
    this.wiring.announce('user:looked', { user, ...(sight ?? nowhere) }, { followers: user })
  }

  // ---- who is in a page

  #missed(page: number, person: Person): void {
    if (this.#closed) return
    const key = `${page} ${person.id}`
    clearTimeout(this.#departed.get(key)?.timer)
    const gone = () => {
      this.#departed.delete(key)
      this.#touch(page)
    }
    this.#departed.set(key, { page, person, timer: setTimeout(gone, LINGER).unref() })
  }

  #touch(page: number): void {
    if (this.#closed) return
    this.#stale.add(page)
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      void this.#tell().catch(error => this.wiring.log.error({ err: error }, 'who is where could not be told'))
    }, GATHER)
  }

  async #tell(): Promise<void> {
    const stale = [...this.#stale]
    this.#stale.clear()
    const titles = await this.#titles(stale)
    if (this.#closed) return
    const pages = stale.flatMap(page => {
      const before = this.#told.get(page)
      const all = this.#attendants(page)
      const title = titles.get(page)
      const people = title === undefined ? [] : this.#placed(page, all.slice(0, NAMED_MAX))
      const path = pathOf(title ?? before?.title ?? '')
      const now = { page, title: title ?? '', path, people, more: all.length - people.length }
      if (people.length === 0) return this.#told.delete(page) ? now : []
      if (before && JSON.stringify(before) === JSON.stringify(now)) return []
      this.#told.set(page, now)
      return now
    })
    if (pages.length > 0) this.wiring.announce('page:presence', { pages, all: false }, 'readers')
  }

  /** Each person of a page once: writers first, then in the order in which they came. */
  #attendants(page: number): Attendant[] {
    const each = new Map<number, Attendant>()
    for (const { page: left, person } of this.#departed.values())
      if (left === page) each.set(person.id, { person, writing: false, wrote: false, section: null })
    for (const id of this.#lookers.get(page) ?? []) {
      const { person } = this.#sights.get(id)!
      each.set(person.id, { person, writing: false, wrote: false, section: null })
    }
    const room = this.rooms.peek(page)?.people
    for (const { person, head } of room?.shown ?? []) {
      const writing = head !== null || (each.get(person.id)?.writing ?? false)
      each.set(person.id, { person, writing, wrote: writing && room!.hasWritten(person.id), section: null })
    }
    return [...each.values()].sort((a, b) => Number(b.writing) - Number(a.writing))
  }

  /** The same people, with the headings that those who write stand under. */
  #placed(page: number, people: Attendant[]): Attendant[] {
    const lines = new Map<number, number>()
    for (const id of this.#lookers.get(page) ?? []) {
      const { person, line } = this.#sights.get(id)!
      if (line !== null) lines.set(person.id, line)
    }
    const writers = people.filter(({ person, writing }) => writing && lines.has(person.id))
    if (writers.length === 0) return people
    const text = this.rooms.peek(page)?.text ?? ''
    const sections = new Map(writers.map(({ person }) => [person.id, headingOver(text, lines.get(person.id)!)]))
    return people.map(one => ({ ...one, section: sections.get(one.person.id) ?? null }))
  }

  #writes(page: number, { id }: Person): boolean {
    return this.rooms.peek(page)?.people.shown.some(({ person, head }) => person.id === id && head !== null) ?? false
  }

  async #titles(pages: number[]): Promise<Map<number, string>> {
    const rows = await this.wiring.db.em().find(Page, { id: pages }, { fields: ['title'] })
    return new Map(rows.map(({ id, title }) => [id, title]))
  }

  /** Tells nothing any more. */
  close(): void {
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
    for (const { timer } of this.#departed.values()) clearTimeout(timer)
  }
}
