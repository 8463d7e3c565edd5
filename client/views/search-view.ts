// The screen that searches: answers follow what is typed, and the address follows them.
// SearchView (<search-view>)

import '../styles/screens.css'
import { Awake } from '../components/standing.ts'
import { load, router } from '../router.ts'

/** Milliseconds without a key after which the question is asked. */
const PAUSE = 250

/** Asks as one types; without it the form does the same with a button. */
export class SearchView extends Awake {
  #timer: ReturnType<typeof setTimeout> | undefined
  #asked = 0

  constructor() {
    super()
    this.addEventListener('input', () => {
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => void this.#ask(), PAUSE)
    })
    this.addEventListener('submit', event => {
      event.preventDefault()
      clearTimeout(this.#timer)
      void this.#ask()
    })
  }

  override connectedCallback(): void {
    super.connectedCallback()
    const input = this.querySelector<HTMLInputElement>('input[name=q]')
    if (input?.value === '') input.focus()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
  }

  async #ask(): Promise<void> {
    const form = this.querySelector('form')!
    const fields = [...new FormData(form)].filter(([, value]) => value !== '') as [string, string][]
    const address = `/search?${new URLSearchParams(fields)}`
    const found = this.querySelector('.found')!
    const turn = ++this.#asked
    found.ariaBusy = 'true'
    try {
      const arrival = await load(address)
      const answers = arrival?.doc.querySelector('.found')
      if (!answers || turn !== this.#asked || !this.isConnected) return
      found.replaceChildren(...document.adoptNode(answers).childNodes)
      document.title = arrival!.doc.title
      router.moved(address)
    } catch {
      // The line bar says that the server cannot be reached; what was found before stays.
    } finally {
      if (turn === this.#asked) found.ariaBusy = 'false'
    }
  }
}

customElements.define('search-view', SearchView)
