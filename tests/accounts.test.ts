import { once } from 'node:events'
import argon2 from 'argon2'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { LIMITS, readConfig } from '../server/config.ts'
import { Session, Token, User } from '../server/db/entities.ts'
import type { WikiError } from '../shared/errors.ts'
import { Client, refusal } from './support/client.ts'
import { freePort } from './support/process.ts'
import { type World, world } from './support/world.ts'

const GOOD = 'seven purple loaves'
const DAY = 86_400_000

afterEach(() => {
  vi.useRealTimers()
})

const signIn = (client: Client, username: string, password: string) =>
  client.post('user:signIn', { username, password })
const register = (client: Client, username: string, invite?: string) =>
  client.post('user:register', { username, password: GOOD, ...(invite && { invite }) })
const me = async (client: Client) => (await client.post('user:me', {})).user
const tokenOf = (url: string) => url.slice(url.lastIndexOf('/') + 1)

const outcomes = async (asked: Promise<unknown>[]) =>
  (await Promise.allSettled(asked)).map(one => (one.status === 'fulfilled' ? 'ok' : (one.reason as WikiError).code))

/** Somebody else at the same account. */
async function elsewhere(w: World, username: string, password = `${username} likes bread`): Promise<Client> {
  const client = w.guest()
  await signIn(client, username, password)
  return client
}

