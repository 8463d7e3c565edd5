// HTML of other programs as Markdown: pages of the web, documents, mails, spreadsheets. Reads a parsed document; nothing in it runs.
// markdownOf · pageLink · tableOf

import { parseTitle, pathOf, titleOfPath } from '../../shared/titles.ts'

const SKIPPED = new Set([
  'SCRIPT',
  'STYLE',
  'META',
  'LINK',
  'HEAD',
  'TITLE',
  'TEMPLATE',
  'NOSCRIPT',
  'SVG',
  'IFRAME',
  'OBJECT',
  'SELECT',
  'COL',
  'COLGROUP',
])
const BLOCKS = new Set(
  'ADDRESS ARTICLE ASIDE BLOCKQUOTE BODY CENTER DD DETAILS DIV DL DT FIELDSET FIGCAPTION FIGURE FOOTER FORM H1 H2 H3 H4 H5 H6 HEADER HR LI MAIN NAV OL P PRE SECTION SUMMARY TABLE UL'.split(
    ' ',
  ),
)
const ITEM = /^(?:[-*+]|\d{1,9}[.)])\s/

/** The Markdown of a document whose `style` attributes are called `data-style`. `home` is the address of this wiki: links to its pages become `[[links]]`. */
export function markdownOf(doc: Document, home: URL): string {
  return new Reader(home).blocks(doc.body).join('\n\n')
}

/** The `[[link]]` that an address of this wiki means; null for any other. Without words its title is what is read. */
export function pageLink(address: string, home: URL, words = ''): string | null {
  if (!URL.canParse(address, home.href)) return null
  const url = new URL(address, home)
  if (url.origin !== home.origin || url.search !== '') return null
  try {
    const title = parseTitle(titleOfPath(url.pathname) ?? '')
    // Headings are named by their words, which an anchor no longer has.
    if (url.hash !== '' || pathOf(title) !== url.pathname) return null
    return words === '' || words === title || /[[\]\n]/.test(words) ? `[[${title}]]` : `[[${title}|${words}]]`
  } catch {
    return null
  }
}

/** A table of these cells, whose first row is its head. Cells are Markdown. */
export function tableOf(rows: readonly (readonly string[])[], sides: readonly string[] = []): string {
  const columns = Math.max(...rows.map(row => row.length))
  const line = (cells: readonly string[]) =>
    `| ${Array.from({ length: columns }, (_, i) => cells[i] ?? '').join(' | ')} |`
  const dashes = Array.from(
    { length: columns },
    (_, i) => ({ right: '---:', center: ':---:' })[sides[i] ?? ''] ?? '---',
  )
  const [head = [], ...rest] = rows
  return [line(head), line(dashes), ...rest.map(line)].join('\n')
}

class Reader {
  constructor(private readonly home: URL) {}

  /** The blocks of what is in an element. */
  blocks(parent: Node): string[] {
    const found: string[] = []
    let run: Node[] = []
    const flush = () => {
      const text = paragraph(this.inline(run))
      if (text !== '') found.push(text)
      run = []
    }
    for (const node of parent.childNodes) {
      if (!isBlock(node)) {
        run.push(node)
        continue
      }
      flush()
      found.push(...this.#block(node as HTMLElement))
    }
    flush()
    return found
  }

  #block(element: HTMLElement): string[] {
    const { tagName } = element
    if (SKIPPED.has(tagName)) return []
    if (/^H[1-6]$/.test(tagName)) {
      const words = paragraph(this.inline([...element.childNodes])).replace(/\\?\n/g, ' ')
      return words === '' ? [] : [`${'#'.repeat(Number(tagName[1]))} ${words}`]
    }
    if (tagName === 'HR') return ['---']
    if (tagName === 'PRE') return [fenced(element)]
    if (tagName === 'BLOCKQUOTE') {
      const inner = this.blocks(element).join('\n\n')
      return inner === '' ? [] : [inner.replace(/^/gm, '> ').replace(/^> $/gm, '>')]
    }
    if (tagName === 'UL' || tagName === 'OL') return this.#list(element)
    if (tagName === 'LI') return this.#items([element], null)
    if (tagName === 'TABLE') return this.#table(element as HTMLTableElement)
    return this.blocks(element)
  }

