import { once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Ack, User } from '../shared/protocol.ts'
import { type Client, refusal } from './support/client.ts'
import { type World, world } from './support/world.ts'

let w: World
let ada: Client
let grace: Client

beforeAll(async () => {
  w = await world()
  ada = await w.person('ada')
  grace = await w.person('grace')
})
afterAll(() => w.close())

const picture = (background: string, size = 300) =>
  sharp({ create: { width: size, height: size + 40, channels: 3, background } })

const formOf = (bytes: Uint8Array, name = 'me.png', type = 'image/png', field = 'avatar') => {
  const form = new FormData()
  form.append(field, new File([bytes as never], name, { type }))
  return form
}

async function send(client: Client, body: FormData): Promise<{ status: number; answer: Ack<{ user: User }> }> {
  const response = await client.fetch('/uploads/avatar', { method: 'POST', body })
  return { status: response.status, answer: (await response.json()) as Ack<{ user: User }> }
}

async function taken(client: Client, bytes: Uint8Array): Promise<User> {
  const { answer } = await send(client, formOf(bytes))
  if (!answer.ok) throw new Error(answer.error.message)
  return answer.value.user
}

const files = () => readdir(join(w.folder, 'uploads/avatars')).catch((): string[] => [])

/** A real PNG of this size with one bit per pixel: huge to decode, tiny to send. */
function flood(side: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const ends = Buffer.alloc(8)
    ends.writeUInt32BE(data.length, 0)
    ends.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
  }
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  const rows = deflateSync(Buffer.alloc(side * (Math.ceil(side / 8) + 1)))
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))])
}

