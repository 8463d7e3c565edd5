// Work that takes a while: told how far it is, gone on with after a crash, ended by whoever began it.
// JobRun · JobKind · Jobs (define · add · wake · start · close) · jobHandlers

import type { EntityManager } from '@mikro-orm/core'
import { WikiError } from '../../shared/errors.ts'
import type { Job as JobShape } from '../../shared/protocol.ts'
import { Job, type JobRow, User } from '../db/entities.ts'
import type { Handlers } from './commands.ts'
import type { Wiring } from './context.ts'

/** One job under way, as its work sees it. */
export interface JobRun<I, P> {
  id: number
  /** On whose behalf. */
  user: number
  input: I
  /** What was last written down by `advance`, or null at the very beginning. */
  progress: P | null
  /**
   * Writes down where the work has got to, and tells it. What was done up to here is not asked for again.
   * @throws Stopped when the job was cancelled or the server closes; the work lets it pass
   */
  advance(progress: P, done: number, total: number): Promise<void>
}

/** A kind of job. It may be begun anew at the last `advance` at any time, so what it does must bear being done twice. */
export interface JobKind<I, P> {
  kind: string
  /**
   * Does the work; what it answers is told as the job's report.
   * @throws WikiError whose sentence is told when the job has failed
   */
  run(job: JobRun<I, P>): Promise<string>
}

/** Thrown by `advance` to end a job where it is. */
export class Stopped extends Error {}

/** Progress is told at most this often, in milliseconds. */
const TELL_EVERY = 200
/** Finished jobs are kept this long, in milliseconds, and so many are listed. */
const KEPT = 7 * 86_400_000
const LISTED = 50

/** The jobs of this wiki. Those of one kind are done one after the other, in the order in which they were added. */
export class Jobs {
  readonly #kinds = new Map<string, JobKind<unknown, unknown>>()
  readonly #running = new Map<string, Promise<void>>()
  readonly #cancelled = new Set<number>()
  #idle: (() => void)[] = []
  #closed = false
  #started = false

  constructor(private readonly wiring: Pick<Wiring, 'db' | 'log' | 'announce'>) {}

  /** Makes a kind known; all are known before `start`. */
  define<I, P>(kind: JobKind<I, P>): void {
    this.#kinds.set(kind.kind, kind as unknown as JobKind<unknown, unknown>)
  }

  /**
   * Writes a job down, as part of the caller's transaction. `words` say what is being done, as in “Links to Bread now
   * lead to Baking”. The caller calls `wake` once the transaction is on disk.
   */
  add(em: EntityManager, job: { kind: string; user: number; words: string; input: unknown; total?: number }): void {
    const now = new Date()
    em.create(Job, {
      kind: job.kind,
      user: em.getReference(User, job.user),
      state: 'running',
      words: job.words,
      input: JSON.stringify(job.input),
      progress: 'null',
      done: 0,
      total: job.total ?? 0,
      report: '',
      createdAt: now,
      updatedAt: now,
    })
  }

