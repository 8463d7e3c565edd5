// Search and replace within the text: what is found is counted, and marked where it stands.
// finding

import {
  closeSearchPanel,
  findNext,
  findPrevious,
  getSearchQuery,
  replaceAll,
  replaceNext,
  SearchQuery,
  search,
  setSearchQuery,
} from '@codemirror/search'
import { EditorState, type Extension } from '@codemirror/state'
import { EditorView, type Panel, type ViewUpdate } from '@codemirror/view'
import { html, render } from 'lit'
import { keyHint } from '../actions.ts'
import { PICTURES, picture } from './pictures.ts'

/** Beyond this many, nobody counts. */
const MOST = 1_000

/** What is found, and which of it is selected; from 1, 0 for none. */
function count(state: EditorState, query: SearchQuery): { all: number; at: number } {
  if (!query.valid || query.search === '') return { all: 0, at: 0 }
  const { from, to } = state.selection.main
  let [all, at] = [0, 0]
  const cursor = query.getCursor(state)
  for (let found = cursor.next(); !found.done && all < MOST; found = cursor.next()) {
    all++
    if (found.value.from === from && found.value.to === to) at = all
  }
  return { all, at }
}

function words({ search: wanted, valid }: SearchQuery, { all, at }: { all: number; at: number }): string {
  if (wanted === '') return ''
  if (!valid) return 'Not a pattern'
  if (all === 0) return 'Nothing found'
  const many = all >= MOST ? `${MOST}+` : String(all)
  return at > 0 ? `${at} of ${many}` : `${many} found`
}

class SearchPanel implements Panel {
  readonly dom = document.createElement('div')
  readonly top = true
  #query: SearchQuery
  #timer: ReturnType<typeof setTimeout> | undefined
  #counted = { all: 0, at: 0 }

  constructor(private readonly view: EditorView) {
    this.#query = getSearchQuery(view.state)
    this.dom.className = 'cm-search'
    this.dom.role = 'search'
    this.dom.ariaLabel = 'Find and replace'
    this.dom.addEventListener('keydown', event => this.#key(event))
    this.#count()
  }

  mount(): void {
    this.dom.querySelector<HTMLInputElement>('[name=search]')!.select()
  }

  update({ state, docChanged, selectionSet, transactions }: ViewUpdate): void {
    const news = transactions.some(({ effects }) => effects.some(effect => effect.is(setSearchQuery)))
    if (news) this.#query = getSearchQuery(state)
    if (news) this.#count()
    else if (docChanged || selectionSet) this.#timer ??= setTimeout(() => this.#count(), 100)
  }

  destroy(): void {
    clearTimeout(this.#timer)
  }

  #count(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#counted = count(this.view.state, this.#query)
    this.#draw()
  }

  /** Takes what is asked for over into the text, and shows the first of it. */
  #ask(changes: Partial<ConstructorParameters<typeof SearchQuery>[0]>, seek = true): void {
    const { search: wanted, caseSensitive, regexp, wholeWord, replace } = this.#query
    const query = new SearchQuery({ search: wanted, caseSensitive, regexp, wholeWord, replace, ...changes })
    this.view.dispatch({ effects: setSearchQuery.of(query) })
    if (!seek || !query.valid || query.search === '') return
    const { from } = this.view.state.selection.main
    const after = query.getCursor(this.view.state, from).next()
    const first = after.done ? query.getCursor(this.view.state).next() : after
    if (first.done) return
    const { from: anchor, to: head } = first.value
    this.view.dispatch({
      selection: { anchor, head },
      effects: EditorView.scrollIntoView(anchor, { y: 'nearest', yMargin: 80 }),
      userEvent: 'select.search',
    })
  }

  #key(event: KeyboardEvent): void {
    const { view } = this
    const replacing = (event.target as Element).matches('[name=replace]')
    if (event.isComposing) return
    if (event.key === 'Escape') this.#close()
    else if (event.key === 'Enter' && event.target instanceof HTMLInputElement) {
      if (replacing) (event.ctrlKey || event.metaKey ? replaceAll : replaceNext)(view)
      else (event.shiftKey ? findPrevious : findNext)(view)
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'f')
      this.dom.querySelector<HTMLInputElement>('[name=search]')!.select()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  #close(): void {
    closeSearchPanel(this.view)
    this.view.focus()
  }

  #draw(): void {
    const { view } = this
    const { search: wanted, replace, valid, caseSensitive, wholeWord, regexp } = this.#query
    const found = this.#counted
    const some = found.all > 0
    const way = (name: string, svg: string, run: () => void, off = false) =>
      html`<button type="button" class="ghost" aria-label=${name} title=${name} ?disabled=${off} @click=${run}>${picture(svg)}</button>`
    const choice = (name: string, svg: string, on: boolean, run: () => void) =>
      html`<button type="button" class="ghost" aria-label=${name} title=${name} aria-pressed=${String(on)} @click=${run}>${picture(svg)}</button>`
    const writable = !view.state.readOnly
    render(
      html`<div class="find-row"><input name="search" class="cm-textfield" aria-label="Find" placeholder="Find" autocomplete="off" spellcheck="false"
          .value=${wanted} aria-invalid=${valid || wanted === '' ? 'false' : 'true'} main-field="true"
          @input=${(event: InputEvent) => this.#ask({ search: (event.target as HTMLInputElement).value })}>
          <output class="found" aria-live="polite">${words(this.#query, found)}</output>
          ${way('Previous (Shift+Enter)', PICTURES.up, () => findPrevious(view), !some)}
          ${way('Next (Enter)', PICTURES.down, () => findNext(view), !some)}
          ${choice('Match case', PICTURES.cased, caseSensitive, () => this.#ask({ caseSensitive: !caseSensitive }))}
          ${choice('Whole words', PICTURES.whole, wholeWord, () => this.#ask({ wholeWord: !wholeWord }))}
          ${choice('Pattern', PICTURES.pattern, regexp, () => this.#ask({ regexp: !regexp }))}
          ${way('Close', PICTURES.close, () => this.#close())}</div>
        ${
          writable
            ? html`<div class="find-row"><input name="replace" class="cm-textfield" aria-label="Replace with" placeholder="Replace with" autocomplete="off"
          .value=${replace} @input=${(event: InputEvent) => this.#ask({ replace: (event.target as HTMLInputElement).value }, false)}>
          <button type="button" class="btn" ?disabled=${!some} @click=${() => replaceNext(view)}>Replace</button>
          <button type="button" class="btn" ?disabled=${!some} title=${keyHint('Mod-Enter')} @click=${() => replaceAll(view)}>Replace all</button></div>`
            : ''
        }`,
      this.dom,
    )
  }
}

/** The panel, its words and its keys. */
export const finding: Extension = [
  search({ top: true, createPanel: view => new SearchPanel(view) }),
  // What CodeMirror tells a screen reader of its own accord.
  EditorState.phrases.of({
    'replaced $ matches': '$ replaced',
    'replaced match on line $': 'Replaced',
    'current match': 'Found',
    'on line': 'in line',
  }),
]
