#!/usr/bin/env node
// Builds dist/. With --if-stale only when it is missing or older than what it is made from.

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const sources = [
  'client',
  'server',
  'shared',
  'schema.sql',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'node_modules/.package-lock.json',
]
const results = ['dist/client/.vite/manifest.json', 'dist/server/main.js']

/** The newest change below a path, in milliseconds since 1970; 0 where there is nothing. */
function changedAt(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map(name => changedAt(join(path, name))))
}

function stale() {
  const made = Math.min(...results.map(name => changedAt(join(root, name))))
  return made < Math.max(...sources.map(name => changedAt(join(root, name))))
}

if (!process.argv.includes('--if-stale') || stale()) {
  process.env.NODE_ENV = 'production'
  const { build } = await import('vite')
  for (const part of ['client', 'server']) {
    await build({ configFile: join(root, part, 'vite.config.ts'), logLevel: 'warn' })
  }
}