describe('taking an avatar', () => {
  test.each([
    ['png', () => picture('red').png()],
    ['jpeg', () => picture('green').jpeg()],
    ['gif', () => picture('blue').gif()],
    ['webp', () => picture('orange').webp()],
  ])('a %s becomes a square WebP of 256 pixels, whatever its name says', async (_, make) => {
    const { answer } = await send(ada, formOf(await make().toBuffer(), 'résumé.exe', 'application/x-msdownload'))
    const avatar = answer.ok ? answer.value.user.avatar : null
    expect(avatar).toMatch(/^\/uploads\/avatars\/[0-9a-f]{64}\.webp$/)
    const response = await w.guest().fetch(avatar!)
    expect(response.status).toBe(200)
    const { format, width, height } = await sharp(Buffer.from(await response.arrayBuffer())).metadata()
    expect({ format, width, height }).toEqual({ format: 'webp', width: 256, height: 256 })
    expect((await ada.post('user:me', {})).user?.avatar).toBe(avatar)
  })

  test('everybody hears of it at once, guests too', async () => {
    const guest = w.guest()
    await Promise.all([guest.socket(), grace.socket()])
    const heard = [guest, grace].map(client => client.next('user:updated'))
    const user = await taken(ada, await picture('purple').png().toBuffer())
    for (const one of heard)
      expect(await one).toEqual({ user: { id: user.id, username: 'ada', avatar: user.avatar, colour: user.colour } })
    guest.hangUp()
    grace.hangUp()
  })

  test('pages show it, and it is still there after a restart', async () => {
    const user = await taken(ada, await picture('teal').png().toBuffer())
    const page = await ada.post('page:create', { title: 'With a face' })
    await w.restart()
    expect((await w.guest().post('page:read', { page: page.id })).author.avatar).toBe(user.avatar)
    expect((await w.guest().fetch(user.avatar!)).status).toBe(200)
  })

  test('it stands as the camera held it, and says nothing of where it was taken', async () => {
    const original = await sharp({ create: { width: 400, height: 200, channels: 3, background: 'white' } })
      .composite([
        { input: { create: { width: 200, height: 200, channels: 3, background: 'black' } }, left: 0, top: 0 },
      ])
      .withExif({ IFD0: { Copyright: 'my home address' }, IFD3: { GPSLatitude: '52/1 31/1 0/1' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer()
    const user = await taken(ada, original)
    const bytes = Buffer.from(await (await w.guest().fetch(user.avatar!)).arrayBuffer())
    expect((await sharp(bytes).metadata()).exif).toBeUndefined()
    expect(bytes.includes('my home address')).toBe(false)
    const { data } = await sharp(bytes).greyscale().raw().toBuffer({ resolveWithObject: true })
    const at = (x: number, y: number) => data[y * 256 + x]!
    // Turned by a quarter, what was black on the left is black at the top.
    expect(at(128, 20)).toBeLessThan(60)
    expect(at(128, 235)).toBeGreaterThan(200)
  })

  test('nothing of a file that is also a program is left in the picture', async () => {
    const gif = await picture('navy').gif().toBuffer()
    const user = await taken(ada, Buffer.concat([gif, Buffer.from('/*<script>alert(1)</script>*/')]))
    const bytes = Buffer.from(await (await w.guest().fetch(user.avatar!)).arrayBuffer())
    expect(bytes.includes('<script>')).toBe(false)
  })
})

describe('refusing an upload', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'

  test.each([
    ['an SVG', Buffer.from(svg)],
    ['a web page', Buffer.from('<!doctype html><script>alert(1)</script>')],
    ['a PDF', Buffer.from('%PDF-1.7\n1 0 obj')],
    ['nothing', Buffer.alloc(0)],
    ['a TIFF', Buffer.from('II*\0\x08\0\0\0')],
    ['only the first bytes of a PNG', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')],
    ['a JPEG’s beginning and rubbish', Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(5000, 7)])],
  ])('%s named .png is unsupported', async (_, bytes) => {
    const { status, answer } = await send(ada, formOf(bytes))
    expect(status).toBe(415)
    expect(answer).toMatchObject({ ok: false, error: { code: 'unsupported' } })
  })

  test('a picture that ends in the middle is unsupported', async () => {
    const whole = await sharp({
      create: {
        width: 300,
        height: 300,
        channels: 3,
        background: 'red',
        noise: { type: 'gaussian', mean: 99, sigma: 50 },
      },
    })
      .png()
      .toBuffer()
    expect((await send(ada, formOf(whole.subarray(0, whole.length / 2)))).status).toBe(415)
  })

  test('a small file that would be an enormous picture is too large', async () => {
    const bytes = flood(16_000)
    expect(bytes.length).toBeLessThan(100_000)
    const { status, answer } = await send(ada, formOf(bytes))
    expect(status).toBe(413)
    expect(answer).toMatchObject({ error: { message: expect.stringContaining('too many pixels') } })
  })

  test('more than 5 MB is too large, whether or not the length is told before', async () => {
    const bytes = Buffer.concat([await picture('red').png().toBuffer(), Buffer.alloc(5 * 1024 * 1024)])
    const { status, answer } = await send(ada, formOf(bytes))
    expect(status).toBe(413)
    expect(answer).toMatchObject({ error: { code: 'too_large', message: expect.stringContaining('5 MB') } })
    const form = new Response(formOf(bytes.subarray(0, 5 * 1024 * 1024 + 1000)))
    const streamed = await ada.fetch('/uploads/avatar', {
      method: 'POST',
      headers: { 'Content-Type': form.headers.get('Content-Type')! },
      body: form.body,
      duplex: 'half',
    } as RequestInit)
    expect(streamed.status).toBe(413)
  })

  test('guests are asked to sign in before anything is read; readers may have a face', async () => {
    const png = await picture('red').png().toBuffer()
    expect((await send(w.guest(), formOf(png))).status).toBe(401)
    await ada.post('user:setRole', { user: grace.user!.id, role: 'reader' })
    expect((await taken(grace, png)).avatar).toMatch(/webp$/)
  })

  test.each<[string, () => BodyInit, Record<string, string>]>([
    ['another field', () => formOf(Buffer.from('x'), 'a.png', 'image/png', 'picture'), {}],
    ['a text where the file should be', () => new URLSearchParams({ avatar: 'x' }), {}],
    ['JSON', () => '{"avatar":"x"}', { 'Content-Type': 'application/json' }],
    ['no body', () => '', {}],
    [
      'a form without its end',
      () => '--b\r\nContent-Disposition: form-data; name="avatar"; filename="x"\r\n\r\nabc',
      { 'Content-Type': 'multipart/form-data; boundary=b' },
    ],
    ['a form without a boundary', () => 'abc', { 'Content-Type': 'multipart/form-data' }],
  ])('%s is invalid, with a sentence', async (_, body, headers) => {
    const response = await ada.fetch('/uploads/avatar', { method: 'POST', body: body(), headers })
    expect(response.status).toBe(400)
    expect((await response.json()).error).toMatchObject({ code: 'invalid', field: 'avatar' })
  })

  test('field names that nest, many parts and two files are invalid, and the server lives', async () => {
    const png = await picture('red').png().toBuffer()
    const nested = formOf(png)
    nested.append('a[__proto__][b][c][999999999]', 'x')
    const many = new FormData()
    for (let i = 0; i < 50; i++) many.append(`f${i}`, 'x')
    const two = formOf(png)
    two.append('avatar', new File([png as never], 'second.png'))
    for (const form of [nested, many, two]) expect([200, 400]).toContain((await send(ada, form)).status)
    expect((await send(ada, many)).status).toBe(400)
    expect((await send(ada, two)).status).toBe(400)
    expect(({} as Record<string, unknown>).b).toBeUndefined()
  })

  test('thirty in ten minutes are enough', async () => {
    await using strict = await world({ limits: { rates: { upload: { points: 2, seconds: 600 } } } })
    const one = await strict.person('one')
    const png = await picture('red').png().toBuffer()
    await taken(one, png)
    await taken(one, png)
    const { status, answer } = await send(one, formOf(png))
    expect(status).toBe(429)
    expect(answer).toMatchObject({ error: { code: 'busy', retryAfter: expect.any(Number) } })
  })

  test('uploads that break off leave no file and a server that serves', async () => {
    const before = await files()
    for (let i = 0; i < 20; i++) {
      const broken = request(`${w.url}/uploads/avatar`, {
        method: 'POST',
        headers: {
          Origin: w.url,
          Cookie: ada.cookie,
          'Content-Type': 'multipart/form-data; boundary=b',
          'Content-Length': '100000',
        },
      })
      broken.on('error', () => {})
      broken.write('--b\r\nContent-Disposition: form-data; name="avatar"; filename="x.png"\r\n\r\n')
      broken.write(Buffer.alloc(20_000), () => broken.destroy())
      await new Promise(resolve => broken.once('close', resolve))
    }
    expect(await files()).toEqual(before)
    await taken(ada, await picture('olive').png().toBuffer())
  })
})

describe('what lies in uploads/avatars', () => {
  test('a picture that nobody uses any more is removed; one that somebody else uses stays', async () => {
    await using own = await world()
    const [one, two] = [await own.person('one'), await own.person('two')]
    const list = () => readdir(join(own.folder, 'uploads/avatars'))
    const red = await picture('red').png().toBuffer()
    const first = await taken(one, red)
    expect((await taken(two, red)).avatar).toBe(first.avatar)
    expect(await list()).toHaveLength(1)
    const second = await taken(one, await picture('blue').png().toBuffer())
    expect(await list()).toHaveLength(2)
    await two.socket()
    const heard = two.next('user:updated')
    expect((await one.post('user:removeAvatar', {})).user.avatar).toBeNull()
    expect((await heard).user.avatar).toBeNull()
    expect((await own.guest().fetch(second.avatar!)).status).toBe(404)
    expect(await list()).toEqual([first.avatar!.split('/').pop()])
    expect((await one.post('user:removeAvatar', {})).user.avatar).toBeNull()
    expect((await refusal(own.guest().post('user:removeAvatar', {}))).code).toBe('unauthenticated')
  })

  test('whoever takes a picture at the moment another drops the same one still has it', async () => {
    await using own = await world()
    const people = await Promise.all(['one', 'two', 'three'].map(name => own.person(name)))
    const red = await picture('red').png().toBuffer()
    for (let round = 0; round < 10; round++) {
      await taken(people[0]!, red)
      const users = await Promise.all([
        people[0]!.post('user:removeAvatar', {}).then(({ user }) => user),
        taken(people[1]!, red),
        people[2]!.post('user:removeAvatar', {}).then(({ user }) => user),
      ])
      for (const { avatar } of users) if (avatar) expect((await own.guest().fetch(avatar)).status).toBe(200)
      await people[1]!.post('user:removeAvatar', {})
    }
  })

  test('what a server left behind that ended in the middle is cleared away at the next start', async () => {
    const { avatar } = await taken(ada, await picture('plum').png().toBuffer())
    const name = avatar!.split('/').pop()!
    const folder = join(w.folder, 'uploads/avatars')
    const stray = [`${'0'.repeat(64)}.webp`, '0e0e0e0e.part']
    for (const one of stray) await writeFile(join(folder, one), 'half a picture')
    await writeFile(join(folder, 'a note of the operator.txt'), 'not ours')
    await w.restart()
    // Swept in turn with other changes: once one has been made, it is done.
    await ada.post('user:removeAvatar', {})
    const left = await readdir(folder)
    for (const one of [...stray, name]) expect(left).not.toContain(one)
    expect(left).toContain('a note of the operator.txt')
  })

  test('is served for ever under its hash, as a picture and nothing else', async () => {
    const { avatar } = await taken(ada, await picture('pink').png().toBuffer())
    const response = await w.guest().fetch(avatar!)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/webp',
      'content-security-policy':
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; img-src 'self'",
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'public, max-age=31536000, immutable',
    })
    const again = await raw(avatar!, { 'If-None-Match': response.headers.get('ETag')! })
    expect(again.status).toBe(304)
    expect((await w.guest().fetch(avatar!, { method: 'HEAD' })).headers.get('Content-Length')).toBe(
      String((await response.arrayBuffer()).byteLength),
    )
  })

  test('no other name reaches the disk', async () => {
    const { avatar } = await taken(ada, await picture('gold').png().toBuffer())
    const name = avatar!.split('/').pop()!
    for (const path of [
      '..%2f..%2fdata%2fchorus.sqlite',
      '%2e%2e/%2e%2e/data/chorus.sqlite',
      '..\\..\\data\\chorus.sqlite',
      `..%2favatars%2f${name}`,
      `${name}%00`,
      name.toUpperCase(),
      `${name}/`,
      '.',
      '',
    ]) {
      const response = await raw(`/uploads/avatars/${path}`)
      expect([400, 404], path).toContain(response.status)
      expect(response.body).not.toContain('SQLite format')
    }
  })
})

/** A GET whose path goes over the wire as it is written here. */
async function raw(path: string, headers = {}): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(w.url)
  const asked = request({ hostname, port, path, headers }).end()
  const [response] = await once(asked, 'response')
  let body = ''
  for await (const chunk of response.setEncoding('latin1')) body += chunk
  return { status: response.statusCode, body }
}
