// What the wiki is, put together: one door over users, pages and rooms.
// Wiki · openWiki

import type { EventName, Payload, Person } from '../../shared/protocol.ts'
import { accountHandlers, proofs } from './accounts.ts'
import { administrationHandlers } from './administration.ts'
import { backlinkHandlers } from './backlinks.ts'
import { changeHandlers } from './changes.ts'
import { type AssertProven, door, type Perform, proving } from './commands.ts'
import type { Announce, Connection, Wiring } from './context.ts'
import { copyHandlers } from './copies.ts'
import { Derivations } from './derived.ts'
import { editHandlers } from './edits.ts'
import { Embeds, embedHandlers } from './embeds.ts'
import { Files, fileHandlers, filesDerivation } from './files.ts'
import { Guards, guardHandlers } from './guards.ts'
import { Jobs, jobHandlers } from './jobs.ts'
import { Limiter } from './limiter.ts'
import { Links, linkHandlers } from './links.ts'
import { maintenanceHandlers } from './maintenance.ts'
import { Names } from './names.ts'
import { Orders, orderHandlers } from './orders.ts'
import { Pages, pageHandlers } from './pages.ts'
import { previewHandlers } from './preview.ts'
import { relinking, renameHandlers } from './renames.ts'
import { Rooms, roomHandlers } from './rooms.ts'
import { Search, searchHandlers } from './search.ts'
import { shelfHandlers } from './shelf.ts'
import { Queries, tagHandlers } from './tags.ts'
import { templateHandlers } from './templates.ts'
import { Expiry, trashHandlers } from './trash.ts'
import type { ImportParts } from './vault/importing.ts'
import { importHandlers, importing } from './vault/jobs.ts'
import { visitHandlers } from './visits.ts'
import { Whereabouts } from './whereabouts.ts'

/** The wiki without any transport. */
export interface Wiki {
  /** Every request passes here. */
  perform: Perform
  /** Asked before a long upload, and by the door again. */
  assertProven: AssertProven
  pages: Pages
  links: Links
  rooms: Rooms
  whereabouts: Whereabouts
  files: Files
  /** What imports and exports work with. */
  vault: ImportParts
  limiter: Limiter
  /** What follows from pages' texts. */
  derivations: Derivations
  /** What stands in articles without being written in them. */
  embeds: Embeds
  /** Work that takes a while. */
  jobs: Jobs
  /** Begins with what an earlier process left: pages that are behind, jobs. Blocks nothing. */
  start(): void
  /** A connection is gone: it is in no page any more. */
  leave(connection: Connection): void
  /** Shows a person's new name or picture wherever they are. */
  rename(person: Person): void
  /** Removes what has been in the trash for too long. */
  expiry: Expiry
  /** Writes down everything that was accepted. */
  close(): Promise<void>
}

const TOUCHING = new Set<EventName>(['page:created', 'page:renamed', 'page:restored'])

/** Puts the wiki together over its wiring. */
export function openWiki(outer: Wiring): Wiki {
  const wiring: Wiring = { ...outer, announce: (...told: Parameters<Announce>) => announce(...told) }
  const derivations = new Derivations(wiring)
  const jobs = new Jobs(wiring)
  // Whatever makes a page or changes its title says so: what follows from it is read anew.
  const announce: Announce = (event, payload, audience) => {
    outer.announce(event, payload, audience)
    if (event === 'page:deleted') void forget((payload as Payload<'page:deleted'>).page.id)
    if (TOUCHING.has(event)) derivations.touch((payload as Payload<'page:created'>).page.id)
  }
  const forget = (page: number) =>
    derivations
      .gone(page)
      .catch(error => wiring.log.error({ err: error, page }, 'what was read of a deleted page could not be removed'))
  derivations.add(filesDerivation(wiring.db))
  const names = new Names(wiring.db, wiring.announce)
  derivations.add(names.derivation)
  derivations.onWritten(pages => names.written(pages))
  const limiter = new Limiter(wiring.config.limits)
  const rooms = new Rooms(wiring)
  rooms.onFolded(page => derivations.touch(page))
  const pages = new Pages(wiring, rooms)
  const links = new Links(wiring.db)
  const whereabouts = new Whereabouts(wiring, rooms)
  const search = new Search(wiring)
  derivations.add(search.derivation(page => derivations.touch(page)))
  const guards = new Guards(wiring.db)
  const expiry = new Expiry(wiring)
  const queries = new Queries(wiring, pages)
  jobs.define(relinking(wiring, { links, rooms, derivations, guards }))
  const files = new Files(wiring)
  const embeds = new Embeds(pages, links, queries, files)
  const vault: ImportParts = { wiring, pages, rooms, files }
  jobs.define(importing(vault))
  const orders = new Orders(wiring.db)
  const made = pageHandlers(wiring, pages, orders)
  const handlers = {
    ...accountHandlers(wiring, limiter),
    ...administrationHandlers(wiring),
    ...made,
    ...copyHandlers(pages, made['page:create']),
    ...orderHandlers(wiring, orders),
    ...shelfHandlers(wiring, pages),
    ...templateHandlers(wiring, pages, made['page:create']),
    ...importHandlers(vault, jobs),
    ...editHandlers(wiring, pages, rooms, limiter),
    ...linkHandlers(links),
    ...previewHandlers(pages, links),
    ...renameHandlers(wiring, { pages, links, jobs, guards, orders }),
    ...fileHandlers(wiring, files),
    ...jobHandlers(jobs),
    ...backlinkHandlers(wiring, { pages, links, rooms, search }),
    ...tagHandlers(wiring, queries),
    ...embedHandlers(embeds),
    ...maintenanceHandlers(wiring, pages),
    ...searchHandlers(wiring, pages, search),
    ...visitHandlers(wiring, { pages, rooms, whereabouts }),
    ...roomHandlers(wiring, rooms, pages, guards),
    ...trashHandlers(wiring, pages, rooms, guards, orders),
    ...guardHandlers(wiring, pages, guards),
    ...changeHandlers(wiring, rooms),
  }
  const assertProven = proving(proofs(wiring.db), wiring.config)
  return {
    perform: door(handlers, wiring.config, { limiter, pages: guards, proven: assertProven }),
    assertProven,
    pages,
    links,
    rooms,
    whereabouts,
    files,
    vault,
    limiter,
    derivations,
    embeds,
    jobs,
    expiry,
    start() {
      jobs.start()
      expiry.start()
      derivations.start()
      void files.begin().catch(error => wiring.log.error({ err: error }, 'files could not be tidied'))
      void pages.foldAll().catch(error => wiring.log.error({ err: error }, 'pages could not be brought up to date'))
    },
    leave: connection => {
      rooms.leave(connection)
      whereabouts.leave(connection)
    },
    rename: person => {
      rooms.rename(person)
      whereabouts.rename(person)
    },
    async close() {
      whereabouts.close()
      await jobs.close()
      await expiry.close()
      await rooms.closeAll()
      await derivations.close()
    },
  }
}
