// Invite and reset links: made once, kept as a hash, used once.
// makeToken · findToken

import { createHash, randomBytes } from 'node:crypto'
import type { EntityManager } from '@mikro-orm/core'
import { WikiError } from '../../shared/errors.ts'
import type { Role } from '../../shared/protocol.ts'
import { Token, type TokenRow } from '../db/entities.ts'
import type { Context } from './context.ts'

/**
 * The row of a token that may still be used: a link is worth what its maker may still do.
 * @throws WikiError `missing` for one that was used, is too old or never was, or whose maker is no admin any more
 */
export async function findToken(em: EntityManager, kind: TokenRow['kind'], token: string): Promise<TokenRow> {
  const row = await em.findOne(Token, { id: digest(token), kind }, { populate: ['maker'] })
  const demoted = row?.maker && row.maker.role !== 'admin'
  if (!row || row.usedAt || demoted || row.expiresAt.getTime() <= Date.now())
    throw new WikiError('missing', 'This link was used before, or its time is over. Ask an admin for a new one.')
  return row
}

/** Makes a token; `life` is in seconds. Only its hash is kept. */
export async function makeToken(
  em: EntityManager,
  context: Context,
  life: number,
  what: { kind: TokenRow['kind']; user?: number; role?: Role },
): Promise<{ token: string; expiresAt: string }> {
  const token = `ch_${randomBytes(32).toString('base64url')}`
  const now = Date.now()
  const expiresAt = new Date(now + life * 1000)
  await em.insert(Token, {
    id: digest(token),
    kind: what.kind,
    user: what.user ?? null,
    role: what.role ?? null,
    maker: context.actor.user?.id ?? null,
    createdAt: new Date(now),
    expiresAt,
    usedAt: null,
  })
  return { token, expiresAt: expiresAt.toISOString() }
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
