// What the toolbar and the keys do to a text. “|” is the cursor, “‹ ›” what is selected.

import { EditorState, type Transaction } from '@codemirror/state'
import type { EditorView } from '@codemirror/view'
import { describe, expect, test } from 'vitest'
import { keyHint } from '../client/actions.ts'
import { TEXT_ACTIONS } from '../client/editor/actions.ts'
import { applied, TOOLBAR } from '../client/editor/at-hand.ts'
import { toggleHeading } from '../client/editor/blocks.ts'
import { markdownText } from '../client/editor/highlighting.ts'
import { endList, indentItem, outdentItem } from '../client/editor/levels.ts'
import { type Named, SCREEN_ACTIONS } from '../shared/actions.ts'
import { run, stateOf } from './support/marked-text.ts'

/** As much of an editor as an action needs. */
const only = (target: { state: EditorState; dispatch(transaction: Transaction): void }) =>
  target as unknown as EditorView

const action = (name: string) => TOOLBAR.flat().find(one => one.name === name)!
const press = (name: string, marked: string) => run(action(name).run, marked)

describe('Marks around words', () => {
  test.each([
    ['Bold', 'one ‹two› three', 'one **‹two›** three'],
    ['Bold', 'one **‹two›** three', 'one ‹two› three'],
    ['Bold', 'one ‹**two**› three', 'one ‹two› three'],
    ['Bold', 'one t|wo three', 'one **t|wo** three'],
    ['Bold', 'one **t|wo** three', 'one t|wo three'],
    ['Bold', 'one | three', 'one **|** three'],
    ['Bold', 'one **|** three', 'one | three'],
    ['Bold', 'one **two|** three', 'one **two**| three'],
    ['Bold', 'one‹ two ›three', 'one‹ **two** ›three'],
    ['Bold', '**one ‹two› three**', '**one** ‹two› **three**'],
    ['Bold', '‹one **two** three›', '**‹one two three›**'],
    ['Bold', '*on‹e* two›', '***on‹e* two›**'],
    ['Bold', 'see ‹`code› here`', 'see **‹`code› here`**'],
    ['Italic', 'one ‹two› three', 'one *‹two›* three'],
    ['Italic', 'one **‹two›** three', 'one ***‹two›*** three'],
    ['Italic', '**|**', '***|***'],
    ['Strikethrough', '‹gone›', '~~‹gone›~~'],
    ['Strikethrough', '~~‹gone›~~', '‹gone›'],
    ['Code', 'the ‹x = 1› part', 'the `‹x = 1›` part'],
    ['Code', 'the `‹x = 1›` part', 'the ‹x = 1› part'],
    ['Code', '‹a `tick` b›', '`‹a tick b›`'],
    ['Code', '‹a ` b›', '``‹a ` b›``'],
  ])('%s: %s → %s', (name, before, after) => expect(press(name, before)).toBe(after))

  test('several lines are styled each by itself, without what begins them', () => {
    expect(press('Bold', '‹## Title\n\n- one\n- [ ] two\n> three›')).toBe(
      '‹## **Title**\n\n- **one**\n- [ ] **two**\n> **three›**',
    )
  })

  test('styling several lines twice gives the text back', () => {
    const before = 'one\n\n- two\n- three'
    const bold = press('Bold', `‹${before}›`)
    expect(bold.replace(/[‹›]/gu, '')).toBe('**one**\n\n- **two**\n- **three**')
    expect(press('Bold', bold).replace(/[‹›]/gu, '')).toBe(before)
  })

  test('the cells of a table are styled each by itself', () => {
    expect(press('Bold', '| a | b |\n| - | - |\n‹| c | d |›').replace(/[‹›]/gu, '')).toBe(
      '| a | b |\n| - | - |\n| **c** | **d** |',
    )
  })

  test('an emoji is never cut in two', () => {
    expect(press('Bold', 'so ‹👩‍🌾 good›')).toBe('so **‹👩‍🌾 good›**')
  })
})

