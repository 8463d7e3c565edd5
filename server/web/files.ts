// Files in and out: who may send one is known before a byte of it is read; what is sent out runs nowhere.
// fileRoutes

import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import express, { type Request, type RequestHandler, type Response, type Router } from 'express'
import multer from 'multer'
import { WikiError } from '../../shared/errors.ts'
import { fileAddress, readAddress } from '../../shared/files.ts'
import type { Received, Wiring } from '../wiki/context.ts'
import { tooLarge } from '../wiki/files.ts'
import { reserveSpace } from '../wiki/free-space.ts'
import { permit } from '../wiki/policy.ts'
import { exportVault } from '../wiki/vault/exporting.ts'
import type { Wiki } from '../wiki/wiki.ts'
import type { Auth } from './auth.ts'
import { FileForm } from './file-form.ts'

const SHOWN = /^(image\/(png|jpeg|gif|webp|avif)|audio\/|video\/(mp4|webm|ogg))/
const HARMLESS =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; img-src 'self'; frame-ancestors 'none'"

/** `POST /api/file:upload` with the field `file`, and the files themselves under `/files/`. */
export function fileRoutes({ wiring, wiki, auth }: { wiring: Wiring; wiki: Wiki; auth: Auth }): Router {
  const { config } = wiring
  const { limits, publicRead } = config
  const { files } = wiki
  const sending = new Map<number, number>()
  const storage = multer.diskStorage({
    destination: (_req, _file, done) => {
      files.store.newPath().then(
        path => done(null, dirname(path)),
        error => done(error as Error, ''),
      )
    },
    filename: (_req, _file, done) => {
      files.store.newPath().then(
        path => done(null, basename(path)),
        error => done(error as Error, ''),
      )
    },
  })
  const form = new FileForm('file', storage, limits.fileBytes, tooLarge)
  const zipForm = new FileForm('file', storage, limits.zipBytes, tooLarge)
  const router = express.Router({ caseSensitive: true, strict: true })

  // In turns of this user: a slow line holds up nobody else.
  const inTurn = async <T>(user: number, work: () => Promise<T>): Promise<T> => {
    const under = sending.get(user) ?? 0
    if (under >= limits.uploadsPerUser)
      throw new WikiError('busy', 'Too many of your files are on their way. Wait for some.', { retryAfter: 2 })
    sending.set(user, under + 1)
    try {
      return await work()
    } finally {
      const left = sending.get(user)! - 1
      if (left > 0) sending.set(user, left)
      else sending.delete(user)
    }
  }

  const upload = async (req: Request, res: Response): Promise<void> => {
    const context = await auth.contextOf(req, res)
    permit('file:upload', context.actor, config)
    const { id } = context.actor.user!
    await wiki.limiter.draw('file', `u${id}`)
    const length = form.lengthOf(req)
    await files.assertRoom(id, Math.min(length, limits.fileBytes))
    // A disk without room is told of before anything is counted.
    ;(await reserveSpace(config, length)).release()
    await wiki.limiter.draw('fileBytes', `u${id}`, length)
    const value = await inTurn(id, async () => {
      const received = await receive(req, res, form, length)
      return wiki.perform('file:upload', {}, { ...context, received })
    })
    res.set('Cache-Control', 'no-store').json({ ok: true, value })
  }
  router.post(
    /^\/api\/file:upload$/,
    (req, _res, next) => next(isForm(req) ? undefined : 'route'),
    auth.session,
    upload,
  )

  const begin = async (req: Request, res: Response): Promise<void> => {
    const context = await auth.contextOf(req, res)
    permit('import:begin', context.actor, config)
    // Asked again by the door: nobody is to send a whole wiki first.
    await wiki.assertProven('import:begin', {}, context)
    await wiki.limiter.draw('file', `u${context.actor.user!.id}`)
    const received = await receive(req, res, zipForm, zipForm.lengthOf(req))
    const value = await wiki
      .perform('import:begin', {}, { ...context, received })
      .finally(() => rm(received.path, { force: true }))
    res.set('Cache-Control', 'no-store').json({ ok: true, value })
  }
  router.post(
    /^\/api\/import:begin$/,
    (req, _res, next) => next(isForm(req) ? undefined : 'route'),
    auth.session,
    begin,
  )

  const exported: RequestHandler = async (req, res) => {
    const context = await auth.contextOf(req, res)
    await wiki.perform('export:all', {}, context)
    const space = await reserveSpace(config, (await wiring.db.files.usage(null)).bytes)
    const path = `${await files.store.newPath()}.zip`
    try {
      await exportVault(wiki.vault, path).finally(() => space.release())
      res.set({
        'Content-Type': 'application/zip',
        'Content-Disposition': disposition('attachment', `wiki ${new Date().toISOString().slice(0, 10)}.zip`),
        'Cache-Control': 'no-store',
      })
      await pipeline(createReadStream(path), res)
    } catch (error) {
      if (!res.headersSent) throw error
      res.destroy()
    } finally {
      await rm(path, { force: true })
    }
  }
  router.get('/export.zip', auth.session, exported)

  const serve: RequestHandler = async (req, res, next) => {
    const asked = readAddress(req.path)
    if (!asked) return next()
    const { actor } = await auth.contextOf(req, res)
    permit('page:read', actor, config)
    const row = await files.find(asked.ref, asked.name)
    if (!row || !(await files.store.has(row.hash)))
      throw new WikiError('missing', 'There is no such file. It may have been removed because no page used it.')
    const { ref, name, hash, type } = row
    const address = fileAddress({ ref, name, width: row.width ?? null, height: row.height ?? null })
    if (req.path !== address) return res.set('Cache-Control', 'private, no-cache').redirect(302, address)
    const shown = SHOWN.test(type)
    res.set({
      'Content-Type': type,
      'Content-Disposition': disposition(shown ? 'inline' : 'attachment', name),
      'Content-Security-Policy': HARMLESS,
      'Cross-Origin-Resource-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': `${publicRead ? 'public' : 'private'}, max-age=31536000, immutable`,
      ETag: `"${hash}"`,
    })
    const path = files.store.pathOf(hash)
    const options = { root: dirname(path), dotfiles: 'allow', lastModified: false, cacheControl: false, etag: false }
    await new Promise<void>((resolve, reject) => {
      // A reader that has gone is no error.
      res.sendFile(basename(path), options as never, error => {
        if ((error as { status?: number } | undefined)?.status === 416) res.status(416).end()
        if (error && !res.headersSent && !isGone(error)) reject(error)
        else resolve()
      })
    })
  }
  router.get(/^\/files\/[^/]+\/[^/]+$/, auth.session, serve)

  /** The file of a form of `length` bytes, once it is on the disk. */
  async function receive(req: Request, res: Response, from: FileForm, length: number): Promise<Received> {
    const space = await reserveSpace(config, length)
    const { path, originalname } = await from.fileIn(req, res).finally(() => space.release())
    return { path, name: originalname }
  }

  return router
}

function isForm(req: Request): boolean {
  return Boolean(req.is('multipart/form-data'))
}

function isGone(error: unknown): boolean {
  return ['ECONNABORTED', 'ECONNRESET', 'EPIPE'].includes(String((error as { code?: unknown }).code))
}

/** RFC 6266 with RFC 5987's encoding: a name in any script, and one in ASCII for programs that know no better. */
function disposition(how: 'inline' | 'attachment', name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${how}; filename="${plain}"; filename*=UTF-8''${encoded}`
}
