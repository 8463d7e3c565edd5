// Avatars in and out: who may send one, and what it is by its bytes.
// avatarRoutes · pictureType

import express, { type Request, type Response, type Router } from 'express'
import multer, { MulterError } from 'multer'
import { WikiError } from '../../shared/errors.ts'
import { Avatars } from '../wiki/avatars.ts'
import type { Wiring } from '../wiki/context.ts'
import { reserveSpace } from '../wiki/free-space.ts'
import { Gate } from '../wiki/gate.ts'
import { square } from '../wiki/pictures.ts'
import { permit } from '../wiki/policy.ts'
import type { Wiki } from '../wiki/wiki.ts'
import type { Auth } from './auth.ts'

const SIDE = 256
/** What a form adds around its file, in bytes. */
const FORM_MAX = 16_384

/** `POST /uploads/avatar` with the field `avatar`, and the pictures themselves under `/uploads/avatars/`. */
export function avatarRoutes({ wiring, wiki, auth }: { wiring: Wiring; wiki: Wiki; auth: Auth }): Router {
  const { limits, publicRead } = wiring.config
  const avatars = new Avatars(wiring)
  void avatars.sweep().catch(error => wiring.log.warn({ err: error }, 'old pictures could not be cleared away'))
  const making = new Gate(1, limits.pictureQueue)
  const form = multer({
    storage: multer.memoryStorage(),
    limits: {
      fileSize: limits.avatarBytes,
      files: 1,
      fields: 4,
      parts: 6,
      fieldSize: 4096,
      fieldNameSize: 64,
      headerPairs: 30,
      // Without this a field's name can nest objects until the process dies.
      fieldNestingDepth: 0,
    },
  }).single('avatar')
  const router = express.Router({ caseSensitive: true, strict: true })

  router.post('/uploads/avatar', auth.session, async (req, res) => {
    const { actor } = await auth.contextOf(req, res)
    permit('user:removeAvatar', actor, wiring.config)
    const { id } = actor.user!
    wiki.limiter.draw('upload', `u${id}`)
    if (Number(req.headers['content-length'] ?? 0) > limits.avatarBytes + FORM_MAX) throw tooLarge(limits.avatarBytes)
    const space = await reserveSpace(wiring.config, limits.avatarBytes)
    const bytes = await fileIn(req, res, form, limits.avatarBytes).finally(() => space.release())
    if (!pictureType(bytes)) throw new WikiError('unsupported', 'A picture has to be a PNG, JPEG, GIF or WebP.')
    const picture = await making.pass(() => square(bytes, SIDE, limits.avatarPixels))
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

async function fileIn(req: Request, res: Response, form: express.RequestHandler, most: number): Promise<Buffer> {
  try {
    await new Promise<void>((resolve, reject) => {
      void form(req, res, (error?: unknown) => (error ? reject(error) : resolve()))
    })
  } catch (error) {
    if (error instanceof MulterError && error.code === 'LIMIT_FILE_SIZE') throw tooLarge(most)
    throw new WikiError('invalid', 'This upload is not a form with one file in the field “avatar”.', {
      field: 'avatar',
    })
  }
  if (!req.file)
    throw new WikiError('invalid', 'Send the picture as multipart/form-data, in the field “avatar”.', {
      field: 'avatar',
    })
  return req.file.buffer
}

function tooLarge(most: number): WikiError {
  return new WikiError('too_large', `A picture has at most ${Math.floor(most / 1024 / 1024)} MB.`)
}
