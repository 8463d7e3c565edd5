// What a document tells the program that wakes up in it, as JSON in <script id="boot">.
// Boot · Listing · Tree · newestOf

import type { Branch, Output, Page, Person, User } from './protocol.ts'

/** One answer to `page:list`. */
export type Listing = Output<'page:list'>

/** Branches by the title that they stand under; '' is the top. Only what has been asked for is there. */
export type Tree = Record<string, Branch[]>

/** What names the newest change of a list, newest first. */
export function newestOf({ pages: [page] }: Pick<Listing, 'pages'>): string {
  return page ? `${page.id} ${page.updatedAt}` : ''
}

/** The facts behind the document's HTML. */
export interface Boot {
  /** The build of the client that this document loads. */
  build: string
  /** Reload by itself whenever there is a new build. */
  dev: boolean
  user: User | null
  mayWrite: boolean
  /** Everyone who is shown. */
  people: Person[]
  tree: Tree
  /** How many pages there are. */
  total: number
  /** Which change was the last when this document was drawn. */
  newest: string
  /** When this browser was here before this visit, in milliseconds since 1970. */
  since: number | null
  page?: Page
  /** Who links to the page. */
  backlinks?: Output<'page:backlinks'>
  list?: Listing
}
