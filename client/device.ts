// What this device keeps (IndexedDB): edits that are not acknowledged yet, copies of pages, recovery drafts.
// OutboxRow · Copy · Step · Draft · Device · device · changesWaiting · keptHere · dropChanges

import type { DBSchema, IDBPDatabase } from 'idb'
import type { Page } from '../shared/protocol.ts'

/** Yjs updates of one tab's client id that the server has not acknowledged. */
export interface OutboxRow {
  row?: number
  user: number
  page: number
  epoch: string
  client: number
  bytes: Uint8Array
  /** Milliseconds since 1970. */
  at: number
}

/** A page as this device saw it, whole. May hold edits that are still in the outbox. */
export interface Copy {
  user: number
  page: number
  epoch: string
  seq: number
  state: Uint8Array
  described: Page
}

/** What was added to a copy, up to `seq`. */
export interface Step {
  step?: number
  user: number
  page: number
  epoch: string
  seq: number
  updates: Uint8Array[]
}

/** Work that found no place on the server: its author can see, copy and discard it. */
export interface Draft {
  id: string
  user: number | null
  page: number | null
  title: string
  text: string
  /** Why it is here, as a sentence. */
  reason: string
  at: number
}

/** The device's tables. */
export interface Device extends DBSchema {
  outbox: { key: number; value: OutboxRow; indexes: { user: number; page: [number, number] } }
  copies: { key: [number, number]; value: Copy }
  steps: { key: number; value: Step; indexes: { page: [number, number] } }
  drafts: { key: string; value: Draft }
}

let opened: Promise<IDBPDatabase<Device>> | null = null

/**
 * The device's database.
 * @throws DOMException where the browser keeps none (private windows, no space), or another tab is in the way: callers go
 *   on without it and say so
 */
export function device(): Promise<IDBPDatabase<Device>> {
  opened ??= new Promise((resolve, reject) => {
    // Whoever waits goes on without it; as soon as the other tab is gone, it is there after all.
    const found = open(() => reject(new DOMException('Another tab uses an older database.', 'InvalidStateError')))
    found.then(
      db => {
        opened = found
        resolve(db)
      },
      error => {
        opened = null
        reject(error)
      },
    )
  })
  return opened
}

/**
 * How many changes of a user wait here to be sent.
 * @throws DOMException as `device`
 */
export async function changesWaiting(user: number): Promise<number> {
  return (await device()).countFromIndex('outbox', 'user', user)
}

/** That so many changes wait here, as the beginning of a sentence. */
export function keptHere(changes: number): string {
  return `${changes === 1 ? '1 change is' : `${changes.toLocaleString('en')} changes are`} kept on this device`
}

/**
 * Forgets changes that have found their place, by their rows.
 * @throws DOMException as `device`
 */
export async function dropChanges(rows: number[]): Promise<void> {
  if (rows.length === 0) return
  const tx = (await device()).transaction('outbox', 'readwrite')
  for (const row of rows) void tx.store.delete(row).catch(() => {})
  await tx.done
}

async function open(blocked: () => void): Promise<IDBPDatabase<Device>> {
  const { openDB } = await import('idb')
  return openDB<Device>('chorus', 2, {
    upgrade(db, old) {
      db.createObjectStore('steps', { keyPath: 'step', autoIncrement: true }).createIndex('page', ['user', 'page'])
      if (old > 0) return
      const outbox = db.createObjectStore('outbox', { keyPath: 'row', autoIncrement: true })
      outbox.createIndex('user', 'user')
      outbox.createIndex('page', ['user', 'page'])
      db.createObjectStore('copies', { keyPath: ['user', 'page'] })
      db.createObjectStore('drafts', { keyPath: 'id' })
    },
    blocked,
    terminated() {
      opened = null
    },
    // A newer version of this program wants to change the database: let it.
    blocking() {
      void opened?.then(db => db.close())
      opened = null
    },
  })
}
