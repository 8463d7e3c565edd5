// Asks the server by the line where there is one, else over HTTP.
// ask · sentenceOf

import { WikiError } from '../shared/errors.ts'
import type { CommandName, Input, Output } from '../shared/protocol.ts'
import { connection, post } from './connection.ts'

/**
 * Asks a command that both transports know and that may be carried out twice.
 * @throws WikiError as the server answered, or `failed` with reason `offline`
 */
export async function ask<C extends CommandName>(command: C, payload: Input<C>): Promise<Output<C>> {
  return connection.state === 'online' ? connection.request(command, payload) : post(command, payload)
}

/** What to tell somebody about an error. */
export function sentenceOf(error: unknown): string {
  if (error instanceof WikiError) return error.message
  return 'Something went wrong in this browser. Reload the page and try again.'
}
