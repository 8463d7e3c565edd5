// What all forms do: wait, and say beside the field what is wrong with it.
// submitting · complain · settle

import { WikiError } from '../../shared/errors.ts'
import { sentenceOf } from '../ask.ts'

/** Says what went wrong: beside the field that the error names, or above the button. Moves the cursor there. */
export function complain(form: Element, error: unknown): void {
  const { field = '' } = error instanceof WikiError ? error.details : {}
  const input = field ? form.querySelector<HTMLInputElement>(`[name="${CSS.escape(field)}"]`) : null
  const note = input && form.querySelector(`#${CSS.escape(input.id)}-note`)
  if (input && note) {
    input.ariaInvalid = 'true'
    note.textContent = sentenceOf(error)
    note.classList.add('wrong')
    input.focus()
    return
  }
  const trouble = form.querySelector('.trouble-note') ?? form.querySelector('.kept')
  if (trouble) trouble.textContent = sentenceOf(error)
}

/** Takes back what `complain` said. */
export function settle(form: Element): void {
  for (const input of form.querySelectorAll('[aria-invalid]')) input.removeAttribute('aria-invalid')
  for (const note of form.querySelectorAll('.note.wrong')) note.classList.remove('wrong')
  for (const note of form.querySelectorAll('.trouble-note, .kept')) note.textContent = ''
}

/** Carries out what a form is for, once at a time; says what went wrong. Whether it was carried out. */
export async function submitting(form: Element, run: () => Promise<void>): Promise<boolean> {
  const button = form.querySelector<HTMLButtonElement>('button.primary') ?? form.querySelector('button')
  if (button?.disabled) return false
  settle(form)
  if (button) button.disabled = true
  try {
    await run()
    return true
  } catch (error) {
    complain(form, error)
    return false
  } finally {
    if (button) button.disabled = false
  }
}
