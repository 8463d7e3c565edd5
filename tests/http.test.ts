import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { LIMITS, readConfig } from '../server/config.ts'
import { start } from '../server/main.ts'
import { addressIn } from '../server/web/auth.ts'
import type { Ack } from '../shared/protocol.ts'
import { type Client, refusal } from './support/client.ts'
import { freePort } from './support/process.ts'
import { type World, world } from './support/world.ts'

const SCRIPT = 'console.log("hello")\n'.repeat(100)

let clientDir: string
let w: World
let ada: Client

beforeAll(async () => {
  clientDir = await mkdtemp(join(tmpdir(), 'chorus-client-'))
  for (const folder of ['.vite', 'assets']) await mkdir(join(clientDir, folder))
  await writeFile(join(clientDir, '.vite/manifest.json'), '{}')
  await writeFile(join(clientDir, 'index.html'), 'not for you')
  await writeFile(join(clientDir, 'sw.js'), SCRIPT)
  await writeFile(join(clientDir, 'assets/main-abc123.js'), SCRIPT)
  await writeFile(join(clientDir, 'assets/main-abc123.js.br'), brotliCompressSync(SCRIPT))
  await writeFile(join(clientDir, 'assets/main-abc123.js.gz'), gzipSync(SCRIPT))
  await writeFile(join(clientDir, 'assets/font.woff2'), 'a font')
  await writeFile(`${clientDir}-secret.js`, 'the secret')
  w = await world({ config: { clientDir } })
  ada = await w.person('ada')
})
afterAll(async () => {
  await w.close()
  await rm(clientDir, { recursive: true, force: true })
  await rm(`${clientDir}-secret.js`, { force: true })
})

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
  error?: { code: string; message: string; field?: string; retryAfter?: number }
}

/** A request exactly as it is written here: no browser or library tidies its path or adds a header. */
async function raw(
  path: string,
  {
    method = 'GET',
    headers = {},
    body = '',
    url = w.url,
  }: { method?: string; headers?: Record<string, string>; body?: string | Buffer; url?: string } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url)
  const asked = request({
    hostname,
    port,
    path,
    method,
    headers: { ...headers, ...(body.length > 0 && { 'Content-Length': String(Buffer.byteLength(body)) }) },
  })
  asked.end(body)
  const [response] = await once(asked, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const whole = Buffer.concat(chunks)
  let error: Answer['error']
  if (String(response.headers['content-type']).startsWith('application/json')) {
    const ack = JSON.parse(whole.toString() || '{}') as Ack<unknown>
    if ('error' in ack) error = ack.error
  }
  return { status: response.statusCode, headers: response.headers, body: whole, error }
}

const JSON_TYPE = { 'Content-Type': 'application/json' }

/** Asks a command with only these headers. */
const ask = (command: string, payload: unknown, headers: Record<string, string> = {}, url = w.url) =>
  raw(`/api/${command}`, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(payload), url })

describe('headers', () => {
  test('every answer carries the content security policy and its relatives', async () => {
    const policy =
      "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data: blob:;font-src 'self';connect-src 'self';" +
      "media-src 'self';manifest-src 'self';worker-src 'self';frame-src 'self';object-src 'none';base-uri 'none';" +
      "form-action 'self';frame-ancestors 'none';require-trusted-types-for 'script';trusted-types lit-html chorus"
    for (const path of [
      '/',
      '/login',
      '/wiki/Nothing',
      '/nowhere',
      '/healthz',
      '/sw.js',
      '/assets/main-abc123.js',
      '/api/user:me',
      '/uploads/avatars/x',
    ]) {
      const { headers } = await raw(path, { headers: { Accept: 'text/html' } })
      expect(headers, path).toMatchObject({
        'content-security-policy': policy,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'permissions-policy': 'camera=(), microphone=(), geolocation=(), browsing-topics=()',
        'x-frame-options': 'DENY',
      })
      expect(headers['x-request-id']).toMatch(/^[\w-]{12}$/)
      expect(headers['x-powered-by']).toBeUndefined()
      expect(headers['strict-transport-security']).toBeUndefined()
      expect(headers['access-control-allow-origin']).toBeUndefined()
    }
  })

  test('where people come by https, browsers are told to stay there', async () => {
    const port = await freePort()
    await using _tls = await world({ config: { publicUrl: 'https://wiki.example', port } })
    const { headers } = await raw('/', { url: `http://127.0.0.1:${port}` })
    expect(headers['strict-transport-security']).toBe('max-age=31536000')
    expect(headers['content-security-policy']).toContain('upgrade-insecure-requests')
    expect(headers['content-security-policy']).toContain("connect-src 'self' wss://wiki.example;")
  })

  test('answers to commands are kept by nobody', async () => {
    for (const answer of [await ask('user:me', {}), await ask('user:nothing', {})])
      expect(answer.headers['cache-control']).toBe('no-store')
  })
})

