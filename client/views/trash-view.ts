// What was deleted: restored, or removed for good.
// <trash-view> · <trash-list>

import { html, type TemplateResult } from 'lit'
import '../styles/keeping.css'
import '../styles/screens.css'
import { WikiError } from '../../shared/errors.ts'
import { ICONS } from '../../shared/icons.ts'
import { deletionRows } from '../../shared/pieces-changes.ts'
import type { Deletion } from '../../shared/protocol.ts'
import { leafOf } from '../../shared/titles.ts'
import { type Action, actions } from '../actions.ts'
import { ask, sentenceOf } from '../ask.ts'
import { askText, choose } from '../components/dialogs.ts'
import { say } from '../components/line-bar.ts'
import { Awake, Standing } from '../components/standing.ts'
import { pen } from '../pen.ts'
import { router } from '../router.ts'
import { Hear, store, Watch } from '../store.ts'

/** Wraps the list and says what did not work. */
export class TrashView extends Awake {
  constructor() {
    super()
    this.addEventListener('click', event => {
      const button = (event.target as Element).closest<HTMLElement>('[data-do]')
      const page = Number(button?.closest<HTMLElement>('[data-page]')?.dataset.page)
      const deletion = this.querySelector<TrashList>('trash-list')?.deletion(page)
      if (!deletion) return
      if (button?.dataset.do === 'restore') void this.#restore(deletion)
      if (button?.dataset.do === 'purge') void this.#purge(deletion)
    })
  }

  #trouble(words: string): void {
    this.querySelector('.trouble-note')!.textContent = words
  }

  async #restore({ page }: Deletion): Promise<void> {
    this.#trouble('')
    const restore = async (title?: string) => {
      const answer = await ask('page:restore', { page: page.id, ...(title !== undefined && { title }) })
      const rest = answer.left > 0 ? ` ${answer.left} that went with it stay here, because their titles are taken.` : ''
      const along = answer.restored > 1 ? ` and ${answer.restored - 1} under it are` : ' is'
      say(`“${leafOf(answer.page.title)}”${along} back.${rest}`, {
        words: 'Open',
        run: () => void router.go(answer.page.path),
      })
    }
    try {
      await restore()
    } catch (error) {
      if (!(error instanceof WikiError) || error.details.field !== 'title') return this.#trouble(sentenceOf(error))
      await askText(
        {
          heading: 'Restore under another title',
          label: 'Title',
          value: `${page.title} (restored)`,
          note: sentenceOf(error),
          button: 'Restore',
          max: 250,
        },
        restore,
      )
    }
  }

  async #purge({ page }: Deletion): Promise<void> {
    this.#trouble('')
    const answer = await choose(
      `Remove “${leafOf(page.title)}” for good?`,
      'Its text and its whole history are then gone, and nobody can bring them back.',
      [{ value: 'purge', words: 'Remove for good', look: 'danger' }],
    )
    if (!answer) return
    await ask('page:purge', { page: page.id }).catch(error => this.#trouble(sentenceOf(error)))
  }
}

/** The rows; kept up with what others delete and restore. */
export class TrashList extends Standing {
  #deleted: Deletion[] = []
  #next: string | null = null
  #adopted: typeof store.boot.trash
  #withdraw = () => {}

  constructor() {
    super()
    new Watch(this, 'boot', 'people', 'me')
    new Hear(this, 'page:deleted', () => void this.#renew())
    new Hear(this, 'page:restored', ({ page }) => this.#drop(page.id))
    new Hear(this, 'page:purged', ({ page }) => this.#drop(page))
    this.addEventListener('click', event => {
      if (!(event.target as Element).closest('[rel=next], [data-do=more]')) return
      event.preventDefault()
      void this.#older()
    })
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#adopt()
    this.#offer()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#withdraw()
  }

  /** What can be done with each row, by name too. */
  #offer(): void {
    this.#withdraw()
    const press = (page: number, what: string) => () =>
      this.querySelector<HTMLElement>(`[data-page="${page}"] [data-do=${what}]`)?.click()
    const offered = this.#deleted.flatMap(({ page: { id, title } }): Action[] => [
      { id: `restore-${id}`, group: 'Trash', name: `Restore “${title}”`, icon: ICONS.undo, run: press(id, 'restore') },
      {
        id: `purge-${id}`,
        group: 'Trash',
        name: `Remove “${title}” for good…`,
        icon: ICONS.trash,
        available: () => store.me?.role === 'admin',
        run: press(id, 'purge'),
      },
    ])
    this.#withdraw = actions.add(...offered)
  }

  /** The row of a page, if it is shown. */
  deletion(page: number): Deletion | undefined {
    return this.#deleted.find(each => each.page.id === page)
  }

  #adopt(): void {
    const { trash } = store.boot
    if (!trash || trash === this.#adopted) return
    this.#adopted = trash
    this.#deleted = trash.deleted
    this.#next = trash.next
  }

  #drop(page: number): void {
    this.#deleted = this.#deleted.filter(each => each.page.id !== page)
    this.requestUpdate()
  }

  async #renew(): Promise<void> {
    const listed = await ask('trash:list', {}).catch(() => null)
    // The line bar says what is wrong with the line; whatever is deleted next asks again.
    if (!listed) return
    const { deleted, next } = listed
    const has = new Set(deleted.map(({ page }) => page.id))
    if (this.#deleted.every(({ page }) => has.has(page.id))) this.#next = next
    this.#take([...deleted, ...this.#deleted.filter(({ page }) => !has.has(page.id))])
  }

  async #older(): Promise<void> {
    if (this.#next === null) return
    const listed = await ask('trash:list', { after: this.#next }).catch(() => null)
    if (!listed) return
    const { deleted, next } = listed
    this.#next = next
    this.#take([...this.#deleted, ...deleted])
  }

  #take(deleted: Deletion[]): void {
    this.#deleted = deleted
    store.know(deleted.map(({ by }) => by))
    this.requestUpdate()
  }

  protected override willUpdate(): void {
    this.#adopt()
    if (this.isConnected) this.#offer()
  }

  protected override render(): TemplateResult {
    const more = html`<p class="more"><button type="button" class="btn" data-do="more">More deleted pages</button></p>`
    return html`${
      this.#deleted.length > 0
        ? deletionRows(pen, this.#deleted, { admin: store.me?.role === 'admin' })
        : html`<p class="empty">Nothing has been deleted.</p>`
    }${this.#next ? more : ''}`
  }
}

customElements.define('trash-view', TrashView)
customElements.define('trash-list', TrashList)
