// Importing a zip that an admin has sent, as a job: told how far it is, gone on with after a restart.
// importing · importHandlers

import { rm } from 'node:fs/promises'
import { WikiError } from '../../../shared/errors.ts'
import type { Handlers } from '../commands.ts'
import type { JobKind, Jobs } from '../jobs.ts'
import { type ImportParts, importVault, inWords } from './importing.ts'

const KIND = 'import'
/** Problems that are told on the screen. */
const TOLD = 50

/** The kind of job that imports. Begun anew it finds what it has brought in already as it was. */
export function importing(parts: ImportParts): JobKind<{ path: string }, null> {
  return {
    kind: KIND,
    async run(job) {
      const tell = (done: number, total: number) => job.advance(null, done, total)
      const report = await importVault(parts, { path: job.input.path, user: job.user, tell })
      await rm(job.input.path, { force: true })
      return inWords(report, TOLD)
    },
  }
}

/** The commands that import and export from a browser; the export's bytes are sent by the route. */
export function importHandlers(
  { wiring, files }: ImportParts,
  jobs: Jobs,
): Pick<Handlers, 'import:begin' | 'export:all'> {
  return {
    async 'import:begin'(_, { actor, received }) {
      if (!received)
        throw new WikiError('invalid', 'Send the zip as multipart/form-data, in the field “file”.', { field: 'file' })
      const path = await files.store.keepForJob(received.path)
      const words = `Bringing in ${received.name.replace(/[/\\\p{Cc}]/gu, '-').slice(0, 100)}`
      const job = { kind: KIND, user: actor.user!.id, words, input: { path } }
      await wiring.db.em().transactional(async em => jobs.add(em, job))
      jobs.wake(KIND)
      return { words }
    },
    async 'export:all'() {
      return {}
    },
  }
}
