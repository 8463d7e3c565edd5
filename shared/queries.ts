// The little language of ```query blocks: one wish a line, “key: value”. docs/queries.md tells it to people.
// Query · COLUMNS · readQueryBlock

import { WikiError } from './errors.ts'
import { parseTitle } from './titles.ts'

/** What a table can show of a page. */
export const COLUMNS = ['title', 'parent', 'tags', 'author', 'editor', 'created', 'changed', 'size'] as const
export type Column = (typeof COLUMNS)[number]

const ORDERS = ['title', 'created', 'changed', 'size'] as const

/** What a block wants. Times are milliseconds since 1970. */
export interface Query {
  /** All of them. */
  tags: string[]
  /** None of them. */
  notTags: string[]
  /** The title that pages stand under. */
  parent: string | null
  author: string | null
  editor: string | null
  linksTo: string | null
  changedSince: number | null
  createdSince: number | null
  order: (typeof ORDERS)[number]
  descending: boolean
  limit: number
  /** Null for a list. */
  columns: Column[] | null
}

const LIMIT_MAX = 200
const UNITS: Record<string, number> = {
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  month: 2_629_800_000,
  year: 31_557_600_000,
}
const KEYS = 'tag, not tag, parent, author, editor, links to, changed since, created since, order, limit, columns'

/**
 * What a block's text wants; `now` is in milliseconds since 1970.
 * @throws WikiError `invalid` with a sentence that names the line
 */
export function readQueryBlock(text: string, now: number): Query {
  const query: Query = {
    ...{ tags: [], notTags: [], parent: null, author: null, editor: null, linksTo: null },
    ...{ changedSince: null, createdSince: null, order: 'title', descending: false, limit: 50, columns: null },
  }
  const lines = text.split('\n').map(line => line.trim())
  let wishes = 0
  lines.forEach((line, i) => {
    if (line === '' || line.startsWith('//')) return
    const refuse = (why: string): never => {
      throw new WikiError('invalid', `Line ${i + 1}: ${why}`, { field: 'query' })
    }
    const [, key = '', value = ''] =
      /^([^:]*?)\s*:\s*(.*)$/.exec(line) ?? refuse('write it as “key: value”, as in “tag: bread”.')
    if (value === '') refuse(`say something behind “${key}:”.`)
    wishes++
    const titled = () => {
      try {
        return parseTitle(value.replace(/^\[\[(.*)\]\]$/, '$1'))
      } catch (error) {
        return refuse((error as Error).message)
      }
    }
    const names = () =>
      value
        .split(',')
        .map(name => name.trim().replace(/^#/, ''))
        .filter(name => name !== '')
    switch (key.toLowerCase().replace(/\s+/g, ' ')) {
      case 'tag':
      case 'tags':
        query.tags.push(...names())
        break
      case 'not tag':
        query.notTags.push(...names())
        break
      case 'parent':
      case 'under':
        query.parent = titled()
        break
      case 'author':
        query.author = value.replace(/^@/, '')
        break
      case 'editor':
        query.editor = value.replace(/^@/, '')
        break
      case 'links to':
        query.linksTo = titled()
        break
      case 'changed since':
        query.changedSince = momentOf(value, now) ?? refuse(`“${value}” is no time. Write “7 days” or “2026-01-31”.`)
        break
      case 'created since':
        query.createdSince = momentOf(value, now) ?? refuse(`“${value}” is no time. Write “7 days” or “2026-01-31”.`)
        break
      case 'order': {
        const [by = '', way = ''] = value.toLowerCase().split(/\s+/)
        const order =
          ORDERS.find(name => name === by) ?? refuse(`pages can be ordered by ${ORDERS.join(', ')}; not by “${by}”.`)
        if (way !== '' && way !== 'up' && way !== 'down') refuse(`an order goes “up” or “down”, not “${way}”.`)
        query.order = order
        query.descending = way === 'down' || (way === '' && order !== 'title')
        break
      }
      case 'limit': {
        const limit = Number(value)
        if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX)
          refuse(`a limit is a number from 1 to ${LIMIT_MAX}.`)
        query.limit = limit
        break
      }
      case 'column':
      case 'columns':
        query.columns = names().map(
          name =>
            COLUMNS.find(column => column === name.toLowerCase()) ??
            refuse(`there is no column “${name}”. There are ${COLUMNS.join(', ')}.`),
        )
        break
      default:
        refuse(`“${key}” is not something to ask for. Known are ${KEYS}.`)
    }
  })
  if (wishes === 0)
    throw new WikiError('invalid', `This query asks for nothing yet. Write for example “tag: bread”.`, {
      field: 'query',
    })
  return query
}

function momentOf(value: string, now: number): number | null {
  const [, count, unit] = /^(\d{1,4})\s*(hour|day|week|month|year)s?$/i.exec(value) ?? []
  if (count && unit) return now - Number(count) * UNITS[unit.toLowerCase()]!
  const at = /^\d{4}-\d\d-\d\d$/.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? null : at
}
