// What is seldom done with a whole page: delete, duplicate, copy its address, protect, lock, leave a note. Loaded when it is asked for.
// deed

import type { Page } from '../../shared/protocol.ts'
import { leafOf, parentOf, pathOf } from '../../shared/titles.ts'
import { ask, sentenceOf } from '../ask.ts'
import { copy } from '../clipboard.ts'
import { askText, choose } from '../components/dialogs.ts'
import { say } from '../components/line-bar.ts'
import { router } from '../router.ts'

/** Does what a button of a page's menu is called, and says what did not work. */
export async function deed(what: string, page: Page): Promise<void> {
  try {
    await DEEDS[what]?.(page)
  } catch (error) {
    say(sentenceOf(error))
  }
}

const DEEDS: Record<string, (page: Page) => Promise<void>> = {
  async delete(page) {
    const leaf = leafOf(page.title)
    const { children } = await ask('page:children', { under: page.title })
    const under = children.reduce((sum, branch) => sum + branch.children + (branch.page === null ? 0 : 1), 0)
    const pages = under === 1 ? 'the page under it' : `the ${under} pages under it`
    const answer = await choose(
      `Delete “${leaf}”?`,
      under > 0
        ? `It goes to the trash, from where it can be restored. What is to become of ${pages}?`
        : 'It goes to the trash, from where it can be restored.',
      under > 0
        ? [
            { value: 'keep', words: 'Delete only this page', look: 'danger' },
            { value: 'delete', words: `Delete ${pages} too`, look: 'danger' },
          ]
        : [{ value: 'keep', words: 'Delete', look: 'danger' }],
    )
    if (!answer) return
    const { deleted } = await ask('page:delete', { page: page.id, below: answer as 'keep' | 'delete' })
    const undo = async () => {
      try {
        const back = await ask('page:restore', { page: page.id })
        await router.go(back.page.path)
      } catch (error) {
        say(sentenceOf(error))
      }
    }
    const parent = parentOf(page.title)
    await router.go(parent === '' ? '/' : pathOf(parent))
    say(deleted > 1 ? `“${leaf}” and ${deleted - 1} more are in the trash.` : `“${leaf}” is in the trash.`, {
      words: 'Undo',
      run: () => void undo(),
    })
  },

  async 'copy-link'(page) {
    const done = await copy(new URL(page.path, location.href).href)
    say(done ? 'The link is on the clipboard.' : 'This browser does not let us copy.')
  },

  async duplicate(page) {
    const made = await ask('page:duplicate', { page: page.id })
    await router.go(made.path)
    say('This is the copy.')
  },

  async unprotect(page) {
    await ask('page:protect', { page: page.id, reason: null })
  },

  async protect(page) {
    await askText(
      {
        heading: 'Protect this page',
        label: 'Why?',
        value: '',
        note: 'Only admins can change it then. Everyone sees the reason.',
        button: 'Protect',
        max: 300,
      },
      async reason => {
        await ask('page:protect', { page: page.id, reason })
      },
    )
  },

  async lock(page) {
    await ask('page:lock', { page: page.id, on: true })
  },

  async unlock(page) {
    await ask('page:lock', { page: page.id, on: false })
  },

  async star(page) {
    await ask('page:star', { page: page.id, on: true })
  },

  async unstar(page) {
    await ask('page:star', { page: page.id, on: false })
  },

  async note(page) {
    await askText(
      {
        heading: 'What did you change?',
        label: 'Edit note',
        value: '',
        note: 'Shown beside your edit under Recent changes.',
        button: 'Leave the note',
        max: 300,
      },
      async note => {
        await ask('change:note', { page: page.id, note })
      },
    )
  },
}
