// What browsers have to load, gzipped, held to a budget: node bin/run.js bench/size.ts prints it and fails when it is over.
// Part · parts · main

import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** One bundle: what it is for, what it may cost beyond those before it, and what it costs, in bytes of gzip. */
export interface Part {
  name: string
  budget: number
  bytes: number
  files: { file: string; bytes: number }[]
}

interface Chunk {
  file: string
  imports?: string[]
  css?: string[]
}

const BUILT = join(import.meta.dirname, '../dist/client')

/** What is asked for, in the order in which a visit comes to it; each part counts only what those before it have not. */
const PARTS: { name: string; budget: number; entries: RegExp }[] = [
  { name: 'shell: every page', budget: 45_000, entries: /^(main\.ts|early\.ts|styles\/main\.css)$/ },
  { name: 'the screen of a page', budget: 15_000, entries: /^views\/page-view\.ts$/ },
  {
    name: 'live reading: at the first remote edit',
    budget: 100_000,
    entries: /^(components|editor|views)\/live-[\w-]+\.ts$|^reading\/(?!colours|diagrams)|^\.\.\/shared\/markdown\.ts$/,
  },
  { name: 'editor: at the first “Edit”', budget: 250_000, entries: /^views\/page-writing\.ts$/ },
  { name: 'typefaces: before the first paint', budget: 110_000, entries: /-latin-wght-\w+\.woff2$/ },
]

/** The parts of a built client. */
export function parts(built = BUILT): Part[] {
  const manifest = JSON.parse(readFileSync(join(built, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>
  const counted = new Set<string>()
  return PARTS.map(({ name, budget, entries }) => {
    const files: Part['files'] = []
    const count = (file: string) => {
      if (counted.has(file)) return
      counted.add(file)
      // A typeface is sent as it is.
      const sent = [`${file}.gz`, file].map(name => join(built, name)).find(existsSync)!
      files.push({ file, bytes: statSync(sent).size })
    }
    const follow = (chunk: Chunk) => {
      count(chunk.file)
      for (const style of chunk.css ?? []) count(style)
      for (const next of chunk.imports ?? []) if (!counted.has(manifest[next]!.file)) follow(manifest[next]!)
    }
    for (const [source, chunk] of Object.entries(manifest)) if (entries.test(source)) follow(chunk)
    return { name, budget, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), files }
  })
}

/** Prints the parts, and ends with 1 when one is over its budget. */
export function main(): void {
  const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`.padStart(9)
  for (const { name, budget, bytes, files } of parts()) {
    const over = bytes > budget
    console.log(`${over ? 'OVER ' : '     '}${name.padEnd(40)} ${kB(bytes)} of ${kB(budget)}`)
    for (const file of files.sort((a, b) => b.bytes - a.bytes))
      console.log(`       ${file.file.padEnd(46)} ${kB(file.bytes)}`)
    if (over) process.exitCode = 1
  }
}
