import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import fc from 'fast-check'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import { readConfig } from '../server/config.ts'
import { run } from '../server/console.ts'
import { rewriteDestinations } from '../server/wiki/vault/destinations.ts'
import { fileNamesFor, seemsTitled, titleOfFile, withoutTitle, withTitle } from '../server/wiki/vault/names.ts'
import { parseTitle, titleKey } from '../shared/titles.ts'
import { type World, world } from './support/world.ts'

const VAULT = join(import.meta.dirname, '../../shared/data/vault')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chorus-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function commandLine(of: string, ...args: string[]) {
  const said: string[] = []
  const bars: string[] = []
  const config = readConfig({ DATABASE_URL: `sqlite:${of}/data/chorus.sqlite`, UPLOADS_DIR: `${of}/uploads` })
  const code = await run(
    args,
    text => said.push(text),
    text => said.push(text),
    config,
    text => bars.push(text),
  )
  return { code, said: said.join(''), bars }
}

async function contents(root: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const one of await readdir(root, { recursive: true, withFileTypes: true }))
    if (one.isFile()) {
      const full = join(one.parentPath, one.name)
      found.set(full.slice(root.length + 1), await readFile(full, 'latin1'))
    }
  return found
}

async function put(root: string, files: Record<string, string | Buffer>): Promise<string> {
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), bytes)
  }
  return root
}

async function zipOf(path: string, entries: [name: string, bytes: Buffer | string, mode?: number][]): Promise<string> {
  const zip = new ZipFile()
  for (const [name, bytes, mode = 0o100644] of entries) zip.addBuffer(Buffer.from(bytes as string), name, { mode })
  zip.end()
  await pipeline(zip.outputStream as NodeJS.ReadableStream, createWriteStream(path))
  return path
}

const readAll = async (w: World, title: string) => (await w.guest().post('page:read', { title })).content

describe('a real vault', () => {
  test('comes in with one command, goes out as it was, and comes in elsewhere as the same wiki', {
    timeout: 180_000,
  }, async () => {
    await using w = await world()
    const ada = await w.person('ada')
    const first = await commandLine(w.folder, 'import', VAULT)
    expect(first.code, first.said).toBe(0)
    expect(first.said).toContain('225 pages made, 0 changed, 0 as before; 1 file.')
    expect(first.said).toContain('Brought in as ada.')
    expect(first.bars.some(bar => /█+░* \d+ of 226/.test(bar))).toBe(true)
    expect((await ada.post('page:list', {})).total).toBe(225)
    expect((await ada.post('page:list', {})).pages[0]!.author.username).toBe('ada')

    const again = await commandLine(w.folder, 'import', VAULT)
    expect(again.said).toContain('0 pages made, 0 changed, 225 as before; 1 file.')

    const out = join(folder, 'out')
    const exported = await commandLine(w.folder, 'export', out)
    expect(exported.said).toContain('225 pages and 1 files')
    const [then, now] = [await contents(VAULT), await contents(out)]
    for (const [path, text] of then) if (path.endsWith('.md')) then.set(path, text.replace(/\r\n?/g, '\n'))
    expect([...now.keys()].sort()).toEqual([...then.keys()].sort())
    for (const [path, text] of then) if (path.endsWith('.md')) expect(now.get(path) === text, path).toBe(true)
    // The picture lost what a program wrote beside it, not a dot of it.
    const dots = (root: string) => sharp(join(root, 'demo-video-screenshot.png')).raw().toBuffer()
    expect((await dots(out)).equals(await dots(VAULT))).toBe(true)

    await using other = await world()
    await other.person('grace')
    const zip = join(folder, 'out.zip')
    expect((await commandLine(w.folder, 'export', zip)).code).toBe(0)
    const there = await commandLine(other.folder, 'import', zip)
    expect(there.said).toContain('225 pages made')
    const second = join(folder, 'second')
    await commandLine(other.folder, 'export', second)
    expect(await contents(second)).toEqual(now)
    // Somebody else's things are not written over.
    expect(await commandLine(other.folder, 'export', second)).toMatchObject({ code: 1 })
  })
})

