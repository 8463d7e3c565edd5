// Chorus itself, over its real API: accounts with passwords, sessions, an Origin, one acknowledged push per edit.
// Runs here and in any harness whose drivers look the same (name the checkout in CHORUS_DIR).

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as Y from 'yjs'
import { Eio } from '../lib/eio.mjs'
import { sleep } from '../lib/machine.mjs'
import { madeUp } from '../lib/pages.mjs'
import { R, scanUpdate, W, YConn } from '../lib/yjs.mjs'

const CHORUS = process.env.CHORUS_DIR ?? fileURLToPath(new URL('../..', import.meta.url))
/** The root type of a page's document, and how many tabs one account may have open. */
const TEXT = 'text'
const TABS = 20
/** Bytes of an answer that is only measured by whoever does not look into it. */
const LARGE = 10_000
/** Runs of one push, and deleted ranges. */
const PART = 2_000
/** A run of text that names what it stands behind. */
const BEHIND = Uint8Array.of(0x84)

/** The database of a server that is stopped for it. */
async function opened(server) {
  await server.kill('SIGTERM')
  const { default: Sqlite } = await import(`${CHORUS}/node_modules/better-sqlite3/lib/index.js`)
  return new Sqlite(`${server.dir}/chorus.sqlite`)
}

const accounts = new Map()
const pages = new Map()

async function post(port, command, payload, cookie = '') {
  const response = await fetch(`http://127.0.0.1:${port}/api/${command}`, {
    method: 'POST',
    headers: { Origin: `http://127.0.0.1:${port}`, 'Content-Type': 'application/json', Cookie: cookie },
    body: JSON.stringify(payload),
  })
  const answer = await response.json()
  if (!answer.ok) throw Object.assign(new Error(`${command}: ${answer.error.message}`), answer.error)
  return { value: answer.value, cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? '' }
}

// Kept over restarts of one server, as its database is.
function once(known, key, make) {
  if (!known.has(key)) known.set(key, make())
  return known.get(key)
}

const account = (port, number) =>
  once(accounts, number, async () => {
    if (number > 0) await account(port, 0)
    return (await post(port, 'user:register', { username: `bench ${number}`, password: 'typing as fast as I can' }))
      .cookie
  })

const pageOf = (port, doc) =>
  once(pages, doc, async () => (await post(port, 'page:create', { title: doc }, await account(port, 0))).value.id)

/** Goes through an update, telling where each run's parent is named, and where what is deleted begins. */
function walk(update, seen) {
  const r = new R(update)
  for (let clients = r.u(); clients > 0; clients--) {
    let runs = r.u()
    const client = r.u()
    let clock = r.u()
    for (; runs > 0; runs--) {
      const info = update[r.p++]
      const ids = []
      if (info & 0x80) ids.push(r.u(), r.u())
      if (info & 0x40) ids.push(r.u(), r.u())
      if ((info & 0xc0) === 0) {
        r.u()
        r.str()
      }
      const text = (info & 31) === 4 ? r.str() : null
      const length = text === null ? r.u() : text.length
      seen({ client, clock, info, ids, text, length })
      clock += length
    }
  }
  return r.p
}

/** A whole document as updates that may be pushed: under our root, a few thousand runs each. */
function parts(update) {
  const groups = []
  const end = walk(update, run => {
    const last = groups.at(-1)
    if (last?.[0].client === run.client && last.length < PART) last.push(run)
    else groups.push([run])
  })
  const updates = groups.map(runs => {
    const w = new W(65_536).u(1).u(runs.length).u(runs[0].client).u(runs[0].clock)
    for (const { info, ids, text, length } of runs) {
      w.bytes(Uint8Array.of(info))
      for (const id of ids) w.u(id)
      if (ids.length === 0) w.u(1).str(TEXT)
      if (text === null) w.u(length)
      else w.str(text)
    }
    return w.u(0).done()
  })
  if (update[end] !== 0) updates.push(Buffer.concat([Uint8Array.of(0), update.subarray(end)]))
  return updates
}

/** The update of one typed character, as `charUpdate`, under our root. */
function typed(client, clock) {
  const w = new W(48).u(1).u(1).u(client).u(clock)
  if (clock === 0) w.u(4).u(1).str(TEXT)
  else
    w.bytes(BEHIND)
      .u(client)
      .u(clock - 1)
  return w
    .u(1)
    .u(97 + (clock % 26))
    .u(0)
    .done()
}

