import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import argon2 from 'argon2'
import Database from 'better-sqlite3'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { readConfig } from '../server/config.ts'
import { AsyncLocalStorage } from '../server/db/async-context.ts'
import initial from '../server/db/migrations/2026-11-23-initial.sql?raw'
import { migrations } from '../server/db/migrations/list.ts'
import { migrate } from '../server/db/migrations/run.ts'
import { openDatabase } from '../server/db/open.ts'
import { start } from '../server/main.ts'
import { textOf } from '../shared/document.ts'
import { Client } from './support/client.ts'
import { serverProcess } from './support/process.ts'

const log = pino({ level: 'silent' })
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chorus-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

const url = () => `sqlite:${folder}/chorus.sqlite`

describe('the database', () => {
  test('schema.sql and the entities describe the same tables', async () => {
    const db = await openDatabase(url(), log)
    expect((await db.orm.schema.getUpdateSchemaSQL()).trim()).toBe('')
    await db.close()
  })

  test('all migrations from nothing make what schema.sql makes', async () => {
    const db = await openDatabase(url(), log)
    const shape = () =>
      db.log.withRaw(raw =>
        raw
          .prepare("select type, name, sql from sqlite_master where name not like 'sqlite_%' order by type, name")
          .all(),
      ) as Promise<{ name: string; sql: string | null }[]>
    const wanted = await shape()
    const virtual = wanted.filter(({ sql }) => /^create virtual table/i.test(sql ?? ''))
    const tables = wanted.filter(
      ({ name, sql }) =>
        /^create (virtual )?table/i.test(sql ?? '') &&
        name !== 'migrations' &&
        !virtual.some(one => name.startsWith(`${one.name}_`)),
    )
    await db.log.withRaw(raw => {
      raw.pragma('foreign_keys = OFF')
      for (const { name } of tables) raw.exec(`drop table ${name}`)
      for (const { name, sql } of wanted) if (/^create view/i.test(sql ?? '')) raw.exec(`drop view ${name}`)
      raw.exec('delete from migrations')
      raw.pragma('foreign_keys = ON')
    })
    await migrate(db.orm)
    const plain = (rows: { sql: string | null }[]) => rows.map(row => ({ ...row, sql: row.sql?.replace(/\s+/g, ' ') }))
    expect(plain(await shape())).toEqual(plain(wanted))
    await db.close()
  })

  test('knows how many pages stand below each title, whatever has become of pages', async () => {
    const db = await openDatabase(url(), log)
    await db.log.withRaw(raw => {
      raw.exec(`insert into users (id, username, username_key, password_hash, role, colour, created_at)
        values (1, 'ada', 'ada', '', 'admin', 1, 0)`)
      const add = raw.prepare(`insert into pages (id, title, title_key, leaf_key, parent_key, content, snapshot, seq,
          author_id, editor_id, created_at, updated_at) values (?, @key, @key, @leaf, @parent, '', x'0000', 0, 1, 1, 0, 0)`)
      const move = raw.prepare(
        `update pages set title = @key, title_key = @key, leaf_key = @leaf, parent_key = @parent where id = ?`,
      )
      const columns = (key: string) => {
        const at = key.lastIndexOf('/')
        return { key, leaf: key.slice(at + 1), parent: at < 0 ? '' : key.slice(0, at) }
      }
      const titles = ['a', 'a/b', 'a/b/c', 'a/b/d', 'é/ü/ß', 'é/ü', 'x/y', 'x y/z', "it's/50%/_"]
      let seed = 1
      const dice = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n
      for (let step = 0; step < 300; step++) {
        const [id, key] = [1 + dice(6), titles[dice(titles.length)]!]
        if (raw.prepare('select 1 from pages where title_key = ?').get(key)) continue
        const there = raw.prepare('select 1 from pages where id = ?').get(id)
        if (!there) add.run(id, columns(key))
        else if (dice(3) === 0) raw.prepare('delete from pages where id = ?').run(id)
        else if (dice(2) === 0) move.run(id, { key: `#${id}`, leaf: `#${id}`, parent: '#' })
        else move.run(id, columns(key))
        const wanted = new Map<string, number>()
        for (const title of raw.prepare("select title_key from pages where title_key not like '#%'").pluck().all()) {
          const segments = (title as string).split('/')
          for (let depth = 0; depth < segments.length; depth++) {
            const above = segments.slice(0, depth).join('/')
            wanted.set(above, (wanted.get(above) ?? 0) + 1)
          }
        }
        expect(new Map(raw.prepare('select key, below from branches').raw().all() as [string, number][])).toEqual(
          wanted,
        )
      }
    })
    const level = await db.titles.children('')
    expect(await db.titles.children('', 2)).toEqual(level.slice(0, 2))
    expect(await db.titles.children('', 1, [level.at(-1)!.title, 'nowhere'])).toEqual([level[0], level.at(-1)])
    await db.close()
  })

  test('a wiki made by the first version, with all that is in it, is taken along by this one', async () => {
    const file = `${folder}/old.sqlite`
    const [first] = migrations
    const old = new Database(file)
    for (const sql of initial.split(';\n')) if (sql.trim() !== '') old.exec(sql)
    old.exec(
      `create table migrations (id integer not null primary key autoincrement, name text, executed_at datetime default current_timestamp)`,
    )
    old.prepare('insert into migrations (name) values (?)').run(first!.name)
    const at = Date.parse('2026-11-23T12:00:00Z')
    old.prepare(`insert into wiki values (1, 'epoch', ?, ?)`).run('s'.repeat(43), at)
    const hash = await argon2.hash('ada likes bread', { memoryCost: 1024, timeCost: 2, parallelism: 1 })
    const user = old.prepare(
      `insert into users (username, username_key, password_hash, role, colour, created_at) values (?, ?, ?, ?, ?, ?)`,
    )
    user.run('ada', 'ada', hash, 'admin', 1, at)
    user.run('grace', 'grace', hash, 'editor', 6, at)
    const doc = new Y.Doc()
    textOf(doc).insert(0, 'Of [[Flour]], #old, since the beginning.')
    const update = Y.encodeStateAsUpdate(doc)
    const page = old.prepare(
      `insert into pages (title, title_key, leaf_key, parent_key, content, snapshot, seq, author_id, editor_id, created_at, updated_at)
       values (?, ?, ?, ?, ?, ?, 1, 1, 2, ?, ?)`,
    )
    page.run('Kitchen/Bread', 'kitchen/bread', 'bread', 'kitchen', textOf(doc).toString(), update, at, at)
    old.prepare('insert into redirects values (?, ?, 1, ?)').run('loaf', 'Loaf', at)
    old.prepare(`insert into entries values (1, 1, 1, 1, 'page:create', ?, ?)`).run(at, Buffer.from(update))
    old.prepare('insert into page_clients values (1, ?, 1)').run(doc.clientID)
    old.close()

    const settings = readConfig({ DATABASE_URL: `sqlite:${file}`, UPLOADS_DIR: `${folder}/uploads`, HOST: '127.0.0.1' })
    const running = await start({ ...settings, port: 0, hashMemory: 1024, hashTime: 2 }, log)
    try {
      expect((await running.db.orm.schema.getUpdateSchemaSQL()).trim()).toBe('')
      const ada = new Client(running.url)
      await ada.post('user:signIn', { username: 'ada', password: 'ada likes bread' })
      expect(await ada.post('page:read', { title: 'Loaf' })).toMatchObject({
        title: 'Kitchen/Bread',
        content: 'Of [[Flour]], #old, since the beginning.',
        editor: { username: 'grace' },
        protection: null,
      })
      await running.wiki.derivations.settled()
      expect((await ada.post('search:jump', { query: 'beginning' })).passages).toHaveLength(1)
      expect((await ada.post('tag:pages', { tag: 'old' })).pages).toHaveLength(1)
      expect((await ada.post('maintenance:list', { kind: 'wanted' })).rows[0]).toMatchObject({ title: 'Flour' })
      const { id } = await ada.post('page:edit', {
        page: 1,
        edits: [{ replace: 'beginning.', with: 'beginning. And now.' }],
      })
      expect((await ada.post('page:read', { page: id })).content).toBe(
        'Of [[Flour]], #old, since the beginning. And now.',
      )
      await ada.post('page:delete', { page: 1 })
      await ada.post('page:restore', { page: 1 })
    } finally {
      await running.close()
    }
    // What there was is still there, as it was.
    const copy = readdirSync(folder).find(name => name.startsWith('old.sqlite.before-'))
    const before = new Database(join(folder, copy!), { readonly: true })
    expect(before.prepare('select title from pages').pluck().get()).toBe('Kitchen/Bread')
    before.close()
  })

  test('every connection writes through to the disk before it says so', async () => {
    const db = await openDatabase(url(), log)
    await db.log.withRaw(raw => {
      expect(raw.pragma('synchronous', { simple: true })).toBe(2)
      expect(raw.pragma('journal_mode', { simple: true })).toBe('wal')
      expect(raw.pragma('locking_mode', { simple: true })).toBe('exclusive')
      expect(raw.pragma('foreign_keys', { simple: true })).toBe(1)
    })
    await db.close()
  })

  test('a second server on the same file is told that it is in use', async () => {
    const db = await openDatabase(url(), log)
    await expect(openDatabase(url(), log)).rejects.toThrow(/in use/)
    await db.close()
  })

  test('a wiki whose file is gone is never begun anew over it', async () => {
    await (await openDatabase(url(), log)).close()
    await rm(`${folder}/chorus.sqlite`)
    await expect(openDatabase(url(), log)).rejects.toThrow(/Put the database back/)
    await writeFile(`${folder}/chorus.sqlite`, '')
    await expect(openDatabase(url(), log)).rejects.toThrow(/Put the database back/)
  })

  test('nobody else on the machine can read the database or what is written beside it', async () => {
    await chmod(folder, 0o755)
    const before = process.umask(0o022)
    const db = await openDatabase(url(), log).finally(() => process.umask(before))
    const names = readdirSync(folder)
    expect(names).toContain('chorus.sqlite-wal')
    for (const name of names) expect(statSync(join(folder, name)).mode & 0o077, name).toBe(0)
    await db.close()
  })

  test('two wikis may have their databases in one folder', async () => {
    const one = await openDatabase(url(), log)
    const two = await openDatabase(`sqlite:${folder}/other.sqlite`, log)
    expect(two.wiki.epoch).not.toBe(one.wiki.epoch)
    await Promise.all([one.close(), two.close()])
  })

  test('a damaged file is refused with a sentence, and left as it is', async () => {
    const bytes = Buffer.from('this is no database, but somebody may still want it '.repeat(100))
    await writeFile(`${folder}/chorus.sqlite`, bytes)
    await expect(openDatabase(url(), log)).rejects.toThrow(/not a database|damaged/)
    expect(readFileSync(`${folder}/chorus.sqlite`).equals(bytes)).toBe(true)
  })
})

