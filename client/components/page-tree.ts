// The tree that titles make: the top, the way to the current page, and what one has opened.
// <page-tree>

import { html, type TemplateResult } from 'lit'
import { treeRows } from '../../shared/pieces.ts'
import { parentOf, titleKey } from '../../shared/titles.ts'
import { ask } from '../ask.ts'
import { idle } from '../idle.ts'
import { pen } from '../pen.ts'
import { store, Watch } from '../store.ts'
import { levelOf } from '../tree.ts'
import { Standing } from './standing.ts'

/** Draws the store's tree. */
export class PageTree extends Standing {
  #open = new Set<string>()
  #current: string | null = null
  #revealed: string | null = null

  constructor() {
    super()
    new Watch(this, 'tree', 'boot')
    idle(() => import('./tree-moves.ts'))
      .then(({ TreeMoves }) => new TreeMoves(this))
      .catch(() => {})
    this.addEventListener('click', event => {
      const twist = (event.target as Element).closest<HTMLElement>('button.twist')
      if (twist) void this.#toggle(twist.dataset.title!)
    })
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#follow()
    this.#reveal()
  }

  #follow(): void {
    const title = store.boot.page?.title ?? null
    if (title === this.#current) return
    this.#current = title
    for (let up = title ?? ''; up !== ''; up = parentOf(up)) this.#open.add(titleKey(up))
  }

  async #toggle(title: string): Promise<void> {
    const key = titleKey(title)
    if (this.#open.has(key)) this.#open.delete(key)
    else {
      this.#open.add(key)
      if (!levelOf(store.boot.tree, title)) {
        const answer = await ask('page:children', { under: title }).catch(() => null)
        if (answer) store.boot.tree[title] = answer.children
        else this.#open.delete(key)
      }
    }
    this.requestUpdate()
  }

  /** A long tree shows the page that is read. */
  #reveal(): void {
    const scroller = this.closest('.pages')
    const here = this.querySelector('.here')
    if (!scroller || !here) return
    const [box, row] = [scroller.getBoundingClientRect(), here.getBoundingClientRect()]
    if (row.top < box.top || row.bottom > box.bottom) scroller.scrollTop += row.top - box.top - box.height / 2
  }

  protected override updated(): void {
    if (this.#current !== this.#revealed) this.#reveal()
    this.#revealed = this.#current
  }

  protected override render(): TemplateResult {
    this.#follow()
    return html`${treeRows(pen, store.boot.tree, '', store.boot.page?.title ?? null, this.#open)}`
  }
}

customElements.define('page-tree', PageTree)
