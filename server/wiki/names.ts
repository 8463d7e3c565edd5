// What a text names: the pages it links to, other names of its own page, its tags. One of the things that are derived.
// namesIn · namesDerivation

import { mentions } from '../../shared/mentions.ts'
import { parseTitle, titleKey } from '../../shared/titles.ts'
import type { FoundLink, FoundNames, Named } from '../db/links.ts'
import type { Database } from '../db/open.ts'
import type { Derivation, Rested } from './derived.ts'
import { namesIn as listed, properties } from './front-matter.ts'

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
  return { links: [...links.values()], aliases, tags: named(listed(found, 'tag', 'tags').flatMap(tagOf)) }
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

/** Keeps links, other names and tags up with the texts. */
export function namesDerivation(db: Database): Derivation {
  return {
    name: 'names',
    version: 1,
    read(page) {
      const names = namesOf(page)
      return raw => db.links.write(raw, page.id, names)
    },
    forget: (raw, page) => db.links.forget(raw, page),
  }
}
