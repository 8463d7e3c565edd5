// A screen with a filter and a list.
// Listing

import '../components/page-list.ts'
import type { PageList } from '../components/page-list.ts'
import { Awake } from '../components/standing.ts'

/** Passes what is typed and pressed on to the list. */
export abstract class Listing extends Awake {
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
