// “^name” at the end of a paragraph or list item: the block's name, which [[Page#^name]] leads to.
// BLOCK_NAME · blockMarks

import type { StateCore } from 'markdown-it'
import { anchorOf } from './titles.ts'

/** A block's name at the end of its words, with what stands before it. It has a letter in it: “20 m ^2” is a power. */
export const BLOCK_NAME = /(?:^|\s)(\^(?=[\d_-]*[a-z])[\w-]{1,100})\s*$/i

/** markdown-it's core rule: takes the name out of the words, and puts a place to lead to in front of them. */
export function blockMarks(state: StateCore): void {
  state.tokens.forEach(({ children }, i) => {
    if (state.tokens[i - 1]?.type !== 'paragraph_open' || !children) return
    // A task is a label around its words.
    const last = children.at(children.at(-1)?.type === 'task_close' ? -2 : -1)
    const mark = last?.type === 'text' ? BLOCK_NAME.exec(last.content) : null
    if (!mark) return
    last!.content = last!.content.slice(0, mark.index)
    const place = new state.Token('block_mark_open', 'a', 1)
    place.attrs = [['id', anchorOf(mark[1]!)]]
    children.unshift(place, new state.Token('block_mark_close', 'a', -1))
  })
}
