// Home and all pages: a filter over a list; and a title that nobody has written.
// <home-view> · <pages-view> · <missing-view>

import { titleKey } from '../../shared/titles.ts'
import type { PageList } from '../components/page-list.ts'
import { Awake } from '../components/standing.ts'
import { router } from '../router.ts'
import { Hear, store, Watch } from '../store.ts'

/** A screen with a filter and a list. */
abstract class ListView extends Awake {
  constructor() {
    super()
    this.addEventListener('input', event => {
      const input = event.target as HTMLInputElement
      if (input.name === 'match') this.#list.filter = input.value
    })
    this.addEventListener('submit', event => event.preventDefault())
    this.addEventListener('click', event => {
      const chip = (event.target as Element).closest<HTMLElement>('.chip')
      if (!chip) return
      for (const other of this.querySelectorAll('.chip')) other.ariaPressed = String(other === chip)
      this.#list.show = chip.dataset.show ?? ''
    })
  }

  get #list(): PageList {
    return this.querySelector('page-list')!
  }
}

/** What has changed, newest first. */
export class HomeView extends ListView {}

/** Every page. */
export class PagesView extends ListView {
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

/** Waits until somebody writes the page. */
export class MissingView extends Awake {
  constructor() {
    super()
    const written = ({ page }: { page: { title: string } }) => {
      if (titleKey(page.title) === titleKey(this.dataset.title ?? '')) void router.refresh()
    }
    new Hear(this, 'page:created', written)
    new Hear(this, 'page:renamed', written)
  }
}

customElements.define('home-view', HomeView)
customElements.define('pages-view', PagesView)
customElements.define('missing-view', MissingView)
