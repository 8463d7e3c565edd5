// Builds the server as plain JavaScript: our files bundled, packages left where npm put them.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vite'

const root = join(import.meta.dirname, '..')
const entries = ['main', 'console', 'web/article-worker'].map(
  name => [name.replace('web/', ''), join(root, `server/${name}.ts`)] as const,
)

export default defineConfig({
  root,
  publicDir: false,
  build: {
    ssr: true,
    outDir: join(root, 'dist/server'),
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      checks: { bundlerTimings: false },
      input: Object.fromEntries(entries.filter(([, path]) => existsSync(path))),
      output: { entryFileNames: '[name].js', chunkFileNames: 'parts/[name]-[hash].js' },
    },
  },
})
