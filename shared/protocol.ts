// The protocol: every command, every event and every shape that travels, in one place.
// Shapes · commands · events · the types derived from them. HTTP, sockets and bots speak the same.
// The client imports only the types, so that zod stays out of its bundle.

import { z } from 'zod'
import type { ErrorBody } from './errors.ts'

/** The version of this file's meaning; a client of another version reloads. */
export const PROTOCOL = 1

// ---- shapes

const id = z.number().int().positive()
const time = z.iso.datetime()
const base64 = (bytes: number) =>
  z.base64().max(Math.ceil(bytes / 3) * 4, { error: `This is longer than ${bytes} bytes.` })

/** The roles an account can have; a guest is whoever has none. */
export const ROLES = ['reader', 'editor', 'admin'] as const
export const role = z.enum(ROLES)

/** What everyone may know of a person. `avatar` is an address or null; `colour` is 1 to 12, a `--person-n`. */
export const person = z.object({
  id,
  username: z.string(),
  avatar: z.string().nullable(),
  colour: z.number().int().min(1).max(12),
})

/** A person with what they may do. */
export const user = person.extend({ role, createdAt: time })

/** What admins see of an account besides. */
export const account = user.extend({ disabled: z.boolean(), seenAt: time.nullable() })

/**
 * A page as it is always described. `seq` numbers its last edit; `path` is its address. `locked` asks for one more click
 * before editing; `protection` is the reason why only admins may write, null where there is none.
 */
export const page = z.object({
  id,
  title: z.string(),
  path: z.string(),
  seq: z.number().int().min(0),
  author: person,
  editor: person,
  locked: z.boolean(),
  protection: z.string().nullable(),
  createdAt: time,
  updatedAt: time,
})

/** What can have happened to a page. */
export const CHANGE_KINDS = ['created', 'edited', 'renamed', 'deleted', 'restored', 'protected', 'unprotected'] as const

/**
 * Something that happened: a deed, or one user's editing session from entry `firstSeq` to `lastSeq`. `title` is the page's
 * at that time, `path` its address now, null where it is gone; `detail` the earlier title, or a reason.
 */
export const happening = z.object({
  id,
  kind: z.enum(CHANGE_KINDS),
  page: id,
  title: z.string(),
  path: z.string().nullable(),
  user: person,
  /** Written by `page:edit`, the way of programs. */
  program: z.boolean(),
  beganAt: time,
  at: time,
  firstSeq: z.number().int().nullable(),
  lastSeq: z.number().int().nullable(),
  /** Characters. */
  added: z.number().int(),
  removed: z.number().int(),
  detail: z.string().nullable(),
  note: z.string().nullable(),
})

/** A page in the trash: `root` is the page whose deletion took it along, `until` when it is removed for good. */
export const deletion = z.object({ page, root: id, by: person, at: time, until: time })

/** Where somebody is in a page: ends of the selection as encoded Yjs relative positions; null while only reading. */
export const point = z.object({ anchor: base64(192).nullable(), head: base64(192).nullable() })

/** One connection in a room; `presence` tells two tabs of one person apart. Stamped by the server. */
export const presence = point.extend({ presence: z.string(), person })

/** One accepted push: who wrote it and the Yjs update (v1) in base64. */
export const pushed = z.object({ user: id, update: z.string() })

/**
 * Somebody who looks at a page, or writes in it; each person once, whatever tabs they have. `writing` means that their
 * cursor is in the text, `wrote` that they have also changed it by hand within the last minute. `section` is the heading
 * that their cursor stands under, where they write and it stands under one.
 */
export const attendant = z.object({
  person,
  writing: z.boolean(),
  wrote: z.boolean(),
  section: z.string().nullable(),
})

/** A page and who is there; of a crowd the first, and how many are not named. */
export const attended = z.object({
  page: id,
  title: z.string(),
  path: z.string(),
  people: z.array(attendant),
  more: z.number().int(),
})

/** Lines of a page's Markdown, counted from 1, that somebody changed; null where nobody knows who. */
export const change = z.object({ from: z.number().int(), to: z.number().int(), user: id.nullable() })

