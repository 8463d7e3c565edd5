// The order that somebody gave the titles standing under another. Whoever has no place stands behind, by name.
// Orders (arrange · placed · place · renamed) · orderHandlers

import { WikiError } from '../../shared/errors.ts'
import type { Branch } from '../../shared/protocol.ts'
import { leafOf, parentOf, titleKey } from '../../shared/titles.ts'
import { Order } from '../db/entities.ts'
import type { Database } from '../db/open.ts'
import type { BranchRow } from '../db/titles.ts'
import type { Handlers } from './commands.ts'
import type { Wiring } from './context.ts'

/** Titles that can be given a place under one other. */
const PLACES_MAX = 1_000

/** The last segment's key: what a place is remembered by. */
const leafKeyOf = (title: string) => titleKey(leafOf(title))

/** The orders of one database. */
export class Orders {
  // One after the other: each is made from the one before.
  #turn: Promise<unknown> = Promise.resolve()

  constructor(private readonly db: Database) {}

  /** Rows of one level in their order; `placed` tells those that were given one. */
  async arrange<T extends Pick<Branch, 'title'>>(under: string, rows: T[]): Promise<(T & { placed: boolean })[]> {
    return arranged(rows, await this.#read(titleKey(under)))
  }

  /** The keys of the last segments that were given a place under a title, in order. */
  placed(under: string): Promise<string[]> {
    return this.#read(titleKey(under))
  }

  /**
   * Puts a title before another of its level, or behind all.
   * @returns the keys of those that have a place, in order
   * @throws WikiError `missing` where either is not there, `too_large` where too many would need a place
   */
  place(title: string, before: string | null): Promise<string[]> {
    return this.#inTurn(async () => {
      const under = titleKey(parentOf(title))
      const known = await this.#read(under)
      const level = arranged(await this.db.titles.children(under), known).map(row => leafKeyOf(row.title))
      const key = leafKeyOf(title)
      const target = before === null ? null : leafKeyOf(before)
      if (!level.includes(key) || (target !== null && !level.includes(target)))
        throw new WikiError('missing', 'This page, or the one beside it, has gone elsewhere. Try again.')
      if (key === target) return known
      const next = level.filter(each => each !== key)
      next.splice(target === null ? next.length : next.indexOf(target), 0, key)
      const given = new Set([...known, key])
      const last = next.findLastIndex(each => given.has(each))
      if (last >= PLACES_MAX)
        throw new WikiError('too_large', `Only the first ${PLACES_MAX} titles of a level can be put in order.`)
      const keys = withAbsent(next.slice(0, last + 1), known, new Set(level))
      await this.#write(under, keys)
      return keys
    })
  }

  /** A page has another title: it keeps its place among the same siblings, and those below it keep their order. */
  renamed(from: string, to: string): Promise<void> {
    return this.#inTurn(async () => {
      const [fromUnder, toUnder] = [titleKey(parentOf(from)), titleKey(parentOf(to))]
      const [fromKey, toKey] = [leafKeyOf(from), leafKeyOf(to)]
      const keys = await this.#read(fromUnder)
      const stays = (await this.db.titles.below(titleKey(from))).length > 0
      const at = keys.indexOf(fromKey)
      if (at >= 0 && (fromUnder !== toUnder || fromKey !== toKey)) {
        const instead = [...(stays ? [fromKey] : []), ...(fromUnder === toUnder ? [toKey] : [])]
        const others = fromUnder === toUnder ? keys.filter(key => key !== toKey) : keys
        const next = others.flatMap(key => (key === fromKey ? instead : [key]))
        await this.#write(fromUnder, next)
      }
      if (stays || titleKey(from) === titleKey(to)) return
      const below = await this.#read(titleKey(from))
      if (below.length === 0) return
      await this.#write(titleKey(from), [])
      if ((await this.#read(titleKey(to))).length === 0) await this.#write(titleKey(to), below)
    })
  }

  async #read(underKey: string): Promise<string[]> {
    const row = await this.db.em().findOne(Order, { underKey })
    return row ? (JSON.parse(row.keys) as string[]) : []
  }

  async #write(underKey: string, keys: string[]): Promise<void> {
    const em = this.db.em()
    if (keys.length === 0) await em.nativeDelete(Order, { underKey })
    else await em.upsert(Order, { underKey, keys: JSON.stringify(keys) })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => {})
    return turn
  }
}

// What is in the trash comes back to where it was: behind the title that it stood behind.
function withAbsent(keys: string[], known: string[], level: Set<string>): string[] {
  const all = [...keys]
  for (const [i, key] of known.entries())
    if (!level.has(key)) all.splice(i === 0 ? 0 : all.indexOf(known[i - 1]!) + 1, 0, key)
  return all.length > PLACES_MAX ? keys : all
}

function arranged<T extends Pick<BranchRow, 'title'>>(rows: T[], keys: string[]): (T & { placed: boolean })[] {
  if (keys.length === 0) return rows.map(row => ({ ...row, placed: false }))
  const places = new Map(keys.map((key, i) => [key, i]))
  const placeOf = (row: T) => places.get(leafKeyOf(row.title)) ?? Number.POSITIVE_INFINITY
  return rows
    .map(row => ({ row, place: placeOf(row) }))
    .sort((a, b) => (a.place === b.place ? 0 : a.place - b.place))
    .map(({ row, place }) => ({ ...row, placed: place !== Number.POSITIVE_INFINITY }))
}

/** The command that puts in order. */
export function orderHandlers({ announce }: Wiring, orders: Orders): Pick<Handlers, 'tree:place'> {
  return {
    async 'tree:place'({ title, before }) {
      if (before !== null && titleKey(parentOf(before)) !== titleKey(parentOf(title)))
        throw new WikiError('invalid', 'before: Name a title of the same level.', { field: 'before' })
      const told = { under: parentOf(title), keys: await orders.place(title, before) }
      announce('tree:ordered', told, 'readers')
      return told
    },
  }
}
