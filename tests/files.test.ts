import { readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import fc from 'fast-check'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fileAddress, fileName, readAddress } from '../shared/files.ts'
import { parse } from '../shared/markdown.ts'
import type { Ack, File as FileShape } from '../shared/protocol.ts'
import { type Client, refusal } from './support/client.ts'
import { type World, world } from './support/world.ts'

let w: World
let ada: Client
let grace: Client
let reader: Client

beforeAll(async () => {
  w = await world()
  ada = await w.person('ada')
  grace = await w.person('grace')
  reader = await w.person('linus')
  await ada.post('user:setRole', { user: reader.user!.id, role: 'reader' })
})
afterAll(() => w.close())

const picture = (background: string, width = 300, height = 200) =>
  sharp({ create: { width, height, channels: 3, background } })

async function send(
  client: Client,
  bytes: Uint8Array | string,
  name: string,
  { field = 'file', type = 'text/html' } = {},
): Promise<{ status: number; answer: Ack<{ file: FileShape }> }> {
  const body = new FormData()
  body.append(field, new File([bytes as never], name, { type }))
  const response = await client.fetch('/api/file:upload', { method: 'POST', body })
  return { status: response.status, answer: (await response.json()) as Ack<{ file: FileShape }> }
}

async function put(client: Client, bytes: Uint8Array | string, name: string): Promise<FileShape> {
  const { answer } = await send(client, bytes, name)
  if (!answer.ok) throw new Error(answer.error.message)
  return answer.value.file
}

const lying = async (folder: string) =>
  (await readdir(join(w.folder, 'uploads', folder), { recursive: true }).catch((): string[] => [])).filter(name =>
    /[0-9a-f-]{36}|[0-9a-f]{64}$/.test(name),
  )

describe('a file that is sent', () => {
  test('has an address with its size, is served as it came, and everybody hears of it', async () => {
    const bytes = await picture('tomato').png().toBuffer()
    await grace.socket()
    const heard = grace.next('file:uploaded')
    const file = await put(ada, bytes, 'Häuser am See.png')
    expect(file).toMatchObject({ name: 'Häuser am See.png', type: 'image/png', width: 300, height: 200 })
    expect(file.path).toMatch(/^\/files\/[0-9a-f]{16}-300x200\/H%C3%A4user%20am%20See\.png$/)
    expect((await heard).file).toEqual(file)
    const response = await w.guest().fetch(file.path)
    expect(response.headers.get('content-type')).toBe('image/png')
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true)
    grace.hangUp()
  })

  test('is the same file when it is sent again, and one copy lies on the disk under another name', async () => {
    const bytes = await picture('navy').png().toBuffer()
    const first = await put(ada, bytes, 'a.png')
    const before = (await lying('files')).length
    expect(await put(grace, bytes, 'a.png')).toEqual(first)
    const other = await put(grace, bytes, 'b.png')
    expect(other.id).not.toBe(first.id)
    expect((await lying('files')).length).toBe(before)
  })

  test('says nothing of where a photo was taken, keeps its format, and stands upright', async () => {
    for (const format of ['jpeg', 'png', 'webp'] as const) {
      const bytes = await picture('green', 400, 200)
        .withExif({ IFD0: { Copyright: 'my home address' }, IFD3: { GPSLatitude: '52/1 31/1 0/1' } })
        .withMetadata({ orientation: format === 'jpeg' ? 6 : 1 })
        .toFormat(format)
        .toBuffer()
      const file = await put(ada, bytes, `photo.${format}`)
      const served = Buffer.from(await (await w.guest().fetch(file.path)).arrayBuffer())
      const found = await sharp(served).metadata()
      expect(found).toMatchObject({ format, width: file.width, height: file.height })
      expect(found.exif).toBeUndefined()
      expect(served.includes('my home address')).toBe(false)
      if (format === 'jpeg') expect([file.width, file.height]).toEqual([200, 400])
    }
  })

  test('is still there after a restart, and what was half sent is not', async () => {
    const file = await put(ada, await picture('teal').png().toBuffer(), 'teal.png')
    await w.restart()
    await expect.poll(() => lying('arriving')).toEqual([])
    expect((await w.guest().fetch(file.path)).status).toBe(200)
  })

  test('is refused with a sentence when it cannot be read, is empty or too large; nothing is left of it', async () => {
    const whole = await picture('red', 900, 900).jpeg().toBuffer()
    const refused = async (sent: ReturnType<typeof send>) => {
      const { status, answer } = await sent
      expect(answer.ok).toBe(false)
      return [status, answer.ok ? '' : answer.error.code]
    }
    const before = (await lying('files')).length
    expect(await refused(send(ada, whole.subarray(0, 900), 'half.jpg'))).toEqual([415, 'unsupported'])
    expect(await refused(send(ada, '', 'empty.txt'))).toEqual([400, 'invalid'])
    expect(await refused(send(ada, 'x', 'x.txt', { field: 'other' }))).toEqual([400, 'invalid'])
    expect(await refused(send(w.guest(), 'x', 'x.txt'))).toEqual([401, 'unauthenticated'])
    expect(await refused(send(reader, 'x', 'x.txt'))).toEqual([403, 'forbidden'])
    expect(await lying('arriving')).toEqual([])
    expect((await lying('files')).length).toBe(before)
  })

  test('has to fit in what one file, one person and the wiki may take', async () => {
    await using small = await world({
      limits: { fileBytes: 1_000_000, fileBytesPerUser: 1_500_000, fileBytesInAll: 2_200_000, filePixels: 10_000 },
    })
    const [one, two] = [await small.person('one'), await small.person('two')]
    const codes: unknown[] = []
    for (const [client, size] of [
      [one, 1_000_001],
      [one, 900_000],
      [one, 800_000],
      [one, 500_000],
      [two, 900_000],
      [two, 700_000],
    ] as const) {
      const { answer } = await send(client, Buffer.alloc(size, codes.length + 1), 'zeros.bin')
      codes.push(answer.ok ? 'ok' : answer.error.code)
    }
    expect(codes).toEqual(['too_large', 'ok', 'too_large', 'ok', 'too_large', 'ok'])
    const { answer } = await send(two, await picture('red', 200, 200).png().toBuffer(), 'many.png')
    expect(answer.ok ? '' : answer.error.message).toContain('pixels')
  })

  test('may break off twenty times: no file is left, and the server goes on', async () => {
    for (let i = 0; i < 20; i++) {
      const sent = request(`${w.url}/api/file:upload`, {
        method: 'POST',
        headers: {
          Origin: w.url,
          Cookie: ada.cookie,
          'Content-Type': 'multipart/form-data; boundary=x',
          'Content-Length': 500_000,
        },
      })
      sent.on('error', () => {})
      sent.write('--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n')
      sent.write(Buffer.alloc(100_000))
      await new Promise(resolve => setImmediate(resolve))
      sent.destroy()
      await new Promise(resolve => sent.once('close', resolve))
    }
    await expect.poll(() => lying('arriving'), { timeout: 5_000 }).toEqual([])
    expect((await put(ada, 'still here', 'note.txt')).bytes).toBe(10)
  })
})

