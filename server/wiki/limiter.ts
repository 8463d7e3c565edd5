// Token buckets per user, or per address for guests: what a caller may ask for in a while.
// Limiter

import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { WikiError } from '../../shared/errors.ts'
import type { CommandName } from '../../shared/protocol.ts'
import type { Limits, RateName } from '../config.ts'
import type { Context } from './context.ts'

/** Which bucket each command draws from, besides the one of all requests. */
const BUCKETS: Partial<Record<CommandName, RateName>> = {
  'page:open': 'open',
  'page:push': 'push',
  'page:point': 'point',
  'page:look': 'point',
  'page:create': 'write',
  'page:rename': 'write',
  'page:edit': 'write',
  'mention:link': 'write',
  'search:jump': 'search',
  'search:find': 'search',
  'page:delete': 'write',
  'page:restore': 'write',
  'page:purge': 'write',
  'page:protect': 'write',
  'page:lock': 'write',
  'change:note': 'write',
  'user:update': 'account',
  'user:changePassword': 'account',
  'user:removeAvatar': 'account',
  'user:invite': 'account',
  'user:resetLink': 'account',
  'user:setRole': 'account',
}

/** The buckets of one process; each is emptied by a timer, so a clock that jumps locks nobody out for long. */
export class Limiter {
  readonly #buckets = new Map<RateName, RateLimiterMemory>()

  constructor(private readonly limits: Limits) {
    for (const [name, rate] of Object.entries(limits.rates))
      this.#buckets.set(
        name as RateName,
        new RateLimiterMemory({ keyPrefix: name, points: rate.points, duration: rate.seconds }),
      )
  }

  /**
   * Draws what this request costs.
   * @throws WikiError `busy` with `retryAfter`
   */
  async charge(command: CommandName, payload: unknown, context: Context): Promise<void> {
    if (context.via === 'console') return
    const bucket = BUCKETS[command]
    if (!bucket) return this.chargeRequest(context)
    const key = keyOf(context)
    await this.draw(bucket, key)
    if (command === 'page:push') {
      const update = (payload as { update?: unknown } | null)?.update
      if (typeof update === 'string') await this.draw('pushBytes', key, update.length)
    }
  }

  /**
   * Draws what a request costs that is no command: a screen, or something nobody knows.
   * @throws WikiError `busy` with `retryAfter`
   */
  async chargeRequest(context: Pick<Context, 'actor' | 'address'>): Promise<void> {
    await this.draw(context.actor.user ? 'userRequest' : 'guestRequest', keyOf(context))
  }

  /**
   * Draws what rewriting costs beyond its one request: a point for each 50,000 characters that are read.
   * @throws WikiError `busy` with `retryAfter`
   */
  async chargeRewriting(context: Context, characters: number): Promise<void> {
    const most = Math.floor(this.limits.rates.write.points / 2)
    const points = Math.min(most, Math.floor(characters / 50_000))
    if (points > 0 && context.via !== 'console') await this.draw('write', keyOf(context), points)
  }

  /**
   * Draws `points` from one bucket of one key.
   * @throws WikiError `busy` with `retryAfter` in seconds
   */
  async draw(bucket: RateName, key: string, points = 1): Promise<void> {
    try {
      await this.#buckets.get(bucket)!.consume(key, points)
    } catch (refused) {
      throw busy((refused as RateLimiterRes).msBeforeNext)
    }
  }

  /** Seconds until this key may draw again; 0 when it may now. */
  async blockedFor(bucket: RateName, key: string): Promise<number> {
    const state = await this.#buckets.get(bucket)!.get(key)
    if (!state || state.consumedPoints < this.limits.rates[bucket].points) return 0
    return Math.max(1, Math.ceil(state.msBeforeNext / 1000))
  }

  /** Gives a key its full bucket back. */
  async reset(bucket: RateName, key: string): Promise<void> {
    await this.#buckets.get(bucket)!.delete(key)
  }
}

/** Whose bucket a request draws from: its user's, or its address's. */
export function keyOf({ actor, address }: Pick<Context, 'actor' | 'address'>): string {
  return actor.user ? `u${actor.user.id}` : `a${address}`
}

function busy(milliseconds: number): WikiError {
  const retryAfter = Math.max(1, Math.ceil(milliseconds / 1000))
  return new WikiError('busy', `That was too much at once. Try again in ${inWords(retryAfter)}.`, { retryAfter })
}

/** A waiting time as a person would say it. */
export function inWords(seconds: number): string {
  if (seconds < 90) return seconds === 1 ? 'a second' : `${seconds} seconds`
  return `${Math.ceil(seconds / 60)} minutes`
}