describe('requests from other sites', () => {
  const evil = 'https://evil.example'

  test.each<[string, Record<string, string>, boolean]>([
    ['our own pages, as browsers say it', { 'Sec-Fetch-Site': 'same-origin', Origin: 'URL' }, true],
    ['our own pages, in a browser that only says its origin', { Origin: 'URL' }, true],
    ['a script with the right origin', { Origin: 'URL' }, true],
    ['another site', { 'Sec-Fetch-Site': 'cross-site', Origin: evil }, false],
    ['another site that claims our origin', { 'Sec-Fetch-Site': 'cross-site', Origin: 'URL' }, false],
    ['a neighbour on our domain', { 'Sec-Fetch-Site': 'same-site', Origin: evil }, false],
    ['another site in an older browser', { Origin: evil }, false],
    ['a page that hides where it comes from', { Origin: 'null' }, false],
    ['our host on another port', { Origin: 'http://localhost:1' }, false],
    ['a site whose name begins like ours', { Origin: 'URL.evil.example' }, false],
    ['nobody knows where', {}, false],
  ])('with a cookie, from %s', async (_, headers, allowed) => {
    const given = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('URL', w.url)]),
    )
    const with_ = { ...given, Cookie: ada.cookie, Host: new URL(w.url).host }
    for (const answer of [
      await ask('user:update', {}, with_),
      await raw('/uploads/avatar', { method: 'POST', headers: with_ }),
      await raw('/', { method: 'DELETE', headers: with_ }),
    ]) {
      if (allowed) expect(answer.error?.code).not.toBe('forbidden')
      else expect([answer.status, answer.error?.code]).toEqual([403, 'forbidden'])
    }
    expect((await ask('user:update', {}, with_)).status).toBe(allowed ? 200 : 403)
  })

  test('a script without cookies needs no origin; with PUBLIC_URL only that one counts', async () => {
    expect((await ask('user:me', {})).status).toBe(200)
    const port = await freePort()
    await using _named = await world({ config: { publicUrl: 'http://wiki.example', port } })
    const url = `http://127.0.0.1:${port}`
    expect((await ask('user:me', {}, { Origin: 'http://wiki.example' }, url)).status).toBe(200)
    expect((await ask('user:me', {}, { Origin: url }, url)).status).toBe(403)
  })

  test('sockets open from our own origin only', async () => {
    const opened = async (origin: string | null) => {
      const { hostname, port } = new URL(w.url)
      const headers = {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        Cookie: ada.cookie,
        Host: new URL(w.url).host,
        ...(origin && { Origin: origin }),
      }
      const asked = request({ hostname, port, path: '/socket.io/?EIO=4&transport=websocket', headers }).end()
      return new Promise<number>((resolve, reject) => {
        asked.once('upgrade', (response, socket) => {
          socket.destroy()
          resolve(response.statusCode!)
        })
        asked.once('response', response => {
          response.resume()
          resolve(response.statusCode!)
        })
        asked.once('error', reject)
      })
    }
    expect(await opened(w.url)).toBe(101)
    for (const origin of [evil, 'null', 'http://localhost:1', null])
      expect(await opened(origin)).toBeGreaterThanOrEqual(400)
  })

  test('no address changes anything by being looked at', async () => {
    const before = (await ada.post('user:me', {})).user
    for (const path of [
      '/logout',
      '/api/user:signOut',
      '/api/user:removeAvatar',
      '/uploads/avatar',
      '/register',
      '/create?title=Seen',
    ]) {
      const { headers } = await raw(path, { headers: { Cookie: ada.cookie, Accept: 'text/html' } })
      expect(headers['set-cookie'], path).toBeUndefined()
    }
    expect((await ada.post('user:me', {})).user).toEqual(before)
    expect((await refusal(ada.post('page:read', { title: 'Seen' }))).code).toBe('missing')
  })
})

