// Every migration, oldest first. A new database is made from schema.sql and starts with all of them done.
// migrations

import initial from './2026-11-23-initial.sql?raw'
import files from './2026-11-24-files.sql?raw'
import keeping from './2026-11-24-keeping.sql?raw'
import links from './2026-11-24-links.sql?raw'
import search from './2026-11-24-search.sql?raw'
import visits from './2026-11-24-visits.sql?raw'
import branchSteps from './2026-11-28-branch-steps.sql?raw'
import branches from './2026-11-28-branches.sql?raw'
import proofs from './2026-11-28-proofs.sql?raw'
import searchHeads from './2026-11-28-search-heads.sql?raw'

/** Names, and statements each ended by `;` at the end of a line. */
export const migrations = [
  { name: '2026-11-23-initial', sql: initial },
  { name: '2026-11-24-links', sql: links },
  { name: '2026-11-24-files', sql: files },
  { name: '2026-11-24-visits', sql: visits },
  { name: '2026-11-24-search', sql: search },
  { name: '2026-11-24-keeping', sql: keeping },
  { name: '2026-11-28-proofs', sql: proofs },
  { name: '2026-11-28-branches', sql: branches },
  { name: '2026-11-28-branch-steps', sql: branchSteps },
  { name: '2026-11-28-search-heads', sql: searchHeads },
]
