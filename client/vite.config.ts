// Builds what browsers load: hashed files under dist/client/assets, each also as .br and .gz; the service worker beside them.

import { readdirSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import subset from 'subset-font'
import { build, defineConfig, type Plugin } from 'vite'

const root = import.meta.dirname
const require = createRequire(import.meta.url)
const outDir = join(root, '../dist/client')
// light-dark() is passed on as it is written.
const target = ['chrome123', 'edge123', 'firefox128', 'safari17.5']

const brotli = promisify(brotliCompress)
const zip = promisify(gzip)

/** Bundles sw.ts into one classic script at the top, where a service worker reaches every address. */
async function bundleServiceWorker(bundle: Record<string, unknown>): Promise<void> {
  const entry = join(root, 'sw.ts')
  const assets = Object.keys(bundle).filter(name => /\.(js|css)$|-latin-wght-.*\.woff2$/.test(name))
  await build({
    configFile: false,
    root,
    publicDir: false,
    logLevel: 'warn',
    define: { __ASSETS__: JSON.stringify(assets.map(name => `/${name}`)) },
    build: {
      outDir,
      emptyOutDir: false,
      target,
      rolldownOptions: { input: entry, output: { format: 'iife', entryFileNames: 'sw.js' } },
    },
  })
}

/** Bundles what draws diagrams: it is large, runs in a frame of its own, and nobody keeps it for later. */
async function bundleDiagrams(): Promise<void> {
  const names = 'assets/diagrams/[name]-[hash].js'
  await build({
    configFile: false,
    root,
    publicDir: false,
    logLevel: 'error',
    build: {
      outDir,
      emptyOutDir: false,
      target,
      manifest: '.vite/diagrams.json',
      modulePreload: false,
      chunkSizeWarningLimit: 5_000,
      rolldownOptions: {
        input: join(root, 'diagram.ts'),
        output: { format: 'es', entryFileNames: names, chunkFileNames: names },
      },
    },
  })
}

/** Writes each text file twice more, compressed as hard as it goes. */
async function precompress(): Promise<void> {
  const names = readdirSync(outDir, { recursive: true, encoding: 'utf8' })
  const texts = names.filter(name => /\.(js|css|svg|webmanifest)$/.test(name)).map(name => join(outDir, name))
  await Promise.all(
    texts.map(async path => {
      const bytes = await readFile(path)
      // What is large and seldom asked for is not worth half a minute.
      const level = path.includes('diagrams') ? 5 : constants.BROTLI_MAX_QUALITY
      const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: level } }
      await writeFile(`${path}.br`, await brotli(bytes, quality))
      await writeFile(`${path}.gz`, await zip(bytes, { level: 9 }))
    }),
  )
}

/** What is left to do once the bundle lies there. */
const finish: Plugin = {
  name: 'finish',
  async writeBundle(_options, bundle) {
    await bundleServiceWorker(bundle)
    await bundleDiagrams()
    await precompress()
  },
}

/** The line is a WebSocket and nothing else: what Socket.IO brings for other ways stays out of the bundle. */
const onlyWebSocket: Plugin = {
  name: 'only-websocket',
  load(id) {
    const name = /engine\.io-client\/build\/esm\/transports\/([\w.-]+)\.js$/.exec(id)?.[1]
    if (name === 'index') return `import { WS } from './websocket.js'\nexport const transports = { websocket: WS }\n`
    if (name?.startsWith('polling')) return 'export class XHR {}\nexport class Fetch {}\n'
    return null
  },
}

/** An icon is its strokes: what Lucide writes around them is said once, where an icon is drawn. */
const bareIcons: Plugin = {
  name: 'bare-icons',
  enforce: 'pre',
  async load(id) {
    const path = /^(.*lucide-static\/icons\/[\w-]+\.svg)\?raw$/.exec(id)?.[1]
    if (!path) return null
    const strokes = (await readFile(path, 'utf8')).replace(/^[\s\S]*?<svg\s[^>]*>/, '<svg >').replace(/\s*\n\s*/g, '')
    return `export default ${JSON.stringify(strokes)}`
  },
}

/** The weights between which the styles choose, and what they use of what else a typeface can do. */
const WEIGHTS = { min: 400, max: 700 }
const FEATURES = ['calt', 'ccmp', 'kern', 'liga', 'locl', 'mark', 'mkmk', 'tnum']

/** A Latin typeface comes before the text is drawn: without weights and alternates that are never set it is half as large. */
const narrowFonts: Plugin = {
  name: 'narrow-fonts',
  async generateBundle(_options, bundle) {
    for (const asset of Object.values(bundle)) {
      if (asset.type !== 'asset') continue
      const family = /([\w-]+)-latin-wght-\w+\.woff2$/.exec(asset.originalFileNames[0] ?? '')?.[1]
      if (!family) continue
      const { latin } = require(`@fontsource-variable/${family}/unicode.json`) as { latin: string }
      // Ligatures in code would hide what is written.
      const keepFeatures = family.includes('mono') ? FEATURES.filter(name => !/calt|liga/.test(name)) : FEATURES
      const options = { targetFormat: 'woff2', variationAxes: { wght: WEIGHTS }, keepFeatures } as const
      asset.source = await subset(Buffer.from(asset.source), characters(latin), options)
    }
  },
}

/** Every character of a range as CSS writes it: “U+0000-00FF,U+0131”. */
function characters(range: string): string {
  const spans = range.split(',').map(span => span.trim().slice(2).split('-'))
  return spans
    .flatMap(([from = '', to = from]) => {
      const [first, last] = [Number.parseInt(from, 16), Number.parseInt(to, 16)]
      return Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i))
    })
    .join('')
}

export default defineConfig({
  root,
  plugins: [onlyWebSocket, bareIcons, narrowFonts, finish],
  build: {
    outDir,
    emptyOutDir: true,
    target,
    manifest: true,
    // The content security policy lets no data: script or style in, and one round trip is dearer than it looks.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
    rolldownOptions: {
      checks: { bundlerTimings: false },
      // A hash is of what came in: what is kept of a typeface is in its name too, or a browser would keep the old one for ever.
      output: {
        assetFileNames: ({ originalFileNames: [from = ''] }) =>
          /-latin-wght-\w+\.woff2$/.test(from)
            ? `assets/[name]-${WEIGHTS.min}-${WEIGHTS.max}-[hash][extname]`
            : 'assets/[name]-[hash][extname]',
      },
      input: {
        main: join(root, 'main.ts'),
        early: join(root, 'early.ts'),
        style: join(root, 'styles/main.css'),
      },
    },
  },
})
