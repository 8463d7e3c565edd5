// The client's end of a room: keeps a replica in step with the server, and every unacknowledged edit on this device.
// Provider: what is known · opening · whether it is the same text · who may write · what is written · the end

import type * as Y from 'yjs'
import { WikiError } from '../../shared/errors.ts'
import type { Page, Payload, Presence, User } from '../../shared/protocol.ts'
import { toBase64 } from '../../shared/update.ts'
import type { Connection, Greeting } from '../connection.ts'
import { Arrivals } from './arrivals.ts'
import { Backoff } from './backoff.ts'
import { Comparison } from './comparison.ts'
import { openPages, type Pending } from './keep.ts'
import { People } from './people.ts'
import { ACK_LATE, Pushes } from './pushes.ts'
import { Replica } from './replica.ts'
import { type ProviderStatus, type Room, type RoomState, statusOf, whyReadOnly } from './status.ts'

/** Milliseconds that a page with a copy on this device waits for the server before it can be written offline. */
const COPY_PATIENCE = 2_000
/** Milliseconds that a whole page may take on a slow line. */
const OPEN_TIMEOUT = 30_000

const SIGNED_OUT = 'You are signed out. Sign in again; your changes are kept on this device and sent then.'
const OTHER_USER = 'Somebody else is signed in here now. Your changes stay on this device until you are back.'
const RESTORED = 'The wiki was restored from a backup. Load this page again.'
const UNKNOWN = 'This device held text that the wiki does not know. Load this page again.'
const DIVERGED = 'What this device showed was not what the wiki holds. Load this page again.'

/** A page's document, followed live. Create one per visit; a closed one stays closed. */
export class Provider implements Room {
  readonly doc: Y.Doc
  readonly text: Y.Text
  /** Resolves when the text is there, from the server or from this device. */
  readonly synced: Promise<void>
  #state: RoomState = 'loading'
  /** Why it is `paused` or `over`. */
  #why: string | null = null
  /** What is `over` has become a recovery draft. */
  #drafted = false
  /** Why this user may not write here, else null. */
  #readOnly: string | null
  #isSynced = false
  #resolveSynced!: () => void
  #useVector = true
  #gaps = 0
  readonly #page: Page
  readonly #user: User | null
  readonly #connection: Connection
  readonly #replica: Replica
  readonly #people: People
  readonly #arrivals: Arrivals
  readonly #pushes: Pushes
  readonly #comparison: Comparison
  readonly #backoff = new Backoff()
  readonly #listeners = new Set<(status: ProviderStatus) => void>()
  readonly #stop: (() => void)[]

