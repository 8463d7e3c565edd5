// What a document tells the program that wakes up in it, as JSON in <script id="boot">.
// Boot · Listing · Tree · newestOf · mayEdit

import type { Attended, Branch, Deletion, Happening, Input, Output, Page, Person, User } from './protocol.ts'

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
  /** The pages that whoever is signed in wants at hand. */
  shelf: Output<'page:shelf'>
  page?: Page
  /** Who links to the page. */
  backlinks?: Output<'page:backlinks'>
  list?: Listing
  /** Who is where, as far as the list shows it. */
  presence?: Attended[]
  /** What happened, newest first, and what it was asked for by. */
  changes?: { changes: Happening[]; next: string | null; asked: Input<'change:list'> }
  trash?: { deleted: Deletion[]; next: string | null }
}

/** Whether whoever looks may write in this page, in the state it is in. */
export function mayEdit({ mayWrite, user }: Pick<Boot, 'mayWrite' | 'user'>, page: Pick<Page, 'protection'>): boolean {
  return mayWrite && (page.protection === null || user?.role === 'admin')
}
