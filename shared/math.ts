// Formulas: $a^2$ within a line, $$…$$ for one that stands by itself. TeX is only found here; see `Rendering.math`.
// mathInline · mathBlock

import type { StateBlock, StateInline } from 'markdown-it'

// As Pandoc reads it: no space inside the signs, no digit behind them, so that “$5 and $6” are prices. Each dollar ends
// the search that another began, so a long line is read once.
const INLINE = /\$(?![\s{$])((?:[^$\\]|\\[\s\S])*?)\$(?![\d{$])/y
const DISPLAY = /\$\$((?:[^$\\]|\\[\s\S])+?)\$\$/y

/** markdown-it's inline rule: makes `math_inline`, whose content is TeX; `meta.display` when it had two dollars. */
export function mathInline(state: StateInline, silent: boolean): boolean {
  if (state.src.charCodeAt(state.pos) !== 36) return false
  const display = state.src.charCodeAt(state.pos + 1) === 36
  const shape = display ? DISPLAY : INLINE
  shape.lastIndex = state.pos
  const match = shape.exec(state.src)
  if (!match || shape.lastIndex > state.posMax || match[1]!.trim() === '' || (!display && /\s$/.test(match[1]!)))
    return false
  if (!silent) {
    const token = state.push('math_inline', '', 0)
    token.content = match[1]!.trim()
    token.meta = { display }
  }
  state.pos = shape.lastIndex
  return true
}

/** markdown-it's block rule: `$$` at a line's beginning up to `$$` at a line's end, without a blank line between. */
export function mathBlock(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const start = state.bMarks[startLine]! + state.tShift[startLine]!
  if (state.sCount[startLine]! - state.blkIndent >= 4 || !state.src.startsWith('$$', start)) return false
  const parts: string[] = []
  for (let line = startLine; line < endLine; line++) {
    if (line > startLine && (state.isEmpty(line) || state.sCount[line]! < state.blkIndent)) return false
    const from = line === startLine ? start + 2 : state.bMarks[line]! + state.tShift[line]!
    const text = state.src.slice(from, state.eMarks[line]).trimEnd()
    const end = text.indexOf('$$')
    parts.push(end < 0 ? text : text.slice(0, end))
    if (end < 0) continue
    const tex = parts.join('\n').trim()
    if (end !== text.length - 2 || tex === '') return false
    if (silent) return true
    const token = state.push('math_block', '', 0)
    token.block = true
    token.content = tex
    token.map = [startLine, line + 1]
    state.line = line + 1
    return true
  }
  return false
}
