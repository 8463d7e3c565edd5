// Footnotes: [^label] in a line, and [^label]: its text, which stands at the end of the article.
// footnoteMark · footnoteText

import type { StateBlock, StateInline } from 'markdown-it'

const MARK = /\[\^([^\]\s[]{1,100})\](?!\()/y

/** markdown-it's inline rule: makes `footnote_mark` with its label as `meta.label`; whether there is a text is seen later. */
export function footnoteMark(state: StateInline, silent: boolean): boolean {
  MARK.lastIndex = state.pos
  if (!state.src.startsWith('[^', state.pos)) return false
  const match = MARK.exec(state.src)
  if (!match || MARK.lastIndex > state.posMax || state.linkLevel > 0) return false
  if (!silent) {
    const token = state.push('footnote_mark', '', 0)
    token.meta = { label: match[1]! }
    token.content = match[0]
  }
  state.pos = MARK.lastIndex
  return true
}

/**
 * markdown-it's block rule: `[^label]: text`, with what is indented below it; makes `footnote_open` (`meta.label`) …
 * `footnote_close`. Only at the left edge of the page.
 */
export function footnoteText(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const start = state.bMarks[startLine]! + state.tShift[startLine]!
  // Within a footnote's text, the next one ends it.
  const within = silent && state.level === 1 && state.blkIndent === 4
  if (((state.level !== 0 || state.blkIndent !== 0) && !within) || state.sCount[startLine]! >= 4) return false
  if (!state.src.startsWith('[^', start)) return false
  const match = /^\[\^([^\]\s[]{1,100})\]:[ \t]*/.exec(
    state.src.slice(start, Math.min(state.eMarks[startLine]!, start + 400)),
  )
  if (!match) return false
  if (silent) return true

  const open = state.push('footnote_open', '', 1)
  open.meta = { label: match[1]! }
  const kept = [state.bMarks[startLine]!, state.tShift[startLine]!, state.sCount[startLine]!] as const
  const { parentType, tight } = state
  state.bMarks[startLine] = start + match[0].length
  state.tShift[startLine] = 0
  state.sCount[startLine] = 4
  state.blkIndent = 4
  state.parentType = 'footnote' as typeof parentType
  // Its own line may be empty, and the text below it.
  state.md.block.tokenize(state, startLine, endLine)
  state.blkIndent = 0
  state.parentType = parentType
  state.tight = tight
  ;[state.bMarks[startLine], state.tShift[startLine], state.sCount[startLine]] = kept
  if (state.line <= startLine) state.line = startLine + 1
  open.map = [startLine, state.line]
  state.push('footnote_close', '', -1)
  return true
}
