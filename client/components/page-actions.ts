// What stands around a page: the way to it and what can be done with it, above; and the lines under its title.
// <page-crumbs> · <page-actions> · <page-byline> · <page-guard>

import { html, type TemplateResult } from 'lit'
import { SCREEN_ACTIONS } from '../../shared/actions.ts'
import { byline, crumbs, guardNote, pageMenu, readingActions } from '../../shared/pieces-page.ts'
import type { Page } from '../../shared/protocol.ts'
import type { ProviderStatus } from '../editor/status.ts'
import { pen } from '../pen.ts'
import { store, Watch } from '../store.ts'
import { Standing } from './standing.ts'

/** Stands around a page: also while the page is gone, because somebody deleted it, and is still on the screen. */
abstract class AroundPage extends Standing {
  #page = store.boot.page!

  protected get page(): Page {
    this.#page = store.boot.page ?? this.#page
    return this.#page
  }
}

/** The way down to it, whatever it is called by now. */
export class PageCrumbs extends AroundPage {
  constructor() {
    super()
    new Watch(this, 'pages', 'boot')
  }

  protected override render(): TemplateResult {
    return html`${crumbs(pen, this.page.title)}`
  }
}

/** Reading: edit and more. Writing: the save light, who is here, and done. Buttons tell what they do by `data-do`. */
export class PageActions extends AroundPage {
  static override properties = { mode: {}, state: { attribute: false } }
  declare mode: 'reading' | 'opening' | 'editing' | 'closing'
  declare state: ProviderStatus | null

  constructor() {
    super()
    this.mode = 'reading'
    this.state = null
    new Watch(this, 'boot', 'me', 'pages')
  }

  protected override render(): TemplateResult {
    const { page } = this
    const { boot } = store
    if (this.mode === 'reading') return html`${readingActions(pen, page, boot)}`
    const cancel = html`<button type="button" class="btn" data-do="cancel">Cancel</button>`
    const done = html`<button type="button" class="btn primary" data-do="done" ?disabled=${this.mode === 'closing'}>${pen.raw(SCREEN_ACTIONS.done.icon)}<span
        class="label">${SCREEN_ACTIONS.done.name}</span></button>`
    return html`<save-light save=${this.state?.save ?? 'loading'} pending=${this.state?.pending ?? 0}></save-light>
      <presence-bar .people=${this.state?.people ?? []}></presence-bar>
      ${this.mode === 'opening' ? cancel : done}
      ${pageMenu(pen, page, boot)}`
  }
}

/** Who wrote it, and who changed it last. */
export class PageByline extends AroundPage {
  constructor() {
    super()
    new Watch(this, 'pages', 'people', 'boot')
  }

  protected override render(): TemplateResult {
    return html`${byline(pen, this.page)}`
  }
}

/** Why it cannot be written, or not by accident. */
export class PageGuard extends AroundPage {
  constructor() {
    super()
    new Watch(this, 'pages', 'boot')
  }

  protected override render(): TemplateResult {
    return html`${guardNote(pen, this.page)}`
  }
}

customElements.define('page-crumbs', PageCrumbs)
customElements.define('page-guard', PageGuard)
customElements.define('page-actions', PageActions)
customElements.define('page-byline', PageByline)
