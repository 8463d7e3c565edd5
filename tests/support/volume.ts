// Places to keep a wiki's data that can break: a small disk that fills up, and one whose power can be cut.
// Volume · smallDisk · cuttableDisk. Both need the right to mount; where it is missing they say so and return null.

import { execFileSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A disk of its own. */
export interface Volume {
  /** Where it is mounted. */
  folder: string
  /** Takes all the space that is left, or gives it back. */
  fill(full: boolean): void
  /** Everything that was not synced is gone, and every write fails from now on, until `plugIn`. Only on a cuttable disk. */
  pullPlug(): void
  plugIn(): void
  /** Lets it be written, or not. */
  writable(on: boolean): void
  [Symbol.asyncDispose](): Promise<void>
}

const run = (program: string, ...options: string[]) => execFileSync(program, options, { stdio: 'pipe' })

/** A disk of so many megabytes in memory. */
export const smallDisk = (megabytes: number): Promise<Volume | null> =>
  volume(folder => ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder])

/** A file with an ext4 in it, on a loop device. */
export async function cuttableDisk(megabytes: number): Promise<Volume | null> {
  const home = await mkdtemp(join(tmpdir(), 'chorus-disk-'))
  const image = join(home, 'image')
  try {
    await writeFile(image, '')
    run('truncate', '-s', `${megabytes}M`, image)
    run('mkfs.ext4', '-q', image)
  } catch (error) {
    await rm(home, { recursive: true, force: true })
    return cannot(error)
  }
  return volume(folder => ['-o', 'loop', image, folder], home)
}

async function volume(how: (folder: string) => string[], home?: string): Promise<Volume | null> {
  const folder = await mkdtemp(join(tmpdir(), 'chorus-mount-'))
  const mount = () => run('mount', ...how(folder))
  const clean = async () => {
    await rm(folder, { recursive: true, force: true })
    if (home) await rm(home, { recursive: true, force: true })
  }
  try {
    mount()
  } catch (error) {
    await clean()
    return cannot(error)
  }
  const filler = join(folder, 'filler')
  return {
    folder,
    fill(full) {
      if (!full) return rmSync(filler, { force: true })
      const file = openSync(filler, 'a')
      try {
        for (const size of [1 << 20, 1 << 12]) for (;;) if (writeSync(file, Buffer.alloc(size)) < size) break
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      } finally {
        closeSync(file)
      }
    },
    pullPlug() {
      // EXT4_IOC_SHUTDOWN, without flushing the journal: as when the power goes.
      run('python3', '-c', CUT, folder)
    },
    plugIn() {
      run('umount', folder)
      mount()
    },
    writable(on) {
      run('mount', '-o', `remount,${on ? 'rw' : 'ro'}`, folder)
    },
    async [Symbol.asyncDispose]() {
      try {
        run('umount', folder)
      } catch {
        run('umount', '-l', folder)
      }
      await clean()
    },
  }
}

const CUT = `
import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), (2 << 30) | (4 << 16) | (ord('X') << 8) | 125, struct.pack('I', 2))
`

function cannot(error: unknown): null {
  const why = String((error as { stderr?: Buffer }).stderr ?? error).trim()
  console.warn(`\n  NOT TESTED HERE: a disk of its own cannot be mounted (${why}).\n`)
  return null
}
