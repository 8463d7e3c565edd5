// A page while people have it open: its live document and the one queue through which every edit of it goes.
// Room (load · open · push · rewrite · checkpoint · retire · close)

import { randomBytes } from 'node:crypto'
import { WikiError } from '../../shared/errors.ts'
import { fingerprint } from '../../shared/fingerprint.ts'
import type { Change, Person, Presence } from '../../shared/protocol.ts'
import type { Entry, NewEntry } from '../db/log.ts'
import type { Connection, Wiring } from './context.ts'
import { changedLines } from './room-changes.ts'
import { base64, PageDocument } from './room-document.ts'
import { RoomPeople } from './room-people.ts'
import { RoomSessions } from './room-sessions.ts'
import { PageSize } from './room-size.ts'
import { rewritten } from './room-text.ts'
import { type Admitted, admit, type Known, measure } from './room-validator.ts'
import { type Budget, Work } from './room-work.ts'

type Task = { user: number; resolve(seq: number): void; reject(error: unknown): void } & (
  | { push: Uint8Array }
  | { rewrite: (text: string) => string; via: string }
)

/** A page as its row and its checkpoint have it. */
type Stored = NonNullable<Awaited<ReturnType<Wiring['db']['log']['load']>>>

/** What a room tells whoever keeps it. */
export interface RoomHooks {
  /** Its text has come to rest in the page's row. */
  folded(page: number): void
  /** Who is in it, or whether they write, may have changed; `gone` has just left. */
  attended(page: number, gone: Person | null): void
  /** It can no longer be trusted, and takes nothing more. */
  broken(room: Room): void
  /** What each user's pushes may cost, over all rooms. */
  work: Budget
}

/** A checkpoint follows this long after the first edit that it folds, in milliseconds. */
const CHECKPOINT_DELAY = 750
const CHECKPOINT_STROKE = 50

/** Two flushes of a crowd's room begin so many milliseconds apart, times the root of how many people are there. */
const WINDOW = 1.9
const CROWD = 10

/** The one place where a page's edits are ordered: committed first, applied and told after. */
export class Room {
  /** Who is here. */
  readonly people: RoomPeople
  readonly #document: PageDocument
  readonly #size: PageSize
  readonly #sessions = new RoomSessions()
  readonly #serverClients = new Map<number, number>()
  #owners = new Map<number, number>()
  #queue: Task[] = []
  #busy: Promise<void> | null = null
  #folding: Promise<void> | null = null
  #seq = 0
  #folded = 0
  #editor = 0
  #at = 0
  // Given up or closed: whoever still holds it asks for the page's next room.
  #over = false
  #fingerprint: { seq: number; fingerprint: string } | null = null
  #retired = false
  #flushed = 0
  #checkpointTimer: NodeJS.Timeout | null = null

  private constructor(
    readonly page: number,
    private readonly wiring: Wiring,
    private readonly hooks: RoomHooks,
    { snapshot, content, seq, editor, at }: Stored,
  ) {
    this.#document = new PageDocument(snapshot, content)
    this.#seq = this.#folded = seq
    this.#editor = editor
    this.#at = at
    this.people = new RoomPeople(page, wiring, gone => hooks.attended(page, gone))
    this.#size = new PageSize(wiring.config.limits.pageBytes, Buffer.byteLength(content))
  }

  /**
   * Reads a page's checkpoint and the entries behind it.
   * @throws WikiError `missing`; whatever the database throws, so that an unreadable page is never taken for an empty one
   */
  static async load(page: number, wiring: Wiring, hooks: RoomHooks): Promise<Room> {
    const { log } = wiring.db
    const checkpoint = await log.load(page)
    if (!checkpoint) throw new WikiError('missing', 'There is no such page.')
    const room = new Room(page, wiring, hooks, checkpoint)
    room.#owners = await log.clients(page)
    await room.#catchUp()
    if (room.#folded < room.#seq) {
      // An entry that does not fit is told to whoever opens the page, not found out when somebody writes.
      room.#document.live
      room.#scheduleCheckpoint()
    }
    return room
  }

  /** The page's text as it is on disk. */
  get text(): string {
    return this.#document.text
  }