describe('commands over HTTP', () => {
  const own = () => ({ Cookie: ada.cookie, Origin: w.url, Host: new URL(w.url).host })
  const post = (body: string | Buffer, headers: Record<string, string> = JSON_TYPE, command = 'page:create') =>
    raw(`/api/${command}`, { method: 'POST', headers: { ...own(), ...headers }, body })

  test('answer { ok, value } or { ok, error } under the error’s status', async () => {
    const good = await ask('user:me', {}, own())
    expect(JSON.parse(good.body.toString())).toMatchObject({ ok: true, value: { user: { username: 'ada' } } })
    expect(JSON.parse((await raw('/api/user:me', { method: 'POST' })).body.toString())).toEqual({
      ok: true,
      value: { user: null },
    })
    for (const [command, payload, headers, status, code] of [
      ['page:create', { title: 'x' }, {}, 401, 'unauthenticated'],
      ['page:create', { title: '' }, own(), 400, 'invalid'],
      ['page:read', { title: 'no such page' }, {}, 404, 'missing'],
      ['user:update', { username: 'ada', extra: 1 }, own(), 400, 'invalid'],
      ['user:nothing', {}, {}, 404, 'missing'],
      ['__proto__', {}, {}, 404, 'missing'],
      ['page:push', { page: 1 }, own(), 400, 'invalid'],
    ] as const) {
      const answer = await ask(command, payload, headers)
      expect([answer.status, answer.error?.code], command).toEqual([status, code])
      expect(answer.error!.message.length).toBeGreaterThan(10)
    }
  })

  test.each<[string, () => Promise<Answer>, number]>([
    ['half an object', () => post('{"title":"x"'), 400],
    ['a word', () => post('title'), 400],
    ['a number', () => post('7'), 400],
    ['a list', () => post('[{"title":"x"}]'), 400],
    ['null', () => post('null'), 400],
    ['bytes that are no text', () => post(Buffer.from([0xff, 0xfe, 0x00, 0x22])), 400],
    ['a prototype', () => post('{"__proto__":{"title":"x"},"title":"x"}'), 400],
    ['a hundred thousand brackets', () => post('['.repeat(100_000)), 400],
    ['a form', () => post('title=x', { 'Content-Type': 'application/x-www-form-urlencoded' }), 415],
    ['text, as another site’s form could send it', () => post('{"title":"x"}', { 'Content-Type': 'text/plain' }), 415],
    ['JSON without saying so', () => post('{"title":"x"}', {}), 415],
    ['compressed JSON', () => post(gzipSync('{"title":"x"}'), { ...JSON_TYPE, 'Content-Encoding': 'gzip' }), 415],
    ['another alphabet', () => post('{"title":"x"}', { 'Content-Type': 'application/json; charset=iso-8859-1' }), 415],
    ['more than a page', () => post(JSON.stringify({ title: 'x', content: 'x'.repeat(3_200_000) })), 413],
    ['more than a name', () => post(JSON.stringify({ username: 'x'.repeat(70_000) }), JSON_TYPE, 'user:update'), 413],
  ])('%s is refused with a sentence', async (_, asked, status) => {
    const { status: got, error } = await asked()
    expect(got).toBe(status)
    expect(error!.message.length).toBeGreaterThan(10)
    expect(error!.message).not.toMatch(/JSON at position|SyntaxError|node_modules|Unexpected token/)
  })

  test('a body that breaks off harms nobody', async () => {
    const { hostname, port } = new URL(w.url)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    socket.write(
      `POST /api/user:me HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"a`,
    )
    socket.destroy()
    await new Promise(resolve => socket.once('close', resolve))
    expect((await raw('/healthz')).status).toBe(200)
  })

  test('whoever may not write hears it before the page is read', async () => {
    const { status } = await raw('/api/page:create', {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain' },
      body: 'x'.repeat(100_000),
    })
    expect(status).toBe(401)
  })

  test('the cause of our own errors goes to the log under the number that is told, and nowhere else', async () => {
    const lines: string[] = []
    await using own = await logged(lines, 'error')
    const broken = vi.spyOn(own.running.db, 'em').mockImplementation(() => {
      throw new Error('the secret cause')
    })
    const health = await raw('/healthz', { url: own.url })
    const answer = await ask('user:signIn', { username: 'ada', password: 'some words' }, {}, own.url)
    broken.mockRestore()
    expect(health.status).toBe(503)
    expect([answer.status, answer.error?.code]).toEqual([500, 'failed'])
    for (const { body } of [health, answer]) expect(body.toString()).not.toContain('secret')
    const id = answer.headers['x-request-id'] as string
    expect(answer.error!.message).toContain(id)
    expect(lines.find(line => line.includes(id))).toContain('the secret cause')
    expect((await raw('/healthz', { url: own.url })).status).toBe(200)
  })

  test('every request is a line of JSON with a number, without what opens an account', async () => {
    const lines: string[] = []
    await using own = await logged(lines, 'info')
    await raw('/invite/ch_abcdefghijklmnopqrstuvwxyz?next=private', { url: own.url })
    await ask('user:signIn', { username: 'somebody', password: 'very private words' }, {}, own.url)
    const requests = lines.map(line => JSON.parse(line)).filter(({ msg }) => msg === 'request')
    expect(requests).toHaveLength(2)
    expect(requests[0]).toMatchObject({
      method: 'GET',
      path: '/invite/ch_…',
      request: expect.any(String),
      ms: expect.any(Number),
    })
    expect(requests[1]).toMatchObject({ method: 'POST', path: '/api/user:signIn', status: 401 })
    expect(lines.join()).not.toMatch(/abcdefghij|private/)
  })
})

