#!/usr/bin/env node
// The command line of a Chorus server; server/console.ts does the work.

import { existsSync } from 'node:fs'

const program = new URL('../dist/server/console.js', import.meta.url)

if (existsSync(program)) {
  const { run } = await import(program.href)
  process.exitCode = await run(process.argv.slice(2))
} else {
  process.stderr.write('Chorus is not built yet. Run `npm run build` in its folder first.\n')
  process.exitCode = 1
}
