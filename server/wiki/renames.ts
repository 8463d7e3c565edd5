// Pages renamed and moved, alone or with what stands under them; and the links that follow them in every page.
// renameHandlers · relinking

import { UniqueConstraintViolationException } from '@mikro-orm/core'
import { WikiError } from '../../shared/errors.ts'
import { relink } from '../../shared/relink.ts'
import { leafOf, parentOf, parseTitle, pathOf, titleKey } from '../../shared/titles.ts'
import { User } from '../db/entities.ts'
import { family, type Move, movePages } from '../db/moves.ts'
import { record } from './changes.ts'
import type { Handlers } from './commands.ts'
import type { Wiring } from './context.ts'
import type { Derivations } from './derived.ts'
import type { Guards } from './guards.ts'
import type { JobKind, Jobs } from './jobs.ts'
import type { Links } from './links.ts'
import type { Orders } from './orders.ts'
import { type Pages, titleColumns } from './pages.ts'
import { allows, mayWrite, POLICY, permitPage } from './policy.ts'
import type { Rooms } from './rooms.ts'

const KIND = 'relink'

/** Pages that may move with one. */
const FAMILY_MAX = 2_000
/** Pages whose links are looked up at once. */
const PORTION = 100
/** How often a page that cannot be written just now is tried again, and after how long, in milliseconds. */
const TRIES = 5
const PAUSE = 200

/** Titles that have changed. */
interface Relink {
  titles: { from: string; to: string }[]
  /** A bare name that led to the page which is now called `to`. */
  leaf?: { from: string; to: string }
}

interface Progress {
  layer: number
  round: number
  after: number
  pages: number
  refused: number
}

/** The command that renames. */
export function renameHandlers(
  { db, announce }: Wiring,
  { pages, links, jobs, guards, orders }: { pages: Pages; links: Links; jobs: Jobs; guards: Guards; orders: Orders },
): Pick<Handlers, 'page:rename'> {
  const refuse = async (moves: Move[], cause: unknown): Promise<never> => {
    if (!(cause instanceof UniqueConstraintViolationException)) throw cause
    const own = new Set(moves.map(({ id }) => id))
    for (const { title } of moves) {
      const row = await pages.rowByTitle(title).catch(() => null)
      if (!row || own.has(row.id) || titleKey(row.title) !== titleKey(title)) continue
      throw new WikiError('conflict', `“${row.title}” exists already. Open it, or choose another title.`, {
        field: 'title',
        page: { id: row.id, title: row.title, path: pathOf(row.title) },
      })
    }
    throw cause
  }

  return {
    async 'page:rename'({ page: id, title: raw, from: seen, below = false }, context) {
      const title = parseTitle(raw)
      const row = await pages.row(id)
      if (seen !== undefined && seen !== row.title) throw renamed(id, row.title)
      const bare = leafOf(row.title)
      const meant = (await links.resolve([bare])).get(bare)
      const user = context.actor.user!.id
      let moves: Move[] = []
      await db
        .em()
        .transactional(async em => {
          // Read again where nobody can come in between.
          const before = await pages.row(id, em)
          if (before.title !== row.title) throw renamed(id, before.title)
          const under = below ? await family(em, before.titleKey, FAMILY_MAX + 1) : []
          if (under.length > FAMILY_MAX)
            throw new WikiError(
              'too_large',
              `More than ${FAMILY_MAX} pages stand under this one. Move some of them first.`,
            )
          for (const each of under) permitPage('page:rename', context.actor, await guards.of(each.id))
          moves = [{ id, from: before.title }, ...under.map(each => ({ id: each.id, from: each.title }))]
            .map(each => moveOf(each, before.title, title))
            .filter(move => move.from !== move.title)
          if (moves.length === 0) return
          await movePages(em, moves)
          for (const { id: moved, title: now, from } of moves)
            record(em, { kind: 'renamed', page: { id: moved, title: now }, user, via: 'page:rename', detail: from })
          const changed = moves.filter(move => move.fromKey !== move.titleKey)
          const leaf =
            parentOf(row.title) !== '' &&
            typeof meant === 'object' &&
            meant.title === row.title &&
            titleKey(bare) !== titleKey(leafOf(title))
          if (changed.length === 0) return
          jobs.add(em, {
            kind: KIND,
            user,
            words: `Links to “${row.title}” now lead to “${title}”`,
            input: {
              titles: changed.map(move => ({ from: move.fromKey, to: move.title })),
              ...(leaf && { leaf: { from: titleKey(bare), to: title } }),
            } satisfies Relink,
          })
        })
        .catch(error => refuse(moves, error))
      const described = await pages.describe(await pages.rows(moves.map(move => move.id)))
      const told = new Map(described.map(page => [page.id, page]))
      for (const move of moves) await orders.renamed(move.from, move.title)
      for (const move of moves) {
        const page = told.get(move.id)
        if (page) announce('page:renamed', { page, from: move.from }, 'readers')
      }
      jobs.wake(KIND)
      return told.get(id) ?? pages.describeById(id)
    },
  }
}

