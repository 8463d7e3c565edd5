import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../server/config.ts'
import { run } from '../server/console.ts'
import type { Client } from './support/client.ts'
import { refusal } from './support/client.ts'
import { world } from './support/world.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chorus-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function commandLine(of: string, ...args: string[]) {
  const said: string[] = []
  const say = (text: string) => said.push(text)
  const config = readConfig({ DATABASE_URL: `sqlite:${of}/data/chorus.sqlite`, UPLOADS_DIR: `${of}/uploads` })
  return { code: await run(args, say, say, config, null), said: said.join('') }
}

async function upload(client: Client, words: string, name: string): Promise<string> {
  const body = new FormData()
  body.append('file', new File([words], name))
  const response = await client.fetch('/api/file:upload', { method: 'POST', body })
  return ((await response.json()) as { value: { file: { path: string } } }).value.file.path
}

test('a wiki that is backed up while people write comes back whole, and old tabs cannot write into it', {
  timeout: 120_000,
}, async () => {
  await using w = await world()
  const ada = await w.person('ada')
  const { id } = await ada.post('page:create', { title: 'Bread', content: 'line 0\n' })
  const path = await upload(ada, 'a file', 'note.txt')
  const backup = join(folder, 'backup.zip')
  let writing = true
  let written = 0
  const typing = (async () => {
    while (writing) {
      written++
      await ada.post('page:edit', { page: id, edits: [{ append: `line ${written}\n` }] })
    }
  })()
  const made = await commandLine(w.folder, 'backup', backup)
  writing = false
  await typing
  expect(made.code, made.said).toBe(0)
  expect(made.said).toContain('1 pages, 1 people and 1 files')
  expect(written).toBeGreaterThan(0)
  expect((await commandLine(w.folder, 'verify', backup)).said).toContain('This backup is whole: 1 pages')
  expect((await commandLine(w.folder, 'backup', backup)).said).toContain('There is something at')

  const { epoch } = await ada.ask('page:open', { page: id })
  expect((await commandLine(w.folder, 'restore', backup)).said).toContain('The server is running. Stop it first')
  await ada.post('page:create', { title: 'After the backup' })
  await w.running.close()
  const restored = await commandLine(w.folder, 'restore', backup)
  expect(restored.code, restored.said).toBe(0)
  expect(restored.said).toContain('What was there is kept')
  expect((await readdir(join(w.folder, 'data'))).some(name => name.includes('before-restore'))).toBe(true)
  expect((await readdir(w.folder)).some(name => name.startsWith('uploads.before-restore'))).toBe(true)
  await w.restart()
  const { content } = await ada.post('page:read', { page: id })
  // What stands in it is a beginning of what was written.
  const lines = content.split('\n').filter(Boolean)
  expect(lines).toEqual(lines.map((_, i) => `line ${i}`))
  expect(await (await ada.fetch(path)).text()).toBe('a file')
  expect((await refusal(ada.post('page:read', { title: 'After the backup' }))).code).toBe('missing')
  const late = await refusal(ada.ask('page:push', { page: id, epoch, update: 'AAA=' }))
  expect([late.code, late.details.reason]).toEqual(['conflict', 'epoch'])
})

test('a backup that is damaged is told as such, and nothing is put in the wiki’s place', async () => {
  await using w = await world()
  const ada = await w.person('ada')
  await ada.post('page:create', { title: 'Bread', content: 'Still here.' })
  await upload(ada, 'words that can be found in the backup', 'note.txt')
  const backup = join(folder, 'good.zip')
  expect((await commandLine(w.folder, 'backup', backup)).code).toBe(0)
  const whole = await readFile(backup)
  const bad = join(folder, 'bad.zip')
  const at = whole.indexOf('words that can be found')
  expect(at).toBeGreaterThan(0)
  await w.running.close()
  for (const damage of [
    () => Buffer.concat([whole.subarray(0, at), Buffer.from('W'), whole.subarray(at + 1)]),
    () => Buffer.concat([whole.subarray(0, 5_000), Buffer.from([whole[5_000]! ^ 255]), whole.subarray(5_001)]),
    () => whole.subarray(0, whole.length - 100),
    () => Buffer.from('nothing'),
  ]) {
    await writeFile(bad, damage())
    for (const command of ['verify', 'restore']) {
      const { code, said } = await commandLine(w.folder, command, bad)
      expect([code, said]).toEqual([1, expect.stringMatching(/cannot be trusted|not a (zip|backup)|damaged/)])
    }
  }
  await w.restart()
  expect((await ada.post('page:read', { title: 'Bread' })).content).toBe('Still here.')
})
