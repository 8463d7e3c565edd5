import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WikiError } from '../shared/errors.ts'
import { parse } from '../shared/markdown.ts'
import { editText, type Section, sections } from '../shared/sections.ts'

const PAGE = `---
title: Sourdough
# not a heading
---
Every loaf starts with the same starter.

# Feeding the *starter*

Feed twice a day.

## Ratios

By weight:

- one part starter
- two parts flour

Open questions
--------------

\`\`\`sh
# not a heading either
\`\`\`

> ## nor this

# Prices

| flour | price |
|-------|-------|
| rye   | 1.32  |

# Flour
## Prices
1.18
`

function code(run: () => unknown): [code: string, message: string] {
  try {
    run()
  } catch (error) {
    if (error instanceof WikiError) return [error.code, error.message]
    throw error
  }
  return expect.unreachable('nothing was refused')
}

test('a page’s sections are its headings and what stands under each, up to the next of the same or a higher level', () => {
  const found = sections(PAGE).map(({ level, title, bodyFrom, bodyTo }) => [level, title, PAGE.slice(bodyFrom, bodyTo)])
  const questions = '```sh\n# not a heading either\n```\n\n> ## nor this'
  const ratios = 'By weight:\n\n- one part starter\n- two parts flour'
  const rule = '\n\nOpen questions\n--------------\n\n'
  expect(found).toEqual([
    [1, 'Feeding the starter', `Feed twice a day.\n\n## Ratios\n\n${ratios}${rule}${questions}`],
    [2, 'Ratios', ratios],
    [2, 'Open questions', questions],
    [1, 'Prices', '| flour | price |\n|-------|-------|\n| rye   | 1.32  |'],
    [1, 'Flour', '## Prices\n1.18'],
    [2, 'Prices', '1.18'],
  ])
})

describe('appending to a page', () => {
  test('makes a paragraph of its own', () => {
    expect(editText('One.', { append: 'Two.' })).toBe('One.\n\nTwo.')
    expect(editText('One.\n', { append: 'Two.' })).toBe('One.\n\nTwo.\n')
    expect(editText('One.\n\n', { append: 'Two.\n' })).toBe('One.\n\nTwo.\n')
    expect(editText('', { append: 'One.' })).toBe('One.')
    expect(editText('One.\n\n    ', { append: 'Two.' })).toBe('One.\n\n    \nTwo.')
  })
  test('goes on with a list or a table', () => {
    expect(editText('- one\n', { append: '- two' })).toBe('- one\n- two\n')
    expect(editText('- one\n  and more', { append: '- two' })).toBe('- one\n  and more\n- two')
    expect(editText('1. one', { append: '2. two' })).toBe('1. one\n2. two')
    expect(editText('| a |\n|---|\n| b |\n', { append: '| c |\n' })).toBe('| a |\n|---|\n| b |\n| c |\n')
    expect(editText('Text.\n', { append: '- one' })).toBe('Text.\n\n- one\n')
  })
  test('begins as the text begins, when it begins with a line break', () => {
    expect(editText('12:00 started', { append: '\n12:05 stopped' })).toBe('12:00 started\n12:05 stopped')
  })
  test('adds nothing when there is nothing to add', () => {
    expect(editText('One.', { append: '' })).toBe('One.')
    expect(editText('One.', { append: ' \n' })).toBe('One.')
  })
})

