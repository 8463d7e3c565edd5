// Articles as HTML, each drawn once per text and state of what it names.
// Articles · ArticlesOptions

import type { Resolved } from '../../shared/markdown.ts'
import { leafOf } from '../../shared/titles.ts'
import { type ArticleThread, TooSlow } from './article-thread.ts'
import { Drawer, type Found, type Shown, type Wanted } from './drawing.ts'

export type { Shown } from './drawing.ts'

/** Looks up where titles lead. */
export type ResolveLinks = (titles: string[]) => Promise<Map<string, Resolved>>

/** A page to be shown; `content` is its text at `seq`. */
export interface ShownPage {
  id: number
  title: string
  seq: number
  content: string
}

/** What articles are drawn with. */
export interface ArticlesOptions {
  resolve: ResolveLinks
  /** Safe HTML by the kind and source of each embed; what is not in it is a link. */
  embed?: (wanted: Pick<Wanted, 'embeds'>, page: number) => Promise<Map<string, string>>
  /** For large texts; without one all are drawn here. */
  thread?: ArticleThread | null
}

interface Kept {
  title: string
  seq: number
  wanted: Wanted
  answers: string
  shown: Shown
}

/** Characters of HTML that are kept, over all pages. */
const KEPT_MAX = 16_000_000
/** Up to this many characters a text is drawn at once; a longer one in a thread of its own. */
const SMALL = 12_000

/** Draws articles and keeps the latest of those that were asked for last. */
export class Articles {
  readonly #kept = new Map<number, Kept>()
  readonly #running = new Map<string, Promise<Shown>>()
  readonly #drawer = new Drawer()
  #size = 0

  constructor(private readonly options: ArticlesOptions) {}

  /** The article of a page. */
  async show(page: ShownPage): Promise<Shown> {
    const kept = this.#kept.get(page.id)
    const same = kept?.seq === page.seq && kept.title === page.title
    let wanted: Wanted
    try {
      wanted = same ? kept!.wanted : await this.#read(page)
    } catch (error) {
      return this.#tooSlow(error, page)
    }
    const [titles, embeds] = await Promise.all([
      this.options.resolve(wanted.links),
      wanted.embeds.length > 0 ? (this.options.embed?.(wanted, page.id) ?? new Map()) : new Map<string, string>(),
    ])
    const answers = [...wanted.links.map(title => address(titles.get(title))), ...embeds.values()].join('\n')
    if (same && kept!.answers === answers) {
      this.#keep(page.id, kept!)
      return kept!.shown
    }
    // A crowd that comes at once waits for one drawing.
    const name = `${page.id} ${page.seq} ${page.title} ${answers}`
    let running = this.#running.get(name)
    if (!running) {
      running = this.#draw(page, wanted, answers, { titles, embeds }).finally(() => this.#running.delete(name))
      this.#running.set(name, running)
    }
    return running
  }

  async #read(page: ShownPage): Promise<Wanted> {
    const { thread } = this.options
    const { content } = page
    if (!thread || content.length <= SMALL) return this.#drawer.read(keyOf(page), content)
    return thread.ask({ key: keyOf(page), content, leaf: '', found: null })
  }

  async #draw(page: ShownPage, wanted: Wanted, answers: string, found: Found): Promise<Shown> {
    const { thread } = this.options
    const { id, title, seq, content } = page
    const leaf = leafOf(title)
    let shown: Shown
    try {
      shown =
        !thread || content.length <= SMALL
          ? this.#drawer.draw(keyOf(page), content, leaf, found)
          : await thread.ask({ key: keyOf(page), content, leaf, found })
    } catch (error) {
      return this.#tooSlow(error, page)
    }
    this.#keep(id, { title, seq, wanted, answers, shown })
    return shown
  }

  /** A text that cannot be drawn in time is shown as it is written, and not tried again. */
  #tooSlow(error: unknown, { id, title, seq, content }: ShownPage): Shown {
    if (!(error instanceof TooSlow)) throw error
    const html = `<p class="heavy">This page is too heavy to be laid out, so here is its text as it is written.</p>\n<pre tabindex="0"><code>${escaped(content)}</code></pre>\n`
    const shown = { html, headings: [], titleId: null, summary: '' }
    this.#keep(id, { title, seq, wanted: { links: [], embeds: [] }, answers: '', shown })
    return shown
  }

  #keep(id: number, kept: Kept): void {
    const before = this.#kept.get(id)
    this.#size += kept.shown.html.length - (before?.shown.html.length ?? 0)
    this.#kept.delete(id)
    this.#kept.set(id, kept)
    for (const [oldest, { shown }] of this.#kept) {
      if (this.#size <= KEPT_MAX || oldest === id) break
      this.#kept.delete(oldest)
      this.#size -= shown.html.length
    }
  }
}

function keyOf({ id, seq }: ShownPage): string {
  return `${id} ${seq}`
}

function address(found: Resolved | undefined): string {
  return typeof found === 'object' ? found.path : (found ?? 'missing')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