describe('what is brought in', () => {
  test('links, pictures and properties work; what people wrote since stays when it is brought in again', async () => {
    await using w = await world()
    const ada = await w.person('ada')
    const picture = await sharp({ create: { width: 40, height: 30, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    const vault = await put(join(folder, 'notes'), {
      'Bread.md':
        '---\ntags: [food]\n---\n# Bread\n\n![Loaf](pictures/my%20loaf.png) and [[Flour]] and [flour](./Baking/Flour.md#How%20much).\n\n`[x](Bread.md)`\n\nOne.\n\nTwo.\n',
      'Baking/Flour.md': 'See [bread](../Bread.md), ![[my loaf.png|20]] and [the web](https://example.org/Bread.md).\n',
      'pictures/my loaf.png': picture,
      '.obsidian/app.json': '{}',
      'half.md': Buffer.from([0x61, 0xff, 0xfe]),
      'What? A <title>.md': 'Odd.\n',
    })
    await symlink('/etc/passwd', join(vault, 'passwd.md'))
    const first = await commandLine(w.folder, 'import', vault, '--as', 'ADA')
    expect(first.said).toContain('3 pages made, 0 changed, 0 as before; 1 file.')
    expect(first.said).toContain('half.md: it is not text in UTF-8')
    expect(first.said).toContain('passwd.md: it is a link to another place')
    const bread = await readAll(w, 'Bread')
    expect(bread).toMatch(/!\[Loaf\]\(\/files\/[0-9a-f]{16}-40x30\/my%20loaf\.png\)/)
    for (const path of ['/wiki/Bread', '/wiki/Baking/Flour']) {
      const html = await (await w.guest().fetch(path)).text()
      const [, src] = /<img [^>]*src="(\/files\/[0-9a-f]{16}-40x30\/my%20loaf\.png)"/.exec(html) ?? []
      const shown = await w.guest().fetch(src!)
      expect([shown.status, shown.headers.get('Content-Type')], path).toEqual([200, 'image/png'])
    }
    expect(bread).toContain('[flour](/wiki/Baking/Flour#h-how-much)')
    expect(bread).toContain('`[x](Bread.md)`')
    expect(bread).toContain('---\ntags: [food]\n---\n')
    expect(await readAll(w, 'Baking/Flour')).toContain(
      '[bread](/wiki/Bread), ![[my loaf.png|20]] and [the web](https://example.org/Bread.md)',
    )
    expect(await readAll(w, 'What? A -title-')).toBe('Odd.\n')

    const { id } = await ada.post('page:read', { title: 'Bread' })
    await ada.post('page:edit', { page: id, edits: [{ replace: 'One.', with: 'Eins.' }] })
    await ada.post('page:create', { title: 'Rolls', content: 'Mine.' })
    const before = await readFile(join(vault, 'Bread.md'), 'utf8')
    await put(vault, { 'Bread.md': before.replace('Two.', 'Two, from the folder.'), 'Rolls.md': 'Theirs.' })
    const second = await commandLine(w.folder, 'import', vault)
    expect(second.said).toContain('0 pages made, 1 changed, 2 as before')
    expect(second.said).toContain('Rolls.md: a page with the title “Rolls” was written here; it is left as it is')
    const merged = await readAll(w, 'Bread')
    expect(merged).toContain('Eins.')
    expect(merged).toContain('Two, from the folder.')
    expect(await readAll(w, 'Rolls')).toBe('Mine.')

    // What was changed on both sides stays as people have it here, and is told.
    await put(vault, { 'Bread.md': before.replace('One.', 'Uno.').replace('Two.', 'Two, from the folder.') })
    const third = await commandLine(w.folder, 'import', vault)
    expect(third.said).toContain('Bread.md: one place was kept as people have written here')
    expect(await readAll(w, 'Bread')).toBe(merged)
    expect((await commandLine(w.folder, 'import', vault)).said).toContain('0 changed, 3 as before')
  })

  test('a zip that would break out, blow up or lie is refused, or that file of it is', async () => {
    await using w = await world({ limits: { vaultEntries: 5, fileBytes: 2_000_000 } })
    await w.person('ada')
    const bring = (entries: Parameters<typeof zipOf>[1]) =>
      zipOf(join(folder, `${Math.random()}.zip`), entries).then(path => commandLine(w.folder, 'import', path))
    const slip = Buffer.from(await readFile(await zipOf(join(folder, 'slip.zip'), [['aaaaaaaaa.md', 'out']])))
    const path = join(folder, 'slipped.zip')
    await writeFile(
      path,
      Buffer.from(slip.toString('latin1').replaceAll('aaaaaaaaa.md', '../../../x.md'.slice(0, 12)), 'latin1'),
    )
    expect((await commandLine(w.folder, 'import', path)).said).toContain('Nothing was taken')
    const many = await bring(Array.from({ length: 6 }, (_, i) => [`${i}.md`, 'x']))
    expect(many).toMatchObject({ code: 1 })
    expect(many.said).toContain('more in it than can be imported')
    const mixed = await bring([
      ['fine.md', 'Fine.'],
      ['link.md', '/etc/passwd', 0o120777],
      ['bomb.bin', Buffer.alloc(20_000_000)],
    ])
    expect(mixed.said).toContain('1 page made')
    expect(mixed.said).toContain('link.md: it is a link to another place')
    expect(mixed.said).toContain('bomb.bin: it would unpack to far more than it is')
    await writeFile(path, 'no zip')
    expect((await commandLine(w.folder, 'import', path)).said).toContain('not a zip file')
    expect(await readdir(join(w.folder, 'uploads/arriving'))).toEqual([])
  })

  test('also when no server runs', async () => {
    const w = await world()
    const ada = await w.person('ada')
    await ada.post('page:create', { title: 'Before' })
    await w.running.close()
    const vault = await put(join(folder, 'alone'), { 'After.md': 'Words.' })
    expect((await commandLine(w.folder, 'import', vault)).said).toContain('1 page made')
    const out = join(folder, 'alone-out')
    expect((await commandLine(w.folder, 'export', out)).code).toBe(0)
    expect([...(await contents(out)).keys()].sort()).toEqual(['After.md', 'Before.md'])
    await w.close()
  })
})

describe('names of files', () => {
  const odd = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
    fc.constantFrom(
      'CON',
      'nul.txt',
      'COM1',
      'a.',
      '.hidden',
      'A:B',
      'a?',
      'a/b',
      'A/B',
      'a.md/b',
      'x'.repeat(100),
      '100%',
      'a%3Ab',
      '~x',
      'é',
      'e\u0301',
      '漢'.repeat(90),
    ),
    fc
      .array(fc.constantFrom('a', 'A', 'con', 'é', 'ß', 'SS', '…'), { minLength: 1, maxLength: 40 })
      .map(parts => parts.join('/')),
  )
  const titles = fc
    .array(odd, { maxLength: 30 })
    .map(raw =>
      raw.flatMap(one => {
        try {
          return [parseTitle(one)]
        } catch {
          return []
        }
      }),
    )
    .map(all => [...new Map(all.map(title => [titleKey(title), title])).values()])

  test('are ones that every system takes, and no two of them are the same to any', () => {
    fc.assert(
      fc.property(titles, all => {
        const names = [...fileNamesFor(all).values()]
        expect(new Set(names.map(name => name.normalize('NFD').toLowerCase())).size).toBe(all.length)
        const folders = new Set(
          names.flatMap(name =>
            name
              .split('/')
              .slice(0, -1)
              .map((_, i, parts) => parts.slice(0, i + 1).join('/')),
          ),
        )
        for (const name of names) {
          expect(folders.has(name)).toBe(false)
          expect(name.length).toBeLessThanOrEqual(210)
          for (const part of name.split('/')) {
            expect(part).not.toMatch(/[<>:"|?*\\\p{Cc}]|[. ]$|^[. ]/u)
            expect(part).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i)
            expect(Buffer.byteLength(part)).toBeLessThanOrEqual(200)
          }
        }
      }),
    )
  })

  test('and text together say the title and the text again, whatever they are', () => {
    const line = fc.constantFrom('---', 'chorus-title: "x"', 'tags: a', '', 'words', '...', '--- ')
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(line, { maxLength: 8 }).map(lines => lines.join('\n')),
    )
    fc.assert(
      fc.property(text, odd, (content, title) => {
        expect(withoutTitle(withTitle(content, title))).toEqual({ title, text: content })
        if (!seemsTitled(content)) expect(withoutTitle(content)).toEqual({ title: null, text: content })
      }),
      { numRuns: 1_000 },
    )
  })

  test('any path makes a title', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), path => {
        const title = titleOfFile(`${path}.md`)
        expect(parseTitle(title)).toBe(title)
      }),
      { numRuns: 1_000 },
    )
  })

  test('odd wikis go out and come in as they were', { timeout: 120_000 }, async () => {
    await using one = await world()
    const ada = await one.person('ada')
    await using two = await world()
    await two.person('ada')
    const [all] = fc.sample(titles, { numRuns: 1, seed: 7 })
    const wanted = [
      ...(all ?? []),
      'A:B',
      'A:B/c',
      'a.md/b',
      'a',
      'CON',
      'x'.repeat(100),
      Array(60).fill('deep').join('/'),
    ]
    const texts = ['', '\ufeffmark', '---\nchorus-title: "no"\n---\nx', '---\n---\nempty', 'a\n']
    for (const [i, title] of wanted.entries())
      await ada.post('page:create', { title, content: texts[i % texts.length]! }).catch(() => {})
    const [a, b] = [join(folder, 'odd-a'), join(folder, 'odd-b')]
    expect((await commandLine(one.folder, 'export', a)).code).toBe(0)
    const brought = await commandLine(two.folder, 'import', a)
    expect(brought.said).not.toContain('could not be carried over')
    await commandLine(two.folder, 'export', b)
    expect(await contents(b)).toEqual(await contents(a))
    for (const { title } of (await ada.post('page:list', { limit: 200 })).pages)
      expect(await readAll(two, title), title).toBe(await readAll(one, title))
  })
})

test('only addresses outside code are rewritten', () => {
  const text = '[a](x.md) `[a](x.md)` ![p](<x y.png> "t")\n```\n[a](x.md)\n```\n[d]: x.md\n[b](x(1).md)\n~~~\n[a](x.md)'
  expect(rewriteDestinations(text, address => `<${address}>`.toUpperCase().replace(/[<>]/g, ''))).toBe(
    '[a](X.MD) `[a](x.md)` ![p](X Y.PNG "t")\n```\n[a](x.md)\n```\n[d]: X.MD\n[b](X(1).MD)\n~~~\n[a](x.md)',
  )
})