function renamed(id: number, title: string): WikiError {
  return new WikiError(
    'conflict',
    `Somebody has just renamed this page to “${title}”. Keep that title, or rename it once more.`,
    { reason: 'renamed', page: { id, title, path: pathOf(title) } },
  )
}

/** A page under `from`, or that page itself, as it is called once `from` is called `to`. */
function moveOf({ id, from: old }: { id: number; from: string }, from: string, to: string): Move {
  const rest = old.split('/').slice(from.split('/').length)
  const wanted = [to, ...rest].join('/')
  let title: string
  try {
    title = parseTitle(wanted)
  } catch (error) {
    if (rest.length === 0) throw error
    throw new WikiError('invalid', `“${old}” cannot move along: ${(error as Error).message}`, { field: 'title' })
  }
  return { id, from: old, fromKey: titleKey(old), ...titleColumns(title) }
}

/**
 * Lets links follow their pages. What is written is an edit by whoever renamed, on the live text of each page.
 */
export function relinking(
  { db, config }: Wiring,
  { links, rooms, derivations, guards }: { links: Links; rooms: Rooms; derivations: Derivations; guards: Guards },
): JobKind<Relink, Progress> {
  /** Whether this page was rewritten, did not need to be, or could not be. */
  const rewrite = async (page: number, user: number, titles: Map<string, string>): Promise<boolean | 'refused'> => {
    for (let tries = 1; ; tries++) {
      try {
        const room = await rooms.get(page)
        let changed = false
        await room.rewrite(
          user,
          text => {
            const next = relink(text, titles)
            changed = next !== text
            return next
          },
          'page:rename',
        )
        return changed
      } catch (error) {
        if (!(error instanceof WikiError)) throw error
        // A link that stays as it was goes on working.
        if (error.code === 'missing') return false
        if (tries >= TRIES || (error.code !== 'busy' && error.code !== 'failed')) return 'refused'
        await new Promise(resolve => setTimeout(resolve, PAUSE * tries))
      }
    }
  }

  return {
    kind: KIND,
    async run({ user, input, progress, advance }) {
      const titles = new Map(input.titles.map(({ from, to }) => [from, to]))
      if (input.leaf) {
        const bare = leafOf(input.leaf.to)
        const found = (await links.resolve([bare])).get(bare)
        const alone = typeof found === 'object' && found.title === input.leaf.to
        titles.set(input.leaf.from, alone ? bare : input.leaf.to)
      }
      const at: Progress = progress ?? { layer: 0, round: 1, after: 0, pages: 0, refused: 0 }
      let seen = at.pages + at.refused
      let total = seen + (await db.links.countLinking([...titles.keys()], at.after))
      await advance(at, seen, total)
      const layers = layersOf(titles)
      for (; at.layer < layers.length; at.layer++, at.round = 1)
        for (; at.round <= 2; at.round++, at.after = 0) {
          const layer = layers[at.layer]!
          if (at.round === 2) {
            // What was typed just before the first round was not yet read then.
            await rooms.fold()
            for (let waited = 0; !derivations.resting && waited < SETTLE; waited += STEP) {
              derivations.hurry()
              await derivations.settledWithin(STEP)
              await advance(at, seen, total)
            }
          }
          for (;;) {
            const found = await db.links.linking([...layer.keys()], at.after, PORTION)
            if (found.length === 0) break
            for (const page of found) {
              const asker = await db.em().findOne(User, { id: user })
              if (!asker || asker.disabledAt || !allows(POLICY['page:edit'], asker, config))
                throw new WikiError(
                  'forbidden',
                  'Whoever renamed the page may not write any more. Links to its old title go on working.',
                )
              const permitted = mayWrite({ role: asker.role, user: null }, config, await guards.of(page))
              const done = permitted ? await rewrite(page, user, layer) : 'refused'
              if (done === 'refused') at.refused++
              else if (done) at.pages++
              at.after = page
              seen++
              total = Math.max(total, seen)
              await advance(at, seen, total)
            }
          }
        }
      const { pages, refused } = at
      const left = refused > 0 ? ` ${count(refused)} could not be written; the old title goes on working there.` : ''
      return `${pages === 0 && refused === 0 ? 'No page' : count(pages)} had to be changed.${left}`
    },
  }
}

/**
 * Titles in the order in which links may follow them one after the other, however often each is done: none that a link
 * has just been given is taken for an old one.
 */
function layersOf(titles: ReadonlyMap<string, string>): Map<string, string>[] {
  const left = new Map(titles)
  const layers: Map<string, string>[] = []
  while (left.size > 0) {
    const layer = new Map([...left].filter(([, to]) => !left.has(titleKey(to))))
    layers.push(layer.size > 0 ? layer : new Map(left))
    for (const from of layers.at(-1)!.keys()) left.delete(from)
  }
  return layers
}

/** How long is waited for what was typed just before, in milliseconds. */
const SETTLE = 10_000
const STEP = 250

function count(pages: number): string {
  return pages === 1 ? 'One page' : `${pages.toLocaleString('en')} pages`
}
