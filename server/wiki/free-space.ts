// Space that stays free on the disk: files stop being taken while there is still room for text.
// freeSpace · Reservation · reserveSpace

import { statfs } from 'node:fs/promises'
import { WikiError } from '../../shared/errors.ts'
import type { Config } from '../config.ts'

/**
 * How much may still be put on the disk of the uploads before what stays free for text is touched; below zero when it is.
 * A disk that does not say counts as endless.
 */
export async function freeSpace({ uploadsDir, limits }: Config): Promise<number> {
  const disk = await statfs(uploadsDir).catch(() => null)
  if (!disk || disk.blocks === 0) return Number.POSITIVE_INFINITY
  const share = Math.min(disk.blocks * disk.bsize * limits.diskFreeShare, limits.diskFreeMost)
  return disk.bavail * disk.bsize - Math.max(limits.diskFree, share)
}

/** Space that is spoken for until it is used. */
export interface Reservation {
  /** So many of its bytes are on the disk by now, or will never come; all that is left, without a number. */
  release(bytes?: number): void
}

const reserved = new WeakMap<Config, number>()

/**
 * Keeps so many bytes for somebody who is about to write them: several who come at once must not all be promised the
 * same space. What is written before it is released counts twice, so that nobody is promised too much.
 * @throws WikiError `too_large` where so many bytes more would take what stays free for text
 */
export async function reserveSpace(config: Config, bytes: number): Promise<Reservation> {
  const free = await freeSpace(config)
  const others = reserved.get(config) ?? 0
  if (free - others < bytes)
    throw new WikiError(
      'too_large',
      'The server’s disk is nearly full: it takes no files until its admin makes room. Text is still saved.',
      { reason: 'disk' },
    )
  let left = bytes
  reserved.set(config, others + left)
  return {
    release(part = left) {
      const given = Math.min(part, left)
      left -= given
      reserved.set(config, reserved.get(config)! - given)
    },
  }
}
