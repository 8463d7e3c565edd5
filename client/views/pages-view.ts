// All pages: a filter over a list.
// <pages-view>

import { store, Watch } from '../store.ts'
import { Listing } from './listing.ts'

/** Every page. */
export class PagesView extends Listing {
  constructor() {
    super()
    new Watch(this, 'tree')
  }

  protected override updated(): void {
    const { total } = store.boot
    const count = this.querySelector('.count')
    if (count) count.textContent = total === 1 ? 'One page' : `${total.toLocaleString('en')} pages`
  }
}

customElements.define('pages-view', PagesView)
