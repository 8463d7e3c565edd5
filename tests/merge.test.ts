import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changes } from '../shared/document.ts'
import { merge } from '../shared/merge.ts'

const word = fc.constantFrom(
  'rye',
  'spelt',
  'salt',
  'water',
  '1.30',
  '26 °C',
  '日本',
  '日曜日は休み。',
  'ขนมปัง',
  'ပေါင်မုန့်',
  'がぎ'.normalize('NFD'),
  '👩‍🍳',
  '🥖🥐',
  '𠮷野家',
  '',
  'a',
  '|',
  '\n',
)
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

  test('long texts too become one another exactly, at once however much differs, and lines that stayed stay', () => {
    const lines = fc.array(fc.constantFrom('', 'Rye.', 'Rye 1.30', '- salt', '日曜日', '👩‍🍳 🥖', '| a | b |', '---'), {
      minLength: 600,
      maxLength: 900,
    })
    fc.assert(
      fc.property(lines, lines, (a, b) => {
        const [before, after] = [a, b].map(some => some.map((line, i) => (i % 7 ? line : `${line} ${i}`)).join('\n'))
        expect(made(before!, after!)).toBe(after)
      }),
      { numRuns: 30 },
    )
    const words = (count: number, name: string) =>
      Array.from({ length: count }, (_, i) => `${name}${(i * i) % 4_999}${i % 12 === 11 ? '.\n' : ''}`).join(' ')
    const long = `Kept as it is.\n${words(70_000, 'a')}\nKept too.\n`
    for (const next of [words(70_000, 'b'), long.replaceAll('a1', 'c1'), long.replaceAll('.\n', '.\n\n')]) {
      const started = performance.now()
      const found = changes(long, next)
      expect(performance.now() - started).toBeLessThan(1_000)
      let at = 0
      const text = found.reverse().map(change => {
        const kept = long.slice(at, change.at)
        at = change.at + change.remove
        return kept + change.insert
      })
      expect(text.join('') + long.slice(at)).toBe(next)
    }
    const renamed = changes(long, long.replaceAll('a1 ', 'rye '))
    expect(Math.max(...renamed.map(({ remove }) => remove))).toBeLessThan(100)
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

  test.each([
    ['Japanese', 'パンは毎日焼きます。小麦粉は地元のものです。', '毎日', '毎朝', '地元', '北海道'],
    ['Chinese', '面包每天早上烤。面粉来自本地。', '早上', '晚上', '本地', '远方'],
    ['Thai', 'ขนมปังอบทุกวันด้วยแป้งท้องถิ่น', 'ทุกวัน', 'ทุกเช้า', 'ท้องถิ่น', 'นำเข้า'],
    ['Lao', 'ເຂົ້າຈີ່ອົບທຸກມື້ດ້ວຍແປ້ງທ້ອງຖິ່ນ', 'ທຸກມື້', 'ທຸກເຊົ້າ', 'ທ້ອງຖິ່ນ', 'ນຳເຂົ້າ'],
    ['Khmer', 'នំប៉័ងដុតរាល់ថ្ងៃជាមួយម្សៅក្នុងស្រុក', 'រាល់ថ្ងៃ', 'រាល់ព្រឹក', 'ក្នុងស្រុក', 'នាំចូល'],
    ['Burmese', 'ပေါင်မုန့်ကိုနေ့တိုင်းဒေသထွက်ဂျုံဖြင့်ဖုတ်သည်', 'နေ့တိုင်း', 'မနက်တိုင်း', 'ဒေသထွက်', 'နိုင်ငံခြား'],
  ])('%s, which sets no spaces, is rewritten by the character and not by the sentence', (_, base, a, a2, b, b2) => {
    const mine = base.replace(a, a2)
    const theirs = base.replace(b, b2)
    expect(merge(base, mine, theirs)).toEqual({ text: mine.replace(b, b2), conflicts: [] })
    const removed = changes(base, mine).reduce((sum, { remove }) => sum + remove, 0)
    expect(removed).toBeLessThanOrEqual(a.length)
  })

  test('a letter keeps the marks upon it, and emoji are replaced whole', () => {
    expect(changes('ปี', 'ปู')).toEqual([{ at: 0, remove: 2, insert: 'ปู' }])
    expect(changes('ab🥖🥐', 'ab🥖🥨')).toEqual([{ at: 4, remove: 2, insert: '🥨' }])
    expect(changes('𠮷野', '𠮸野')).toEqual([{ at: 0, remove: 2, insert: '𠮸' }])
    expect(changes('costs 130', 'costs 135')).toEqual([{ at: 6, remove: 3, insert: '135' }])
  })

  test('both may add at one place, and the same addition is made once', () => {
    expect(merge('End.', 'End. Mine.', 'End. Theirs.')).toEqual({ text: 'End. Theirs. Mine.', conflicts: [] })
    expect(merge('End.', 'End. Same.', 'End. Same.')).toEqual({ text: 'End. Same.', conflicts: [] })
  })
})
