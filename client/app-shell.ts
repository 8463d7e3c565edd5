// The frame around every screen: drawer on a phone, keys, menus, signing out, what is told to a screen reader.
// <app-shell>

import { actions, screenAction } from './actions.ts'
import { Awake } from './components/standing.ts'
import { post } from './connection.ts'
import { router } from './router.ts'
import { chooseTheme, type Theme, theme } from './settings.ts'
import { store, Watch } from './store.ts'

/** Wraps sidebar and screen; lays out, and fetches nothing. */
export class AppShell extends Awake {
  #said = document.createElement('p')
  #stop = () => {}
  #jumping = false

  constructor() {
    super()
    new Watch(this, 'tree', 'boot')
    this.addEventListener('click', event => this.#clicked(event))
    this.addEventListener('input', event => (event.target as Element).matches('.search input') && void this.#jump())
    this.#said.className = 'unseen'
    this.#said.role = 'status'
  }

  override connectedCallback(): void {
    super.connectedCallback()
    document.body.append(this.#said, document.createElement('line-bar'), document.createElement('job-bar'))
    document.addEventListener('keydown', this.#key)
    document.addEventListener('pointerdown', this.#elsewhere)
    document.addEventListener('focusin', this.#elsewhere)
    const stop = router.onArrive(({ doc }) => {
      this.#closeDrawer()
      this.#said.textContent = doc.title
    })
    const withdraw = actions.add(...this.#actions())
    this.#stop = () => {
      stop()
      withdraw()
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    document.removeEventListener('keydown', this.#key)
    document.removeEventListener('pointerdown', this.#elsewhere)
    document.removeEventListener('focusin', this.#elsewhere)
    this.#stop()
  }

  #actions() {
    const signedIn = () => store.me !== null
    const mayWrite = () => store.boot.mayWrite
    const admin = () => store.me?.role === 'admin'
    const go = (address: string) => () => router.go(address)
    const colours = (name: Theme) =>
      screenAction(
        name,
        'Chorus',
        () => chooseTheme(name),
        () => theme() !== name,
      )
    return [
      screenAction('jump', 'Go', () => this.#jump()),
      screenAction('create', 'Go', go('/create'), mayWrite),
      screenAction('home', 'Go', go('/')),
      screenAction('pages', 'Go', go('/pages')),
      screenAction('today', 'Go', go('/today'), mayWrite),
      screenAction('changes', 'Go', go('/changes')),
      screenAction('tags', 'Go', go('/tags')),
      screenAction('trash', 'Go', go('/trash'), mayWrite),
      screenAction('maintenance', 'Go', go('/maintenance'), signedIn),
      screenAction('people', 'Go', go('/people'), admin),
      screenAction('files', 'Go', go('/files'), admin),
      screenAction('export', 'Chorus', () => location.assign('/export.zip'), admin),
      screenAction('profile', 'Chorus', go('/profile'), signedIn),
      screenAction('drafts', 'Chorus', go('/drafts'), signedIn),
      ...(['light', 'dark', 'system'] as const).map(colours),
      screenAction('keys', 'Chorus', async () => (await import('./components/shortcut-list.ts')).showShortcuts()),
      screenAction('sign-out', 'Chorus', () => this.#signOut(), signedIn),
    ]
  }

  protected override updated(): void {
    for (const link of this.querySelectorAll<HTMLAnchorElement>('.nav a')) {
      if (link.pathname === location.pathname) link.setAttribute('aria-current', 'page')
      else link.removeAttribute('aria-current')
      const count = link.pathname === '/pages' && link.querySelector('.n')
      if (count) count.textContent = store.boot.total.toLocaleString('en')
    }
  }

  #clicked(event: MouseEvent): void {
    const target = event.target as Element
    if (target.closest('.menu-button')) {
      event.preventDefault()
      this.classList.add('rail-open')
      this.querySelector<HTMLElement>('.rail')?.focus()
    } else if (target === this) this.#closeDrawer()
    if (target.matches('.search input')) void this.#jump()
    if (target.closest('[data-do=sign-out]')) {
      event.preventDefault()
      void this.#signOut()
    }
    const menu = target.closest('.menu .pop')?.parentElement
    if (menu instanceof HTMLDetailsElement && target.closest('a, button')) menu.open = false
  }

  #closeDrawer(): void {
    if (!this.classList.contains('rail-open')) return
    this.classList.remove('rail-open')
    this.querySelector<HTMLElement>('.menu-button')?.focus()
  }

  async #signOut(): Promise<void> {
    const view = this.querySelector<HTMLElement & { mayLeave?(): Promise<boolean> }>(':scope > .view')
    if ((await view?.mayLeave?.()) === false) return
    try {
      await post('user:signOut', {})
      location.assign('/')
    } catch {
      location.assign('/logout')
    }
  }

  /** A menu closes when one goes on elsewhere. */
  readonly #elsewhere = (event: Event): void => {
    for (const menu of document.querySelectorAll<HTMLDetailsElement>('.menu[open]'))
      if (!menu.contains(event.target as Node)) menu.open = false
    const rail = this.querySelector('.rail')
    if (event.type === 'focusin' && rail && !rail.contains(event.target as Node)) this.#closeDrawer()
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return
    if (event.key === 'Escape') {
      const menu = document.querySelector<HTMLDetailsElement>('.menu[open]')
      if (menu) {
        menu.open = false
        menu.querySelector('summary')?.focus()
      } else this.#closeDrawer()
    }
    actions.heard(event)
  }

  /**
   * Opens the palette with what was typed until it has come: into the box in the sidebar, or nowhere if that is away.
   * An Enter meanwhile is its to answer.
   */
  async #jump(): Promise<void> {
    if (this.#jumping) return
    this.#jumping = true
    const box = this.querySelector<HTMLInputElement>('.search input')
    const before = document.activeElement
    box?.focus()
    const away = document.activeElement !== box
    // Nothing is written into the page meanwhile.
    if (away) (before as HTMLElement | null)?.blur()
    let typed = ''
    let entered: KeyboardEvent | null = null
    const hold = (event: KeyboardEvent) => {
      const { key, ctrlKey, metaKey, altKey, isComposing, target } = event
      if (!away && !(target as Element).matches('.search input')) return
      const letter = key.length === 1 && (!(ctrlKey || metaKey || altKey) || event.getModifierState('AltGraph'))
      const enter = key === 'Enter' && !isComposing && !event.repeat
      const writes = letter || key === 'Backspace'
      // Into a box that is there, the browser writes; behind an Enter nobody does.
      if (!enter && !(writes && (away || entered))) return
      event.preventDefault()
      event.stopPropagation()
      if (enter) entered ??= event
      else if (!entered) typed = letter ? typed + key : typed.slice(0, -1)
    }
    document.addEventListener('keydown', hold, true)
    try {
      const { openPalette } = await import('./components/palette.ts')
      openPalette((box?.value ?? '') + typed, before, entered)
      if (box) box.value = ''
    } catch {
      // The form itself leads to the screen that searches; where it is away, one goes on where one was.
      if (away) {
        ;(before as HTMLElement | null)?.focus()
        document.execCommand('insertText', false, typed)
      } else if (entered) box?.form?.requestSubmit()
    } finally {
      document.removeEventListener('keydown', hold, true)
      this.#jumping = false
    }
  }
}

customElements.define('app-shell', AppShell)
