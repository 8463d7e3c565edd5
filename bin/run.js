#!/usr/bin/env node
// Runs a program that is written in TypeScript, as those under bench/ are: node bin/run.js bench/size.ts

import { resolve } from 'node:path'
import { createServer } from 'vite'

const [file, ...given] = process.argv.slice(2)
process.argv = [process.argv[0], resolve(file), ...given]
const modules = await createServer({
  configFile: false,
  logLevel: 'warn',
  appType: 'custom',
  oxc: { target: 'es2022' },
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
})
const { main } = await modules.ssrLoadModule(resolve(file))
// Open until the end: what is loaded when it is first needed comes from here too.
try {
  await main?.()
} finally {
  await modules.close()
}
