// One rule per command: may this actor ask this? Total, pure, printed as a table by its test.
// Rule · POLICY · GUARDED · DANGEROUS · allows · permit · permitPage · permitProven · mayWrite

import { WikiError } from '../../shared/errors.ts'
import type { CommandName, Parsed } from '../../shared/protocol.ts'
import type { Config } from '../config.ts'
import type { Actor } from './context.ts'

/** Who may ask a command. `readers` are all accounts, and guests where PUBLIC_READ is true. */
export type Rule = 'anyone' | 'readers' | 'accounts' | 'editors' | 'admins'

/** The rule of every command; one without a rule does not compile. */
export const POLICY: Record<CommandName, Rule> = {
  'user:register': 'anyone',
  'user:signIn': 'anyone',
  'user:signOut': 'anyone',
  'user:me': 'anyone',
  'user:resetPassword': 'anyone',
  'user:update': 'accounts',
  'user:changePassword': 'accounts',
  'user:prove': 'accounts',
  'user:removeAvatar': 'accounts',
  'user:list': 'admins',
  'user:setRole': 'admins',
  'user:invite': 'admins',
  'user:resetLink': 'admins',
  'page:read': 'readers',
  'page:list': 'readers',
  'page:children': 'readers',
  'link:resolve': 'readers',
  'page:preview': 'readers',
  'page:backlinks': 'readers',
  'page:mentions': 'readers',
  'mention:link': 'editors',
  'tag:list': 'readers',
  'tag:pages': 'readers',
  'embed:draw': 'readers',
  'maintenance:list': 'accounts',
  'job:list': 'accounts',
  'job:cancel': 'accounts',
  'search:jump': 'readers',
  'search:find': 'readers',
  'template:list': 'readers',
  'template:fill': 'editors',
  'page:today': 'editors',
  'import:begin': 'admins',
  'export:all': 'admins',
  'file:resolve': 'readers',
  'file:list': 'readers',
  'file:upload': 'editors',
  'file:unused': 'admins',
  'file:remove': 'admins',
  'page:open': 'readers',
  'page:check': 'readers',
  'page:close': 'readers',
  'page:point': 'accounts',
  'page:visit': 'accounts',
  'page:look': 'accounts',
  'page:visits': 'accounts',
  'page:changesSince': 'readers',
  'user:follow': 'accounts',
  'page:create': 'editors',
  'page:rename': 'editors',
  'page:edit': 'editors',
  'page:push': 'editors',
  'page:delete': 'editors',
  'page:restore': 'editors',
  'page:purge': 'admins',
  'page:protect': 'admins',
  'page:lock': 'editors',
  'page:duplicate': 'editors',
  'page:star': 'accounts',
  'tree:place': 'editors',
  'user:disable': 'admins',
  'user:signOutEverywhere': 'admins',
  'user:read': 'readers',
  'page:shelf': 'accounts',
  'trash:list': 'editors',
  'change:list': 'readers',
  'change:note': 'editors',
}

/** What a page's own state has to say: the reason why it is protected, or null where it is not. */
export interface PageState {
  protection: string | null
}

/** The commands that change the page they name by “page”: on a protected one, admins alone may ask them. */
export const GUARDED: ReadonlySet<CommandName> = new Set<CommandName>([
  'page:rename',
  'page:edit',
  'page:push',
  'mention:link',
  'page:delete',
  'page:restore',
  'page:lock',
])

/** What cannot be undone, or hands out rights: whoever asks has lately given their password, in the session that asks. */
export const DANGEROUS: { readonly [C in CommandName]?: (input: Parsed<C>) => boolean } = {
  'user:setRole': () => true,
  'user:disable': ({ on }) => on,
  'user:resetLink': () => true,
  'user:invite': ({ role }) => role === 'admin',
  'page:purge': () => true,
  'file:remove': () => true,
  'import:begin': () => true,
}

/** Whether a rule lets this actor pass. A role that is not known passes nothing but `anyone`. */
export function allows(rule: Rule, actor: Pick<Actor, 'role'>, config: Pick<Config, 'publicRead'>): boolean {
  const { role } = actor
  const account = role === 'reader' || role === 'editor' || role === 'admin'
  switch (rule) {
    case 'anyone':
      return true
    case 'readers':
      return account || (role === 'guest' && config.publicRead)
    case 'accounts':
      return account
    case 'editors':
      return role === 'editor' || role === 'admin'
    case 'admins':
      return role === 'admin'
  }
}

/**
 * Lets the actor pass or says why not.
 * @throws WikiError `unauthenticated` for guests, `forbidden` for people whose role is not enough
 */
export function permit(command: CommandName, actor: Actor, config: Config): void {
  const rule = POLICY[command]
  if (allows(rule, actor, config)) return
  if (actor.role === 'guest') throw new WikiError('unauthenticated', 'Please sign in first.')
  throw new WikiError(
    'forbidden',
    rule === 'admins'
      ? 'Only an admin can do this.'
      : 'Your account may read, but not write. An admin can change that.',
  )
}

/**
 * The same for a page in the state it is in; pure, and asked after `permit`.
 * @throws WikiError `forbidden`, reason `protected`
 */
export function permitPage(command: CommandName, actor: Pick<Actor, 'role'>, { protection }: PageState): void {
  if (protection === null || !GUARDED.has(command) || actor.role === 'admin') return
  const why = protection === '' ? '' : ` “${protection}”`
  throw new WikiError('forbidden', `This page is protected, and only an admin can change it.${why}`, {
    reason: 'protected',
  })
}

/**
 * Lets pass whoever gave their password within `life` seconds; `proved` is when they did. A clock that was set back
 * makes no proof younger.
 * @throws WikiError `unproven`
 */
export function permitProven(proved: number | null, now: number, life: number): void {
  if (proved !== null && Math.abs(now - proved) < life * 1000) return
  throw new WikiError('unproven', 'This is dangerous: please give your password again first.')
}

/** Whether this actor may write in a page. */
export function mayWrite(actor: Actor, config: Pick<Config, 'publicRead'>, page: PageState): boolean {
  try {
    permitPage('page:push', actor, page)
  } catch {
    return false
  }
  return allows(POLICY['page:push'], actor, config)
}
