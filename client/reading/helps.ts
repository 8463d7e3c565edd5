// What helps with reading an article, once it stands there: cards, code that is copied, pictures seen large, diagrams.
// readingHelps

import { copy } from '../clipboard.ts'
import { linkCards } from '../components/link-card.ts'
import { diagrams } from './diagrams.ts'
import { openPicture } from './pictures.ts'

/** Milliseconds that a button says what it has done. */
const SAID = 2_000

/** Helps with the article inside `view`; returns how to stop. */
export function readingHelps(view: HTMLElement): () => void {
  const article = view.querySelector<HTMLElement>('article')!
  const heard = new AbortController()
  const { signal } = heard
  const stopCards = linkCards(view)
  const stopDiagrams = diagrams(article)
  const button = copyButton()
  const offer = (event: Event) => {
    const code = (event.target as Element).closest?.('pre')
    if (code && article.contains(code) && button.parentElement !== code) code.prepend(button)
  }
  for (const name of ['pointerover', 'focusin', 'pointerdown']) article.addEventListener(name, offer, { signal })

  const pictured = () => {
    for (const image of article.querySelectorAll<HTMLImageElement>('img:not(a img, [role])')) {
      image.tabIndex = 0
      image.role = 'button'
      image.setAttribute('aria-label', `${image.alt || 'Picture'}, open large`)
    }
  }
  pictured()
  const watch = new MutationObserver(pictured)
  watch.observe(article, { childList: true, subtree: true })
  const open = (event: Event) => {
    const image = event.target
    if (!(image instanceof HTMLImageElement) || image.role !== 'button') return
    event.preventDefault()
    openPicture(image, [...article.querySelectorAll<HTMLImageElement>('img[role=button]')])
  }
  article.addEventListener('click', open, { signal })
  article.addEventListener('keydown', event => /^(Enter| )$/.test(event.key) && open(event), { signal })
  return () => {
    heard.abort()
    stopCards()
    stopDiagrams()
    watch.disconnect()
    button.remove()
  }
}

function copyButton(): HTMLButtonElement {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'copy-code'
  button.dataset.own = ''
  button.textContent = 'Copy'
  button.ariaLabel = 'Copy the code'
  let timer: ReturnType<typeof setTimeout> | undefined
  button.addEventListener('click', async () => {
    const done = await copy(button.parentElement?.querySelector('code')?.textContent ?? '')
    button.textContent = done ? 'Copied' : 'Not allowed'
    button.ariaLabel = done ? 'The code is on the clipboard' : 'This browser does not let us copy'
    clearTimeout(timer)
    timer = setTimeout(() => {
      button.textContent = 'Copy'
      button.ariaLabel = 'Copy the code'
    }, SAID)
  })
  return button
}