/** A document that somebody wrote in one go. */
function whole(client, text) {
  const w = new W(text.length + 64).u(1).u(1).u(client).u(0)
  return w.u(4).u(1).str(TEXT).str(text).u(0).done()
}

// Everyone in a room gets the same bytes: they are read once for all of them.
let lastFrame = Buffer.alloc(0)
let lastRead = null
function readPushed(frame) {
  if (lastFrame.length === frame.length && lastFrame.equals(frame)) return lastRead
  const { edits } = JSON.parse(frame.utf8Slice(frame.indexOf(',') + 1, frame.length - 1))
  const updates = edits.map(edit => Buffer.from(edit.update, 'base64'))
  const seen = []
  for (const update of updates) scanUpdate(update, (client, clock, length) => seen.push([client, clock, length]))
  lastFrame = Buffer.from(frame)
  const counts = new Map()
  let all = 0
  for (const [client, , length] of seen) {
    counts.set(client, (counts.get(client) ?? 0) + length)
    all += length
  }
  lastRead = { updates, seen, counts, all }
  return lastRead
}

const PUSHED = Buffer.from('42["page:pushed"')
const OPENED = Buffer.from('430[{"ok":true')
const DONE = Buffer.from('[{"ok":true')

/** What stands in a frame behind `"name":"`, up to the next quotation mark. */
function stringIn(frame, name) {
  const from = frame.indexOf(`"${name}":"`) + name.length + 4
  return frame.subarray(from, frame.indexOf(0x22, from))
}

class Conn extends YConn {
  constructor(options) {
    super(options)
    if (this.doc) this.txt = this.doc.getText(TEXT)
  }

  pushed({ updates, seen, counts, all }) {
    if (this.doc) for (const update of updates) this.gotUpdate(update)
    else if (this.onCount) this.onCount(all - (counts.get(this.key) ?? 0))
    else if (this.onSeen !== null) for (const [client, clock, length] of seen) this.onSeen(client, clock, length)
  }

  type() {
    const clock = this.clock++
    this.wire.update(typed(this.key, clock))
    return clock
  }

  sendState(update) {
    for (const part of parts(update)) this.wire.update(part)
  }
}

async function join(conn, o) {
  const cookie = o.guest ? '' : await account(o.port, Math.floor(o.index / TABS))
  const page = await pageOf(o.port, o.doc)
  conn.t0 = performance.now()
  let epoch = ''
  let asked = 0
  const eio = new Eio({
    port: o.port,
    headers: { Origin: `http://127.0.0.1:${o.port}`, ...(cookie && { Cookie: cookie }) },
    onClose: error => conn.reject(error ?? new Error('closed')),
    onEvent: name => {
      if (name !== 'server:greeted') return
      const vector = conn.warm && Buffer.from(conn.warm.sv).toString('base64')
      eio.emit('page:open', JSON.stringify({ page, ...(vector && { vector }) }), asked++)
    },
    onAck: (id, rest) => {
      if (id > 0 && rest.startsWith('[{"ok":true')) return
      const [answer] = JSON.parse(rest)
      if (!answer.ok) conn.reject(new Error(answer.error.message))
      if (!answer.ok || id > 0) return eio.ws.sock.destroy(new Error(answer.error?.message))
      epoch = answer.value.epoch
      conn.gotState(Buffer.from(answer.value.update, 'base64'))
      conn.live()
    },
  })
  const { onFrame } = eio.ws
  eio.ws.onFrame = (op, frame) => {
    if (frame.length > PUSHED.length && PUSHED.equals(frame.subarray(0, PUSHED.length))) conn.pushed(readPushed(frame))
    else if (conn.lazy && frame.length > LARGE && OPENED.equals(frame.subarray(0, OPENED.length))) {
      // Reading a whole document is the work of a hundred browsers, not of the server: its size is enough.
      epoch = stringIn(frame, 'epoch').latin1Slice()
      conn.gotState({ length: Math.floor((stringIn(frame, 'update').length * 3) / 4) })
      conn.live()
    } else if (frame[1] === 0x33 && frame[2] !== 0x30 && frame.indexOf(DONE) > 0) conn.onDone?.()
    else onFrame(op, frame)
  }
  conn.wire = {
    ws: eio.ws,
    update: bytes => {
      const update = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
      eio.ws.text(`42${asked++}["page:push",{"page":${page},"epoch":"${epoch}","update":"${update}"}]`)
    },
  }
}

