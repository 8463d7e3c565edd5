// What stands between the first two lines of --- : YAML of the plainest kind. Nothing in it can name, run or repeat
// anything: the core schema without tags, anchors and merge keys.
// Property · properties · namesIn

import { isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml'

/** One property, with its values as text. */
export interface Property {
  name: string
  values: string[]
  /** Whether it was written as a list. */
  list: boolean
}

const PROPERTIES_MAX = 100
const VALUES_MAX = 200

/** The properties of a front matter in their order, or null where it is not plain YAML: it is then shown as text. */
export function properties(source: string): Property[] | null {
  const doc = parseDocument(source, {
    schema: 'core',
    merge: false,
    strict: true,
    uniqueKeys: true,
    customTags: null,
    resolveKnownTags: false,
    lineCounter: new LineCounter(),
    logLevel: 'silent',
  })
  if (doc.errors.length > 0 || doc.warnings.length > 0) return null
  let plainly = true
  visit(doc, {
    Alias: () => {
      plainly = false
      return visit.BREAK
    },
    Node: (_key, node) => {
      if (!node.tag && !('anchor' in node && node.anchor)) return undefined
      // The parser itself writes the tags of its own schema down.
      if (node.tag?.startsWith('tag:yaml.org,2002:') && !/!/.test(sourceOf(source, node.range))) return undefined
      plainly = false
      return visit.BREAK
    },
  })
  const { contents } = doc
  if (!plainly || !isMap(contents)) return null
  const found: Property[] = []
  for (const { key, value } of contents.items.slice(0, PROPERTIES_MAX)) {
    if (!isScalar(key)) return null
    const list = isSeq(value)
    const values = list ? value.items.slice(0, VALUES_MAX).map(written) : [written(value)]
    found.push({ name: written(key), values: values.filter(text => text !== ''), list })
  }
  return found
}

function sourceOf(source: string, range: readonly number[] | null | undefined): string {
  return range
    ? source
        .slice(Math.max(0, range[0]! - 60), range[0]!)
        .split('\n')
        .at(-1)!
    : ''
}

/** A value as somebody would read it. */
function written(node: unknown): string {
  if (isScalar(node)) {
    if (node.value === null || node.value === undefined) return ''
    // “007” and “1.10” are read as they were written.
    return (typeof node.value === 'string' ? node.value : (node.source ?? String(node.value))).trim()
  }
  if (isSeq(node)) return node.items.map(written).join(', ')
  if (isMap(node)) return node.items.map(({ key, value }) => `${written(key)}: ${written(value)}`).join(', ')
  return ''
}

/** The values of a property that holds names, however it is called and listed: `tags: a, b`, `Tag: [a, b]`. */
export function namesIn(found: Property[] | null, ...names: string[]): string[] {
  return (found ?? [])
    .filter(({ name }) => names.includes(name.toLowerCase()))
    .flatMap(({ values, list }) => (list ? values : values.flatMap(value => value.split(','))))
    .map(value => value.trim())
    .filter(value => value !== '')
}
