// The one door: perform(command, payload, context) = parse → policy → run. HTTP, sockets and the console all pass it.
// Handlers · Perform · PageStates · Proofs · AssertProven · proving · door

import type { z } from 'zod'
import { WikiError } from '../../shared/errors.ts'
import { type CommandName, commands, type Output, type Parsed } from '../../shared/protocol.ts'
import type { Config } from '../config.ts'
import type { Context } from './context.ts'
import type { Limiter } from './limiter.ts'
import { DANGEROUS, GUARDED, type PageState, permit, permitPage, permitProven } from './policy.ts'

/** What each command does once its payload is parsed and its caller allowed. */
export type Handlers = {
  [C in CommandName]: (input: Parsed<C>, context: Context) => Promise<Output<C>>
}

/** Asks a command. Payloads come from outside and may be anything. */
export type Perform = <C extends CommandName>(command: C, payload: unknown, context: Context) => Promise<Output<C>>

/** Tells what state a page is in. */
export interface PageStates {
  of(page: number): Promise<PageState>
}

/** Tells when the password of a session was last given, in milliseconds since 1970; null where there is no such session. */
export interface Proofs {
  of(session: string): Promise<number | null>
}

/** Lets pass what is not dangerous, and who has proved of late who they are. @throws WikiError `unproven` */
export type AssertProven = <C extends CommandName>(command: C, input: Parsed<C>, context: Context) => Promise<void>

/** The part of the door that asks for proofs. */
export function proving(proofs: Proofs, { limits }: Pick<Config, 'limits'>): AssertProven {
  return async (command, input, { session }) => {
    if (session === undefined || !DANGEROUS[command]?.(input)) return
    permitProven(await proofs.of(session), Date.now(), limits.proofLife)
  }
}

/** What a door asks besides the policy. */
interface Judges {
  limiter: Limiter
  pages: PageStates
  proven: AssertProven
}

/** The door over these handlers. */
export function door(handlers: Handlers, config: Config, { limiter, pages, proven }: Judges): Perform {
  return async (command, payload, context) => {
    limiter.charge(command, payload, context)
    const input = parse(command, payload)
    permit(command, context.actor, config)
    if (GUARDED.has(command))
      permitPage(command, context.actor, await pages.of((input as unknown as { page: number }).page))
    await proven(command, input, context)
    return handlers[command](input, context)
  }
}

/** Whether this is the name of a command; names come from outside too. */
export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name)
}

function parse<C extends CommandName>(command: C, payload: unknown): Parsed<C> {
  const result = commands[command].input.safeParse(payload)
  if (result.success) return result.data as Parsed<C>
  const issue = result.error.issues[0]!
  const field = [...issue.path, ...(issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [])].join('.')
  throw new WikiError(isTooLong(issue) ? 'too_large' : 'invalid', `${field ? `${field}: ` : ''}${issue.message}`, {
    field: field.slice(0, 100),
  })
}

function isTooLong(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'too_big' && issue.origin === 'string' && Number(issue.maximum) > 10_000
}
