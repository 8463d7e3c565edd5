// What a card beside a link tells of its page: what it is called, how it begins, who changed it last.
// previewHandlers

import { partOf } from '../../shared/sections.ts'
import { plain, syntax } from '../../shared/syntax.ts'
import { parseTitle } from '../../shared/titles.ts'
import type { Handlers } from './commands.ts'
import type { Links } from './links.ts'
import type { Pages } from './pages.ts'

/** Characters of a page that are looked at, and of its beginning that are told. */
const READ = 12_000
const TOLD = 280

/** The command that tells how a page begins. */
export function previewHandlers(pages: Pages, links: Links): Pick<Handlers, 'page:preview'> {
  return {
    async 'page:preview'({ title, heading }) {
      // As a link says it: by the last segment, too, and by other and former names.
      const found = (await links.resolve([title])).get(title)
      const whole = typeof found === 'object' ? found.title : parseTitle(title)
      const { content, ...page } = await pages.read(await pages.rowByTitle(whole))
      const part = heading === undefined ? null : partOf(content, heading)
      return { page, excerpt: beginningOf((part ?? content).slice(0, READ)) }
    },
  }
}

/** The first words that are no heading, on one line. */
function beginningOf(text: string): string {
  const tokens = syntax.parse(text, {})
  const words: string[] = []
  let length = 0
  tokens.forEach((token, i) => {
    if (token.type !== 'inline' || length > TOLD) return
    if (/^heading/.test(tokens[i - 1]?.type ?? '')) return
    const said = plain(token.children ?? [])
    length += said.length
    if (said !== '') words.push(said)
  })
  const all = words.join(' · ')
  return all.length > TOLD
    ? `${all
        .slice(0, TOLD)
        .replace(/\s+\S*$/u, '')
        .toWellFormed()}…`
    : all
}
