// The service worker: the program and the pages that were seen work without a network. Bundled by vite.config.ts to /sw.js.
// Caches · install · activate · fetch · documents · whose they are · assets and uploads

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

/** Each build's files have a cache of their own, so that a document that is kept finds the scripts it was made for. */
const ASSETS = 'chorus-assets-'
/** One cache, named after whose documents they are: only the person seen last is ever served from it. */
const DOCUMENTS = 'chorus-documents-'
const UPLOADS = 'chorus-uploads'
const BUILD = ASSETS + hash([...__ASSETS__].sort().join())
/** Builds whose files are kept: tabs and documents of an older one still need theirs. */
const BUILDS_MAX = 3
/** How many documents and pictures are kept; the oldest go first. */
const DOCUMENTS_MAX = 200
const UPLOADS_MAX = 300
/** How many documents are fetched anew after a new build, out of the requests that one person has. */
const RENEWED_MAX = 100
/** Milliseconds after which a document from the cache beats one that is still awaited. */
const PATIENCE = 4_000

/** Screens that are nothing without the server, or that nobody else may find on this device. */
const NEVER_KEPT = /^\/(?:login|register|logout|people|invite\/.*|reset\/.*)\/?$/
/** Commands after which somebody else may sit here. */
const CHANGES_PERSON = /^\/api\/user(?::|%3A)(?:signOut|signIn|register|resetPassword)$/i

/** Requests are numbered; those up to `before` were sent when somebody else was here, or may have been. */
let turns = 0
let before = 0

worker.addEventListener('install', event => {
  event.waitUntil(
    caches
      .open(BUILD)
      .then(cache => cache.addAll(__ASSETS__))
      .then(() => worker.skipWaiting()),
  )
})

worker.addEventListener('activate', event => {
  event.waitUntil(
    (async () => {
      await dropOldCaches().catch(() => {})
      await worker.clients.claim()
      // What is open was loaded before anyone was here to keep it.
      const open = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })
      await Promise.all(open.map(({ url }) => refetch(url).catch(() => {})))
      // Requests wait until this handler is done; these need not.
      void renewDocuments().catch(() => {})
    })(),
  )
})

worker.addEventListener('fetch', event => {
  const { request } = event
  const url = new URL(request.url)
  if (url.origin !== self.location.origin) return
  if (request.method === 'POST' && CHANGES_PERSON.test(url.pathname)) event.respondWith(changePerson(request))
  if (request.method !== 'GET') return
  if (url.pathname.startsWith('/assets/')) event.respondWith(kept(event, BUILD, Number.POSITIVE_INFINITY))
  else if (url.pathname.startsWith('/uploads/')) event.respondWith(kept(event, UPLOADS, UPLOADS_MAX))
  else if (request.headers.get('Accept')?.includes('text/html')) event.respondWith(document_(event))
})

// ---- documents

async function document_(event: FetchEvent): Promise<Response> {
  const { request } = event
  const turn = ++turns
  const fresh = fetch(request)
  // Answered first, kept after: a full device is no reason to show nothing.
  event.waitUntil(fresh.then(response => keepDocument(turn, request.url, response.clone())).catch(() => {}))
  const late = new Promise<undefined>(resolve => setTimeout(resolve, PATIENCE))
  try {
    const first = await Promise.race([fresh, late])
    return first ?? (await keptDocument(request.url)) ?? (await fresh)
  } catch (error) {
    const copy =
      (await keptDocument(request.url)) ?? (request.mode === 'navigate' ? await keptDocument('/') : undefined)
    if (copy) return copy
    throw error
  }
}

/** Keeps a document if it may be; in any case learns from it who is here. */
async function keepDocument(turn: number, url: string, answer: Response): Promise<void> {
  const response = await whole(answer)
  await inTurn(async () => {
    const who = response.headers.get('X-Chorus-User')
    if (who === null || turn <= before) return
    const name = DOCUMENTS + who
    if ((await documentsName()) !== name) {
      await forgetPerson()
      before = turn - 1
    }
    const cache = await caches.open(name)
    const key = keyOf(url)
    const isDocument = response.headers.get('Content-Type')?.startsWith('text/html')
    if (!response.ok || !isDocument || response.redirected || NEVER_KEPT.test(new URL(key).pathname)) return
    await cache.put(key, response)
    await shorten(cache, DOCUMENTS_MAX)
  })
}

