// Every migration, oldest first. A new database is made from schema.sql and starts with all of them done.

import { Migration } from '@mikro-orm/migrations'
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

/** A migration that is a file of statements, each ended by `;` at the end of a line. */
function written(name: string, sql: string) {
  class Written extends Migration {
    override async up(): Promise<void> {
      for (const statement of sql.split(';\n')) if (statement.trim() !== '') this.addSql(statement)
    }
  }
  return { name, class: Written }
}

export const migrations = [
  written('2026-11-23-initial', initial),
  written('2026-11-24-links', links),
  written('2026-11-24-files', files),
  written('2026-11-24-visits', visits),
  written('2026-11-24-search', search),
  written('2026-11-24-keeping', keeping),
  written('2026-11-28-proofs', proofs),
  written('2026-11-28-branches', branches),
  written('2026-11-28-branch-steps', branchSteps),
  written('2026-11-28-search-heads', searchHeads),
]
