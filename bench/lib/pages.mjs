// A wiki of any size, put together from paragraphs of real text: the same one at every run.
// dice · paragraphs · words · madeUp

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const VAULT = join(HERE, '../../../shared/data/vault')

/** Whole numbers below `n`, the same ones at every run. */
export function dice(seed) {
  let state = seed
  return n => (state = (state * 48_271) % 2_147_483_647) % n
}

const folder = existsSync(VAULT) ? VAULT : join(HERE, '../..')
const texts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.md') && !name.includes('node_modules'))
  .map(name => readFileSync(join(folder, name), 'utf8'))

/** Paragraphs that somebody wrote, and the words in them. */
export const paragraphs = texts
  .flatMap(text => text.split(/\n\n+/))
  .filter(text => text.length > 20 && text.length < 1_500)
export const words = [...new Set(paragraphs.join(' ').match(/\p{L}{4,}/gu))]

/** So many pages in a tree, each of `least` to `most` characters or a paragraph more. */
export function* madeUp(pages, least, most) {
  const roll = dice(pages)
  const word = () => words[roll(words.length)]
  const sections = Array.from({ length: Math.max(3, Math.round(Math.sqrt(pages))) }, (_, i) => `${word()} ${i}`)
  for (let i = 0; i < pages; i++) {
    const title = `${sections[roll(sections.length)]}/${word()} ${word()} ${i}`
    let text = ''
    for (const length = least + roll(most - least); text.length < length; )
      text += `${roll(4) === 0 ? `## ${word()} ${word()}\n\n` : ''}${paragraphs[roll(paragraphs.length)]} ${word()}\n\n`
    yield { title, text }
  }
}
