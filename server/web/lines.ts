// How many lines are open, by whom.
// Lines (take)

import type { Socket } from 'socket.io'
import type { Config } from '../config.ts'

/** The open lines of each user, and of each address that guests come from. Of a burst as many pass as may. */
export class Lines {
  readonly #open = new Map<string, number>()

  constructor(private readonly limits: Config['limits']) {}

  /** Counts a socket until it ends; or says why not. */
  take(socket: Socket, key: string, account: boolean): string | null {
    const open = this.#open.get(key) ?? 0
    if (open >= this.limits[account ? 'connectionsPerUser' : 'connectionsPerAddress'])
      return account
        ? 'You have too many tabs of this wiki open. Close some first.'
        : 'Too many people read this wiki from your network at this moment. Sign in, or try again in a minute.'
    if (socket.conn.readyState !== 'open') return 'This line is closed.'
    this.#open.set(key, open + 1)
    let taken = true
    const release = () => {
      if (!taken) return
      taken = false
      const left = this.#open.get(key)! - 1
      if (left > 0) this.#open.set(key, left)
      else this.#open.delete(key)
    }
    socket.once('disconnect', release)
    socket.conn.once('close', release)
    return null
  }
}
