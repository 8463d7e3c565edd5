// Puts the client together: the shell on every page, the parts of a screen when it is shown, the line to the server.

import './components/line-bar.ts'
import './components/me-menu.ts'
import './components/page-list.ts'
import './components/page-tree.ts'
import './components/title-search.ts'
import './components/user-avatar.ts'
import './components/when-text.ts'
import './components/writing-now.ts'
import './components/page-actions.ts'
import './components/page-contents.ts'
import './components/presence-bar.ts'
import './components/save-light.ts'
import './views/list-views.ts'
import './views/page-view.ts'
import './app-shell.ts'
import { catchUp } from './catch-up.ts'
import { connection } from './connection.ts'
import { device } from './device.ts'
import { followTitles } from './links.ts'
import { router } from './router.ts'
import { startServiceWorker } from './trusted.ts'

/** Screens that are seldom shown bring their own code. */
const SELDOM: Record<string, () => Promise<unknown>> = {
  'create-view': () => import('./views/create-view.ts'),
  'draft-list': () => import('./views/drafts-view.ts'),
  'people-view': () => import('./views/people-view.ts'),
  'profile-view': () => import('./views/profile-view.ts'),
  'sign-in-view': () => import('./views/sign-in-view.ts'),
}

function wake(): void {
  for (const [name, load] of Object.entries(SELDOM))
    if (document.querySelector(`${name}:not(:defined)`)) load().catch(() => location.reload())
}

/** Sends what earlier visits left on this device, for every page that has some. */
async function sendLeftovers(user: number): Promise<void> {
  const left = await (await device()).countFromIndex('outbox', 'user', user)
  if (left === 0) return
  const { flushOutbox } = await import('./editor/outbox.ts')
  await flushOutbox(connection, user)
}

connection.on('server:greeted', ({ user }) => {
  // Without a database on the device there is nothing to send.
  if (user) sendLeftovers(user.id).catch(() => {})
})
router.onArrive(wake)
router.start()
followTitles()
catchUp()
wake()
connection.open()
startServiceWorker()
