// What happened: its filters lead to another address of the same screen.
// <changes-view>

import '../styles/keeping.css'
import '../components/change-list.ts'
import { Awake } from '../components/standing.ts'
import { router } from '../router.ts'

/** Wraps the filters and the list. */
export class ChangesView extends Awake {
  constructor() {
    super()
    this.addEventListener('submit', event => {
      event.preventDefault()
      const query = new URLSearchParams()
      for (const [name, value] of new FormData(event.target as HTMLFormElement))
        if (String(value).trim() !== '') query.set(name, String(value).trim())
      void router.go(query.size > 0 ? `/changes?${query}` : '/changes')
    })
  }
}

customElements.define('changes-view', ChangesView)