  #list(list: Element): string[] {
    const start = list.tagName === 'OL' ? Number(list.getAttribute('start') ?? 1) || 1 : null
    return this.#items([...list.children], start)
  }

  #items(children: Element[], start: number | null): string[] {
    const items: string[] = []
    for (const child of children) {
      // Some programs put a nested list beside the item that it belongs to.
      if (child.tagName === 'UL' || child.tagName === 'OL') {
        const nested = this.#list(child)
          .join('\n')
          .replace(/^(?=.)/gm, start === null ? '  ' : '   ')
        if (items.length > 0) items[items.length - 1] += `\n${nested}`
        else items.push(nested)
        continue
      }
      if (child.tagName !== 'LI') continue
      const box = child.querySelector<HTMLInputElement>(
        ':scope > input[type=checkbox], :scope > :is(label, p) > input[type=checkbox]',
      )
      const mark = start === null ? '- ' : `${start + items.length}. `
      const task = box ? (box.hasAttribute('checked') ? '[x] ' : '[ ] ') : ''
      const parts = this.blocks(child)
      const text = parts.reduce((all, part) => (all === '' ? part : all + (ITEM.test(part) ? '\n' : '\n\n') + part), '')
      items.push(mark + task + text.replace(/\n(?=.)/g, `\n${' '.repeat(mark.length)}`))
    }
    return items.length > 0 ? [items.join('\n')] : []
  }

  #table(table: HTMLTableElement): string[] {
    const rows = [...table.rows].filter(row => row.closest('table') === table && row.cells.length > 0)
    const columns = Math.max(0, ...rows.map(({ cells }) => [...cells].reduce((sum, { colSpan }) => sum + colSpan, 0)))
    const laidOut = columns < 2 || table.querySelector('table, ul, ol, pre, blockquote, h1, h2, h3')
    if (laidOut) return rows.flatMap(({ cells }) => [...cells].flatMap(cell => this.blocks(cell)))
    const text = rows.map(({ cells }) =>
      [...cells].flatMap(cell => [this.#cell(cell), ...Array<string>(Math.max(0, cell.colSpan - 1)).fill('')]),
    )
    const filled = text.filter(row => row.some(cell => cell !== ''))
    if (filled.length === 0) return []
    const sides = [...(rows.at(-1)?.cells ?? [])].map(cell => cell.getAttribute('align') ?? styleOf(cell, 'text-align'))
    return [tableOf(filled, sides)]
  }

  #cell(cell: Element): string {
    const lines = this.blocks(cell).join('\n').replace(/\\$/gm, '').split(/\n+/)
    return lines
      .map(line => line.trim())
      .filter(Boolean)
      .join('<br>')
      .replace(/(?<!\\)\|/g, '\\|')
  }

  // ---- within lines

  /** What nodes say, white space folded; line breaks are `\n`. */
  inline(nodes: Node[]): string {
    return nodes.map(node => this.#inline(node)).join('')
  }

  #inline(node: Node): string {
    if (node.nodeType === Node.TEXT_NODE) return escaped(node.nodeValue!.replace(/[ \t\r\n]+/g, ' '))
    if (!(node instanceof Element) || SKIPPED.has(node.tagName.toUpperCase())) return ''
    const element = node as HTMLElement
    const inner = () => this.inline([...element.childNodes])
    switch (element.tagName) {
      case 'BR':
        return '\n'
      case 'IMG':
        return this.#image(element)
      case 'INPUT':
      case 'BUTTON':
        return ''
      case 'A':
        return this.#link(element, inner())
      case 'CODE':
      case 'KBD':
      case 'SAMP':
      case 'TT':
        return coded(element.textContent ?? '')
      default:
        return styles(element).reduce((text, sign) => around(text, sign), inner())
    }
  }

  #link(element: Element, words: string): string {
    const address = element.getAttribute('href') ?? ''
    const plain = words.trim()
    if (plain === '') return words
    const page = pageLink(address, this.home, element.textContent!.replace(/\s+/g, ' ').trim())
    if (page) return spaced(words, page)
    const url = URL.canParse(address) ? new URL(address) : null
    if (!url || !/^(https?|mailto):$/.test(url.protocol)) return words
    if (plain === escaped(url.href) || plain === escaped(address)) return spaced(words, `<${address}>`)
    return spaced(words, `[${plain.replace(/\s*\n\s*/g, ' ')}](${target(url.href)})`)
  }

  #image(element: Element): string {
    const address = element.getAttribute('src') ?? ''
    const url = URL.canParse(address, this.home.href) ? new URL(address, this.home) : null
    if (!url || !/^https?:$/.test(url.protocol)) return ''
    const alt = (element.getAttribute('alt') ?? '').replace(/[[\]\n]/g, ' ').trim()
    return `![${alt}](${target(url.origin === this.home.origin ? url.pathname : url.href)})`
  }
}

