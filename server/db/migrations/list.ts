// Every migration, oldest first. A new database is made from schema.sql and starts with all of them done.

import { Migration } from '@mikro-orm/migrations'
import initial from './2026-11-23-initial.sql?raw'

/** The database of version 0.1, as schema.sql had it then. */
class Initial extends Migration {
  override async up(): Promise<void> {
    for (const statement of initial.split(';\n')) if (statement.trim() !== '') this.addSql(statement)
  }
}

export const migrations = [{ name: '2026-11-23-initial', class: Initial }]
