import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { LIMITS, readConfig } from '../server/config.ts'
import { run } from '../server/console.ts'
import { Client, refusal } from './support/client.ts'
import { serverProcess } from './support/process.ts'
import { type World, world } from './support/world.ts'

const PROGRAM = join(import.meta.dirname, '../bin/chorus.js')

const settings = (folder: string) => ({
  DATABASE_URL: `sqlite:${folder}/data/chorus.sqlite`,
  UPLOADS_DIR: `${folder}/uploads`,
})

async function commandLine(folder: string, ...args: string[]) {
  const printed: string[] = []
  const complained: string[] = []
  const config = { ...readConfig(settings(folder)), hashMemory: 1024, hashTime: 2 }
  const code = await run(
    args,
    text => printed.push(text),
    text => complained.push(text),
    config,
  )
  const password = /^ {2}([a-z2-9]{4}(?:-[a-z2-9]{4}){3})$/m.exec(printed.join(''))?.[1] ?? ''
  return { code, printed: printed.join(''), complained: complained.join(''), password }
}

async function signIn(w: World | { url: string }, username: string, password: string): Promise<Client> {
  const client = new Client(w.url)
  await client.post('user:signIn', { username, password })
  return client
}

describe('npx chorus reset-password', () => {
  test('asks the running server: a new password, no old session, no socket, no waiting', async () => {
    await using w = await world({ limits: { rates: { signInAccount: LIMITS.rates.signInAccount } } })
    const ada = await w.person('Ada')
    const closed = once((await ada.socket()) as never, 'disconnect')
    for (let i = 0; i < 5; i++) await refusal(signIn(w, 'ada', 'wrong words'))
    const { code, printed, password } = await commandLine(w.folder, 'reset-password', 'ada')
    expect(code).toBe(0)
    expect(printed).toContain('The new password of Ada is')
    await closed
    expect((await ada.post('user:me', {})).user).toBeNull()
    await signIn(w, 'ada', password)
    expect((await refusal(signIn(w, 'ada', 'Ada likes bread'))).code).toBe('unauthenticated')
    const again = await commandLine(w.folder, 'reset-password', 'ada')
    expect(again.password).not.toBe(password)
  })

  test('opens the database itself when no server runs, also after one that was killed', async () => {
    await using server = await serverProcess()
    const ada = server.client()
    await ada.post('user:register', { username: 'ada', password: 'ada likes bread' })
    await server.kill()
    const { code, password } = await commandLine(server.folder, 'reset-password', 'ada')
    expect(code).toBe(0)
    await server.start()
    await signIn(server, 'ada', password)
    expect((await ada.post('user:me', {})).user).toBeNull()
  })

  test('says what is wrong, and makes nothing', async () => {
    await using w = await world()
    await w.person('ada')
    const nobody = await commandLine(w.folder, 'reset-password', 'grace')
    expect([nobody.code, nobody.printed]).toEqual([1, ''])
    expect(nobody.complained).toContain('Nobody here is called “grace”.')
    const nowhere = await mkdtemp(join(tmpdir(), 'chorus-'))
    try {
      const none = await commandLine(nowhere, 'reset-password', 'ada')
      expect([none.code, none.printed]).toEqual([1, ''])
      expect(none.complained).toContain('There is no wiki at')
      expect(await readdir(nowhere)).toEqual([])
    } finally {
      await rm(nowhere, { recursive: true, force: true })
    }
  })
})

describe('the socket of the command line', () => {
  const ask = async (w: World, path: string, body: string) => {
    const asked = request({ socketPath: join(w.folder, 'data/chorus.sock'), method: 'POST', path }).end(body)
    const [response] = await once(asked, 'response')
    let text = ''
    for await (const chunk of response) text += chunk
    return JSON.parse(text)
  }

  test('only the server’s own user may open it, and nothing else is left beside it', async () => {
    await using w = await world()
    const { mode } = await stat(join(w.folder, 'data/chorus.sock'))
    expect(mode & 0o777).toBe(0o600)
    expect((await stat(join(w.folder, 'data'))).mode & 0o777).toBe(0o700)
    const names = await readdir(join(w.folder, 'data'))
    expect(
      names.filter(name => !/^(\.chorus\.sqlite\.marker|chorus\.sqlite(-wal|-shm)?|chorus\.sock)$/.test(name)),
    ).toEqual([])
  })

  test('it is gone when the server has stopped, and one that was left behind is replaced', async () => {
    await using w = await world()
    await w.person('ada')
    await w.running.close()
    const path = join(w.folder, 'data/chorus.sock')
    expect(await readdir(join(w.folder, 'data'))).not.toContain('chorus.sock')
    await writeFile(path, 'left behind')
    await w.restart()
    expect((await commandLine(w.folder, 'reset-password', 'ada')).code).toBe(0)
  })

  test('refuses what makes no sense with a sentence', async () => {
    await using w = await world()
    for (const [path, body, code] of [
      ['/burn', '{}', 'missing'],
      ['/constructor', '{}', 'missing'],
      ['/reset-password', '{}', 'invalid'],
      ['/reset-password', '{"username":7}', 'invalid'],
      ['/reset-password', 'x', 'invalid'],
      ['/reset-password', 'x'.repeat(100_000), 'too_large'],
    ] as const) {
      const answer = await ask(w, path, body)
      expect([answer.ok, answer.error.code], `${path} ${body.slice(0, 20)}`).toEqual([false, code])
    }
  })
})

describe('npx chorus', () => {
  const shell = (...args: string[]) =>
    promisify(execFile)(process.execPath, [PROGRAM, ...args]).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      error => ({ code: error.code as number, stdout: error.stdout as string, stderr: error.stderr as string }),
    )

  test('explains itself, and complains about what it does not know', async () => {
    for (const args of [[], ['help'], ['--help']]) {
      const { code, stdout } = await shell(...args)
      expect(code).toBe(0)
      expect(stdout).toContain('reset-password NAME')
    }
    for (const args of [['reset-password'], ['burn'], ['reset-password', 'a', 'b']]) {
      const { code, stdout, stderr } = await shell(...args)
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toContain('Usage: npx chorus')
    }
  })
})
