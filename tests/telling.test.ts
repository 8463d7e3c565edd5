import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import { protocolText } from '../bin/protocol.ts'
import { POLICY } from '../server/wiki/policy.ts'
import { type CommandName, commands, type EventName, events } from '../shared/protocol.ts'
import { ANSWERS, SILENT, TELLS } from '../shared/telling.ts'
import type { Client } from './support/client.ts'
import { Replica } from './support/replica.ts'
import { sampleOf } from './support/samples.ts'
import { type World, world } from './support/world.ts'

const names = Object.keys(commands) as CommandName[]

let w: World
let ada: Client
let grace: Client
beforeAll(async () => {
  w = await world()
  ada = await w.person('ada')
  grace = await w.person('grace')
  // Whoever follows hears where somebody goes.
  await ada.ask('user:follow', { user: grace.user!.id })
})
afterAll(() => w.close())

let count = 0
const make = (content = 'Words.') => grace.post('page:create', { title: `Told ${++count}`, content })
const sent = async (path: string, name: string, bytes: Uint8Array, field = 'file') => {
  const form = new FormData()
  form.append(field, new Blob([bytes as BlobPart]), name)
  const answer = await (await ada.fetch(path, { method: 'POST', body: form })).json()
  if (!answer.ok) throw new Error(answer.error.message)
  return answer.value
}
const png = () =>
  sharp({ create: { width: 20 + ++count, height: 20, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
const zip = async (name: string, text: string) => {
  const file = new ZipFile()
  file.addBuffer(Buffer.from(text), name)
  file.end()
  const parts: Buffer[] = []
  for await (const part of file.outputStream) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
/** In a page that ada has open. */
const inRoom = async () => {
  const page = await make()
  await ada.ask('page:open', { page: page.id })
  return page
}

/** Each command, carried out so that it changes something. */
const deeds: { [C in CommandName]?: () => Promise<unknown> } = {
  'user:register': () => w.person(`new${++count}`),
  'user:update': () => grace.post('user:update', { username: 'grace' }),
  'user:removeAvatar': async () => {
    await sent('/uploads/avatar', 'me.png', await png(), 'avatar')
    await ada.post('user:removeAvatar', {})
  },
  'user:setRole': async () => ada.post('user:setRole', { user: (await w.person('linus')).user!.id, role: 'reader' }),
  'user:disable': async () => ada.post('user:disable', { user: (await w.person('mika')).user!.id, on: true }),
  'user:follow': async () => {
    await grace.ask('page:look', { page: (await make()).id, line: 1 })
    await ada.ask('user:follow', { user: grace.user!.id })
  },
  'page:create': () => make(),
  'page:rename': async () => ada.post('page:rename', { page: (await make()).id, title: `Renamed ${++count}` }),
  'page:edit': async () => grace.post('page:edit', { page: (await inRoom()).id, edits: [{ append: 'x' }] }),
  'page:visit': async () => ada.ask('page:visit', { page: (await make()).id, seq: 1 }),
  'page:look': async () => grace.ask('page:look', { page: (await make()).id, line: 1 }),
  'page:delete': async () => grace.post('page:delete', { page: (await make()).id }),
  'page:restore': async () => {
    const { id } = await make()
    await grace.post('page:delete', { page: id })
    await grace.post('page:restore', { page: id })
  },
  'page:purge': async () => {
    const { id } = await make()
    await grace.post('page:delete', { page: id })
    await ada.post('page:purge', { page: id })
  },
  'page:protect': async () => ada.post('page:protect', { page: (await make()).id, reason: 'x' }),
  'page:lock': async () => grace.post('page:lock', { page: (await make()).id, on: true }),
  'page:duplicate': async () => grace.post('page:duplicate', { page: (await make()).id }),
  'page:star': async () => ada.post('page:star', { page: (await make()).id, on: true }),
  'tree:place': async () => grace.post('tree:place', { title: (await make()).title, before: null }),
  'change:note': async () => grace.post('change:note', { page: (await make()).id, note: 'x' }),
  'mention:link': async () => {
    const target = await make()
    const page = await make(`Says ${target.title} here.`)
    await ada.ask('page:open', { page: page.id })
    await grace.post('mention:link', { page: page.id, to: target.id })
  },
  'job:cancel': async () => {
    await ada.post('page:rename', { page: (await make()).id, title: `Renamed ${++count}` })
    await ada.post('job:cancel', { job: (await ada.post('job:list', {})).jobs[0]!.id })
  },
  'page:today': () => grace.post('page:today', { now: '2026-01-02' }),
  'import:begin': async () => sent('/api/import:begin', 'in.zip', await zip('Brought in.md', 'x')),
  'file:upload': async () => sent('/api/file:upload', 'a.png', await png()),
  'file:remove': async () => {
    const { file } = await sent('/api/file:upload', 'b.png', await png())
    await ada.post('file:remove', { files: [file.id] })
  },
  'page:open': async () => grace.ask('page:open', { page: (await inRoom()).id }),
  'page:push': async () => {
    const replica = await new Replica(grace, (await inRoom()).id).open()
    replica.text.insert(0, 'x')
    await replica.settled()
    replica.close()
  },
  'page:point': async () => {
    const { id } = await inRoom()
    await grace.ask('page:open', { page: id })
    await grace.ask('page:point', { page: id, anchor: null, head: null })
  },
  'page:close': async () => {
    const { id } = await inRoom()
    await grace.ask('page:open', { page: id })
    await grace.ask('page:close', { page: id })
  },
}

test('every command has a rule, and either tells, or is silent for a reason, or only answers', () => {
  for (const name of names) {
    expect(POLICY[name], name).toBeDefined()
    const ways = [TELLS[name] !== undefined, SILENT.has(name), ANSWERS.has(name)]
    expect(ways.filter(Boolean).length, name).toBe(1)
  }
  const told = new Set(Object.values(TELLS).flat())
  // The first word on a line is no command's doing.
  expect(Object.keys(events).filter(name => !told.has(name as EventName))).toEqual(['server:greeted', 'server:closing'])
})

test.each(Object.keys(TELLS) as CommandName[])('%s is told by its events', async name => {
  const heard = new Set<string>()
  const socket = await ada.socket()
  const hear = (event: string) => void heard.add(event)
  socket.onAny(hear)
  await deeds[name]!()
  await expect.poll(() => TELLS[name]!.filter(event => !heard.has(event)), { timeout: 8_000 }).toEqual([])
  socket.offAny(hear)
})

test('what only answers changes nothing', async () => {
  const page = await make()
  await w.running.wiki.jobs.settled()
  await w.running.wiki.rooms.fold()
  await w.running.wiki.derivations.settled()
  await ada.post('page:visits', {})
  const changes = () => w.running.db.log.withRaw(raw => raw.prepare('select total_changes()').pluck().get())
  const before = await changes()
  for (const name of ANSWERS) {
    const { only } = commands[name] as { only?: string }
    const known = { page: page.id, title: page.title, template: page.id, username: 'ada', user: ada.user!.id }
    const asked = ada[only === 'socket' ? 'ask' : 'post'](name, sampleOf(name, known) as never)
    await asked.catch(error => expect(error.code, name).not.toBe('failed'))
    expect(await changes(), name).toBe(before)
  }
})

test('docs/protocol.md lists every command and event as they are', () => {
  const text = readFileSync(join(import.meta.dirname, '../docs/protocol.md'), 'utf8')
  expect(text, 'write it anew with: npm run docs').toBe(protocolText())
})