describe('registering', () => {
  test('signs you in; the first account is the admin, later ones are editors', async () => {
    await using w = await world()
    const ada = w.guest()
    const { user } = await register(ada, 'ada')
    expect(user).toMatchObject({ username: 'ada', role: 'admin', avatar: null })
    expect(await me(ada)).toEqual(user)
    expect((await register(w.guest(), 'grace')).user.role).toBe('editor')
  })

  test('several racing for the first account give exactly one admin', async () => {
    await using w = await world()
    const names = ['ada', 'grace', 'linus', 'margaret']
    const users = await Promise.all(names.map(async name => (await register(w.guest(), name)).user))
    expect(users.map(user => user.role).sort()).toEqual(['admin', 'editor', 'editor', 'editor'])
  })

  test('a name is taken in every spelling of it, also when two ask at one moment', async () => {
    await using w = await world()
    await register(w.guest(), 'Zoë')
    for (const same of ['zoë', 'ZOË', '  Zoë ', 'Zoe\u0308', 'Ｚｏë']) {
      const error = await refusal(register(w.guest(), same))
      expect([error.code, error.details.field], same).toEqual(['conflict', 'username'])
    }
    expect((await outcomes([register(w.guest(), 'Max'), register(w.guest(), 'mAX')])).sort()).toEqual([
      'conflict',
      'ok',
    ])
  })

  test.each([
    ['a', 'at least 2'],
    ['   x   ', 'at least 2'],
    ['x'.repeat(51), 'at most 50'],
    ['ad\u200ba', 'invisible'],
    ['ad\u0007a', 'invisible'],
    ['ada\u202e', 'invisible'],
    ['\u3164\u3164', 'invisible'],
    ['ad\ud800a', 'invisible'],
    ['__', 'needs a letter'],
  ])('the name %j is refused with a sentence', async (name, sentence) => {
    await using w = await world()
    const error = await refusal(register(w.guest(), name))
    expect([error.code, error.details.field]).toEqual(['invalid', 'username'])
    expect(error.message).toContain(sentence)
  })

  test('names are kept as people write them: 2 to 50 characters of any script', async () => {
    await using w = await world()
    for (const name of ['李小', 'O’Brien', 'Åsa Öberg', 'm_2', '👩‍🚀 no'.replace('\u200d', ''), 'x'.repeat(50)])
      expect((await register(w.guest(), name)).user.username).toBe(name)
    expect((await register(w.guest(), '  two   words ')).user.username).toBe('two words')
  })

  test.each([
    ['short77', 'at least 8'],
    ['x'.repeat(257), 'at most 256'],
    ['password1', 'everybody tries first'],
    ['QWERTYUIOP', 'everybody tries first'],
    ['zzzzzzzzzzzz', 'everybody tries first'],
    ['MARGARET HAMILTON', 'not be the name'],
  ])('the password %j is refused with a sentence', async (password, sentence) => {
    await using w = await world()
    const error = await refusal(w.guest().post('user:register', { username: 'Margaret Hamilton', password }))
    expect([error.code, error.details.field]).toEqual(['invalid', 'password'])
    expect(error.message).toContain(sentence)
    expect(await w.running.db.em().count(User)).toBe(0)
  })

  test('a password of 256 characters works, however its accents are encoded', async () => {
    await using w = await world()
    const password = `é${'ß'.repeat(255)}`
    await w.guest().post('user:register', { username: 'ada', password })
    await signIn(w.guest(), 'ada', password.normalize('NFD'))
  })

  test('everyone who may read hears of a new account, and nothing private is told', async () => {
    await using w = await world()
    const guest = w.guest()
    await guest.socket()
    const heard = guest.next('user:registered')
    const { user } = await register(w.guest(), 'ada')
    expect(await heard).toEqual({ user: { id: user.id, username: 'ada', avatar: null, colour: user.colour } })
  })

  test('the first twelve people have twelve colours', async () => {
    await using w = await world()
    const colours = new Set<number>()
    for (let i = 1; i <= 12; i++) colours.add((await register(w.guest(), `person ${i}`)).user.colour)
    expect([...colours].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  })

  test('with REGISTRATION=closed the first account may be made, and no other, not even by invitation', async () => {
    await using w = await world({ config: { registration: 'closed' } })
    const ada = w.guest()
    expect((await register(ada, 'ada')).user.role).toBe('admin')
    expect((await refusal(register(w.guest(), 'grace'))).code).toBe('forbidden')
    expect((await refusal(ada.post('user:invite', {}))).code).toBe('forbidden')
  })

  test('with REGISTRATION=invite a link lets exactly one person in, with the role it was made for', async () => {
    await using w = await world({ config: { registration: 'invite' } })
    const ada = await w.person('ada')
    expect((await refusal(register(w.guest(), 'grace'))).code).toBe('forbidden')
    expect((await refusal(register(w.guest(), 'grace', 'ch_wrong'))).code).toBe('missing')
    const { url, expiresAt } = await ada.post('user:invite', { role: 'reader' })
    expect(url).toMatch(new RegExp(`^${w.url}/invite/ch_[\\w-]{43}$`))
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(6 * DAY)
    const raced = ['grace', 'linus', 'ken'].map(name => register(w.guest(), name, tokenOf(url)))
    expect((await outcomes(raced)).sort()).toEqual(['missing', 'missing', 'ok'])
    const [row] = await w.running.db.em().find(User, { id: { $gt: 1 } })
    expect(row!.role).toBe('reader')
  })

  test('links that an admin made end with being an admin', async () => {
    await using w = await world()
    const [ada, grace, linus] = [await w.person('ada'), await w.person('grace'), await w.person('linus')]
    await ada.post('user:setRole', { user: grace.user!.id, role: 'admin' })
    const invite = tokenOf((await grace.post('user:invite', { role: 'admin' })).url)
    const token = tokenOf((await grace.post('user:resetLink', { user: linus.user!.id })).url)
    await ada.post('user:setRole', { user: grace.user!.id, role: 'editor' })
    const spent = async () => [
      (await refusal(register(w.guest(), 'trojan', invite))).code,
      (await refusal(w.guest().post('user:resetPassword', { token, password: GOOD }))).code,
    ]
    expect(await spent()).toEqual(['missing', 'missing'])
    await ada.post('user:setRole', { user: grace.user!.id, role: 'admin' })
    expect(await spent()).toEqual(['missing', 'missing'])
  })

  test('an invite link that failed for the name still works for another', async () => {
    await using w = await world({ config: { registration: 'invite' } })
    const ada = await w.person('ada')
    const invite = tokenOf((await ada.post('user:invite', {})).url)
    expect((await refusal(register(w.guest(), 'ADA', invite))).code).toBe('conflict')
    expect((await register(w.guest(), 'grace', invite)).user.role).toBe('editor')
  })

  test('links are not kept as they are, and end with their time', async () => {
    await using w = await world({ config: { registration: 'invite' } })
    const ada = await w.person('ada')
    const invite = tokenOf((await ada.post('user:invite', {})).url)
    const rows = await w.running.db.em().find(Token, {})
    expect(JSON.stringify(rows)).not.toContain(invite)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 8 * DAY })
    expect((await refusal(register(w.guest(), 'grace', invite))).message).toContain('time is over')
  })

  test('from one address five accounts an hour, but everyone who was invited', async () => {
    await using w = await world({ limits: { rates: { register: LIMITS.rates.register } } })
    const first = await w.person('person 0')
    for (let i = 1; i < 5; i++) await w.person(`person ${i}`)
    const error = await refusal(w.person('one more'))
    expect(error.code).toBe('busy')
    expect(error.details.retryAfter).toBeGreaterThan(3000)
    await register(w.guest(), 'one more', tokenOf((await first.post('user:invite', {})).url))
  })
})

