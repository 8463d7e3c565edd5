// A picture seen large, with its words; arrows lead to the others of the page.
// openPicture

import { html, nothing, render } from 'lit'
import { icon } from '../../shared/pieces.ts'
import { pen } from '../pen.ts'

/** Opens one of some pictures in a dialog. Escape, the button and a click beside it close it. */
export function openPicture(image: HTMLImageElement, all: HTMLImageElement[]): void {
  const dialog = document.createElement('dialog')
  dialog.className = 'large-picture'
  let at = Math.max(0, all.indexOf(image))
  const go = (by: number) => {
    at = (at + by + all.length) % all.length
    draw()
  }
  const draw = () => {
    const { src, currentSrc, alt, title } = all[at]!
    const step = (by: number, name: string, sign: 'arrowLeft' | 'chevronRight') =>
      html`<button type="button" class="btn ${by < 0 ? 'before' : 'after'}" aria-label=${name} @click=${() => go(by)}>${icon(pen, sign)}</button>`
    dialog.ariaLabel = alt || 'Picture'
    render(
      html`<figure><img src=${currentSrc || src} alt=${alt} />${
        alt || title ? html`<figcaption>${title || alt}</figcaption>` : nothing
      }</figure>
        ${all.length > 1 ? [step(-1, 'The picture before', 'arrowLeft'), step(1, 'The next picture', 'chevronRight')] : nothing}
        <button type="button" class="btn close" aria-label="Close" autofocus @click=${() => dialog.close()}>${icon(pen, 'close')}</button>`,
      dialog,
    )
  }
  draw()
  dialog.addEventListener('keydown', event => {
    if (event.key === 'ArrowLeft') go(-1)
    if (event.key === 'ArrowRight') go(1)
  })
  dialog.addEventListener('click', event => {
    if (!(event.target as Element).closest('button, img, figcaption')) dialog.close()
  })
  dialog.addEventListener('close', () => {
    dialog.remove()
    all[at]?.focus({ preventScroll: true })
  })
  document.body.append(dialog)
  dialog.showModal()
}
