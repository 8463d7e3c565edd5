// A form that brings one file: how much of it is read, and what is said of one that is something else.
// FileForm

import { rm } from 'node:fs/promises'
import type { Request, RequestHandler, Response } from 'express'
import multer, { MulterError, type StorageEngine } from 'multer'
import { WikiError } from '../../shared/errors.ts'

/** What a form adds around its file, in bytes. */
const FORM_MAX = 16_384

/** Reads forms with a file of `most` bytes at most in the field `field`. */
export class FileForm {
  readonly #read: RequestHandler

  constructor(
    private readonly field: string,
    storage: StorageEngine,
    private readonly most: number,
    private readonly tooLarge: (most: number) => WikiError,
  ) {
    const limits = {
      fileSize: most,
      files: 1,
      fields: 4,
      parts: 6,
      fieldSize: 4096,
      fieldNameSize: 64,
      headerPairs: 30,
      // Without this a field's name can nest objects until the process dies.
      fieldNestingDepth: 0,
    }
    this.#read = multer({ storage, defParamCharset: 'utf8', limits }).single(field)
  }

  /** How many bytes a request says that it sends. @throws WikiError `too_large`, before one of them is read */
  lengthOf(req: Request): number {
    const length = Number(req.headers['content-length'] ?? this.most)
    if (length > this.most + FORM_MAX) throw this.tooLarge(this.most)
    return length
  }

  /** The file of a request, once it is here. @throws WikiError `too_large` or `invalid`; nothing of it is then kept */
  async fileIn(req: Request, res: Response): Promise<Express.Multer.File> {
    const { field } = this
    try {
      await new Promise<void>((resolve, reject) => {
        void this.#read(req, res, (error?: unknown) => (error ? reject(error) : resolve()))
      })
    } catch (error) {
      // One that has not come to lie anywhere yet has no path; multer clears that one away.
      if (req.file?.path) await rm(req.file.path, { force: true })
      if (error instanceof MulterError && error.code === 'LIMIT_FILE_SIZE') throw this.tooLarge(this.most)
      if ((error as { code?: string }).code === 'ENOSPC')
        throw new WikiError('too_large', 'The server’s disk is full. Ask its admin.')
      throw new WikiError('invalid', `This upload is not a form with one file in the field “${field}”.`, { field })
    }
    if (!req.file)
      throw new WikiError('invalid', `Send the file as multipart/form-data, in the field “${field}”.`, { field })
    return req.file
  }
}
