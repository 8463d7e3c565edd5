// A title that nobody has written.
// <missing-view>

import { titleKey } from '../../shared/titles.ts'
import { Awake } from '../components/standing.ts'
import { router } from '../router.ts'
import { Hear } from '../store.ts'

/** Waits until somebody writes the page. */
export class MissingView extends Awake {
  constructor() {
    super()
    const written = ({ page }: { page: { title: string } }) => {
      if (titleKey(page.title) === titleKey(this.dataset.title ?? '')) void router.refresh()
    }
    new Hear(this, 'page:created', written)
    new Hear(this, 'page:renamed', written)
    new Hear(this, 'page:restored', written)
    new Hear(this, 'page:deleted', written)
  }
}

customElements.define('missing-view', MissingView)
