// Runs what list.ts holds. What runs it takes long to read and is seldom needed: only a database that is behind loads this file.
// migrate

import type { MikroORM } from '@mikro-orm/better-sqlite'
import { Migration, Migrator } from '@mikro-orm/migrations'
import { migrations } from './list.ts'

/** Runs the migrations that a database has not had, oldest first: all of them or, where one throws, none. */
export async function migrate(orm: MikroORM): Promise<void> {
  orm.config.set('migrations', {
    ...orm.config.get('migrations'),
    migrationsList: migrations.map(({ name, sql }) => ({ name, class: written(sql) })),
    snapshot: false,
    transactional: true,
    silent: true,
    tableName: 'migrations',
  })
  await new Migrator(orm.em).up()
}

function written(sql: string): new (...given: ConstructorParameters<typeof Migration>) => Migration {
  return class extends Migration {
    override async up(): Promise<void> {
      for (const statement of sql.split(';\n')) if (statement.trim() !== '') this.addSql(statement)
    }
  }
}
