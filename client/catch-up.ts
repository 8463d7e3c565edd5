// What happened while there was no line: asked for when it is there (again), so that no open screen stays behind.
// CatchingUp · catchUp

import { newestOf } from '../shared/boot.ts'
import { ask } from './ask.ts'
import { connection } from './connection.ts'
import { type Arrival, load } from './router.ts'
import { store } from './store.ts'

/** A screen that can take over what a newer document of the same address says. */
export interface CatchingUp extends Element {
  catchUp?(arrival: Arrival): void
}

/** Milliseconds over which the tabs of a server that comes back spread their questions. */
const SPREAD = 2_000

/** Catches up at every greeting: at the first only if something changed since the document was drawn. */
export function catchUp(): void {
  let greeted = false
  connection.on('server:greeted', () => {
    const again = greeted
    greeted = true
    const quietly = again ? renewLater() : renewIfBehind()
    // Whoever cannot be reached now greets again.
    quietly.catch(() => {})
  })
}

async function renewIfBehind(): Promise<void> {
  const listing = await ask('page:list', { limit: 1 })
  if (listing.total !== store.boot.total || newestOf(listing) !== store.boot.newest) await renew()
}

async function renewLater(): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, Math.random() * SPREAD))
  await renew()
}

async function renew(): Promise<void> {
  const here = location.pathname + location.search
  const arrival = await load(here)
  if (!arrival || arrival.boot.build !== store.boot.build || here !== location.pathname + location.search) return
  // Whoever has been signed out is told so, and what is on the screen stays theirs until they go on.
  if (arrival.boot.user?.id !== store.boot.user?.id) return
  // Branches that somebody opened are not in the document.
  const opened = Object.keys(store.boot.tree).filter(title => !(title in arrival.boot.tree))
  const levels = await Promise.all(opened.map(under => ask('page:children', { under })))
  opened.forEach((title, i) => {
    arrival.boot.tree[title] = levels[i]!.children
  })
  store.enter(arrival.boot)
  document.querySelector<CatchingUp>('app-shell > .view')?.catchUp?.(arrival)
}
