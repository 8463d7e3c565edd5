// Rewriting a page by program, while people write in it.
// editHandlers

import { plain } from '../../shared/document.ts'
import { WikiError } from '../../shared/errors.ts'
import { merge } from '../../shared/merge.ts'
import type { Edit } from '../../shared/protocol.ts'
import { editText } from '../../shared/sections.ts'
import type { Log } from '../db/log.ts'
import type { Handlers } from './commands.ts'
import type { Wiring } from './context.ts'
import { textAt } from './history.ts'
import type { Limiter } from './limiter.ts'
import type { Pages } from './pages.ts'
import type { Rooms } from './rooms.ts'

type Rewrite = (text: string) => string

/** At most this many places, and characters of each side, are told of a conflict. */
const CONFLICTS_TOLD = 10
const SIDE_TOLD = 2_000

/** Characters that the edits of one request may read, because each reads the whole page. */
const WORK_MAX = 6_000_000

/** The command that rewrites. */
export function editHandlers(
  wiring: Wiring,
  pages: Pages,
  rooms: Rooms,
  limiter: Limiter,
): Pick<Handlers, 'page:edit'> {
  return {
    async 'page:edit'(input, context) {
      const { page } = input
      const readings = 'edits' in input ? input.edits.length : 3
      limiter.chargeRewriting(context, readings * (await rooms.get(page)).text.length)
      const rewrite = 'edits' in input ? inOrder(input.edits) : await onto(wiring.db.log, input)
      // Asked for again: the room may have been closed meanwhile.
      const room = await rooms.get(page)
      await room.rewrite(context.actor.user!.id, rewrite)
      return pages.describeById(page)
    },
  }
}

function inOrder(edits: Edit[]): Rewrite {
  const plainly = edits.map(
    edit => Object.fromEntries(Object.entries(edit).map(([key, text]) => [key, plain(text)])) as Edit,
  )
  return text => {
    if (plainly.length * text.length > WORK_MAX)
      throw new WikiError('too_large', 'These are too many edits at once for a page of this size. Send fewer.')
    return plainly.reduce(editText, text)
  }
}

async function onto(log: Log, { page, text, base }: { page: number; text: string; base: number }): Promise<Rewrite> {
  const before = await textAt(log, page, base)
  const yours = plain(text)
  return theirs => {
    const merged = merge(before, yours, theirs)
    if (merged.conflicts.length === 0) return merged.text
    const cut = (side: string) => side.slice(0, SIDE_TOLD)
    throw new WikiError(
      'conflict',
      'Somebody has rewritten the same words since the version you read. Read the page again and decide.',
      {
        conflicts: merged.conflicts
          .slice(0, CONFLICTS_TOLD)
          .map(place => ({ base: cut(place.base), yours: cut(place.yours), theirs: cut(place.theirs) })),
      },
    )
  }
}
