// Space that stays free on the disk: files stop being taken while there is still room for text.
// freeSpace · assertSpace

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

/** @throws WikiError `too_large` where so many bytes more would take what stays free for text */
export async function assertSpace(config: Config, bytes: number): Promise<void> {
  if ((await freeSpace(config)) < bytes)
    throw new WikiError(
      'too_large',
      'The server’s disk is nearly full: it takes no files until its admin makes room. Text is still saved.',
      { reason: 'disk' },
    )
}
