// What was written here and has not come back from the server: even once acknowledged, the device's copy may lack it.
// Untold

import * as Y from 'yjs'

/** From where on each client's writing has not been told by the server. */
export class Untold {
  readonly #from = new Map<number, number>()

  /** This was written here. */
  wrote(update: Uint8Array): void {
    for (const [client, clock] of Y.parseUpdateMeta(update).from)
      this.#from.set(client, Math.min(clock, this.#from.get(client) ?? clock))
  }

  /** The server has told these, and `doc` holds them. */
  told(updates: Uint8Array[], doc: Y.Doc): void {
    if (this.#from.size === 0) return
    for (const [client, clock] of updates.flatMap(update => [...Y.parseUpdateMeta(update).to])) {
      const from = this.#from.get(client)
      if (from === undefined || clock <= from) continue
      if (clock >= Y.getState(doc.store, client)) this.#from.delete(client)
      else this.#from.set(client, clock)
    }
  }

  /** The state vector of what the server has told. */
  vector(doc: Y.Doc): Uint8Array {
    const vector = Y.decodeStateVector(Y.encodeStateVector(doc))
    for (const [client, clock] of this.#from)
      if (vector.has(client)) vector.set(client, Math.min(clock, vector.get(client)!))
    return Y.encodeStateVector(vector)
  }
}
