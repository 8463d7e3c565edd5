// The built client's files, read once: what is not in this map is not served, and no path of a request meets the disk.
// assetRoutes

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { RequestHandler } from 'express'

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

/** Compressed forms, best first. */
const ENCODINGS = { br: '.br', gzip: '.gz' }

interface Asset {
  type: string
  etag: string
  cache: string
  bytes: Buffer
  /** By content encoding, where the build made them. */
  packed: Partial<Record<string, Buffer>>
}

/** Serves the files under a folder as it is now; everything else goes on. */
export function assetRoutes(folder: string): RequestHandler {
  const assets = readAssets(folder)
  const answer: RequestHandler = (req, res, next) => {
    const asset = assets.get(req.path)
    if (!asset || (req.method !== 'GET' && req.method !== 'HEAD')) return next()
    const encodings = Object.keys(asset.packed)
    // Browsers take all alike; which is smaller is known here.
    const encoding = encodings.find(one => req.acceptsEncodings(one))
    const packed = encoding && asset.packed[encoding]
    res.set({ 'Content-Type': asset.type, 'Cache-Control': asset.cache, ETag: asset.etag })
    if (encodings.length > 0) res.set('Vary', 'Accept-Encoding')
    // The frame of a diagram has no origin, and these files hold nothing that is secret.
    if (req.path.startsWith('/assets/diagrams/')) res.set('Access-Control-Allow-Origin', '*')
    if (packed) res.set('Content-Encoding', encoding)
    if (req.fresh) res.status(304).end()
    else res.send(packed ?? asset.bytes)
  }
  return answer
}

function readAssets(folder: string): Map<string, Asset> {
  const assets = new Map<string, Asset>()
  const names = new Set(list(folder))
  for (const name of names) {
    const type = TYPES[extname(name)]
    // Vite's own notes are in folders that begin with a dot; pages are written by the server alone.
    if (!type || name.split('/').some(part => part.startsWith('.'))) continue
    const bytes = readFileSync(join(folder, name))
    const packed: Asset['packed'] = {}
    for (const [encoding, suffix] of Object.entries(ENCODINGS))
      if (names.has(name + suffix)) packed[encoding] = readFileSync(join(folder, name + suffix))
    assets.set(`/${name}`, {
      type,
      etag: `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`,
      cache: name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      bytes,
      packed,
    })
  }
  return assets
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry =>
        join(entry.parentPath, entry.name)
          .slice(folder.length + 1)
          .replaceAll('\\', '/'),
      )
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
