// A wiki as an earlier version of Chorus left it: made from today's by bringing its rows back to an older schema.
// takenBack

import { renameSync, rmSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import { migrations } from '../../server/db/migrations/list.ts'

/** Takes a database, which nobody has open, back to its first `count` migrations. What those tables cannot hold is gone. */
export async function takenBack(file: string, count: number): Promise<void> {
  const older = `${file}.older`
  const db = new Sqlite(older)
  // Everything is in the one file before it is read.
  const now = new Sqlite(file)
  now.pragma('wal_checkpoint(TRUNCATE)')
  now.close()
  db.exec(
    'create table migrations (id integer not null primary key autoincrement, name varchar(255), executed_at datetime default current_timestamp)',
  )
  for (const { name, sql } of migrations.slice(0, count)) {
    db.exec(sql)
    db.prepare('insert into migrations (name) values (?)').run(name)
  }
  db.exec(`attach '${file}' as now; pragma foreign_keys = off`)
  const tables = db
    .prepare(
      `select name from main.sqlite_master where type = 'table' and name not like 'search_%' and name <> 'migrations'
       and name not like 'sqlite_%' and name in (select name from now.sqlite_master)`,
    )
    .pluck()
    .all() as string[]
  for (const table of tables) {
    db.exec(`delete from main.${table}`)
    const columns = db.prepare(`select name from pragma_table_info('${table}', 'main')`).pluck().all().join(', ')
    db.exec(`insert into main.${table} (${columns}) select ${columns} from now.${table}`)
  }
  db.close()
  for (const end of ['-wal', '-shm']) rmSync(file + end, { force: true })
  renameSync(older, file)
}