describe('signing in', () => {
  test('takes the name in any case, and tells nobody whether a name exists', async () => {
    await using w = await world()
    await w.person('Ada')
    expect((await signIn(w.guest(), 'ADA', 'Ada likes bread')).user.username).toBe('Ada')
    const wrong = await refusal(signIn(w.guest(), 'ada', 'some other words'))
    const nobody = await refusal(signIn(w.guest(), 'nobody', 'some other words'))
    expect(wrong.code).toBe('unauthenticated')
    expect(nobody.toBody()).toEqual(wrong.toBody())
    expect((await refusal(signIn(w.guest(), 'ada', 'x'.repeat(1000)))).toBody()).toEqual(wrong.toBody())
  })

  test.each(['\u0000', 'a\u0000da', '\ud800', '\u200b', "' or 1=1 --", '__proto__', 'x'.repeat(200), '', '/', '%'])(
    'the name %j belongs to nobody, and does no harm',
    async name => {
      await using w = await world()
      await w.person('ada')
      // No text of the protocol holds U+0000.
      const broken = name.includes('\0')
      const signedIn = await refusal(signIn(w.guest(), name, 'ada likes bread'))
      expect(signedIn.code).toBe(broken ? 'invalid' : 'unauthenticated')
      const reset = await refusal(w.guest().post('user:resetPassword', { token: name, password: GOOD }))
      expect(reset.code).toBe(broken ? 'invalid' : 'missing')
    },
  )

  test('takes the same time whether or not there is such a person', async () => {
    await using w = await world({ config: { hashMemory: 32_768, hashTime: 2 } })
    await w.person('ada')
    const guest = w.guest()
    const times: Record<string, number[]> = { ada: [], nobody: [] }
    // By turns, so that whatever else the machine does touches both alike.
    for (let i = 0; i < 9; i++)
      for (const name of ['ada', 'nobody']) {
        const began = performance.now()
        await refusal(signIn(guest, name, 'some other words'))
        times[name]!.push(performance.now() - began)
      }
    const [known = 0, unknown = 0] = ['ada', 'nobody'].map(name => times[name]!.sort((a, b) => a - b)[4])
    expect(unknown).toBeGreaterThan(known / 2)
    expect(unknown).toBeLessThan(known * 2)
  })

  test('passwords are hashed with argon2id at OWASP’s costs or more, and moved to today’s costs', async () => {
    const { hashMemory, hashTime } = readConfig({})
    expect(hashMemory).toBeGreaterThanOrEqual(19_456)
    expect(hashTime).toBeGreaterThanOrEqual(2)
    await using w = await world()
    const ada = await w.person('ada')
    const hashOf = async () => {
      const row = await w.running.db.em().findOneOrFail(User, { id: ada.user!.id }, { populate: ['passwordHash'] })
      return row.passwordHash
    }
    expect(await hashOf()).toMatch(/^\$argon2id\$v=19\$m=1024,t=2,p=1\$/)
    const weaker = await argon2.hash('ada likes bread', { memoryCost: 512, timeCost: 1, parallelism: 1 })
    await w.running.db.em().nativeUpdate(User, { id: ada.user!.id }, { passwordHash: weaker })
    await elsewhere(w, 'ada')
    expect(await hashOf()).toMatch(/^\$argon2id\$v=19\$m=1024,t=2,p=1\$/)
    await elsewhere(w, 'ada')
  })

  test('after five wrong passwords the account waits, and says for how long', async () => {
    await using w = await world({ limits: { rates: { signInAccount: LIMITS.rates.signInAccount } } })
    await w.person('ada')
    await w.person('grace')
    for (let i = 0; i < 5; i++)
      expect((await refusal(signIn(w.guest(), 'Ada', `wrong words ${i}`))).code).toBe('unauthenticated')
    const error = await refusal(signIn(w.guest(), 'ada', 'ada likes bread'))
    expect(error.code).toBe('busy')
    expect(error.message).toMatch(/too many wrong passwords for this account.*1[45] minutes/)
    expect(error.details.retryAfter).toBeGreaterThan(800)
    await elsewhere(w, 'grace')
    const nobody = await outcomes(Array.from({ length: 6 }, () => signIn(w.guest(), 'nobody', 'wrong words')))
    expect(nobody.filter(code => code === 'busy')).toHaveLength(1)
  })

  test('twenty guesses at one moment are still only five', async () => {
    await using w = await world({ limits: { rates: { signInAccount: LIMITS.rates.signInAccount } } })
    await w.person('ada')
    const codes = await outcomes(Array.from({ length: 20 }, (_, i) => signIn(w.guest(), 'ada', `wrong words ${i}`)))
    expect(codes.filter(code => code === 'unauthenticated')).toHaveLength(5)
    expect(codes.filter(code => code === 'busy')).toHaveLength(15)
  })

  test('a right password forgets the wrong ones', async () => {
    await using w = await world({ limits: { rates: { signInAccount: LIMITS.rates.signInAccount } } })
    await w.person('ada')
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 4; i++)
        expect((await refusal(signIn(w.guest(), 'ada', 'wrong words'))).code).toBe('unauthenticated')
      await elsewhere(w, 'ada')
    }
  })

  test('after twenty wrong passwords an address waits, whatever names it tries and whoever it says it is', async () => {
    await using w = await world({ limits: { rates: { signInAddress: LIMITS.rates.signInAddress } } })
    await w.person('ada')
    for (let i = 0; i < 20; i++)
      expect((await refusal(signIn(w.guest(), `name ${i}`, 'wrong words'))).code).toBe('unauthenticated')
    const response = await w.guest().fetch('/api/user:signIn', {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'X-Forwarded-For': '203.0.113.9',
        'CF-Connecting-IP': '203.0.113.9',
      },
      body: JSON.stringify({ username: 'ada', password: 'ada likes bread' }),
    })
    expect(response.status).toBe(429)
    expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(800)
    expect((await response.json()).error.message).toContain('from your address')
  })

  test('people who know their passwords never use up their address', async () => {
    await using w = await world({ limits: { rates: { signInAddress: LIMITS.rates.signInAddress } } })
    await w.person('ada')
    for (let i = 0; i < 30; i++) await elsewhere(w, 'ada')
  })

  test('a flood of sign-ins is told to wait, and readers are not', async () => {
    await using w = await world({ config: { hashMemory: 65_536, hashTime: 1 }, limits: { hashQueue: 3 } })
    await w.person('ada')
    const flood = outcomes(Array.from({ length: 40 }, (_, i) => signIn(w.guest(), `name ${i}`, 'wrong words')))
    expect((await w.guest().fetch('/healthz')).status).toBe(200)
    const codes = await flood
    expect(codes.filter(code => code === 'busy').length).toBeGreaterThan(20)
    expect(codes.filter(code => code === 'unauthenticated').length).toBeGreaterThan(2)
    await elsewhere(w, 'ada')
  })
})

