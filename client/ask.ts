// Asks the server by the line where there is one, else over HTTP.
// ask · assured · onUnproven · sentenceOf

import { WikiError } from '../shared/errors.ts'
import type { CommandName, Input, Output } from '../shared/protocol.ts'
import { connection, post } from './connection.ts'

/**
 * Asks a command that both transports know and that may be carried out twice.
 * @throws WikiError as the server answered, or `failed` with reason `offline`
 */
export async function ask<C extends CommandName>(command: C, payload: Input<C>): Promise<Output<C>> {
  return assured(() => (connection.state === 'online' ? connection.request(command, payload) : post(command, payload)))
}

let prove: () => Promise<boolean> = async () => false

/** Sets how somebody is asked for their password again; whether they gave it. */
export function onUnproven(how: () => Promise<boolean>): void {
  prove = how
}

/** Does what may be dangerous: where the server wants the password first, it is asked for, and the work done again. */
export async function assured<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof WikiError) || error.code !== 'unproven' || !(await prove())) throw error
    return work()
  }
}

/** What to tell somebody about an error. */
export function sentenceOf(error: unknown): string {
  if (error instanceof WikiError) return error.message
  return 'Something went wrong in this browser. Reload the page and try again.'
}
