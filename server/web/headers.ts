// What every answer says about itself: the content security policy and its relatives.
// securityHeaders

import type { RequestHandler } from 'express'
import helmet from 'helmet'
import type { Config } from '../config.ts'

/** Headers for every answer; those for files that people sent are stricter still, see uploads.ts. */
export function securityHeaders({ publicUrl }: Pick<Config, 'publicUrl'>): RequestHandler[] {
  const secure = publicUrl?.startsWith('https:') ?? false
  // Some browsers do not count wss: as 'self'.
  const socket = publicUrl ? [publicUrl.replace(/^http/, 'ws')] : []
  const own = ["'self'"]
  const none = ["'none'"]
  return [
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          'default-src': none,
          'script-src': own,
          'style-src': own,
          'img-src': [...own, 'data:', 'blob:'],
          'font-src': own,
          'connect-src': [...own, ...socket],
          'media-src': own,
          'manifest-src': own,
          'worker-src': own,
          // Only diagrams are framed; see diagram.ts.
          'frame-src': own,
          'object-src': none,
          'base-uri': none,
          'form-action': own,
          'frame-ancestors': none,
          'require-trusted-types-for': ["'script'"],
          'trusted-types': ['lit-html', 'chorus'],
          ...(secure && { 'upgrade-insecure-requests': [] }),
        },
      },
      strictTransportSecurity: secure && { maxAge: 31_536_000, includeSubDomains: false },
      referrerPolicy: { policy: 'same-origin' },
      xFrameOptions: { action: 'deny' },
    }),
    (_req, res, next) => {
      res.set('Permissions-Policy', 'camera=(), microphone=(), geolocation=(), browsing-topics=()')
      next()
    },
  ]
}
