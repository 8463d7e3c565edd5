#!/usr/bin/env node
// Runs a program that is written in TypeScript, as those under bench/ are: node bin/run.js bench/size.ts

import { resolve } from 'node:path'
import { runnerImport } from 'vite'

const [file, ...given] = process.argv.slice(2)
process.argv = [process.argv[0], resolve(file), ...given]
const { module } = await runnerImport(resolve(file), { configFile: false, logLevel: 'warn', oxc: { target: 'es2022' } })
await module.main?.()
