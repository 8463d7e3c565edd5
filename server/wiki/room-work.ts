// What it costs Yjs to find the place of each inserted run: known before a push is taken, because only the end of the
// process would stop it afterwards. And what each user's pushes may cost in a while.
// Work (of · steps · cost) · Budget (mayGoOn · spend)

import * as Y from 'yjs'
import { textOf } from '../../shared/document.ts'
import { WikiError } from '../../shared/errors.ts'
import type { Id, Run } from '../../shared/update.ts'
import type { Rate } from '../config.ts'

/** A stretch that one batch inserts, and the item of the document behind which it begins. */
interface Stretch {
  from: number
  to: number
  root: Y.Item | null
}

/**
 * Counts the items that Yjs will pass (Item.integrate) while it places the runs of one batch. A run between two
 * characters that still stand side by side costs nothing; any other is followed through the document as Yjs will do it.
 * What the batch itself has put on the way is counted too, rather too high than too low.
 */
export class Work {
  /** Items to be passed so far; five thousand take about a millisecond. */
  steps = 0
  /** Items that were read one after the other, to compare or to delete them: several times cheaper each. */
  walked = 0
  // What follows a character in the batch's own view, where that is no longer what the document says.
  readonly #next = new Map<string, Id | null>()
  // The items that stand between a character and what follows it in the batch's view.
  readonly #between = new Map<string, (Y.Item | null)[]>()
  // How many of the batch's runs begin or end at an item: each may stand behind it, or cut it.
  readonly #weights = new Map<Y.Item | null, number>()
  readonly #stretches = new Map<number, Stretch[]>()

  constructor(
    private readonly doc: Y.Doc,
    private readonly limit: number,
  ) {}

  /** All of it, in steps. */
  get cost(): number {
    return this.steps + this.walked / 5
  }

  /** Adds one run, whose neighbours are known to exist. Returns whether the limit still holds. */
  of(run: Run): boolean {
    const { origin, right } = run
    const key = keyOf(origin)
    const own = origin ? this.#stretchOf(origin) : null
    const item = own ? null : this.#itemOf(origin)
    const root = own ? own.root : item
    let between = this.#between.get(key)
    if (!same(right, this.#nextOf(key, origin, own, item))) {
      // Nothing in the document can stand behind a character that it does not have: there, only the batch is passed.
      between = own ? [root] : this.#pass(run, item)
      if (!own && this.#next.has(key)) between.push(root)
      this.#between.set(key, between)
    }
    for (const passed of between ?? []) {
      this.steps += 1 + 2 * (this.#weights.get(passed) ?? 0)
      if (this.steps > this.limit) return false
    }
    this.#next.set(key, { client: run.client, clock: run.clock })
    this.#next.set(keyOf({ client: run.client, clock: run.clock + run.length - 1 }), right)
    this.#add(run, root)
    return true
  }

  #add(run: Run, root: Y.Item | null): void {
    this.#weights.set(root, (this.#weights.get(root) ?? 0) + 1)
    if (run.right && !this.#stretchOf(run.right)) {
      const cut = this.#itemOf(run.right)
      this.#weights.set(cut, (this.#weights.get(cut) ?? 0) + 1)
    }
    const stretch = { from: run.clock, to: run.clock + run.length, root }
    const mine = this.#stretches.get(run.client)
    if (mine) mine.push(stretch)
    else this.#stretches.set(run.client, [stretch])
  }

  #nextOf(key: string, origin: Id | null, own: Stretch | null, item: Y.Item | null): Id | null {
    const next = this.#next.get(key)
    if (next !== undefined) return next
    if (!origin) return textOf(this.doc)._start?.id ?? null
    if (own || (item && origin.clock < item.id.clock + item.length - 1))
      return { client: origin.client, clock: origin.clock + 1 }
    return item?.right?.id ?? null
  }

  // The items of the document that Yjs passes from a run's origin on: its loop, without the cuts that it makes.
  #pass({ client, origin, right }: Run, item: Y.Item | null): (Y.Item | null)[] {
    const passed: (Y.Item | null)[] = []
    const seen = new Set<Y.Item>()
    const end = right && !this.#stretchOf(right) ? this.#itemOf(right) : null
    const inside = origin && item && origin.clock < item.id.clock + item.length - 1
    if (inside) {
      passed.push(item)
      seen.add(item)
      if (item === end && right!.clock > origin.clock) return passed
    }
    let at = item ? item.right : textOf(this.doc)._start
    while (at && at !== end && this.steps + passed.length <= this.limit) {
      passed.push(at)
      seen.add(at)
      if (same(at.origin, origin)) {
        if (at.id.client >= client && same(at.rightOrigin, right)) break
      } else if (!at.origin || !seen.has(Y.getItem(this.doc.store, at.origin))) break
      at = at.right
    }
    return passed
  }

  #itemOf(id: Id | null): Y.Item | null {
    const item = id && Y.getItem(this.doc.store, id as Y.ID)
    return item instanceof Y.Item ? item : null
  }

  #stretchOf({ client, clock }: Id): Stretch | null {
    const mine = this.#stretches.get(client)
    if (!mine || clock < mine[0]!.from) return null
    let [low, high] = [0, mine.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (mine[middle]!.from <= clock) low = middle
      else high = middle - 1
    }
    return mine[low]!
  }
}

/** Keys that are known at most; beyond, those that owe nothing are forgotten. */
const KEYS_MAX = 10_000

/**
 * What each caller's work may cost in a while: a bucket that drains steadily. Paid afterwards, because the price is known
 * only then; whoever has overdrawn waits. Time is monotonic, so that no clock that jumps locks anybody out.
 */
export class Budget {
  readonly #owed = new Map<string, { points: number; at: number }>()

  constructor(
    private readonly rate: Rate,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Lets a caller pass who has not spent too much.
   * @throws WikiError `busy` with `retryAfter`
   */
  mayGoOn(key: string): void {
    const over = this.#owes(key) - this.rate.points
    if (over < 0) return
    const retryAfter = Math.ceil(((over + 1) * this.rate.seconds) / this.rate.points)
    throw new WikiError('busy', 'Your edits keep the server too busy. They are taken again in a moment.', {
      retryAfter,
    })
  }

  /** Counts what something has cost. */
  spend(key: string, points: number): void {
    if (points <= 0) return
    const owed = this.#owes(key)
    this.#owed.set(key, { points: owed + points, at: this.now() })
    if (this.#owed.size > KEYS_MAX)
      for (const one of this.#owed.keys()) if (this.#owes(one) === 0) this.#owed.delete(one)
  }

  #owes(key: string): number {
    const owed = this.#owed.get(key)
    if (!owed) return 0
    return Math.max(0, owed.points - ((this.now() - owed.at) / 1000) * (this.rate.points / this.rate.seconds))
  }
}

function keyOf(id: Id | null): string {
  return id ? `${id.client} ${id.clock}` : ''
}

function same(a: Id | null, b: Id | null): boolean {
  return a?.client === b?.client && a?.clock === b?.clock
}
