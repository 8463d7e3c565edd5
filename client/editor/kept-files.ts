// Files that wait on this device until they have been sent, with the place in the text where each belongs.
// KeptFile · keptFiles

import { type DBSchema, type IDBPDatabase, openDB } from 'idb'

/** A file on its way. `place` is an encoded Yjs relative position, so that it stays right whatever others write. */
export interface KeptFile {
  id: string
  user: number
  page: number
  name: string
  type: string
  bytes: ArrayBuffer
  place: Uint8Array
  at: number
}

interface Schema extends DBSchema {
  files: { key: string; value: KeptFile; indexes: { page: [number, number] } }
}

let opened: Promise<IDBPDatabase<Schema>> | null = null

// A database of its own: pictures are large, and what people typed must not wait for them.
function device(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>('chorus-files', 1, {
    upgrade(db) {
      db.createObjectStore('files', { keyPath: 'id' }).createIndex('page', ['user', 'page'])
    },
    terminated() {
      opened = null
    },
    blocking() {
      void opened?.then(db => db.close())
      opened = null
    },
  })
  opened.catch(() => {
    opened = null
  })
  return opened
}

/** What waits. Each answers false, or nothing, where the browser keeps nothing. */
export const keptFiles = {
  async keep(file: KeptFile): Promise<boolean> {
    try {
      await (await device()).put('files', file)
      return true
    } catch {
      return false
    }
  },
  async of(user: number, page: number): Promise<KeptFile[]> {
    try {
      const found = await (await device()).getAllFromIndex('files', 'page', [user, page])
      return found.sort((a, b) => a.at - b.at)
    } catch {
      return []
    }
  },
  async forget(id: string): Promise<void> {
    await device().then(
      db => db.delete('files', id),
      () => {},
    )
  },
}
