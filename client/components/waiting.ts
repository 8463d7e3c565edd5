// What is told of changes that wait on this device while nobody is signed in: how many, of how many people, and no more.
// ofMine · ofEverybody · keepQuiet

import { changesWaiting, device, keptHere } from '../device.ts'

/** Of how many changes somebody has read in this tab, and closed the bar. */
const READ = 'chorus.waiting'
let read = 0
try {
  read = Number(sessionStorage.getItem(READ))
} catch {
  // Told again by the next document.
}

/** What waits of somebody who has been signed out, as a sentence, or ''. */
export async function ofMine(user: number): Promise<string> {
  const changes = await changesWaiting(user)
  return changes > 0 ? `${keptHere(changes)} and sent when you sign in again.` : ''
}

/** What waits, whoever wrote it, as a sentence; '' where there is nothing that this tab has not been told. */
export async function ofEverybody(): Promise<string> {
  const db = await device()
  const changes = await db.count('outbox')
  if (changes <= read) return ''
  let people = 0
  const users = db.transaction('outbox').store.index('user')
  for (let at = await users.openKeyCursor(null, 'nextunique'); at; at = await at.continue()) people++
  if (people === 1)
    return `${keptHere(changes)}, and sent when whoever wrote ${changes === 1 ? 'it' : 'them'} signs in again.`
  const those = `${changes.toLocaleString('en')} changes of ${people} people are kept on this device`
  return `${those}, and each is sent when whoever wrote it signs in again.`
}

/** This visit is told no more of what waits now. */
export async function keepQuiet(): Promise<void> {
  read = await (await device()).count('outbox')
  try {
    sessionStorage.setItem(READ, String(read))
  } catch {
    // Only until the next document, then.
  }
}
