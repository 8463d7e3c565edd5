// Token buckets per user, or per address for guests: what a caller may ask for in a while.
// Limiter

import { WikiError } from '../../shared/errors.ts'
import type { CommandName } from '../../shared/protocol.ts'
import type { Limits, Rate, RateName } from '../config.ts'
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
  'page:duplicate': 'write',
  'page:star': 'write',
  'tree:place': 'write',
  'change:note': 'write',
  'user:update': 'account',
  'user:changePassword': 'account',
  'user:prove': 'account',
  'user:removeAvatar': 'account',
  'user:invite': 'account',
  'user:resetLink': 'account',
  'user:setRole': 'account',
  'user:disable': 'account',
  'user:signOutEverywhere': 'account',
}

/** Buckets of one rate: whoever has drawn all of it waits until its time is over. The clock is one that never jumps. */
class Buckets {
  readonly #drawn = new Map<string, { points: number; until: number }>()
  #swept = performance.now()

  constructor(readonly rate: Rate) {}

  /** Draws, and answers with how many milliseconds are missing: 0 if it could be drawn. */
  draw(key: string, points: number): number {
    const now = performance.now()
    let drawn = this.#drawn.get(key)
    if (!drawn || drawn.until <= now) {
      this.#sweep(now)
      this.#drawn.set(key, (drawn = { points: 0, until: now + this.rate.seconds * 1000 }))
    }
    drawn.points += points
    return drawn.points > this.rate.points ? drawn.until - now : 0
  }

  /** Milliseconds until this key may draw again; 0 when it may now. */
  missing(key: string): number {
    const drawn = this.#drawn.get(key)
    return drawn && drawn.points >= this.rate.points ? Math.max(0, drawn.until - performance.now()) : 0
  }

  reset(key: string): void {
    this.#drawn.delete(key)
  }

  // Once per period, so that keys that never come back are not kept.
  #sweep(now: number): void {
    if (now - this.#swept < this.rate.seconds * 1000) return
    this.#swept = now
    for (const [key, { until }] of this.#drawn) if (until <= now) this.#drawn.delete(key)
  }
}

/** The buckets of one process. */
export class Limiter {
  readonly #buckets = new Map<RateName, Buckets>()

  constructor(private readonly limits: Limits) {
    for (const [name, rate] of Object.entries(limits.rates)) this.#buckets.set(name as RateName, new Buckets(rate))
  }

  /**
   * Draws what this request costs.
   * @throws WikiError `busy` with `retryAfter`
   */
  charge(command: CommandName, payload: unknown, context: Context): void {
    if (context.via === 'console') return
    const bucket = BUCKETS[command]
    const key = keyOf(context)
    if (bucket) this.draw(bucket, key)
    else this.chargeRequest(context)
    if (command === 'page:push') {
      const update = (payload as { update?: unknown } | null)?.update
      if (typeof update === 'string') this.draw('pushBytes', key, update.length)
    }
  }

  /**
   * Draws what a request costs that is no command: a screen, or something nobody knows.
   * @throws WikiError `busy` with `retryAfter`
   */
  chargeRequest(context: Pick<Context, 'actor' | 'address'>): void {
    this.draw(context.actor.user ? 'userRequest' : 'guestRequest', keyOf(context))
  }

  /**
   * Draws what rewriting costs beyond its one request: a point for each 50,000 characters that are read.
   * @throws WikiError `busy` with `retryAfter`
   */
  chargeRewriting(context: Context, characters: number): void {
    const most = Math.floor(this.limits.rates.write.points / 2)
    const points = Math.min(most, Math.floor(characters / 50_000))
    if (points > 0 && context.via !== 'console') this.draw('write', keyOf(context), points)
  }

  /**
   * Draws `points` from one bucket of one key.
   * @throws WikiError `busy` with `retryAfter` in seconds
   */
  draw(bucket: RateName, key: string, points = 1): void {
    const missing = this.#buckets.get(bucket)!.draw(key, points)
    if (missing > 0) throw busy(missing)
  }

  /** Seconds until this key may draw again; 0 when it may now. */
  blockedFor(bucket: RateName, key: string): number {
    return Math.ceil(this.#buckets.get(bucket)!.missing(key) / 1000)
  }

  /** Gives a key its full bucket back. */
  reset(bucket: RateName, key: string): void {
    this.#buckets.get(bucket)!.reset(key)
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
