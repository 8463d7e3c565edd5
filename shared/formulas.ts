// Formulas as MathML, which browsers draw and screen readers speak, by KaTeX.
// formula

import katex from 'katex'

/** The longest formula, in UTF-16 units. */
const LONGEST = 5_000

/** TeX as safe HTML, or null where it cannot be understood. */
export function formula(tex: string, display: boolean): string | null {
  if (tex.length > LONGEST) return null
  try {
    const html = katex.renderToString(tex, {
      output: 'mathml',
      displayMode: display,
      throwOnError: true,
      strict: 'ignore',
      trust: false,
      maxSize: 40,
      maxExpand: 500,
    })
    // The page's policy takes no styles that stand in elements.
    return html.replace(/ style="[^"]*"/g, '')
  } catch {
    return null
  }
}
