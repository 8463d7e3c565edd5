// Work that one has begun and that goes on by itself: how far it is, and how it ended.
// <job-bar>

import '../styles/jobs.css'
import { html, LitElement, nothing, type TemplateResult } from 'lit'
import type { Job } from '../../shared/protocol.ts'
import { ask } from '../ask.ts'
import { connection } from '../connection.ts'
import { store } from '../store.ts'

/** Milliseconds that the end of a job is told, and that one may take before it is shown at all. */
const TOLD = 5_000
const QUICK = 400

/** A line for each job under way; empty when there is none. */
export class JobBar extends LitElement {
  #jobs = new Map<number, Job>()
  #since = new Map<number, number>()
  #stop: (() => void)[] = []

  override connectedCallback(): void {
    super.connectedCallback()
    this.role = 'status'
    this.#stop = [
      connection.on('job:updated', ({ job }) => this.#take(job)),
      connection.onState(state => state === 'online' && void this.#ask()),
    ]
    if (connection.state === 'online') void this.#ask()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    for (const stop of this.#stop) stop()
  }

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  async #ask(): Promise<void> {
    if (!store.me) return
    const { jobs } = await ask('job:list', {}).catch(() => ({ jobs: [] }))
    for (const job of jobs) if (job.state === 'running' || this.#jobs.has(job.id)) this.#take(job)
  }

  #take(job: Job): void {
    if (!this.#since.has(job.id)) {
      this.#since.set(job.id, performance.now())
      setTimeout(() => this.requestUpdate(), QUICK)
    }
    this.#jobs.set(job.id, job)
    if (job.state !== 'running')
      setTimeout(() => {
        this.#jobs.delete(job.id)
        this.#since.delete(job.id)
        this.requestUpdate()
      }, TOLD)
    this.requestUpdate()
  }

  protected override render(): TemplateResult | typeof nothing {
    const now = performance.now()
    const shown = [...this.#jobs.values()].filter(
      ({ id, state }) => state !== 'running' || now - this.#since.get(id)! >= QUICK,
    )
    if (shown.length === 0) return nothing
    return html`<ul>${shown.map(
      job =>
        html`<li class="says ${job.state}"><span class="words">${job.words}${
          job.state === 'running'
            ? nothing
            : html` <small>${job.report || (job.state === 'cancelled' ? 'Stopped.' : '')}</small>`
        }</span>${
          job.state === 'running'
            ? html`<progress aria-label=${job.words} max=${Math.max(1, job.total)} .value=${job.done}></progress>
            <button type="button" class="btn ghost" @click=${() => void ask('job:cancel', { job: job.id })}>Stop</button>`
            : nothing
        }</li>`,
    )}</ul>`
  }
}

customElements.define('job-bar', JobBar)
