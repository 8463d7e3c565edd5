// All HTML of the server passes one tagged template, which escapes every value that is not already HTML.
// Html · html · raw · json · pen

import { initials } from '../../shared/people.ts'
import type { Pen } from '../../shared/pieces.ts'
import { when } from '../../shared/when.ts'

/** Text that is HTML. */
export class Html {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text
  }
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function written(value: unknown): string {
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map(written).join('')
  if (value === null || value === undefined || value === false) return ''
  return String(value).replace(/[&<>"']/g, sign => ENTITIES[sign]!)
}

/** HTML of a template: values are escaped, HTML and lists of HTML are taken as they are, null and false are nothing. */
export function html(strings: TemplateStringsArray, ...values: unknown[]): Html {
  let text = strings[0]!
  for (let i = 0; i < values.length; i++) text += written(values[i]) + strings[i + 1]
  return new Html(text)
}

/** Markup that our own code made. */
export function raw(markup: string): Html {
  return new Html(markup)
}

/** A value as JSON that can stand inside a `<script>`. */
export function json(value: unknown): Html {
  return new Html(JSON.stringify(value).replace(/</g, '\\u003c'))
}

/** The server's way to draw the pieces both sides share; times are those of `timeZone`. */
export function penIn(timeZone: string): Pen<Html> {
  return {
    html,
    raw,
    each: (items, _keyOf, draw) => items.map(draw),
    avatar: (person, { named = false } = {}) => {
      const inside = person.avatar
        ? html`<img src="${person.avatar}" alt="" width="64" height="64">`
        : html`${initials(person.username)}`
      const name = named
        ? html`role="img" aria-label="${person.username}" title="${person.username}"`
        : html`aria-hidden="true"`
      return html`<user-avatar user="${person.id}" class="av person-${person.colour}" ${name}>${inside}</user-avatar>`
    },
    when: (at, kind) =>
      html`<when-text at="${at}" kind="${kind}"><time datetime="${at}">${when(at, kind, new Date(), timeZone)}</time></when-text>`,
  }
}