  /** The lines that these entries of this page changed, as it stands now. */
  changes(entries: Pick<Entry, 'user' | 'bytes'>[]): Change[] {
    return changedLines(this.#document.live, entries)
  }

  /** What the page's row does not know yet. */
  get head(): { seq: number; editor: number; at: number } {
    return { seq: this.#seq, editor: this.#editor, at: this.#at }
  }

  /** A fingerprint of the text at `seq`, by which a copy elsewhere can tell whether it is the same. */
  get fingerprint(): { seq: number; fingerprint: string } {
    if (this.#fingerprint?.seq !== this.#seq)
      this.#fingerprint = { seq: this.#seq, fingerprint: fingerprint(this.text) }
    return this.#fingerprint
  }

  /** Whether nothing would be lost by forgetting this room. */
  get idle(): boolean {
    return this.people.size === 0 && !this.#busy && this.#queue.length === 0 && this.#folded === this.#seq
  }

  /**
   * Lets a connection in (or answers it again) with what its state vector lacks.
   * @throws WikiError `busy` when the room is full, `invalid` for a vector that cannot be read
   */
  open(
    connection: Connection,
    person: Person | null,
    vector: Uint8Array | null,
  ): { seq: number; update: string; ahead: number[]; presence: string; people: Presence[] } {
    const { update, ahead } = this.#document.lacking(vector)
    const presence = this.people.join(connection, person)
    return { seq: this.#seq, update, ahead, presence, people: this.people.shown }
  }

  /**
   * Takes a Yjs update of this user's and resolves with its number once it is on disk.
   * @throws WikiError as `admit` does; `too_large` when the page would be; `failed` when the disk refuses
   */
  push(user: number, update: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => this.#enqueue({ push: update, user, resolve, reject }))
  }

  /**
   * Rewrites the live text, word by word, and resolves with the number of the last entry. `rewrite` is called with the
   * text as it stands when its turn comes; `via` names the command that asks.
   * @throws what `rewrite` throws, having changed nothing; WikiError `too_large`, `failed`
   */
  rewrite(user: number, rewrite: (text: string) => string, via = 'page:edit'): Promise<number> {
    return new Promise((resolve, reject) => this.#enqueue({ rewrite, via, user, resolve, reject }))
  }

  #enqueue(task: Task): void {
    if (this.#over) {
      task.reject(new WikiError('busy', 'This page is being read anew. Try again in a moment.', { retryAfter: 1 }))
      return
    }
    if (this.#retired) {
      task.reject(new WikiError('missing', 'This page was deleted.'))
      return
    }
    this.#queue.push(task)
    this.#busy ??= this.#drain()
  }

  // Waits for the rest of this turn of the event loop; in a crowd a flush follows the last one after a while that grows
  // with it, so that n typists cost n frames per flush, not n².
  async #gather(): Promise<void> {
    const { size } = this.people
    const wait = size < CROWD ? 0 : this.#flushed + WINDOW * Math.sqrt(size) - performance.now()
    await new Promise<void>(resolve => {
      if (wait < 1) setImmediate(resolve)
      else setTimeout(resolve, wait)
    })
    this.#flushed = performance.now()
  }

  async #drain(): Promise<void> {
    await this.#gather()
    while (this.#queue.length > 0) {
      let tasks: Task[] = []
      try {
        const batch = this.#admitBatch()
        tasks = batch.tasks
        if (tasks.length > 0) await this.#commit(batch.entries, tasks)
      } catch (error) {
        for (const task of [...tasks, ...this.#queue.splice(0)]) task.reject(error)
        this.#giveUp(error)
      }
      if (this.#queue.length > 0) await this.#gather()
    }
    this.#busy = null
  }

  // Pushes are taken as long as each can be judged by the document and the clocks of this batch; one that cannot waits
  // for the next batch, and a server's edit, which reads the text, has a batch of its own.
  #admitBatch(): { entries: NewEntry[]; tasks: Task[] } {
    const entries: NewEntry[] = []
    const tasks: Task[] = []
    const pending = new Map<number, { clock: number; user: number }>()
    const { pushSteps } = this.wiring.config.limits
    const work = new Work(this.#document.live, pushSteps)
    this.#size.begin()
    while (this.#queue.length > 0) {
      const task = this.#queue[0]!
      const rewrites = 'rewrite' in task
      if (rewrites && entries.length > 0) break
      try {
        const admitted = rewrites
          ? this.#compute(task.user, task.rewrite)
          : this.#judge(task.user, task.push, pending, work)
        if (admitted === 'later') break
        this.#queue.shift()
        if (admitted === null) task.resolve(this.#seq)
        else {
          if (!rewrites) this.#size.grow(admitted.inserted, () => this.text)
          const { bytes, client, clock, added, removed } = admitted
          const clients = client !== null && !this.#owners.has(client) && !pending.has(client) ? [client] : []
          if (client !== null) pending.set(client, { clock, user: task.user })
          const via = rewrites ? task.via : 'page:push'
          entries.push({ user: task.user, via, at: Date.now(), bytes, clients, added, removed })
          tasks.push(task)
        }
      } catch (error) {
        if (this.#queue[0] === task) this.#queue.shift()
        task.reject(error)
        // What was counted for it belongs to no entry: the next batch counts anew.
        if (error instanceof WikiError && error.code === 'too_large') break
      }
      if (rewrites) break
    }
    return { entries, tasks }
  }

  #judge(user: number, update: Uint8Array, pending: Known['pending'], work: Work): Admitted | null | 'later' {
    this.hooks.work.mayGoOn(`u${user}`)
    const before = work.cost
    const known = { doc: this.#document.live, owners: this.#owners, pending, work }
    try {
      return admit(update, user, known, this.wiring.config.limits)
    } catch (error) {
      const reason = error instanceof WikiError ? error.details.reason : undefined
      if (pending.size > 0 && (reason === 'gap' || reason === 'dangling' || reason === 'too-dear')) return 'later'
      throw error
    } finally {
      this.hooks.work.spend(`u${user}`, work.cost - before)
    }
  }

  #compute(user: number, change: (text: string) => string): Admitted | null {
    const before = this.text
    const after = change(before)
    if (after === before) return null
    this.#size.replace(before, after)
    const made = rewritten(this.#document.live, this.#serverClient(user), after)
    return { ...made, inserted: 0, ...measure(made.bytes) }
  }

  // A client id of their own for the server's edits in an actor's name, never used by two starts of the process.
  #serverClient(user: number): number {
    let client = this.#serverClients.get(user)
    if (client === undefined) {
      do client = randomBytes(4).readUInt32LE()
      while (this.#owners.has(client))
      this.#serverClients.set(user, client)
    }
    return client
  }

  async #commit(entries: NewEntry[], tasks: Task[]): Promise<void> {
    const { log } = this.wiring.db
    try {
      if (!(await log.append(this.page, this.#seq, entries))) {
        this.#size.takeBack()
        await this.#catchUp()
        this.#queue.unshift(...tasks)
        return
      }
    } catch (error) {
      this.#size.takeBack()
      this.wiring.diskFailed(error)
      for (const task of tasks)
        task.reject(
          new WikiError('failed', 'The server could not write this to its disk. It is tried again.', {
            reason: 'storage',
          }),
        )
      return
    }
    this.#apply(entries)
    this.wiring.announce(
      'page:pushed',
      { page: this.page, seq: this.#seq, edits: entries.map(({ user, bytes }) => ({ user, update: base64(bytes) })) },
      { room: this.page },
    )
    const first = this.#seq - entries.length + 1
    for (const [i, task] of tasks.entries()) {
      if ('push' in task) this.people.wrote(task.user)
      task.resolve(first + i)
    }
    this.#scheduleCheckpoint()
  }

  #apply(entries: NewEntry[]): void {
    this.#document.apply(entries.map(({ bytes }) => bytes))
    for (const { user, clients } of entries) for (const client of clients) this.#owners.set(client, user)
    for (const entry of entries) this.#sessions.add(entry, ++this.#seq)
    const last = entries.at(-1)!
    this.#editor = last.user
    this.#at = last.at
  }

  async #catchUp(): Promise<void> {
    const entries = await this.wiring.db.log.read(this.page, this.#seq)
    if (entries.length === 0) return
    this.#owners = await this.wiring.db.log.clients(this.page)
    const measured = entries.map(entry => ({ ...entry, clients: [], ...measure(entry.bytes) }))
    this.#apply(measured)
    for (const { bytes } of entries) this.#size.met(bytes.length)
  }

  // What is in memory may differ from the disk: it is forgotten, so that the next caller reads the page anew.
  #giveUp(error: unknown): void {
    this.wiring.log.fatal({ err: error, page: this.page }, 'a room is given up')
    this.#over = true
    if (this.#checkpointTimer) clearTimeout(this.#checkpointTimer)
    this.hooks.broken(this)
    this.people.drop()
  }

  #scheduleCheckpoint(): void {
    if (this.#over) return
    // At the next stroke of one clock for all rooms: what they write down together is one commit, and told in one go.
    const now = performance.now()
    const stroke = Math.ceil((now + CHECKPOINT_DELAY) / CHECKPOINT_STROKE) * CHECKPOINT_STROKE
    this.#checkpointTimer ??= setTimeout(() => {
      this.#checkpointTimer = null
      void this.checkpoint()
    }, stroke - now)
  }

  /** Folds the log into the page's row, now; resolves when everything accepted so far is folded or the disk refused. */
  async checkpoint(): Promise<void> {
    if (this.#checkpointTimer) clearTimeout(this.#checkpointTimer)
    this.#checkpointTimer = null
    await this.#folding
    if (this.#folded === this.#seq || this.#over) return
    this.#folding = this.#fold().finally(() => {
      this.#folding = null
    })
    await this.#folding
  }

  async #fold(): Promise<void> {
    const { seq, editor, at } = this.head
    let content: string
    let snapshot: Uint8Array
    try {
      content = this.text
      snapshot = this.#document.state
    } catch (error) {
      this.#giveUp(error)
      return
    }
    this.#size.counted(content)
    const sessions = this.#sessions.take()
    try {
      await this.wiring.db.log.checkpoint(this.page, {
        seq,
        content,
        snapshot,
        editor,
        at,
        sessions,
      })
      this.#folded = seq
      this.hooks.folded(this.page)
    } catch (error) {
      this.#sessions.putBack(sessions)
      this.wiring.diskFailed(error)
      this.#scheduleCheckpoint()
    }
  }

  /** Takes nothing more from now on; resolves when what was accepted before is folded. */
  async retire(): Promise<void> {
    this.#retired = true
    await this.#busy
    await this.checkpoint()
  }

  /** Waits for what is under way, folds the log and stops the clocks. */
  async close(): Promise<void> {
    await this.#busy
    await this.checkpoint()
    this.#over = true
    this.people.close()
    if (this.#checkpointTimer) clearTimeout(this.#checkpointTimer)
    this.#document.destroy()
  }
}
