import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changes } from '../shared/document.ts'
import { merge } from '../shared/merge.ts'

const word = fc.constantFrom('rye', 'spelt', 'salt', 'water', '1.30', '26 °C', '日本', '👩‍🍳', '', 'a', '|', '\n')
const text = fc.array(word, { maxLength: 40 }).map(words => words.join(' '))

/** The text with these changes made, as `changes` orders them. */
const made = (before: string, after: string) =>
  changes(before, after).reduce(
    (at, change) => at.slice(0, change.at) + change.insert + at.slice(change.at + change.remove),
    before,
  )

describe('merging', () => {
  test('what turns one text into another does just that, and never cuts a character', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(made(before, after)).toBe(after)
        for (const { at, remove, insert } of changes(before, after)) {
          expect(before.slice(at, at + remove).isWellFormed()).toBe(true)
          expect(insert.isWellFormed()).toBe(true)
        }
      }),
    )
  })

  test('who changed nothing gets what the other wrote, whichever side that is', () => {
    fc.assert(
      fc.property(text, text, (base, other) => {
        expect(merge(base, base, other)).toEqual({ text: other, conflicts: [] })
        expect(merge(base, other, base)).toEqual({ text: other, conflicts: [] })
        expect(merge(base, other, other)).toEqual({ text: other, conflicts: [] })
      }),
    )
  })

  test('changes in different paragraphs are both there', () => {
    fc.assert(
      fc.property(text, text, text, text, text, (a, b, middle, a2, b2) => {
        const fence = ' ====== '
        const whole = (x: string, y: string) => `${x}${fence}${middle.replaceAll('\n', ' ')}${fence}${y}`
        const merged = merge(whole(a, b), whole(a2, b), whole(a, b2))
        expect(merged).toEqual({ text: whole(a2, b2), conflicts: [] })
      }),
    )
  })

  test('the same words rewritten in two ways are a conflict that shows both', () => {
    const { text: kept, conflicts } = merge('Rye costs 1.30 today.', 'Rye costs 1.32 today.', 'Rye costs 1.35 today.')
    expect(kept).toBe('Rye costs 1.35 today.')
    expect(conflicts).toHaveLength(1)
    expect(conflicts[0]!.yours).toContain('32')
    expect(conflicts[0]!.theirs).toContain('35')
  })

  test('both may add at one place, and the same addition is made once', () => {
    expect(merge('End.', 'End. Mine.', 'End. Theirs.')).toEqual({ text: 'End. Theirs. Mine.', conflicts: [] })
    expect(merge('End.', 'End. Same.', 'End. Same.')).toEqual({ text: 'End. Same.', conflicts: [] })
  })
})