export default {
  name: 'chorus',
  label: 'Chorus',
  version: () => JSON.parse(readFileSync(`${CHORUS}/package.json`, 'utf8')).version,
  server: ({ port, dir }) => ({
    args: [`${CHORUS}/dist/server/main.js`],
    env: {
      PORT: String(port),
      HOST: '127.0.0.1',
      DATABASE_URL: `sqlite:${dir}/chorus.sqlite`,
      UPLOADS_DIR: `${dir}/uploads`,
      RATE_LIMITS: 'off',
      LOG_LEVEL: 'warn',
    },
  }),
  /** Makes a wiki of so many pages, in a tree; the server is stopped for it. Answers with what may be asked of a few. */
  async fill(server, count) {
    const cookie = await account(server.port, 0)
    await post(server.port, 'page:create', { title: 'Read already' }, cookie)
    await sleep(2_000)
    const db = await opened(server)
    const page = db.prepare(`insert into pages
      (title, title_key, leaf_key, parent_key, content, snapshot, seq, author_id, editor_id, created_at, updated_at)
      values (?, ?, ?, ?, ?, ?, 1, 1, 1, ?, ?)`)
    const entry = db.prepare(`insert into entries (page_id, seq, first_seq, user_id, via, at, bytes)
      values (?, 1, 1, 1, 'page:create', ?, ?)`)
    // As a wiki is that has been running for a while: what follows from its texts has been read.
    const read = db.prepare(`insert into derived (page_id, seq, version, bytes, likeness)
      select ?, 1, version, ?, ? from derived limit 1`)
    const titles = []
    let i = 0
    db.transaction(() => {
      for (const { title, text } of madeUp(count, 300, 900)) {
        const at = 1_700_000_000_000 + i++
        const snapshot = whole(1_000_000_000 + i, text)
        const [area, leaf] = title.split('/')
        const keys = [title, leaf, area].map(each => each.normalize('NFKC').toLowerCase())
        const { lastInsertRowid } = page.run(title, ...keys, text, snapshot, at, at)
        entry.run(lastInsertRowid, at, snapshot)
        read.run(lastInsertRowid, text.length, keys[1])
        if (i * 40 > titles.length * count && /^[ -~]+$/.test(title)) titles.push(title)
      }
    })()
    db.close()
    return {
      pages: titles.map(title => `/wiki/${title.split('/').map(encodeURIComponent).join('/').replaceAll('%20', '_')}`),
      areas: titles.map(title => title.split('/')[0]),
    }
  },
  /** Asks a command without a session. */
  ask: (server, command, payload) => post(server.port, command, payload),
  /** Makes a page that so many client ids have written to, all of one account's; the server is stopped for it. */
  async crowdedPage(server, doc, ids) {
    const id = await pageOf(server.port, doc)
    const db = await opened(server)
    const past = new Y.Doc()
    const text = past.getText(TEXT)
    const claim = db.prepare('insert into page_clients (page_id, client, user_id) values (?, ?, 1)')
    db.transaction(() => {
      past.transact(() => {
        for (let i = 0; i < ids; i++) {
          past.clientID = 1_000_000 + i
          text.insert(0, 'x')
          claim.run(id, past.clientID)
        }
      })
      const state = Y.encodeStateAsUpdate(past)
      db.prepare('update pages set content = ?, snapshot = ?, seq = 1 where id = ?').run(text.toString(), state, id)
      db.prepare(`insert into entries (page_id, seq, first_seq, user_id, via, at, bytes)
        values (?, 1, 1, 1, 'page:create', 1, ?)`).run(id, state)
    })()
    db.close()
  },
  /** An article of some length that links to others, as a guest sees it; and the list of what is new. */
  async pages({ port }) {
    const cookie = await account(port, 0)
    const paragraph = 'Flour, water, salt and time: **bread** begins with a [[Starter]] that is *fed* every day.\n\n'
    const content = Array.from({ length: 12 }, (_, i) => `## Day ${i + 1}\n\n${paragraph.repeat(3)}`).join('')
    for (const title of ['Bread', 'Starter']) await post(port, 'page:create', { title, content }, cookie)
    return [
      { page: 'an article', path: '/wiki/Bread' },
      { page: 'home', path: '/' },
    ]
  },
  /** Signs up whoever will connect, and makes pages, so that joining is all that is measured later. */
  async prepare(port, people, docs = []) {
    for (let number = 0; number * TABS < people; number++) await account(port, number)
    for (const doc of docs) await pageOf(port, doc)
  },
  connect(o) {
    const conn = new Conn(o)
    join(conn, o).catch(conn.reject)
    return conn.ready
  },
}
