// Emoji by name, :like_this:. The names are learnt by importing emoji-names.ts, which a browser does only where a text
// has some; until then a name is just its letters.
// emojiName · EMOJI · namesEmoji

import type { StateInline } from 'markdown-it'

/** The sign of each name. */
export const EMOJI = new Map<string, string>()

/** Whether a text may name some. */
export function namesEmoji(text: string): boolean {
  return /:[a-z0-9_+-]{1,50}:/.test(text)
}

const NAME = /:([a-z0-9_+-]{1,50}):(?![\p{L}\p{N}])/uy
const WORD = /[\p{L}\p{N}]/u

/** markdown-it's inline rule: a name that is known becomes its sign; “10:100:20” stays what it is. */
export function emojiName(state: StateInline, silent: boolean): boolean {
  if (state.src.charCodeAt(state.pos) !== 58 || WORD.test(state.src[state.pos - 1] ?? '')) return false
  NAME.lastIndex = state.pos
  const sign = EMOJI.get(NAME.exec(state.src)?.[1] ?? '')
  if (sign === undefined || NAME.lastIndex > state.posMax) return false
  if (!silent) state.pending += sign
  state.pos = NAME.lastIndex
  return true
}
