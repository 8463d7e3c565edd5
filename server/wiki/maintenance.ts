// What wants mending in a wiki.
// maintenanceHandlers

import type { MaintenanceRow } from '../../shared/protocol.ts'
import { pathOf } from '../../shared/titles.ts'
import { Page } from '../db/entities.ts'
import type { Handlers } from './commands.ts'
import type { Wiring } from './context.ts'
import { cursor, type Pages } from './pages.ts'

const PAGE_SIZE = 50

/**
 * A list that took longer than this is told again for so many times as long: some are found by reading every link. Where
 * that is longer than screens wait before they ask anew, they are told what has just been mended.
 */
const SLOW = 20
const PATIENCE = 5
const KEPT_MAX = 100

/** The command that lists what wants mending. */
export function maintenanceHandlers({ db }: Wiring, pages: Pages): Pick<Handlers, 'maintenance:list'> {
  const rows = async (found: { page: number; note: string; group?: string }[]): Promise<MaintenanceRow[]> => {
    const known = await pages.rows([...new Set(found.map(({ page }) => page))])
    const titles = new Map(known.map(row => [row.id, row.title]))
    return found.flatMap(({ page, note, group }) => {
      const title = titles.get(page)
      return title === undefined
        ? []
        : [{ page, title, path: pathOf(title), note, ...(group !== undefined && { group }) }]
    })
  }
  const plainly = (ids: number[]) => rows(ids.map(page => ({ page, note: '' })))

  const kept = new Map<string, { rows: MaintenanceRow[]; until: number }>()
  const patiently = async (key: string, find: () => Promise<MaintenanceRow[]>): Promise<MaintenanceRow[]> => {
    const began = performance.now()
    const known = kept.get(key)
    if (known && known.until > began) return known.rows
    const rows = await find()
    const now = performance.now()
    kept.delete(key)
    if (now - began > SLOW) kept.set(key, { rows, until: now + (now - began) * PATIENCE })
    if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value!)
    return rows
  }

  return {
    async 'maintenance:list'({ kind, after, limit = PAGE_SIZE }) {
      const offset = cursor(after, 1)?.[0] ?? 0
      const { finder } = db
      const [most, from] = [limit + 1, offset]
      const find = async (): Promise<MaintenanceRow[]> => {
        switch (kind) {
          case 'wanted':
            return (await finder.wanted(most, from)).map(({ title, pages: count }) => ({
              ...{ page: null, title, path: `/create?title=${encodeURIComponent(title)}` },
              note: count === 1 ? 'wanted by one page' : `wanted by ${count.toLocaleString('en')} pages`,
            }))
          case 'broken':
            return rows((await finder.broken(most, from)).map(({ page, title }) => ({ page, note: title })))
          case 'orphans':
            return plainly(await finder.orphans(most, from))
          case 'alike':
            return rows(
              (await finder.alike(most, from)).map(({ page, likeness }) => ({ page, note: '', group: likeness })),
            )
          case 'large': {
            const ids = await finder.large(most, from)
            const sizes = await finder.sizesOf(ids)
            return rows(ids.map(page => ({ page, note: sizeInWords(sizes.get(page) ?? 0) })))
          }
          case 'stale': {
            const found = await db
              .em()
              .find(
                Page,
                {},
                { fields: ['updatedAt'], orderBy: [{ updatedAt: 'asc' }, { id: 'asc' }], limit: most, offset: from },
              )
            return rows(found.map(({ id, updatedAt }) => ({ page: id, note: updatedAt.toISOString() })))
          }
        }
      }
      const found = await patiently(`${kind} ${from} ${most}`, find)
      return { rows: found.slice(0, limit), next: found.length > limit ? String(offset + limit) : null }
    },
  }
}

function sizeInWords(bytes: number): string {
  return bytes < 1_000 ? `${bytes} bytes` : `${Math.round(bytes / 1_000).toLocaleString('en')} kB`
}