describe('replacing a text', () => {
  test('changes the one place where it stands', () => {
    expect(editText('a $& b', { replace: '$&', with: '$1' })).toBe('a $1 b')
    expect(editText('one\ntwo\n', { replace: 'one\r\ntwo', with: 'three' })).toBe('three\n')
    expect(editText('one two', { replace: ' two', with: '' })).toBe('one')
  })
  test('is refused when it stands nowhere or in several places, and says how many', () => {
    expect(code(() => editText('one', { replace: 'two', with: '' }))).toEqual([
      'conflict',
      'The text to replace was found 0 times; read the page again.',
    ])
    const [name, message] = code(() => editText('ababa', { replace: 'aba', with: '' }))
    expect([name, message]).toEqual(['conflict', expect.stringContaining('found 2 times')])
    expect(code(() => editText('a a a', { replace: 'a', with: '' }))[1]).toContain('found 3 times')
  })
  test('takes no longer for a text made to be hard to find', () => {
    const long = 'a'.repeat(200_000)
    const started = performance.now()
    code(() => editText(long.repeat(8), { replace: `${long}b${long}`, with: '' }))
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})

describe('writing a section', () => {
  test('replaces what stands under the heading, with one blank line around it', () => {
    const text = '# A\nold\n\n\n\n# B\nkept\n'
    expect(editText(text, { section: 'A', set: 'new' })).toBe('# A\n\nnew\n\n# B\nkept\n')
    expect(editText(text, { section: 'A', set: '\n\n    code\n\n' })).toBe('# A\n\n    code\n\n# B\nkept\n')
    expect(editText(text, { section: 'B', set: 'new' })).toBe('# A\nold\n\n\n\n# B\n\nnew\n')
    expect(editText(text, { section: 'A', set: '' })).toBe('# A\n\n# B\nkept\n')
    expect(editText('# A', { section: 'A', set: 'new' })).toBe('# A\n\nnew')
  })
  test('appends at the end of what stands under the heading', () => {
    const ratios = editText(PAGE, { section: 'ratios', append: '- two parts water' })
    expect(ratios).toBe(PAGE.replace('- two parts flour\n', '- two parts flour\n- two parts water\n'))
    const text = '# A\none\nB\n---\ntwo\n'
    expect(editText(text, { section: 'A', append: 'x' })).toBe(`${text.trimEnd()}\n\nx\n`)
    expect(editText('# A\n# B\n', { section: 'A', append: 'x' })).toBe('# A\n\nx\n\n# B\n')
    expect(editText('A\n===\none\n\nB\n===\n', { section: 'A', append: 'x' })).toBe('A\n===\none\n\nx\n\nB\n===\n')
  })
  test('finds it by its heading as it reads, whatever the case and the spaces', () => {
    for (const name of ['Feeding the starter', 'feeding  THE starter ', 'Feeding the *starter*']) {
      expect(editText(PAGE, { section: name, set: 'x' })).toContain('# Feeding the *starter*\n\nx\n\n# Prices')
    }
  })
  test('tells sections of the same name apart by the headings above them', () => {
    expect(code(() => editText(PAGE, { section: 'Prices', set: 'x' }))).toEqual([
      'conflict',
      expect.stringContaining('2 sections “Prices”'),
    ])
    expect(editText(PAGE, { section: 'flour / prices', set: '1.20' })).toBe(
      PAGE.replace('## Prices\n1.18', '## Prices\n\n1.20'),
    )
    expect(editText(PAGE, { section: '/Prices', append: '| spelt | 2.05 |' })).toContain(
      '1.32  |\n| spelt | 2.05 |\n\n# Flour',
    )
    expect(code(() => editText(PAGE, { section: 'Nor this', set: 'x' }))).toEqual([
      'missing',
      'The page has no section “Nor this”.',
    ])
  })
})

// ---- for any page

const line = fc.constantFrom(
  ...[
    '# A',
    '## B *b*',
    '### C',
    '#',
    '# A #',
    'Title\n===',
    'Under\n---',
    '---',
    '- item',
    '  more',
    '1. one',
    '> quote',
    '> # quoted',
  ],
  ...[
    '',
    '',
    '',
    '   ',
    'words',
    '[[Page]]',
    '```',
    '~~~',
    '    code',
    '| a | b |',
    '|---|---|',
    '<!--',
    '-->',
    'a: b',
    '\u2028',
    '[x]: /y',
  ],
)
const page = fc.array(line, { maxLength: 25 }).map(lines => lines.join('\n'))
const words = fc.constantFrom('x', 'Some words.', '- item', '| a |', '\nnext line', 'two\n\nparagraphs', 'end\n\n')
const RUNS = { numRuns: 3000 }

/** Calls back with every section of a page that can be named. */
function eachNamed(text: string, claim: (section: Section, name: string) => void): void {
  const all = sections(text)
  const names = all.map(section => section.title.toLowerCase())
  for (const section of all) {
    const name = section.title
    if (name !== '' && names.filter(other => other === name.toLowerCase()).length === 1) claim(section, name)
  }
}

test('for any page, sections are the headings that readers see, one inside another and in order', () => {
  fc.assert(
    fc.property(page, text => {
      const found = sections(text)
      const seen = parse(text).headings.map(({ level, text, line }) => [level, text, line])
      const lineOf = (at: number) => text.slice(0, at).split('\n').length
      expect(found.map(({ level, title, from }) => [level, title, lineOf(from)])).toEqual(seen)
      found.forEach((section, i) => {
        const { from, headTo, bodyFrom, bodyTo, to, level } = section
        expect([from, headTo, bodyFrom, bodyTo, to]).toEqual(
          [from, headTo, bodyFrom, bodyTo, to].toSorted((a, b) => a - b),
        )
        const next = found.slice(i + 1).find(other => other.level <= level)
        expect(to).toBe(next?.from ?? text.length)
        expect((text.slice(headTo, bodyFrom) + text.slice(bodyTo, to)).trim()).toBe('')
      })
    }),
    RUNS,
  )
})

test('for any page, an edit of a section leaves every character outside it as it was', () => {
  fc.assert(
    fc.property(page, words, (text, added) => {
      eachNamed(text, (section, name) => {
        const set = editText(text, { section: name, set: added })
        expect(set.startsWith(text.slice(0, section.headTo))).toBe(true)
        expect(set.endsWith(text.slice(section.to))).toBe(true)
        const appended = editText(text, { section: name, append: added })
        expect(appended.startsWith(text.slice(0, section.bodyTo))).toBe(true)
        expect(appended.endsWith(text.slice(section.bodyTo))).toBe(true)
        expect(appended.slice(section.bodyTo, appended.length - (text.length - section.bodyTo)).trim()).toBe(
          added.trim(),
        )
      })
    }),
    RUNS,
  )
})

test('for any page, what was set is what stands there, and setting it again changes nothing', () => {
  fc.assert(
    fc.property(page, text => {
      // A heading reads differently when the section that defined its link is gone.
      fc.pre(!text.includes('[x]:'))
      eachNamed(text, (_, name) => {
        const once = editText(text, { section: name, set: 'Some words.' })
        const section = sections(once).find(({ title }) => title === name)!
        expect(once.slice(section.bodyFrom, section.bodyTo)).toBe('Some words.')
        expect(editText(once, { section: name, set: 'Some words.' })).toBe(once)
      })
    }),
    RUNS,
  )
})

test('for any page, appending keeps all that was there in front of it', () => {
  fc.assert(
    fc.property(page, words, (text, added) => {
      const appended = editText(text, { append: added })
      expect(appended.startsWith(text)).toBe(true)
      expect(appended.slice(text.length).trim()).toBe(added.trim())
    }),
    RUNS,
  )
})

test('for any page, replacing a text that stands there once changes that place only', () => {
  fc.assert(
    fc.property(page, fc.nat(), fc.nat({ max: 12 }), (text, seed, length) => {
      const at = text.length === 0 ? 0 : seed % text.length
      const old = text.slice(at, at + length + 1)
      fc.pre(old !== '' && !text.includes('\u2028'))
      const places = Array.from(text, (_, i) => i).filter(i => text.startsWith(old, i)).length
      if (places === 1)
        expect(editText(text, { replace: old, with: 'new' })).toBe(
          `${text.slice(0, at)}new${text.slice(at + old.length)}`,
        )
      else expect(code(() => editText(text, { replace: old, with: 'new' }))[0]).toBe('conflict')
    }),
    RUNS,
  )
})
