// A page cut into passages for the search index: small enough that typing in one place makes only one of them anew.
// Passage · passagesOf

/** A stretch of a page, in words as they are read. */
export interface Passage {
  /** The nearest heading above it; '' at the beginning of a page. */
  heading: string
  text: string
}

/** A passage ends after a paragraph that says so once it is this long, and somewhere once it is that long. */
const LONG = 1_500
const LONGEST = 6_000

/** The passages of a Markdown text, in its order. Where a passage ends depends on what stands there, not on what came before. */
export function passagesOf(source: string): Passage[] {
  const passages: Passage[] = []
  let heading = ''
  let text = ''
  const cut = () => {
    if (text.trim() !== '' || heading !== '') passages.push({ heading, text: text.trim() })
    text = ''
  }
  let fence: string | null = null
  let first = true
  for (const line of source.split('\n')) {
    const mark = /^\s{0,3}(`{3,}|~{3,})/.exec(line)?.[1]
    if (mark && fence === null) fence = mark
    else if (mark && fence !== null && mark.startsWith(fence)) fence = null
    const title = fence === null ? /^ {0,3}#{1,6}(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/.exec(line)?.[1] : undefined
    if (title !== undefined) {
      if (!first || text.trim() !== '') cut()
      heading = words(title).slice(0, 300)
    } else {
      text += `${fence === null && !mark ? words(line) : line}\n`
      const ends = (line.trim() === '' && text.length > LONG && isLandmark(text)) || text.length > LONGEST
      if (ends) for (; text.length > LONG; ) text = takeStretch(text, passages, heading)
    }
    first = false
  }
  cut()
  return passages
}

// Moves at most LONGEST characters of `text` into a passage, at white space where there is some; returns the rest.
function takeStretch(text: string, passages: Passage[], heading: string): string {
  const space = text.length > LONGEST ? text.lastIndexOf(' ', LONGEST) : text.length
  const end = space > LONG ? space : Math.min(text.length, LONGEST)
  passages.push({ heading, text: text.slice(0, end).trim() })
  return text.slice(end)
}

// One paragraph in two ends a passage, and the same one whatever is typed above it.
function isLandmark(text: string): boolean {
  const paragraph = text.trimEnd().slice(-80)
  let sum = 0
  for (let i = 0; i < paragraph.length; i++) sum = (sum * 31 + paragraph.charCodeAt(i)) | 0
  return (sum & 1) === 0
}

/** A line of Markdown as it reads, without the marks around its words. */
function words(line: string): string {
  return line
    .replace(/^\s*(?:>\s*|[-*+]\s+|\d{1,9}[.)]\s+|\[[ xX]\]\s+)+/, '')
    .replace(/(?<=[\p{L}\p{N}])(?=\[\[)/gu, ' ')
    .replace(/!?\[\[([^\]|\n]*)(?:\|([^\]\n]*))?\]\]/g, (_all, title: string, label?: string) => label ?? title)
    .replace(/!?\[([^\]\n]*)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+"[^"\n]*")?\)/g, '$1')
    .replace(/\*\*|__|~~|`+|(?<![\p{L}\p{N}])[*_]|[*_](?![\p{L}\p{N}])/gu, '')
    .replace(/\\([!-/:-@[-`{-~])/g, '$1')
}
