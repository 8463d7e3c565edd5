// Killed at any step of what happens seldom: bringing an old database up to date, and folding the log.

import { cpSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrations } from '../server/db/migrations/list.ts'
import { openDatabase } from '../server/db/open.ts'
import { Client } from './support/client.ts'
import { takenBack } from './support/older.ts'
import { onDisk, readPage } from './support/on-disk.ts'
import { serverProcess } from './support/process.ts'
import { Replica } from './support/replica.ts'
import { injecting, SAVES, strace } from './support/strace.ts'

// The long form, `npm run test:chaos`, kills at every call; the short one at some from the first to the last.
const long = import.meta.env.MODE === 'long'
const silent = pino({ level: 'silent' })

/** `count` numbers from the first to the last of so many, or all of them. */
function some(last: number, count: number): number[] {
  const all = Array.from({ length: last }, (_, i) => i + 1)
  return long
    ? all
    : all.filter(k => k === 1 || k === last || Math.floor((k * count) / last) > Math.floor(((k - 1) * count) / last))
}

describe.runIf(strace)('an older database', () => {
  let home: string
  let pages: { id: number; content: string }[]
  const before = new Set<string>()

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'chorus-'))
    await using server = await serverProcess({ RATE_LIMITS: 'off', LOG_LEVEL: 'silent' })
    const ada = server.client()
    await ada.post('user:register', { username: 'ada', password: 'what was there is there' })
    const made = []
    for (let i = 0; i < 12; i++)
      made.push(
        await ada.post('page:create', { title: `Page ${i}`, content: 'Bread, salt and water. '.repeat(40 * i) }),
      )
    const writer = await new Replica(ada, made[3]!.id).open()
    for (let i = 0; i < 30; i++) writer.text.insert(0, `word ${i}, `)
    await writer.settled()
    writer.close()
    await server.stop()
    cpSync(server.folder, home, { recursive: true, filter: name => !name.endsWith('.sock') })
    const db = await openDatabase(`sqlite:${home}/data/chorus.sqlite`, silent)
    pages = []
    for (const { id } of made) pages.push({ id, content: (await readPage(db, id)).text })
    await db.close()
    await takenBack(join(home, 'data/chorus.sqlite'), 1)
    for (const name of readdirSync(join(home, 'data'))) before.add(name)
  }, 120_000)
  afterAll(() => rmSync(home, { recursive: true, force: true }))

  /** A call of the program's main thread that changes a file: its name, and the how manieth of that name it is. */
  type Call = [name: string, nth: number]

  /** Starts the program over a copy of the older wiki, killed at this call if one is given. */
  async function start(at: Call | null): Promise<{ folder: string; killed: boolean; calls: Call[] }> {
    const folder = mkdtempSync(join(tmpdir(), 'chorus-'))
    cpSync(home, folder, { recursive: true })
    const trace = join(folder, 'calls')
    const inject = at === null ? [] : ['-e', `inject=${at[0]}:signal=KILL:when=${at[1]}`]
    const under = ['strace', '-D', '-f', '-qq', '-o', trace, '-e', `trace=${SAVES}`, ...inject]
    let killed = true
    const calls: Call[] = []
    await serverProcess({ LOG_LEVEL: 'silent' }, { folder, under }).then(
      async server => {
        killed = false
        const counts = new Map<string, number>()
        for (const line of readFileSync(trace, 'utf8').split('\n')) {
          const [, pid, name = ''] = /^(\d+) +(\w+)\(/.exec(line) ?? []
          if (Number(pid) !== server.pid) continue
          counts.set(name, (counts.get(name) ?? 0) + 1)
          calls.push([name, counts.get(name)!])
        }
        await server.kill()
      },
      () => {},
    )
    return { folder, killed, calls }
  }

  test('killed anywhere on its way to today’s form is at the old one or at today’s, and the next start finishes it', {
    timeout: 900_000,
  }, async () => {
    const whole = await start(null)
    expect(whole.calls.length).toBeGreaterThan(20)
    rmSync(whole.folder, { recursive: true })
    const found = { old: 0, new: 0 }
    let kills = 0
    for (const k of some(whole.calls.length, 5)) {
      const { folder, killed } = await start(whole.calls[k - 1]!)
      try {
        if (killed) kills++
        const file = join(folder, 'data/chorus.sqlite')
        // Looked at in a copy, so that the next start finds what the kill left.
        const copy = join(folder, 'copy')
        cpSync(join(folder, 'data'), copy, { recursive: true, filter: name => !lstatSync(name).isSocket() })
        const raw = new Sqlite(join(copy, 'chorus.sqlite'))
        const done = raw.prepare('select count(*) from migrations').pluck().get() as number
        const has = raw.prepare("select count(*) from sqlite_master where name = 'changes'").pluck().get()
        raw.close()
        expect([1, migrations.length], `killed at ${k}`).toContain(done)
        expect(has, `killed at ${k}`).toBe(done === 1 ? 0 : 1)
        found[done === 1 ? 'old' : 'new']++

        const db = await openDatabase(`sqlite:${file}`, silent)
        expect(await db.log.withRaw(one => one.pragma('integrity_check', { simple: true }))).toBe('ok')
        expect(await db.log.withRaw(one => one.pragma('foreign_key_check'))).toEqual([])
        const names = await db.log.withRaw(one => one.prepare('select name from migrations order by id').pluck().all())
        expect(names).toEqual(migrations.map(({ name }) => name))
        const people = await db.log.withRaw(one => one.prepare('select count(*) from users').pluck().get())
        expect(people).toBe(1)
        for (const { id, content } of pages) {
          const { text, misattributed } = await readPage(db, id)
          expect(text === content, `page ${id}, killed at ${k}`).toBe(true)
          expect(misattributed).toBe(0)
        }
        await db.close()
        // The copy that is made first can be used, whenever the last start made it.
        const kept = readdirSync(join(folder, 'data')).filter(name => name.includes('.before-') && !before.has(name))
        for (const name of kept.filter(one => !one.endsWith('-journal'))) {
          expect(statSync(join(folder, 'data', name)).mode & 0o077, name).toBe(0)
          const backup = new Sqlite(join(folder, 'data', name))
          expect(backup.pragma('integrity_check', { simple: true })).toBe('ok')
          expect(backup.prepare('select count(*) from pages').pluck().get()).toBe(pages.length)
          backup.close()
        }
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    }
    console.log(
      `migrations: ${whole.calls.length} calls, killed at ${kills} of them; then at the old form ${found.old} times, at the new ${found.new}`,
    )
    expect(kills).toBeGreaterThan(2)
    expect(found.old).toBeGreaterThan(0)
  })

  test('brought up to date is signed in to, read and written as before', { timeout: 120_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chorus-'))
    cpSync(home, folder, { recursive: true })
    {
      await using server = await serverProcess({ RATE_LIMITS: 'off', LOG_LEVEL: 'error' }, { folder })
      const ada = server.client()
      await ada.post('user:signIn', { username: 'ada', password: 'what was there is there' })
      for (const { id, content } of pages) expect((await ada.post('page:read', { page: id })).content).toBe(content)
      const writer = await new Replica(ada, pages[3]!.id).open()
      writer.text.insert(0, 'and on: ')
      await writer.settled()
      writer.close()
      const found = async () => (await ada.post('search:find', { query: 'Bread salt' })).hits.length
      await expect.poll(found, { timeout: 20_000 }).toBeGreaterThan(5)
      expect(server.output).not.toMatch(/"level":(50|60)/)
    }
    rmSync(folder, { recursive: true, force: true })
  })
})

