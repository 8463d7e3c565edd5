import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from '../shared/markdown.ts'
import { leafOf, titleKey } from '../shared/titles.ts'
import { world } from './support/world.ts'

const VAULT = join(import.meta.dirname, '../../shared/data/vault')

test('all 225 pages of a real vault are taken and shown, and every link to a page that exists is blue', async () => {
  await using w = await world()
  const ada = await w.person('ada')
  const files = readdirSync(VAULT, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.md'))
  expect(files).toHaveLength(225)
  const pages = files.map(file => ({ title: file.slice(0, -3), content: readFileSync(join(VAULT, file), 'utf8') }))
  for (const page of pages) await ada.post('page:create', page)
  const keys = new Set(pages.map(page => titleKey(page.title)))
  const leafCount = new Map<string, number>()
  for (const { title } of pages) {
    const leaf = titleKey(leafOf(title))
    leafCount.set(leaf, (leafCount.get(leaf) ?? 0) + 1)
  }
  const exists = (title: string) =>
    keys.has(titleKey(title)) || (!title.includes('/') && leafCount.get(titleKey(title)) === 1)

  let blue = 0
  let red = 0
  for (const { title, content } of pages) {
    const { path, content: kept } = await ada.post('page:read', { title })
    expect(kept).toBe(content.replace(/\r\n?/g, '\n'))
    const response = await w.guest().fetch(path)
    expect(response.status, path).toBe(200)
    const html = await response.text()
    const links = [...html.matchAll(/<a\b[^>]*\bclass="wiki((?: [^"]*)?)"[^>]*>/g)]
    // A link to a heading of its own page names no title.
    const shown = new Map(
      links.flatMap(([tag, classes]) => {
        const wanted = /data-title="([^"]*)"/.exec(tag)?.[1]
        return wanted === undefined ? [] : [[decoded(wanted), classes!] as const]
      }),
    )
    for (const wanted of parse(content).links) {
      expect(shown.has(wanted), `${title} links to ${wanted}`).toBe(true)
      const isRed = shown.get(wanted)!.includes('missing')
      expect(isRed, `${title} links to ${wanted}`).toBe(!exists(wanted))
      if (isRed) red++
      else blue++
    }
    expect(await (await w.guest().fetch(`${path}.md`)).text()).toBe(kept)
  }
  expect(blue).toBeGreaterThan(500)
  expect(red).toBeGreaterThan(0)
})

function decoded(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}
