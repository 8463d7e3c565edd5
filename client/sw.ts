// The service worker: the program and the pages that were seen work without a network. Bundled by vite.config.ts to /sw.js.
// Caches · install · activate · documents · assets

declare const __ASSETS__: string[]

// TypeScript's worker library and its DOM library exclude each other; these are the few names used here.
interface ExtendableEvent extends Event {
  waitUntil(until: Promise<unknown>): void
}
interface FetchEvent extends ExtendableEvent {
  request: Request
  respondWith(response: Promise<Response>): void
}
interface ServiceWorker {
  skipWaiting(): Promise<void>
  clients: { claim(): Promise<void>; matchAll(options: object): Promise<{ url: string }[]> }
  addEventListener(type: 'install' | 'activate', listener: (event: ExtendableEvent) => void): void
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void
}
const worker = self as unknown as ServiceWorker

const ASSETS = 'chorus-assets'
const DOCUMENTS = 'chorus-documents'
/** How many documents are kept; the oldest go first. */
const DOCUMENTS_MAX = 200
/** Milliseconds after which a document from the cache beats one that is still awaited. */
const PATIENCE = 4_000

worker.addEventListener('install', event => {
  event.waitUntil(
    caches
      .open(ASSETS)
      .then(cache => cache.addAll(__ASSETS__))
      .then(() => worker.skipWaiting()),
  )
})

worker.addEventListener('activate', event => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(ASSETS)
      const current = new Set(__ASSETS__)
      // Tabs of the build before this one may still load its parts; those of older ones are gone for good.
      const keys = await cache.keys()
      const old = keys.filter(({ url }) => !current.has(new URL(url).pathname))
      await Promise.all(old.slice(0, Math.max(0, old.length - 60)).map(request => cache.delete(request)))
      await worker.clients.claim()
      // What is open was loaded before anyone was here to keep it.
      const open = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })
      await Promise.allSettled(
        open.map(async ({ url }) => keepDocument(url, await fetch(url, { headers: { Accept: 'text/html' } }))),
      )
    })(),
  )
})

worker.addEventListener('fetch', event => {
  const { request } = event
  const url = new URL(request.url)
  if (url.origin !== self.location.origin) return
  if (request.method === 'POST') {
    // What one person saw is nothing for the next one at this device.
    if (/^\/api\/user:(signOut|signIn|register|resetPassword)$/.test(decodeURIComponent(url.pathname)))
      event.waitUntil(caches.delete(DOCUMENTS))
    return
  }
  if (request.method !== 'GET') return
  if (url.pathname.startsWith('/assets/') || url.pathname.startsWith('/uploads/')) event.respondWith(asset(request))
  else if (request.headers.get('Accept')?.includes('text/html')) event.respondWith(document_(event, request))
})

async function asset(request: Request): Promise<Response> {
  const cache = await caches.open(ASSETS)
  const kept = await cache.match(request)
  if (kept) return kept
  const fresh = await fetch(request)
  if (fresh.ok && fresh.type === 'basic') await cache.put(request, fresh.clone())
  return fresh
}

async function keepDocument(url: string, response: Response): Promise<void> {
  const isDocument = response.headers.get('Content-Type')?.startsWith('text/html')
  if (!response.ok || !isDocument || response.redirected) return
  const cache = await caches.open(DOCUMENTS)
  const key = new URL(url)
  key.hash = ''
  await cache.put(key.href, response.clone())
  const keys = await cache.keys()
  await Promise.all(keys.slice(0, Math.max(0, keys.length - DOCUMENTS_MAX)).map(old => cache.delete(old)))
}

async function document_(event: FetchEvent, request: Request): Promise<Response> {
  const cache = await caches.open(DOCUMENTS)
  const key = new URL(request.url)
  key.hash = ''
  const fresh = fetch(request).then(async response => {
    await keepDocument(key.href, response)
    return response
  })
  event.waitUntil(fresh.catch(() => {}))
  const late = new Promise<undefined>(resolve => setTimeout(resolve, PATIENCE))
  try {
    const first = await Promise.race([fresh, late])
    if (first) return first
    return (await cache.match(key.href)) ?? (await fresh)
  } catch (error) {
    const kept = (await cache.match(key.href)) ?? (request.mode === 'navigate' ? await cache.match('/') : undefined)
    if (kept) return kept
    throw error
  }
}
