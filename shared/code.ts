// The languages whose code is shown in colours: highlight.js with a choice of grammars.
// knownLanguage · coloured

import hljs from 'highlight.js/lib/common'
import clojure from 'highlight.js/lib/languages/clojure'
import cmake from 'highlight.js/lib/languages/cmake'
import dart from 'highlight.js/lib/languages/dart'
import dockerfile from 'highlight.js/lib/languages/dockerfile'
import elixir from 'highlight.js/lib/languages/elixir'
import haskell from 'highlight.js/lib/languages/haskell'
import http from 'highlight.js/lib/languages/http'
import latex from 'highlight.js/lib/languages/latex'
import nginx from 'highlight.js/lib/languages/nginx'
import powershell from 'highlight.js/lib/languages/powershell'
import protobuf from 'highlight.js/lib/languages/protobuf'
import scala from 'highlight.js/lib/languages/scala'

const more = { clojure, cmake, dart, dockerfile, elixir, haskell, http, latex, nginx, powershell, protobuf, scala }
for (const [name, language] of Object.entries(more)) hljs.registerLanguage(name, language)

/** The longest block that is highlighted, in UTF-16 units. */
export const BLOCK_MAX = 50_000

/** One name for “js” and “JavaScript”; null where the language is not known. */
export function knownLanguage(language: string): string | null {
  return hljs.getLanguage(language)?.name?.toLowerCase() ?? null
}

/** Code as safe HTML: text and `<span class="hljs-…">`. Many grammars are quadratic in something: mind the time. */
export function coloured(code: string, language: string): string {
  return hljs.highlight(code, { language, ignoreIllegals: true }).value
}
