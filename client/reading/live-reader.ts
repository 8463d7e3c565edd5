// Reading a page while others write it: a reader is in the room like an editor, without a pen.
// LiveReader · LiveNews

import * as Y from 'yjs'
import { EMOJI, namesEmoji } from '../../shared/emoji.ts'
import { type Article, type Embed, type Heading, parse, type Rendering, type Resolved } from '../../shared/markdown.ts'
import type { Page, Payload, Presence } from '../../shared/protocol.ts'
import { pathOf } from '../../shared/titles.ts'
import { fromBase64 } from '../../shared/update.ts'
import { connection } from '../connection.ts'
import { LinkLookup } from '../editor/link-lookup.ts'
import { Provider } from '../editor/provider.ts'
import { type Drawn, LiveArticle } from './live-article.ts'

/** What has changed on the screen. */
export interface LiveNews {
  seq: number
  headings: Heading[]
  titleId: string | null
  /** The blocks that look different, and who changed them; null where nobody knows. */
  written: { element: Element; user: number | null }[]
}

/** How much longer than drawing took is waited until it is drawn again; and at least this many milliseconds. */
const REST = 6
const REST_MIN = 40

/** Keeps an article up with its room. */
export class LiveReader {
  readonly #provider: Provider
  readonly #article: LiveArticle
  readonly #lookup: LinkLookup
  readonly #stop: (() => void)[] = []
  readonly #users = new Map<number, number>()
  #seen = new Map<number, number>()
  #lastUser: number | null = null
  #extras: Pick<Rendering, 'highlight' | 'math' | 'properties'> = {}
  readonly #embeds = new Map<string, string | null>()
  readonly #page: number
  #ready = false
  #closed = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #frame = 0
  #rest = 0

  /** Takes over the server's `article`. `news` is called after every drawing, `people` when somebody comes or goes. */
  constructor(
    page: Page,
    title: string,
    private readonly element: HTMLElement,
    private readonly news: (news: LiveNews) => void,
    people: (people: readonly Presence[]) => void,
  ) {
    this.#article = new LiveArticle(element, title)
    this.#lastUser = page.editor.id
    this.#page = page.id
    this.#lookup = new LinkLookup(connection, () => this.#soon())
    this.#learn()
    this.#stop.push(
      connection.on('page:pushed', told => told.page === page.id && this.#pushed(told)),
      () => this.#lookup.close(),
    )
    this.#provider = new Provider({ page, user: null, connection })
    this.#stop.push(this.#provider.onStatus(status => people(status.people)))
    this.#provider.text.observe(this.#soon)
    void this.#provider.synced.then(() => this.#begin())
  }

  /** Whether what is on the screen is the room's text. */
  get live(): boolean {
    return this.#ready && !this.#closed
  }

  /** The number of the last edit that is shown, or about to be. */
  get seq(): number {
    return this.#provider.seq
  }

