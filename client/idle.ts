// What nobody waits for is done when the browser has nothing else to do.
// whenIdle · idle

/** Milliseconds after which it is done even so. */
const AT_LATEST = 1_000

/** Does it when the browser is idle, or soon where a browser does not tell. */
export function whenIdle(work: () => void): void {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(work, { timeout: AT_LATEST })
  else setTimeout(work)
}

/**
 * What `load` brings, asked for when the browser is idle.
 * @throws what `load` throws, as TypeError without a network
 */
export async function idle<T>(load: () => Promise<T>): Promise<T> {
  await new Promise<void>(whenIdle)
  return load()
}
