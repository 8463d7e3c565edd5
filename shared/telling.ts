// What each command tells once it is on disk. A test carries out every one and hears it told.
// TELLS · SILENT · ANSWERS

import type { CommandName, EventName } from './protocol.ts'

/** The events that a command causes when it changes something. */
export const TELLS: { readonly [C in CommandName]?: readonly EventName[] } = {
  'user:register': ['user:registered'],
  'user:update': ['user:updated'],
  'user:removeAvatar': ['user:updated'],
  'user:setRole': ['account:updated'],
  'user:disable': ['account:updated'],
  'user:follow': ['user:looked'],
  'page:create': ['page:created'],
  'page:rename': ['page:renamed', 'job:updated'],
  'page:edit': ['page:pushed', 'page:updated'],
  'page:visit': ['page:visited', 'page:presence'],
  'page:look': ['page:presence'],
  'page:delete': ['page:deleted'],
  'page:restore': ['page:restored'],
  'page:purge': ['page:purged'],
  'page:protect': ['page:guarded'],
  'page:lock': ['page:guarded'],
  'page:duplicate': ['page:created'],
  'page:star': ['page:starred'],
  'tree:place': ['tree:ordered'],
  'change:note': ['change:noted'],
  'mention:link': ['page:pushed', 'page:updated', 'names:changed'],
  'job:cancel': ['job:updated'],
  'page:today': ['page:created'],
  'import:begin': ['job:updated', 'page:created'],
  'file:upload': ['file:uploaded'],
  'file:remove': ['file:removed'],
  'page:open': ['page:joined', 'page:presence'],
  'page:push': ['page:pushed', 'page:updated'],
  'page:point': ['page:pointed'],
  'page:close': ['page:left'],
}

/** What changes something and is told to nobody: it concerns one session, or a secret that only its asker may know. */
export const SILENT: ReadonlySet<CommandName> = new Set<CommandName>([
  'user:signIn',
  'user:signOut',
  'user:changePassword',
  'user:prove',
  'user:signOutEverywhere',
  'user:invite',
  'user:resetLink',
  'user:resetPassword',
])

/** What changes nothing. */
export const ANSWERS: ReadonlySet<CommandName> = new Set<CommandName>([
  'user:me',
  'user:list',
  'user:read',
  'page:shelf',
  'page:read',
  'page:list',
  'page:children',
  'page:visits',
  'page:changesSince',
  'trash:list',
  'change:list',
  'link:resolve',
  'page:preview',
  'page:backlinks',
  'page:mentions',
  'tag:list',
  'tag:pages',
  'embed:draw',
  'maintenance:list',
  'job:list',
  'search:jump',
  'search:find',
  'template:list',
  'template:fill',
  'export:all',
  'file:resolve',
  'file:list',
  'file:unused',
  'page:check',
])
