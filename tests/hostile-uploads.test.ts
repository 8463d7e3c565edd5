import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Ack, File, User } from '../shared/protocol.ts'
import { browser, windowOf } from './support/browser.ts'
import { type Client, refusal } from './support/client.ts'
import { type Hostile, hostileUploads } from './support/hostile.ts'
import { type ServerProcess, serverProcess } from './support/process.ts'
import { smallDisk } from './support/volume.ts'
import { world } from './support/world.ts'

// The long form, `npm run test:chaos`, gives every payload every name.
const long = import.meta.env.MODE === 'long'
const ROUTES = [
  ['/uploads/avatar', 'avatar'],
  ['/api/file:upload', 'file'],
] as const

let folder: string
let server: ServerProcess
let ada: Client
let chrome: Browser

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chorus-'))
  mkdirSync(join(folder, 'tmp'))
  server = await serverProcess(
    { RATE_LIMITS: 'off', LOG_LEVEL: 'error', TMPDIR: join(folder, 'tmp'), KEEP_FREE_MB: '0' },
    { folder },
  )
  ada = server.client()
  ada.user = (await ada.post('user:register', { username: 'ada', password: 'nothing that is sent runs' })).user
  chrome = await browser()
}, 60_000)
afterAll(async () => {
  await chrome?.close()
  await server?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** Sends it as it is; null where the line was broken off, or the server did so first. */
async function send(path: string, field: string, { body, boundary, cut }: Hostile) {
  const bytes = body(field)
  const sent = request(server.url + path, {
    method: 'POST',
    agent: false,
    headers: {
      Origin: server.url,
      Cookie: ada.cookie,
      Accept: 'application/json',
      'Content-Type': `multipart/form-data; boundary=${boundary}`,
      'Content-Length': bytes.length,
    },
  })
  const answered = new Promise<{ status: number; text: string } | null>(resolve => {
    sent.on('error', () => resolve(null))
    sent.on('close', () => resolve(null))
    sent.on('response', async response => {
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk as Buffer)
      resolve({ status: response.statusCode!, text: Buffer.concat(chunks).toString() })
    })
  })
  if (cut === undefined) sent.end(bytes)
  else {
    sent.write(bytes.subarray(0, cut))
    await Promise.race([once(sent, 'drain'), once(sent, 'close'), new Promise(resolve => setTimeout(resolve, 20))])
    sent.destroy()
  }
  return answered
}

/** Everything under a folder, but for the empty ones. */
const under = (name: string) =>
  existsSync(join(folder, name))
    ? readdirSync(join(folder, name), { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(entry => join(entry.parentPath, entry.name))
    : []

/** The most memory that the server has ever had, in MB. */
const peak = () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))![1]) / 1024

