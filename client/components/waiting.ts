// What is told of changes that wait on this device while nobody is signed in: how many, of how many people, and no more.
// ofMine · ofEverybody · keepQuiet

import { changesWaiting, device, keptHere } from '../device.ts'

/** The last change of which somebody has read in this tab, and closed the bar; they are numbered as they are kept. */
const READ = 'chorus.waiting'
let read = 0
try {
  read = Number(sessionStorage.getItem(READ))
} catch {
  // Told again by the next document.
}
/** The last change that the sentence speaks of. */
let told = 0

/** What waits of somebody who has been signed out, as a sentence, or ''. */
export async function ofMine(user: number): Promise<string> {
  const changes = await changesWaiting(user)
  return changes > 0 ? `${keptHere(changes)} and sent when you sign in again.` : ''
}

/** What waits, whoever wrote it, as a sentence; '' where there is nothing that this tab has not been told. */
export async function ofEverybody(): Promise<string> {
  const db = await device()
  const { store } = db.transaction('outbox')
  const last = await store.openKeyCursor(null, 'prev')
  if (!last || last.key <= read) return ''
  told = last.key
  const changes = await store.count()
  let people = 0
  const users = store.index('user')
  for (let at = await users.openKeyCursor(null, 'nextunique'); at; at = await at.continue()) people++
  if (people === 1)
    return `${keptHere(changes)}, and sent when whoever wrote ${changes === 1 ? 'it' : 'them'} signs in again.`
  const those = `${changes.toLocaleString('en')} changes of ${people} people are kept on this device`
  return `${those}, and each is sent when whoever wrote it signs in again.`
}

/** This visit is told no more of what the sentence speaks of. */
export function keepQuiet(): void {
  read = told
  try {
    sessionStorage.setItem(READ, String(read))
  } catch {
    // Only until the next document, then.
  }
}
