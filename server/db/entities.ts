// The tables as MikroORM sees them; schema.sql says the same in SQL and a test compares the two. The check constraints
// stand in schema.sql alone: MikroORM cannot read them back from SQLite.
// Wiki · User · Session · Token · Page · Branch · Redirect · Entry · PageClient · Derived · Link · Alias · Tag · Job ·
// File · FileRef · Import · Visit · Trashed · Change · Order · Star

import { defineEntity, type InferEntity, p } from '@mikro-orm/core'
import type { ChangeKind, JobState, Role } from '../../shared/protocol.ts'

export const Wiki = defineEntity({
  name: 'Wiki',
  tableName: 'wiki',
  properties: {
    id: p.integer().primary().autoincrement(false),
    epoch: p.text(),
    secret: p.text(),
    createdAt: p.datetime(),
  },
})

export const User = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: {
    id: p.integer().primary(),
    username: p.text(),
    usernameKey: p.text().unique(),
    passwordHash: p.text().lazy(true, false),
    role: p.text().$type<Role>(),
    avatar: p.text().nullable(),
    colour: p.integer(),
    createdAt: p.datetime(),
    disabledAt: p.datetime().nullable(),
    seenAt: p.datetime().nullable(),
  },
})

export const Session = defineEntity({
  name: 'Session',
  tableName: 'sessions',
  properties: {
    id: p.text().primary(),
    user: () => p.manyToOne(User).deleteRule('cascade'),
    data: p.text(),
    createdAt: p.datetime(),
    seenAt: p.datetime(),
    expiresAt: p.datetime(),
    provedAt: p.datetime().nullable(),
  },
})

export const Token = defineEntity({
  name: 'Token',
  tableName: 'tokens',
  properties: {
    id: p.text().primary(),
    kind: p.text().$type<'invite' | 'reset'>(),
    user: () => p.manyToOne(User).nullable().deleteRule('cascade'),
    role: p.text().$type<Role>().nullable(),
    maker: () => p.manyToOne(User).nullable().deleteRule('cascade'),
    createdAt: p.datetime(),
    expiresAt: p.datetime(),
    usedAt: p.datetime().nullable(),
  },
})

// What is in the trash is found by nobody who does not ask for it with `{ filters: false }`.
export const Page = defineEntity({
  name: 'Page',
  tableName: 'pages',
  indexes: [
    { properties: ['trashedAt', 'updatedAt', 'id'] },
    { properties: ['id', 'seq'] },
    { properties: ['parentKey', 'titleKey'] },
  ],
  filters: { present: { name: 'present', cond: { trashedAt: null }, default: true } },
  properties: {
    id: p.integer().primary(),
    title: p.text(),
    titleKey: p.text().unique(),
    leafKey: p.text().index(),
    parentKey: p.text(),
    content: p.text().lazy(true, false),
    snapshot: p.uint8array().lazy(true, false),
    seq: p.integer(),
    author: () => p.manyToOne(User),
    editor: () => p.manyToOne(User),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    trashedAt: p.datetime().nullable(),
    protection: p.text().nullable(),
    lockedAt: p.datetime().nullable(),
  },
})

export const Branch = defineEntity({
  name: 'Branch',
  tableName: 'branches',
  indexes: [{ properties: ['parentKey', 'key'] }],
  properties: {
    key: p.text().primary(),
    parentKey: p.text().nullable(),
    title: p.text(),
    below: p.integer(),
  },
})

export const Redirect = defineEntity({
  name: 'Redirect',
  tableName: 'redirects',
  properties: {
    titleKey: p.text().primary(),
    title: p.text(),
    page: () => p.manyToOne(Page).deleteRule('cascade'),
    createdAt: p.datetime(),
  },
})

export const Entry = defineEntity({
  name: 'Entry',
  tableName: 'entries',
  properties: {
    pageId: p.integer().primary(),
    seq: p.integer().primary(),
    firstSeq: p.integer(),
    userId: p.integer(),
    via: p.text(),
    at: p.datetime(),
    bytes: p.uint8array(),
  },
})

export const PageClient = defineEntity({
  name: 'PageClient',
  tableName: 'page_clients',
  properties: {
    pageId: p.integer().primary(),
    client: p.bigint('number').primary(),
    userId: p.integer(),
  },
})

export const Derived = defineEntity({
  name: 'Derived',
  tableName: 'derived',
  properties: {
    pageId: p.integer().primary().autoincrement(false),
    seq: p.integer(),
    version: p.integer(),
    bytes: p.integer().index(),
    likeness: p.text().index(),
  },
})

export const Link = defineEntity({
  name: 'Link',
  tableName: 'links',
  indexes: [{ properties: ['key', 'pageId'] }],
  properties: {
    pageId: p.integer().primary(),
    key: p.text().primary(),
    title: p.text(),
    contexts: p.text(),
  },
})

