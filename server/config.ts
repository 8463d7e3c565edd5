// The environment, read once into one frozen, typed object. Nothing else in the project reads `process.env`.
// Limits · Config · readConfig

import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** A token bucket: `points` may be spent in `seconds`, by one user or address. */
export interface Rate {
  points: number
  seconds: number
}

/** Every size and rate in one place; tests and benchmarks raise them, one test runs these defaults. */
export const LIMITS = {
  /** Bytes of one page's text in UTF-8. */
  pageBytes: 2_097_152,
  /** Milliseconds that laying out one article may take; after that its text is shown as it is written. */
  articleTime: 3_000,
  /** Bytes of one push after what the server knows is subtracted, and its runs and deleted ranges. */
  pushBytes: 1_048_576,
  pushRuns: 5_000,
  pushRanges: 5_000,
  /** Items of a page that the server may pass to find the places of what one push inserts: about 50 ms. */
  pushSteps: 250_000,
  roomsPerConnection: 50,
  peoplePerPage: 2_000,
  connectionsPerUser: 20,
  /** Of guests, whom only their address tells apart. */
  connectionsPerAddress: 200,
  connections: 10_000,
  avatarBytes: 5 * 1024 * 1024,
  avatarPixels: 25_000_000,
  /** Pictures waiting to be made small; one is under way at a time. */
  pictureQueue: 20,
  /** Bytes of one file, of all files of one person, and of all there are. */
  fileBytes: 25 * 1024 * 1024,
  fileBytesPerUser: 1024 ** 3,
  fileBytesInAll: 20 * 1024 ** 3,
  filePixels: 50_000_000,
  /** Files that one person may be sending at once. */
  uploadsPerUser: 6,
  /** Bytes that stay free for text on the disk: so many at least, or this share of it up to so many. */
  diskFree: 256 * 1024 * 1024,
  diskFreeShare: 0.01,
  diskFreeMost: 5 * 1024 ** 3,
  /** Files of one import, their bytes unpacked, and how far one may unpack; bytes of a zip that is sent. */
  vaultEntries: 50_000,
  vaultBytes: 4 * 1024 ** 3,
  vaultRatio: 200,
  zipBytes: 512 * 1024 * 1024,
  /** Seconds that a file may lie unused before it is offered for removal: its page may not be saved yet. */
  fileUnused: 86_400,
  /** Password hashes under way at once, and waiting. */
  hashes: 2,
  hashQueue: 20,
  /** Seconds. */
  sessionIdle: 14 * 86_400,
  sessionAbsolute: 60 * 86_400,
  inviteLife: 7 * 86_400,
  resetLife: 86_400,
  roomIdle: 30,
  /** Days that a deleted page can be restored. */
  trashDays: 30,
  /** Seconds after which a password has to be given again before what is dangerous. */
  proofLife: 30 * 60,
  rates: {
    handshake: { points: 300, seconds: 60 },
    guestRequest: { points: 300, seconds: 60 },
    userRequest: { points: 1_200, seconds: 60 },
    signInAccount: { points: 5, seconds: 900 },
    signInAddress: { points: 20, seconds: 900 },
    register: { points: 5, seconds: 3_600 },
    open: { points: 40, seconds: 10 },
    push: { points: 600, seconds: 10 },
    pushBytes: { points: 8_388_608, seconds: 10 },
    /** Items that one user's pushes may make the server pass: about a second's work, a tenth of a core. */
    work: { points: 5_000_000, seconds: 10 },
    point: { points: 300, seconds: 10 },
    write: { points: 300, seconds: 60 },
    /** A palette asks with every pause between two keys. */
    search: { points: 240, seconds: 60 },
    upload: { points: 30, seconds: 600 },
    file: { points: 120, seconds: 600 },
    fileBytes: { points: 512 * 1024 * 1024, seconds: 86_400 },
    account: { points: 20, seconds: 600 },
    /** Payloads that make no sense, before the socket is closed. */
    nonsense: { points: 100, seconds: 60 },
  } satisfies Record<string, Rate>,
}

export type RateName = keyof (typeof LIMITS)['rates']
export type Limits = Omit<typeof LIMITS, 'rates'> & { rates: Record<RateName, Rate> }

const UNLIMITED = Object.fromEntries(
  Object.keys(LIMITS.rates).map(name => [name, { points: Number.MAX_SAFE_INTEGER, seconds: 1 }]),
) as Record<RateName, Rate>

