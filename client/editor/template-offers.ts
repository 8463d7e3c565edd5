// Templates behind “/template”: one is put in where it stands, its placeholders filled as where a page is made from it.
// templateNames

import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  pickedCompletion,
} from '@codemirror/autocomplete'
import { type EditorState, StateEffect, StateField, Text } from '@codemirror/state'
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
              connection.request('template:fill', {
                template: page,
                title: title() || 'New page',
                now: clockOf(new Date()),
              }),
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

/** Where templates that have been asked for belong; each asked for is a place of its own. */
type Place = { readonly from: number; readonly to: number; readonly asked: symbol }
const begun = StateEffect.define<Place>()
const ended = StateEffect.define<symbol>()
const places = StateField.define<readonly Place[]>({
  create: () => [],
  update(held, { changes, effects }) {
    if (held.length === 0 && effects.length === 0) return held
    let next = held.map(place => ({
      ...place,
      from: changes.mapPos(place.from, 1),
      to: changes.mapPos(place.to, -1),
    }))
    for (const effect of effects) {
      if (effect.is(begun)) next = [...next, effect.value]
      if (effect.is(ended)) next = next.filter(({ asked }) => asked !== effect.value)
    }
    return next
  },
})

function placeOf(state: EditorState, asked: symbol): Place | undefined {
  return state.field(places, false)?.find(place => place.asked === asked)
}

async function fill(
  view: EditorView,
  offer: Completion,
  from: number,
  to: number,
  ask: () => Promise<{ content: string }>,
): Promise<void> {
  const asked = Symbol('template')
  const place = begun.of({ from, to, asked })
  view.dispatch({ effects: view.state.field(places, false) ? place : [StateEffect.appendConfig.of(places), place] })
  const answer = await ask().catch(() => null)
  if (!view.dom.isConnected) return
  const now = placeOf(view.state, asked)
  view.dispatch({ effects: ended.of(asked) })
  if (answer && now && !view.state.readOnly) put(view, offer, now.from, Math.max(now.from, now.to), answer.content)
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