export const Alias = defineEntity({
  name: 'Alias',
  tableName: 'aliases',
  indexes: [{ properties: ['key', 'pageId'] }],
  properties: {
    pageId: p.integer().primary(),
    key: p.text().primary(),
    alias: p.text(),
  },
})

export const Tag = defineEntity({
  name: 'Tag',
  tableName: 'tags',
  indexes: [{ properties: ['key', 'pageId'] }],
  properties: {
    pageId: p.integer().primary(),
    key: p.text().primary(),
    tag: p.text(),
  },
})

export const Job = defineEntity({
  name: 'Job',
  tableName: 'jobs',
  properties: {
    id: p.integer().primary(),
    kind: p.text(),
    user: () => p.manyToOne(User),
    state: p.text().$type<JobState>().index(),
    words: p.text(),
    input: p.text(),
    progress: p.text(),
    done: p.integer(),
    total: p.integer(),
    report: p.text(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
})

export const File = defineEntity({
  name: 'File',
  tableName: 'files',
  uniques: [{ properties: ['hash', 'name', 'folder'] }],
  properties: {
    id: p.integer().primary(),
    ref: p.text().index(),
    hash: p.text(),
    name: p.text(),
    nameKey: p.text().index(),
    folder: p.text(),
    type: p.text(),
    bytes: p.integer(),
    width: p.integer().nullable(),
    height: p.integer().nullable(),
    author: () => p.manyToOne(User),
    createdAt: p.datetime(),
  },
})

export const FileRef = defineEntity({
  name: 'FileRef',
  tableName: 'file_refs',
  indexes: [{ properties: ['wanted', 'pageId'] }],
  properties: {
    pageId: p.integer().primary(),
    wanted: p.text().primary(),
  },
})

export const Import = defineEntity({
  name: 'Import',
  tableName: 'imports',
  properties: {
    titleKey: p.text().primary(),
    pageId: p.integer().index(),
    base: p.uint8array(),
    at: p.datetime(),
  },
})

export const Trashed = defineEntity({
  name: 'Trashed',
  tableName: 'trash',
  indexes: [{ properties: ['at', 'pageId'] }],
  properties: {
    pageId: p.integer().primary().autoincrement(false),
    rootId: p.integer().index(),
    titleKey: p.text().index(),
    userId: p.integer(),
    at: p.datetime(),
  },
})

export const Change = defineEntity({
  name: 'Change',
  tableName: 'changes',
  indexes: [
    { properties: ['at', 'id'] },
    { properties: ['userId', 'at', 'id'] },
    { properties: ['pageId', 'at', 'id'] },
    { properties: ['via', 'at', 'id'] },
  ],
  properties: {
    id: p.integer().primary(),
    kind: p.text().$type<ChangeKind>(),
    pageId: p.integer(),
    title: p.text(),
    userId: p.integer(),
    via: p.text(),
    beganAt: p.datetime(),
    at: p.datetime(),
    firstSeq: p.integer().nullable(),
    lastSeq: p.integer().nullable(),
    added: p.integer(),
    removed: p.integer(),
    detail: p.text().nullable(),
    note: p.text().nullable(),
  },
})

export const Order = defineEntity({
  name: 'Order',
  tableName: 'orders',
  properties: {
    underKey: p.text().primary(),
    keys: p.text(),
  },
})

export const Star = defineEntity({
  name: 'Star',
  tableName: 'stars',
  properties: {
    userId: p.integer().primary(),
    pageId: p.integer().primary().index(),
    at: p.datetime(),
  },
})

export const Visit = defineEntity({
  name: 'Visit',
  tableName: 'visits',
  properties: {
    user: () => p.manyToOne(User).primary().deleteRule('cascade').index(false),
    page: () => p.manyToOne(Page).primary().deleteRule('cascade'),
    seq: p.integer(),
    since: p.integer().nullable(),
    at: p.datetime(),
  },
})

export const entities = [
  Wiki,
  User,
  Session,
  Token,
  Page,
  Branch,
  Redirect,
  Entry,
  PageClient,
  Derived,
  Link,
  Alias,
  Tag,
  Job,
  File,
  FileRef,
  Import,
  Visit,
  Trashed,
  Change,
  Order,
  Star,
]
export type WikiRow = InferEntity<typeof Wiki>
export type UserRow = InferEntity<typeof User>
export type SessionRow = InferEntity<typeof Session>
export type TokenRow = InferEntity<typeof Token>
export type PageRow = InferEntity<typeof Page>
export type FileRow = InferEntity<typeof File>
export type RedirectRow = InferEntity<typeof Redirect>
export type JobRow = InferEntity<typeof Job>
export type ChangeRow = InferEntity<typeof Change>