/**
 * One row of the tree that titles make; `page` is null where nobody has written that title, `placed` tells that somebody
 * gave it its place among its siblings.
 */
export const branch = z.object({
  title: z.string(),
  page: id.nullable(),
  path: z.string(),
  children: z.number().int(),
  placed: z.boolean(),
})

/** How a job can stand. */
export const JOB_STATES = ['running', 'done', 'failed', 'cancelled'] as const

/** Work that takes a while, on behalf of `user`: `done` of `total` steps. `words` say what it is, `report` how it ended. */
export const job = z.object({
  id,
  kind: z.string(),
  user: id,
  state: z.enum(JOB_STATES),
  words: z.string(),
  done: z.number().int().min(0),
  total: z.number().int().min(0),
  report: z.string(),
  createdAt: time,
  updatedAt: time,
})
/** A stretch of a text, in UTF-16 units: where a word stands that was asked for. */
export const mark = z.tuple([z.number().int(), z.number().int()])

/** A page that answers a question, and the words around what was asked for. `path` leads to the heading above them. */
const excerpt = { path: z.string(), heading: z.string(), text: z.string(), marks: z.array(mark) }

/** A file that somebody put in. `path` is its address; `width` and `height` are a picture's. */
export const file = z.object({
  id,
  name: z.string(),
  path: z.string(),
  type: z.string(),
  bytes: z.number().int(),
  width: z.number().int().nullable(),
  height: z.number().int().nullable(),
  author: person,
  createdAt: time,
})

/** What stands around a link, in the same sentence, and the words it is on. */
export const sentence = z.object({ before: z.string(), words: z.string(), after: z.string() })

/** A page that names another, with the sentences in which it does. */
export const backlink = z.object({ page, contexts: z.array(sentence) })

/** What can want mending. */
export const MAINTENANCE = ['wanted', 'broken', 'orphans', 'alike', 'stale', 'large'] as const

/** Something that wants mending; `page` is null where nobody has written it, rows of one `group` belong together. */
export const maintenanceRow = z.object({
  page: id.nullable(),
  title: z.string(),
  path: z.string(),
  note: z.string(),
  group: z.string().optional(),
})

// Inputs are strict: a misspelt field is told, not ignored.
const input = <T extends z.ZodRawShape>(shape: T) => z.strictObject(shape)

// No database keeps U+0000 in a text, and none says so in words.
const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine(given => !given.includes('\0'), { error: 'A text cannot hold the character U+0000.' })

/** A moment as the asker's clock shows it: a day, or a day and a minute. */
const clock = z.string().regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2})?$/, { error: 'Write the day as 2026-11-24.' })
const username = text(200)
const password = text(1024)
const title = text(1000)
const token = text(200)
const content = text(Number.MAX_SAFE_INTEGER)

/** One change to the live text: at the end, at a text that is found exactly once, or in the section under a heading. */
export const edit = z.union(
  [
    input({ append: content }),
    input({ replace: content.refine(given => given !== '', { error: 'Name the text to replace.' }), with: content }),
    input({ section: text(1000), set: content }),
    input({ section: text(1000), append: content }),
  ],
  { error: 'An edit is { append }, { replace, with }, { section, set } or { section, append }.' },
)

// ---- commands

/** One thing that may be asked. `only` names the transport, where it is not both. */
export interface Command<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  input: I
  output: O
  only?: 'http' | 'socket'
}

function command<I extends z.ZodType, O extends z.ZodType>(
  input: I,
  output: O,
  options: { only?: 'http' | 'socket' } = {},
): Command<I, O> {
  return { input, output, ...options }
}

const nothing = input({})
const done = z.object({})
// What sets a cookie has to be HTTP; what belongs to a room has to be a socket.
const http = { only: 'http' } as const
const socket = { only: 'socket' } as const

