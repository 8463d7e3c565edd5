// What a text names: the pages it links to, other names of its own page, its tags. One of the things that are derived.
// namesOf · Names (derivation · written)

import { namesIn as listed, properties } from '../../shared/front-matter.ts'
import { mentions } from '../../shared/mentions.ts'
import { tagsIn } from '../../shared/tags.ts'
import { parseTitle, titleKey } from '../../shared/titles.ts'
import type { ChangedNames, FoundLink, FoundNames, Named } from '../db/links.ts'
import type { Database } from '../db/open.ts'
import type { Announce } from './context.ts'
import type { Derivation, Rested } from './derived.ts'

/** Pages that one text may link to, and how many of the sentences around links to one page are kept. */
const LINKS_MAX = 2_000
const CONTEXTS_MAX = 5
const NAMES_MAX = 200

/** The links, other names and tags of a page's text. */
export function namesOf({ article }: Pick<Rested, 'article'>): FoundNames {
  const links = new Map<string, FoundLink>()
  for (const { title, ...context } of mentions(article.tokens)) {
    const key = titleKey(title)
    const known = links.get(key)
    if (known) {
      if (known.contexts.length < CONTEXTS_MAX) known.contexts.push(context)
    } else if (links.size < LINKS_MAX) links.set(key, { key, title, contexts: [context] })
  }
  const found = article.frontMatter === null ? null : properties(article.frontMatter)
  const aliases = named(listed(found, 'alias', 'aliases').flatMap(aliasOf))
  const tags = [...listed(found, 'tag', 'tags'), ...tagsIn(article.tokens)]
  return { links: [...links.values()], aliases, tags: named(tags.flatMap(tagOf)) }
}

function aliasOf(name: string): string[] {
  try {
    const title = parseTitle(name)
    // A link with a “/” in it names a whole title.
    return title.includes('/') ? [] : [title]
  } catch {
    return []
  }
}

function tagOf(name: string): string[] {
  const tag = name.replace(/^#/, '').trim()
  return tag === '' || tag.length > 100 ? [] : [tag]
}

function named(names: string[]): Named[] {
  const found = new Map<string, Named>()
  for (const name of names) {
    const key = titleKey(name)
    if (key !== '' && !found.has(key) && found.size < NAMES_MAX) found.set(key, { key, name })
  }
  return [...found.values()]
}

/** Keys of one kind that are told of one page. */
const TOLD = 500

/** Keeps links, other names and tags up with the texts, and tells what has changed once it is on disk. */
export class Names {
  readonly #changed = new Map<number, ChangedNames>()

  constructor(
    private readonly db: Database,
    private readonly announce: Announce,
  ) {}

  /** What is derived. */
  get derivation(): Derivation {
    return {
      name: 'names',
      version: 3,
      read: page => {
        const names = namesOf(page)
        return raw => void this.#changed.set(page.id, this.db.links.write(raw, page.id, names))
      },
      forget: (raw, page) => void this.#changed.set(page, this.db.links.forget(raw, page)),
    }
  }

  /** Pages have been written: told now. */
  written(pages: number[]): void {
    for (const page of pages) {
      const changed = this.#changed.get(page)
      this.#changed.delete(page)
      if (!changed || [...changed.links, ...changed.names, ...changed.tags].length === 0) continue
      const [links, names, tags] = [changed.links, changed.names, changed.tags].map(keys => keys.slice(0, TOLD))
      this.announce('names:changed', { page, links: links!, names: names!, tags: tags! }, 'readers')
    }
  }
}
