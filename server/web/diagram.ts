// The frame in which diagrams are drawn: a document with a policy of its own, that may run Mermaid and nothing else.
// diagramRoute

import express, { type Router } from 'express'
import type { Build } from './build.ts'

// Mermaid writes styles into its pictures. Without an origin, the frame reaches neither cookies nor the API.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  'img-src data:',
  "frame-ancestors 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  'sandbox allow-scripts',
].join('; ')

/** Serves the frame at `/diagram`. */
export function diagramRoute(build: Pick<Build, 'diagram'>): Router {
  const router = express.Router()
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Diagram</title><style>body{margin:0;display:flow-root;text-align:center}svg{max-width:100%;height:auto}</style></head><body>${
    build.diagram ? `<script type="module" src="${build.diagram}"></script>` : ''
  }</body></html>`
  router.get('/diagram', (_req, res) => {
    res.removeHeader('X-Frame-Options')
    res.set({
      'Content-Security-Policy': POLICY,
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'private, no-cache',
    })
    res.end(html)
  })
  return router
}
