// What the editor says in words: whether all is saved, and how long the text is.
// saveWords · countWords · countWordsIn · wordsOf · counting

import type { Extension, Text } from '@codemirror/state'
import { ViewPlugin } from '@codemirror/view'
import { keptHere } from '../device.ts'
import { whenIdle } from '../idle.ts'
import type { ProviderStatus } from './status.ts'

const WORDS: Record<ProviderStatus['save'], (pending: number) => string> = {
  loading: () => 'The page is still being opened.',
  saved: () => 'Everything is saved. That happens by itself, at every key.',
  saving: () => 'This is being saved.',
  offline: pending => `You are offline. ${keptHere(pending)} and sent as soon as that is possible.`,
  'signed-out': pending =>
    pending === 0
      ? 'You are signed out. Sign in to go on writing.'
      : `You are signed out. ${keptHere(pending)} and sent when you sign in again.`,
  unsaved: () => 'This is not saved yet. It is tried again and again; you can copy the text meanwhile.',
}

/** Whether everything is saved, as a sentence. */
export function saveWords({ save, pending }: ProviderStatus): string {
  return WORDS[save](pending)
}

// ---- how long it is

/** Milliseconds of rest in which the number of words may be out of date. */
const REST = 400
/** Words that somebody reads in a minute. */
const READ = 220
// Where words are not spaced, each sign counts for one, as in word processors.
const WORD = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[\p{L}\p{N}\p{M}]+(?:['’.,-][\p{L}\p{N}\p{M}]+)*/gu

const PROPERTIES = /^---\n[\s\S]*?\n(?:---|\.\.\.)(?:\n|$)/
const COMMENT = /<!--[\s\S]*?-->/g

/** How many words are read in some Markdown; addresses, properties and comments are none. */
export function countWords(text: string): number {
  return countLines(text.replace(PROPERTIES, ''))
}

function countLines(text: string): number {
  const read = text
    .replace(COMMENT, '')
    .replace(/\]\([^()\s]*\)/g, ']')
    .replace(/^[ \t]*(`{3,}|~{3,}).*$/gm, '')
    .replace(/(?<=^[ \t>]*)(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t])?/gm, '')
  return read.match(WORD)?.length ?? 0
}

/** Each leaf of a document stays the same until something in it changes. */
const counted = new WeakMap<Text, number | null>()

/** How many words are read in a document, of which only what is new is looked at. */
export function countWordsIn(doc: Text): number {
  const sum = sumOf(doc)
  if (doc.line(1).text !== '---') return sum ?? countWords(doc.sliceString(0))
  const first = firstLeaf(doc).sliceString(0)
  const rest = first.replace(PROPERTIES, '')
  // What spans several leaves cannot be seen in any of them.
  if (sum === null || rest === first) return countWords(doc.sliceString(0))
  return sum - countLines(first) + countLines(rest)
}

function firstLeaf(doc: Text): Text {
  return doc.children ? firstLeaf(doc.children[0]!) : doc
}

/** Null where a comment does not end where it began. */
function sumOf(part: Text): number | null {
  const known = counted.get(part)
  if (known !== undefined) return known
  let sum: number | null = 0
  if (part.children)
    for (const child of part.children) {
      const more = sumOf(child)
      sum = sum === null || more === null ? null : sum + more
    }
  else {
    const text = part.sliceString(0)
    sum = text.replace(COMMENT, '').includes('<!--') ? null : countLines(text)
  }
  counted.set(part, sum)
  return sum
}

/** “1,234 words · 6 min”, or “12 of 1,234 words”. */
export function wordsOf(all: number, selected: number | null): string {
  const words = `${all.toLocaleString('en')} ${all === 1 ? 'word' : 'words'}`
  if (selected !== null) return `${selected.toLocaleString('en')} of ${words}`
  return all < READ ? words : `${words} · ${Math.round(all / READ)} min`
}

/** Tells how long the text is, and how much of it is selected. */
export function counting(tell: (words: string) => void): Extension {
  return ViewPlugin.define(view => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let selected = false
    const soon = () => {
      timer ??= setTimeout(() => whenIdle(count), REST)
    }
    let open = true
    const count = () => {
      timer = undefined
      if (!open) return
      const { doc, selection } = view.state
      const { from, to } = selection.main
      selected = from !== to
      tell(wordsOf(countWordsIn(doc), selected ? countWords(doc.sliceString(from, to)) : null))
    }
    soon()
    return {
      update({ docChanged, selectionSet, state }) {
        if (docChanged || (selectionSet && (selected || !state.selection.main.empty))) soon()
      },
      destroy() {
        open = false
        clearTimeout(timer)
      },
    }
  })
}
