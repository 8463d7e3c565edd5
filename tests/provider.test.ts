import 'fake-indexeddb/auto'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import type { Connection, Greeting, LineState } from '../client/connection.ts'
import { device } from '../client/device.ts'
import { listDrafts } from '../client/drafts.ts'
import { readCopy } from '../client/editor/copies.ts'
import { flushOutbox } from '../client/editor/outbox.ts'
import { Provider } from '../client/editor/provider.ts'
import type { ProviderStatus } from '../client/editor/status.ts'
import { textOf } from '../shared/document.ts'
import { WikiError } from '../shared/errors.ts'
import type { CommandName, EventName, Input, Page } from '../shared/protocol.ts'
import type { Client } from './support/client.ts'
import { Replica } from './support/replica.ts'
import { type World, world } from './support/world.ts'

// Of the browser, only what these modules touch.
const browser = () => {
  vi.stubGlobal('navigator', {})
  vi.stubGlobal('dispatchEvent', () => true)
}
browser()

/** The browser's connection, over a test client's real socket, with a switch. */
class Line {
  state: LineState = 'online'
  greeting: Greeting
  readonly #listeners = new Set<(state: LineState) => void>()

  private constructor(
    readonly client: Client,
    epoch: string,
  ) {
    this.greeting = { protocol: 1, build: 'test', epoch, user: client.user }
  }

  static async to(client: Client): Promise<Line & Connection> {
    await client.socket()
    return new Line(client, w.running.db.wiki.epoch) as Line & Connection
  }

  async request<C extends CommandName>(command: C, payload: Input<C>) {
    if (this.state !== 'online') throw new WikiError('failed', 'offline')
    const socket = await this.client.socket()
    const lost = new Promise<never>((_, reject) => {
      socket.once('disconnect', () => reject(new WikiError('failed', 'The line broke.')))
    })
    return Promise.race([this.client.ask(command, payload), lost])
  }

  on(event: EventName, listener: (payload: never) => void): () => void {
    const socket = this.client.socket()
    void socket.then(one => one.on(event, listener as never))
    return () => void socket.then(one => one.off(event, listener as never))
  }