describe.runIf(strace)('folding a page’s log', () => {
  test('killed between any two steps of it, the page is the same read from the log and from the fold and the log behind it', {
    timeout: 900_000,
  }, async () => {
    await using server = await serverProcess({ RATE_LIMITS: 'off', LOG_LEVEL: 'silent' })
    const ada = server.client()
    await ada.post('user:register', { username: 'ada', password: 'folds and is killed' })
    const { id: page } = await ada.post('page:create', { title: 'Folded', content: 'A line.\n'.repeat(2_000) })
    const kept: string[] = []
    const counts = { kills: 0, behind: 0, folded: 0 }
    for (let k = 1; k <= (long ? 120 : 60); k += long ? 1 : 6) {
      const writer = await new Replica(ada.at(server.url), page).open()
      const heal = await injecting(server.pid!, SAVES, 'signal=KILL', k)
      const token = `[${k}]`
      writer.onAcknowledged = () => kept.push(token)
      writer.text.insert(0, token)
      const killed = await Promise.race([server.ended().then(() => true), wait(4_000, false)])
      writer.close()
      heal()
      if (!killed) {
        // Everything is written, and it has come to rest.
        await server.kill()
        await server.start()
        if (long) continue
        break
      }
      counts.kills++
      const { text, folded, head, misattributed } = await onDisk(server.folder, page)
      counts[folded === head ? 'folded' : 'behind']++
      expect(misattributed, `killed at ${k}`).toBe(0)
      for (const one of kept) expect(text.split(one).length, `${one}, killed at ${k}`).toBe(2)
      expect(text).toContain('A line.\n'.repeat(2_000))
      await server.start()
    }
    console.log(`folding: ${JSON.stringify(counts)}, ${kept.length} acknowledged and kept`)
    expect(counts.kills).toBeGreaterThan(3)
    expect(counts.behind).toBeGreaterThan(0)
    const { content } = await new Client(server.url).post('page:read', { page })
    for (const one of kept) expect(content).toContain(one)
  })
})