describe('limits', () => {
  test('guests have 300 requests a minute, then hear when to come back', async () => {
    await using strict = await world({ limits: { rates: { guestRequest: LIMITS.rates.guestRequest } } })
    for (let i = 0; i < 300; i += 50) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => ask('user:me', {}, {}, strict.url)))
      expect(answers.every(({ status }) => status === 200)).toBe(true)
    }
    const over = await ask('user:me', {}, {}, strict.url)
    expect([over.status, over.error?.code]).toEqual([429, 'busy'])
    expect(Number(over.headers['retry-after'])).toBe(over.error!.retryAfter)
    expect(over.error!.retryAfter).toBeGreaterThan(0)
  })

  test('every screen costs one request, however much it shows', async () => {
    const rate = { points: 6, seconds: 60 }
    await using strict = await world({ limits: { rates: { guestRequest: rate, userRequest: rate } } })
    const statuses = async (paths: string[], headers = {}) => {
      const found: number[] = []
      for (const path of paths) found.push((await raw(path, { url: strict.url, headers })).status)
      return found
    }
    expect(
      await statuses(['/drafts', '/login', '/wiki/Nothing', '/nowhere', '/pages', '/', '/drafts', '/login']),
    ).toEqual([200, 200, 404, 404, 200, 200, 429, 429])
    await using own = await world({ limits: { rates: { userRequest: rate } } })
    const { cookie } = await own.person('ada')
    const visits = ['/create', '/profile', '/drafts', '/people', '/logout', '/', '/create', '/profile']
    const found = await Promise.all(
      visits.map(path => raw(path, { url: own.url, headers: { Cookie: cookie } }).then(({ status }) => status)),
    )
    expect(found.filter(status => status === 429)).toHaveLength(2)
  })

  test('no way to write the address gives another guess', async () => {
    await using strict = await world({ limits: { rates: { signInAccount: LIMITS.rates.signInAccount } } })
    await strict.person('ada')
    const guess = (path: string, headers = {}) =>
      raw(path, {
        method: 'POST',
        url: strict.url,
        headers: { ...JSON_TYPE, ...headers },
        body: JSON.stringify({ username: 'ada', password: 'wrong words' }),
      })
    for (let i = 0; i < 5; i++) expect((await guess('/api/user:signIn')).status).toBe(401)
    for (const path of [
      '/api/user:signIn',
      '/api/user%3AsignIn',
      '/api/user%3asignIn?x=1',
      '/api/user:signIn/',
      '/API/user:signIn',
      '/api/USER:SIGNIN',
      '//api/user:signIn',
      '/api//user:signIn',
      '/api/./user:signIn',
      '/x/../api/user:signIn',
      '/api/user:signIn#x',
      '/api/user:signIn%20',
      '/api/user:signIn%00',
    ])
      expect([400, 404, 429], path).toContain((await guess(path)).status)
    expect(
      (await guess('/api/user:signIn', { 'X-Forwarded-For': '198.51.100.7', Forwarded: 'for=198.51.100.7' })).status,
    ).toBe(429)
  })

  test('behind one proxy, people count by the address that the proxy saw, and nothing they claim themselves', async () => {
    await using strict = await world({
      config: { trustProxy: 1 },
      limits: { rates: { guestRequest: { points: 2, seconds: 60 } } },
    })
    const from = async (forwarded: string) =>
      (await ask('user:me', {}, { 'X-Forwarded-For': forwarded }, strict.url)).status
    expect([await from('203.0.113.1'), await from('9.9.9.9, 203.0.113.1'), await from('8.8.8.8, 203.0.113.1')]).toEqual(
      [200, 200, 429],
    )
    expect(await from('203.0.113.2')).toBe(200)
  })

  test('an address is what trusted proxies say, and one IPv6 household is one', () => {
    expect(addressIn('10.0.0.1', '1.1.1.1, 2.2.2.2', 0)).toBe('10.0.0.1')
    expect(addressIn('10.0.0.1', '1.1.1.1, 2.2.2.2', 1)).toBe('2.2.2.2')
    expect(addressIn('10.0.0.1', ['1.1.1.1', '2.2.2.2'], 2)).toBe('1.1.1.1')
    expect(addressIn('10.0.0.1', '1.1.1.1', 5)).toBe('1.1.1.1')
    expect(addressIn('::ffff:10.0.0.1', undefined, 1)).toBe('10.0.0.1')
    expect(addressIn('2001:db8:0:1::7', undefined, 0)).toBe('2001:db8:0:1::/64')
    expect(addressIn('2001:db8::1', undefined, 0)).toBe(addressIn('2001:0DB8:0:0:ffff::1', undefined, 0))
    expect(addressIn('::1', undefined, 0)).toBe('0:0:0:0::/64')
    expect(addressIn('10.0.0.1', '<script>', 1)).toBe('unknown')
    expect(addressIn(undefined, undefined, 0)).toBe('unknown')
  })

  test('cookies are Secure behind a trusted proxy that speaks TLS', async () => {
    await using behind = await world({ config: { trustProxy: 1 } })
    const payload = { username: 'ada', password: 'seven purple loaves' }
    const { headers } = await ask('user:register', payload, { 'X-Forwarded-Proto': 'https' }, behind.url)
    expect(headers['set-cookie']?.[0]).toContain('; Secure')
    const again = await ask('user:signIn', payload, {}, behind.url)
    expect(again.headers['set-cookie']?.[0]).not.toContain('; Secure')
  })

  test('headers that are too large or never end are cut off', async () => {
    expect((await raw('/', { headers: { 'X-Large': 'x'.repeat(17_000) } })).status).toBe(431)
    const { hostname, port } = new URL(w.url)
    const socket = connect(Number(port), hostname)
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n')
    const began = performance.now()
    let heard = ''
    for await (const chunk of socket) heard += chunk
    expect(heard).toMatch(/^HTTP\/1\.1 408 /)
    expect(performance.now() - began).toBeLessThan(15_000)
  })
})

