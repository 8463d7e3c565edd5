import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WikiError } from '../shared/errors.ts'
import { anchorOf, leafOf, parentOf, parseTitle, pathOf, titleKey, titleOfPath } from '../shared/titles.ts'

// Letters that change when their case, their form or their marks do, and signs that fold into others.
const TRICKY = [
  ...'aA sSßẞſΣσςİıiIKkÅåﬁǆŉΐᾳᾼｶﾞ각漢👩🏽🇩_/／℀⁄.．。-=~!*()\'"&?%+',
  ...[
    '\u0345',
    '\u0301',
    '\u0307',
    '\u0308',
    '\u030a',
    '\u0323',
    '\u0338',
    '\u0f71',
    '\u0f73',
    '\u1100',
    '\u1161',
    '\u11a8',
  ],
  ...[
    '\u200d',
    '\u200c',
    '\u2060',
    '\ufeff',
    '\u00ad',
    '\u3164',
    '\ufe0f',
    '\u3000',
    '\u00a0',
    '\u2028',
    '\u0085',
    '\ud800',
  ],
  ...['..', './', '_ ', '.md', '.MD', '%2f', '%', '//'],
]
const anything = fc.oneof(
  fc.array(fc.constantFrom(...TRICKY), { maxLength: 12 }).map(parts => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
)
const titles = anything.map(raw => attempt(raw)).filter(title => title !== null)

function attempt(raw: string): string | null {
  try {
    return parseTitle(raw)
  } catch {
    return null
  }
}

function holds<T>(values: fc.Arbitrary<T>, claim: (value: T) => void): void {
  fc.assert(
    fc.property(values, value => {
      claim(value)
    }),
    { numRuns: 3000 },
  )
}

test('a title is kept as it was typed, but for white space', () => {
  expect(parseTitle('  Bakery   handbook / Sourdough\n')).toBe('Bakery handbook/Sourdough')
  expect(parseTitle('Cafe\u0301')).toBe('Caf\u00e9')
  expect(parseTitle('\ufeffNotes')).toBe('Notes')
  expect(parseTitle('C++ & Go: 100 % “fun”?')).toBe('C++ & Go: 100 % “fun”?')
  expect(parseTitle('👩‍🍳 Köchin')).toBe('👩‍🍳 Köchin')
})

test('titles that cannot be an address, or look like nothing, are refused with what to change', () => {
  const refused = [
    '',
    '   ',
    '/',
    '/a',
    'a/',
    'a//b',
    'a/ /b',
    '.',
    '..',
    'a/../b',
    'a/．．',
    '_',
    'a/_',
    'README.md',
    'x.MD',
  ]
  refused.push(
    'x.md_',
    'a#b',
    'a[b',
    'a]b',
    'a|b',
    'a{b}',
    'a<b',
    'a>b',
    'a\\b',
    'a\u0000b',
    'a\u202eb',
    '\ud800',
    '\u3164',
    // These fold into signs that mean something.
    '日本語／英語',
    '＃5',
    '℅',
    '｛a｝',
  )
  refused.push('a'.repeat(101), 'a/'.repeat(130), 'a'.repeat(100_000))
  for (const raw of refused) {
    const name = raw.length > 20 ? `${raw.slice(0, 20)}…` : raw
    try {
      parseTitle(raw)
      expect.unreachable(`${JSON.stringify(name)} was taken`)
    } catch (error) {
      expect(error, name).toBeInstanceOf(WikiError)
      expect(error, name).toMatchObject({ code: 'invalid', details: { field: 'title' } })
      expect((error as WikiError).message, name).toMatch(/^(A|Each|No) .*\.$/)
    }
  }
  expect(parseTitle(`${'a'.repeat(100)}/${'b'.repeat(100)}`)).toHaveLength(201)
})

test('titles are the same whatever their case, their spaces, their Unicode form and their invisible characters', () => {
  const same = [
    ['Bakery handbook', 'bakery_handbook', 'BAKERY  HANDBOOK', 'Bakery\u00a0handbook', 'Ｂａｋｅｒｙ handbook'],
    ['Straße', 'STRASSE', 'strasse', 'STRAẞE'],
    ['ΟΔΥΣΣΕΥΣ', 'οδυσσευς', 'Οδυσσεύς'.normalize('NFD').replaceAll('\u0301', '')],
    ['Café', 'Cafe\u0301', 'CAFÉ'],
    ['ﬁsh', 'fish'],
    ['soft\u00adhyphen', 'softhyphen'],
    ['❤', '❤\ufe0f'],
    ['각', '\u1100\u1161\u11a8'],
  ]
  for (const [first, ...others] of same)
    for (const other of others) expect(titleKey(other), other).toBe(titleKey(first!))
  expect(new Set(['a', 'á', 'b', 'a/b', 'a b', 'ab', 'a-b', '1', '①②'].map(titleKey)).size).toBe(9)
})

test('what makes titles the same is itself the same as they are, for any text at all', () => {
  holds(anything, raw => expect(titleKey(titleKey(raw))).toBe(titleKey(raw)))
  for (let code = 0; code < 0x3_0000; code++) {
    const letter = String.fromCodePoint(code)
    for (const text of [letter, `a${letter}\u0301`, `Σ${letter}`]) {
      const key = titleKey(text)
      if (titleKey(key) !== key) expect.unreachable(`U+${code.toString(16)}`)
    }
  }
})

test('parsing a title again changes nothing, and never makes it another title', () => {
  holds(titles, title => expect(parseTitle(title)).toBe(title))
  holds(anything, raw => {
    const title = attempt(raw)
    if (title !== null) expect(titleKey(title)).toBe(titleKey(raw))
  })
})

test('every title has an address that leads back to it', () => {
  expect(pathOf('Bakery handbook/Sourdough')).toBe('/wiki/Bakery_handbook/Sourdough')
  expect(pathOf('100 % “fun”?', '/history/')).toBe('/history/100_%25_%E2%80%9Cfun%E2%80%9D%3F')
  expect(titleOfPath('/wiki/%E0%A4%A')).toBeNull()
  expect(titleOfPath('/elsewhere/Page')).toBeNull()
  holds(titles, title => {
    const path = pathOf(title)
    expect(path).toMatch(/^\/wiki\/[A-Za-z0-9\-_.!~*'()%/]+$/)
    expect(new URL(path, 'https://wiki.example').pathname).toBe(path)
    expect(titleKey(parseTitle(titleOfPath(path)!))).toBe(titleKey(title))
  })
})

test('a title is its last part under the title above it', () => {
  expect([leafOf('A/B/C'), parentOf('A/B/C'), leafOf('A'), parentOf('A')]).toEqual(['C', 'A/B', 'A', ''])
  holds(titles, title => {
    const above = parentOf(title)
    expect(above === '' ? leafOf(title) : `${above}/${leafOf(title)}`).toBe(title)
    // “a.md/b” is a title; “a.md” is the Markdown of “a”.
    if (above !== '' && !/\.md$/.test(titleKey(above))) expect(parseTitle(above)).toBe(above)
  })
})

test('a heading’s anchor is its words, as GitHub writes them, behind “h-”', () => {
  expect(anchorOf('Feeding the starter')).toBe('h-feeding-the-starter')
  expect(anchorOf('  What’s new, in v2.0? ')).toBe('h-whats-new-in-v20')
  expect(anchorOf('Größe & snake_case')).toBe('h-größe--snake_case')
  expect(anchorOf('🎉')).toBe('h-section')
  holds(anything, heading => expect(anchorOf(heading)).toMatch(/^h-[^\s"'<>&]+$/))
})
