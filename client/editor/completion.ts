// After “[[” the editor offers the pages of the wiki, and to link to one that nobody has written yet; after “/”, actions
// and templates; after “:”, emoji.
// menus

import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  pickedCompletion,
} from '@codemirror/autocomplete'
import type { Extension } from '@codemirror/state'
import { Decoration, EditorView } from '@codemirror/view'
import { leafOf, parentOf, parseTitle, titleKey } from '../../shared/titles.ts'
import type { Connection } from '../connection.ts'
import { emojiNames } from './emoji.ts'
import { isLiteral } from './inline.ts'
import { type Offer, offers } from './offers.ts'
import { PICTURES } from './pictures.ts'
import { atSlash, slashActions } from './slash.ts'
import { templateNames } from './template-offers.ts'

/** Offers this many titles. */
const LIMIT = 8

const OPEN = /\[\[([^[\]|#\n]*)$/
const REST_OF_LINK = /^([^[\]|#\n]*)((?:#[^[\]|\n]*)?(?:\|[^[\]\n]*)?\]\])/

const MARK = Decoration.mark({ class: 'md-mark' })
const LINK = Decoration.mark({ class: 'md-link' })

/** Completes titles behind `[[`, asked of the server by `page:list`, of which there are none without a line; and the rest. */
export function menus(connection: Pick<Connection, 'request'>, title: () => string): Extension {
  const templates = templateNames(connection, title)
  const source = async (context: CompletionContext): Promise<CompletionResult | null> => {
    const before = context.matchBefore(OPEN)
    if (!before || isLiteral(context.state, context.pos)) return null
    const typed = before.text.slice(2)
    const match = typed.trim()
    const answer = await connection.request('page:list', { match: match.slice(0, 200), limit: LIMIT }).catch(() => null)
    if (!answer || context.aborted) return null
    const options: Offer[] = answer.pages.map(({ title }) => ({
      label: title,
      displayLabel: leafOf(title),
      aside: parentOf(title),
      icon: PICTURES.fileText,
      apply: link(title),
    }))
    const title = written(match)
    // A last segment is enough to find a page by, so a link to it would not be new.
    const known = (wanted: string) =>
      options.some(({ label }) => [label, leafOf(label)].some(name => titleKey(name) === titleKey(wanted)))
    if (title !== null && !known(title))
      options.push({
        label: title,
        displayLabel: `Create “${title}”`,
        aside: 'new page',
        icon: PICTURES.filePlus,
        apply: link(title),
      })
    return options.length === 0 ? null : { from: before.from + 2, options, filter: false }
  }
  // One source: while another waits for its answer, the menu would not take Enter.
  return [
    offers(context => templates(context) ?? slashActions(context) ?? emojiNames(context) ?? source(context)),
    atSlash,
    openLink,
  ]
}

// What is typed behind “[[” looks like the link that it becomes.
const openLink = EditorView.decorations.compute(['doc', 'selection'], ({ doc, selection: { main } }) => {
  const line = doc.lineAt(main.head)
  const open = main.empty && OPEN.exec(line.text.slice(0, main.head - line.from))
  if (!open || REST_OF_LINK.test(line.text.slice(main.head - line.from))) return Decoration.none
  const from = line.from + open.index
  const marks = [MARK.range(from, from + 2)]
  if (main.head > from + 2) marks.push(LINK.range(from + 2, main.head))
  return Decoration.set(marks)
})

function written(raw: string): string | null {
  try {
    return parseTitle(raw)
  } catch {
    return null
  }
}

function link(title: string) {
  return (view: EditorView, offer: Completion, from: number, to: number): void => {
    // Inside a link that is there already, the rest of its old title goes; words and a heading stay.
    const line = view.state.doc.lineAt(to)
    const [, rest = '', end = ''] = REST_OF_LINK.exec(line.text.slice(to - line.from)) ?? []
    const insert = end === '' ? `${title}]]` : title
    view.dispatch({
      changes: { from, to: to + rest.length, insert },
      selection: { anchor: from + title.length + Math.max(2, end.length) },
      annotations: pickedCompletion.of(offer),
      userEvent: 'input.complete',
      scrollIntoView: true,
    })
  }
}