/** A document as it was seen last by whoever is here, if all that it needs is here too. */
function keptDocument(url: string): Promise<Response | undefined> {
  return inTurn(async () => {
    const name = await documentsName()
    const copy = name && (await (await caches.open(name)).match(keyOf(url), { ignoreVary: true }))
    return copy && (await isWhole(copy.clone())) ? copy : undefined
  }).catch(() => undefined)
}

/** Whether the styles and scripts that a document names are kept. */
async function isWhole(copy: Response): Promise<boolean> {
  const [head = ''] = (await copy.text()).split('</head>', 1)
  const files = [...head.matchAll(/(?:href|src)="(\/assets\/[^"]+\.(?:js|css))"/g)].map(match => match[1]!)
  const found = await Promise.all(files.map(file => caches.match(file, { ignoreVary: true })))
  return found.every(Boolean)
}

async function refetch(url: string): Promise<void> {
  const turn = ++turns
  const signal = AbortSignal.timeout(PATIENCE)
  await keepDocument(turn, url, await fetch(url, { headers: { Accept: 'text/html' }, signal }))
}

/** Fetches anew what has outlived its scripts. */
async function renewDocuments(): Promise<void> {
  const name = await documentsName()
  if (!name) return
  const keys = await (await caches.open(name)).keys()
  for (const { url } of keys.slice(-RENEWED_MAX)) if (!(await keptDocument(url))) await refetch(url).catch(() => {})
}

function keyOf(url: string): string {
  const key = new URL(url, self.location.origin)
  key.hash = ''
  return key.href
}

// ---- whose they are

/** What changes who is here: what one person saw is nothing for the next one at this device. */
async function changePerson(request: Request): Promise<Response> {
  const forget = () => {
    before = turns
    return inTurn(forgetPerson).catch(() => {})
  }
  await forget()
  try {
    return await fetch(request)
  } finally {
    await forget()
  }
}

async function forgetPerson(): Promise<void> {
  const names = await caches.keys()
  await Promise.all(
    names.filter(name => name.startsWith(DOCUMENTS) || name === UPLOADS).map(name => caches.delete(name)),
  )
}

async function documentsName(): Promise<string | undefined> {
  return (await caches.keys()).find(name => name.startsWith(DOCUMENTS))
}

let line: Promise<unknown> = Promise.resolve()

/** One after the other: nobody reads or keeps while somebody else's documents are being forgotten. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = line.then(work)
  line = result.catch(() => {})
  return result
}

/** An answer that has come to its end: nobody in the line waits for the network. */
async function whole(answer: Response): Promise<Response> {
  const copy = answer.clone()
  await answer.arrayBuffer()
  return copy
}

// ---- assets and uploads

/** A file whose name says what is in it: fetched once, then kept where there is room. */
async function kept(event: FetchEvent, name: string, max: number): Promise<Response> {
  const { request } = event
  const turn = ++turns
  const here = await caches.match(request, { ignoreVary: true }).catch(() => undefined)
  if (here) return here
  const fresh = await fetch(request)
  if (fresh.status === 200 && fresh.type === 'basic') {
    const keep = async (response: Response) => {
      if (name === UPLOADS && turn <= before) return
      const cache = await caches.open(name)
      await cache.put(request, response)
      await shorten(cache, max)
    }
    const copy = whole(fresh.clone())
    event.waitUntil(copy.then(response => inTurn(() => keep(response))).catch(() => {}))
  }
  return fresh
}

async function shorten(cache: Cache, max: number): Promise<void> {
  if (max === Number.POSITIVE_INFINITY) return
  const keys = await cache.keys()
  await Promise.all(keys.slice(0, Math.max(0, keys.length - max)).map(old => cache.delete(old)))
}

/** Cache names come in the order of their making, so builds are in order too. */
async function dropOldCaches(): Promise<void> {
  const names = (await caches.keys()).filter(name => name.startsWith('chorus-'))
  const builds = names.filter(name => name.startsWith(ASSETS) && name !== BUILD)
  const wanted = new Set([BUILD, UPLOADS, ...builds.slice(-(BUILDS_MAX - 1))])
  const old = names.filter(name => !wanted.has(name) && !name.startsWith(DOCUMENTS))
  await Promise.all(old.map(name => caches.delete(name)))
}

/** FNV-1a. */
function hash(text: string): string {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return (value >>> 0).toString(36)
}
