// Tells who cannot see it that others change the page they are on: in words that only a screen reader speaks.
// speak

import type { Page } from '../../shared/protocol.ts'
import { store } from '../store.ts'

/** Seldom enough to be listened to, in milliseconds; and how long the words stand there. */
const SPEAK_EVERY = 20_000
const STANDS = 4_000

const voice = document.createElement('div')
voice.className = 'unseen'
voice.role = 'status'
let spoken = 0

/** Says who has changed this page, if it is the one on the screen and somebody else did. */
export function speak({ id, editor }: Page): void {
  if (id !== store.boot.page?.id || editor.id === store.me?.id || Date.now() - spoken < SPEAK_EVERY) return
  spoken = Date.now()
  const first = !voice.isConnected
  if (first) document.body.append(voice)
  // A region has to stand there before its words are heard.
  setTimeout(
    () => {
      voice.textContent = `${editor.username} has changed this page.`
      setTimeout(() => {
        voice.textContent = ''
      }, STANDS)
    },
    first ? 100 : 0,
  )
}
