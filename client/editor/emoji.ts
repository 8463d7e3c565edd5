// Emoji by :name: in the editor: their names are learnt when the first one comes, and offered behind a colon.
// learnNames · emojiNames

import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import { EMOJI } from '../../shared/emoji.ts'
import { isLiteral } from './inline.ts'
import type { Offer } from './offers.ts'

/** Offers this many. */
const LIMIT = 10
// Behind “12:” or “http:” nobody means a face.
const OPEN = /(?:^|[^\p{L}\p{N}:]):([a-z0-9_+-]{2,50})$/u

let learning: Promise<boolean> | null = null

/** Learns the names; false where they cannot be had now. */
export function learnNames(): Promise<boolean> {
  learning ??= import('../../shared/emoji-names.ts').then(
    () => true,
    () => {
      learning = null
      return false
    },
  )
  return learning
}

/** Offers the emoji whose names begin with, or hold, the letters behind a colon. */
export function emojiNames({ state, pos }: CompletionContext): Promise<CompletionResult | null> | null {
  const line = state.doc.lineAt(pos)
  const letters = OPEN.exec(line.text.slice(0, pos - line.from))?.[1]
  if (letters === undefined || isLiteral(state, pos)) return null
  return learnNames().then(learnt => {
    const names = learnt ? [...EMOJI].filter(([name]) => name.includes(letters)) : []
    if (names.length === 0) return null
    const rank = (name: string) => (name.startsWith(letters) ? 0 : 100) + name.length
    const options: Offer[] = names
      .sort(([a], [b]) => rank(a) - rank(b))
      .slice(0, LIMIT)
      .map(([name, sign]) => ({
        label: `:${name}:`,
        displayLabel: name.replaceAll('_', ' '),
        sign,
        icon: '',
        aside: '',
      }))
    return { from: pos - letters.length - 1, options, filter: false }
  })
}
