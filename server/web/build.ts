// What the client's build is called today: hashed names from Vite's manifest, and the build's own id.
// Build · readBuild

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The built client: its id, and the addresses of its files. */
export interface Build {
  /** Changes whenever the client does. */
  id: string
  /** Open tabs reload by themselves when they meet another build. */
  dev: boolean
  script: string | null
  /** What the script imports at once. */
  imports: string[]
  /** A screen's own code and styles, by the name of its element. */
  screens: Record<string, { scripts: string[]; styles: string[] }>
  /** Draws diagrams, in their frame. */
  diagram: string | null
  /** Runs before the first paint. */
  early: string | null
  style: string | null
  /** The typefaces to ask for at once, each where a screen's HTML holds what is set in it. */
  fonts: { file: string; where: RegExp }[]
}

interface Chunk {
  file: string
  imports?: string[]
  css?: string[]
}

/** Which typefaces are set in what: one that comes after the text has been drawn may break its lines anew. */
const FONTS: [name: RegExp, where: RegExp][] = [
  [/(inter|source-serif-4)-latin-wght-normal\b.*\.woff2$/, /^/],
  [/source-serif-4-latin-wght-italic\b.*\.woff2$/, /<(?:em|blockquote)\b/],
  [/jetbrains-mono-latin-wght-normal\b.*\.woff2$/, /<(?:code|pre)\b/],
]

/** Reads the manifest in a built client's folder. Without one the documents still read, but nothing wakes up in them. */
export function readBuild(clientDir: string, dev = false): Build {
  let text: string
  try {
    text = readFileSync(join(clientDir, '.vite/manifest.json'), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return {
      id: 'none',
      dev,
      script: null,
      diagram: null,
      imports: [],
      screens: {},
      early: null,
      style: null,
      fonts: [],
    }
  }
  const manifest = JSON.parse(text) as Record<string, Chunk>
  const address = (chunk: Chunk | undefined) => (chunk ? `/${chunk.file}` : null)
  /** What a chunk imports at once, and what that does, without what is there already. */
  const importsOf = (chunk: Chunk | undefined, there: string[] = []): string[] => {
    const found = new Set<string>()
    const follow = (one: Chunk | undefined) => {
      for (const name of one?.imports ?? []) {
        const file = address(manifest[name])
        if (!file || found.has(file) || there.includes(file)) continue
        found.add(file)
        follow(manifest[name])
      }
    }
    follow(chunk)
    return [...found]
  }
  const main = manifest['main.ts']
  const imports = importsOf(main)
  const shell = [...imports, ...(main ? [address(main)!] : [])]
  const screens = Object.entries(manifest).flatMap(([name, chunk]) => {
    const element = /^views\/([a-z-]+-view)\.ts$/.exec(name)?.[1]
    if (!element) return []
    const scripts = [address(chunk)!, ...importsOf(chunk, shell)]
    const chunks = Object.values(manifest).filter(one => scripts.includes(address(one)!))
    const styles = [...new Set(chunks.flatMap(({ css = [] }) => css))].map(file => `/${file}`)
    return [[element, { scripts, styles }] as const]
  })
  return {
    id: createHash('sha256').update(text).digest('hex').slice(0, 12),
    dev,
    script: address(main),
    imports,
    screens: Object.fromEntries(screens),
    diagram: diagramIn(clientDir),
    early: address(manifest['early.ts']),
    style: address(manifest['styles/main.css']),
    fonts: FONTS.flatMap(([name, where]) =>
      Object.keys(manifest)
        .filter(key => name.test(key))
        .map(key => ({ file: `/${manifest[key]!.file}`, where })),
    ),
  }
}

/** It is built by itself, so that no other part waits for it. */
function diagramIn(clientDir: string): string | null {
  try {
    const manifest = JSON.parse(readFileSync(join(clientDir, '.vite/diagrams.json'), 'utf8')) as Record<string, Chunk>
    return `/${manifest['diagram.ts']!.file}`
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return null
  }
}