/** Everything that may be asked of the server. */
export const commands = {
  'user:register': command(input({ username, password, invite: token.optional() }), z.object({ user }), http),
  'user:signIn': command(input({ username, password }), z.object({ user }), http),
  'user:signOut': command(nothing, done, http),
  'user:me': command(nothing, z.object({ user: user.nullable() })),
  'user:update': command(input({ username: username.optional() }), z.object({ user })),
  'user:changePassword': command(input({ current: password, password }), done, http),
  /** One's password again: what is dangerous is refused as `unproven` where it was last given too long ago. */
  'user:prove': command(input({ password }), done),
  'user:removeAvatar': command(nothing, z.object({ user })),
  'user:list': command(
    input({ after: id.optional(), limit: z.number().int().min(1).max(200).optional() }),
    z.object({ users: z.array(account), next: id.nullable() }),
  ),
  'user:setRole': command(input({ user: id, role }), z.object({ user })),
  /** Whoever is disabled is signed out everywhere, and cannot come in until that ends. */
  'user:disable': command(input({ user: id, on: z.boolean() }), z.object({ user: account })),
  'user:signOutEverywhere': command(input({ user: id }), z.object({ sessions: z.number().int() })),
  /** What everyone who may read can know of somebody: also how many pages they began. */
  'user:read': command(input({ username }), z.object({ user: person, createdAt: time, pages: z.number().int() })),
  'page:shelf': command(nothing, z.object({ starred: z.array(page), recent: z.array(page) })),
  'user:invite': command(input({ role: role.optional() }), z.object({ url: z.string(), expiresAt: time })),
  'user:resetLink': command(input({ user: id }), z.object({ url: z.string(), expiresAt: time })),
  'user:resetPassword': command(input({ token, password }), z.object({ user }), http),

  'page:create': command(input({ title, content: content.optional() }), page),
  'page:read': command(
    z.union([input({ title }), input({ page: id })], { error: 'Name the page by “title” or by “page”, its id.' }),
    page.extend({ content: z.string() }),
  ),
  'page:list': command(
    input({
      after: text(100).optional(),
      limit: z.number().int().min(1).max(200).optional(),
      match: text(200).optional(),
      author: id.optional(),
    }),
    z.object({ pages: z.array(page), next: z.string().nullable(), total: z.number().int() }),
  ),
  'page:children': command(
    input({ under: text(1000).optional(), limit: z.number().int().min(1).max(1_000).optional() }),
    z.object({ children: z.array(branch) }),
  ),
  // `from` is the title that the caller has seen; `below` takes along what stands under the page.
  'page:rename': command(input({ page: id, title, from: title.optional(), below: z.boolean().optional() }), page),
  'page:edit': command(
    z.union(
      [
        input({ page: id, edits: z.array(edit).min(1).max(100) }),
        // The whole text, with the `seq` of the version it was made from: without it a program would erase people.
        input({ page: id, text: content, base: z.number().int().min(0) }),
      ],
      { error: 'Send “edits”, or the whole “text” together with “base”, the seq of the version it was made from.' },
    ),
    page,
  ),
  /** A page comes onto somebody’s screen, showing edit `seq`: answers up to which edit they had seen it, and when. */
  'page:visit': command(
    input({ page: id, seq: z.number().int().min(0) }),
    z.object({ since: z.number().int().nullable(), at: time.nullable() }),
  ),
  /** What is on somebody’s screen now: null is no page; `line` stands at the top; `settled`: nothing is news any more. */
  'page:look': command(
    input({
      page: id.nullable(),
      seq: z.number().int().min(0).optional(),
      line: z.number().int().min(1).max(10_000_000).optional(),
      settled: z.boolean().optional(),
    }),
    done,
  ),
  'page:visits': command(
    nothing,
    z.object({ visits: z.array(z.object({ page: id, title: z.string(), news: z.boolean() })) }),
  ),
  'page:changesSince': command(
    input({ page: id, seq: z.number().int().min(0) }),
    z.object({ seq: z.number().int(), changes: z.array(change), people: z.array(person) }),
  ),
  /** Hear where a person goes, in `user:looked`; null hears nobody. */
  'user:follow': command(input({ user: id.nullable() }), done, socket),
  // What stands below is kept where it is unless it is to go too.
  'page:delete': command(
    input({ page: id, below: z.enum(['keep', 'delete']).optional() }),
    z.object({ page, deleted: z.number().int() }),
  ),
  'page:restore': command(
    input({ page: id, title: title.optional() }),
    z.object({ page, restored: z.number().int(), left: z.number().int() }),
  ),
  'page:purge': command(input({ page: id }), done),
  'page:protect': command(input({ page: id, reason: text(300).nullable() }), page),
  'page:lock': command(input({ page: id, on: z.boolean() }), page),
  'page:duplicate': command(input({ page: id, title: title.optional() }), page),
  'page:star': command(input({ page: id, on: z.boolean() }), page),
  /** Puts a title before another that stands under the same one, or behind all of them. */
  'tree:place': command(
    input({ title, before: title.nullable() }),
    z.object({ under: z.string(), keys: z.array(z.string()) }),
  ),
  'trash:list': command(
    input({ after: text(100).optional(), limit: z.number().int().min(1).max(200).optional(), title: title.optional() }),
    z.object({ deleted: z.array(deletion), next: z.string().nullable() }),
  ),
  'change:list': command(
    input({
      after: text(100).optional(),
      limit: z.number().int().min(1).max(200).optional(),
      user: id.optional(),
      page: id.optional(),
      by: z.enum(['people', 'programs']).optional(),
      tag: text(200).optional(),
      under: title.optional(),
      since: time.optional(),
    }),
    z.object({ changes: z.array(happening), next: z.string().nullable() }),
  ),
  'change:note': command(input({ page: id, note: text(300) }), z.object({ change: happening })),
  'link:resolve': command(
    input({ titles: z.array(title).max(500) }),
    z.object({
      links: z.array(z.object({ title: z.string(), path: z.string().nullable(), several: z.boolean().optional() })),
    }),
  ),

  /** How a page begins, or one of its sections: for the card beside a link. */
  'page:preview': command(input({ title, heading: text(1_000).optional() }), z.object({ page, excerpt: z.string() })),
  /** Pages that link to a page; `names` are the title keys by which they may. */
  'page:backlinks': command(
    input({ page: id, after: id.optional(), limit: z.number().int().min(1).max(200).optional() }),
    z.object({ links: z.array(backlink), next: id.nullable(), names: z.array(z.string()) }),
  ),
  /** Pages that say a page's name and do not link to it. */
  'page:mentions': command(input({ page: id }), z.object({ mentions: z.array(backlink) })),
  /** Makes the first such place in `page` a link to `to`. */
  'mention:link': command(input({ page: id, to: id }), page),
  'tag:list': command(
    input({ match: text(200).optional(), after: text(100).optional() }),
    z.object({ tags: z.array(z.object({ tag: z.string(), pages: z.number().int() })), next: z.string().nullable() }),
  ),
  'tag:pages': command(
    input({ tag: text(200), after: text(100).optional(), limit: z.number().int().min(1).max(200).optional() }),
    z.object({ pages: z.array(page), next: z.string().nullable() }),
  ),
  /** What stands for an embed or a query block in a page, as HTML; null where it is shown as a link. */
  'embed:draw': command(
    input({ page: id, kind: z.enum(['page', 'query']), source: text(4_000) }),
    z.object({ html: z.string().nullable() }),
  ),
  'maintenance:list': command(
    input({
      kind: z.enum(MAINTENANCE),
      after: text(100).optional(),
      limit: z.number().int().min(1).max(200).optional(),
    }),
    z.object({ rows: z.array(maintenanceRow), next: z.string().nullable() }),
  ),

  'job:list': command(input({ all: z.boolean().optional() }), z.object({ jobs: z.array(job) })),
  'job:cancel': command(input({ job: id }), z.object({ job })),
  // What a palette shows while somebody types: titles that fit, best first, and passages with the words.
  'search:jump': command(
    input({ query: text(200), limit: z.number().int().min(1).max(20).optional() }),
    z.object({
      titles: z.array(z.object({ page: id, title: z.string(), path: z.string(), marks: z.array(mark) })),
      passages: z.array(z.object({ page: id, title: z.string(), ...excerpt })),
    }),
  ),
  // `author` is a name; `under` a title; `since` a moment. Each narrows what is found.
  'search:find': command(
    input({
      query: text(200),
      under: title.optional(),
      author: username.optional(),
      tag: text(100).optional(),
      since: time.optional(),
      after: z
        .string()
        .regex(/^\d{1,6}$/, { error: 'Pass on “next” from the answer before.' })
        .optional(),
      limit: z.number().int().min(1).max(50).optional(),
    }),
    z.object({
      hits: z.array(z.object({ page, title: z.array(mark), ...excerpt })),
      next: z.string().nullable(),
    }),
  ),

  /** Pages under `Template/`, by their titles without it. */
  'template:list': command(
    nothing,
    z.object({ templates: z.array(z.object({ page: id, name: z.string(), path: z.string() })) }),
  ),
  /** A template's text with its placeholders filled for a page of this title. */
  'template:fill': command(input({ template: id, title, now: clock.optional() }), z.object({ content: z.string() })),
  /** Opens the page of a day, or makes it from `Template/Today` if there is one. */
  'page:today': command(input({ now: clock.optional() }), z.object({ page, made: z.boolean() })),

  // The zip itself comes as multipart/form-data, in the field “file”.
  'import:begin': command(nothing, z.object({ words: z.string() }), http),
  'export:all': command(nothing, done, http),

  // The file itself comes as multipart/form-data, in the field “file”.
  'file:upload': command(nothing, z.object({ file }), http),
  'file:resolve': command(
    input({ names: z.array(title).max(500) }),
    z.object({ files: z.array(z.object({ name: z.string(), file: file.nullable() })) }),
  ),
  'file:list': command(input({ page: id }), z.object({ files: z.array(file) })),
  'file:unused': command(
    input({ after: id.optional(), limit: z.number().int().min(1).max(200).optional() }),
    z.object({
      files: z.array(file),
      next: id.nullable(),
      total: z.number().int(),
      bytes: z.number().int(),
      /** Of all files, used or not. */
      inAll: z.object({ files: z.number().int(), bytes: z.number().int() }),
      /** Whether the server's disk has no room for more: then it takes none. */
      full: z.boolean(),
    }),
  ),
  'file:remove': command(
    input({ files: z.array(id).min(1).max(200) }),
    z.object({ removed: z.array(id), kept: z.array(id) }),
  ),

  'page:open': command(
    input({ page: id, vector: base64(65_536).optional() }),
    z.object({
      page,
      epoch: z.string(),
      seq: z.number().int(),
      update: z.string(),
      /** Client ids of which the caller's vector knows more than the server. */
      ahead: z.array(z.number()),
      presence: z.string(),
      people: z.array(presence),
      mayWrite: z.boolean(),
    }),
    socket,
  ),
  'page:push': command(
    input({ page: id, epoch: text(64), update: base64(1_048_576) }),
    z.object({ seq: z.number().int() }),
    socket,
  ),
  'page:point': command(
    input({ page: id, anchor: base64(192).nullable(), head: base64(192).nullable() }),
    done,
    socket,
  ),
  // By which a copy finds out that it is not what it should be: the text's fingerprint at `seq` (shared/fingerprint.ts).
  'page:check': command(input({ page: id }), z.object({ seq: z.number().int(), fingerprint: z.string() }), socket),
  // With the presence that `page:open` answered, a close that comes late does not end a newer visit.
  'page:close': command(input({ page: id, presence: text(64).optional() }), done, socket),
} as const