describe.each(ROUTES)('what nobody honest sends to %s', (path, field) => {
  test('is refused with a sentence or harmless; nothing of it runs, nothing is left of what was refused', {
    timeout: 600_000,
  }, async () => {
    const table = await hostileUploads(long)
    const pid = server.pid
    // From here on its peak is counted anew.
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
    const before = peak()
    const taken = new Map<string, string>()
    const wrong: string[] = []
    let refused = 0
    let slowest = 0
    for (const one of table) {
      const began = performance.now()
      const answer = await send(path, field, one)
      slowest = Math.max(slowest, performance.now() - began)
      if (!answer) {
        refused++
        if (one.cut === undefined && !/thousand|30 MB/.test(one.words)) wrong.push(`${one.words}: no answer`)
        continue
      }
      if (answer.status >= 500) wrong.push(`${one.words}: ${answer.status} ${answer.text}`)
      const { ok, ...told } = JSON.parse(answer.text) as Ack<{ user: User; file: File }>
      if (!ok) {
        refused++
        const { message } = (told as { error: { message: string } }).error
        if (message.length < 15 || /Error:|node_modules|undefined/.test(message)) wrong.push(`${one.words}: ${message}`)
        continue
      }
      const { value } = told as { value: { user?: User; file?: File } }
      taken.set((value.file?.path ?? value.user?.avatar)!, one.words)
    }
    expect(server.pid, server.output).toBe(pid)
    expect(wrong).toEqual([])
    expect(refused).toBeGreaterThan(20)
    expect(taken.size).toBeGreaterThan(path === '/uploads/avatar' ? 0 : 15)

    // What arrives lies in one place, what is kept in another, and nothing anywhere else.
    await expect.poll(() => under('uploads/arriving'), { timeout: 10_000 }).toEqual([])
    expect(under('tmp')).toEqual([])
    expect(under('.').filter(name => /escape|cron|passwd|htaccess|\.dll|\.part$/.test(name))).toEqual([])
    const kept = under(field === 'avatar' ? 'uploads/avatars' : 'uploads/files')
    expect(kept.every(name => /\/[0-9a-f]{64}(\.webp)?$/.test(name))).toBe(true)
    if (field === 'avatar') expect(kept.length).toBe(1)

    const { page, context } = await windowOf(chrome, ada)
    const ran: string[] = []
    let opened = ''
    page.on('dialog', dialog => {
      ran.push(opened)
      void dialog.dismiss()
    })
    await context.route('**/ran*', route => {
      ran.push(opened)
      return route.abort()
    })
    for (const [address, words] of taken) {
      opened = words
      const { headers, status } = await ada.fetch(address)
      // An older avatar of the same person is gone.
      if (field === 'avatar' && status === 404) continue
      const type = headers.get('content-type') ?? ''
      expect(type, words).toMatch(
        /^(image\/(png|jpeg|gif|webp|avif|svg\+xml)|audio\/|video\/|text\/plain|application\/(pdf|zip|octet-stream))/,
      )
      if (!/^(image\/(png|jpeg|gif|webp|avif)$|audio|video)/.test(type))
        expect(headers.get('content-disposition'), words).toMatch(/^attachment/)
      expect(headers.get('content-disposition') ?? '', words).not.toMatch(/[\r\n\0\u202e]|filename="[^"]*[/\\]/)
      expect(headers.get('x-content-type-options'), words).toBe('nosniff')
      expect(headers.get('content-security-policy'), words).toMatch(/^sandbox; default-src 'none'/)
      await page.goto(address, { waitUntil: 'load', timeout: 10_000 }).catch(() => {})
    }
    // Within a page, which has the policy that every page of ours has.
    await page.goto('/')
    const ways = ['img', 'iframe', 'object', 'embed', 'video', 'script', 'link']
    for (const [address, words] of taken) {
      opened = words
      await page.evaluate(
        ([names, source]) => {
          for (const name of names) {
            const element = document.createElement(name)
            try {
              element.setAttribute(name === 'object' ? 'data' : name === 'link' ? 'href' : 'src', source)
            } catch {
              // Trusted Types say no.
            }
            if (name === 'link') element.setAttribute('rel', 'stylesheet')
            document.body.append(element)
          }
        },
        [ways, address] as const,
      )
    }
    // What a frame is given to save, or an object may not show, tells of no end: this long, whatever would run had its chance.
    await page.evaluate(() => new Promise(resolve => setTimeout(resolve, 300)))
    expect(ran).toEqual([])
    await context.close()
    const grown = peak() - before
    console.log(
      `${path}: ${table.length} sent, ${refused} refused, ${taken.size} taken and opened, 0 ran; slowest ${slowest.toFixed(0)} ms, memory at most ${grown.toFixed(0)} MB more`,
    )
    expect(grown).toBeLessThan(400)
  })
})

/** A wiki with its files on a small disk, of which 64 MB stay free for text. */
const filesOn = (folder: string) => ({
  config: { uploadsDir: join(folder, 'uploads') },
  limits: { diskFree: 64 * 1024 * 1024, diskFreeShare: 0 },
})

