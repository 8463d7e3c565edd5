// A payload for any command, made from its schema: whoever adds a command need not think of the tests that ask them all.
// sampleOf

import { type CommandName, commands } from '../../shared/protocol.ts'

interface Def {
  type: string
  format?: string
  shape?: Record<string, { _zod: { def: Def } }>
  innerType?: { _zod: { def: Def } }
  element?: { _zod: { def: Def } }
  options?: { _zod: { def: Def } }[]
  entries?: Record<string, string>
  values?: unknown[]
  checks?: { _zod: { def: { check: string; minimum?: number; value?: number } } }[]
}

/**
 * A payload that the command's schema takes, with only what it asks for. Fields that `known` names get its values.
 * @throws Error where the schema wants more than its shape says: name the field in `known` then
 */
export function sampleOf(command: CommandName, known: Record<string, unknown>): Record<string, unknown> {
  const sample = made((commands[command].input as unknown as { _zod: { def: Def } })._zod.def, '', known)
  const read = commands[command].input.safeParse(sample)
  if (!read.success) throw new Error(`No sample for ${command}: ${JSON.stringify(sample)} ${read.error.message}`)
  return sample as Record<string, unknown>
}

function made(def: Def, name: string, known: Record<string, unknown>): unknown {
  if (name in known) return known[name]
  switch (def.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(def.shape!)
          .filter(([, field]) => field._zod.def.type !== 'optional' && field._zod.def.type !== 'default')
          .map(([key, field]) => [key, made(field._zod.def, key, known)]),
      )
    case 'union':
      return made(def.options![0]!._zod.def, name, known)
    case 'array':
      return [made(def.element!._zod.def, '', known)]
    case 'tuple':
      return []
    case 'enum':
      return Object.values(def.entries!)[0]
    case 'literal':
      return def.values![0]
    case 'nullable':
      return null
    case 'optional':
    case 'default':
    case 'pipe':
    case 'readonly':
      return def.innerType ? made(def.innerType._zod.def, name, known) : 'x'
    case 'boolean':
      return false
    case 'number':
      return 1
    case 'record':
      return {}
    default:
      return def.format === 'base64' ? 'AAA=' : def.format === 'datetime' ? '2026-01-01T00:00:00Z' : 'x'
  }
}