  /** Begins with what has been added to a kind, unless it is being done already. */
  wake(kind: string): void {
    if (!this.#started || this.#closed || this.#running.has(kind)) return
    const work = this.#drain(kind)
      .catch(error => this.wiring.log.error({ err: error, kind }, 'jobs could not be done'))
      .finally(() => {
        this.#running.delete(kind)
        if (this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve()
      })
    this.#running.set(kind, work)
  }

  /** Goes on with everything that an earlier process left. */
  start(): void {
    this.#started = true
    for (const kind of this.#kinds.keys()) this.wake(kind)
  }

  /** Resolves when no job is under way. */
  settled(): Promise<void> {
    return this.#running.size === 0 ? Promise.resolve() : new Promise(resolve => this.#idle.push(resolve))
  }

  /** Ends the jobs where they are; the next start goes on with them. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#running.values())
  }

  /** A person's jobs, or everybody's: those under way, and those that ended lately. */
  async list(user: number | null): Promise<JobShape[]> {
    const rows = await this.wiring.db
      .em()
      .find(Job, user === null ? {} : { user }, { orderBy: { id: 'desc' }, limit: LISTED })
    return rows.map(describe)
  }

  /**
   * Ends a job. What it has done stays done.
   * @throws WikiError `missing`, also for a job of somebody else's
   */
  async cancel(id: number, user: number | null): Promise<JobShape> {
    const em = this.wiring.db.em()
    const row = await em.findOne(Job, user === null ? { id } : { id, user })
    if (!row) throw new WikiError('missing', 'There is no such job.')
    if (row.state === 'running') {
      this.#cancelled.add(id)
      row.state = 'cancelled'
      row.updatedAt = new Date()
      await em.flush()
      this.#tell(row)
    }
    return describe(row)
  }

  async #drain(kind: string): Promise<void> {
    const { db } = this.wiring
    await db.em().nativeDelete(Job, { state: { $ne: 'running' }, updatedAt: { $lt: new Date(Date.now() - KEPT) } })
    while (!this.#closed) {
      const row = await db.em().findOne(Job, { kind, state: 'running' }, { orderBy: { id: 'asc' } })
      if (!row) return
      await this.#do(row)
    }
  }

  async #do(row: JobRow): Promise<void> {
    let told = Number.NEGATIVE_INFINITY
    const run: JobRun<unknown, unknown> = {
      id: row.id,
      user: row.user.id,
      input: JSON.parse(row.input),
      progress: JSON.parse(row.progress),
      advance: async (progress, done, total) => {
        if (this.#closed || this.#cancelled.has(row.id)) throw new Stopped()
        const place = JSON.stringify(progress)
        const due = performance.now() - told >= TELL_EVERY
        // How far it is matters to whoever looks on; only a new place to go on from has to be on disk each time.
        const keeps = due || place !== row.progress
        Object.assign(row, { progress: place, done, total, updatedAt: new Date() })
        if (keeps) await this.#keep(row)
        if (!due) return
        told = performance.now()
        this.#tell(row)
      },
    }
    this.#tell(row)
    try {
      row.report = await this.#kinds.get(row.kind)!.run(run)
      row.state = 'done'
    } catch (error) {
      if (error instanceof Stopped || this.#closed) return
      row.state = 'failed'
      row.report = error instanceof WikiError ? error.message : 'Something went wrong on our side.'
      this.wiring.log.error({ err: error, job: row.id, kind: row.kind }, 'a job failed')
    }
    row.updatedAt = new Date()
    await this.#keep(row)
    if (!this.#cancelled.has(row.id)) this.#tell(row)
  }

  /** A job that was cancelled meanwhile stays so. */
  async #keep({ id, state, progress, done, total, report, updatedAt }: JobRow): Promise<void> {
    await this.wiring.db
      .em()
      .nativeUpdate(Job, { id, state: 'running' }, { state, progress, done, total, report, updatedAt })
  }

  #tell(row: JobRow): void {
    this.wiring.announce('job:updated', { job: describe(row) }, { user: row.user.id })
  }
}

function describe(row: JobRow): JobShape {
  const { id, kind, state, words, done, total, report } = row
  const user = row.user.id
  const times = { createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() }
  return { id, kind, user, state, words, done, total, report, ...times }
}

/** The commands about jobs: everybody sees and ends their own, admins all. */
export function jobHandlers(jobs: Jobs): Pick<Handlers, 'job:list' | 'job:cancel'> {
  return {
    async 'job:list'({ all = false }, { actor }) {
      return { jobs: await jobs.list(all && actor.role === 'admin' ? null : actor.user!.id) }
    },
    async 'job:cancel'({ job }, { actor }) {
      return { job: await jobs.cancel(job, actor.role === 'admin' ? null : actor.user!.id) }
    },
  }
}
