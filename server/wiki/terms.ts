// What a text is found by: words folded so that case, accents and width make no difference; bigrams where a script has
// no spaces between words. The index and the questions asked of it pass through here alike.
// fold · wordsIn · termsOf · gramsOf · partableWords · Wanted · readQuery · openWord · expressionOf · marksIn

import type { Mark } from '../../shared/protocol.ts'

/** Words longer than this are known by their beginning, in UTF-16 units. */
const WORD_MAX = 64

/** A question has at most this many words; what follows is not asked. */
const WANTED_MAX = 16

const WORD = /[\p{L}\p{N}\p{M}]+/gu
// Scripts that put no spaces between words.
const UNSPACED =
  /[\p{Script_Extensions=Han}\p{Script_Extensions=Hiragana}\p{Script_Extensions=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+/gu
// Accents, Hebrew points and Arabic vowel signs. The signs of Indic scripts are letters in all but name and stay.
const MARKS = /[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]/gu
// Letters with a stroke or two letters in one, which no normal form takes apart.
const LETTERS: Record<string, string> = {
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ħ: 'h',
  ı: 'i',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
  ð: 'd',
  ŧ: 't',
}
const LETTER = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu')

/** A word as it is compared: NFKC (Unicode TR15), lower case, without accents. */
export function fold(word: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly the characters that fold by case alone
  if (/^[\x00-\x7f]*$/.test(word)) return word.toLowerCase()
  return word
    .normalize('NFKD')
    .replace(MARKS, '')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKD')
    .replace(MARKS, '')
    .replace(LETTER, letter => LETTERS[letter]!)
    .normalize('NFC')
}

/** A word of a text, folded, and where it stands in UTF-16 units. */
export interface Word {
  folded: string
  from: number
  to: number
}

/** The words of a text in their order; a run of a script without spaces counts as one. */
export function wordsIn(text: string): Word[] {
  const words: Word[] = []
  for (const match of text.matchAll(WORD)) {
    let at = match.index
    for (const part of apart(match[0])) {
      // What folding takes apart further, as “½” into 1 and 2, are words of their own at the same place.
      for (const [folded] of fold(part).matchAll(WORD)) words.push({ folded, from: at, to: at + part.length })
      at += part.length
    }
  }
  return words
}

// Cuts a word where a script without spaces begins or ends.
function apart(word: string): string[] {
  const parts: string[] = []
  let end = 0
  for (const { 0: run, index } of word.matchAll(UNSPACED)) {
    if (index > end) parts.push(word.slice(end, index))
    parts.push(run)
    end = index + run.length
  }
  if (end < word.length) parts.push(word.slice(end))
  return parts
}

const isUnspaced = (folded: string) => folded.search(UNSPACED) === 0

/**
 * The pairs of neighbouring characters of a word and its last one alone, so that every part of it is a phrase of these:
 * `rye` → `ry ye e`.
 */
export function gramsOf(word: string): string[] {
  const characters = [...word]
  return characters.map((character, i) => character + (characters[i + 1] ?? ''))
}

function termsOfWord({ folded }: Word): string[] {
  return isUnspaced(folded) ? gramsOf(folded) : [folded.slice(0, WORD_MAX)]
}

/** A text as the index takes it: its terms with a space between each two. */
export function termsOf(text: string): string {
  const terms: string[] = []
  for (const word of wordsIn(text)) for (const term of termsOfWord(word)) terms.push(term)
  return terms.join(' ')
}

/** The different words of a text that can be found by a part of them. */
export function partableWords(text: string): Set<string> {
  const words = new Set<string>()
  for (const { folded } of wordsIn(text))
    if (folded.length > 2 && folded.length <= WORD_MAX && !isUnspaced(folded) && !/^\p{N}+$/u.test(folded))
      words.add(folded)
  return words
}

/** One thing that a question wants, or with `not` does not: words that follow each other, the last perhaps unfinished. */
export interface Wanted {
  words: string[]
  /** The last word may go on. */
  open: boolean
  not: boolean
}

/** What a question means: words, “phrases in quotes”, -words that must not be there. Nothing typed is an error. */
export function readQuery(query: string): Wanted[] {
  const wanted: Wanted[] = []
  for (const [, minus, quoted, plain = ''] of query.matchAll(
    /(-?)(?:["“„”«»]([^"“„”«»]*)["“„”«»]?|([^\s"“„”«»]+))/gu,
  )) {
    const words = wordsIn(quoted ?? plain).map(({ folded }) => folded)
    if (words.length > 0 && wanted.length < WANTED_MAX)
      wanted.push({ words: words.slice(0, WANTED_MAX), open: quoted === undefined, not: minus === '-' })
  }
  return wanted
}

/** The word of a question that may go on, where it is one of a script with spaces. */
export function openWord({ words, open, not }: Wanted): string | null {
  const [word = ''] = words
  return open && !not && words.length === 1 && !isUnspaced(word) ? word : null
}

/**
 * A question in FTS5's language, or null where it asks for nothing. `instead` gives the words that stand for an open
 * one; where it gives none, FTS5 looks for all that begin like it.
 */
export function expressionOf(wanted: Wanted[], instead: ReadonlyMap<string, string[]> = new Map()): string | null {
  const phrase = (one: Wanted): string => {
    const alternatives = instead.get(openWord(one) ?? '')
    if (alternatives) return `(${alternatives.map(word => `"${word}"`).join(' OR ')})`
    const { words, open } = one
    const terms = words.flatMap((word, i) => {
      if (!isUnspaced(word)) return [word.slice(0, WORD_MAX)]
      const grams = gramsOf(word)
      // The last pair of a run that may go on says all that its last character would.
      return i === words.length - 1 && grams.length > 1 ? grams.slice(0, -1) : grams
    })
    const last = words.at(-1)!
    const goesOn = isUnspaced(last) ? [...last].length === 1 : open
    return `"${terms.join(' ')}"${goesOn ? ' *' : ''}`
  }
  const must = wanted.filter(({ not }) => !not).map(phrase)
  if (must.length === 0) return null
  const never = wanted.filter(({ not }) => not).map(phrase)
  return never.length > 0 ? `(${must.join(' AND ')}) NOT (${never.join(' OR ')})` : must.join(' AND ')
}

/** Where in a text the wanted words stand: their own letters where folding keeps places, else the whole word. */
export function marksIn(text: string, wanted: Wanted[], words: Word[] = wordsIn(text)): Mark[] {
  const asked = wanted.filter(({ not }) => !not)
  const marks: Mark[] = []
  for (const [i, word] of words.entries()) {
    for (const { words: phrase, open } of asked) {
      const fits = phrase.every((one, k) => {
        const found = words[i + k]?.folded ?? ''
        if (isUnspaced(one)) return found.includes(one)
        return (
          found === one ||
          (open && (phrase.length === 1 ? found.includes(one) : k === phrase.length - 1 && found.startsWith(one)))
        )
      })
      if (!fits) continue
      const last = words[i + phrase.length - 1]!
      const within = phrase.length === 1 && word.folded.length === word.to - word.from
      const at = within ? word.folded.indexOf(phrase[0]!) : -1
      marks.push(at < 0 ? [word.from, last.to] : [word.from + at, word.from + at + phrase[0]!.length])
      break
    }
  }
  return joined(marks)
}

function joined(marks: Mark[]): Mark[] {
  const sorted = marks.sort((a, b) => a[0] - b[0])
  const result: Mark[] = []
  for (const [from, to] of sorted) {
    const last = result.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else result.push([from, to])
  }
  return result
}