describe('Links and pictures', () => {
  test.each([
    ['Link', 'see ‹the oven›', 'see [the oven](|)'],
    ['Link', 'see ‹https://example.org›', 'see [|](https://example.org)'],
    ['Link', 'see |', 'see [|]()'],
    ['Link', 'see [the ‹oven›](https://x.org) now', 'see the ‹oven› now'],
    ['Link', 'see [[Star|ter]] now', 'see Star|ter now'],
    ['Image', 'a | b', 'a ![](|) b'],
    ['Image', '‹a loaf›', '![a loaf](|)'],
  ])('%s: %s → %s', (name, before, after) => expect(press(name, before)).toBe(after))
})

describe('Lines', () => {
  test.each([
    ['Heading', 'Ti|tle', '## Ti|tle'],
    ['Heading', '### Ti|tle', 'Ti|tle'],
    ['Heading', '|', '## |'],
    ['List', '‹one\n\ntwo›', '‹- one\n\n- two›'],
    ['List', '‹- one\n- two›', '‹one\ntwo›'],
    ['List', '1. on|e', '- on|e'],
    ['Numbered list', '‹one\ntwo\nthree›', '‹1. one\n2. two\n3. three›'],
    ['Numbered list', '1. one\ntw|o', '1. one\n2. tw|o'],
    ['Task list', '- mil|k', '- [ ] mil|k'],
    ['Task list', '- [x] mil|k', 'mil|k'],
    ['Task list', '> mil|k', '> - [ ] mil|k'],
    ['Quote', '‹one\n\ntwo›', '‹> one\n>\n> two›'],
    ['Quote', '‹> one\n>\n> two›', '‹one\n\ntwo›'],
    ['Code block', '|', '```\n|\n```'],
    ['Code block', '‹a\nb›', '```\n‹a\nb›\n```'],
    ['Code block', '```js\na|\n```\nrest', 'a|\nrest'],
    ['Code', '‹a\nb›', '```\n‹a\nb›\n```'],
  ])('%s: %j → %j', (name, before, after) => expect(press(name, before)).toBe(after))

  test('a table stands by itself below the words, its first cell selected', () => {
    expect(press('Table', 'one|\ntwo')).toBe('one\n\n| ‹Column› | Column |\n| --- | --- |\n|  |  |\n\ntwo')
    expect(press('Table', '|')).toBe('| ‹Column› | Column |\n| --- | --- |\n|  |  |\n')
  })

  test('in a table, Table adds a row', () => {
    const table = '| a | b |\n|---|---|\n| c | d |'
    for (const at of [2, 12, 26]) {
      const state = EditorState.create({ doc: table, selection: { anchor: at }, extensions: markdownText })
      let next = state
      action('Table').run(only({ state, dispatch: ({ state }) => (next = state) }))
      const lines = table.split('\n')
      lines.splice(at === 26 ? 3 : 2, 0, '|  |  |')
      expect(next.doc.toString()).toBe(lines.join('\n'))
      expect(next.doc.lineAt(next.selection.main.head).text).toBe('|  |  |')
    }
  })

  test('a level of heading is set, changed and taken away', () => {
    expect(run(toggleHeading(1), 'Tit|le')).toBe('# Tit|le')
    expect(run(toggleHeading(3), '# Tit|le')).toBe('### Tit|le')
    expect(run(toggleHeading(3), '### Tit|le')).toBe('Tit|le')
    expect(run(toggleHeading(0), '### Tit|le')).toBe('Tit|le')
    expect(run(toggleHeading(0), '- ite|m')).toBe('- ite|m')
  })

  test('code is left alone by lists and headings', () => {
    expect(press('List', '‹one\n```\ncode\n```\ntwo›').replace(/[‹›]/gu, '')).toBe('- one\n```\ncode\n```\n- two')
  })
})

