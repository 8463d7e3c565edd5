// What I have on my screen, told to the server; what is news to me, asked from it. Loaded once I am known.
// Attendance · attendance

import type { Page } from '../../shared/protocol.ts'
import { actions, screenAction } from '../actions.ts'
import { ask } from '../ask.ts'
import { connection } from '../connection.ts'
import { router } from '../router.ts'
import { store } from '../store.ts'
import { Following } from './following.ts'
import { say } from './line-bar.ts'
import { lineInView, showLine } from './lines-shown.ts'

/** Milliseconds between two words about where I am. */
const LOOK_EVERY = 400
/** Milliseconds in a hidden tab after which I am not here any more. */
const AWAY = 60_000

/** One tab's visits. */
class Attendance {
  #begun = false
  #page: Page | null = null
  /** The line that the editor's cursor is in, or null while reading. */
  #cursor: number | null = null
  #told = ''
  #timer: ReturnType<typeof setTimeout> | undefined
  #away: ReturnType<typeof setTimeout> | undefined

  /** Says where I am, again after every lost line. */
  begin(): void {
    if (!this.#begun) this.#listen()
    this.#begun = true
    this.#page = null
    void this.#arrive()
    void this.#askNews()
  }

  #listen(): void {
    router.onArrive(() => void this.#arrive())
    addEventListener('scroll', () => this.#look(), { passive: true })
    document.addEventListener('cursor-line', event => {
      this.#cursor = (event as CustomEvent<number | null>).detail
      this.#look()
    })
    document.addEventListener('visibilitychange', () => this.#seen())
    connection.on('page:updated', ({ page }) => {
      if (page.id === store.boot.page?.id) this.#look()
      else if (page.editor.id !== store.me?.id && this.#visited.has(page.id)) this.#heard(page)
    })
    document.addEventListener('click', event => {
      if ((event.target as Element).closest('[data-do=latest-change]')) void this.#showLatest()
    })
    actions.add(
      screenAction(
        'latest-change',
        'Page',
        () => this.#showLatest(),
        () => store.boot.page !== undefined,
      ),
    )
    connection.on('page:visited', ({ page }) => this.#visited.add(page.id))
    store.watch(['presence'], () => {
      const left = [...this.#doubtful].filter(page => !isHere(page))
      for (const page of left) this.#doubtful.delete(page)
      if (left.length > 0) void this.#askNews()
    })
    new Following().listen()
  }

  readonly #visited = new Set<number>()
  /** Pages that changed while I had them on another screen: whether I saw it is asked once I have left them. */
  readonly #doubtful = new Set<number>()

  /** Brings what was written last into view. */
  async #showLatest(): Promise<void> {
    const page = store.boot.page
    if (!page) return
    const { seq } = store.pages.get(page.id) ?? page
    const answer = await ask('page:changesSince', { page: page.id, seq: Math.max(0, seq - 1) }).catch(() => null)
    const last = answer?.changes.at(-1)
    if (!last || !showLine(last.from)) return say('Nothing that can be shown was changed last.')
    const name = answer?.people.find(({ id }) => id === last.user)?.username
    if (name) say(last.user === store.me?.id ? 'You wrote this last.' : `${name} wrote this last.`)
  }

  #heard(page: Page): void {
    if (isHere(page.id)) this.#doubtful.add(page.id)
    else store.note(page, true)
  }

  async #askNews(): Promise<void> {
    const answer = await ask('page:visits', {}).catch(() => null)
    for (const { page, title, news } of answer?.visits ?? []) {
      this.#visited.add(page)
      store.note({ id: page, title }, news && page !== store.boot.page?.id)
    }
  }

  async #arrive(): Promise<void> {
    const page = store.boot.page ?? null
    if (page?.id === this.#page?.id) return
    const before = this.#page
    this.#page = page
    this.#cursor = null
    this.#told = ''
    if (!page) {
      if (before) await ask('page:look', { page: null }).catch(() => {})
      return
    }
    const stay = await ask('page:visit', { page: page.id, seq: page.seq }).catch(() => null)
    this.#visited.add(page.id)
    store.note(page, false)
    if (!stay || store.boot.page?.id !== page.id) return
    if (stay.since !== null && stay.at !== null && stay.since < page.seq)
      await this.#showNews(page, stay.since, stay.at)
    this.#look()
  }

  /** Marks what changed since the last visit; by others, that is. */
  async #showNews(page: Page, since: number, at: string): Promise<void> {
    const answer = await ask('page:changesSince', { page: page.id, seq: since }).catch(() => null)
    const changes = answer?.changes.filter(({ user }) => user !== store.me?.id) ?? []
    if (!answer || changes.length === 0 || store.boot.page?.id !== page.id) return
    store.know(answer.people)
    const { PageNews } = await import('./page-news.ts')
    if (store.boot.page?.id === page.id) PageNews.show({ page: page.id, at, changes, seq: answer.seq })
  }

  #look(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.#tell()
    }, LOOK_EVERY)
  }

  async #tell(): Promise<void> {
    const page = store.boot.page
    if (!page || page.id !== this.#page?.id || document.hidden || connection.state !== 'online') return
    const line = this.#cursor ?? lineInView() ?? undefined
    const told = `${page.seq} ${line}`
    if (told === this.#told) return
    this.#told = told
    await ask('page:look', { page: page.id, seq: page.seq, ...(line && { line }) }).catch(() => {
      this.#told = ''
    })
  }

  #seen(): void {
    clearTimeout(this.#away)
    if (!document.hidden) {
      if (!this.#page) void this.#arrive()
      return
    }
    this.#away = setTimeout(() => {
      if (this.#page) void ask('page:look', { page: null }).catch(() => {})
      this.#page = null
    }, AWAY)
  }
}

/** Whether I have a page on the screen, in whichever tab. */
function isHere(page: number): boolean {
  return store.presence.get(page)?.people.some(({ person }) => person.id === store.me?.id) ?? false
}

/** This tab's. */
export const attendance = new Attendance()