  constructor({ page, user, connection }: { page: Page; user: User | null; connection: Connection }) {
    this.#page = page
    this.#user = user
    this.#connection = connection
    this.#readOnly = user && user.role !== 'reader' ? null : whyReadOnly(null)
    this.synced = new Promise(resolve => {
      this.#resolveSynced = resolve
    })
    const changed = () => this.#tell()
    this.#replica = new Replica(page, user, { wrote: one => this.#wrote(one), kept: changed })
    this.doc = this.#replica.doc
    this.text = this.#replica.text
    // Whoever only reads sends nothing: what an earlier visit left is sent by others.
    if (user) openPages.add(page.id)
    // What is told while the room opens may be newer than the answer that is on its way.
    this.#arrivals = new Arrivals(
      take => this.#replica.together(take),
      () => this.#state === 'opening',
    )
    const hear = (told: () => void) => this.#arrivals.hear(told)
    this.#pushes = new Pushes({
      ready: () => this.#state === 'open',
      send: update =>
        connection.request('page:push', { page: page.id, epoch: this.#replica.epoch!, update: toBase64(update) }),
      taken: done => this.#taken(done),
      refused: error => this.#pushRefused(error),
      changed,
    })
    this.#people = new People(page.id, connection, hear, changed)
    this.#comparison = new Comparison(
      () => connection.request('page:check', { page: page.id }),
      // While something is on its way the two texts may well differ.
      () => (this.#state === 'open' && !this.unacknowledged ? this.#replica.fingerprint() : null),
      again => this.#differs(again),
    )
    this.#stop = [
      connection.onState(() => this.#lineChanged()),
      connection.on('page:deleted', told => {
        if (told.page.id === page.id) void this.#park(`${told.by.username} deleted this page.`)
      }),
      connection.on('page:guarded', told => told.page.id === page.id && void this.#guarded(told)),
      connection.on('page:pushed', told => told.page === page.id && hear(() => this.#pushed(told))),
    ]
    void this.#begin()
  }

  // ---- what is known

  /** My own presence id, '' while the server does not have me in the room. */
  get presence(): string {
    return this.#people.own
  }

  /** Everyone else who is here. */
  get people(): readonly Presence[] {
    return this.#people.others
  }

  /** The number of the last edit that is in the document. */
  get seq(): number {
    return this.#replica.seq
  }

  /** Whether anything was written that the server has not acknowledged. */
  get unacknowledged(): boolean {
    return this.#pushes.length > 0
  }

  get status(): ProviderStatus {
    const { edits, late } = this.#pushes
    const { keep, whole } = this.#replica
    return statusOf({
      state: this.#state,
      why: this.#why,
      online: this.#connection.state === 'online',
      synced: this.#isSynced,
      hasText: whole,
      readOnly: this.#readOnly,
      keeps: keep !== null && !keep.failed,
      edits: edits.length,
      kept: edits.filter(one => one.row !== null).length,
      late,
      drafted: this.#drafted,
      people: this.people,
    })
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

  #markSynced(): void {
    if (this.#isSynced) return
    this.#isSynced = true
    this.#resolveSynced()
    this.#tell()
  }

  // ---- opening, and opening again

  async #begin(): Promise<void> {
    const kept = await this.#replica.keep?.load()
    if (this.#state !== 'loading') return
    if (kept) {
      this.#replica.found(kept)
      this.#pushes.add(...kept.pending)
      const { greeting } = this.#connection
      // Read only to be kept: this text belongs to a wiki that is no more.
      if (greeting && greeting.epoch !== kept.epoch) return this.#park(RESTORED, { all: true })
      if (kept.hasCopy) setTimeout(() => this.#state !== 'closed' && this.#markSynced(), COPY_PATIENCE)
    }
    this.#state = 'away'
    this.#lineChanged()
  }

  #lineChanged(): void {
    if (this.#state === 'loading' || this.#state === 'closed') return
    // What arrived over the old line is true, and counts before the new one is asked.
    this.#arrivals.take()
    if (this.#connection.state === 'online') void this.#openRoom()
    else {
      if (this.#state === 'open') this.#state = 'away'
      this.#people.clear()
      if (this.#connection.state === 'offline' && this.#replica.whole) this.#markSynced()
      // From here on the device may be all that there is: what is typed needs its page.
      void this.#replica.keep?.copy.write()
      this.#tell()
    }
  }

  async #openRoom(): Promise<void> {
    if (this.#state === 'opening' || this.#state === 'over' || this.#state === 'closed') return
    if (!this.#mayGoOn(this.#connection.greeting!)) return
    this.#state = 'opening'
    this.#why = null
    const page = this.#page.id
    try {
      const vector = this.#replica.epoch !== null && this.#useVector ? toBase64(this.#replica.vector()) : undefined
      const answer = await this.#connection.request('page:open', { page, vector }, { timeout: OPEN_TIMEOUT })
      if (!this.#isOpening()) {
        this.#connection.request('page:close', { page, presence: answer.presence }).catch(() => {})
        return
      }
      this.#people.reset(answer.people, answer.presence)
      const mine = new Set(this.#pushes.edits.map(({ client }) => client)).add(this.doc.clientID)
      if (answer.ahead.some(client => !mine.has(client))) return await this.#park(UNKNOWN, { all: true })
      this.#replica.opened(answer, vector !== undefined)
      this.#readOnly = answer.mayWrite ? null : whyReadOnly(answer.page.protection)
      this.#state = 'open'
      this.#backoff.reset()
      if (this.#readOnly !== null && this.unacknowledged) return await this.#park(this.#readOnly)
      this.#markSynced()
      this.#arrivals.take()
      this.#tell()
      this.#comparison.soon()
      void this.#pushes.push()
    } catch (error) {
      if (this.#isOpening()) await this.#openFailed(error)
    }
  }

  // Much may have happened while the answer was on its way.
  #isOpening(): boolean {
    return this.#state === 'opening'
  }

  #mayGoOn(greeting: Greeting): boolean {
    const { epoch } = this.#replica
    if (epoch !== null && greeting.epoch !== epoch) void this.#park(RESTORED, { all: true })
    else if (this.#user && greeting.user?.id !== this.#user.id) this.#pause(greeting.user ? OTHER_USER : SIGNED_OUT)
    else return true
    return false
  }

  #pause(why: string): void {
    this.#state = 'paused'
    this.#why = why
    if (this.#replica.whole) this.#markSynced()
    this.#tell()
  }

  async #openFailed(error: unknown): Promise<void> {
    this.#state = 'away'
    const code = error instanceof WikiError ? error.code : 'failed'
    if (code === 'missing') return this.#park('This page is gone.')
    if (code === 'forbidden') return this.#park('You may no longer read this page.')
    if (code === 'unauthenticated') {
      this.#pause(SIGNED_OUT)
      this.#markSynced()
      return
    }
    // A page of very many writers has a vector beyond the limit; then the whole page is asked for.
    if (code === 'too_large' || code === 'invalid') this.#useVector = false
    if (this.#connection.state !== 'online') return
    this.#backoff.again(() => this.#lineChanged(), error)
    this.#tell()
  }

  // ---- whether it is the same text, and who may write it

  // Once, everything is asked for again; what differs even then is beyond mending here.
  #differs(again: boolean): void {
    if (again) void this.#park(DIVERGED, { all: true })
    else {
      this.#useVector = false
      void this.#openRoom()
    }
  }

  // Work that is on its way is refused by then; the text stays on the screen.
  async #guarded({ page, by }: Payload<'page:guarded'>): Promise<void> {
    if (!this.#user || this.#user.role === 'admin') return
    const may = this.#user.role === 'editor' && page.protection === null
    if (may === (this.#readOnly === null)) return
    this.#readOnly = may ? null : whyReadOnly(page.protection, by.username)
    if (this.#readOnly !== null && this.unacknowledged) await this.#park(this.#readOnly)
    else this.#tell()
  }

  // ---- what is written, by others and here

  #pushed(told: Payload<'page:pushed'>): void {
    if (this.#state === 'open' && !this.#replica.pushed(told)) void this.#openRoom()
  }

  #wrote(one: Pending): void {
    this.#pushes.add(one)
    this.#pushes.watch()
    if (this.#pushes.length === 1 || this.#state !== 'open') this.#tell()
    void this.#pushes.push()
  }

  #taken(done: Pending[]): void {
    this.#gaps = 0
    this.#replica.keep?.acknowledge(done)
    this.#tell()
  }

  async #pushRefused(error: unknown): Promise<void> {
    const known = error instanceof WikiError ? error : null
    const reason = known?.details.reason
    if (known?.code === 'unauthenticated') {
      // What is opened anew meanwhile is told so itself.
      if (this.#state === 'open') this.#pause(SIGNED_OUT)
    } else if ((reason === 'gap' || reason === 'dangling') && this.#gaps < 2) {
      this.#gaps++
      if (this.#state === 'open') this.#state = 'away'
      queueMicrotask(() => void this.#openRoom())
    } else {
      await this.#park(known?.message ?? 'This edit cannot be sent.')
    }
  }

  /** Tells the others where my selection is: ends as base64 of `Y.encodeRelativePosition`, null when not in the text. */
  point(anchor: string | null, head: string | null): void {
    this.#people.point(anchor, head)
  }

  // ---- the end

  // The server refused: what is here goes where its author can see it, and this document is not used any further,
  // because it holds text that nobody else will ever have. With `all`, acknowledged text counts as work too.
  async #park(reason: string, { all = false } = {}): Promise<void> {
    if (this.#state === 'over' || this.#state === 'closed') return
    this.#state = 'over'
    this.#why = reason
    this.#markSynced()
    this.#tell()
    const { keep } = this.#replica
    const text = this.text.toString()
    if (this.unacknowledged || (all && text !== (await this.#textThere()))) {
      const kept = await keep?.park(text, reason).then(
        () => true,
        () => false,
      )
      this.#drafted = kept === true
      if (kept) this.#pushes.clear()
      const where = kept
        ? 'Your text is kept as a recovered draft.'
        : 'Copy your text now: this device could not keep it.'
      this.#why = `${reason} ${where}`
    } else await keep?.forget().catch(() => {})
    this.#tell()
  }

  async #textThere(): Promise<string | null> {
    try {
      return (await this.#connection.request('page:read', { page: this.#page.id })).content
    } catch {
      return null
    }
  }

  /** Sends what can still be sent, leaves the room and lets go of everything. What is unacknowledged stays on the device. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return
    // Whoever takes the text away from here takes all of it.
    this.#arrivals.take()
    if (this.#state === 'open' && this.unacknowledged) await this.#sent()
    this.#state = 'closed'
    for (const stop of this.#stop) stop()
    this.#arrivals.close()
    this.#pushes.stop()
    this.#backoff.stop()
    this.#comparison.stop()
    this.#people.close()
    if (this.#user) openPages.delete(this.#page.id)
    await this.#replica.keep?.close()
    const { presence } = this
    if (this.#connection.state === 'online' && presence !== '')
      await this.#connection.request('page:close', { page: this.#page.id, presence }).catch(() => {})
    // Whoever sends what is left on this device may have been waiting for this page.
    dispatchEvent(new Event('chorus:leftovers'))
    this.#listeners.clear()
    this.doc.destroy()
  }

  // Resolves when everything is acknowledged, or will not be for now.
  #sent(): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, ACK_LATE)
      const stop = this.onStatus(({ pending, save }) => {
        if (pending > 0 && save !== 'offline' && save !== 'signed-out') return
        clearTimeout(timer)
        stop()
        resolve()
      })
    })
  }
}