describe('The level of list items', () => {
  test.each([
    ['- one\n- tw|o', '- one\n  - tw|o'],
    ['- one\n- tw|o\n  - child\n- three', '- one\n  - tw|o\n    - child\n- three'],
    ['1. one\n2. tw|o', '1. one\n   1. tw|o'],
    ['1. one\n   1. a\n2. tw|o', '1. one\n   1. a\n   2. tw|o'],
    ['- [ ] one\n- [ ] tw|o', '- [ ] one\n  - [ ] tw|o'],
    ['- on|e\n- two', '- on|e\n- two'],
    ['- one\n  - tw|o', '- one\n  - tw|o'],
    ['> - one\n> - tw|o', '> - one\n>   - tw|o'],
  ])('Tab: %j → %j', (before, after) => expect(run(indentItem, before)).toBe(after))

  test.each([
    ['- one\n  - tw|o', '- one\n- tw|o'],
    ['- one\n  - tw|o\n    - child', '- one\n- tw|o\n  - child'],
    ['1. one\n   1. tw|o', '1. one\n2. tw|o'],
    ['- one\n    - tw|o', '- one\n- tw|o'],
    ['- on|e', '- on|e'],
  ])('Shift-Tab: %j → %j', (before, after) => expect(run(outdentItem, before)).toBe(after))

  test.each([
    ['- one\n- |', '- one\n\n|'],
    ['1. one\n2. |', '1. one\n\n|'],
    ['- [ ] one\n- [ ] |', '- [ ] one\n\n|'],
    ['- one\n\n- |', '- one\n\n|'],
    ['> - one\n> - |', '> - one\n> \n> |'],
    ['- |', '|'],
    ['- one\n  - |', '- one\n  - |'],
    ['- one|', '- one|'],
  ])('Enter in an empty item ends the list so that what follows is not part of it: %j → %j', (before, after) =>
    expect(run(endList, before)).toBe(after),
  )

  test('Tab means something else outside of lists', () => {
    const state = stateOf('wo|rds')
    expect(indentItem({ state, dispatch: () => expect.unreachable() })).toBe(false)
  })
})

test('the toolbar shows what the selection is', () => {
  expect([...applied(stateOf('## A **bo|ld** word'))]).toEqual(['Heading', 'Bold'])
  expect([...applied(stateOf('- [ ] *~~a|b~~*'))]).toEqual(['Italic', 'Strikethrough', 'Task list'])
  expect([...applied(stateOf('> - see [[Star|ter]]'))]).toEqual(['Link', 'List', 'Quote'])
  expect([...applied(stateOf('```\nco|de\n```'))]).toEqual(['Code block'])
  expect([...applied(stateOf('wor|ds'))]).toEqual([])
})

test('no action changes a text that may only be read', () => {
  for (const one of TEXT_ACTIONS) {
    const state = EditorState.create({
      doc: 'words',
      selection: { anchor: 0, head: 5 },
      extensions: [markdownText, EditorState.readOnly.of(true)],
    })
    one.run(only({ state, dispatch: ({ docChanged }) => expect(docChanged ?? false, one.name).toBe(false) }))
  }
})

test('every action has a name and a picture of its own, and a key means two things only where places tell them apart', () => {
  expect(new Set(TEXT_ACTIONS.map(({ name }) => name)).size).toBe(TEXT_ACTIONS.length)
  for (const { icon } of TEXT_ACTIONS) expect(icon).toMatch(/^<svg /)
  const screen = Object.values<Named>(SCREEN_ACTIONS)
  const shared = new Map<string, string[]>()
  for (const { name, key, otherKey } of [...TEXT_ACTIONS, ...screen])
    for (const one of [key, otherKey]) if (one) shared.set(one, [...(shared.get(one) ?? []), name])
  expect(Object.fromEntries([...shared].filter(([, names]) => names.length > 1))).toEqual({
    Tab: ['Further in', 'Next cell'],
    'Shift-Tab': ['Further out', 'Cell before'],
    'Mod-Enter': ['Tick the task', 'Add a row'],
    // With something selected it links, otherwise it leads to other pages.
    'Mod-k': ['Link', 'Search or jump to…'],
  })
  expect(keyHint('Mod-Shift-x', false)).toBe('Ctrl+Shift+X')
  expect(keyHint('Mod-b', true)).toBe('⌘B')
})