describe('sessions', () => {
  test('a restart signs nobody out', async () => {
    await using w = await world()
    const ada = await w.person('ada')
    await w.restart()
    expect((await me(ada))?.username).toBe('ada')
  })

  test('the cookie is HttpOnly and SameSite, and Secure with a __Host- name where the address is https', async () => {
    await using w = await world()
    const port = await freePort()
    await using _tls = await world({ config: { publicUrl: 'https://wiki.example', port } })
    const cookieOf = async (client: Client, headers: Record<string, string>) => {
      const response = await client.fetch('/api/user:register', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify({ username: 'ada', password: GOOD }),
      })
      expect(response.status).toBe(200)
      return response.headers.getSetCookie()[0]!
    }
    const plain = await cookieOf(w.guest(), {})
    expect(plain).toMatch(/^sid=/)
    expect(plain).toMatch(/; Path=\/;.*; HttpOnly; SameSite=Lax$/)
    expect(plain).not.toContain('Secure')
    expect(plain).not.toContain('Domain')
    const secure = await cookieOf(new Client(`http://127.0.0.1:${port}`), { Origin: 'https://wiki.example' })
    expect(secure).toMatch(/^__Host-sid=/)
    expect(secure).toMatch(/; Path=\/;.*; HttpOnly; Secure; SameSite=Lax$/)
  })

  test('every sign-in has a new id, the old one is dead, and ids that we did not make are not taken', async () => {
    await using w = await world()
    const ada = await w.person('ada')
    const before = w.guest()
    before.cookie = ada.cookie
    await signIn(ada, 'ada', 'ada likes bread')
    expect(ada.cookie).not.toBe(before.cookie)
    expect(await me(before)).toBeNull()
    const fixed = w.guest()
    fixed.cookie = 'sid=s%3Achosen-by-somebody-else.c2lnbmF0dXJl'
    await signIn(fixed, 'ada', 'ada likes bread')
    expect(fixed.cookie).not.toContain('chosen')
    expect((await me(fixed))?.username).toBe('ada')
  })

  test('visitors get no cookie, and the table holds nothing that opens a session', async () => {
    await using w = await world()
    const guest = w.guest()
    await guest.fetch('/')
    await guest.post('user:me', {})
    expect(guest.cookie).toBe('')
    const ada = await w.person('ada')
    const rows = await w.running.db.em().find(Session, {})
    expect(rows).toHaveLength(1)
    const sid = /^sid=s%3A([\w-]+)\./.exec(ada.cookie)![1]!
    expect(sid).toHaveLength(43)
    expect(JSON.stringify(rows)).not.toContain(sid)
    expect(Object.keys(JSON.parse(rows[0]!.data))).toEqual(['cookie', 'user'])
  })

  test('signing out ends the session and closes its sockets, not those of other sessions', async () => {
    await using w = await world()
    const ada = await w.person('ada')
    const other = await elsewhere(w, 'ada')
    const kept = await other.socket()
    const socket = await ada.socket()
    const closed = once(socket as never, 'disconnect')
    const copy = w.guest()
    copy.cookie = ada.cookie
    await ada.post('user:signOut', {})
    await closed
    expect(ada.cookie).toBe('')
    expect(await me(copy)).toBeNull()
    expect((await me(other))?.username).toBe('ada')
    expect(kept.connected).toBe(true)
  })

  test('a session ends after two weeks of silence, goes on with every visit, and ends after two months anyway', async () => {
    await using w = await world()
    const ada = await w.person('ada')
    const silent = await elsewhere(w, 'ada')
    const start = Date.now()
    for (let day = 10; day < 60; day += 10) {
      vi.useFakeTimers({ toFake: ['Date'], now: start + day * DAY })
      expect((await me(ada))?.username, `day ${day}`).toBe('ada')
    }
    expect(await me(silent)).toBeNull()
    vi.useFakeTimers({ toFake: ['Date'], now: start + 60 * DAY + 1000 })
    expect(await me(ada)).toBeNull()
    await w.restart()
    expect(await w.running.db.em().count(Session)).toBe(0)
  })
})