describe('the machine', () => {
  test('every native module loads and works', async () => {
    const program = `
      import argon2 from 'argon2'; import Database from 'better-sqlite3'; import sharp from 'sharp'
      if (!await argon2.verify(await argon2.hash('bread', { memoryCost: 1024 }), 'bread')) throw new Error('argon2')
      if (new Database(':memory:').prepare('select 1').pluck().get() !== 1) throw new Error('sqlite')
      const image = await sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } }).webp().toBuffer()
      if ((await sharp(image).metadata()).width !== 4) throw new Error('sharp')`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' })
    expect((await once(child, 'exit'))[0]).toBe(0)
  })

  test('transactions that run side by side keep their contexts, and what has ended leaves none behind', async () => {
    const storage = new AsyncLocalStorage<string>()
    let go = () => {}
    const gate = new Promise<void>(resolve => {
      go = resolve
    })
    const inside = (name: string) =>
      storage.run(name, async () => {
        await gate
        const nested = await storage.run(`${name}, nested`, async () => storage.getStore())
        await null
        return [storage.getStore(), nested]
      })
    const both = [inside('one'), inside('other')]
    expect(storage.run('at once', () => storage.getStore())).toBe('at once')
    expect(() =>
      storage.run('thrown', () => {
        throw new Error('refused')
      }),
    ).toThrow('refused')
    await expect(storage.run('rejected', () => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
    go()
    expect(await Promise.all(both)).toEqual([
      ['one', 'one, nested'],
      ['other', 'other, nested'],
    ])
    let ended = () => {}
    const later = new Promise<void>(resolve => {
      ended = resolve
    })
    let behind: Promise<string | undefined> | undefined
    await storage.run('behind', async () => {
      behind = later.then(() => storage.getStore())
    })
    ended()
    expect(await behind).toBeUndefined()
  })

  test('once the ORM has done its work, nothing of the process is followed on its behalf', async () => {
    const probe = `import { executionAsyncId } from 'node:async_hooks'
      process.on('SIGUSR2', async () => {
        await null
        await null
        console.log('followed as ' + executionAsyncId() + '.')
      })`
    const node = ['--import', `data:text/javascript,${encodeURIComponent(probe)}`]
    await using server = await serverProcess({}, { node })
    await server.client().post('user:register', { username: 'ada', password: 'a transaction of the ORM' })
    const asked = () => {
      process.kill(server.pid!, 'SIGUSR2')
      return server.output
    }
    await expect.poll(asked, { timeout: 10_000 }).toContain('followed as 0.')
  })

  test('no package is older than the last one with a known hole', () => {
    const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../package-lock.json'), 'utf8')) as {
      packages: Record<string, { version?: string }>
    }
    const floors: Record<string, string> = {
      'socket.io': '4.8.4',
      'socket.io-parser': '4.2.7',
      'engine.io': '6.6.12',
      ws: '8.21.3',
      multer: '2.3.0',
      'markdown-it': '15.0.3',
      sharp: '0.35.5',
      lib0: '0.2.120',
      'better-sqlite3': '12.11.1',
    }
    const number = (version: string) =>
      version.split('.').reduce((sum, part) => sum * 1e4 + Number.parseInt(part, 10), 0)
    for (const [name, floor] of Object.entries(floors)) {
      const found = Object.entries(lock.packages).filter(([path]) => path.endsWith(`node_modules/${name}`))
      expect(found.length, name).toBeGreaterThan(0)
      for (const [path, { version }] of found) expect(number(version!), path).toBeGreaterThanOrEqual(number(floor))
    }
    expect(new Database(':memory:').prepare('select sqlite_version()').pluck().get()).toMatch(/^3\.5[3-9]/)
    expect(
      existsSync(join(import.meta.dirname, '../node_modules/better-sqlite3/build/Release/better_sqlite3.node')),
    ).toBe(true)
  })
})
