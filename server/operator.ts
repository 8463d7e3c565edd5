// What an operator may ask on the server itself, each with its input and how its answer reads: the command line's table.
// Operation · OPERATIONS · Tools

import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { WikiError } from '../shared/errors.ts'
import { User, type UserRow } from './db/entities.ts'
import { resetByOperator } from './wiki/accounts.ts'
import type { Wiring } from './wiki/context.ts'
import { usernameKey } from './wiki/users.ts'
import { backupTo, verifyBackup } from './wiki/vault/backup.ts'
import { exportVault } from './wiki/vault/exporting.ts'
import { importVault, inWords } from './wiki/vault/importing.ts'
import type { Wiki } from './wiki/wiki.ts'

/** What an operation works with; `tell` is how far it is. */
export interface Tools {
  wiring: Wiring
  wiki: Wiki
  tell(done: number, total: number): void
}

/** One thing that may be asked; it answers with what is printed. */
export interface Operation<I = never> {
  /** How it is called, for the help. */
  usage: string
  words: string
  input: z.ZodType<I>
  /** The input that these arguments mean, or null where they mean none; paths are made absolute by `inFull`. */
  read(args: string[], inFull: (path: string) => string): unknown
  run(input: I, tools: Tools): Promise<string>
}

const operation = <I>(one: Operation<I>): Operation<never> => one as unknown as Operation<never>
const path = z.string().min(1).max(4_000).refine(isAbsolute)

/** All of them, by name. */
export const OPERATIONS: Record<string, Operation<never>> = {
  'reset-password': operation({
    usage: 'NAME',
    words: 'Give this person a new random password, and sign them out everywhere.',
    input: z.strictObject({ username: z.string().min(1).max(200) }),
    read: ([username, ...more]) => (username === undefined || more.length > 0 ? null : { username }),
    async run({ username }, { wiring, wiki }) {
      const answer = await resetByOperator(wiring, wiki.limiter, username)
      return `The new password of ${answer.username} is\n\n  ${answer.password}\n\nIt is shown only now. All their sessions have ended.\n`
    },
  }),
  import: operation({
    usage: 'FOLDER|ZIP [--as NAME]',
    words: 'Bring in Markdown files. A second run changes only what is new in them.',
    input: z.strictObject({ path, as: z.string().max(200).nullable() }),
    read(args, inFull) {
      const [from, flag, as, ...more] = args
      if (from === undefined || more.length > 0 || (flag !== undefined && (flag !== '--as' || !as))) return null
      return { path: inFull(from), as: as ?? null }
    },
    async run(input, { wiring, wiki, tell }) {
      const user = await someone(wiring, input.as)
      const report = await importVault(wiki.vault, { path: input.path, user: user.id, tell })
      return `${inWords(report)}\nBrought in as ${user.username}.\n`
    },
  }),
  export: operation({
    usage: 'FOLDER|ZIP',
    words: 'Write every page as a Markdown file, with all files. They import again to the same wiki.',
    input: z.strictObject({ path }),
    read: onePath,
    async run(input, { wiki, tell }) {
      const { pages, files } = await exportVault(wiki.vault, input.path, tell)
      return `${pages} pages and ${files} files are in ${input.path}\n`
    },
  }),
  backup: operation({
    usage: 'FILE',
    words: 'Copy the database and all files into one, while the wiki runs.',
    input: z.strictObject({ path }),
    read: onePath,
    async run(input, { wiring, tell }) {
      return `The backup is in ${input.path}: ${spoken(await backupTo(wiring, input.path, tell))}\n`
    },
  }),
  verify: operation({
    usage: 'FILE',
    words: 'Read a backup from end to end, and say whether it can be trusted.',
    input: z.strictObject({ path }),
    read: onePath,
    async run(input, { tell }) {
      return `This backup is whole: ${spoken(await verifyBackup(input.path, tell))}\n`
    },
  }),
}

function onePath([from, ...more]: string[], inFull: (path: string) => string): unknown {
  return from === undefined || more.length > 0 ? null : { path: inFull(from) }
}

/** What a backup holds, in words. */
export function spoken(facts: { madeAt: string; pages: number; users: number; files: number; bytes: number }): string {
  const { madeAt, pages, users, files, bytes } = facts
  return `${pages} pages, ${users} people and ${files} files as of ${madeAt}, ${(bytes / 1e6).toFixed(1)} MB.`
}

/** Whoever is named, or the first admin. @throws WikiError `missing` */
async function someone({ db }: Wiring, name: string | null): Promise<UserRow> {
  const em = db.em()
  const row =
    name === null
      ? await em.findOne(User, { role: 'admin' }, { orderBy: { id: 'asc' } })
      : await em.findOne(User, { usernameKey: usernameKey(name) })
  if (row) return row
  throw new WikiError(
    'missing',
    name === null
      ? 'This wiki has no account yet. Open it in a browser and make the first one; pages need an author.'
      : `Nobody here is called “${name}”.`,
  )
}
