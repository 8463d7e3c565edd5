// Questions that need an answer before anything else.
// show · choose · askText · askTitle

import { html, nothing, render, type TemplateResult } from 'lit'
import { WikiError } from '../../shared/errors.ts'
import type { Page } from '../../shared/protocol.ts'
import { leafOf, parseTitle } from '../../shared/titles.ts'
import { ask, sentenceOf } from '../ask.ts'

/**
 * Shows a dialog, named by its `#dialog-heading`, until `close` is called or Escape is pressed; resolves with what it was
 * closed with, or null.
 */
export function show<T>(draw: (close: (answer: T) => void) => TemplateResult, look = ''): Promise<T | null> {
  const dialog = document.createElement('dialog')
  dialog.className = look
  let given: T | null = null
  const close = (answer: T) => {
    given = answer
    dialog.close()
  }
  render(draw(close), dialog)
  dialog.setAttribute('aria-labelledby', 'dialog-heading')
  document.body.append(dialog)
  dialog.showModal()
  return new Promise(resolve => {
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(given)
    })
  })
}

/** A way out of a question. */
export interface Choice<T extends string> {
  value: T
  words: string
  look?: 'primary' | 'danger'
}

/** Asks somebody to choose; null when they would rather not. */
export function choose<T extends string>(heading: string, words: string, choices: Choice<T>[]): Promise<T | null> {
  return show<T>(
    close => html`<h2 id="dialog-heading">${heading}</h2><p>${words}</p><form method="dialog"><div class="bar">
      ${choices.map(
        ({ value, words: label, look = '' }) =>
          html`<button type="button" class="btn ${look}" @click=${() => close(value)}>${label}</button>`,
      )}<button class="btn ghost">Cancel</button></div></form>`,
  )
}

/** A question that is answered with a line of text. */
export interface TextAsked {
  heading: string
  label: string
  value: string
  /** What the text is for. */
  note: string
  button: string
  max: number
}

/** Asks for a line of text; `save` carries out what it is for, and what it throws is said without losing what was typed. */
export async function askText(asked: TextAsked, save: (text: string) => Promise<void>): Promise<void> {
  await show<true>(close => {
    const submit = async (event: SubmitEvent) => {
      event.preventDefault()
      const form = event.target as HTMLFormElement
      const input = form.querySelector('input')!
      const button = form.querySelector<HTMLButtonElement>('.primary')!
      const note = form.querySelector('.trouble-note')!
      try {
        button.disabled = true
        await save(input.value)
        close(true)
      } catch (error) {
        note.textContent = sentenceOf(error)
        input.ariaInvalid = 'true'
        input.focus()
      } finally {
        button.disabled = false
      }
    }
    return html`<h2 id="dialog-heading">${asked.heading}</h2>
      <form @submit=${submit}><div class="field"><label for="asked-text">${asked.label}</label>
      <input id="asked-text" .value=${asked.value} maxlength=${asked.max} autocomplete="off" spellcheck="true" autofocus aria-describedby="asked-note">
      <p class="note" id="asked-note">${asked.note}</p>
      <p class="trouble-note" role="alert"></p></div>
      <div class="bar"><button class="btn primary">${asked.button}</button><button type="button" class="btn ghost"
        @click=${(event: Event) => (event.target as Element).closest('dialog')!.close()}>Cancel</button></div></form>`
  })
}

/**
 * Asks for a page's new title; `save` carries it out, and what it throws is said without losing what was typed. It is told
 * the title that was seen: whoever is slower renames knowingly or not at all.
 */
export async function askTitle(
  page: Page,
  save: (title: string, below: boolean, from: string) => Promise<void>,
): Promise<void> {
  let from = page.title
  const below = await ask('page:children', { under: page.title }).then(
    ({ children }) => children.reduce((sum, branch) => sum + branch.children + (branch.page === null ? 0 : 1), 0),
    () => 0,
  )
  await show<true>(close => {
    const submit = async (event: SubmitEvent) => {
      event.preventDefault()
      const form = event.target as HTMLFormElement
      const input = form.querySelector<HTMLInputElement>('#new-title')!
      const button = form.querySelector<HTMLButtonElement>('.primary')!
      const note = form.querySelector<HTMLElement>('.trouble-note')!
      try {
        const title = parseTitle(input.value)
        button.disabled = true
        await save(title, form.querySelector<HTMLInputElement>('[name=below]')?.checked ?? false, from)
        close(true)
      } catch (error) {
        const other = error instanceof WikiError && error.details.page
        if (other && other.id === page.id) from = other.title
        const keep = () => form.closest('dialog')!.close()
        const way = !other
          ? nothing
          : other.id === page.id
            ? html` <button type="button" class="btn" @click=${keep}>Keep “${leafOf(other.title)}”</button>`
            : html` <a href=${other.path}>Open “${other.title}”</a>`
        render(html`${sentenceOf(error)}${way}`, note)
        input.ariaInvalid = 'true'
        input.focus()
      } finally {
        button.disabled = false
      }
    }
    return html`<h2 id="dialog-heading">Rename or move</h2>
      <form @submit=${submit}><div class="field"><label for="new-title">Title</label>
      <input id="new-title" .value=${page.title} maxlength="250" autocomplete="off" spellcheck="true" autofocus aria-describedby="new-title-note">
      <p class="note" id="new-title-note">A “/” puts the page under another. Links to the old title go on working, and follow.</p>
      ${
        below > 0
          ? html`<label class="check"><input type="checkbox" name="below" checked> Move ${below === 1 ? 'the page' : `the ${below.toLocaleString('en')} pages`} under it along</label>`
          : nothing
      }
      <p class="trouble-note" role="alert"></p></div>
      <div class="bar"><button class="btn primary">Rename</button><button type="button" class="btn ghost"
        @click=${(event: Event) => (event.target as Element).closest('dialog')!.close()}>Cancel</button></div></form>${nothing}`
  })
}
