// Thin Yjs side of the load generator: builds the update of one typed character and
// reads who/when out of an update without a Y.Doc. Format: Yjs update v1.
import * as Y from 'yjs'

export const BASE = 3000000000 // client ids BASE+i: as long on the wire as random ones
export const ROOT = 'text'
export const EMPTY = Uint8Array.of(0, 0)
export const EMPTY_SV = Uint8Array.of(0)
const ORIGIN_STRING = Uint8Array.of(0x84) // has an origin, content is a string

export class W {
  // tiny writer
  constructor(n = 64) {
    this.b = Buffer.allocUnsafe(n)
    this.p = 0
  }
  need(n) {
    if (this.p + n > this.b.length) {
      const c = Buffer.allocUnsafe((this.p + n) * 2)
      this.b.copy(c, 0, 0, this.p)
      this.b = c
    }
  }
  u(v) {
    this.need(8)
    while (v > 127) {
      this.b[this.p++] = 128 | (v % 128)
      v = Math.floor(v / 128)
    }
    this.b[this.p++] = v
    return this
  }
  bytes(x) {
    this.need(x.length)
    this.b.set(x, this.p)
    this.p += x.length
    return this
  }
  arr(x) {
    return this.u(x.length).bytes(x)
  }
  str(s) {
    return this.arr(Buffer.from(s))
  }
  done() {
    return this.b.subarray(0, this.p)
  }
}

export class R {
  // tiny reader
  constructor(b, p = 0) {
    this.b = b
    this.p = p
  }
  u() {
    let v = 0
    let m = 1
    let c
    do {
      c = this.b[this.p++]
      v += (c & 127) * m
      m *= 128
    } while (c > 127)
    return v
  }

  arr() {
    const n = this.u()
    this.p += n
    return this.b.subarray(this.p - n, this.p)
  }
  str() {
    const n = this.u()
    this.p += n
    return this.b.utf8Slice(this.p - n, this.p)
  }
}

// The update that a client with id `client` makes by typing one ASCII character
// behind its own last one (a new run at the start of the text for clock 0).
export function charUpdate(client, clock, code) {
  const w = new W(40)
  w.u(1).u(1).u(client).u(clock)
  if (clock === 0) w.u(4).u(1).str(ROOT)
  else
    w.bytes(ORIGIN_STRING)
      .u(client)
      .u(clock - 1)
  return w.u(1).u(code).u(0).done()
}

// Calls seen(client, clock, length) for each run of structs in an update.
export function scanUpdate(buf, seen) {
  const r = new R(buf)
  for (let nc = r.u(); nc > 0; nc--) {
    const ns = r.u()
    const client = r.u()
    let clock = r.u()
    const first = clock
    for (let i = 0; i < ns; i++) {
      const info = buf[r.p++]
      const ref = info & 31
      if (ref === 0 || ref === 10) {
        clock += r.u()
        continue
      }
      if (info & 0x80) {
        r.u()
        r.u()
      }
      if (info & 0x40) {
        r.u()
        r.u()
      }
      if ((info & 0xc0) === 0) {
        if (r.u() === 1) r.arr()
        else {
          r.u()
          r.u()
        }
        if (info & 0x20) r.arr()
      }
      if (ref === 4)
        clock += r.arr().length // ASCII only
      else if (ref === 1) clock += r.u()
      else throw new Error(`scanUpdate: content ${ref}`)
    }
    seen(client, first, clock - first)
  }
}

// A connection as the metrics see it. `open(conn)` must return a wire:
// { update(bytes), close(), sock } and call conn.gotState / conn.gotUpdate / conn.live().
export class YConn {
  constructor({ index, full = false, minState = 0, ydoc = null, lazy = false, warm = null }) {
    this.key = BASE + index
    this.clock = 0
    this.full = full || ydoc !== null
    this.doc = ydoc ?? (this.full ? new Y.Doc() : null)
    if (this.doc) this.txt = this.doc.getText(ROOT)
    this.minState = minState // synced only once a state of at least this many bytes came
    this.lazy = lazy // keep the bytes, do not scan
    this.warm = warm // { sv, full }: a client that comes back with all of the document
    this.onSeen = null
    this.waiting = [] // updates for the document, applied in one transaction
    this.syncBytes = 0
    this.t0 = performance.now()
    this.ready = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }

  sv() {
    return this.doc ? Y.encodeStateVector(this.doc) : (this.warm?.sv ?? EMPTY_SV)
  }
  state(sv) {
    // the answer to the server's state vector
    if (this.doc) return Y.encodeStateAsUpdate(this.doc, Uint8Array.from(sv))
    return this.warm && sv.length === 1 ? this.warm.full : EMPTY
  }

  gotState(u) {
    if (u.length > this.syncBytes) this.syncBytes = u.length
    if (this.doc) Y.applyUpdate(this.doc, u)
    else if (!this.lazy)
      scanUpdate(u, (c, k, n) => {
        if (c === this.key && k + n > this.clock) this.clock = k + n
      })
    if (u.length >= this.minState) this.live()
  }

  live() {
    if (this.syncedAt === undefined) {
      this.syncedAt = performance.now()
      this.resolve(this)
    }
  }

  gotUpdate(u) {
    if (u.length > 1000 && this.syncedAt === undefined) return this.gotState(u)
    if (this.doc) this.applySoon(u)
    if (this.onSeen !== null) scanUpdate(u, this.onSeen)
  }

  // What comes in one turn is one transaction: each costs time in proportion to the client ids, and is no server's cost.
  applySoon(u) {
    if (this.waiting.push(Buffer.from(u)) === 1) setImmediate(() => this.applyNow())
  }
  applyNow() {
    const updates = this.waiting
    this.waiting = []
    this.doc.transact(() => {
      for (const update of updates) Y.applyUpdate(this.doc, update)
    })
  }

  type() {
    // one character; its number in this writer's row
    const k = this.clock++
    this.wire.update(charUpdate(this.key, k, 97 + (k % 26)))
    return k
  }

  sendState(u) {
    this.wire.update(u)
  }
  length() {
    this.applyNow()
    return this.txt.length
  }
  cork() {
    this.wire.ws.cork()
  }
  uncork() {
    this.wire.ws.uncork()
  }
  get bytesIn() {
    return this.wire.ws.bytesIn
  }
  get framesIn() {
    return this.wire.ws.framesIn
  }
  get closed() {
    return this.wire.ws.closed
  }
  close() {
    this.wire.ws.close()
  }
}