describe('changing a password', () => {
  test('needs the current one, ends all other sessions and sockets, and keeps this one under a new id', async () => {
    await using w = await world()
    const ada = await w.person('ada')
    const other = await elsewhere(w, 'ada')
    const closed = once((await other.socket()) as never, 'disconnect')
    const before = w.guest()
    before.cookie = ada.cookie
    const wrong = await refusal(ada.post('user:changePassword', { current: 'not this one', password: GOOD }))
    expect([wrong.code, wrong.details.field]).toEqual(['invalid', 'current'])
    const common = await refusal(ada.post('user:changePassword', { current: 'ada likes bread', password: 'password1' }))
    expect([common.code, common.details.field]).toEqual(['invalid', 'password'])
    expect((await me(other))?.username).toBe('ada')
    await ada.post('user:changePassword', { current: 'ada likes bread', password: GOOD })
    await closed
    expect((await me(ada))?.username).toBe('ada')
    expect(await me(other)).toBeNull()
    expect(await me(before)).toBeNull()
    expect((await refusal(signIn(w.guest(), 'ada', 'ada likes bread'))).code).toBe('unauthenticated')
    await elsewhere(w, 'ada', GOOD)
  })

  test('guessing the current one is slowed down, and a stranger’s guesses do not count here', async () => {
    await using w = await world({ limits: { rates: { signInAccount: LIMITS.rates.signInAccount } } })
    const ada = await w.person('ada')
    for (let i = 0; i < 6; i++) await refusal(signIn(w.guest(), 'ada', 'wrong words'))
    await ada.post('user:changePassword', { current: 'ada likes bread', password: GOOD })
    const guesses = Array.from({ length: 7 }, () =>
      ada.post('user:changePassword', { current: 'wrong words', password: GOOD }),
    )
    expect((await outcomes(guesses)).sort()).toEqual([...Array(2).fill('busy'), ...Array(5).fill('invalid')])
  })

  test('a sign-in with the old password at the same moment leaves no session behind', async () => {
    await using w = await world()
    const ada = await w.person('ada')
    const others = Array.from({ length: 6 }, () => w.guest())
    await Promise.allSettled([
      ...others.map(other => signIn(other, 'ada', 'ada likes bread')),
      ada.post('user:changePassword', { current: 'ada likes bread', password: GOOD }),
    ])
    for (const other of others) expect(await me(other)).toBeNull()
    expect((await me(ada))?.username).toBe('ada')
  })
})

