import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Boot } from '../shared/boot.ts'
import type { Client } from './support/client.ts'
import { type World, world } from './support/world.ts'

const BUILT = join(import.meta.dirname, '../dist/client')

const bootOf = (html: string) =>
  JSON.parse(/<script type="application\/json" id="boot">(.*?)<\/script>/s.exec(html)![1]!) as Boot
const mainOf = (html: string) => /<main[\s\S]*<\/main>/.exec(html)![0]
const textOf = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')

describe('screens, without any JavaScript', () => {
  let w: World
  let ada: Client
  let grace: Client

  beforeAll(async () => {
    w = await world()
    ada = await w.person('ada')
    grace = await w.person('grace')
    await ada.post('page:create', {
      title: 'Bakery handbook/Sourdough',
      content: '# Sourdough\n\nOne part [[Starter care|starter]], two parts flour.\n\n## Ratios\n\n## Baking\n',
    })
    await ada.post('page:create', { title: 'Bakery handbook', content: 'What we know about bread.' })
  })
  afterAll(() => w.close())

  const get = async (client: Client, path: string, headers: Record<string, string> = {}) => {
    // Node's fetch would ask past every cache otherwise.
    const cache = { 'Cache-Control': 'max-age=0' }
    const response = await client.fetch(path, { headers: { Accept: 'text/html', ...cache, ...headers } })
    return { response, status: response.status, html: await response.text() }
  }

  test('the first answer holds the whole article, its author and its contents', async () => {
    const { status, html } = await get(w.guest(), '/wiki/Bakery_handbook/Sourdough')
    expect(status).toBe(200)
    expect(textOf(mainOf(html))).toMatch(/Sourdough AD By ada · written just now/)
    expect(mainOf(html)).toContain('two parts flour.</p>')
    expect(html).toContain('<a class="" href="#h-ratios">Ratios</a>')
    expect(html).toContain('<title>Sourdough · Chorus</title>')
    expect(html).toContain('<meta name="description" content="One part starter, two parts flour.">')
    expect(html).toContain('<html lang="en">')
  })

  test('each way in offers the other one that makes sense there', async () => {
    const { url } = await ada.post('user:resetLink', { user: grace.user!.id })
    const note = async (path: string) =>
      textOf(/<p class="note">(?:(?!<p)[\s\S])*?<\/p><\/div><\/main>/.exec((await get(w.guest(), path)).html)![0])
    expect(await note('/login')).toMatch(/New here\? Make an account/)
    expect(await note('/register')).toMatch(/Already here\? Sign in/)
    expect(await note(new URL(url).pathname)).toMatch(/Do you know your password after all\? Sign in/)
  })

  test('a text that begins with its own title does not show it twice', async () => {
    const { html } = await get(w.guest(), '/wiki/Bakery_handbook/Sourdough')
    expect(html.match(/<h1/g)).toHaveLength(1)
    expect(html).toContain('<h1 class="title" id="h-sourdough">Sourdough</h1>')
  })

  test('the way down to a page is shown in breadcrumbs and in the tree', async () => {
    const { html } = await get(w.guest(), '/wiki/Bakery_handbook/Sourdough')
    expect(textOf(/<nav class="crumb"[\s\S]*?<\/nav>/.exec(html)![0])).toMatch(/Bakery handbook Sourdough/)
    const tree = /<page-tree>[\s\S]*?<\/page-tree>/.exec(html)![0]
    expect(tree).toMatch(/href="\/wiki\/Bakery_handbook\/Sourdough"\s+aria-current="page"/)
    const home = await get(w.guest(), '/')
    expect(/<page-tree>[\s\S]*?<\/page-tree>/.exec(home.html)![0]).not.toContain('Sourdough')
  })

  test('an answer that has not changed is not sent again; one that has, or that somebody else asks for, is', async () => {
    const path = '/wiki/Bakery_handbook/Sourdough'
    const first = await get(ada, path)
    const etag = first.response.headers.get('ETag')!
    expect(first.response.headers.get('Cache-Control')).toBe('private, no-cache')
    expect((await get(ada, path, { 'If-None-Match': etag })).status).toBe(304)
    expect((await get(grace, path, { 'If-None-Match': etag })).status).toBe(200)
    await grace.post('page:create', { title: 'Starter care' })
    const blue = await get(ada, path, { 'If-None-Match': etag })
    expect(blue.status).toBe(200)
    expect(blue.html).toContain('<a class="wiki" href="/wiki/Starter_care" data-title="Starter care">starter</a>')
    await grace.post('page:edit', { page: bootOf(first.html).page!.id, edits: [{ append: '\nMore.\n' }] })
    expect((await get(ada, path, { 'If-None-Match': blue.response.headers.get('ETag')! })).html).toContain('More.')
  })

  test('other spellings lead to the one address for good, old titles for now', async () => {
    const spelt = await get(w.guest(), '/wiki/bakery%20handbook/SOURDOUGH?x=1')
    expect([spelt.status, spelt.response.headers.get('Location')]).toEqual([301, '/wiki/Bakery_handbook/Sourdough?x=1'])
    const { id } = await ada.post('page:create', { title: 'Tools' })
    await ada.post('page:rename', { page: id, title: 'Equipment' })
    const moved = await get(w.guest(), '/wiki/Tools')
    expect([moved.status, moved.response.headers.get('Location')]).toEqual([302, '/wiki/Equipment'])
  })

  test('a title and “.md” is the text itself', async () => {
    const { response, html } = await get(w.guest(), '/wiki/Bakery_handbook.md')
    expect(response.headers.get('Content-Type')).toBe('text/markdown; charset=utf-8')
    expect(html).toBe('What we know about bread.')
    expect((await get(w.guest(), '/wiki/Nothing.md')).status).toBe(404)
  })

  test('an unknown title is a 404 that offers to write it, and names what is near', async () => {
    const mine = await get(ada, '/wiki/Bakery_handbook/Rye')
    expect(mine.status).toBe(404)
    expect(mine.html).toContain('href="/create?title=Bakery%20handbook%2FRye"')
    const guests = await get(w.guest(), '/wiki/Sourdoug')
    expect(guests.html).toContain('href="/login?next=%2Fwiki%2FSourdoug"')
    expect(guests.html).toContain('href="/wiki/Bakery_handbook/Sourdough"')
    const impossible = await get(ada, '/wiki/a%23b')
    expect([impossible.status, textOf(impossible.html)]).toEqual([404, expect.stringContaining('cannot hold “#”')])
  })

  test('what people write is shown as text, wherever it stands', async () => {
    const evil = `x" onload='alert(1)' ${'&'} ‹script›`
    await ada.post('page:create', { title: evil, content: '</script><script>alert(1)</script>' })
    for (const path of [
      '/',
      '/pages',
      `/wiki/${encodeURIComponent(evil.replaceAll(' ', '_'))}`,
      `/pages?match=${encodeURIComponent('"><script>')}`,
      `/create?title=${encodeURIComponent('"><script>')}`,
      '/wiki/%22%3E%3Cscript%3E',
      `/login?next=${encodeURIComponent('/"><script>')}`,
    ]) {
      const { html } = await get(path.startsWith('/login') ? w.guest() : ada, path)
      expect(html.replace(/<script type[\s\S]*?<\/script>/g, ''), path).not.toMatch(/<script>|" onload|<img/)
      expect(html.match(/<script/g)!.length, path).toBeLessThanOrEqual(3)
      bootOf(html)
    }
  })

  test('a guest who wants what needs an account signs in first, and goes on from there', async () => {
    for (const path of ['/create?title=Rye', '/profile', '/people']) {
      const { status, response } = await get(w.guest(), path)
      expect([status, response.headers.get('Location')]).toEqual([302, `/login?next=${encodeURIComponent(path)}`])
    }
    expect((await get(grace, '/people')).status).toBe(403)
    const back = await get(ada, '/login?next=%2Fprofile')
    expect([back.status, back.response.headers.get('Location')]).toEqual([302, '/profile'])
  })

  test('nobody is led to another site after signing in', async () => {
    const ways = ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)']
    // Browsers drop tabs and line ends before they read an address, and leave out a dot between slashes.
    ways.push('/\t/evil.example', '/\n/evil.example', '\t//evil.example', '/.//evil.example', '/a/..//evil.example')
    for (const next of ways) {
      const { html } = await get(w.guest(), `/login?next=${encodeURIComponent(next)}`)
      expect(html).toContain('data-next="/"')
      const { response } = await get(ada, `/login?next=${encodeURIComponent(next)}`)
      expect(response.headers.get('Location')).toBe('/')
    }
  })

  test('home and the list of all pages go on where the last screen ended', async () => {
    for (let i = 0; i < 45; i++) await ada.post('page:create', { title: `Log/Day ${i}` })
    for (const start of ['/', '/pages']) {
      const first = await get(w.guest(), start)
      const next = /rel="next" href="([^"]*)"/.exec(first.html)![1]!.replaceAll('&amp;', '&')
      const second = await get(w.guest(), next)
      const ids = (html: string) => bootOf(html).list!.pages.map(page => page.id)
      expect(ids(first.html)).toHaveLength(40)
      expect(ids(second.html).filter(id => ids(first.html).includes(id))).toEqual([])
    }
    const found = await get(w.guest(), '/pages?match=day%204')
    expect(
      bootOf(found.html)
        .list!.pages.map(({ title }) => title)
        .sort(),
    ).toEqual(['Log/Day 4', ...[0, 1, 2, 3, 4].map(i => `Log/Day 4${i}`)])
  })

  test('times are those of the reader’s own clock', async () => {
    const hour = Number(
      new Intl.DateTimeFormat('en-GB', { timeZone: 'Pacific/Kiritimati', hour: '2-digit', hourCycle: 'h23' }).format(),
    )
    const { html } = await get(ada, '/', { Cookie: `${ada.cookie}; tz=Pacific%2FKiritimati` })
    expect(html).toContain(
      `${hour < 5 ? 'Good night' : hour < 12 ? 'Good morning' : hour < 18 ? 'Good afternoon' : 'Good evening'}, ada</h1>`,
    )
    const odd = await get(w.guest(), '/', { Cookie: 'tz=Nowhere%2FAtAll; visit=999' })
    expect(odd.status).toBe(200)
  })

  test('each screen brings the styles of all that stands on it', async () => {
    const sheet = (path: string) => readFileSync(join(BUILT, path), 'utf8')
    const named = (css: string) => new Set([...css.matchAll(/\.(-?[a-z][\w-]*)/g)].map(([, name]) => name!))
    await ada.post('page:delete', { page: (await ada.post('page:create', { title: 'Gone' })).id })
    const lists = ['/', '/pages', '/search?q=starter', '/tags', '/maintenance', '/changes', '/trash', '/files']
    const pages = ['/wiki/Bakery_handbook/Sourdough', '/wiki/Nobody', '/attachments/Bakery_handbook', '/nowhere']
    const own = ['/people', '/people/ada', '/create', '/profile', '/drafts', '/today', '/logout']
    const drawn: { path: string; stands: string[]; styled: Set<string> }[] = []
    for (const path of [...lists, ...pages, ...own]) {
      const { html } = await get(ada, path)
      const sheets = [...html.matchAll(/rel="stylesheet" href="([^"]+)"/g)].map(([, file]) => sheet(file!))
      const stands = [...mainOf(html).matchAll(/ class="([^"]*)"/g)].flatMap(([, names]) => names!.trim().split(/\s+/))
      drawn.push({ path, stands, styled: named(sheets.join('\n')) })
    }
    const all = new Set(drawn.flatMap(({ styled }) => [...styled]))
    for (const { path, stands, styled } of drawn)
      expect(
        stands.filter(name => all.has(name) && !styled.has(name)),
        path,
      ).toEqual([])
  })

  test('long answers travel compressed', async () => {
    const { response, html } = await get(w.guest(), '/', { 'Accept-Encoding': 'gzip' })
    expect(response.headers.get('Content-Encoding')).toBe('gzip')
    expect(html).toContain('</html>')
  })
})

describe('where guests may not read', () => {
  test('every screen but the ways in leads to signing in', async () => {
    await using w = await world({ config: { publicRead: false, registration: 'invite' } })
    const ada = await w.person('ada')
    const { path } = await ada.post('page:create', { title: 'Secret recipe' })
    for (const address of ['/', '/pages', path, `${path}.md`, '/wiki/Unknown', '/drafts']) {
      const response = await w.guest().fetch(address, { headers: { Accept: 'text/html' } })
      expect([response.status, response.headers.get('Location')]).toEqual([
        302,
        `/login?next=${encodeURIComponent(address)}`,
      ])
    }
    const register = await (await w.guest().fetch('/register')).text()
    expect(register).toContain('need an invitation')
    expect(register).not.toContain('Secret')
    expect((await ada.fetch(path)).status).toBe(200)
  })
})
