// What wants mending.
// <maintenance-view>

import '../styles/keeping.css'
import { Hear } from '../store.ts'
import { LivePart } from './live-part.ts'

/** Wraps the server's list. */
export class MaintenanceView extends LivePart {
  constructor() {
    super()
    new Hear(this, 'page:updated', ({ page }) => {
      // How long a page is, and when it was changed, stands beside it.
      const links = [...this.querySelectorAll<HTMLAnchorElement>('.live-part a')]
      if (links.some(link => link.pathname === page.path)) this.soon()
    })
  }
}

customElements.define('maintenance-view', MaintenanceView)