describe('reset links', () => {
  test('an admin’s link sets a new password once, signs in, ends all sessions and the waiting', async () => {
    await using w = await world({ limits: { rates: { signInAccount: LIMITS.rates.signInAccount } } })
    const admin = await w.person('ada')
    const grace = await w.person('grace')
    const closed = once((await grace.socket()) as never, 'disconnect')
    for (let i = 0; i < 5; i++) await refusal(signIn(w.guest(), 'grace', 'wrong words'))
    const older = await admin.post('user:resetLink', { user: grace.user!.id })
    const { url } = await admin.post('user:resetLink', { user: grace.user!.id })
    expect(url).toMatch(new RegExp(`^${w.url}/reset/ch_[\\w-]{43}$`))
    const client = w.guest()
    const reset = (link: string, password = GOOD) =>
      client.post('user:resetPassword', { token: tokenOf(link), password })
    expect((await refusal(reset(older.url))).code).toBe('missing')
    expect((await refusal(reset(url, 'password1'))).details.field).toBe('password')
    expect((await reset(url)).user.username).toBe('grace')
    await closed
    expect((await me(client))?.username).toBe('grace')
    expect(await me(grace)).toBeNull()
    expect((await refusal(reset(url))).code).toBe('missing')
    await elsewhere(w, 'grace', GOOD)
  })

  test('used twice at one moment a link works once; an invite link is no reset link', async () => {
    await using w = await world()
    const admin = await w.person('ada')
    const token = tokenOf((await admin.post('user:resetLink', { user: admin.user!.id })).url)
    const both = [1, 2].map(n => w.guest().post('user:resetPassword', { token, password: `${GOOD} ${n}` }))
    expect((await outcomes(both)).sort()).toEqual(['missing', 'ok'])
    const again = w.guest()
    const { running } = w
    const [row] = await running.db.em().find(User, {}, { populate: ['passwordHash'] })
    const password = (await argon2.verify(row!.passwordHash, `${GOOD} 1`)) ? `${GOOD} 1` : `${GOOD} 2`
    await signIn(again, 'ada', password)
    const invite = tokenOf((await again.post('user:invite', {})).url)
    expect((await refusal(w.guest().post('user:resetPassword', { token: invite, password: GOOD }))).code).toBe(
      'missing',
    )
  })
})

