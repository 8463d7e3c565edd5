// Avatars in and out: who may send one, and what it is by its bytes.
// avatarRoutes · pictureType

import express, { type Router } from 'express'
import multer from 'multer'
import { WikiError } from '../../shared/errors.ts'
import { Avatars } from '../wiki/avatars.ts'
import type { Wiring } from '../wiki/context.ts'
import { reserveSpace } from '../wiki/free-space.ts'
import { Gate } from '../wiki/gate.ts'
import { permit } from '../wiki/policy.ts'
import type { Wiki } from '../wiki/wiki.ts'
import type { Auth } from './auth.ts'
import { FileForm } from './file-form.ts'

const SIDE = 256

/** `POST /uploads/avatar` with the field `avatar`, and the pictures themselves under `/uploads/avatars/`. */
export function avatarRoutes({ wiring, wiki, auth }: { wiring: Wiring; wiki: Wiki; auth: Auth }): Router {
  const { limits, publicRead } = wiring.config
  const avatars = new Avatars(wiring)
  void avatars.sweep().catch(error => wiring.log.warn({ err: error }, 'old pictures could not be cleared away'))
  const making = new Gate(1, limits.pictureQueue)
  const form = new FileForm('avatar', multer.memoryStorage(), limits.avatarBytes, tooLarge)
  const router = express.Router({ caseSensitive: true, strict: true })

  router.post('/uploads/avatar', auth.session, async (req, res) => {
    const { actor } = await auth.contextOf(req, res)
    permit('user:removeAvatar', actor, wiring.config)
    const { id } = actor.user!
    wiki.limiter.draw('upload', `u${id}`)
    form.lengthOf(req)
    const space = await reserveSpace(wiring.config, limits.avatarBytes)
    const { buffer } = await form.fileIn(req, res).finally(() => space.release())
    if (!pictureType(buffer)) throw new WikiError('unsupported', 'A picture has to be a PNG, JPEG, GIF or WebP.')
    // Loaded with the first picture: no start needs to wait for sharp.
    const { square } = await import('../wiki/pictures.ts')
    const picture = await making.pass(() => square(buffer, SIDE, limits.avatarPixels))
    const user = await avatars.set(id, picture)
    res.set('Cache-Control', 'no-store').json({ ok: true, value: { user } })
  })

  router.get('/uploads/avatars/:name', async (req, res, next) => {
    const picture = await avatars.read(req.params.name)
    if (!picture) return next()
    res.set({
      'Content-Type': 'image/webp',
      'Content-Security-Policy':
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; img-src 'self'",
      'Cache-Control': `${publicRead ? 'public' : 'private'}, max-age=31536000, immutable`,
      ETag: `"${req.params.name}"`,
    })
    if (req.fresh) res.status(304).end()
    else res.send(picture)
  })

  return router
}

/** What these bytes are, whatever their name says; null for what is no picture of ours. */
export function pictureType(bytes: Buffer): 'png' | 'jpeg' | 'gif' | 'webp' | null {
  const at = (offset: number, text: string) => bytes.toString('latin1', offset, offset + text.length) === text
  if (at(0, '\x89PNG\r\n\x1a\n')) return 'png'
  if (at(0, '\xff\xd8\xff')) return 'jpeg'
  if (at(0, 'GIF87a') || at(0, 'GIF89a')) return 'gif'
  if (at(0, 'RIFF') && at(8, 'WEBP')) return 'webp'
  return null
}

function tooLarge(most: number): WikiError {
  return new WikiError('too_large', `A picture has at most ${Math.floor(most / 1024 / 1024)} MB.`)
}
