// Links and pictures. Pure functions of an EditorState.
// toggleLink · hasLink · insertImage

import type { ChangeSpec, EditorState, SelectionRange, StateCommand } from '@codemirror/state'
import { type Span, snap, stretches, treeOf } from './inline.ts'

const LINKS = new Set(['Link', 'WikiLink'])

/** The link that the whole selection is in, and its words. */
function linkAt(state: EditorState, { from, to }: SelectionRange): { link: Span; words: Span } | null {
  for (let node = treeOf(state, to).resolveInner(from, from === to ? -1 : 1); node.parent; node = node.parent) {
    if (!LINKS.has(node.name) || node.from > from || node.to < to) continue
    const marks = node.getChildren('LinkMark')
    const words = node.name === 'WikiLink' ? marks.slice(-2) : marks
    if (words.length >= 2) return { link: node, words: { from: words[0]!.to, to: words[1]!.from } }
  }
  return null
}

/** Whether the selection, or the cursor, is in a link. */
export function hasLink(state: EditorState): boolean {
  return linkAt(state, state.selection.main) !== null
}

/** Makes the selected words a link and puts the cursor where its address goes; takes a link away again. */
export const toggleLink: StateCommand = ({ state, dispatch }) => {
  if (state.readOnly) return false
  const { main } = state.selection
  const found = linkAt(state, main)
  if (found) {
    const changes = [
      { from: found.link.from, to: found.words.from },
      { from: found.words.to, to: found.link.to },
    ]
    dispatch(state.update({ changes, userEvent: 'input.format', scrollIntoView: true }))
    return true
  }
  const word = main.empty ? state.wordAt(main.head) : null
  const spans = main.empty ? [] : stretches(state, main)
  if (word && word.from < main.head && main.head < word.to) spans.push(word)
  if (spans.length === 0) spans.push({ from: main.head, to: main.head })
  const changes: ChangeSpec[] = []
  let cursor: number | undefined
  for (const span of spans) {
    const { from, to } = snap(state, span)
    const text = state.sliceDoc(from, to)
    const address = /^(?:https?:\/\/|mailto:)\S+$/i.test(text)
    changes.push({ from, insert: address ? '[](' : '[' }, { from: to, insert: address ? ')' : ']()' })
    cursor ??= address || text === '' ? from + 1 : to + 3
  }
  dispatch(state.update({ changes, selection: { anchor: cursor! }, userEvent: 'input.format', scrollIntoView: true }))
  return true
}

/** Puts a picture in, described by the selected words, with the cursor where its address goes. */
export const insertImage: StateCommand = ({ state, dispatch }) => {
  if (state.readOnly) return false
  const { from, to } = state.selection.main
  const words = state.sliceDoc(from, to).replace(/\s+/g, ' ').trim()
  const insert = `![${words}]()`
  const selection = { anchor: from + insert.length - 1 }
  dispatch(state.update({ changes: { from, to, insert }, selection, userEvent: 'input.format', scrollIntoView: true }))
  return true
}
