// Code as HTML with classes for its words, on the server only: the page needs no highlighter.
// highlight

import { createContext, Script } from 'node:vm'
import { BLOCK_MAX, coloured, knownLanguage } from '../../shared/code.ts'

/** How long one block may take, in milliseconds; many grammars are quadratic in something. */
const PATIENCE = 100
/** After a block took too long, how long its language is left alone, in milliseconds. */
const REST = 60_000
/** Characters of highlighted code that are remembered: a page that is being written is rendered again and again. */
const KEPT_MAX = 4_000_000

const kept = new Map<string, string>()
let keptSize = 0
const resting = new Map<string, number>()
const prepared = new Set<string>()
const context: { run?: () => string } = createContext({})
// A regular expression cannot be stopped from outside but by the virtual machine.
const run = new Script('run()')

/**
 * Code as safe HTML: text and `<span class="hljs-…">`. Null where it is to be shown plain: the language is unknown, the
 * block is longer than 50,000 characters, or it took too long.
 */
export function highlight(code: string, language: string): string | null {
  const name = knownLanguage(language)
  if (code.length > BLOCK_MAX || !name) return null
  const key = `${name}\n${code}`
  const known = kept.get(key)
  if (known !== undefined) {
    kept.delete(key)
    kept.set(key, known)
    return known
  }
  if ((resting.get(name) ?? 0) > performance.now()) return null
  const html = attempt(code, language, name)
  if (html !== null) keep(key, html)
  return html
}

function attempt(code: string, language: string, name: string): string | null {
  const write = (text: string) => coloured(text, language)
  if (!prepared.has(name)) {
    // Builds the grammar; stopped halfway, it would stay half built.
    write('')
    prepared.add(name)
  }
  context.run = () => write(code)
  try {
    return run.runInContext(context, { timeout: PATIENCE }) as string
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    resting.set(name, performance.now() + REST)
    return null
  } finally {
    delete context.run
  }
}

function keep(key: string, html: string): void {
  kept.set(key, html)
  keptSize += key.length + html.length
  for (const [oldest, value] of kept) {
    if (keptSize <= KEPT_MAX) break
    kept.delete(oldest)
    keptSize -= oldest.length + value.length
  }
}