describe('a file that is served', () => {
  const hostile: [name: string, bytes: string | Buffer][] = [
    ['page.html', '<!doctype html><script>alert(1)</script>'],
    ['picture.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
    ['picture.png', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
    ['picture.gif', 'GIF89a/*<script>alert(1)</script>*/=1;'],
    ['program.js', 'alert(1)'],
    ['feed.xml', '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>'],
    ['paper.pdf', '%PDF-1.4 /JS (app.alert(1))'],
    ['bytes.bin', Buffer.from([0, 1, 2, 3])],
  ]
  test.each(hostile)('%s never runs', async (name, bytes) => {
    const { answer } = await send(ada, bytes, name, { type: 'text/html' })
    if (!answer.ok) return expect(answer.error.code).toBe('unsupported')
    const response = await w.guest().fetch(answer.value.file.path)
    expect(response.status).toBe(200)
    const header = (one: string) => response.headers.get(one) ?? ''
    expect(header('content-disposition')).toMatch(/^attachment; filename="/)
    expect(header('content-security-policy')).toMatch(/^sandbox; default-src 'none'/)
    expect(header('x-content-type-options')).toBe('nosniff')
    expect(header('cross-origin-resource-policy')).toBe('same-origin')
    expect(header('content-type')).not.toMatch(/html|javascript|\/xml/)
  })

  test('may be asked for in parts, and costs nothing a second time', async () => {
    const { path } = await put(ada, `fLaC${'0123456789'.repeat(100)}`, 'sound.flac')
    const part = await w.guest().fetch(path, { headers: { Range: 'bytes=4-9' } })
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 4-9/1004',
      '012345',
    ])
    expect(part.headers.get('content-disposition')).toMatch(/^inline/)
    const etag = part.headers.get('etag')!
    expect(part.headers.get('cache-control')).toMatch(/immutable/)
    expect(
      (await w.guest().fetch(path, { headers: { 'If-None-Match': etag, 'Cache-Control': 'max-age=0' } })).status,
    ).toBe(304)
    expect((await w.guest().fetch(path, { headers: { Range: 'bytes=5000-' } })).status).toBe(416)
  })

  test('is for those who may read, and for nobody who asks for something else', async () => {
    await using closed = await world({ config: { publicRead: false } })
    const owner = await closed.person('owner')
    const { path } = await put(owner, 'secret bread', 'secret.txt')
    expect((await closed.guest().fetch(path)).status).not.toBe(200)
    expect(await (await owner.fetch(path)).text()).toBe('secret bread')
    expect((await owner.fetch(path)).headers.get('cache-control')).toMatch(/^private/)
    for (const wrong of [
      '/files/../../etc/passwd',
      '/files/%2e%2e%2f%2e%2e/passwd',
      '/files/0000000000000000/x',
      '/files/x/y',
      `/files/${'a'.repeat(64)}/x`,
    ])
      expect((await owner.fetch(wrong)).status).toBe(404)
    const renamed = await owner.fetch(path.replace('secret.txt', 'innocent.html'))
    expect([renamed.status, renamed.headers.get('location')]).toEqual([302, path])
  })
})

describe('files and pages', () => {
  test('a page lists what it shows, by address or by name, within two seconds', async () => {
    const one = await put(ada, await picture('plum').png().toBuffer(), 'plum.png')
    const two = await put(ada, 'words', 'words.txt')
    await put(ada, 'other', 'other.txt')
    const page = await ada.post('page:create', { title: 'Listing', content: `![A plum](${one.path})\n` })
    const names = async () => (await w.guest().post('file:list', { page: page.id })).files.map(({ name }) => name)
    await expect.poll(names, { timeout: 3_000 }).toEqual(['plum.png'])
    await ada.post('page:edit', { page: page.id, edits: [{ append: '\n![[Words.txt|300]]\n' }] })
    await expect.poll(names, { timeout: 3_000 }).toEqual(['plum.png', 'words.txt'])
    await ada.post('page:edit', { page: page.id, edits: [{ append: '\n![[plum.png|150]]\n' }] })
    const html = await (await w.guest().fetch(page.path)).text()
    expect(html).toContain(`<img src="${one.path}" alt="plum" width="150" height="100" loading="lazy">`)
    expect(html).toMatch(/<a href="\/files\/[0-9a-f]{16}\/words\.txt" data-full>words\.txt<\/a>/)
    const { files } = await w.guest().post('file:resolve', { names: ['attachments/words.TXT', 'nothing.png'] })
    expect(files.map(({ file }) => file?.id ?? null)).toEqual([two.id, null])
  })

  test('what no page uses is found and removed; what one uses stays', async () => {
    await using fresh = await world({ limits: { fileUnused: -1 } })
    const admin = await fresh.person('admin')
    const kept = await put(admin, 'kept', 'kept.txt')
    const same = await put(admin, 'kept', 'copy.txt')
    const gone = await put(admin, 'gone', 'gone.txt')
    const page = await admin.post('page:create', { title: 'Keeps', content: '[[kept.txt]]' })
    await expect.poll(async () => (await admin.post('file:list', { page: page.id })).files.length).toBe(1)
    const unused = await admin.post('file:unused', {})
    expect(unused.files.map(({ id }) => id)).toEqual([same.id, gone.id])
    expect(unused).toMatchObject({ total: 2, bytes: 8, inAll: { files: 3, bytes: 12 }, next: null })
    const answer = await admin.post('file:remove', { files: [kept.id, same.id, gone.id] })
    expect(answer).toEqual({ removed: [same.id, gone.id], kept: [kept.id] })
    expect((await admin.fetch(gone.path)).status).toBe(404)
    // Its bytes belong to the other one too.
    expect(await (await admin.fetch(kept.path)).text()).toBe('kept')
    expect((await refusal(fresh.guest().post('file:unused', {}))).code).toBe('unauthenticated')
  })

  test('a picture is drawn with its size, so that nothing moves when it comes; sound and film have their controls', () => {
    const html = (text: string) => parse(text).html({ resolve: () => 'missing' })
    const at = (name: string, size = '-800x600') => `/files/0123456789abcdef${size}/${name}`
    expect(html(`![Bread](${at('bread.jpg')})`)).toContain(
      `<img src="${at('bread.jpg')}" alt="Bread" width="800" height="600" loading="lazy">`,
    )
    expect(html(`![Bread|400](${at('bread.jpg')})`)).toContain('alt="Bread" width="400" height="300"')
    expect(html(`![Bread|x300](${at('bread.jpg')})`)).toContain('alt="Bread" width="400" height="300"')
    expect(html(`![Bread|10x20](https://example.org/a.png)`)).toContain('alt="Bread" width="10" height="20"')
    expect(html(`![Bread|99999999](${at('bread.jpg')})`)).toContain('alt="Bread|99999999" width="800"')
    expect(html(`![Rain](${at('rain.mp3', '')})`)).toContain(
      `<audio controls src="${at('rain.mp3', '')}" preload="metadata" aria-label="Rain"></audio>`,
    )
    expect(html(`![Oven](${at('oven.mp4', '')})`)).toContain('<video controls src="')
  })
})

test('any name makes an address that is read back as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 0, maxLength: 300 }), raw => {
      const name = fileName(raw)
      expect(name.length).toBeGreaterThan(0)
      expect(name.length).toBeLessThanOrEqual(150)
      expect(fileName(name)).toBe(name)
      const file = { ref: '0123456789abcdef', name, width: 3, height: 4 }
      const address = fileAddress(file)
      expect(address).toMatch(/^[\w/.~%-]+$/)
      expect(readAddress(address)).toEqual(file)
    }),
  )
})
