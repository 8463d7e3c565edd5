// What the palette offers for the words in it: pages, passages, what this screen can do, a page to be made.
// Option · Answer · optionsFor · optionsHere · searchAddress · createAddress

import { ICONS } from '../../shared/icons.ts'
import { marked } from '../../shared/pieces.ts'
import type { Mark, Output } from '../../shared/protocol.ts'
import { leafOf, parentOf, titleKey } from '../../shared/titles.ts'
import { type Action, actions } from '../actions.ts'
import { pen } from '../pen.ts'
import { router } from '../router.ts'
import { store } from '../store.ts'
import { blocksWith, goToBlock } from './page-finder.ts'

/** What the server has found. */
export type Answer = Output<'search:jump'>

/** One row. */
export interface Option {
  group: string
  /** SVG. */
  icon: string
  words: unknown
  /** A second line under the words. */
  below?: unknown
  note?: string
  /** Of pages: who is in it is shown. */
  page?: number
  key?: string
  take(): unknown
}

/** Actions that are offered beside pages, and where only they are asked for. */
const ACTIONS_MAX = 6
const ONLY_ACTIONS_MAX = 40

/** The rows for these words, which the server has answered. */
export function optionsFor(query: string, { titles, passages }: Answer): Option[] {
  if (query.startsWith('>')) return doing(query.slice(1).trim(), ONLY_ACTIONS_MAX)
  const options: Option[] = titles.map(({ page, title, path, marks }) => ({
    group: query === '' ? 'Recent' : 'Pages',
    icon: ICONS.fileText,
    words: inLeaf(title, marks),
    note: parentOf(title).replaceAll('/', ' / '),
    page,
    take: () => router.go(path),
  }))
  for (const { page, title, path, heading, text, marks } of passages)
    options.push({
      group: 'In the text',
      icon: ICONS.textSearch,
      words: leafOf(title),
      below: marked(pen, text, marks),
      note: heading,
      page,
      take: () => router.go(path),
    })
  if (query !== '' && passages.length > 0)
    options.push({
      group: 'In the text',
      icon: ICONS.search,
      words: `Everything with “${query}”`,
      key: 'Shift-Enter',
      take: () => router.go(searchAddress(query)),
    })
  options.push(...doing(query, ACTIONS_MAX))
  const known = titles.some(({ title }) => titleKey(title) === titleKey(query))
  if (query !== '' && store.boot.mayWrite && !known)
    options.push({
      group: 'Do',
      icon: ICONS.filePlus,
      words: `Create “${query}”`,
      key: 'Mod-Enter',
      take: () => router.go(createAddress(query)),
    })
  return options
}

function doing(query: string, most: number): Option[] {
  const words = query.toLowerCase().split(/\s+/)
  const fits = ({ name, group, also = '' }: Action) =>
    words.every(word => `${name} ${group} ${also}`.toLowerCase().includes(word))
  return actions
    .list()
    .filter(action => action.id !== 'jump' && fits(action))
    .slice(0, most)
    .map(({ name, icon, key, group, run }) => ({
      group: 'Do',
      icon,
      words: name,
      ...(key ? { key } : { note: group }),
      take: run,
    }))
}

/** The rows for these words in the page that is read. */
export function optionsHere(query: string): Option[] {
  return blocksWith(query).map(({ block, heading, text, marks }) => ({
    group: 'In this page',
    icon: ICONS.textSearch,
    words: marked(pen, text, marks),
    note: heading,
    take: () => goToBlock(block),
  }))
}

/** The address of everything that has these words. */
export function searchAddress(query: string): string {
  return `/search?q=${encodeURIComponent(query)}`
}

/** The address at which a page of this title is made. */
export function createAddress(title: string): string {
  return `/create?title=${encodeURIComponent(title)}`
}

/** A title's last segment, with those marks that are in it. */
function inLeaf(title: string, marks: Mark[]): unknown {
  const start = title.length - leafOf(title).length
  const within = marks.filter(([from]) => from >= start).map(([from, to]): Mark => [from - start, to - start])
  return marked(pen, leafOf(title), within)
}
