// Code in colours where it is drawn in the browser: loaded when a page that is followed live holds some.
// highlight

import { coloured, knownLanguage } from '../../shared/code.ts'

/** The longest block, in UTF-16 units: here nobody can stop a grammar that takes too long. */
const BLOCK_MAX = 20_000
/** Milliseconds after which a language is left alone. */
const PATIENCE = 150
const KEPT = 200

const slow = new Set<string>()
const kept = new Map<string, string>()

/** Code as safe HTML, or null to show it plain. */
export function highlight(code: string, language: string): string | null {
  const name = knownLanguage(language)
  if (code.length > BLOCK_MAX || name === null) return null
  const key = `${name}\n${code}`
  const known = kept.get(key)
  if (known !== undefined) return known
  if (slow.has(name)) return null
  const began = performance.now()
  const html = coloured(code, language)
  if (performance.now() - began > PATIENCE) slow.add(name)
  kept.set(key, html)
  if (kept.size > KEPT) kept.delete(kept.keys().next().value!)
  return html
}
