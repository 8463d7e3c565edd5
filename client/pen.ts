// The client's way to draw the pieces that both sides share: Lit's templates, and elements that fill themselves.
// pen

import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { unsafeHTML } from 'lit/directives/unsafe-html.js'
import type { Pen } from '../shared/pieces.ts'

/** Draws with Lit. Faces and times come from the store and the clock, not from the template. */
export const pen: Pen<TemplateResult> = {
  html,
  raw: markup => unsafeHTML(markup),
  each: (items, keyOf, draw) => repeat(items, keyOf, draw),
  avatar: (person, { named = false } = {}) =>
    html`<user-avatar user=${person.id} named=${named ? '' : nothing}></user-avatar>`,
  when: (at, kind) => html`<when-text at=${at} kind=${kind}></when-text>`,
}
