// Formulas: $a^2$ within a line, $$…$$ for one that stands by itself. TeX is only found here; see `Rendering.math`.
// formulaAt · formulaBlock · mathInline · mathBlock

import type { StateBlock, StateInline } from 'markdown-it'

// As Pandoc reads it: no space inside the signs, no digit behind them, so that “$5 and $6” are prices. Each dollar ends
// the search that another began, so a long line is read once.
const INLINE = /\$(?![\s{$])((?:[^$\\]|\\[\s\S])*?)\$(?![\d{$])/y
const DISPLAY = /\$\$((?:[^$\\]|\\[\s\S])+?)\$\$/y

/** A formula within lines. */
export interface Formula {
  tex: string
  /** It had two dollars. */
  display: boolean
  /** Where it ends. */
  end: number
}

/** The formula that begins at a position of a text, or null. */
export function formulaAt(text: string, pos: number): Formula | null {
  if (text.charCodeAt(pos) !== 36) return null
  const display = text.charCodeAt(pos + 1) === 36
  const shape = display ? DISPLAY : INLINE
  shape.lastIndex = pos
  const tex = shape.exec(text)?.[1]
  if (tex === undefined || tex.trim() === '' || (!display && /\s$/.test(tex))) return null
  return { tex: tex.trim(), display, end: shape.lastIndex }
}

/** markdown-it's inline rule: makes `math_inline`, whose content is TeX; `meta.display` when it had two dollars. */
export function mathInline(state: StateInline, silent: boolean): boolean {
  const found = formulaAt(state.src, state.pos)
  if (!found || found.end > state.posMax) return false
  if (!silent) {
    const token = state.push('math_inline', '', 0)
    token.content = found.tex
    token.meta = { display: found.display }
  }
  state.pos = found.end
  return true
}

/**
 * The formula that begins a text, given as its lines: `$$` at a line's beginning up to `$$` at a line's end, without a
 * blank line between.
 */
export function formulaBlock(lines: Iterable<string>): { tex: string; lines: number } | null {
  const parts: string[] = []
  let count = 0
  for (const line of lines) {
    const text = line.trim()
    if (count === 0 ? !text.startsWith('$$') : text === '') return null
    count++
    const words = count === 1 ? text.slice(2) : text
    const end = words.indexOf('$$')
    parts.push(end < 0 ? words : words.slice(0, end))
    if (end < 0) continue
    const tex = parts.join('\n').trim()
    return end === words.length - 2 && tex !== '' ? { tex, lines: count } : null
  }
  return null
}

/** markdown-it's block rule for these. */
export function mathBlock(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const start = state.bMarks[startLine]! + state.tShift[startLine]!
  if (state.sCount[startLine]! - state.blkIndent >= 4 || !state.src.startsWith('$$', start)) return false
  const found = formulaBlock(linesFrom(state, startLine, endLine))
  if (!found) return false
  if (silent) return true
  const token = state.push('math_block', '', 0)
  token.block = true
  token.content = found.tex
  token.map = [startLine, startLine + found.lines]
  state.line = startLine + found.lines
  return true
}

/** The lines of a block from one on, without what stands before them; one that stands too far left ends them. */
function* linesFrom(state: StateBlock, startLine: number, endLine: number): Generator<string> {
  for (let line = startLine; line < endLine; line++) {
    if (line > startLine && state.sCount[line]! < state.blkIndent) return
    yield state.src.slice(state.bMarks[line]! + state.tShift[line]!, state.eMarks[line])
  }
}
