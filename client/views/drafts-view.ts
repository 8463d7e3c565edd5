// Recovered drafts: what the wiki could not take, to be read, copied, used or discarded.
// <draft-list>, in <drafts-view>

import '../styles/screens.css'
import { html, LitElement, type TemplateResult } from 'lit'
import { icon } from '../../shared/pieces.ts'
import { pathOf } from '../../shared/titles.ts'
import { copy } from '../clipboard.ts'
import { choose } from '../components/dialogs.ts'
import { type Draft, discardDraft, listDrafts, onDrafts } from '../drafts.ts'
import { pen } from '../pen.ts'
import { store } from '../store.ts'

/** The drafts of whoever is signed in, newest first. */
export class DraftList extends LitElement {
  #drafts: Draft[] | null = null
  #copied: string | null = null
  #stop = () => {}

  protected override createRenderRoot(): HTMLElement {
    return this
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#stop = onDrafts(() => void this.#read())
    void this.#read()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#stop()
  }

  async #read(): Promise<void> {
    this.#drafts = await listDrafts(store.me?.id ?? null)
    this.requestUpdate()
  }

  async #copy(draft: Draft): Promise<void> {
    if (await copy(draft.text)) this.#copied = draft.id
    this.requestUpdate()
  }

  async #discard(draft: Draft): Promise<void> {
    const answer = await choose('Discard this draft?', 'Its text is nowhere else, and cannot be brought back.', [
      { value: 'discard', words: 'Discard', look: 'danger' },
    ])
    if (answer) await discardDraft(draft.id)
  }

  protected override render(): TemplateResult {
    if (!this.#drafts) return html`<p class="note">Looking…</p>`
    if (this.#drafts.length === 0) return html`<p class="empty">There is nothing here, which is how it should be.</p>`
    return html`${pen.each(
      this.#drafts,
      ({ id }) => id,
      draft => this.#draft(draft),
    )}`
  }

  #draft(draft: Draft): TemplateResult {
    const open = html`<a class="btn" href=${pathOf(draft.title)}>Open “${draft.title}”</a>`
    return html`<section class="card draft" aria-label=${draft.title || 'Without a title'}>
      <h2>${draft.title || 'Without a title'}</h2>
      <p class="why">${draft.reason} · ${pen.when(new Date(draft.at).toISOString(), 'row')}</p>
      <pre tabindex="0" role="group" aria-label="Text">${draft.text}</pre>
      <div class="bar"><button type="button" class="btn primary" @click=${() => this.#copy(draft)}>${icon(pen, 'copy')}${
        this.#copied === draft.id ? 'Copied' : 'Copy text'
      }</button>${draft.title ? open : ''}
      <button type="button" class="btn ghost danger" @click=${() => this.#discard(draft)}>${icon(pen, 'trash')}Discard</button></div>
    </section>`
  }
}

customElements.define('draft-list', DraftList)
