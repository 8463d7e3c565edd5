// Markdown as it looks while it is written: the classes of words and of lines.
// markdownText · endOfFrontMatter

import { syntaxHighlighting, syntaxTree } from '@codemirror/language'
import type { EditorState, Extension, Range } from '@codemirror/state'
import { Decoration, type DecorationSet, type EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view'
import { tagHighlighter, tags } from '@lezer/highlight'
import { bullet, hashTag, language } from './markdown-syntax.ts'

const words = tagHighlighter([
  { tag: tags.heading, class: 'md-heading' },
  { tag: tags.strong, class: 'md-strong' },
  { tag: tags.emphasis, class: 'md-emphasis' },
  { tag: tags.strikethrough, class: 'md-strike' },
  { tag: tags.monospace, class: 'md-code' },
  { tag: tags.link, class: 'md-link' },
  { tag: tags.url, class: 'md-url' },
  { tag: tags.labelName, class: 'md-label' },
  { tag: tags.string, class: 'md-label' },
  { tag: bullet, class: 'md-bullet' },
  { tag: hashTag, class: 'md-hash' },
  { tag: tags.atom, class: 'md-box' },
  { tag: tags.comment, class: 'md-comment' },
  { tag: tags.processingInstruction, class: 'md-mark' },
])

// ---- the lines

/** The deepest list level that has an indentation of its own. */
const LEVELS = 8
/** The longest front matter, in UTF-16 units. */
const FRONT_MATTER_MAX = 16_384

const INDENT = Decoration.mark({ class: 'md-indent' })
const MARKER = Decoration.mark({ class: 'md-marker' })

// Only what is on the screen is looked at.
class Lines {
  decorations: DecorationSet

  constructor(view: EditorView) {
    this.decorations = decorate(view)
  }

  update(update: ViewUpdate): void {
    const parsed = syntaxTree(update.startState) !== syntaxTree(update.state)
    if (update.docChanged || update.viewportChanged || parsed) this.decorations = decorate(update.view)
  }
}

function decorate({ state, visibleRanges }: EditorView): DecorationSet {
  const lines = new Map<number, Set<string>>()
  const boxes: Range<Decoration>[] = []
  const frontMatter = endOfFrontMatter(state)
  for (const visible of visibleRanges) {
    const give = (from: number, to: number, ...classes: string[]) => {
      for (let pos = Math.max(from, visible.from); pos <= Math.min(to, visible.to); ) {
        const line = state.doc.lineAt(pos)
        const all = lines.get(line.from) ?? new Set()
        for (const name of classes) all.add(name)
        lines.set(line.from, all)
        pos = line.to + 1
      }
    }
    for (let pos = visible.from; pos <= visible.to; ) {
      const line = state.doc.lineAt(pos)
      if (line.to <= frontMatter) give(line.from, line.from, 'md-front')
      else if (line.text.trim() === '') give(line.from, line.from, 'md-blank')
      pos = line.to + 1
    }
    let level = 0
    let itemLine = -1
    syntaxTree(state).iterate({
      from: visible.from,
      to: visible.to,
      enter: ref => {
        const { name, from, to } = ref
        if (from < frontMatter && name !== 'Document') return false
        const heading = /^(?:ATX|Setext)Heading(\d)$/.exec(name)
        if (heading) give(from, to, 'md-head', `md-h${heading[1]}`)
        else if (name === 'Blockquote') give(from, to, 'md-quote')
        else if (name === 'Table') give(from, to, 'md-table')
        else if (name === 'HorizontalRule') give(from, to, 'md-rule')
        else if (
          name === 'FencedCode' ||
          name === 'CodeBlock' ||
          (name === 'FormulaBlock' && ref.node.parent?.type.isTop)
        ) {
          give(from, to, 'md-block')
          if (from >= visible.from) give(from, from, 'md-first')
          if (to <= visible.to) give(to, to, 'md-last')
        } else if (name === 'ListItem') {
          itemLine = item(from, Math.min(++level, LEVELS))
        } else if (level > 0 && /^(Paragraph|FormulaBlock)$/.test(name)) rest(from, to, Math.min(level, LEVELS))
        return undefined
      },
      leave: ({ name }) => {
        if (name === 'ListItem') level--
      },
    })
    // An item's mark stands in a box of one width, so that its words hang beside it.
    function item(from: number, depth: number): number {
      const line = state.doc.lineAt(from)
      const lead = line.text.slice(0, from - line.from)
      // In a quote the quote's mark comes first, and nothing can hang.
      if (lead.trim() !== '' || from < visible.from) return line.from
      const [mark, box] = /^(?:[-*+]|\d+[.)])[ \t]*(\[[ xX]\][ \t]+)?/.exec(line.text.slice(lead.length)) ?? ['']
      give(from, from, 'md-item', `md-level-${depth}`)
      if (box) give(from, from, 'md-task')
      if (box && /[xX]/.test(box)) give(from, from, 'md-done')
      if (lead !== '') boxes.push(INDENT.range(line.from, from))
      if (mark !== '') boxes.push(MARKER.range(from, from + mark.length))
      return line.from
    }
    function rest(from: number, to: number, depth: number): void {
      for (let pos = Math.max(from, visible.from); pos <= Math.min(to, visible.to); ) {
        const line = state.doc.lineAt(pos)
        pos = line.to + 1
        const lead = /^[ \t]*/.exec(line.text)![0].length
        if (line.from === itemLine || lead === 0) continue
        give(line.from, line.from, 'md-item', 'md-rest', `md-level-${depth}`)
        boxes.push(INDENT.range(line.from, line.from + lead))
      }
    }
  }
  const classes = [...lines].map(([from, names]) => Decoration.line({ class: [...names].join(' ') }).range(from))
  return Decoration.set([...classes, ...boxes], true)
}

// As in shared/syntax.ts; the parser would take the last property for a heading.
/** Where the properties at the beginning of a text end, behind the second line of `---`; 0 without them. */
export function endOfFrontMatter({ doc }: Pick<EditorState, 'doc'>): number {
  if (!/^---[ \t]*$/.test(doc.line(1).text)) return 0
  let first = true
  for (let n = 2; n <= doc.lines; n++) {
    const { text, to } = doc.line(n)
    if (to > FRONT_MATTER_MAX) return 0
    if (/^(---|\.\.\.)[ \t]*$/.test(text)) return first ? 0 : to
    if (first && !/^[ \t]*(#.*)?$/.test(text)) {
      if (!/^["']?[\p{L}\p{N}_][^:]*:(\s|$)/u.test(text)) return 0
      first = false
    }
  }
  return 0
}

/** Markdown for the editor: its syntax, and the classes that `styles/editor.css` draws. */
export const markdownText: Extension = [
  language,
  syntaxHighlighting(words),
  ViewPlugin.fromClass(Lines, { decorations: lines => lines.decorations }),
]