/** What an operator has decided. */
export interface Config {
  /** Port to listen on; 0 takes a free one. */
  port: number
  host: string
  /** `sqlite:` and a path, absolute or in the project's folder. */
  databaseUrl: string
  uploadsDir: string
  /** The folder of the database, the secret and the command line's socket. */
  dataDir: string
  /** The address people use, without a slash at the end; null takes each request's own host. */
  publicUrl: string | null
  /** Signs session cookies; null takes the one that the database keeps. */
  sessionSecret: string | null
  registration: 'open' | 'invite' | 'closed'
  publicRead: boolean
  /** The title of `/today`, with placeholders as in templates. */
  todayTitle: string
  /** How many proxies in front of the server may be believed about addresses and TLS. */
  trustProxy: number
  logLevel: string
  /** Reload open tabs after every build. */
  dev: boolean
  /** argon2id's costs: KiB and passes. */
  hashMemory: number
  hashTime: number
  /** Where the built client lies. */
  clientDir: string
  limits: Limits
}

const flag = (fallback: 'true' | 'false') =>
  z
    .enum(['true', 'false'])
    .default(fallback)
    .transform(text => text === 'true')

const environment = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  HOST: z.string().default('0.0.0.0'),
  DATABASE_URL: z
    .string()
    .startsWith('sqlite:', { error: 'only sqlite:PATH is known to this version' })
    .default('sqlite:data/chorus.sqlite'),
  UPLOADS_DIR: z.string().default('uploads'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform(url => new URL(url).origin)
    .optional(),
  SESSION_SECRET: z.string().min(16).optional(),
  REGISTRATION: z.enum(['open', 'invite', 'closed']).default('open'),
  PUBLIC_READ: flag('true'),
  TODAY_TITLE: z
    .string()
    .max(200)
    .refine(pattern => /\{\{(date|day|weekday)\}\}/.test(pattern), {
      error: 'needs {{date}}, or {{day}}, so that each day has a page',
    })
    .default('Journal/{{date}}'),
  TRUST_PROXY: z.coerce.number().int().min(0).max(10).default(0),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  KEEP_FREE_MB: z.coerce.number().int().min(0).optional(),
  RATE_LIMITS: z.enum(['on', 'off']).default('on'),
  CHORUS_DEV: flag('false'),
})

/**
 * The configuration that an environment describes.
 * @throws Error naming each variable that is wrong, so that a typo never starts a server that was not meant
 */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  // An empty variable is one that a compose file left blank, not a value.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = environment.safeParse(given)
  if (!parsed.success) {
    const lines = parsed.error.issues.map(issue => `  ${issue.path.join('.')}: ${issue.message}`)
    throw new Error(`These settings cannot be used:\n${lines.join('\n')}`)
  }
  const root = projectRoot()
  const inProject = (path: string) => (isAbsolute(path) ? path : resolve(root, path))
  const e = parsed.data
  const file = inProject(e.DATABASE_URL.slice('sqlite:'.length))
  return Object.freeze({
    port: e.PORT,
    host: e.HOST,
    databaseUrl: `sqlite:${file}`,
    dataDir: dirname(file),
    uploadsDir: inProject(e.UPLOADS_DIR),
    publicUrl: e.PUBLIC_URL ?? null,
    sessionSecret: e.SESSION_SECRET ?? null,
    registration: e.REGISTRATION,
    publicRead: e.PUBLIC_READ,
    todayTitle: e.TODAY_TITLE,
    trustProxy: e.TRUST_PROXY,
    logLevel: e.LOG_LEVEL,
    dev: e.CHORUS_DEV,
    hashMemory: 65_536,
    hashTime: 3,
    clientDir: join(root, 'dist/client'),
    limits: {
      ...LIMITS,
      ...(e.KEEP_FREE_MB !== undefined && { diskFree: e.KEEP_FREE_MB * 1024 * 1024, diskFreeShare: 0 }),
      ...(e.RATE_LIMITS === 'off' && { connectionsPerAddress: LIMITS.connections, rates: UNLIMITED }),
    },
  })
}

/** The folder with our package.json, whether this runs from source or from `dist`. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) {
    const up = dirname(folder)
    if (up === folder) throw new Error('Chorus cannot find its own folder: no package.json above the server.')
    folder = up
  }
  return folder
}
