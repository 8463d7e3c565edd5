// Where “[words][label]” leads and which “[^label]” is a footnote: the definitions of a text, looked up when the first
// that needs one comes into sight.
// urlOf · referenceOf · isNote

import { syntaxTree } from '@codemirror/language'
import type { EditorState } from '@codemirror/state'
import type { SyntaxNode, Tree } from '@lezer/common'

const AROUND = new Set(['Document', 'Blockquote', 'BulletList', 'OrderedList', 'ListItem', 'FootnoteText'])

const NOTE = /^ {0,3}\[\^([^\]\s[]{1,100})\]:/

interface Definitions {
  links: Map<string, string>
  notes: Set<string>
}

const known = new WeakMap<Tree, Definitions>()

/** The address that a link or picture itself has; one among its words is none. */
export function urlOf(node: SyntaxNode): SyntaxNode | null {
  const words = node.getChildren('LinkMark')[2]
  return words ? (node.getChildren('URL').find(({ from }) => from >= words.to) ?? null) : null
}

/** The address, as written, of a link or picture that names a definition; null where there is none. */
export function referenceOf(
  state: EditorState,
  node: SyntaxNode,
  slice = (from: number, to: number) => state.sliceDoc(from, to),
): string | null {
  const marks = node.getChildren('LinkMark')
  if (marks.length < 2) return null
  const label = node.getChild('LinkLabel')
  const named = label ? slice(label.from + 1, label.to - 1) : ''
  return definitions(state).links.get(keyOf(named || slice(marks[0]!.to, marks[1]!.from))) ?? null
}

/** Whether a text has the footnote that “[^label]” names; without it these are but letters. */
export function isNote(state: EditorState, label: string): boolean {
  return definitions(state).notes.has(label)
}

function keyOf(label: string): string {
  return label.trim().replace(/\s+/g, ' ').toLowerCase().toUpperCase()
}

function definitions(state: EditorState): Definitions {
  const tree = syntaxTree(state)
  const found = known.get(tree)
  if (found) return found
  const { links, notes }: Definitions = { links: new Map(), notes: new Set() }
  tree.iterate({
    enter({ name, node }) {
      if (name === 'LinkReference') {
        const [label, url] = [node.getChild('LinkLabel'), node.getChild('URL')]
        const key = label && keyOf(state.sliceDoc(label.from + 1, label.to - 1))
        if (key && url && !links.has(key)) links.set(key, state.sliceDoc(url.from, url.to))
      }
      if (name === 'FootnoteText') notes.add(state.sliceDoc(node.firstChild!.from + 2, node.firstChild!.to - 1))
      return AROUND.has(name)
    },
  })
  // Footnotes stand at the end, where the parser has not been yet in a long page.
  if (tree.length < state.doc.length) {
    const first = state.doc.lineAt(tree.length).number
    for (const line of state.doc.iterLines(first)) {
      const [, label] = NOTE.exec(line) ?? []
      if (label) notes.add(label)
    }
  }
  known.set(tree, { links, notes })
  return { links, notes }
}
