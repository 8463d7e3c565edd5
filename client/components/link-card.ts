// A card beside what is pointed at: how a linked page begins, what a footnote says.
// linkCards

import { html, nothing, render, type TemplateResult } from 'lit'
import type { Output } from '../../shared/protocol.ts'
import { leafOf, parentOf } from '../../shared/titles.ts'
import { ask } from '../ask.ts'
import { pen } from '../pen.ts'
import { store } from '../store.ts'

/** Milliseconds that a pointer rests, or a finger stays, before a card is shown; and that it may be away. */
const REST = 350
const HOLD = 380
const AWAY = 200

const LINK = 'a.wiki[data-title]:not(.missing)'
const NOTE = '.note > a[href^="#fn-"]'

type Told = Output<'page:preview'>

/** Shows cards for the links and footnotes within an element; returns how to stop. */
export function linkCards(within: HTMLElement): () => void {
  const card = new Card(within)
  return () => card.stop()
}

class Card {
  readonly #element = document.createElement('div')
  readonly #heard = new AbortController()
  readonly #told = new Map<string, Promise<Told | null>>()
  #anchor: HTMLElement | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  /** A finger is on the screen: what it does is no hovering. */
  #touched = false

  constructor(private readonly within: HTMLElement) {
    const element = this.#element
    element.className = 'link-card'
    element.id = 'link-card'
    element.role = 'tooltip'
    element.popover = 'manual'
    element.dataset.own = ''
    const { signal } = this.#heard
    const hear = (name: string, listener: (event: Event) => void, target: EventTarget = within) =>
      target.addEventListener(name, listener, { signal })
    hear('pointerover', event => this.#over(event as PointerEvent))
    hear('pointerout', event => (event as PointerEvent).pointerType !== 'touch' && this.#leave())
    hear('focusin', event => this.#focused(event))
    hear('focusout', () => this.#leave())
    hear('pointerdown', event => this.#down(event as PointerEvent), document)
    hear('click', event => this.#clicked(event as MouseEvent))
    hear('contextmenu', event => this.#touched && this.#anchorOf(event) && event.preventDefault())
    hear('pointerover', () => clearTimeout(this.#timer), element)
    hear('pointerout', () => this.#leave(), element)
    hear('keydown', event => (event as KeyboardEvent).key === 'Escape' && this.#dismiss(event), document)
    hear('scroll', () => this.#touched || this.hide(), window)
    for (const name of ['pointerup', 'pointercancel']) hear(name, () => this.#released(), document)
  }

  stop(): void {
    this.hide()
    this.#heard.abort()
    this.#element.remove()
  }

  #anchorOf(event: Event): HTMLElement | null {
    const anchor = (event.target as Element).closest?.<HTMLElement>(`${LINK}, ${NOTE}`) ?? null
    return anchor && this.within.contains(anchor) ? anchor : null
  }

  #over(event: PointerEvent): void {
    const anchor = this.#anchorOf(event)
    if (!anchor || event.pointerType === 'touch') return
    this.#soon(anchor, this.#element.matches(':popover-open') ? 80 : REST)
  }

  #focused(event: Event): void {
    const anchor = this.#anchorOf(event)
    // A click focuses as well, and leads away.
    if (anchor?.matches(':focus-visible')) this.#soon(anchor, REST)
  }

  #down(event: PointerEvent): void {
    this.#touched = event.pointerType === 'touch'
    const anchor = this.#anchorOf(event)
    if (this.#touched && anchor?.matches(LINK)) this.#soon(anchor, HOLD)
    else if (!this.#element.contains(event.target as Node)) this.hide()
  }

  #released(): void {
    if (this.#touched && !this.#anchor) clearTimeout(this.#timer)
  }

  /** A tap on a footnote shows it where one reads; a tap on a link that was held shows nothing else. */
  #clicked(event: MouseEvent): void {
    const anchor = this.#anchorOf(event)
    if (!anchor || !this.#touched) return
    if (anchor.matches(NOTE)) {
      event.preventDefault()
      void this.#show(anchor)
    } else if (this.#anchor === anchor) event.preventDefault()
  }

  #soon(anchor: HTMLElement, delay: number): void {
    clearTimeout(this.#timer)
    if (this.#anchor !== anchor) this.#timer = setTimeout(() => void this.#show(anchor), delay)
  }

  #leave(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.hide(), AWAY)
  }

  #dismiss(event: Event): void {
    if (!this.#anchor) return
    event.stopPropagation()
    this.hide()
  }

  async #show(anchor: HTMLElement): Promise<void> {
    const content = anchor.matches(NOTE) ? noteOf(anchor) : await this.#pageOf(anchor)
    if (!content || !anchor.isConnected || (!anchor.matches(':hover, :focus') && !this.#touched)) return
    this.hide()
    this.#anchor = anchor
    anchor.setAttribute('aria-describedby', this.#element.id)
    render(content, this.#element)
    const main = this.within.querySelector('main') ?? document.body
    main.append(this.#element)
    this.#element.showPopover()
    this.#place(anchor)
  }

  async #pageOf(anchor: HTMLElement): Promise<TemplateResult | null> {
    const { title, hash } = anchor.dataset
    const heading = hash ? headingIn(anchor, hash) : undefined
    const key = `${title}#${heading ?? ''}`
    let told = this.#told.get(key)
    if (!told) {
      told = ask('page:preview', { title: title!, ...(heading && { heading }) }).catch(() => null)
      this.#told.set(key, told)
      // A page changes while it is linked to.
      setTimeout(() => this.#told.delete(key), 20_000)
    }
    const answer = await told
    return answer && pageCard(answer)
  }

  /** Below the words if there is room, else above; never beyond the window. */
  #place(anchor: HTMLElement): void {
    const { style } = this.#element
    const line = [...anchor.getClientRects()][0] ?? anchor.getBoundingClientRect()
    const { width, height } = this.#element.getBoundingClientRect()
    const margin = 12
    style.left = `${Math.max(margin, Math.min(line.left - 8, innerWidth - width - margin))}px`
    const below = line.bottom + 8
    style.top = `${below + height > innerHeight - margin && line.top > height + margin ? line.top - height - 8 : below}px`
  }

  hide(): void {
    clearTimeout(this.#timer)
    this.#anchor?.removeAttribute('aria-describedby')
    this.#anchor = null
    if (this.#element.matches(':popover-open')) this.#element.hidePopover()
  }
}

/** The heading as it is written in “§ Heading”, or the words of its anchor. */
function headingIn(anchor: HTMLElement, hash: string): string {
  const [, said] = / § (.+)$/.exec(anchor.textContent ?? '') ?? []
  return said ?? decodeURIComponent(hash.slice(3)).replaceAll('-', ' ')
}

function pageCard({ page, excerpt }: Told): TemplateResult {
  store.know([page.author, page.editor])
  const under = parentOf(page.title)
  return html`<p class="name">${leafOf(page.title)}${under ? html`<small>${under.replaceAll('/', ' / ')}</small>` : nothing}</p>
    <p class="begins">${excerpt || 'Nothing is written there yet.'}</p>
    <p class="last">${pen.avatar(page.editor)}<span>${page.editor.username} edited ${pen.when(page.updatedAt, 'sentence')}</span></p>`
}

function noteOf(anchor: HTMLElement): TemplateResult | null {
  const note = document.getElementById((anchor.getAttribute('href') ?? '').slice(1))
  if (!note) return null
  const copy = note.cloneNode(true) as HTMLElement
  for (const back of copy.querySelectorAll('.note-back')) back.remove()
  for (const element of copy.querySelectorAll('[id]')) element.removeAttribute('id')
  return html`<div class="article">${[...copy.childNodes]}</div>`
}