// ---- events

/** Everything the server tells. */
export const events = {
  /** The first word on every connection: the build and epoch it speaks for, and who it takes you for. */
  'server:greeted': z.object({
    protocol: z.number(),
    build: z.string(),
    epoch: z.string(),
    user: user.nullable(),
  }),
  /** This server stops on purpose: the line ends now, and is worth trying again. */
  'server:closing': z.object({}),
  'user:registered': z.object({ user: person }),
  'user:updated': z.object({ user: person }),
  /** To admins: somebody has another role, or was disabled or let in again. */
  'account:updated': z.object({ user: account }),
  /** To who follows them: what somebody has on their screen now. */
  'user:looked': z.object({
    user: id,
    page: id.nullable(),
    path: z.string().nullable(),
    line: z.number().int().nullable(),
  }),
  'page:created': z.object({ page }),
  /** A page's text has changed and rested: its new `seq`, editor and time; at most about once a second per page. */
  'page:updated': z.object({ page }),
  /** What a page's text names has changed: keys of titles that it links to, of its other names, of its tags. */
  'names:changed': z.object({
    page: id,
    links: z.array(z.string()),
    names: z.array(z.string()),
    tags: z.array(z.string()),
  }),
  'page:renamed': z.object({ page, from: z.string() }),
  'file:uploaded': z.object({ file }),
  'file:removed': z.object({ files: z.array(id) }),
  /** To whoever began it: how far a job is. */
  'job:updated': z.object({ job }),
  /** Who is in which page, where that has changed; all of it after the greeting. */
  'page:presence': z.object({ pages: z.array(attended), all: z.boolean() }),
  /** Pages that went together are told one by one. */
  'page:deleted': z.object({ page, by: person }),
  'page:restored': z.object({ page, by: person }),
  'page:purged': z.object({ page: id }),
  /** Protected or locked, or neither any more: the page says which. */
  'page:guarded': z.object({ page, by: person }),
  /** To whoever did it, wherever they are. */
  'page:starred': z.object({ page, on: z.boolean() }),
  /** To whoever opened it, wherever they are: it is no news to them any more, and what they saw last. */
  'page:visited': z.object({ page }),
  /** Titles under `under` have another order: `keys` are those of the last segments that were given a place. */
  'tree:ordered': z.object({ under: z.string(), keys: z.array(z.string()) }),
  'change:noted': z.object({ change: happening }),
  /** To the room: the pushes that one commit took, in order; `seq` is the last one's number. */
  'page:pushed': z.object({ page: id, seq: z.number().int(), edits: z.array(pushed) }),
  'page:joined': z.object({ page: id, who: presence }),
  'page:pointed': z.object({ page: id, points: z.array(point.extend({ presence: z.string() })) }),
  'page:left': z.object({ page: id, presence: z.string() }),
} as const

