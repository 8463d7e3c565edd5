// Writes docs/protocol.md from the tables of commands, events and rules: npm run docs
// protocolText · main

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { DANGEROUS, POLICY } from '../server/wiki/policy.ts'
import { STATUS } from '../shared/errors.ts'
import * as protocol from '../shared/protocol.ts'
import { type CommandName, commands, type EventName, events } from '../shared/protocol.ts'
import { TELLS } from '../shared/telling.ts'

const SHARED = join(import.meta.dirname, '../shared')
const PAGE = join(import.meta.dirname, '../docs/protocol.md')

interface Json {
  type?: string | string[]
  properties?: Record<string, Json>
  required?: string[]
  items?: Json
  anyOf?: Json[]
  oneOf?: Json[]
  prefixItems?: Json[]
  enum?: unknown[]
  const?: unknown
  $ref?: string
}

const jsonOf = (schema: z.ZodType, io: 'input' | 'output') =>
  z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' }) as Json

/** Shapes that have a name of their own, by what they look like. */
const NAMED = new Map<string, { name: string; json: Json }>()
for (const [name, schema] of Object.entries(protocol))
  if (schema instanceof z.ZodObject) {
    const json = jsonOf(schema, 'output')
    NAMED.set(JSON.stringify(json.properties), { name, json })
  }

function shapeOf(schema: z.ZodType, io: 'input' | 'output'): string {
  return inWords(jsonOf(schema, io))
}

function inWords(json: Json): string {
  const named = NAMED.get(JSON.stringify(json.properties))
  if (named && named.json !== json) return named.name
  const several = json.anyOf ?? json.oneOf
  if (several) return [...new Set(several.map(inWords))].join(' or ')
  if (json.enum) return json.enum.map(value => `"${value}"`).join(' or ')
  if (json.const !== undefined) return JSON.stringify(json.const)
  if (json.prefixItems) return `[${json.prefixItems.map(inWords).join(', ')}]`
  if (json.items) return `[${inWords(json.items)}, …]`
  if (!json.properties) return json.type === 'object' ? '{}' : [json.type ?? 'anything'].flat().join(' or ')
  const fields = Object.entries(json.properties).map(
    ([name, field]) => `${name}${json.required?.includes(name) ? '' : '?'}: ${inWords(field)}`,
  )
  return fields.length > 0 ? `{ ${fields.join(', ')} }` : '{}'
}

/** What stands as a comment right above a name in the table. */
function commentsIn(source: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const [, comment = '', name = ''] of source.matchAll(/\/\*\* ((?:[^*]|\*(?!\/))*?) \*\/\n {2}'([\w:]+)':/g))
    found.set(name, comment.replace(/\s+/g, ' ').trim())
  return found
}

/** The page, as it should be. */
export function protocolText(): string {
  const comments = commentsIn(readFileSync(join(SHARED, 'protocol.ts'), 'utf8'))
  const says = (name: string) => (comments.has(name) ? ` ${comments.get(name)}` : '')
  const command = (name: CommandName) => {
    const { input, output } = commands[name]
    const { only } = commands[name] as { only?: 'http' | 'socket' }
    const notes = [
      POLICY[name],
      only === 'http' ? 'HTTP only' : only === 'socket' ? 'socket only' : '',
      name in DANGEROUS ? 'asks for the password again' : '',
    ]
    const told = TELLS[name]?.map(event => `\`${event}\``).join(', ')
    return `- **\`${name}\`** (${notes.filter(Boolean).join('; ')})${says(name)}  \n  \`${shapeOf(input, 'input')}\` → \`${shapeOf(output, 'output')}\`${told ? `  \n  tells ${told}` : ''}`
  }
  const event = (name: EventName) => `- **\`${name}\`**${says(name)}  \n  \`${shapeOf(events[name], 'output')}\``
  return `# The protocol

Made from the tables in the code by \`npm run docs\`; a test compares. Every command goes over HTTP (\`POST /api/<command>\`
with JSON) and over Socket.IO (emit its name with the payload and an ack), unless it says otherwise, and answers
\`{ ok: true, value }\` or \`{ ok: false, error: { code, message, … } }\`. \`anyone\`, \`readers\` (guests too, where
\`PUBLIC_READ\` is true), \`accounts\`, \`editors\` and \`admins\` are who may ask. Events come over the socket.

Codes: ${Object.entries(STATUS)
    .map(([code, status]) => `\`${code}\` ${status}`)
    .join(
      ' · ',
    )}. What asks for the password again answers \`unproven\` where it was given more than half an hour ago: send
\`user:prove\`, then ask again.

## Shapes

${[...NAMED.values()].map(({ name, json }) => `- **\`${name}\`** \`${inWords(json)}\``).join('\n')}

## Commands

${(Object.keys(commands) as CommandName[]).map(command).join('\n')}

## Events

${(Object.keys(events) as EventName[]).map(event).join('\n')}
`
}

/** Writes it. */
export function main(): void {
  writeFileSync(PAGE, protocolText())
}
