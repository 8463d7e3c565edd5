// Puts the client together: the shell on every page, the parts of a screen when it is shown, the line to the server.

import { say } from './components/line-bar.ts'
import './components/me-menu.ts'
import './components/page-faces.ts'
import './components/page-shelf.ts'
import './components/page-tree.ts'
import './components/user-avatar.ts'
import './components/when-text.ts'
import './app-shell.ts'
import { onUnproven } from './ask.ts'
import { catchUp } from './catch-up.ts'
import { connection } from './connection.ts'
import { changesWaiting } from './device.ts'
import type { Draft } from './drafts.ts'
import { idle } from './idle.ts'
import { followTitles } from './links.ts'
import { router } from './router.ts'
import { store } from './store.ts'
import { startServiceWorker } from './trusted.ts'

/** Each screen brings its own code, in a file that is called as its element; its document asks for it in time. */
const views = import.meta.glob('./views/*-view.ts')

/** Loads what the screen of a document needs to be awake. */
async function wake(doc: Document): Promise<void> {
  const name = doc.querySelector('app-shell > .view')?.localName
  await views[`./views/${name}.ts`]?.()
}

/** Milliseconds between two tries to send what could not be sent. */
const LEFTOVERS_EVERY = 10_000
let leftoversTimer: ReturnType<typeof setTimeout> | undefined

/** Sends what earlier visits left on this device, for every page that has some; tries again while something is left. */
async function sendLeftovers(): Promise<void> {
  clearTimeout(leftoversTimer)
  const user = connection.greeting?.user
  if (!user || connection.state !== 'online') return
  try {
    if ((await changesWaiting(user.id)) === 0) return
    const { flushOutbox } = await import('./editor/outbox.ts')
    if (await flushOutbox(connection, user.id, tellOf)) return
  } catch {
    // Without a database on the device there is nothing to send; a part that did not load is asked for again.
  }
  leftoversTimer = setTimeout(sendLeftovers, LEFTOVERS_EVERY)
}

/** The page that it was written for may be none that is on the screen. */
function tellOf({ title, reason }: Draft): void {
  const look = { words: 'Look at it', run: () => void router.go('/drafts') }
  say(`What you wrote in “${title}” could not be sent. ${reason} It is kept as a recovered draft.`, look)
}

/** Tells where I am and asks what is news to me; guests are nowhere. */
async function attend(): Promise<void> {
  if (!connection.greeting?.user) return
  const { attendance } = await import('./components/attendance.ts')
  attendance.begin()
}

/** A visit's first document is asked for before early.ts finds out that there was another visit, and keeps when. */
function tellLastVisit(): void {
  const visit = Number(/(?:^|; )visit=(\d+)/.exec(document.cookie)?.[1])
  if (visit && visit !== store.boot.since) store.cameBack(visit)
}

connection.on(
  'page:updated',
  ({ page }) =>
    void import('./components/voice.ts').then(
      ({ speak }) => speak(page),
      () => {},
    ),
)
connection.on('server:greeted', () => void sendLeftovers())
connection.on('server:greeted', () => void attend().catch(() => {}))
addEventListener('chorus:leftovers', () => void sendLeftovers())
onUnproven(async () => (await import('./components/proof.ts')).askProof())
router.start(wake)
followTitles()
catchUp()
wake(document).then(tellLastVisit, () => location.reload())
connection.open()
idle(() => import('./components/job-bar.ts')).catch(() => {})
startServiceWorker()