  /** Leaves the room. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#timer)
    cancelAnimationFrame(this.#frame)
    for (const stop of this.#stop) stop()
    await this.#provider.close()
  }

  /** What the server's links say need not be asked; what it embedded is kept. */
  #learn(): void {
    for (const link of this.element.querySelectorAll<HTMLAnchorElement>('a.wiki[data-title]')) {
      const title = link.dataset.title!
      const found: Resolved = link.classList.contains('ambiguous')
        ? 'ambiguous'
        : link.classList.contains('missing')
          ? 'missing'
          : { title, path: link.pathname }
      this.#lookup.learn(title, found)
    }
    for (const embed of this.element.querySelectorAll('wiki-embed'))
      this.#embeds.set(`${embed.getAttribute('kind')}${embed.getAttribute('source')}`, embed.outerHTML)
  }

  /** The server's article has colours and formulas: without them nothing may be drawn over it. */
  async #begin(): Promise<void> {
    // A room that could not be opened, as when the page is gone, has nothing to show.
    if (this.#closed || this.#provider.status.save !== 'saved') return
    const text = this.#provider.text.toString()
    await Promise.all([this.#fetchExtras(parse(text)), learnEmoji(text)])
    if (this.#closed) return
    this.#ready = true
    this.#draw()
  }

  #lacks({ has, frontMatter }: Pick<Article, 'has' | 'frontMatter'>): boolean {
    const { highlight, math, properties } = this.#extras
    return (has.code && !highlight) || (has.math && !math) || (frontMatter !== null && !properties)
  }

  async #fetchExtras({ has, frontMatter }: Pick<Article, 'has' | 'frontMatter'>): Promise<void> {
    const [colours, formulas, yaml] = await Promise.all([
      has.code ? import('./colours.ts').catch(() => null) : null,
      has.math ? import('../../shared/formulas.ts').catch(() => null) : null,
      frontMatter === null ? null : import('../../shared/front-matter.ts').catch(() => null),
    ])
    // What cannot be had is shown plain, and not asked for again and again.
    const plain = () => null
    if (has.code) this.#extras.highlight = colours?.highlight ?? plain
    if (has.math) this.#extras.math = formulas?.formula ?? plain
    if (frontMatter !== null) this.#extras.properties = yaml?.properties ?? plain
  }

  /** What stands for an embed; a new one is asked for, and is a link until then. */
  #embed({ kind, source, alone }: Embed): string | null {
    const key = kind + source
    const known = this.#embeds.get(key)
    if (known === undefined && kind !== 'file' && alone) {
      this.#embeds.set(key, null)
      connection.request('embed:draw', { page: this.#page, kind, source }).then(
        ({ html }) => {
          this.#embeds.set(key, html)
          if (html !== null) this.#soon()
        },
        () => this.#embeds.delete(key),
      )
    }
    return known ?? null
  }

  #pushed({ edits }: Payload<'page:pushed'>): void {
    for (const { user, update } of edits) {
      this.#lastUser = user
      for (const client of Y.parseUpdateMeta(fromBase64(update)).to.keys()) this.#users.set(client, user)
    }
  }

  readonly #soon = (): void => {
    if (!this.#ready || this.#closed) return
    this.#timer ??= setTimeout(() => {
      this.#frame = requestAnimationFrame(() => {
        this.#timer = undefined
        this.#draw()
      })
    }, this.#rest)
  }

  #draw(): void {
    if (this.#closed) return
    const began = performance.now()
    const { text, inserted } = this.#readText()
    const { article, headings, titleId, changed } = this.#article.show(text, {
      ...this.#extras,
      resolve: title => this.#lookup.found(title) ?? { title, path: pathOf(title) },
      embed: embed => this.#embed(embed),
    })
    const starts = changed.length > 0 ? lineStarts(text) : []
    const written = changed.map(({ element, from, to }: Drawn['changed'][number]) => {
      const a = starts[from - 1] ?? 0
      const b = starts[to - 1] ?? text.length + 1
      const by = inserted.find(run => run.from < b && run.to > a && this.#users.has(run.client))
      return { element, user: by ? (this.#users.get(by.client) ?? null) : this.#lastUser }
    })
    if (EMOJI.size === 0 && namesEmoji(text))
      void learnEmoji(text).then(() => {
        this.#article.forget()
        this.#soon()
      })
    if (this.#lacks(article)) void this.#fetchExtras(article).then(() => this.#soon())
    this.news({ seq: this.seq, headings, titleId, written })
    this.#rest = Math.max(REST_MIN, (performance.now() - began) * REST)
  }

  /** The text, and what has been put into it since it was read last. One walk for both, because each costs all of it. */
  #readText(): { text: string; inserted: { from: number; to: number; client: number }[] } {
    const parts: string[] = []
    const inserted: { from: number; to: number; client: number }[] = []
    let length = 0
    for (let item = this.#provider.text._start; item; item = item.right) {
      if (item.deleted || !(item.content instanceof Y.ContentString)) continue
      const { client, clock } = item.id
      const { str } = item.content
      const known = (this.#seen.get(client) ?? 0) - clock
      if (known < str.length) inserted.push({ from: length + Math.max(0, known), to: length + str.length, client })
      parts.push(str)
      length += str.length
    }
    this.#seen = Y.decodeStateVector(Y.encodeStateVector(this.#provider.doc))
    return { text: parts.join(''), inserted }
  }
}

async function learnEmoji(text: string): Promise<void> {
  // Without the names they are read as they are written.
  if (namesEmoji(text)) await import('../../shared/emoji-names.ts').catch(() => {})
}

/** The offset at which each line begins. */
function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}
