// The pages that somebody wants at hand: those with their star, and those they saw last. The same in all their tabs.
// <page-shelf>

import { html, type TemplateResult } from 'lit'
import { shelfRows } from '../../shared/pieces.ts'
import { pen } from '../pen.ts'
import { store, Watch } from '../store.ts'
import { Standing } from './standing.ts'

/** Draws the store's shelf. */
export class PageShelf extends Standing {
  constructor() {
    super()
    new Watch(this, 'boot', 'pages', 'tree', 'me')
  }

  protected override render(): TemplateResult {
    return html`${store.me ? shelfRows(pen, store.boot.shelf, store.boot.page?.id ?? null) : ''}`
  }
}

customElements.define('page-shelf', PageShelf)
