// Large articles are drawn in a thread of their own, so that nobody else waits for them; one that takes too long is given up.
// ArticleThread · Work · Answer · TooSlow

import { Worker } from 'node:worker_threads'
import type { Found, Shown, Wanted } from './drawing.ts'

/** One piece of work: to read a text, or with `found` to draw it. */
export interface Work {
  key: string
  content: string
  leaf: string
  found: Found | null
}

/** What comes back. */
export type Answer = { value: Wanted | Shown } | { error: string }

/** A text that took longer than it may. */
export class TooSlow extends Error {
  override readonly name = 'TooSlow'
}

/** Milliseconds after which a thread that has nothing to do ends. */
const IDLE = 60_000

interface Task extends Work {
  resolve(value: Wanted | Shown): void
  reject(error: Error): void
}

/** A thread that takes one work after the other, and is replaced when one does not end. */
export class ArticleThread {
  #worker: Worker | null = null
  readonly #queue: Task[] = []
  #now: Task | null = null
  #patience: NodeJS.Timeout | undefined
  #idle: NodeJS.Timeout | undefined

  /** `file` is the built worker; `limit` the milliseconds that one work may take. */
  constructor(
    private readonly file: string,
    private readonly limit: number,
  ) {}

  /** @throws TooSlow; Error as the worker threw */
  ask(work: Work & { found: Found }): Promise<Shown>
  ask(work: Work & { found: null }): Promise<Wanted>
  ask(work: Work): Promise<Wanted | Shown> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ ...work, resolve, reject })
      this.#next()
    })
  }

  #next(): void {
    if (this.#now) return
    clearTimeout(this.#idle)
    const task = this.#queue.shift()
    if (!task) {
      this.#idle = setTimeout(() => void this.close(), IDLE).unref()
      return
    }
    this.#now = task
    const worker = (this.#worker ??= this.#begin())
    const { key, content, leaf, found } = task
    worker.postMessage({ key, content, leaf, found })
    this.#patience = setTimeout(() => this.#giveUp(new TooSlow('This text takes too long to draw.')), this.limit)
  }

  #begin(): Worker {
    // A text that needs more than this is as good as one that takes too long.
    const worker = new Worker(this.file, { resourceLimits: { maxOldGenerationSizeMb: 512 } })
    worker.unref()
    worker.on('message', (answer: Answer) => {
      if (worker !== this.#worker) return
      const task = this.#done()
      if ('value' in answer) task?.resolve(answer.value)
      else task?.reject(new Error(answer.error))
      this.#next()
    })
    worker.on('error', error => worker === this.#worker && this.#giveUp(new TooSlow(error.message)))
    return worker
  }

  #done(): Task | null {
    clearTimeout(this.#patience)
    const task = this.#now
    this.#now = null
    return task
  }

  #giveUp(error: Error): void {
    const worker = this.#worker
    this.#worker = null
    void worker?.terminate()
    this.#done()?.reject(error)
    this.#next()
  }

  /** Ends the thread; it begins again when there is work. */
  async close(): Promise<void> {
    clearTimeout(this.#idle)
    const worker = this.#worker
    this.#worker = null
    await worker?.terminate()
  }
}