// ---- what follows from the tables

export type CommandName = keyof typeof commands
export type EventName = keyof typeof events
export type Input<C extends CommandName> = z.input<(typeof commands)[C]['input']>
export type Parsed<C extends CommandName> = z.output<(typeof commands)[C]['input']>
export type Output<C extends CommandName> = z.output<(typeof commands)[C]['output']>
export type Payload<E extends EventName> = z.output<(typeof events)[E]>
export type Person = z.output<typeof person>
export type User = z.output<typeof user>
export type Account = z.output<typeof account>
export type Page = z.output<typeof page>
export type Point = z.output<typeof point>
export type Presence = z.output<typeof presence>
export type Attendant = z.output<typeof attendant>
export type Attended = z.output<typeof attended>
export type Change = z.output<typeof change>
export type Happening = z.output<typeof happening>
export type ChangeKind = (typeof CHANGE_KINDS)[number]
export type Deletion = z.output<typeof deletion>
export type Branch = z.output<typeof branch>
export type File = z.output<typeof file>
export type Edit = z.output<typeof edit>
export type Mark = z.output<typeof mark>
export type Role = z.output<typeof role>
export type Backlink = z.output<typeof backlink>
export type MaintenanceKind = (typeof MAINTENANCE)[number]
export type MaintenanceRow = z.output<typeof maintenanceRow>
export type Job = z.output<typeof job>
export type JobState = (typeof JOB_STATES)[number]

/** What comes back for a command, over either transport. */
export type Ack<T> = { ok: true; value: T } | { ok: false; error: ErrorBody }

/** Socket.IO's two type maps, for `Server<…>` and `Socket<…>`. */
export type ClientToServer = {
  [C in CommandName]: (payload: Input<C>, ack: (answer: Ack<Output<C>>) => void) => void
}
export type ServerToClient = { [E in EventName]: (payload: Payload<E>) => void }
