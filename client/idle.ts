// What nobody needs before the first paint waits until the browser has nothing else to do.
// idle

/** Milliseconds after which it is done even so, or at once after where a browser does not tell that it is idle. */
const AT_LATEST = 1_000

/**
 * What `load` brings, asked for when the browser is idle.
 * @throws what `load` throws, as TypeError without a network
 */
export async function idle<T>(load: () => Promise<T>): Promise<T> {
  await new Promise<unknown>(resolve => {
    if ('requestIdleCallback' in window) requestIdleCallback(resolve, { timeout: AT_LATEST })
    else setTimeout(resolve, 200)
  })
  return load()
}
