// Callouts: a quote that begins with [!kind] says what it is: a note, a tip, a warning. “[!kind]-” can be unfolded.
// callouts · calloutOf · Callout

import type { StateCore, Token } from 'markdown-it'

/** What a callout's first line says. */
export type Callout = {
  /** One of four looks. */
  look: 'note' | 'tip' | 'warning' | 'danger'
  /** The kind as it is shown: “Important”. */
  name: string
  fold: 'open' | 'closed' | null
  /** How much of the line this is; its title follows. */
  length: number
}

const LOOKS: Record<string, Callout['look']> = {
  tip: 'tip',
  hint: 'tip',
  success: 'tip',
  warning: 'warning',
  caution: 'warning',
  attention: 'warning',
  important: 'warning',
  danger: 'danger',
  error: 'danger',
  bug: 'danger',
  failure: 'danger',
}

/** Reads the first line of a quote; null where it is a quote like any other. */
export function calloutOf(line: string): Callout | null {
  const [whole, kind, fold] = /^\[!(\w{1,30})\]([+-]?)/.exec(line) ?? []
  if (whole === undefined) return null
  const name = kind!.toLowerCase()
  return {
    look: LOOKS[name] ?? 'note',
    name: name[0]!.toUpperCase() + name.slice(1),
    fold: fold === '+' ? 'open' : fold === '-' ? 'closed' : null,
    length: whole.length,
  }
}

/** markdown-it's core rule: turns such quotes into `callout_open` … `callout_close`, a `Callout` as `meta`. */
export function callouts(state: StateCore): void {
  const { tokens } = state
  const after: Token[] = []
  const quotes: (Callout | null)[] = []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!
    after.push(token)
    if (token.type === 'blockquote_open') {
      const inline = tokens[i + 1]?.type === 'paragraph_open' ? tokens[i + 2]! : null
      const [first = '', ...rest] = inline?.content.split('\n') ?? []
      const found = inline && calloutOf(first)
      quotes.push(found)
      if (!found) continue
      token.type = 'callout_open'
      token.meta = found
      const title = tokens.slice(i + 1, i + 4)
      title[0]!.type = 'callout_title_open'
      title[2]!.type = 'callout_title_close'
      for (const one of title) one.meta = found
      inline.content = first.slice(found.length).trim()
      after.push(...title)
      if (rest.length > 0) after.push(...paragraph(state, rest.join('\n'), title[0]!))
      i += 3
    } else if (token.type === 'blockquote_close') {
      const found = quotes.pop()
      if (!found) continue
      token.type = 'callout_close'
      token.meta = found
    }
  }
  state.tokens = after
}

function paragraph(state: StateCore, content: string, { level, map }: Token): Token[] {
  const open = new state.Token('paragraph_open', 'p', 1)
  const words = new state.Token('inline', '', 0)
  const close = new state.Token('paragraph_close', 'p', -1)
  for (const token of [open, words, close]) {
    token.block = true
    token.level = level
  }
  words.level++
  words.content = content
  words.children = []
  words.map = map
  return [open, words, close]
}
