// The client's end of a room: keeps the document in step with the server, and every unacknowledged edit on this device.
// SaveState · ProviderStatus · Provider

import * as Y from 'yjs'
import { textOf } from '../../shared/document.ts'
import { WikiError } from '../../shared/errors.ts'
import { fingerprint } from '../../shared/fingerprint.ts'
import type { Page, Payload, Presence, User } from '../../shared/protocol.ts'
import { fromBase64, toBase64 } from '../../shared/update.ts'
import type { Connection, Greeting } from '../connection.ts'
import { Arrivals } from './arrivals.ts'
import { Backoff } from './backoff.ts'
import { Comparison } from './comparison.ts'
import { Keep, openPages, type Pending } from './keep.ts'
import { People } from './people.ts'
import { ACK_LATE, Pushes } from './pushes.ts'
import { Untold } from './untold.ts'

/** What the save light says; see DESIGN promise 4. */
export type SaveState = 'loading' | 'saved' | 'saving' | 'offline' | 'signed-out' | 'unsaved'

/** Everything a view needs to show about a room. */
export interface ProviderStatus {
  save: SaveState
  /** Edits of this tab (and of earlier ones on this device) that the server has not acknowledged. */
  pending: number
  writable: boolean
  /** Everyone else who is here. */
  people: readonly Presence[]
  /** What a person should know, where the state alone does not say it. */
  message?: string
  /** The text has become a recovery draft. */
  drafted?: boolean
}

/** Milliseconds that a page with a copy on this device waits for the server before it can be written offline. */
const COPY_PATIENCE = 2_000
/** Milliseconds that a whole page may take on a slow line. */
const OPEN_TIMEOUT = 30_000

const SIGNED_OUT = 'You are signed out. Sign in again; your changes are kept on this device and sent then.'
const OTHER_USER = 'Somebody else is signed in here now. Your changes stay on this device until you are back.'
const RESTORED = 'The wiki was restored from a backup. Load this page again.'
const UNKNOWN = 'This device held text that the wiki does not know. Load this page again.'
const DIVERGED = 'What this device showed was not what the wiki holds. Load this page again.'
const READ_ONLY = 'Your account may read this page, but not change it.'
const NOT_KEPT = 'This browser keeps nothing on this device. Copy your text before you close this tab.'

/** A page's document, followed live. Create one per visit; a closed one stays closed. */
export class Provider {
  readonly doc = new Y.Doc()
  readonly text = textOf(this.doc)
  /** Resolves when the text is there, from the server or from this device. */
  readonly synced: Promise<void>
  readonly #page: Page
  readonly #user: User | null
  readonly #connection: Connection
  readonly #listeners = new Set<(status: ProviderStatus) => void>()
  readonly #stop: (() => void)[] = []
  readonly #people: People
  readonly #keep: Keep | null
  readonly #comparison: Comparison
  #diverged = false
  #epoch: string | null = null
  #seq = 0
  #isSynced = false
  #markSynced!: () => void
  #begun = false
  #hasCopy = false
  #open = false
  #opening = false
  readonly #arrivals: Arrivals
  readonly #pushes: Pushes
  readonly #untold = new Untold()
  readonly #backoff = new Backoff()
  #useVector = true
  #gaps = 0
  #mayWrite: boolean
  /** Why only admins may write here, where that keeps this user from it. */
  #guard: string | null = null
  #refused: string | null = null
  #drafted = false
  #paused: string | null = null
  #closed = false