describe('roles and names', () => {
  test('a role that is taken away is gone at once, on open sockets too', async () => {
    await using w = await world()
    const admin = await w.person('ada')
    const grace = await w.person('grace')
    const socket = await grace.socket()
    await grace.ask('page:create', { title: 'One' })
    const closed = once(socket as never, 'disconnect')
    const { user } = await admin.post('user:setRole', { user: grace.user!.id, role: 'reader' })
    expect(user.role).toBe('reader')
    expect((await refusal(grace.post('page:create', { title: 'Two' }))).code).toBe('forbidden')
    await closed
    grace.hangUp()
    expect((await refusal(grace.ask('page:create', { title: 'Two' }))).code).toBe('forbidden')
  })

  test('there is always an admin, also when two admins demote each other at one moment', async () => {
    await using w = await world()
    const ada = await w.person('ada')
    const grace = await w.person('grace')
    const demote = (by: Client, whom: Client) => by.post('user:setRole', { user: whom.user!.id, role: 'editor' })
    expect((await refusal(demote(ada, ada))).code).toBe('conflict')
    await ada.post('user:setRole', { user: grace.user!.id, role: 'admin' })
    const codes = await outcomes([demote(ada, grace), demote(grace, ada)])
    expect(codes.filter(code => code === 'ok')).toHaveLength(1)
    expect(await w.running.db.em().count(User, { role: 'admin' })).toBe(1)
  })

  test('a new name is told to everyone, works at the door, and cannot be somebody else’s', async () => {
    await using w = await world()
    const ada = await w.person('ada')
    await w.person('grace')
    const guest = w.guest()
    await guest.socket()
    const heard = guest.next('user:updated')
    const { user } = await ada.post('user:update', { username: 'Ada Lovelace' })
    expect((await heard).user.username).toBe('Ada Lovelace')
    expect(await me(ada)).toEqual(user)
    expect((await refusal(ada.post('user:update', { username: 'GRACE' }))).code).toBe('conflict')
    expect((await refusal(ada.post('user:update', { username: 'x' }))).details.field).toBe('username')
    expect((await ada.post('user:update', { username: 'ADA lovelace' })).user.username).toBe('ADA lovelace')
    await elsewhere(w, 'ada lovelace', 'ada likes bread')
  })

  test('an admin can go through all people', async () => {
    await using w = await world()
    const ada = await w.person('ada')
    for (const name of ['grace', 'linus', 'ken', 'margaret']) await w.person(name)
    const names: string[] = []
    for (let after: number | undefined; ; ) {
      const { users, next } = await ada.post('user:list', { limit: 2, ...(after && { after }) })
      names.push(...users.map(user => user.username))
      if (next === null) break
      after = next
    }
    expect(names).toEqual(['ada', 'grace', 'linus', 'ken', 'margaret'])
    expect(JSON.stringify(await ada.post('user:list', {}))).not.toContain('argon2')
  })
})
