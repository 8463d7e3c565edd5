import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { openDatabase } from '../server/db/open.ts'
import { textOf } from '../shared/document.ts'
import { toBase64 } from '../shared/update.ts'
import { serverProcess } from './support/process.ts'
import { Random } from './support/random.ts'
import { injecting, strace } from './support/strace.ts'
import { smallDisk } from './support/volume.ts'

// The long form, `npm run test:chaos`, breaks the disk at more places and bends more bytes.
const long = import.meta.env.MODE === 'long'
const silent = pino({ level: 'silent' })

describe('the disk', () => {
  test.runIf(strace)(
    'an I/O error at any write or sync of a save takes nothing that was acknowledged',
    {
      timeout: 900_000,
    },
    async () => {
      await using server = await serverProcess({ RATE_LIMITS: 'off', LOG_LEVEL: 'fatal' })
      const ada = server.client()
      await ada.post('user:register', { username: 'ada', password: 'the disk is broken' })
      const { id: page } = await ada.post('page:create', { title: 'Broken', content: 'Whole.\n' })
      const kept: string[] = []
      let ended = 0
      let failed = 0
      for (let k = 1; k <= (long ? 40 : 4); k++) {
        const { epoch, update } = await ada.ask('page:open', { page })
        const doc = new Y.Doc()
        Y.applyUpdate(doc, Buffer.from(update, 'base64'))
        for (const token of kept) expect(textOf(doc).toString(), `before ${k}`).toContain(token)
        const before = Y.encodeStateVector(doc)
        const token = `[save ${k}]`
        textOf(doc).insert(0, token)
        const heal = await injecting(server.pid!, 'fsync,fdatasync,pwrite64', 'error=EIO', k)
        const gone = new AbortController()
        const answer = await Promise.race([
          ada.ask('page:push', { page, epoch, update: toBase64(Y.encodeStateAsUpdate(doc, before)) }).then(
            () => 'acknowledged',
            () => 'refused',
          ),
          server.ended().then(() => 'ended'),
          wait(5_000, 'silent', { signal: gone.signal }).catch(() => 'silent'),
        ])
        gone.abort()
        if (answer === 'acknowledged') kept.push(token)
        else failed++
        // The fold into the page's row, a second later, meets the error where the save did not.
        if (answer === 'acknowledged') await Promise.race([server.ended(), wait(1_200)])
        heal()
        await Promise.race([server.ended(), wait(300)])
        if (server.pid === null) {
          ended++
          expect(await server.ended(), `exit code at ${k}`).toBe(74)
        } else await server.kill()
        await server.start()
      }
      const { content } = await ada.post('page:read', { page })
      for (const token of kept) expect(content.split(token).length, token).toBe(2)
      expect(content).toContain('Whole.')
      console.log(
        `I/O errors: ${failed} saves refused, ${kept.length} acknowledged and kept, ${ended} times ended on purpose`,
      )
      expect(failed + ended).toBeGreaterThan(0)
      await server.kill()
      const db = await openDatabase(`sqlite:${server.folder}/data/chorus.sqlite`, silent)
      expect(await db.log.withRaw(raw => raw.pragma('integrity_check', { simple: true }))).toBe('ok')
      await db.close()
    },
  )

  test.runIf(strace)('the server itself calls nobody', { timeout: 120_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chorus-'))
    try {
      const trace = join(folder, 'calls')
      await using server = await serverProcess(
        { RATE_LIMITS: 'off', LOG_LEVEL: 'error' },
        { folder, under: ['strace', '-D', '-f', '-qq', '-e', 'trace=connect', '-o', trace] },
      )
      const ada = server.client()
      await ada.post('user:register', { username: 'ada', password: 'stays where it is' })
      const content = '![a](https://elsewhere.example/a.png) <https://elsewhere.example> [[Elsewhere]]\n'
      const page = await ada.post('page:create', { title: 'Links out', content })
      await ada.ask('page:open', { page: page.id })
      await (await ada.fetch(page.path)).text()
      await server.stop()
      const calls = readFileSync(trace, 'utf8')
        .split('\n')
        .filter(call => /AF_INET/.test(call))
      expect(calls).toEqual([])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('a disk that may not be written is refused with a sentence, and nothing on it is changed', async () => {
    await using disk = await smallDisk(32)
    if (!disk) return
    const url = `sqlite:${disk.folder}/chorus.sqlite`
    await (await openDatabase(url, silent)).close()
    disk.writable(false)
    await expect(openDatabase(url, silent)).rejects.toThrow(/cannot be written/)
    disk.writable(true)
    const db = await openDatabase(url, silent)
    await db.close()
  })
})

describe('a database that is not what it was', () => {
  let folder: string
  let size: number
  const TEXT = 'Bread, salt and water. '.repeat(2_000)
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chorus-'))
    await using server = await serverProcess({ RATE_LIMITS: 'off', LOG_LEVEL: 'silent' })
    const ada = server.client()
    await ada.post('user:register', { username: 'ada', password: 'what was there is there' })
    for (let i = 0; i < 10; i++) await ada.post('page:create', { title: `Page ${i}`, content: TEXT })
    // Killed: what is not folded back lies in the -wal beside it.
    await server.kill()
    cpSync(join(server.folder, 'data'), join(folder, 'killed'), {
      recursive: true,
      filter: name => !name.endsWith('.sock'),
    })
    await server.start()
    await server.stop()
    cpSync(join(server.folder, 'data'), join(folder, 'stopped'), {
      recursive: true,
      filter: name => !name.endsWith('.sock'),
    })
    size = statSync(join(folder, 'stopped/chorus.sqlite')).size
  }, 120_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** How a start over a changed copy goes: whole, told, or with what was there silently gone. */
  async function outcome(
    of: 'killed' | 'stopped',
    change: (file: string) => void,
  ): Promise<'whole' | 'told' | 'fewer'> {
    const copy = mkdtempSync(join(folder, 'copy-'))
    cpSync(join(folder, of), copy, { recursive: true })
    const file = join(copy, 'chorus.sqlite')
    change(file)
    try {
      const db = await openDatabase(`sqlite:${file}`, silent)
      try {
        const pages = await db.log.withRaw(raw => {
          const found = raw.prepare('select id, content from pages').all() as { id: number; content: string }[]
          return found.length
        })
        if (pages < 10) return 'fewer'
        for (let page = 1; page <= 10; page++) await db.log.load(page)
        return 'whole'
      } finally {
        await db.close()
      }
    } catch {
      return 'told'
    } finally {
      rmSync(copy, { recursive: true, force: true })
    }
  }

  test('never starts empty over data that was there: bent bytes, cut files, lost files', {
    timeout: 600_000,
  }, async () => {
    const random = new Random(20_261_124)
    const counts = { whole: 0, told: 0, fewer: 0 }
    const bend = (file: string) => {
      const bytes = readFileSync(file)
      // Half of them where the table of tables is.
      bytes[random.chance(0.5) ? random.below(4_096) : random.below(size)]! ^= 1 << random.below(8)
      writeFileSync(file, bytes)
    }
    for (let i = 0; i < (long ? 200 : 20); i++) counts[await outcome('stopped', bend)]++
    const bent = { ...counts }
    const cut = [0, 1, 100, 4_095, 4_096, 8_192, size >> 1, size - 4_096, size - 1]
    for (const length of cut) counts[await outcome('stopped', file => truncateSync(file, length))]++
    expect(await outcome('stopped', file => rmSync(file))).toBe('told')
    console.log(`bent bytes: ${JSON.stringify(bent)}; with cut files: ${JSON.stringify(counts)}`)
    expect(counts.fewer).toBe(0)
  })

  test('the log beside it counts: with it a killed wiki is whole, and without it that is said', async () => {
    expect(existsSync(join(folder, 'killed/chorus.sqlite-wal'))).toBe(true)
    expect(await outcome('killed', () => {})).toBe('whole')
    // Without it, what is left is older, or nothing: nothing is then said aloud.
    expect(await outcome('killed', file => rmSync(`${file}-wal`))).not.toBe('whole')
  })
})
