// Accounts, as people have them: signing in and out, names, passwords; and the command line's way to a new password.
// accountHandlers · proofs · resetByOperator · endSessions

import { type EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core'
import { WikiError } from '../../shared/errors.ts'
import type { User as UserShape } from '../../shared/protocol.ts'
import { Page, Session, Token, User } from '../db/entities.ts'
import { Avatars } from './avatars.ts'
import type { Handlers, Proofs } from './commands.ts'
import type { Context, CookieJar, Wiring } from './context.ts'
import type { Limiter } from './limiter.ts'
import { Attempts, Passwords, randomPassword } from './passwords.ts'
import { findToken } from './tokens.ts'
import { describe, findUser, parseUsername, person, usernameKey } from './users.ts'

type AccountCommand =
  | `user:${'register' | 'signIn' | 'signOut' | 'me' | 'read' | 'update' | 'removeAvatar'}`
  | `user:${'changePassword' | 'prove' | 'resetPassword'}`

const COLOURS = 12

/** What people do with their own accounts. */
export function accountHandlers(wiring: Wiring, limiter: Limiter): Pick<Handlers, AccountCommand> {
  const { config, db, log, announce, revoke } = wiring
  const { limits } = config
  const passwords = new Passwords(config)
  const attempts = new Attempts(limiter, limits.hashQueue)
  const avatars = new Avatars(wiring)

  const renewHash = async (id: number, passwordHash: string, password: string) => {
    if (!passwords.outdated(passwordHash)) return
    const better = { passwordHash: await passwords.hash(password) }
    await db.em().nativeUpdate(User, { id, passwordHash }, better)
  }

  // Counted apart from sign-ins (no name's key has capitals): a stranger who guesses keeps nobody from proving theirs.
  const isOwn = async (id: number, password: string): Promise<boolean> => {
    const { passwordHash } = await db.em().findOneOrFail(User, { id }, { populate: ['passwordHash'] })
    const right = async () => ((await passwords.verify(passwordHash, password)) ? true : null)
    return (await attempts.guess(`ID ${id}`, null, right)) ?? false
  }

  return {
    'user:register': async ({ username, password, invite }, context) => {
      const cookies = cookiesOf(context)
      const name = parseUsername(username)
      await passwords.check(password, name)
      // Asked before the dear hash, and again in the transaction that decides.
      const invited = await mayRegister(db.em(), config.registration, invite)
      if (await db.em().count(User, { usernameKey: usernameKey(name) })) throw taken(name)
      if (!invited) limiter.draw('register', context.address)
      const passwordHash = await passwords.hash(password)
      const row = await unlessTaken(name, () =>
        db.em().transactional(async em => {
          const token = await mayRegister(em, config.registration, invite)
          if (token) token.usedAt = new Date()
          const before = await em.count(User)
          return em.create(User, {
            username: name,
            usernameKey: usernameKey(name),
            passwordHash,
            role: before === 0 ? 'admin' : (token?.role ?? 'editor'),
            avatar: null,
            // Neighbours in the palette look alike; steps of five meet all twelve.
            colour: ((before * 5) % COLOURS) + 1,
            createdAt: new Date(),
          })
        }),
      )
      announce('user:registered', { user: person(row) }, 'readers')
      await cookies.begin(row.id)
      return { user: describe(row) }
    },

    'user:signIn': async ({ username, password }, context) => {
      const cookies = cookiesOf(context)
      const key = usernameKey(username)
      const find = () => db.em().findOne(User, { usernameKey: key }, { populate: ['passwordHash'] })
      const row = await attempts.guess(key, context.address, async () => {
        const found = await find()
        return (await passwords.verify(found?.passwordHash ?? null, password)) ? found : null
      })
      if (!row) throw new WikiError('unauthenticated', 'This name and this password do not belong together.')
      if (row.disabledAt) throw disabled()
      await cookies.begin(row.id)
      // Whoever changes a password ends the sessions there are: one that begins at that moment must not outlive it.
      const hash = (await find())?.passwordHash ?? null
      if (hash !== row.passwordHash && !(await passwords.verify(hash, password))) {
        await cookies.end()
        throw new WikiError('conflict', 'The password was changed just now. Please sign in again.')
      }
      await renewHash(row.id, row.passwordHash, password).catch(error =>
        log.warn({ err: error, user: row.id }, 'a password could not be hashed anew; the next sign-in tries again'),
      )
      return { user: describe(row) }
    },

    'user:signOut': async (_, context) => {
      await cookiesOf(context).end()
      return {}
    },

    'user:me': async (_, { actor }) => ({ user: actor.user }),

    'user:update': async ({ username }, context) => {
      const em = db.em()
      const row = await findUser(em, selfOf(context).id)
      if (username === undefined) return { user: describe(row) }
      const name = parseUsername(username)
      await unlessTaken(name, async () => {
        row.username = name
        row.usernameKey = usernameKey(name)
        await em.flush()
      })
      announce('user:updated', { user: person(row) }, 'readers')
      revoke.userChanged(row.id)
      return { user: describe(row) }
    },

    'user:changePassword': async ({ current, password }, context) => {
      const cookies = cookiesOf(context)
      const self = selfOf(context)
      if (!(await isOwn(self.id, current)))
        throw new WikiError('invalid', 'This is not your current password.', { field: 'current' })
      await passwords.check(password, self.username)
      const hash = await passwords.hash(password)
      const ended = await db.em().transactional(em => setPassword(em, self.id, hash))
      revoke.sessionsEnded(ended.filter(id => id !== context.session))
      await cookies.begin(self.id)
      return {}
    },

    'user:prove': async ({ password }, context) => {
      if (!(await isOwn(selfOf(context).id, password)))
        throw new WikiError('invalid', 'This is not your password.', { field: 'password' })
      // A session that has ended meanwhile proves nothing.
      await db.em().nativeUpdate(Session, { id: context.session ?? '' }, { provedAt: new Date() })
      return {}
    },

    'user:removeAvatar': async (_, context) => ({ user: await avatars.remove(selfOf(context).id) }),

    'user:read': async ({ username }) => {
      const em = db.em()
      const row = await em.findOne(User, { usernameKey: usernameKey(username) })
      if (!row) throw new WikiError('missing', `Nobody here is called “${username}”.`)
      const pages = await em.count(Page, { author: row.id })
      return { user: person(row), createdAt: row.createdAt.toISOString(), pages }
    },

    'user:resetPassword': async ({ token, password }, context) => {
      const cookies = cookiesOf(context)
      const { user } = await findToken(db.em(), 'reset', token)
      await passwords.check(password, (await findUser(db.em(), user!.id)).username)
      const hash = await passwords.hash(password)
      const { row, ended } = await db.em().transactional(async em => {
        const used = await findToken(em, 'reset', token)
        used.usedAt = new Date()
        if ((await findUser(em, used.user!.id)).disabledAt) throw disabled()
        return { row: await findUser(em, used.user!.id), ended: await setPassword(em, used.user!.id, hash) }
      })
      revoke.sessionsEnded(ended)
      attempts.forget(row.usernameKey)
      await cookies.begin(row.id)
      return { user: describe(row) }
    },
  }
}

/** When the password of a session was last given. */
export function proofs(db: Wiring['db']): Proofs {
  return {
    async of(session) {
      const row = await db.em().findOne(Session, { id: session }, { fields: ['provedAt'] })
      return row?.provedAt ? +row.provedAt : null
    },
  }
}

/**
 * Gives somebody a random password and ends all their sessions: for whoever may run the command line on the server.
 * @throws WikiError `missing` where nobody has this name
 */
export async function resetByOperator(
  wiring: Wiring,
  limiter: Limiter,
  username: string,
): Promise<{ username: string; password: string }> {
  const row = await wiring.db.em().findOne(User, { usernameKey: usernameKey(username) })
  if (!row) throw new WikiError('missing', `Nobody here is called “${username}”.`)
  const password = randomPassword()
  const hash = await new Passwords(wiring.config).hash(password)
  const ended = await wiring.db.em().transactional(em => setPassword(em, row.id, hash))
  wiring.revoke.sessionsEnded(ended)
  limiter.reset('signInAccount', row.usernameKey)
  return { username: row.username, password }
}

// Sessions and links that the old password led to end in the same transaction. Returns the sessions' ids.
async function setPassword(em: EntityManager, user: number, passwordHash: string): Promise<string[]> {
  await em.nativeUpdate(User, { id: user }, { passwordHash })
  await em.nativeDelete(Token, { kind: 'reset', user, usedAt: null })
  return endSessions(em, user)
}

/** Ends all sessions of somebody. @returns their ids */
export async function endSessions(em: EntityManager, user: number): Promise<string[]> {
  const sessions = await em.find(Session, { user }, { fields: ['id'] })
  await em.nativeDelete(Session, { user })
  return sessions.map(session => session.id)
}

function disabled(): WikiError {
  return new WikiError('forbidden', 'This account is disabled. Ask an admin of this wiki.')
}

// The invitation that lets somebody in, or null where none is needed.
async function mayRegister(em: EntityManager, registration: 'open' | 'invite' | 'closed', invite: string | undefined) {
  if ((await em.count(User)) === 0) return null
  if (registration === 'closed') throw new WikiError('forbidden', 'This wiki takes no new accounts. Ask its admin.')
  if (invite !== undefined) return findToken(em, 'invite', invite)
  if (registration === 'open') return null
  throw new WikiError('forbidden', 'A new account needs an invite link here. Ask an admin for one.')
}

async function unlessTaken<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof UniqueConstraintViolationException) throw taken(name)
    throw error
  }
}

function taken(name: string): WikiError {
  return new WikiError('conflict', `The name “${name}” is taken.`, { field: 'username' })
}

function cookiesOf(context: Context): CookieJar {
  if (!context.cookies) throw new WikiError('invalid', 'This sets a cookie: ask it over HTTP.')
  return context.cookies
}

function selfOf({ actor }: Context): UserShape {
  if (!actor.user) throw new WikiError('unauthenticated', 'Please sign in first.')
  return actor.user
}
