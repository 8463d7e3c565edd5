// CodeMirror's own rules, brought in without a <style> element.
// constructedSheets

import { EditorView } from '@codemirror/view'

let done = false

/**
 * Makes every editor in this document take its rules from a constructed style sheet. To be called before the first one
 * is made.
 */
export function constructedSheets(): void {
  if (done) return
  done = true
  // CodeMirror's style-mod writes a <style> into a document, which our content security policy blocks, but constructs a
  // sheet for a shadow root. It keeps which sheet belongs to a root in a symbol on it: the document gets the root's.
  const root = document.createElement('div').attachShadow({ mode: 'open' })
  new EditorView({ parent: root, root }).destroy()
  for (const symbol of Object.getOwnPropertySymbols(root))
    Object.defineProperty(document, symbol, { value: Reflect.get(root, symbol), configurable: true })
}
