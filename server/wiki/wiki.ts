// What the wiki is, put together: one door over users, pages and rooms.
// Wiki · openWiki

import { userHandlers } from './accounts.ts'
import type { Perform } from './commands.ts'
import { door } from './commands.ts'
import type { Wiring } from './context.ts'
import { editHandlers } from './edits.ts'
import { Limiter } from './limiter.ts'
import { Links, linkHandlers } from './links.ts'
import { Pages, pageHandlers } from './pages.ts'
import { Rooms, roomHandlers } from './rooms.ts'

/** The wiki without any transport. */
export interface Wiki {
  /** Every request passes here. */
  perform: Perform
  pages: Pages
  links: Links
  rooms: Rooms
  limiter: Limiter
  /** Writes down everything that was accepted. */
  close(): Promise<void>
}

/** Puts the wiki together over its wiring. */
export function openWiki(wiring: Wiring): Wiki {
  const limiter = new Limiter(wiring.config.limits)
  const rooms = new Rooms(wiring)
  const pages = new Pages(wiring, rooms)
  const links = new Links(wiring.db)
  const handlers = {
    ...userHandlers(wiring, limiter),
    ...pageHandlers(wiring, pages),
    ...editHandlers(wiring, pages, rooms, limiter),
    ...linkHandlers(links),
    ...roomHandlers(wiring, rooms, pages),
  }
  return {
    perform: door(handlers, wiring.config, limiter),
    pages,
    links,
    rooms,
    limiter,
    close: () => rooms.closeAll(),
  }
}