  onState(listener: (state: LineState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  become(state: LineState): void {
    this.state = state
    for (const listener of this.#listeners) listener(state)
  }
}

let w: World
let ada: Client
let count = 0

beforeAll(async () => {
  w = await world()
  ada = await w.person('ada')
})
afterAll(() => w.close())
beforeEach(async () => {
  const db = await device()
  for (const store of ['outbox', 'copies', 'steps', 'drafts'] as const) await db.clear(store)
})

const newPage = (content = '') => ada.post('page:create', { title: `Provided ${++count}`, content })
const reaches = (provider: Provider, fits: (status: ProviderStatus) => boolean) =>
  new Promise<void>(resolve => {
    const check = () => {
      if (!fits(provider.status)) return
      stop()
      resolve()
    }
    const stop = provider.onStatus(check)
    check()
  })
const saved = (provider: Provider) => reaches(provider, ({ save }) => save === 'saved')
const textOfPage = async (page: Page) => (await ada.post('page:read', { page: page.id })).content

/** What a visit without a line shows; it closes again. */
async function offlineText(page: Page, line: Line & Connection): Promise<string> {
  line.become('offline')
  const provider = new Provider({ page, user: ada.user, connection: line })
  await provider.synced
  const text = provider.text.toString()
  await provider.close()
  return text
}

/** A line whose events of the room wait until they are let through. */
async function withHeld(line: Promise<Line & Connection>) {
  const held: { seq: number; tell: () => void }[] = []
  const [one, hold] = [await line, { on: false }]
  const on = one.on.bind(one)
  one.on = (event: EventName, listener: (payload: never) => void) =>
    on(event, (told: never) => {
      if (event !== 'page:pushed' || !hold.on) listener(told)
      else held.push({ seq: (told as { seq: number }).seq, tell: () => listener(told) })
    })
  return { line: one, held, hold }
}

/** A visit beside somebody else's, whom it does not hear until what is held is let through. */
async function besideAnother(content: string) {
  const page = await newPage(content)
  const { line, held, hold } = await withHeld(Line.to(ada))
  const provider = new Provider({ page, user: ada.user, connection: line })
  await saved(provider)
  const other = await new Replica(await w.person(`other${count}`), page.id).open()
  hold.on = true
  return { page, line, held, provider, other }
}

async function visit(page: Page, client = ada) {
  const line = await Line.to(client)
  const provider = new Provider({ page, user: line.greeting.user, connection: line })
  return { line, provider }
}

describe('the device', { timeout: 20_000 }, () => {
  test('a person who replaces every word of a long page sees it saved', async () => {
    const page = await newPage('word '.repeat(6_000))
    const { provider } = await visit(page)
    await saved(provider)
    provider.doc.transact(() => {
      for (let i = 5_999; i >= 0; i--) {
        provider.text.delete(i * 5, 4)
        provider.text.insert(i * 5, `w${i}`)
      }
    })
    await saved(provider)
    expect(provider.status.message).toBeUndefined()
    expect(await textOfPage(page)).toBe(provider.text.toString())
    await provider.close()
  })

  test('a megabyte that is pasted goes through in parts, and each part that arrived is not sent again', async () => {
    const page = await newPage('')
    const { provider, line } = await visit(page)
    await saved(provider)
    const sizes: number[] = []
    const request = line.request.bind(line)
    let lost = 0
    line.request = async (command, payload) => {
      if (command === 'page:push') {
        const { update } = payload as Input<'page:push'>
        sizes.push(update.length)
        // The line is bad: every third push gets no answer.
        if (sizes.length % 3 === 0 && lost++ < 5) throw new WikiError('failed', 'No answer.')
      }
      return request(command, payload)
    }
    provider.text.insert(0, 'Flour and water. '.repeat(62_000))
    await saved(provider)
    expect(await textOfPage(page)).toBe(provider.text.toString())
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(2.5 * provider.text.length)
    await provider.close()
  })

  test('what the device could not write down is not said to be kept, and is written as soon as it can be', async () => {
    const page = await newPage('Kept: ')
    const { provider, line } = await visit(page)
    await saved(provider)
    line.become('offline')
    const add = IDBObjectStore.prototype.add
    IDBObjectStore.prototype.add = () => {
      throw new DOMException('no space', 'QuotaExceededError')
    }
    provider.text.insert(6, 'one ')
    await reaches(provider, ({ save, message }) => save === 'unsaved' && message !== undefined)
    IDBObjectStore.prototype.add = add
    provider.text.insert(10, 'two ')
    await reaches(provider, ({ save }) => save === 'offline')
    await vi.waitFor(async () => expect(await (await device()).count('outbox')).toBe(2), { timeout: 10_000 })
    line.become('online')
    await saved(provider)
    expect(await textOfPage(page)).toBe('Kept: one two ')
    await provider.close()
  })

  test('a crowd’s edits that arrive together are one change of the text, and closing the page at that moment loses none', async () => {
    const page = await newPage('Crowd: ')
    const line = await Line.to(ada)
    const held: (() => void)[] = []
    const on = line.on.bind(line)
    line.on = (event: EventName, listener: (payload: never) => void) =>
      on(event, event === 'page:pushed' ? told => held.push(() => listener(told)) : listener)
    const provider = new Provider({ page, user: ada.user, connection: line })
    await saved(provider)
    const other = await new Replica(await w.person(`other${count}`), page.id).open()
    for (let i = 0; i < 60; i++) {
      other.text.insert(other.text.length, `${i} `)
      await other.settled()
    }
    await vi.waitFor(() => expect(held.length).toBeGreaterThanOrEqual(60))
    let changes = 0
    provider.text.observe(() => changes++)
    for (const told of held) told()
    expect(changes).toBe(1)
    await provider.close()
    expect(changes).toBe(2)
    expect(provider.text.toString()).toBe(other.text.toString())
    const copy = (await readCopy(ada.user!.id, page.id))!
    const doc = new Y.Doc()
    for (const update of copy.updates) Y.applyUpdate(doc, update)
    expect(textOf(doc).toString()).toBe(other.text.toString())
    other.close()
  })

  test('the copy on the device follows in small steps, and shows the whole page without a line', async () => {
    const page = await newPage('Long. '.repeat(20_000))
    const { put } = IDBObjectStore.prototype
    let wholes = 0
    IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...given) {
      if (this.name === 'copies') wholes++
      return put.apply(this, given)
    }
    try {
      const { provider, line } = await visit(page)
      await saved(provider)
      await vi.waitFor(async () => expect(await (await device()).count('copies')).toBe(1), { timeout: 10_000 })
      const other = await new Replica(await w.person(`other${count}`), page.id).open()
      for (let round = 1; round <= 2; round++) {
        other.text.insert(0, `theirs ${round}. `)
        provider.text.insert(provider.text.length, `mine ${round}. `)
        await vi.waitFor(async () => expect(await (await device()).count('steps')).toBeGreaterThanOrEqual(round), {
          timeout: 10_000,
        })
      }
      await vi.waitFor(() => expect(provider.text.toString()).toBe(other.text.toString()))
      const steps = await (await device()).getAll('steps')
      expect(steps.flatMap(step => step.updates).reduce((sum, { length }) => sum + length, 0)).toBeLessThan(1_000)
      await provider.close()
      expect(wholes).toBe(1)
      line.become('offline')
      const again = new Provider({ page, user: ada.user, connection: line })
      await again.synced
      expect(again.text.toString()).toBe(other.text.toString())
      expect(again.status).toMatchObject({ save: 'offline', writable: true })
      await again.close()
      other.close()
    } finally {
      IDBObjectStore.prototype.put = put
    }
  })

  test('my words are in the copy on the device, though the line broke before the server’s answer', async () => {
    const page = await newPage('Page. ')
    const { line, hold } = await withHeld(Line.to(ada))
    const provider = new Provider({ page, user: ada.user, connection: line })
    await saved(provider)
    const request = line.request.bind(line)
    line.request = async (command, payload) => {
      const answer = await request(command, payload)
      if (command !== 'page:push' || !hold.on) return answer
      line.become('offline')
      throw new WikiError('failed', 'The line broke.')
    }
    hold.on = true
    provider.text.insert(6, 'Mine')
    await reaches(provider, ({ save }) => save === 'offline')
    hold.on = false
    line.become('online')
    await saved(provider)
    provider.text.insert(10, ', and more.')
    await saved(provider)
    await vi.waitFor(() => expect(provider.seq).toBe(3))
    await provider.close()
    expect(await offlineText(page, line)).toBe('Page. Mine, and more.')
  })

  test('my words are in the copy on the device, though something that was told before them went missing', async () => {
    const { page, line, held, provider, other } = await besideAnother('Page. ')
    other.text.insert(0, 'Theirs. ')
    await other.settled()
    provider.text.insert(provider.text.length, 'Mine.')
    await saved(provider)
    await vi.waitFor(() => expect(held.at(-1)?.seq).toBe(3))
    held.at(-1)!.tell()
    await vi.waitFor(() => expect(provider.text.toString()).toBe('Theirs. Page. Mine.'))
    await saved(provider)
    await provider.close()
    expect(await offlineText(page, line)).toBe('Theirs. Page. Mine.')
    other.close()
  })

  test('what goes missing while the room is opened anew is asked for once more', async () => {
    const { line, held, provider, other } = await besideAnother('Page. ')
    const write = async (words: string) => {
      other.text.insert(0, words)
      await other.settled()
    }
    const request = line.request.bind(line)
    const between = [
      async () => {
        // The first of these is lost: the second shows that.
        await write('Lost. ')
        await write('Second. ')
        await vi.waitFor(() => expect(held.at(-1)?.seq).toBe(3))
        held.at(-1)!.tell()
      },
      async () => {
        await write('Third. ')
        await vi.waitFor(() => expect(held.at(-1)?.seq).toBe(4))
        held.at(-1)!.tell()
      },
    ]
    let opened = 0
    line.request = async (command, payload) => {
      const answer = await request(command, payload)
      if (command === 'page:open') {
        opened++
        await between.shift()?.()
      }
      return answer
    }
    line.become('offline')
    line.become('online')
    await vi.waitFor(() => expect(between).toEqual([]))
    await vi.waitFor(() => expect(provider.text.toString()).toBe('Third. Second. Lost. Page. '))
    expect(opened).toBe(2)
    await provider.close()
    other.close()
  })

  test('the copy does not grow by visits to a page that stays as it is, and its steps are put together some day', async () => {
    const page = await newPage('Calm.')
    const db = await device()
    for (let round = 0; round < 3; round++) {
      const { provider, line } = await visit(page)
      await saved(provider)
      line.become('offline')
      line.become('online')
      await saved(provider)
      await provider.close()
    }
    expect(await db.count('steps')).toBe(0)
    const { epoch, seq } = (await db.get('copies', [ada.user!.id, page.id]))!
    for (let i = 0; i < 201; i++) await db.add('steps', { user: ada.user!.id, page: page.id, epoch, seq, updates: [] })
    const { provider, line } = await visit(page)
    await saved(provider)
    provider.text.insert(5, ' Still.')
    await saved(provider)
    await provider.close()
    expect(await db.count('steps')).toBeLessThanOrEqual(1)
    expect(await offlineText(page, line)).toBe('Calm. Still.')
  })

  test('a reader’s device that could not write once shows the whole page all the same at the next visit', async () => {
    const page = await newPage('Page.')
    const first = await visit(page)
    await saved(first.provider)
    await first.provider.close()
    const { provider, line } = await visit(page)
    await saved(provider)
    const other = await new Replica(await w.person(`other${count}`), page.id).open()
    const { add } = IDBObjectStore.prototype
    const refused = new Promise<void>(resolve => {
      IDBObjectStore.prototype.add = () => {
        resolve()
        throw new DOMException('no space', 'QuotaExceededError')
      }
    })
    try {
      other.text.insert(0, 'First. ')
      await refused
    } finally {
      IDBObjectStore.prototype.add = add
    }
    other.text.insert(0, 'Second. ')
    await vi.waitFor(() => expect(provider.text.toString()).toBe('Second. First. Page.'))
    await provider.close()
    expect(await offlineText(page, line)).toBe('Second. First. Page.')
    other.close()
  })

  test('a page can be left while the device begins to fail', async () => {
    const page = await newPage('')
    const { provider, line } = await visit(page)
    await saved(provider)
    line.become('offline')
    const { add } = IDBObjectStore.prototype
    IDBObjectStore.prototype.add = () => {
      throw new DOMException('no space', 'QuotaExceededError')
    }
    try {
      provider.text.insert(0, 'x')
      await provider.close()
    } finally {
      IDBObjectStore.prototype.add = add
    }
  })

  test('a page opens while an older tab holds the device’s database, which is used as soon as that tab is gone', async () => {
    const page = await newPage('Here.')
    vi.stubGlobal('indexedDB', new IDBFactory())
    vi.resetModules()
    try {
      const old = await new Promise<IDBDatabase>((resolve, reject) => {
        const asked = indexedDB.open('chorus', 1)
        asked.onupgradeneeded = () => {
          const outbox = asked.result.createObjectStore('outbox', { keyPath: 'row', autoIncrement: true })
          outbox.createIndex('user', 'user')
          outbox.createIndex('page', ['user', 'page'])
          asked.result.createObjectStore('copies', { keyPath: ['user', 'page'] })
          asked.result.createObjectStore('drafts', { keyPath: 'id' })
        }
        asked.onsuccess = () => resolve(asked.result)
        asked.onerror = () => reject(asked.error!)
      })
      const fresh = await import('../client/editor/provider.ts')
      const line = await Line.to(ada)
      const provider = new fresh.Provider({ page, user: ada.user, connection: line })
      await saved(provider)
      expect(provider.text.toString()).toBe('Here.')
      old.close()
      const there = await import('../client/device.ts')
      await vi.waitFor(() => there.device())
      provider.text.insert(5, ' And written.')
      await saved(provider)
      await provider.close()
      expect(await (await there.device()).count('copies')).toBe(1)
    } finally {
      vi.unstubAllGlobals()
      browser()
    }
  })

  test('text that only this device has becomes a draft before anything is forgotten', async () => {
    const page = await newPage('Known.')
    const { provider } = await visit(page)
    await saved(provider)
    await provider.close()
    // As if the wiki's file had been put back to an older one by hand.
    const db = await device()
    const copy = (await db.get('copies', [ada.user!.id, page.id]))!
    const doc = new Y.Doc()
    Y.applyUpdate(doc, copy.state)
    doc.getText('text').insert(6, ' And what the restore lost.')
    await db.put('copies', { ...copy, state: Y.encodeStateAsUpdate(doc) })
    const again = await visit(page)
    await reaches(again.provider, ({ message }) => /recovered draft/.test(message ?? ''))
    expect((await listDrafts(ada.user!.id)).map(draft => draft.text)).toEqual(['Known. And what the restore lost.'])
    expect(await db.count('copies')).toBe(0)
    await again.provider.close()
    expect(await db.count('copies')).toBe(0)
  })

  test('who may no longer write keeps the words as a draft, and the next visit shows the page as it is', async () => {
    const page = await newPage('Rules. ')
    const mina = await w.person(`mina${count}`)
    const { provider, line } = await visit(page, mina)
    await saved(provider)
    line.become('offline')
    provider.text.insert(7, 'Mine.')
    await vi.waitFor(async () => expect(await (await device()).count('outbox')).toBe(1))
    await ada.post('user:setRole', { user: mina.user!.id, role: 'reader' })
    line.become('online')
    await reaches(provider, ({ save, message }) => save === 'unsaved' && /recovered draft/.test(message ?? ''))
    await provider.close()
    expect((await listDrafts(mina.user!.id)).map(draft => draft.text)).toEqual(['Rules. Mine.'])
    const db = await device()
    expect([await db.count('outbox'), await db.count('copies')]).toEqual([0, 0])
  })

  test('who could not send their words and leaves the page is no longer shown in it', async () => {
    const page = await newPage('Rules. ')
    const { provider, line } = await visit(page, await w.person(`noor${count}`))
    await saved(provider)
    const other = await new Replica(ada, page.id).open()
    const request = line.request.bind(line)
    line.request = async (command, payload) => {
      if (command === 'page:push') throw new WikiError('invalid', 'This cannot be sent.')
      return request(command, payload)
    }
    provider.text.insert(7, 'Mine.')
    await reaches(provider, ({ save, message }) => save === 'unsaved' && /recovered draft/.test(message ?? ''))
    const left = ada.next('page:left', told => told.page === page.id)
    await provider.close()
    await left
    other.close()
  })

  test('words that another tab left of a page outlast its end in this one', async () => {
    const page = await newPage('Shared. ')
    const [left, stays] = [await visit(page), await visit(page)]
    await Promise.all([saved(left.provider), saved(stays.provider)])
    left.line.become('offline')
    left.provider.text.insert(8, 'Left behind.')
    await vi.waitFor(async () => expect(await (await device()).count('outbox')).toBe(1))
    await left.provider.close()
    await ada.post('page:delete', { page: page.id })
    await reaches(stays.provider, ({ message }) => /deleted this page/.test(message ?? ''))
    await stays.provider.close()
    expect(await flushOutbox(stays.line, ada.user!.id)).toBe(true)
    expect((await listDrafts(ada.user!.id)).map(draft => draft.text)).toEqual(['Shared. Left behind.'])
    const db = await device()
    expect([await db.count('outbox'), await db.count('copies')]).toEqual([0, 0])
  })

  test('a page that is gone says so at once, even before anything was shown', async () => {
    const page = await newPage('')
    const { provider } = await visit({ ...page, id: 999_999 })
    await reaches(
      provider,
      ({ save, message, writable }) => save === 'unsaved' && /gone/.test(message ?? '') && !writable,
    )
    await provider.close()
  })

  test('leftovers that stand on text nobody has are kept word by word, and do not hold up those of other pages', async () => {
    const [broken, whole] = [await newPage('Broken.'), await newPage('Whole. ')]
    const epoch = w.running.db.wiki.epoch
    const db = await device()
    const user = ada.user!.id
    const row = (page: Page, doc: Y.Doc, bytes: Uint8Array) => ({
      user,
      page: page.id,
      epoch,
      client: doc.clientID,
      bytes,
      at: Date.now(),
    })
    const stray = new Y.Doc()
    stray.getText('text').insert(0, 'never sent')
    const before = Y.encodeStateVector(stray)
    stray.getText('text').insert(5, 'typed words')
    await db.add('outbox', row(broken, stray, Y.encodeStateAsUpdate(stray, before)))
    const good = new Y.Doc()
    good.getText('text').insert(0, 'Sent. ')
    await db.add('outbox', row(whole, good, Y.encodeStateAsUpdate(good)))
    expect(await flushOutbox(await Line.to(ada), user)).toBe(true)
    expect(await textOfPage(whole)).toContain('Sent. ')
    expect((await listDrafts(user)).map(draft => draft.text)).toEqual(['typed words'])
    expect(await db.count('outbox')).toBe(0)
  })

  test('a page with more writers than a state vector may hold can still be opened again', async () => {
    const page = await newPage('Old and busy.')
    const { provider, line } = await visit(page)
    await saved(provider)
    const request = line.request.bind(line)
    let refused = 0
    line.request = async (command, payload) => {
      if (command === 'page:open' && (payload as Input<'page:open'>).vector !== undefined) {
        refused++
        throw new WikiError('too_large', 'vector: This is longer than 65536 bytes.')
      }
      return request(command, payload)
    }
    line.become('offline')
    provider.text.insert(0, 'Still ')
    line.become('online')
    await saved(provider)
    expect(refused).toBe(1)
    expect(await textOfPage(page)).toBe('Still Old and busy.')
    await provider.close()
  })

  test('a copy that says something else than the wiki is found out, kept as a draft, and no longer written on', async () => {
    const page = await newPage('The wiki holds these words.')
    const { provider, line } = await visit(page)
    await saved(provider)
    // As two replicas under one client id would: the same ids and clocks, and other words.
    const [item] = [...provider.doc.store.clients.values()].flat() as Y.Item[]
    ;(item!.content as Y.ContentString).str = 'The wiki never had it so!!!'
    line.become('offline')
    line.become('online')
    await reaches(provider, ({ message }) => /recovered draft/.test(message ?? ''))
    expect(provider.status.writable).toBe(false)
    expect((await listDrafts(ada.user!.id)).map(draft => draft.text)).toEqual(['The wiki never had it so!!!'])
    await provider.close()
    const again = await visit(page)
    await saved(again.provider)
    expect(again.provider.text.toString()).toBe('The wiki holds these words.')
    await again.provider.close()
  })

  describe('hundreds of lines written offline at a place where others wrote thousands meanwhile', {
    timeout: 60_000,
  }, () => {
    const apart = async () => {
      const page = await newPage('The log.\n')
      const { provider, line } = await visit(page)
      await saved(provider)
      line.become('offline')
      const others = await new Replica(await w.person(`other${count}`), page.id).open()
      for (let i = 0; i < 3_000; i++) others.text.insert(0, `theirs ${i}\n`)
      for (let i = 0; i < 500; i++) provider.text.insert(0, `mine ${i}\n`)
      await others.settled()
      await vi.waitFor(async () => expect(await (await device()).count('outbox')).toBe(500), { timeout: 10_000 })
      return { page, provider, line }
    }
    const nothingIsMissing = async (page: Page) => {
      const lines = new Set((await textOfPage(page)).split('\n'))
      for (let i = 0; i < 500; i++) expect(lines.has(`mine ${i}`), `mine ${i}`).toBe(true)
      for (let i = 0; i < 3_000; i++) expect(lines.has(`theirs ${i}`), `theirs ${i}`).toBe(true)
      expect(await listDrafts(ada.user!.id)).toEqual([])
    }

    test('are all taken when the line is back', async () => {
      const { page, provider, line } = await apart()
      line.become('online')
      await saved(provider)
      await nothingIsMissing(page)
      await provider.close()
    })

    test('are all taken at the next start, whatever page it opens', async () => {
      const { page, provider } = await apart()
      await provider.close()
      expect(await flushOutbox(await Line.to(ada), ada.user!.id)).toBe(true)
      await nothingIsMissing(page)
    })
  })
})
