// An article drawn from text that only this device has, while the server cannot be asked.
// drawHere

import { namesEmoji } from '../../shared/emoji.ts'
import { titleKey } from '../../shared/titles.ts'
import { patchArticle } from '../components/article-patch.ts'
import { store } from '../store.ts'
import { parseDocument } from '../trusted.ts'

/** Makes `article` show this text; links are as blue as this tab knows them to be. */
export async function drawHere(article: Element, text: string): Promise<void> {
  const { parse } = await import('../../shared/markdown.ts')
  if (namesEmoji(text)) await import('../../shared/emoji-names.ts').catch(() => {})
  const known = new Map([...store.pages.values()].map(({ title, path }) => [titleKey(title), { title, path }]))
  for (const link of article.querySelectorAll<HTMLAnchorElement>('a.wiki[data-title]:not(.missing)')) {
    const title = link.dataset.title!
    known.set(titleKey(title), { title, path: link.pathname })
  }
  const html = parse(text).html({ resolve: title => known.get(titleKey(title)) ?? 'missing' })
  patchArticle(article, parseDocument(`<article>${html}</article>`).querySelector('article')!)
}