describe('the built client', () => {
  test('hashed files are kept for ever, the others are asked for each time', async () => {
    const script = await raw('/assets/main-abc123.js')
    expect(script.status).toBe(200)
    expect(script.body.toString()).toBe(SCRIPT)
    expect(script.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Accept-Encoding',
    })
    const worker = await raw('/sw.js')
    expect(worker.headers).toMatchObject({
      'cache-control': 'no-cache',
      'content-type': 'text/javascript; charset=utf-8',
    })
    const again = await raw('/sw.js', { headers: { 'If-None-Match': worker.headers.etag! } })
    expect([again.status, again.body.length]).toEqual([304, 0])
    const head = await raw('/assets/main-abc123.js', { method: 'HEAD' })
    expect([head.status, head.body.length, head.headers['content-length']]).toEqual([200, 0, String(SCRIPT.length)])
    expect((await raw('/assets/font.woff2')).headers['content-type']).toBe('font/woff2')
  })

  test.each([
    ['gzip, deflate, br', 'br'],
    ['br;q=0.1, gzip', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip;q=0', undefined],
    ['identity', undefined],
    ['', undefined],
  ])('Accept-Encoding “%s” is answered with %s', async (accepted, encoding) => {
    const answer = await raw('/assets/main-abc123.js', { headers: { 'Accept-Encoding': accepted } })
    expect(answer.status).toBe(200)
    expect(answer.headers['content-encoding']).toBe(encoding)
    if (encoding) expect(answer.body.length).toBeLessThan(SCRIPT.length / 4)
  })

  test('nothing beside it can be reached, however it is spelt', async () => {
    const name = clientDir.split('/').pop()!
    const ways = [
      '../',
      '..%2f',
      '%2e%2e/',
      '%2e%2e%2f',
      '..%252f',
      '..\\',
      '..%5c',
      '.../',
      '..;/',
      '%c0%ae%c0%ae/',
      './../',
      '..%00/',
    ]
    const paths = ways.flatMap(up => [
      `/assets/${up}${up}${name}-secret.js`,
      `/${up}${name}-secret.js`,
      `/assets/${up.repeat(8)}etc/passwd`,
    ])
    paths.push(
      '/.vite/manifest.json',
      '/assets/',
      '/assets',
      '/index.html',
      '/assets/main-abc123.js.br',
      '/assets/main-abc123.js/',
      '/ASSETS/main-abc123.js',
      '/package.json',
      '/assets/main-abc123.js%00',
      '/assets/constructor',
      '/%E0%A4%A',
    )
    for (const path of paths) {
      const { status, body } = await raw(path)
      expect([400, 404], path).toContain(status)
      expect(body.toString()).not.toMatch(/the secret|root:|not for you/)
    }
  })

  test('an unknown address is a page for people and an error for programs', async () => {
    const page = await raw('/nowhere', { headers: { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } })
    expect([page.status, page.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
    const program = await raw('/uploads/nowhere', { headers: { Accept: 'text/html' } })
    expect([program.status, program.error?.code]).toEqual([404, 'missing'])
    expect((await raw('/api/user:me', { headers: { Accept: 'text/html' } })).error?.message).toContain('POST')
  })

  test('without a build the server still answers', async () => {
    await using bare = await world({ config: { clientDir: join(clientDir, 'nothing') } })
    expect((await raw('/', { url: bare.url })).status).toBe(200)
    expect((await raw('/sw.js', { url: bare.url })).status).toBe(404)
  })
})

/** A server whose log can be read. */
async function logged(lines: string[], level: string) {
  const folder = await mkdtemp(join(tmpdir(), 'chorus-'))
  const config = readConfig({
    DATABASE_URL: `sqlite:${folder}/data/chorus.sqlite`,
    UPLOADS_DIR: `${folder}/uploads`,
    HOST: '127.0.0.1',
  })
  const write = (chunk: Buffer, _: unknown, done: () => void) => {
    lines.push(...String(chunk).trim().split('\n'))
    done()
  }
  const running = await start(
    { ...config, port: 0, hashMemory: 1024, hashTime: 2 },
    pino({ level }, new Writable({ write })),
  )
  return {
    running,
    url: running.url,
    async [Symbol.asyncDispose]() {
      await running.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
