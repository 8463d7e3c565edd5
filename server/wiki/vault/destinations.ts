// Where a Markdown text leads by address, and how these addresses change when the text moves between wiki and folder.
// rewriteDestinations · resolvePath · relativePath

/** Behind “](”: an address in angle brackets, or one without blanks whose round brackets are balanced. */
const LINKED = /\]\(\s*(?:<([^<>\n]*)>|((?:[^\s()<>\\]|\\.|\([^\s()]*\))+))/g
const DEFINED = /^ {0,3}\[[^\]\n]+\]:\s*(?:<([^<>\n]*)>|(\S+))/
const FENCE = /^\s*(?:>\s*|[-*+]\s+|\d+[.)]\s+)*(`{3,}|~{3,})/

/**
 * Replaces the addresses of links and pictures, outside code, with what `change` says; null leaves one as it is. Read line
 * by line: what stands in a block of code by indentation alone counts as text.
 */
export function rewriteDestinations(text: string, change: (address: string) => string | null): string {
  if (!text.includes('](') && !text.includes(']:')) return text
  let fence: string | null = null
  return text
    .split('\n')
    .map(line => {
      const mark = FENCE.exec(line)?.[1]
      if (mark && (fence === null || (mark[0] === fence[0] && mark.length >= fence.length))) {
        fence = fence === null ? mark : null
        return line
      }
      return fence === null ? rewriteLine(line, change) : line
    })
    .join('\n')
}

function rewriteLine(line: string, change: (address: string) => string | null): string {
  if (!line.includes(']')) return line
  const code = codeIn(line)
  const replaced = (whole: string, angled: string | undefined, bare: string | undefined) => {
    const address = angled ?? bare ?? ''
    const next = address === '' ? null : change(address)
    if (next === null) return whole
    const at = whole.lastIndexOf(angled === undefined ? address : `<${address}>`)
    return whole.slice(0, at) + next
  }
  const changed = line.replace(LINKED, (whole, angled, bare, at: number) =>
    code.some(([from, to]) => at >= from && at < to) ? whole : replaced(whole, angled, bare),
  )
  return changed.replace(DEFINED, (whole, angled, bare) => replaced(whole, angled, bare))
}

/** Where code stands within a line. */
function codeIn(line: string): [from: number, to: number][] {
  const found: [number, number][] = []
  for (const { index, 0: open } of line.matchAll(/`+/g)) {
    if (found.some(([from, to]) => index >= from && index < to)) continue
    const close = [...line.matchAll(/`+/g)].find(one => one.index > index && one[0].length === open.length)
    if (close) found.push([index, close.index + close[0].length])
  }
  return found
}

/** An address within a folder as a path from its root, with what follows `#`; null for one that leads elsewhere. */
export function resolvePath(folder: string, address: string): { path: string; hash: string } | null {
  if (/^[a-z][a-z0-9+.-]*:/i.test(address) || address.startsWith('//') || address.startsWith('#')) return null
  const [, raw = '', hash = ''] = /^([^#?]*)[^#]*(#.*)?$/s.exec(address) ?? []
  let plain: string
  try {
    plain = decodeURIComponent(raw)
  } catch {
    plain = raw
  }
  const parts = plain.startsWith('/') || folder === '' ? [] : folder.split('/')
  for (const part of plain.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return null
    } else if (part !== '.' && part !== '') parts.push(part)
  }
  return parts.length === 0 ? null : { path: parts.join('/'), hash }
}

/** The way from a folder to a path, as an address in Markdown. */
export function relativePath(folder: string, path: string): string {
  const from = folder === '' ? [] : folder.split('/')
  const to = path.split('/')
  let shared = 0
  while (shared < from.length && shared < to.length - 1 && from[shared] === to[shared]) shared++
  const parts = [...from.slice(shared).map(() => '..'), ...to.slice(shared)]
  return parts
    .map(part => encodeURIComponent(part).replace(/[!'()*]/g, sign => `%${sign.charCodeAt(0).toString(16)}`))
    .join('/')
}
