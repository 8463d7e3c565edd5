// The state that everything on a screen shares: who is here, what is known of people and pages, and whether the line holds.
// Topic · Store · store · Watch · Hear

import type { ReactiveController, ReactiveControllerHost } from 'lit'
import { type Boot, newestOf } from '../shared/boot.ts'
import type { Attended, EventName, Page, Payload, Person, User } from '../shared/protocol.ts'
import { titleKey } from '../shared/titles.ts'
import { connection, type LineState } from './connection.ts'
import { order, plant, uproot } from './tree.ts'

/** What can change; watchers name what they look at. */
export type Topic = 'me' | 'people' | 'pages' | 'tree' | 'line' | 'boot' | 'presence' | 'news'

/** Pages seen last that are kept at hand. */
const RECENT_MAX = 8
/** Milliseconds that a server which stopped on purpose is believed to be coming back. */
const RESTART_MAX = 60_000

/** Known people, pages and circumstances. Only the server's word changes them. */
export class Store {
  /** What the document on the screen was made from. */
  boot: Boot
  me: User | null
  readonly people = new Map<number, Person>()
  readonly pages = new Map<number, Page>()
  /** Who is in which page now, by the page's id; pages that nobody is in are not there. */
  readonly presence = new Map<number, Attended>()
  /** Pages that others have changed since I saw them, with the keys of their titles. */
  readonly news = new Map<number, string>()
  line: LineState = 'connecting'
  /** The server has said that it stops, and may be back soon. */
  restarting = false
  /** The server's build, where it is not the one that runs here. */
  newBuild: string | null = null
  /** Who the server takes this line for, where it is not who the document was made for. */
  stranger: { user: User | null } | null = null
  #restartTimer: ReturnType<typeof setTimeout> | undefined
  readonly #watchers = new Set<{ topics: Topic[]; changed: () => void }>()

