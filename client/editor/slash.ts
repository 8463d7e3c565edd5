// Behind “/” the editor offers what can be put in: the same actions as everywhere, found by a few letters.
// SLASH · slashActions · atSlash

import {
  type Completion,
  CompletionContext,
  type CompletionResult,
  pickedCompletion,
  startCompletion,
} from '@codemirror/autocomplete'
import { type EditorState, type StateCommand, Text, type TransactionSpec } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { keyHint } from '../actions.ts'
import { TEXT, type TextAction } from './actions.ts'
import { isLiteral } from './inline.ts'
import { ASKED } from './insertions.ts'
import type { Offer } from './offers.ts'

/** What the menu offers, in its order, in groups. */
export const SLASH: readonly (readonly [group: string, actions: readonly TextAction[]])[] = [
  [
    'Lines',
    [TEXT.heading1, TEXT.heading2, TEXT.heading3, TEXT.bullets, TEXT.numbers, TEXT.tasks, TEXT.quote, TEXT.codeBlock],
  ],
  [
    'Insert',
    [
      TEXT.table,
      TEXT.wikiLink,
      TEXT.link,
      TEXT.file,
      TEXT.image,
      TEXT.note,
      TEXT.tip,
      TEXT.warning,
      TEXT.rule,
      TEXT.footnote,
      TEXT.template,
      TEXT.today,
      TEXT.properties,
    ],
  ],
]

// At the beginning of a line's words or behind a space: “and/or” asks for nothing.
const OPEN = /(?:^|[\s([{>])\/(?:(\p{L}[\p{L}\p{N} ]{0,24})?)$/u
const SLASHED = Text.of(['/'])

interface Deed extends Offer {
  action: TextAction
}

/** Whether an action is meant by some letters: the beginnings of its words count. */
function means({ name, also = '' }: TextAction, letters: string): boolean {
  const words = `${name} ${also}`.toLowerCase()
  return letters.split(' ').every(part => words.startsWith(part) || words.includes(` ${part}`))
}

/** Offers actions behind a slash. */
export function slashActions({ state, pos }: CompletionContext): CompletionResult | null {
  if (state.readOnly) return null
  const line = state.doc.lineAt(pos)
  const found = OPEN.exec(line.text.slice(0, pos - line.from))
  if (!found || isLiteral(state, pos)) return null
  const typed = found[1] ?? ''
  if (`/${typed}`.startsWith(ASKED)) return null
  const letters = typed.trim().toLowerCase()
  const offer = (action: TextAction, section?: Completion['section']): Deed => ({
    label: action.name,
    icon: action.icon,
    aside: action.key ? keyHint(action.key) : '',
    keyed: true,
    goesOn: action === TEXT.wikiLink || action === TEXT.template,
    action,
    apply,
    ...(section && { section }),
  })
  const options =
    letters === ''
      ? SLASH.flatMap(([name, actions], rank) => actions.map(action => offer(action, { name, rank })))
      : SLASH.flatMap(([, actions]) => actions.filter(action => means(action, letters)))
          .sort((a, b) => Number(begins(b, letters)) - Number(begins(a, letters)))
          .map(action => offer(action))
  if (options.length === 0) return null
  // Without waiting: whoever knows the name has pressed Enter by then.
  const update = (_old: CompletionResult, _from: number, _to: number, context: CompletionContext) =>
    slashActions(context)
  return { from: pos - typed.length - 1, options, filter: false, update }
}

/** Opens the menu with the slash itself. */
export const atSlash = EditorView.updateListener.of(({ view, transactions }) => {
  const typed = transactions.some(one => {
    let slash = false
    if (one.isUserEvent('input.type')) one.changes.iterChanges((_a, _b, _c, _d, text) => (slash ||= text.eq(SLASHED)))
    return slash
  })
  // In the midst of an update nothing can be dispatched.
  if (typed)
    queueMicrotask(
      () =>
        slashActions(new CompletionContext(view.state, view.state.selection.main.head, false)) && startCompletion(view),
    )
})

function begins({ name }: TextAction, letters: string): boolean {
  return name.toLowerCase().startsWith(letters)
}

function apply(view: EditorView, offer: Completion, from: number, to: number): void {
  const { action } = offer as Deed
  if (action.asks) {
    view.dispatch({ changes: { from, to }, annotations: pickedCompletion.of(offer), userEvent: 'delete' })
    action.run(view)
    return
  }
  const spec = composed(view.state, { changes: { from, to } }, action.run as unknown as StateCommand)
  view.dispatch({ ...spec, annotations: pickedCompletion.of(offer), userEvent: 'input.format' })
}

/** What an action does after a change, as one change. */
function composed(state: EditorState, first: TransactionSpec, then: StateCommand): TransactionSpec {
  const one = state.update(first)
  let spec: TransactionSpec = first
  then({
    state: one.state,
    dispatch: two => {
      spec = {
        changes: one.changes.compose(two.changes),
        selection: two.newSelection,
        effects: two.effects,
        scrollIntoView: true,
      }
    },
  })
  return spec
}
