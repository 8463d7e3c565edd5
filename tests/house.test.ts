import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

const sources = ['shared', 'server', 'client'].flatMap(folder =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => `${folder}/${name}`),
)

interface Import {
  from: string
  /** A file of ours as `folder/file.ts`, or a package's name. */
  to: string
  typeOnly: boolean
}

const imports: Import[] = sources.flatMap(from => {
  const text = readFileSync(join(root, from), 'utf8')
  const statements = text.matchAll(
    /^\s*(?:import|export)\s+(type\s+)?(?:([^'"]*?)\s+from\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/gm,
  )
  return [...statements].map(([, type, names = '', path, lazy]) => {
    const to = (path ?? lazy)!
    const inner = /^\{(.*)\}$/s.exec(names.trim())?.[1]
    const allTypes = inner?.split(',').every(name => /^(type\s.*)?$/.test(name.trim())) ?? false
    return {
      from,
      to: to.startsWith('.') ? relative(root, normalize(join(root, dirname(from), to))) : to,
      typeOnly: type !== undefined || allTypes,
    }
  })
})

/** Where each file stands: higher floors may import lower ones. */
function floor(file: string): number {
  if (/^(shared|client\/styles)\//.test(file) || file === 'schema.sql') return 0
  if (/^server\/(db\/|config\.ts)/.test(file)) return 1
  if (/^client\/(?!main|app-shell|sw|vite)[^/]+$/.test(file)) return 1
  if (/^server\/wiki\//.test(file)) return 2
  if (/^client\/(components|editor|reading)\//.test(file)) return 2
  if (/^server\/web\//.test(file)) return 3
  if (/^client\/views\//.test(file)) return 3
  return 4
}

const bad = (broken: (one: Import) => boolean) => imports.filter(broken).map(({ from, to }) => `${from} imports ${to}`)

describe('the house', () => {
  test('imports go down, never up', () => {
    expect(imports.length).toBeGreaterThan(100)
    expect(
      bad(({ from, to, typeOnly }) => /^(shared|server|client)\//.test(to) && !typeOnly && floor(to) > floor(from)),
    ).toEqual([])
  })

  test('server and client never meet', () => {
    expect(bad(({ from, to }) => from.startsWith('client/') && to.startsWith('server/'))).toEqual([])
    expect(bad(({ from, to }) => from.startsWith('server/') && to.startsWith('client/'))).toEqual([])
    expect(bad(({ from, to }) => from.startsWith('shared/') && /^(server|client)\/|^node:/.test(to))).toEqual([])
  })

  test('zod stays out of the browser: the client takes only types from the protocol', () => {
    expect(
      bad(
        ({ from, to, typeOnly }) =>
          /^(client|shared)\//.test(from) && from !== 'shared/protocol.ts' && to === 'shared/protocol.ts' && !typeOnly,
      ),
    ).toEqual([])
    expect(bad(({ from, to }) => from.startsWith('client/') && to === 'zod')).toEqual([])
  })

  test('each package has one place', () => {
    const only = (packages: RegExp, places: RegExp) =>
      bad(({ from, to, typeOnly }) => packages.test(to) && !typeOnly && !places.test(from))
    expect(only(/^(express|multer|express-session|helmet)$/, /^server\/web\//)).toEqual([])
    expect(only(/^socket\.io$/, /^server\/web\//)).toEqual([])
    expect(only(/^socket\.io-client$/, /^client\/connection\.ts$/)).toEqual([])
    expect(only(/^(better-sqlite3|@mikro-orm\/better-sqlite|@mikro-orm\/migrations)$/, /^server\/db\//)).toEqual([])
    expect(only(/^yjs$/, /^(server\/wiki\/(room|history)|client\/(editor|reading)\/|shared\/document\.ts)/)).toEqual([])
    expect(only(/^node:https?$/, /^server\/(web\/|main\.ts|console\.ts)/)).toEqual([])
  })

  test('the environment is read in one place, SQL is written in one folder', () => {
    const holding = (pattern: RegExp, except: RegExp) =>
      sources.filter(file => !except.test(file) && pattern.test(readFileSync(join(root, file), 'utf8')))
    expect(holding(/process\.env/, /^server\/config\.ts$/)).toEqual([])
    expect(holding(/['"`]\s*(select|insert into|update \w+ set|delete from)\s/i, /^server\/db\//)).toEqual([])
  })
})