  constructor({ page, user, connection }: { page: Page; user: User | null; connection: Connection }) {
    this.#page = page
    this.#user = user
    this.#connection = connection
    this.synced = new Promise(resolve => {
      this.#markSynced = () => {
        if (this.#isSynced) return
        this.#isSynced = true
        resolve()
        this.#tell()
      }
    })
    this.#mayWrite = user !== null && user.role !== 'reader'
    this.#keep =
      user &&
      new Keep(
        user.id,
        page,
        () => Y.encodeStateAsUpdate(this.doc),
        () => this.#tell(),
      )
    // Whoever only reads sends nothing: what an earlier visit left is sent by others.
    if (user) openPages.add(page.id)
    // What is told while the room opens may be newer than the answer that is on its way.
    this.#arrivals = new Arrivals(
      take => this.doc.transact(take, this),
      () => this.#opening,
    )
    const hear = (told: () => void) => this.#arrivals.hear(told)
    this.#pushes = new Pushes({
      ready: () => this.#open && this.#epoch !== null,
      send: update => connection.request('page:push', { page: page.id, epoch: this.#epoch!, update: toBase64(update) }),
      taken: done => this.#taken(done),
      refused: error => this.#pushRefused(error),
      changed: () => this.#tell(),
    })
    this.#people = new People(page.id, connection, hear, () => this.#tell())
    this.#comparison = new Comparison(
      () => connection.request('page:check', { page: page.id }),
      () => this.#fingerprint(),
      same => this.#compared(same),
    )
    this.doc.on('update', (bytes: Uint8Array, origin: unknown) => {
      if (origin !== this) this.#wrote(bytes)
    })
    this.#stop.push(
      connection.onState(() => this.#lineChanged()),
      connection.on('page:deleted', told => {
        if (told.page.id === page.id) void this.#park(`${told.by.username} deleted this page.`)
      }),
      connection.on('page:guarded', told => told.page.id === page.id && void this.#guarded(told)),
      connection.on('page:pushed', told => told.page === page.id && hear(() => this.#pushed(told))),
    )
    void this.#begin()
  }

  // ---- what is known

  /** My own presence id, '' until the room is open. */
  get presence(): string {
    return this.#people.own
  }

  /** Everyone else who is here. */
  get people(): readonly Presence[] {
    return this.#people.others
  }

  /** The number of the last edit that is in the document. */
  get seq(): number {
    return this.#seq
  }

  get status(): ProviderStatus {
    const message =
      this.#refused ?? this.#paused ?? this.#notKept() ?? (this.#mayWrite ? undefined : (this.#guard ?? READ_ONLY))
    return {
      save: this.#save(),
      pending: this.#count(),
      writable: this.#isSynced && this.#epoch !== null && this.#mayWrite && !this.#refused && !this.#paused,
      people: this.#people.others,
      ...(message === undefined ? {} : { message }),
      ...(this.#drafted && { drafted: true }),
    }
  }

  /** Whether anything was written that the server has not acknowledged. */
  get unacknowledged(): boolean {
    return this.#pushes.length > 0
  }

  #save(): SaveState {
    if (this.#refused) return 'unsaved'
    if (!this.#isSynced && !(this.#paused && this.unacknowledged)) return 'loading'
    // While the room is opened again, only what is unacknowledged matters.
    if (this.#away) return this.#notKept() ? 'unsaved' : this.#paused ? 'signed-out' : 'offline'
    if (!this.unacknowledged) return 'saved'
    return this.#pushes.late ? 'unsaved' : 'saving'
  }

  /** Nothing can be sent: there is no line, or nobody is signed in on it who may. */
  get #away(): boolean {
    return !this.#open && (this.#paused !== null || this.#connection.state !== 'online')
  }

  // Only what is written on this device counts then: that is what the light says.
  #count(): number {
    const { edits } = this.#pushes
    return this.#away && !this.#notKept() ? edits.filter(one => one.row !== null).length : edits.length
  }

  #notKept(): string | undefined {
    return this.unacknowledged && !this.#open && (!this.#keep || this.#keep.failed) ? NOT_KEPT : undefined
  }

  /** Calls back at every change of status; returns how to stop. */
  onStatus(listener: (status: ProviderStatus) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(): void {
    const { status } = this
    for (const listener of this.#listeners) listener(status)
  }

  // ---- opening, and opening again

  async #begin(): Promise<void> {
    const kept = await this.#keep?.load()
    if (this.#closed) return
    if (kept) {
      const greeting = this.#connection.greeting
      if (greeting && greeting.epoch !== kept.epoch) {
        // Read only to be kept: this text belongs to a wiki that is no more.
        this.#apply(kept.updates)
        this.#pushes.add(...kept.pending)
        await this.#park(RESTORED, { all: true })
        return
      } else {
        this.#apply(kept.updates)
        this.#epoch = kept.epoch
        this.#seq = kept.seq
        this.#pushes.add(...kept.pending)
        for (const { bytes } of kept.pending) this.#untold.wrote(bytes)
        if (kept.hasCopy) setTimeout(() => !this.#closed && this.#markSynced(), COPY_PATIENCE)
        this.#hasCopy = kept.hasCopy
      }
    }
    this.#begun = true
    this.#lineChanged()
  }

  #lineChanged(): void {
    if (this.#closed || !this.#begun) return
    // What arrived over the old line is true, and counts before the new one is asked.
    this.#arrivals.take()
    if (this.#connection.state === 'online') void this.#openRoom()
    else {
      this.#open = false
      this.#people.clear()
      if (this.#connection.state === 'offline' && this.#hasCopy) this.#markSynced()
      // From here on the device may be all that there is: what is typed needs its page.
      void this.#keep?.copy.write()
      this.#tell()
    }
  }

  async #openRoom(): Promise<void> {
    if (this.#opening || this.#closed || this.#refused || !this.#mayGoOn(this.#connection.greeting!)) return
    this.#opening = true
    this.#open = false
    try {
      const known = this.#epoch !== null && this.#useVector
      const onCopy = known && this.#hasCopy
      const vector = known ? toBase64(this.#untold.vector(this.doc)) : undefined
      const page = this.#page.id
      const answer = await this.#connection.request('page:open', { page, vector }, { timeout: OPEN_TIMEOUT })
      this.#opening = false
      if (this.#closed) {
        this.#connection.request('page:close', { page, presence: answer.presence }).catch(() => {})
        return
      }
      const mine = new Set(this.#pushes.edits.map(({ client }) => client)).add(this.doc.clientID)
      if (answer.ahead.some(client => !mine.has(client))) {
        await this.#park(UNKNOWN, { all: true })
        return
      }
      const news = fromBase64(answer.update)
      this.#apply([news])
      if (!onCopy) this.#keep?.copy.whole(answer.epoch, answer.seq, news)
      else if (answer.seq !== this.#seq) this.#keep?.copy.step(answer.epoch, answer.seq, [news])
      this.#epoch = answer.epoch
      this.#seq = answer.seq
      this.#mayWrite = answer.mayWrite
      this.#guard = answer.mayWrite ? null : guardWords(answer.page.protection)
      this.#open = true
      this.#hasCopy = true
      this.#backoff.reset()
      if (!answer.mayWrite && this.unacknowledged) {
        await this.#park(this.#guard ?? READ_ONLY)
        return
      }
      this.#markSynced()
      this.#people.reset(answer.people, answer.presence)
      this.#arrivals.take()
      this.#tell()
      this.#comparison.soon()
      void this.#pushes.push()
    } catch (error) {
      this.#opening = false
      await this.#openFailed(error)
    }
  }

  #mayGoOn(greeting: Greeting): boolean {
    this.#paused = null
    if (this.#epoch !== null && greeting.epoch !== this.#epoch) {
      void this.#park(RESTORED, { all: true })
      return false
    }
    if (this.#user && greeting.user?.id !== this.#user.id) {
      this.#paused = greeting.user ? OTHER_USER : SIGNED_OUT
      this.#tell()
      return false
    }
    return true
  }

  async #openFailed(error: unknown): Promise<void> {
    const code = error instanceof WikiError ? error.code : 'failed'
    if (code === 'missing' || code === 'forbidden') {
      const why = code === 'missing' ? 'This page is gone.' : 'You may no longer read this page.'
      await this.#park(why)
      return
    }
    if (code === 'unauthenticated') {
      this.#paused = SIGNED_OUT
      this.#markSynced()
      this.#tell()
      return
    }
    // A page of very many writers has a vector beyond the limit; then the whole page is asked for.
    if (code === 'too_large' || code === 'invalid') this.#useVector = false
    if (this.#connection.state !== 'online' || this.#closed) return
    this.#backoff.again(() => this.#lineChanged(), error)
    this.#tell()
  }

  // ---- whether it is the same text

  // While something is on its way the two texts may well differ.
  #fingerprint(): { seq: number; fingerprint: string } | null {
    if (!this.#open || this.unacknowledged || this.#refused) return null
    return { seq: this.#seq, fingerprint: fingerprint(this.text.toString()) }
  }

  #compared(same: boolean): void {
    if (same) {
      this.#diverged = false
      return
    }
    // Once, everything is asked for again; what differs even then is beyond mending here.
    if (this.#diverged) void this.#park(DIVERGED, { all: true })
    else {
      this.#diverged = true
      this.#useVector = false
      void this.#openRoom()
    }
  }

  // Work that is on its way is refused by then; the text stays on the screen.
  async #guarded({ page, by }: Payload<'page:guarded'>): Promise<void> {
    if (!this.#user || this.#user.role === 'admin') return
    const may = this.#user.role === 'editor' && page.protection === null
    if (may === this.#mayWrite) return
    this.#mayWrite = may
    this.#guard = may ? null : guardWords(page.protection, by.username)
    if (!may && this.unacknowledged) await this.#park(this.#guard ?? READ_ONLY)
    else this.#tell()
  }

  // ---- what others wrote

  #pushed(told: Payload<'page:pushed'>): void {
    if (!this.#open || told.seq <= this.#seq) return
    if (told.seq - told.edits.length > this.#seq) {
      // Something was told that did not arrive.
      void this.#openRoom()
      return
    }
    const updates = told.edits.map(edit => fromBase64(edit.update))
    this.#apply(updates)
    this.#seq = told.seq
    if (this.#epoch !== null) this.#keep?.copy.step(this.#epoch, told.seq, updates)
  }

  #apply(updates: Uint8Array[]): void {
    this.doc.transact(() => {
      for (const update of updates) Y.applyUpdate(this.doc, update, this)
    }, this)
    this.#untold.told(updates, this.doc)
  }

  // ---- what is written here

  #wrote(bytes: Uint8Array): void {
    const one: Pending = { client: this.doc.clientID, bytes, row: null, acknowledged: false }
    this.#pushes.add(one)
    this.#untold.wrote(bytes)
    if (this.#epoch !== null) this.#keep?.add(one, this.#epoch)
    this.#pushes.watch()
    if (this.#pushes.length === 1 || !this.#open) this.#tell()
    void this.#pushes.push()
  }

  #taken(done: Pending[]): void {
    this.#gaps = 0
    this.#keep?.acknowledge(done)
    this.#tell()
  }

  async #pushRefused(error: unknown): Promise<void> {
    const known = error instanceof WikiError ? error : null
    const reason = known?.details.reason
    if (known?.code === 'unauthenticated') {
      this.#open = false
      this.#paused = SIGNED_OUT
      this.#tell()
    } else if ((reason === 'gap' || reason === 'dangling') && this.#gaps < 2) {
      this.#gaps++
      this.#open = false
      queueMicrotask(() => void this.#openRoom())
    } else {
      await this.#park(known?.message ?? 'This edit cannot be sent.')
    }
  }

  // The server refused: what is here goes where its author can see it, and this document is not used any further,
  // because it holds text that nobody else will ever have. With `all`, acknowledged text counts as work too.
  async #park(reason: string, { all = false } = {}): Promise<void> {
    if (this.#refused) return
    this.#refused = reason
    this.#open = false
    this.#markSynced()
    this.#tell()
    const text = this.text.toString()
    const work = this.unacknowledged || (all && text !== (await this.#textThere()))
    if (!work) {
      await this.#keep?.forget().catch(() => {})
      this.#tell()
      return
    }
    try {
      if (!this.#keep) throw new Error('Nothing is kept for guests.')
      await this.#keep.park(text, reason)
      this.#pushes.clear()
      this.#drafted = true
      this.#refused = `${reason} Your text is kept as a recovered draft.`
    } catch {
      this.#refused = `${reason} Copy your text now: this device could not keep it.`
    }
    this.#tell()
  }

  async #textThere(): Promise<string | null> {
    try {
      return (await this.#connection.request('page:read', { page: this.#page.id })).content
    } catch {
      return null
    }
  }

  /** Tells the others where my selection is: ends as base64 of `Y.encodeRelativePosition`, null when not in the text. */
  point(anchor: string | null, head: string | null): void {
    this.#people.point(anchor, head)
  }

  /** Sends what can still be sent, leaves the room and lets go of everything. What is unacknowledged stays on the device. */
  async close(): Promise<void> {
    if (this.#closed) return
    // Whoever takes the text away from here takes all of it.
    this.#arrivals.take()
    if (this.#open && this.unacknowledged)
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, ACK_LATE)
        const stop = this.onStatus(({ pending, save }) => {
          if (pending > 0 && save !== 'offline') return
          clearTimeout(timer)
          stop()
          resolve()
        })
      })
    this.#closed = true
    for (const stop of this.#stop) stop()
    this.#arrivals.close()
    this.#pushes.stop()
    this.#backoff.stop()
    this.#comparison.stop()
    this.#people.close()
    if (this.#user) openPages.delete(this.#page.id)
    await this.#keep?.close()
    if (this.#connection.state === 'online' && this.#open)
      await this.#connection.request('page:close', { page: this.#page.id, presence: this.presence }).catch(() => {})
    // Whoever sends what is left on this device may have been waiting for this page.
    dispatchEvent(new Event('chorus:leftovers'))
    this.#open = false
    this.#listeners.clear()
    this.doc.destroy()
  }
}

function guardWords(protection: string | null, by?: string): string | null {
  if (protection === null) return null
  const why = protection === '' ? '' : ` “${protection}”`
  return by
    ? `${by} protected this page: only admins can change it now.${why}`
    : `This page is protected: only admins can change it.${why}`
}
