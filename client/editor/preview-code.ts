// The words of code in their colours, as in reading. The highlighter is loaded when the first code comes into sight.
// colouredCode

import { syntaxTree } from '@codemirror/language'
import type { Range } from '@codemirror/state'
import { Decoration, type DecorationSet, type EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view'
import type { HLJSApi } from 'highlight.js'

/** The longest block that is coloured, in UTF-16 units: it is read again after each rest in writing. */
const LONGEST = 20_000
/** Milliseconds of rest before changed code is coloured anew. */
const REST = 150

let loading: Promise<HLJSApi | null> | null = null
let highlighter: HLJSApi | null = null

function load(): Promise<HLJSApi | null> {
  loading ??= import('highlight.js/lib/common').then(
    module => (highlighter = module.default),
    () => {
      // Without a line: black on white until the next block.
      loading = null
      return null
    },
  )
  return loading
}

interface Token {
  scope?: string
  children: (Token | string)[]
}

type Piece = readonly [from: number, to: number, classes: string]

const known = new Map<string, readonly Piece[]>()

/** The coloured stretches of some code, as offsets. */
function pieces(code: string, language: string, hljs: HLJSApi): readonly Piece[] {
  const key = `${language}\n${code}`
  const old = known.get(key)
  if (old) return old
  const found: Piece[] = []
  try {
    const result = hljs.highlight(code, { language, ignoreIllegals: true })
    // Its tokens, without the HTML that it makes of them.
    const { rootNode } = (result as unknown as { _emitter: { rootNode: Token } })._emitter
    let at = 0
    const walk = ({ scope, children }: Token): void => {
      const from = at
      for (const child of children)
        if (typeof child === 'string') at += child.length
        else walk(child)
      if (scope && at > from && !scope.startsWith('language:')) found.push([from, at, classesOf(scope)])
    }
    walk(rootNode)
  } catch {
    // A language that cannot be read stays black on white.
  }
  if (known.size > 200) known.clear()
  known.set(key, found)
  return found
}

function classesOf(scope: string): string {
  const [first, ...rest] = scope.split('.')
  return [`hljs-${first}`, ...rest.map((name, i) => name + '_'.repeat(i + 1))].join(' ')
}

class Colours {
  decorations: DecorationSet = Decoration.none
  #timer: ReturnType<typeof setTimeout> | undefined
  #open = true

  constructor(private readonly view: EditorView) {
    this.#draw()
  }

  update({ docChanged, viewportChanged, changes, startState, state }: ViewUpdate): void {
    if (docChanged) {
      this.decorations = this.decorations.map(changes)
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#again(), REST)
    } else if (viewportChanged || syntaxTree(startState) !== syntaxTree(state)) this.#draw()
  }

  #again(): void {
    if (!this.#open) return
    if (this.view.compositionStarted) {
      this.#timer = setTimeout(() => this.#again(), REST)
      return
    }
    this.#draw()
    this.view.dispatch({})
  }

  #draw(): void {
    const { state, visibleRanges } = this.view
    const marks: Range<Decoration>[] = []
    let last = -1
    for (const { from, to } of visibleRanges)
      syntaxTree(state).iterate({
        from,
        to,
        enter: ({ name, node }) => {
          if (name !== 'FencedCode' || node.from <= last) return
          last = node.from
          const info = node.getChild('CodeInfo')
          const language = info ? /^\S*/.exec(state.sliceDoc(info.from, info.to))![0] : ''
          const texts = node.getChildren('CodeText')
          if (!language || texts.length === 0 || node.to - node.from > LONGEST) return
          if (!highlighter) {
            void load().then(hljs => hljs && this.#again())
            return
          }
          if (!highlighter.getLanguage(language)) return
          // In lists and quotes the code is in pieces, between what stands before its lines.
          const code = texts.map(text => state.sliceDoc(text.from, text.to)).join('')
          for (const [a, b, classes] of pieces(code, language, highlighter)) {
            let at = 0
            for (const text of texts) {
              const [start, end] = [Math.max(a, at), Math.min(b, at + text.to - text.from)]
              if (start < end)
                marks.push(Decoration.mark({ class: classes }).range(text.from + start - at, text.from + end - at))
              at += text.to - text.from
            }
          }
        },
      })
    this.decorations = Decoration.set(marks, true)
  }

  destroy(): void {
    this.#open = false
    clearTimeout(this.#timer)
  }
}

/** Colours the words of code whose language is named. */
export const colouredCode = ViewPlugin.fromClass(Colours, { decorations: plugin => plugin.decorations })
