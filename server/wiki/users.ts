// People: their names, and how they are described.
// person · describe · account · findUser · parseUsername · usernameKey

import type { EntityManager } from '@mikro-orm/core'
import { WikiError } from '../../shared/errors.ts'
import type { Account, Person, User as UserShape } from '../../shared/protocol.ts'
import { titleKey } from '../../shared/titles.ts'
import { User, type UserRow } from '../db/entities.ts'

/** What everyone may know of this person. */
export function person(row: Pick<UserRow, 'id' | 'username' | 'colour'> & { avatar?: string | null }): Person {
  return { id: row.id, username: row.username, avatar: row.avatar ?? null, colour: row.colour }
}

/** This person with what they may do. */
export function describe(row: UserRow): UserShape {
  return { ...person(row), role: row.role, createdAt: row.createdAt.toISOString() }
}

/** This person as admins see them. */
export function account(row: UserRow): Account {
  return { ...describe(row), disabled: Boolean(row.disabledAt), seenAt: row.seenAt?.toISOString() ?? null }
}

/** The row of this id. @throws WikiError `missing` */
export async function findUser(em: EntityManager, id: number): Promise<UserRow> {
  const row = await em.findOne(User, { id })
  if (!row) throw new WikiError('missing', 'There is no such person.')
  return row
}

// Variation selectors belong to emoji; the key drops them.
const UNSEEN = /\p{Cc}|\p{Cs}|\p{Co}|\p{Cn}|\p{Zl}|\p{Zp}|(?![\ufe0e\ufe0f])\p{Default_Ignorable_Code_Point}|\p{Cf}/u

/**
 * A username as it is kept: NFC, trimmed, white space folded.
 * @throws WikiError `invalid`, field `username`, with a sentence that says what to change
 */
export function parseUsername(raw: string): string {
  const refuse = (why: string): never => {
    throw new WikiError('invalid', why, { field: 'username' })
  }
  const name = raw.normalize('NFC').replace(/\s+/gu, ' ').trim()
  const length = [...name].length
  if (length < 2) refuse('A name has at least 2 characters.')
  if (length > 50) refuse('A name has at most 50 characters.')
  if (UNSEEN.test(name)) refuse('A name cannot hold invisible characters.')
  if (usernameKey(name) === '') refuse('A name needs a letter, a digit or a sign.')
  return name
}

/** What makes two usernames the same. Never throws. */
export function usernameKey(name: string): string {
  // What a client sends may hold a NUL, at which the driver's statement would end.
  return titleKey(name.replace(/\p{Default_Ignorable_Code_Point}/gu, '')).replace(/\p{Cc}/gu, '\ufffd')
}
