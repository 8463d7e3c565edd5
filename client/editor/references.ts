// Where “[words][label]” leads: the definitions of a text, looked up when the first such link comes into sight.
// referenceOf

import { syntaxTree } from '@codemirror/language'
import type { EditorState } from '@codemirror/state'
import type { SyntaxNode, Tree } from '@lezer/common'

const AROUND = new Set(['Document', 'Blockquote', 'BulletList', 'OrderedList', 'ListItem', 'FootnoteText'])

const known = new WeakMap<Tree, ReadonlyMap<string, string>>()

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
  return definitions(state).get(keyOf(named || slice(marks[0]!.to, marks[1]!.from))) ?? null
}

function keyOf(label: string): string {
  return label.trim().replace(/\s+/g, ' ').toLowerCase().toUpperCase()
}

function definitions(state: EditorState): ReadonlyMap<string, string> {
  const tree = syntaxTree(state)
  const found = known.get(tree)
  if (found) return found
  const all = new Map<string, string>()
  tree.iterate({
    enter({ name, node }) {
      if (name === 'LinkReference') {
        const [label, url] = [node.getChild('LinkLabel'), node.getChild('URL')]
        const key = label && keyOf(state.sliceDoc(label.from + 1, label.to - 1))
        if (key && url && !all.has(key)) all.set(key, state.sliceDoc(url.from, url.to))
      }
      return AROUND.has(name)
    },
  })
  known.set(tree, all)
  return all
}
