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
  /** Runs before the first paint. */
  early: string | null
  style: string | null
  fonts: string[]
}

interface Chunk {
  file: string
  imports?: string[]
  css?: string[]
}

/** What nearly every screen is set in. */
const FONTS = /(inter-latin-wght|source-serif-4-latin-opsz)-normal\b.*\.woff2$/

/** Reads the manifest in a built client's folder. Without one the documents still read, but nothing wakes up in them. */
export function readBuild(clientDir: string, dev = false): Build {
  let text: string
  try {
    text = readFileSync(join(clientDir, '.vite/manifest.json'), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return { id: 'none', dev, script: null, imports: [], early: null, style: null, fonts: [] }
  }
  const manifest = JSON.parse(text) as Record<string, Chunk>
  const address = (chunk: Chunk | undefined) => (chunk ? `/${chunk.file}` : null)
  const imports = new Set<string>()
  const follow = (chunk: Chunk | undefined) => {
    for (const name of chunk?.imports ?? []) {
      const file = address(manifest[name])
      if (!file || imports.has(file)) continue
      imports.add(file)
      follow(manifest[name])
    }
  }
  follow(manifest['main.ts'])
  return {
    id: createHash('sha256').update(text).digest('hex').slice(0, 12),
    dev,
    script: address(manifest['main.ts']),
    imports: [...imports],
    early: address(manifest['early.ts']),
    style: address(manifest['styles/main.css']),
    fonts: Object.entries(manifest)
      .filter(([name]) => FONTS.test(name))
      .map(([, chunk]) => `/${chunk.file}`),
  }
}
