// Other people's accounts, as admins see to them: roles, who may come in, links.
// administrationHandlers

import type { EntityManager } from '@mikro-orm/core'
import { WikiError } from '../../shared/errors.ts'
import { Token, User, type UserRow } from '../db/entities.ts'
import { endSessions } from './accounts.ts'
import type { Handlers } from './commands.ts'
import type { Wiring } from './context.ts'
import { makeToken } from './tokens.ts'
import { account, describe, findUser } from './users.ts'

type AdministrationCommand = `user:${'list' | 'setRole' | 'disable' | 'signOutEverywhere' | 'invite' | 'resetLink'}`

/** What admins do with accounts. */
export function administrationHandlers({
  config,
  db,
  announce,
  revoke,
}: Wiring): Pick<Handlers, AdministrationCommand> {
  const { limits } = config
  return {
    'user:list': async ({ after = 0, limit = 50 }) => {
      const rows = await db.em().find(User, { id: { $gt: after } }, { orderBy: { id: 'asc' }, limit: limit + 1 })
      const users = rows.slice(0, limit).map(account)
      return { users, next: rows.length > limit ? users.at(-1)!.id : null }
    },

    'user:setRole': async ({ user, role }) => {
      const row = await db.em().transactional(async em => {
        const found = await findUser(em, user)
        if (role !== 'admin') await assertNotLastAdmin(em, found)
        found.role = role
        // Links outlive nobody's right to make them, nor come back with it.
        if (role !== 'admin') await em.nativeDelete(Token, { maker: user, usedAt: null })
        return found
      })
      revoke.userChanged(row.id)
      announce('account:updated', { user: account(row) }, 'admins')
      return { user: describe(row) }
    },

    'user:disable': async ({ user, on }, context) => {
      if (on && user === context.actor.user!.id)
        throw new WikiError('conflict', 'This is your own account. Another admin can disable it.')
      const { row, ended } = await db.em().transactional(async em => {
        const found = await findUser(em, user)
        if (on) await assertNotLastAdmin(em, found)
        found.disabledAt = on ? (found.disabledAt ?? new Date()) : null
        if (!on) return { row: found, ended: [] }
        await em.nativeDelete(Token, {
          $or: [
            { maker: user, usedAt: null },
            { user, usedAt: null },
          ],
        })
        return { row: found, ended: await endSessions(em, user) }
      })
      revoke.sessionsEnded(ended)
      revoke.userChanged(row.id)
      announce('account:updated', { user: account(row) }, 'admins')
      return { user: account(row) }
    },

    'user:signOutEverywhere': async ({ user }) => {
      const ended = await db.em().transactional(async em => endSessions(em, (await findUser(em, user)).id))
      revoke.sessionsEnded(ended)
      return { sessions: ended.length }
    },

    'user:invite': async ({ role }, context) => {
      if (config.registration === 'closed')
        throw new WikiError('forbidden', 'Registration is closed on this server (REGISTRATION=closed).')
      const { token, expiresAt } = await makeToken(db.em(), context, limits.inviteLife, {
        kind: 'invite',
        role: role ?? 'editor',
      })
      return { url: `${context.origin}/invite/${token}`, expiresAt }
    },

    'user:resetLink': async ({ user }, context) => {
      const em = db.em()
      const row = await findUser(em, user)
      // The newest link is the one that works.
      await em.nativeDelete(Token, { kind: 'reset', user: row.id })
      const { token, expiresAt } = await makeToken(em, context, limits.resetLife, { kind: 'reset', user: row.id })
      return { url: `${context.origin}/reset/${token}`, expiresAt }
    },
  }
}

async function assertNotLastAdmin(em: EntityManager, { role, disabledAt }: UserRow): Promise<void> {
  if (role !== 'admin' || disabledAt) return
  if ((await em.count(User, { role: 'admin', disabledAt: null })) === 1)
    throw new WikiError('conflict', 'This is the only admin. Make somebody else an admin first.')
}
