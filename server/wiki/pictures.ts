// Pictures, taken apart and put together again: what cannot be decoded is none, and where it was taken is nobody's business.
// Size · square · cleaned

import { writeFile } from 'node:fs/promises'
import sharp, { type Sharp } from 'sharp'
import { WikiError } from '../../shared/errors.ts'

// One picture uses one thread, remembers nothing, and meets no decoder but these five (SVG and PDF are programs).
sharp.concurrency(1)
sharp.cache(false)
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: [
    'VipsForeignLoadJpeg',
    'VipsForeignLoadPng',
    'VipsForeignLoadWebp',
    'VipsForeignLoadNsgif',
    'VipsForeignLoadHeif',
  ],
})

/** A picture's size as it is shown, in pixels. */
export interface Size {
  width: number
  height: number
}

const open = (from: Buffer | string, pixels: number, pages: number): Sharp =>
  sharp(from, { limitInputPixels: pixels, limitInputChannels: 5, failOn: 'error', unlimited: false, pages })

/**
 * A new square picture (WebP) made of an untrusted one; nothing of the old file is left in it.
 * @throws WikiError `too_large` with too many pixels, `unsupported` for what cannot be read
 */
export async function square(bytes: Buffer, side: number, pixels: number): Promise<Buffer> {
  return told(() =>
    open(bytes, pixels, 1)
      .timeout({ seconds: 5 })
      .rotate()
      .resize(side, side, { fit: 'cover' })
      .webp({ quality: 80 })
      .toBuffer(),
  )
}

/**
 * Decodes the picture at `path`, which shows that it is one. Where it carries words of its camera (Exif, XMP, IPTC: among
 * them the place) it is written anew without them, in its own format, to `path`.
 * @throws WikiError as `square`
 */
export async function cleaned(path: string, pixels: number): Promise<Size> {
  return told(async () => {
    const {
      format,
      width,
      height,
      exif,
      xmp,
      iptc,
      orientation = 1,
      pages = 1,
      pageHeight,
    } = await open(path, pixels, 1).metadata()
    const upright = { width, height: pageHeight ?? height }
    if (!exif && !xmp && !iptc) {
      await open(path, pixels, 1).timeout({ seconds: 20 }).resize(16, 16, { fit: 'inside' }).raw().toBuffer()
      return upright
    }
    const still = open(path, pixels, pages > 1 ? -1 : 1)
      .timeout({ seconds: 30 })
      .keepIccProfile()
    const turned = pages > 1 ? still : still.rotate()
    await writeFile(path, await encoded(turned, format).toBuffer())
    return orientation >= 5 && pages === 1 ? { width: upright.height, height: upright.width } : upright
  })
}

function encoded(picture: Sharp, format: string | undefined): Sharp {
  switch (format) {
    case 'jpeg':
      return picture.jpeg({ quality: 92, chromaSubsampling: '4:4:4' })
    case 'webp':
      return picture.webp({ quality: 92 })
    case 'heif':
      return picture.avif({ quality: 70, effort: 2 })
    case 'gif':
      return picture.gif()
    default:
      return picture.png()
  }
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (/pixel limit/i.test((error as Error).message))
      throw new WikiError('too_large', 'This picture has too many pixels. Make it smaller first.')
    throw new WikiError('unsupported', 'This picture cannot be read. It may be damaged; try another one.')
  }
}
