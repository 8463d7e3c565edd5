// Documents that were made a moment ago are sent again before anybody makes them anew: the same, and to the same people only.

import { request } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { Looks } from '../server/web/looks.ts'
import type { Client } from './support/client.ts'
import { type World, world } from './support/world.ts'

const made = vi.spyOn(Looks.prototype, 'send')
let w: World
let ada: Client
let grace: Client
let page: number

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
  /** Whether it was made for this request, and not only sent again. */
  made: boolean
}

/** A plain request, as it is on the wire. */
function ask(who: Client, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const before = made.mock.calls.length
  const cookie = who.cookie ? { Cookie: who.cookie } : {}
  return new Promise((resolve, reject) => {
    const asked = request(w.url + path, { method, headers: { ...cookie, ...headers } }, response => {
      const parts: Buffer[] = []
      response.on('data', part => parts.push(part))
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: Buffer.concat(parts),
          made: made.mock.calls.length > before,
        }),
      )
    })
    asked.on('error', reject).end()
  })
}

/** Asks until the answer is one that was sent again. */
async function warm(who: Client, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  for (let tries = 0; tries < 50; tries++) {
    const answer = await ask(who, path, headers)
    expect(answer.status).toBe(200)
    if (!answer.made) return answer
  }
  throw new Error(`${path} is made anew every time.`)
}

beforeAll(async () => {
  w = await world({ config: { publicRead: false } })
  ada = await w.person('ada')
  grace = await w.person('grace')
  page = (await ada.post('page:create', { title: 'Bread', content: 'Flour and [[Water]].' })).id
  await w.running.wiki.derivations.settled()
})
afterAll(async () => {
  await w.close()
  made.mockRestore()
})
beforeEach(() => w.running.wiki.derivations.settled())

describe('a document that was just made', () => {
  test('is sent again as it was, with the same policy, zipped for whoever takes that', async () => {
    const first = await ask(ada, '/wiki/Bread')
    const again = await warm(ada, '/wiki/Bread')
    expect(again.body.equals(first.body)).toBe(true)
    const changing = ['x-request-id', 'date']
    const lasting = ({ headers }: Answer) =>
      Object.fromEntries(Object.entries(headers).filter(([name]) => !changing.includes(name)))
    expect(lasting(again)).toEqual(lasting(first))
    expect(again.headers['content-security-policy']).toMatch(/default-src 'none'/)
    expect(again.headers['x-request-id']).not.toBe(first.headers['x-request-id'])
    const zipped = await warm(ada, '/wiki/Bread', { 'Accept-Encoding': 'gzip' })
    expect(zipped.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(zipped.body).equals(again.body)).toBe(true)
    expect((await warm(ada, '/wiki/Bread')).headers['content-encoding']).toBeUndefined()
  })

  test('is not sent to whoever has it already, and its head is the same', async () => {
    const { headers, body } = await warm(ada, '/wiki/Bread')
    const etag = headers.etag as string
    await warm(ada, '/wiki/Bread')
    const known = await ask(ada, '/wiki/Bread', { 'If-None-Match': etag })
    expect([known.status, known.body.length, known.headers.etag]).toEqual([304, 0, etag])
    const other = await ask(ada, '/wiki/Bread', { 'If-None-Match': 'W/"another"' })
    expect([other.status, other.body.equals(body)]).toEqual([200, true])
    const head = await ask(ada, '/wiki/Bread', {}, 'HEAD')
    expect([head.status, head.body.length, head.headers.etag]).toEqual([200, 0, headers.etag])
  })

  test('is never sent to anybody else: a guest, another person, somebody whose cookie is forged', async () => {
    await warm(ada, '/wiki/Bread')
    const guest = await ask(w.guest(), '/wiki/Bread')
    expect(guest.status).not.toBe(200)
    expect(guest.body.toString()).not.toContain('Flour')
    const forged = Object.assign(w.guest(), { cookie: `${ada.cookie.slice(0, -2)}xx` })
    expect((await ask(forged, '/wiki/Bread')).body.toString()).not.toContain('Flour')
    const hers = await ask(grace, '/wiki/Bread')
    expect(hers.headers['x-chorus-user']).toBe(String(grace.user!.id))
  })

  test('shows what somebody has just looked at on their shelf, and is sent to others as before', async () => {
    await warm(ada, '/')
    await warm(grace, '/')
    await ada.ask('page:visit', { page, seq: 1 })
    expect((await ask(ada, '/')).made).toBe(true)
    expect((await ask(grace, '/')).made).toBe(false)
  })

  test('is gone with the right to it: signed out, or put out', async () => {
    const lea = await w.person('lea')
    await warm(lea, '/wiki/Bread')
    const { cookie } = lea
    await lea.post('user:signOut', {})
    const late = await ask(Object.assign(w.guest(), { cookie }), '/wiki/Bread')
    expect([late.status === 200, late.body.toString().includes('Flour')]).toEqual([false, false])
    const max = await w.person('max')
    await warm(max, '/wiki/Bread')
    await ada.post('user:disable', { user: max.user!.id, on: true })
    const out = await ask(max, '/wiki/Bread')
    expect([out.status === 200, out.body.toString().includes('Flour')]).toEqual([false, false])
  })

  test('is made anew as soon as anything in it has changed: its text, its title, a link, its end', async () => {
    await warm(ada, '/wiki/Bread')
    for (const word of ['salt', 'time', 'heat']) {
      await grace.post('page:edit', { page, edits: [{ append: `\n${word}\n` }] })
      expect((await ask(ada, '/wiki/Bread')).body.toString()).toContain(word)
      await w.running.wiki.derivations.settled()
      await warm(ada, '/wiki/Bread')
    }
    expect((await warm(ada, '/wiki/Bread')).body.toString()).not.toContain('href="/wiki/Water" data-title')
    await grace.post('page:create', { title: 'Water' })
    expect((await ask(ada, '/wiki/Bread')).body.toString()).toContain('Water')
    await warm(ada, '/')
    const { id } = await grace.post('page:create', { title: 'Yeast' })
    expect((await ask(ada, '/')).body.toString()).toContain('Yeast')
    await warm(ada, '/wiki/Yeast')
    await grace.post('page:rename', { page: id, title: 'Leaven' })
    expect((await ask(ada, '/wiki/Yeast')).status).toBe(302)
    await warm(ada, '/wiki/Leaven')
    await ada.post('page:delete', { page: id })
    expect((await ask(ada, '/wiki/Leaven')).status).toBe(404)
  })
})