function isBlock(node: Node): boolean {
  if (!(node instanceof Element) || SKIPPED.has(node.tagName.toUpperCase())) return false
  // Google's documents come in one <b> that means nothing.
  return BLOCKS.has(node.tagName) || [...node.children].some(isBlock)
}

function styleOf(element: Element, name: string): string {
  const found = new RegExp(`(?:^|;)\\s*${name}\\s*:\\s*([^;]+)`, 'i').exec(element.getAttribute('data-style') ?? '')
  return found ? found[1]!.trim().toLowerCase() : ''
}

/** The signs for how an element looks, the innermost first. */
function styles(element: Element): string[] {
  const { tagName } = element
  const weight = styleOf(element, 'font-weight')
  const bold = weight ? weight === 'bold' || Number(weight) >= 600 : tagName === 'B' || tagName === 'STRONG'
  const slant = styleOf(element, 'font-style')
  const italic = slant ? slant === 'italic' : tagName === 'I' || tagName === 'EM' || tagName === 'CITE'
  const line = styleOf(element, 'text-decoration') || styleOf(element, 'text-decoration-line')
  const struck = /line-through/.test(line) || tagName === 'S' || tagName === 'DEL' || tagName === 'STRIKE'
  return [...(italic ? ['*'] : []), ...(bold ? ['**'] : []), ...(struck ? ['~~'] : [])]
}

/** Puts a sign around words; spaces stay outside, or it would not count. */
function around(text: string, sign: string): string {
  const words = text.trim()
  if (words === '') return text
  if (words.startsWith(sign) && words.endsWith(sign) && words.length > 2 * sign.length) return text
  return spaced(
    text,
    words
      .split(/\s*\n\s*/)
      .map(line => sign + line + sign)
      .join('\n'),
  )
}

function spaced(text: string, words: string): string {
  return (/^\s/.test(text) ? ' ' : '') + words + (/\s$/.test(text) ? ' ' : '')
}

function coded(text: string): string {
  const words = text.replace(/\s+/g, ' ').trim()
  if (words === '') return ''
  let sign = '`'
  while (words.includes(sign)) sign += '`'
  const room = words.startsWith('`') || words.endsWith('`') ? ' ' : ''
  return sign + room + words + room + sign
}

function fenced(element: Element): string {
  const code = element.querySelector('code') ?? element
  const named = `${code.className} ${element.className}`
  const language =
    /(?:^|\s)(?:language|lang|highlight-source)-([\w+#-]+)/.exec(named)?.[1] ??
    element.getAttribute('data-language') ??
    ''
  for (const line of element.querySelectorAll('br')) line.replaceWith('\n')
  const text = element.textContent!.replace(/\n$/, '')
  let sign = '```'
  while (text.includes(sign)) sign += '`'
  return `${sign}${language}\n${text}\n${sign}`
}

function target(url: string): string {
  return /[\s()<>]/.test(url) ? `<${url.replace(/[<>\n]/g, encodeURIComponent)}>` : url
}

/** Text whose signs would mean something in Markdown. */
function escaped(text: string): string {
  return text
    .replace(/[\\`*[\]]|~~|<(?=[a-z/!?])/gi, sign => sign.replace(/./g, '\\$&'))
    .replace(/(?<![\p{L}\p{N}_])_|_(?![\p{L}\p{N}_])/gu, '\\_')
}

/** Lines of text as a paragraph, whose beginnings must not mean something either. */
function paragraph(text: string): string {
  return text
    .split('\n')
    .map(line => line.replace(/[ \t]+/g, ' ').trim())
    .join('\n')
    .trim()
    .replace(/^(#{1,6}(?= |$)|>|[-+](?= |$)|[-=]{3,}$)/gm, '\\$1')
    .replace(/^(\d{1,9})([.)])(?= |$)/gm, '$1\\$2')
    .replace(/\n{2,}/g, '\n\n')
    .replace(/(?<!\n)\n(?!\n)/g, '\\\n')
}
