// What MikroORM is given for Node's AsyncLocalStorage: as long as nobody is inside one, promises cost what they cost.
// AsyncLocalStorage

import { AsyncLocalStorage as NodeStorage } from 'node:async_hooks'

export * from 'node:async_hooks'

/**
 * From the first `run` on, Node before 24 calls a hook for every promise of the process, for good: a fifth to a third of
 * what an edit costs, for a context that only MikroORM's own transactions look at. Here that ends with the last promise
 * that a `run` has returned. What a callback leaves running finds its context only while another `run` is under way.
 */
export class AsyncLocalStorage<T> extends NodeStorage<T> {
  #running = 0

  override run<R, A extends unknown[]>(store: T, callback: (...args: A) => R, ...args: A): R {
    this.#running++
    const over = () => {
      if (--this.#running === 0) this.disable()
    }
    let result: R
    try {
      result = super.run(store, callback, ...args)
    } catch (error) {
      over()
      throw error
    }
    if (result instanceof Promise) result.then(over, over)
    else over()
    return result
  }
}
