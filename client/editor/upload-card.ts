// The card that stands in the text for a file on its way.
// Sending · UploadCard

import { WidgetType } from '@codemirror/view'

/** A file on its way. `share` is how much of it is sent, from 0 to 1; `kept` whether it is on this device too. */
export interface Sending {
  id: string
  name: string
  /** An address of the picture within this browser, where it is one. */
  picture: string | null
  state: 'sending' | 'waiting' | 'failed'
  share: number
  /** Why it failed. */
  words: string
  kept: boolean
  cancel(): void
  again(): void
}

/** Draws one. Progress changes what stands there; nothing is drawn anew, so that a press on a button is never lost. */
export class UploadCard extends WidgetType {
  constructor(readonly sending: Sending) {
    super()
  }

  override eq(other: UploadCard): boolean {
    return other.sending === this.sending
  }

  override toDOM(): HTMLElement {
    const card = document.createElement('span')
    card.className = 'upload'
    card.contentEditable = 'false'
    card.dataset.id = this.sending.id
    const { picture, name } = this.sending
    if (picture) {
      const image = document.createElement('img')
      image.src = picture
      image.alt = ''
      card.append(image)
    }
    const title = document.createElement('span')
    title.className = 'upload-name'
    title.textContent = name
    const bar = document.createElement('progress')
    bar.max = 100
    bar.setAttribute('aria-label', `${name} is being sent`)
    const words = document.createElement('span')
    words.className = 'upload-words'
    words.setAttribute('role', 'status')
    const again = button('Try again', () => this.#latest(card)?.again())
    again.className = 'upload-again'
    const cancel = button('Cancel', () => this.#latest(card)?.cancel())
    cancel.className = 'upload-cancel'
    card.append(title, bar, words, again, cancel)
    latest.set(card, this.sending)
    fill(card, this.sending)
    return card
  }

  #latest(card: HTMLElement): Sending | undefined {
    return latest.get(card)
  }

  override updateDOM(dom: HTMLElement): boolean {
    if (dom.dataset.id !== this.sending.id) return false
    latest.set(dom, this.sending)
    fill(dom, this.sending)
    return true
  }

  override ignoreEvent(): boolean {
    return true
  }
}

const latest = new WeakMap<HTMLElement, Sending>()

function button(words: string, press: () => void): HTMLButtonElement {
  const made = document.createElement('button')
  made.type = 'button'
  made.textContent = words
  made.addEventListener('mousedown', event => event.preventDefault())
  made.addEventListener('click', press)
  return made
}

function fill(card: HTMLElement, { state, share, words, kept, name }: Sending): void {
  const part = <T extends HTMLElement>(name: string) => card.querySelector<T>(name)!
  card.dataset.state = state
  const bar = part<HTMLProgressElement>('progress')
  bar.value = Math.round(share * 100)
  bar.hidden = state !== 'sending'
  const waiting = kept ? 'Kept on this device; sent when there is a connection.' : 'Sent when there is a connection.'
  const said = state === 'failed' ? words : state === 'waiting' ? waiting : ''
  const status = part('.upload-words')
  if (status.textContent !== said) status.textContent = said
  part('.upload-again').hidden = state !== 'failed'
  const cancel = part('.upload-cancel')
  cancel.textContent = state === 'failed' ? 'Remove' : 'Cancel'
  cancel.setAttribute('aria-label', `${cancel.textContent} ${name}`)
}
