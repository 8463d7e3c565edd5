// How people are shown where there is no picture.
// initials · personPath

// Made when the first name needs it: making it costs a browser more than a screen of names.
let graphemes: Intl.Segmenter | undefined
const ASCII = /^[\x20-\x7e]*$/
// One of these fills a circle by itself.
const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Extended_Pictographic}]/u

/** One or two letters for a name: of its first two words, or the first two of its only one. */
export function initials(name: string): string {
  const words = name.split(/[\s._-]+/u).filter(word => word !== '')
  const [first = '', second = ''] = words.length > 1 ? words.map(letterAt(0)) : [0, 1].map(at => letterAt(at)(name))
  return (WIDE.test(first) ? first : first + second).toUpperCase()
}

function letterAt(at: number): (word: string) => string {
  return word => {
    if (ASCII.test(word)) return word[at] ?? ''
    graphemes ??= new Intl.Segmenter('und', { granularity: 'grapheme' })
    return [...graphemes.segment(word.slice(0, 40))][at]?.segment ?? ''
  }
}

/** The address of somebody's page. */
export function personPath(username: string): string {
  return `/people/${encodeURIComponent(username)}`
}
