// The footnotes of an article: which are mentioned, in which order, and where.
// Notes · Mention

import type { Facts } from './article-facts.ts'

/** One place that mentions a footnote. */
export interface Mention {
  number: number
  /** The id of the mark, where the way back leads. */
  id: string
}

/** Numbers the footnotes of an article in the order in which they are met. */
export class Notes {
  /** By number: the block that holds its text, and the marks that lead there. */
  readonly order: { at: number; number: number; mentions: Mention[] }[] = []
  readonly #mentions: (Mention | null)[][] = []

  constructor(facts: Facts[]) {
    const texts = new Map<string, number>()
    facts.forEach(({ note }, i) => {
      if (note !== null && !texts.has(note)) texts.set(note, i)
    })
    const numbers = new Map<string, number>()
    const give = (label: string) => {
      const at = texts.get(label)
      if (at === undefined) return null
      let number = numbers.get(label)
      if (number === undefined) {
        number = this.order.length + 1
        numbers.set(label, number)
        this.order.push({ at, number, mentions: [] })
      }
      return this.order[number - 1]!
    }
    const read = (i: number) => {
      this.#mentions[i] = facts[i]!.mentions.map(label => {
        const note = give(label)
        if (!note) return null
        const again = note.mentions.length > 0 ? `-${note.mentions.length + 1}` : ''
        const mention = { number: note.number, id: `fnref-${note.number}${again}` }
        note.mentions.push(mention)
        return mention
      })
    }
    facts.forEach(({ note }, i) => {
      if (note === null) read(i)
    })
    // A note that nobody mentions is shown nevertheless; notes may mention further ones.
    const done = new Set<number>()
    const readNotes = () => {
      for (const { at } of this.order) {
        if (done.has(at)) continue
        done.add(at)
        read(at)
      }
    }
    readNotes()
    for (const label of texts.keys()) {
      give(label)
      readNotes()
    }
  }

  /** What the marks in a block lead to, in order; null for one without a text. */
  mentions(block: number): readonly (Mention | null)[] {
    return this.#mentions[block] ?? []
  }
}
