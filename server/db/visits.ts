// Who has seen which page up to which edit: written together every second, because a visit is worth no wait.
// Visit · Stay · Visits (arrive · see · of · latest · flush)

import type { Raw } from './open.ts'
import type { WriteAhead } from './write-ahead.ts'

/** How far somebody has seen a page. */
interface Visit {
  user: number
  page: number
  /** The last edit that was on their screen. */
  seq: number
  /** What they had seen when this stay began: whatever came after it is still news to them; null on the first. */
  since: number | null
  /** Milliseconds since 1970. */
  at: number
}

/** What an arrival meets: the edit up to which the page was seen before, and when; null where it never was. */
export interface Stay {
  since: number | null
  at: number | null
}

/** A page that somebody has seen, and whether others have changed it since. */
export interface Seen {
  page: number
  title: string
  news: boolean
}

/** Milliseconds without a sign after which a reload is a new stay. */
const STAY = 30 * 60_000
/** Milliseconds that visits are gathered before they are written. */
const GATHER = 1_000
/** Pages of one person that are told about, latest visit first. */
const TOLD_MAX = 500

/** The table of visits over one database. */
export class Visits {
  readonly #unwritten = new Map<string, Visit>()
  #timer: NodeJS.Timeout | null = null

  constructor(
    private readonly withRaw: <T>(use: (raw: Raw) => T | Promise<T>) => Promise<T>,
    private readonly ahead: WriteAhead,
  ) {}

  /** Somebody opens a page that shows edit `seq`; answers what is news to them. */
  async arrive(user: number, page: number, seq: number, now: number): Promise<Stay> {
    const known = await this.#find(user, page)
    if (!known) {
      this.#put({ user, page, seq, since: null, at: now })
      return { since: null, at: null }
    }
    // A reload soon after shows the same marks again; whatever has come since then is counted from what was seen.
    const goesOn = seq <= known.seq && now - known.at < STAY
    const since = goesOn ? known.since : known.seq
    this.#put({ ...known, seq: Math.max(seq, known.seq), since, at: now })
    return { since, at: known.at }
  }

  /** Edit `seq` is on somebody's screen; with `settled`, nothing before it is news to them any more. */
  async see(user: number, page: number, seq: number, settled: boolean, now: number): Promise<void> {
    const known = await this.#find(user, page)
    const last = Math.max(seq, known?.seq ?? 0)
    this.#put({ user, page, seq: last, since: settled ? last : (known?.since ?? null), at: now })
  }

  /** The pages that somebody has seen, latest first. */
  async of(user: number): Promise<Seen[]> {
    await this.flush()
    return this.withRaw(raw =>
      raw
        .prepare<[number, number, number], { page: number; title: string; news: number }>(
          `select page_id as page, title, pages.seq > visits.seq and pages.editor_id <> ? as news
           from visits join pages on pages.id = page_id
           where user_id = ? and pages.trashed_at is null order by at desc limit ?`,
        )
        .all(user, user, TOLD_MAX)
        .map(({ page, title, news }) => ({ page, title, news: news === 1 })),
    )
  }

  /** The ids of the pages that somebody saw last, latest first; also of visits that are not written yet. */
  async latest(user: number, limit: number): Promise<number[]> {
    const fresh = [...this.#unwritten.values()].filter(visit => visit.user === user).sort((a, b) => b.at - a.at)
    const written = await this.withRaw(
      raw =>
        raw
          .prepare('select page_id from visits where user_id = ? order by at desc limit ?')
          .pluck()
          .all(user, limit) as number[],
    )
    return [...new Set([...fresh.map(({ page }) => page), ...written])].slice(0, limit)
  }

  async #find(user: number, page: number): Promise<Visit | null> {
    const fresh = this.#unwritten.get(`${user} ${page}`)
    if (fresh) return fresh
    return this.withRaw(
      raw =>
        (raw
          .prepare(
            'select user_id as user, page_id as page, seq, since, at from visits where user_id = ? and page_id = ?',
          )
          .get(user, page) as Visit | undefined) ?? null,
    )
  }

  #put(visit: Visit): void {
    this.#unwritten.set(`${visit.user} ${visit.page}`, visit)
    this.#timer ??= setTimeout(() => void this.flush().catch(() => {}), GATHER).unref()
  }

  /** Writes what has been gathered. A visit to what is gone by now is nobody's. */
  async flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#unwritten.size === 0) return
    const visits = [...this.#unwritten.values()]
    await this.withRaw(raw => {
      const write = raw.prepare(
        `insert into visits (user_id, page_id, seq, since, at)
         select @user, @page, @seq, @since, @at
         where exists (select 1 from pages where id = @page) and exists (select 1 from users where id = @user)
         on conflict (user_id, page_id) do update set seq = excluded.seq, since = excluded.since, at = excluded.at`,
      )
      return this.ahead.commit(raw, () => raw.transaction(() => visits.forEach(visit => void write.run(visit)))())
    })
    for (const visit of visits) {
      const key = `${visit.user} ${visit.page}`
      if (this.#unwritten.get(key) === visit) this.#unwritten.delete(key)
    }
  }
}
