// The page of the day, which nobody has begun: made, then shown.
// <today-view>

import '../styles/screens.css'
import { clockOf } from '../../shared/templates.ts'
import { ask, sentenceOf } from '../ask.ts'
import { Awake } from '../components/standing.ts'
import { router } from '../router.ts'

/** Begins the day as this person's clock has it. */
export class TodayView extends Awake {
  /** What is said while it is being made. */
  #waits = ''

  constructor() {
    super()
    this.addEventListener('click', event => {
      if ((event.target as Element).closest('[data-do=again]')) void this.#begin()
    })
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#begin()
  }

  async #begin(): Promise<void> {
    const again = this.querySelector<HTMLElement>('[data-do=again]')!
    const status = this.querySelector('[role=status]')!
    this.#waits ||= status.textContent
    status.textContent = this.#waits
    again.hidden = true
    this.querySelector('.trouble-note')!.textContent = ''
    try {
      const { page } = await ask('page:today', { now: clockOf(new Date()) })
      await router.go(page.path, { replace: true })
    } catch (error) {
      status.textContent = ''
      this.querySelector('.trouble-note')!.textContent = sentenceOf(error)
      again.hidden = false
    }
  }
}

customElements.define('today-view', TodayView)
