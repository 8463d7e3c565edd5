#!/usr/bin/env node
// Builds at every change and starts the server anew; open tabs reload when they meet the new build.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))
const built = new Set()
let server = null
let pending = null
let ending = false

function start() {
  server = spawn(process.execPath, ['--enable-source-maps', join(root, 'dist/server/main.js')], {
    stdio: 'inherit',
    env: { ...process.env, CHORUS_DEV: 'true' },
  })
}

function restart() {
  if (built.size < 2 || ending) return
  clearTimeout(pending)
  pending = setTimeout(() => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return start()
    server.removeAllListeners('exit')
    server.once('exit', () => !ending && start())
    server.kill('SIGTERM')
  }, 100)
}

for (const part of ['client', 'server']) {
  const watcher = await build({
    configFile: join(root, part, 'vite.config.ts'),
    logLevel: 'warn',
    build: { watch: {} },
  })
  watcher.on('event', event => {
    if (event.code === 'ERROR') console.error(event.error?.message ?? event.error)
    if (event.code !== 'END') return
    built.add(part)
    restart()
  })
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    ending = true
    if (!server || server.exitCode !== null) process.exit()
    server.once('exit', () => process.exit())
    server.kill('SIGTERM')
  })
}
