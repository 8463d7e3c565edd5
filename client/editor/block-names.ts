// A block's name (“^name”) leads to one block of a page: a copy that comes into the same page leaves its name behind.
// namesOnce

import { ensureSyntaxTree, syntaxTree } from '@codemirror/language'
import { type ChangeSpec, EditorState, type Transaction } from '@codemirror/state'
import type { SyntaxNode } from '@lezer/common'
import { BLOCK_NAME } from '../../shared/block-marks.ts'

/** A copy comes by the clipboard, by being dragged, or line by line. */
const COPIES = ['input.paste', 'input.drop', 'move.drop', 'input.copyline']
/** Milliseconds that reading on to a name may take. */
const PARSING = 50

/** A name at the end of a line, with the spaces before it. */
interface Named {
  name: string
  /** Where the name itself begins. */
  at: number
  from: number
  to: number
}

/** Takes the names out of what is put in, where the page has them already. */
export const namesOnce = EditorState.transactionFilter.of(transaction => {
  if (!transaction.docChanged || !COPIES.some(event => transaction.isUserEvent(event))) return transaction
  const changes = doubled(transaction)
  return changes.length > 0 ? [transaction, { changes, sequential: true }] : transaction
})

function doubled({ changes, state }: Transaction): ChangeSpec[] {
  const put: { from: number; to: number }[] = []
  let may = false
  changes.iterChanges((_fromA, _toA, from, to, inserted) => {
    put.push({ from, to })
    may ||= inserted.toString().includes('^')
  })
  if (!may) return []
  const isNew = ({ at, to }: Named) => put.some(range => range.from <= at && to <= range.to)
  const all = namesIn(state)
  const taken = new Set(all.filter(one => !isNew(one)).map(({ name }) => name))
  return all.filter(isNew).flatMap(({ name, from, to }) => {
    if (taken.has(name)) return { from, to }
    taken.add(name)
    return []
  })
}

/** The names in a text: each at the end of a line of a paragraph or a task. */
function namesIn(state: EditorState): Named[] {
  const found: Named[] = []
  let pos = 0
  for (const line of state.doc.iterLines()) {
    const match = BLOCK_NAME.exec(line)
    const to = pos + line.trimEnd().length
    if (match && isWords(state, to))
      found.push({ name: match[1]!.toLowerCase(), at: to - match[1]!.length, from: pos + match.index, to })
    pos += line.length + 1
  }
  return found
}

// Neither code, a formula, a heading nor properties.
function isWords(state: EditorState, pos: number): boolean {
  const tree = ensureSyntaxTree(state, pos, PARSING) ?? syntaxTree(state)
  for (let node: SyntaxNode | null = tree.resolveInner(pos, -1); node; node = node.parent)
    if (node.name === 'Paragraph' || node.name === 'Task') return true
  return false
}
