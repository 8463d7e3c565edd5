// Templates behind “/template”: one is put in where it stands, its placeholders filled as where a page is made from it.
// templateNames

import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  pickedCompletion,
} from '@codemirror/autocomplete'
import { Text } from '@codemirror/state'
import type { EditorView } from '@codemirror/view'
import { clockOf, TEMPLATES } from '../../shared/templates.ts'
import type { Connection } from '../connection.ts'
import { endOfFrontMatter } from './highlighting.ts'
import { isLiteral } from './inline.ts'
import { ASKED } from './insertions.ts'
import type { Offer } from './offers.ts'
import { PICTURES } from './pictures.ts'

const OPEN = /(?:^|[\s([{>])\/template ([^\n]{0,100})$/

/** Offers the wiki's templates for a page of this title. */
export function templateNames(connection: Pick<Connection, 'request'>, title: () => string) {
  return ({ state, pos }: CompletionContext): Promise<CompletionResult | null> | null => {
    if (state.readOnly) return null
    const line = state.doc.lineAt(pos)
    const typed = OPEN.exec(line.text.slice(0, pos - line.from))?.[1]
    if (typed === undefined || isLiteral(state, pos)) return null
    const letters = typed.trim().toLowerCase()
    const answer = connection.request('template:list', {}).catch(() => null)
    return answer.then(found => {
      if (!found) return null
      const options: Offer[] = found.templates
        .filter(({ name }) => name.toLowerCase().includes(letters))
        .map(({ page, name }) => ({
          label: name,
          icon: PICTURES.fileText,
          aside: 'template',
          apply: (view: EditorView, offer: Completion, from: number, to: number) =>
            void fill(view, offer, from, to, () =>
              connection.request('template:fill', { template: page, title: title(), now: clockOf(new Date()) }),
            ),
        }))
      if (found.templates.length === 0)
        options.push({
          label: `No page stands under ${TEMPLATES} yet`,
          icon: PICTURES.fileText,
          aside: '',
          apply: (view, offer, from, to) => put(view, offer, from, to, ''),
        })
      return options.length > 0 ? { from: pos - typed.length - ASKED.length, options, filter: false } : null
    })
  }
}

async function fill(
  view: EditorView,
  offer: Completion,
  from: number,
  to: number,
  ask: () => Promise<{ content: string }>,
): Promise<void> {
  const asked = view.state.sliceDoc(from, to)
  const answer = await ask().catch(() => null)
  if (!answer || view.state.readOnly || !view.dom.isConnected) return
  // Others may have written above meanwhile; whoever went elsewhere gets it there.
  const { head } = view.state.selection.main
  const still = view.state.sliceDoc(Math.max(0, head - asked.length), head) === asked
  put(view, offer, still ? head - asked.length : head, head, answer.content)
}

function put(view: EditorView, offer: Completion, from: number, to: number, content: string): void {
  // Properties mean something at the beginning of a page only.
  const doc = Text.of(content.split('\n'))
  const begin = from === 0 ? 0 : endOfFrontMatter({ doc })
  const insert = content.slice(begin).replace(/^\n+/, '')
  view.dispatch({
    changes: { from, to, insert },
    selection: { anchor: from + insert.length },
    annotations: pickedCompletion.of(offer),
    userEvent: 'input.complete',
    scrollIntoView: true,
  })
}