test('large files that come at once are not all promised the same space, and what is broken off gives its space back', async () => {
  await using disk = await smallDisk(96)
  if (!disk) return
  await using w = await world(filesOn(disk.folder))
  const admin = await w.person('ada')
  // Of these, two fit.
  const size = 14 * 1024 * 1024
  const upload = (sign: string, bytes: number, goOn: Promise<unknown>) => {
    const begin = Buffer.from(
      `--B\r\nContent-Disposition: form-data; name="file"; filename="${sign}.txt"\r\nContent-Type: text/plain\r\n\r\n`,
    )
    const end = Buffer.concat([Buffer.alloc(bytes, sign), Buffer.from('\r\n--B--\r\n')])
    const sent = request(`${w.url}/api/file:upload`, {
      method: 'POST',
      agent: false,
      headers: {
        Origin: w.url,
        Cookie: admin.cookie,
        'Content-Type': 'multipart/form-data; boundary=B',
        'Content-Length': begin.length + end.length,
      },
    })
    const answered = new Promise<string>(resolve => {
      sent.on('error', () => resolve('broken off'))
      sent.on('response', async response => {
        const chunks: Buffer[] = []
        for await (const chunk of response) chunks.push(chunk as Buffer)
        const answer = JSON.parse(Buffer.concat(chunks).toString()) as Ack<unknown>
        resolve(answer.ok ? 'taken' : answer.error.message)
        sent.destroy()
      })
    })
    sent.write(begin)
    void goOn.then(() => sent.writable && sent.end(end))
    return { sent, answered }
  }
  let letGo = () => {}
  const held = new Promise<void>(resolve => (letGo = resolve))
  const answers: string[] = []
  const uploads = [...'abcd'].map(sign => upload(sign, size, held))
  const all = Promise.all(uploads.map(({ answered }) => answered.then(answer => answers.push(answer))))
  // Nothing of any of them is on the disk yet.
  await expect.poll(() => answers.length).toBe(2)
  for (const answer of answers) expect(answer).toMatch(/disk is nearly full/)
  letGo()
  await all
  expect(answers.slice(2)).toEqual(['taken', 'taken'])

  const small = 3 * 1024 * 1024
  const never = new Promise<void>(() => {})
  const stalled = upload('e', small, never)
  const at = async () => upload('f', small, Promise.resolve()).answered
  await expect.poll(at).toMatch(/disk is nearly full/)
  stalled.sent.destroy()
  await expect.poll(at, { timeout: 10_000 }).toBe('taken')
})

test('a disk that is nearly full takes no files, and says so; text is still saved, and files again when there is room', async () => {
  await using disk = await smallDisk(96)
  if (!disk) return
  await using w = await world(filesOn(disk.folder))
  const admin = await w.person('ada')
  const bytes = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
  const put = async (path: string, field: string, name: string) => {
    const body = new FormData()
    body.append(field, new File([bytes as never], name))
    const answer = (await (await admin.fetch(path, { method: 'POST', body })).json()) as Ack<unknown>
    return answer.ok ? 'taken' : answer.error.message
  }
  const all = async () => [
    await put('/uploads/avatar', 'avatar', 'me.png'),
    await put('/api/file:upload', 'file', `${Math.random()}.png`),
    await put('/api/import:begin', 'file', 'vault.zip'),
  ]
  const health = async () => (await (await w.guest().fetch('/healthz')).json()) as { ok: boolean; disk: string }
  const { id: page } = await admin.post('page:create', { title: 'Space', content: 'Some.\n' })
  expect(await all()).toEqual(['taken', 'taken', 'taken'])
  expect(await health()).toMatchObject({ ok: true, disk: 'free' })

  await writeFile(join(disk.folder, 'filler'), Buffer.alloc(50 * 1024 * 1024))
  for (const said of await all()) expect(said).toMatch(/disk is nearly full: it takes no files .* Text is still saved/)
  expect(readdirSync(join(disk.folder, 'uploads/arriving'))).toEqual([])
  expect(await health()).toMatchObject({ ok: true, disk: 'nearly full' })
  expect(await (await admin.fetch('/files')).text()).toContain('The server’s disk is nearly full')
  await admin.post('page:edit', { page, edits: [{ append: 'More.\n' }] })
  expect((await w.guest().post('page:read', { page })).content).toContain('More.')
  expect((await refusal(w.guest().post('file:unused', {}))).code).toBe('unauthenticated')

  await rm(join(disk.folder, 'filler'))
  expect((await all()).slice(0, 2)).toEqual(['taken', 'taken'])
  expect(await health()).toMatchObject({ disk: 'free' })
  expect(await (await admin.fetch('/files')).text()).not.toContain('nearly full')
})
