// Builds the server as plain JavaScript: our files and most packages in a few files, because each file read makes a start longer.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type Plugin } from 'vite'

const root = join(import.meta.dirname, '..')
const entries = ['main', 'console', 'web/article-worker'].map(
  name => [name.replace('web/', ''), join(root, `server/${name}.ts`)] as const,
)

// These hold compiled code, or are read when a migration is run and only then.
const apart = ['argon2', 'better-sqlite3', 'sharp', 'umzug']
// Knex asks for these where somebody uses another database than ours; none is installed.
const absent = /^(libsql|mariadb|mysql2?|oracledb|pg|pg-query-stream|sqlite3|tedious)(\/|$)/

// Only the ORM's: whoever else asks for it gets Node's.
const context: Plugin = {
  name: 'context of the ORM',
  enforce: 'pre',
  resolveId: (wanted, from) =>
    /^(node:)?async_hooks$/.test(wanted) && from?.includes('/@mikro-orm/')
      ? join(root, 'server/db/async-context.ts')
      : null,
}

export default defineConfig({
  root,
  plugins: [context],
  publicDir: false,
  ssr: { noExternal: true, external: apart },
  // MikroORM reads its version at the first of two places that has a package.json: from here that would be ours.
  resolve: { alias: [{ find: '../../package.json', replacement: '@mikro-orm/core/package.json' }] },
  build: {
    ssr: true,
    outDir: join(root, 'dist/server'),
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      checks: { bundlerTimings: false },
      external: absent,
      input: Object.fromEntries(entries.filter(([, path]) => existsSync(path))),
      output: {
        entryFileNames: '[name].js',
        // A running server still finds what it has not needed yet when it is built anew.
        chunkFileNames: 'parts/[name].js',
        // The sources lie beside; Node reads the maps at each start.
        sourcemapExcludeSources: true,
      },
    },
  },
})
