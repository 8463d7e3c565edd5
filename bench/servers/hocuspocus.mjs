// Hocuspocus 4 with its database extension on SQLite, everything else at its defaults (stored 2 s after the last edit).

import { DatabaseSync } from 'node:sqlite'
import { Database } from '@hocuspocus/extension-database'
import { Server } from '@hocuspocus/server'

const db = new DatabaseSync(`${process.env.DATA_DIR}/db.sqlite`)
db.exec('create table if not exists documents (name varchar(255) not null, data blob not null, unique(name))')
const get = db.prepare('select data from documents where name = ?')
const put = db.prepare('insert into documents values (?, ?) on conflict(name) do update set data = excluded.data')
new Server({
  port: Number(process.env.PORT),
  address: '127.0.0.1',
  quiet: true,
  stopOnSignals: false,
  extensions: [
    new Database({
      fetch: async ({ documentName }) => get.get(documentName)?.data ?? null,
      store: async ({ documentName, state }) => void put.run(documentName, state),
    }),
  ],
}).listen()
