// The tables as MikroORM sees them; schema.sql says the same in SQL and a test compares the two. The check constraints
// stand in schema.sql alone: MikroORM cannot read them back from SQLite.
// Wiki · User · Session · Token · Page · Redirect · Entry · PageClient

import { defineEntity, type InferEntity, p } from '@mikro-orm/core'
import type { Role } from '../../shared/protocol.ts'

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

export const Page = defineEntity({
  name: 'Page',
  tableName: 'pages',
  indexes: [{ properties: ['updatedAt', 'id'] }],
  properties: {
    id: p.integer().primary(),
    title: p.text(),
    titleKey: p.text().unique(),
    leafKey: p.text().index(),
    parentKey: p.text().index(),
    content: p.text().lazy(true, false),
    snapshot: p.uint8array().lazy(true, false),
    seq: p.integer(),
    author: () => p.manyToOne(User),
    editor: () => p.manyToOne(User),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
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

export const entities = [Wiki, User, Session, Token, Page, Redirect, Entry, PageClient]

export type WikiRow = InferEntity<typeof Wiki>
export type UserRow = InferEntity<typeof User>
export type SessionRow = InferEntity<typeof Session>
export type TokenRow = InferEntity<typeof Token>
export type PageRow = InferEntity<typeof Page>
export type RedirectRow = InferEntity<typeof Redirect>
