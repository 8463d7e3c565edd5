import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { parse } from '../shared/markdown.ts'
import { normalised } from './support/normalised.ts'
import { readStrictly } from './support/strict-html.ts'

interface Example {
  markdown: string
  html: string
  section: string
  number: number
}

const { tests: examples } = createRequire(import.meta.url)('commonmark-spec') as { tests: Example[] }

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** Where we mean to differ from CommonMark 0.31.2, and why. */
const EXCEPTIONS: Record<string, number[]> = {
  'HTML in a page is shown as the text it is; only comments are hidden': [
    ...[21, 31, ...range(148, 191), 201, 308, 309, 344, 475, 476, 477, 491, 494, 524, 536],
    ...[...range(613, 617), 623, ...range(625, 631), 642, 643],
  ],
  'links lead to http, https, mailto and our own addresses': [500, 596, 598, 599, 601],
  '[[X]] is a wiki link': [548, 559, 590],
  'an address that ends in “.md” names a page, which is red where nobody has written it': [484],
  '#words are tags': [64],
  'plain addresses are links, as on GitHub': [602, 608, 611, 612],
}
const excepted = new Set(Object.values(EXCEPTIONS).flat())

function render(markdown: string): string {
  return parse(markdown).html({ resolve: () => 'missing' })
}

const promised = examples.filter(example => !excepted.has(example.number))

for (const section of new Set(promised.map(example => example.section))) {
  const here = promised.filter(example => example.section === section)
  test(`CommonMark, ${section}: ${here.length} examples look as the specification says`, () => {
    for (const { markdown, html, number } of here) {
      const source = markdown.replaceAll('→', '\t')
      expect(normalised(render(source)), `example ${number}: ${source}`).toBe(normalised(html.replaceAll('→', '\t')))
    }
  })
}

for (const [why, numbers] of Object.entries(EXCEPTIONS)) {
  test(`unlike CommonMark, because ${why}: ${numbers.length} examples`, () => {
    for (const number of numbers) {
      const { markdown, html } = examples[number - 1]!
      const shown = render(markdown.replaceAll('→', '\t'))
      readStrictly(shown)
      expect(normalised(shown), `example ${number} is no exception any more`).not.toBe(normalised(html))
    }
  })
}
