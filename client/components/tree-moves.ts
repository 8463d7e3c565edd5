// Moving titles in the tree: dragged, by Alt and an arrow, or the page that is read by name. Up and down among its siblings, left and right to another level.
// TreeMoves

import type { ReactiveController, ReactiveControllerHost } from 'lit'
import type { ScreenAction } from '../../shared/actions.ts'
import { WikiError } from '../../shared/errors.ts'
import type { Branch } from '../../shared/protocol.ts'
import { leafOf, parentOf, titleKey } from '../../shared/titles.ts'
import { actions, screenAction } from '../actions.ts'
import { ask, sentenceOf } from '../ask.ts'
import { router } from '../router.ts'
import { store } from '../store.ts'
import { levelOf } from '../tree.ts'
import { say } from './line-bar.ts'

/** Where something is put: under a title, before one that stands there, behind all (null), or wherever its name puts it. */
interface Goal {
  under: string
  before?: string | null
}

type Edge = 'above' | 'below' | 'into'

/** Milliseconds in which the moved row gets the focus back, wherever it is drawn. */
const FOCUS_FOR = 1_500

/** Lets the rows of a tree be moved by whoever may write. */
export class TreeMoves implements ReactiveController {
  #dragged: string | null = null
  #over: HTMLElement | null = null
  #focus: { key: string; until: number } | null = null

  constructor(private readonly host: ReactiveControllerHost & HTMLElement) {
    host.addController(this)
    host.addEventListener('dragstart', event => this.#start(event))
    host.addEventListener('dragover', event => this.#drag(event))
    host.addEventListener('dragleave', () => this.#mark(null))
    host.addEventListener('drop', event => this.#drop(event))
    host.addEventListener('dragend', () => this.#end())
    host.addEventListener('keydown', event => this.#key(event))
    const move = (name: ScreenAction, key: string) => {
      const goal = () => {
        const title = store.boot.page?.title
        return title === undefined || !store.boot.mayWrite ? null : this.#goal(title, key)
      }
      const run = () => void this.#move(store.boot.page!.title, goal()!)
      return screenAction(name, 'Page', run, () => goal() !== null)
    }
    actions.add(
      move('tree-up', 'ArrowUp'),
      move('tree-down', 'ArrowDown'),
      move('tree-in', 'ArrowRight'),
      move('tree-out', 'ArrowLeft'),
    )
  }

  hostUpdated(): void {
    if (!this.#focus || performance.now() > this.#focus.until) return
    const { key } = this.#focus
    for (const row of this.host.querySelectorAll<HTMLElement>('.branch'))
      if (titleKey(row.dataset.title ?? '') === key) row.querySelector('a')?.focus()
  }

  // ---- by hand

  #start(event: DragEvent): void {
    const row = (event.target as Element).closest<HTMLElement>('.branch')
    if (!row || !store.boot.mayWrite) return
    this.#dragged = row.dataset.title ?? null
    if (event.dataTransfer) event.dataTransfer.effectAllowed = 'linkMove'
  }

  #drag(event: DragEvent): void {
    const row = (event.target as Element).closest<HTMLElement>('.branch')
    const edge = row && this.#edge(row, event.clientY)
    this.#mark(edge ? row : null, edge)
    if (!edge) return
    event.preventDefault()
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'move'
  }

  #edge(row: HTMLElement, y: number): Edge | null {
    const title = row.dataset.title ?? ''
    const dragged = this.#dragged
    // Nothing stands under itself.
    if (dragged === null || `${titleKey(title)}/`.startsWith(`${titleKey(dragged)}/`)) return null
    const { top, height } = row.getBoundingClientRect()
    const part = (y - top) / height
    return part < 0.3 ? 'above' : part > 0.7 ? 'below' : 'into'
  }

  #mark(row: HTMLElement | null, edge: Edge | null = null): void {
    if (this.#over && this.#over !== row) delete this.#over.dataset.edge
    this.#over = row
    if (row && edge) row.dataset.edge = edge
  }

  #drop(event: DragEvent): void {
    const row = this.#over
    const edge = row?.dataset.edge as Edge | undefined
    const dragged = this.#dragged
    this.#end()
    if (!row || !edge || dragged === null) return
    event.preventDefault()
    const title = row.dataset.title ?? ''
    const under = parentOf(title)
    if (edge === 'into') void this.#move(dragged, { under: title })
    else void this.#move(dragged, { under, before: edge === 'above' ? title : this.#next(title, dragged) })
  }

  #end(): void {
    this.#dragged = null
    this.#mark(null)
  }

  /** The sibling behind a title, other than `except`. */
  #next(title: string, except = ''): string | null {
    const level = levelOf(store.boot.tree, parentOf(title)) ?? []
    const rest = level.slice(placeOf(level, title) + 1)
    return rest.find(each => !same(each.title, except))?.title ?? null
  }

  // ---- by keys

  #key(event: KeyboardEvent): void {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !event.key.startsWith('Arrow')) return
    const title = (event.target as Element).closest<HTMLElement>('.branch')?.dataset.title
    if (title === undefined || !store.boot.mayWrite) return
    event.preventDefault()
    const goal = this.#goal(title, event.key)
    if (goal) void this.#move(title, goal)
  }

  #goal(title: string, key: string): Goal | null {
    const under = parentOf(title)
    const level = levelOf(store.boot.tree, under) ?? []
    const at = placeOf(level, title)
    const before = level[at - 1]
    if (key === 'ArrowUp') return before ? { under, before: before.title } : null
    if (key === 'ArrowDown') return level[at + 1] ? { under, before: level[at + 2]?.title ?? null } : null
    if (key === 'ArrowRight') return before ? { under: before.title } : null
    return under === '' ? null : { under: parentOf(under), before: this.#next(under) }
  }

  // ---- what it comes to

  async #move(title: string, { under, before }: Goal): Promise<void> {
    const target = under === '' ? leafOf(title) : `${under}/${leafOf(title)}`
    this.#focus = { key: titleKey(target), until: performance.now() + FOCUS_FOR }
    try {
      if (!same(parentOf(title), under)) {
        const branch = this.#branch(title)
        if (!branch?.page)
          return say(`Nobody has written “${leafOf(title)}” yet. Move the pages under it, or write it first.`)
        await ask('page:rename', { page: branch.page, title: target, from: title, below: true })
      }
      if (before !== undefined) await ask('tree:place', { title: target, before })
      say(this.#told(target, under, before))
    } catch (error) {
      const other = error instanceof WikiError && error.details.page
      const open = other && other.id !== this.#branch(title)?.page && other
      say(
        sentenceOf(error),
        open ? { words: `Open “${leafOf(open.title)}”`, run: () => void router.go(open.path) } : null,
      )
    }
  }

  #told(title: string, under: string, before: string | null | undefined): string {
    const name = `“${leafOf(title)}”`
    if (before) return `${name} stands before “${leafOf(before)}” now.`
    const where = under === '' ? 'at the top' : `under “${leafOf(under)}”`
    return before === null ? `${name} is the last one ${where} now.` : `${name} stands ${where} now.`
  }

  #branch(title: string): Branch | undefined {
    const level = levelOf(store.boot.tree, parentOf(title)) ?? []
    return level[placeOf(level, title)]
  }
}

function placeOf(level: readonly Branch[], title: string): number {
  const key = titleKey(title)
  return level.findIndex(each => titleKey(each.title) === key)
}

function same(one: string, other: string): boolean {
  return titleKey(one) === titleKey(other)
}
