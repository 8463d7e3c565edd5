// An oracle for rendered articles: reads HTML by a grammar so strict that only what we mean to write gets through it.
// readStrictly · Element

/** One element as it was opened. */
export interface Element {
  tag: string
  attributes: Record<string, string>
}

const GLOBAL = ['class', 'data-line']
const ALLOWED: Record<string, string[]> = {
  a: ['href', 'title', 'rel', 'data-title', 'data-hash', 'aria-label', 'id'],
  img: ['src', 'alt', 'title', 'loading'],
  input: ['type', 'disabled', 'checked'],
  ol: ['start'],
  pre: ['tabindex'],
  div: ['role', 'aria-label', 'tabindex'],
  li: ['id'],
  details: ['open'],
  section: ['aria-label'],
  ...Object.fromEntries(['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map(tag => [tag, ['id']])),
  ...Object.fromEntries(
    'p em strong s code br hr ul blockquote table thead tbody tr th td label summary span sup figure'
      .split(' ')
      .map(tag => [tag, []]),
  ),
}
const VOID = new Set(['br', 'hr', 'img', 'input'])
const TAG = /<(?:\/([a-z][a-z0-9]*)|([a-z][a-z0-9]*)((?: [a-z-]+(?:="[^"<>]*")?)*))>/y

/**
 * Reads HTML and returns its elements.
 * @throws Error for anything that is not a known element with known attributes, closed where it was opened, and for
 * an address that could run something
 */
export function readStrictly(html: string): Element[] {
  const elements: Element[] = []
  const open: string[] = []
  let at = 0
  const refuse = (why: string): never => {
    throw new Error(`${why} at ${at}: ${JSON.stringify(html.slice(Math.max(0, at - 40), at + 80))}`)
  }
  while (at < html.length) {
    const next = html.indexOf('<', at)
    const text = html.slice(at, next < 0 ? html.length : next)
    if (text.includes('>')) refuse('an unescaped “>”')
    if (next < 0) break
    at = next
    TAG.lastIndex = at
    const match = TAG.exec(html)
    if (!match) return refuse('not a tag')
    const [, closing, opening, list] = match
    if (closing) {
      if (open.pop() !== closing) refuse(`</${closing}> closes nothing`)
    } else {
      elements.push(element(opening!, list!, refuse))
      if (!VOID.has(opening!)) open.push(opening!)
    }
    at = TAG.lastIndex
  }
  if (open.length > 0) refuse(`<${open.at(-1)}> is never closed`)
  return elements
}

function element(tag: string, list: string, refuse: (why: string) => never): Element {
  const allowed = ALLOWED[tag] ?? refuse(`<${tag}>`)
  const attributes: Record<string, string> = {}
  for (const [, name, value = ''] of list.matchAll(/ ([a-z-]+)(?:="([^"<>]*)")?/g)) {
    if (!allowed.includes(name!) && !GLOBAL.includes(name!)) refuse(`${name} on <${tag}>`)
    if (name! in attributes) refuse(`two of ${name}`)
    attributes[name!] = value
    if ((name === 'href' || name === 'src') && !harmless(value)) refuse(`the address ${value}`)
  }
  return { tag, attributes }
}

/** What a browser would make of an address: the schemes that lead somewhere, and nothing that runs. */
function harmless(value: string): boolean {
  const plain = value.replace(
    /&(amp|quot|lt|gt);/g,
    (_, name: string) => ({ amp: '&', quot: '"', lt: '<', gt: '>' })[name]!,
  )
  // What is no address at all leads nowhere.
  const protocol = URL.parse(plain, 'https://wiki.example/wiki/Page')?.protocol ?? 'https:'
  return ['http:', 'https:', 'mailto:'].includes(protocol)
}