  constructor(boot: Boot) {
    this.boot = boot
    this.me = boot.user
    this.#learn(boot)
    connection.onState(state => {
      this.line = state
      this.#changed('line')
    })
    connection.on('server:greeted', ({ build, user }) => {
      this.newBuild = build === this.boot.build ? null : build
      clearTimeout(this.#restartTimer)
      this.restarting = false
      this.#meet(user)
      this.#changed('line')
    })
    connection.on('server:closing', () => {
      this.restarting = true
      clearTimeout(this.#restartTimer)
      this.#restartTimer = setTimeout(() => this.#restarted(), RESTART_MAX)
    })
    connection.on('page:presence', ({ pages, all }) => this.#attend(pages, all))
    connection.on('user:registered', ({ user }) => this.know([user]))
    connection.on('user:updated', ({ user }) => {
      if (this.me?.id === user.id) this.me = { ...this.me, ...user }
      this.know([user])
      this.#changed('me')
    })
    connection.on('page:created', ({ page }) => {
      if (!this.pages.has(page.id)) this.boot.total += 1
      plant(this.boot.tree, page)
      this.boot.newest = newestOf({ pages: [page] })
      this.hold([page])
      this.#changed('tree')
    })
    connection.on('page:updated', ({ page }) => {
      this.boot.newest = newestOf({ pages: [page] })
      this.hold([page])
    })
    connection.on('page:deleted', ({ page }) => this.#forget(page))
    connection.on('page:restored', ({ page }) => {
      this.boot.total += 1
      plant(this.boot.tree, page)
      this.hold([page])
      this.#changed('tree')
    })
    connection.on('tree:ordered', ({ under, keys }) => {
      order(this.boot.tree, under, keys)
      this.#changed('tree')
    })
    connection.on('page:starred', ({ page, on }) => {
      const { starred, recent } = this.boot.shelf
      const others = starred.filter(({ id }) => id !== page.id)
      const seen = recent.filter(({ id }) => id !== page.id)
      this.boot.shelf = on ? { starred: [...others, page], recent: seen } : { starred: others, recent: [page, ...seen] }
      this.#changed('boot')
    })
    connection.on('page:visited', ({ page }) => {
      const { starred, recent } = this.boot.shelf
      const others = recent.filter(({ id }) => id !== page.id)
      if (!starred.some(({ id }) => id === page.id))
        this.boot.shelf = { starred, recent: [page, ...others].slice(0, RECENT_MAX) }
      this.note(page, false)
      this.#changed('boot')
    })
    connection.on('page:guarded', ({ page }) => {
      this.hold([page])
      this.#changed('boot')
    })
    connection.on('page:renamed', ({ page, from }) => {
      uproot(this.boot.tree, from)
      plant(this.boot.tree, page)
      this.hold([page])
      if (this.news.has(page.id)) this.note(page, true)
      this.#changed('tree')
    })
  }

  #forget(page: Page): void {
    this.pages.delete(page.id)
    this.note(page, false)
    this.boot.total = Math.max(0, this.boot.total - 1)
    uproot(this.boot.tree, page.title)
    const { starred, recent } = this.boot.shelf
    this.boot.shelf = {
      starred: starred.filter(({ id }) => id !== page.id),
      recent: recent.filter(({ id }) => id !== page.id),
    }
    this.#changed('tree')
    this.#changed('pages')
  }

  /** This browser was here before, at a time in milliseconds since 1970, which the document did not know yet. */
  cameBack(since: number): void {
    this.boot.since = since
    this.#changed('boot')
  }

  /** Takes over what a new document says. */
  enter(boot: Boot): void {
    this.boot = { ...boot, tree: { ...this.boot.tree, ...boot.tree } }
    this.me = boot.user
    this.stranger = null
    this.#learn(boot)
    if (connection.greeting) this.#meet(connection.greeting.user)
    for (const topic of ['me', 'boot', 'tree', 'line'] as const) this.#changed(topic)
  }

  /** Learns what people look like. */
  know(people: Person[]): void {
    let news = false
    for (const { id, username, avatar, colour } of people) {
      const known = this.people.get(id)
      if (known?.username === username && known.avatar === avatar && known.colour === colour) continue
      this.people.set(id, { id, username, avatar, colour })
      news = true
    }
    if (news) this.#changed('people')
  }

  /** Learns how pages are described now; older news is dropped. */
  hold(pages: Page[]): void {
    this.know(pages.flatMap(page => [page.author, page.editor]))
    for (const page of pages) {
      if ((this.pages.get(page.id)?.seq ?? -1) > page.seq) continue
      this.pages.set(page.id, page)
      if (this.boot.page?.id === page.id) this.boot.page = page
    }
    this.#changed('pages')
  }

  /** Where somebody is now: in the page that they write in, or else in the first that they look at. */
  whereIs(user: number): Attended | null {
    const there = [...this.presence.values()].filter(({ people }) => people.some(({ person }) => person.id === user))
    const writes = ({ people }: Attended) => people.some(({ person, writing }) => writing && person.id === user)
    return there.find(writes) ?? there[0] ?? null
  }

  /** Whether a page holds news for me. */
  note({ id, title }: Pick<Page, 'id' | 'title'>, news: boolean): void {
    const key = news ? titleKey(title) : undefined
    if (this.news.get(id) === key) return
    if (key === undefined) this.news.delete(id)
    else this.news.set(id, key)
    this.#changed('news')
  }

  /** My account has changed, by my own doing. */
  become(user: User): void {
    this.me = user
    this.know([user])
    this.#changed('me')
  }

  /** Calls back when one of these topics changes; returns how to stop. */
  watch(topics: Topic[], changed: () => void): () => void {
    const watcher = { topics, changed }
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  #learn(boot: Boot): void {
    this.know(boot.people)
    // Whoever has been greeted hears of everybody at once: no document knows more.
    if (boot.presence && !connection.greeting) this.#attend(boot.presence, true)
    this.hold([...(boot.page ? [boot.page] : []), ...(boot.list?.pages ?? [])])
  }

  /** Who is where now; `all`: and nobody else is anywhere. */
  #attend(pages: Attended[], all: boolean): void {
    if (all) this.presence.clear()
    for (const page of pages) {
      this.know(page.people.map(({ person }) => person))
      if (page.people.length > 0) this.presence.set(page.page, page)
      else this.presence.delete(page.page)
    }
    this.#changed('presence')
  }

  /** Whoever has not come back by now is simply not there. */
  #restarted(): void {
    this.restarting = false
    this.#changed('line')
  }

  #meet(user: User | null): void {
    this.stranger = user?.id === this.me?.id ? null : { user }
    if (this.stranger || !user) return
    this.me = user
    this.boot.mayWrite = user.role !== 'reader'
    this.#changed('me')
  }

  #changed(topic: Topic): void {
    for (const { topics, changed } of [...this.#watchers]) if (topics.includes(topic)) changed()
  }
}

/** The document's boot data. */
export function bootOf(doc: Document): Boot {
  return JSON.parse(doc.getElementById('boot')?.textContent ?? '{}') as Boot
}

/** The one store of this page. */
export const store = new Store(bootOf(document))

/** Draws its host again when one of these topics changes. */
export class Watch implements ReactiveController {
  #stop = () => {}
  readonly #topics: Topic[]

  constructor(
    private readonly host: ReactiveControllerHost,
    ...topics: Topic[]
  ) {
    this.#topics = topics
    host.addController(this)
  }

  hostConnected(): void {
    this.#stop = store.watch(this.#topics, () => this.host.requestUpdate())
  }

  hostDisconnected(): void {
    this.#stop()
  }
}

/** Lets its host hear an event of the server while it is on the screen. */
export class Hear<E extends EventName> implements ReactiveController {
  #stop = () => {}

  constructor(
    host: ReactiveControllerHost,
    private readonly event: E,
    private readonly listener: (payload: Payload<E>) => void,
  ) {
    host.addController(this)
  }

  hostConnected(): void {
    this.#stop = connection.on(this.event, this.listener)
  }

  hostDisconnected(): void {
    this.#stop()
  }
}
