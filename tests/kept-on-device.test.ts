// What was written without a line, and what has become of its page or its author's session when the line is back.

import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { axe } from './support/browser.ts'
import { network } from './support/proxy.ts'
import { inBrowser, type Window } from './support/windows.ts'

const {
  wiki: w,
  people: { ada, grace },
  open,
  write,
} = await inBrowser('ada', 'grace', 'linus')

const says = (page: Page, words: RegExp) => page.locator('save-light').filter({ hasText: words }).waitFor()
const bar = (page: Page, words: string | RegExp) => page.locator('line-bar', { hasText: words })

/** Types at the end of the text, which is then kept on the device only. */
async function typeOffline(page: Window, words: string): Promise<void> {
  await says(page, /Offline/)
  await page.locator('.cm-content').click()
  await page.keyboard.press('Control+End')
  await page.keyboard.type(words)
  await says(page, new RegExp(`Offline, ${words.length} changes kept on this device`))
}

async function signIn(page: Page, username: string): Promise<void> {
  await page.getByLabel('Name').fill(username)
  await page.getByLabel('Password').fill(`${username} likes bread`)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.locator('me-menu .name', { hasText: username }).waitFor({ state: 'attached' })
}

async function deleteIt(page: Page): Promise<void> {
  await page.getByLabel('More about this page').click()
  await page.getByRole('button', { name: 'Delete…' }).click()
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await page.waitForURL('**/')
}

test('whoever wrote offline into a page that somebody deleted meanwhile is told, and has the text to read, copy and discard', async () => {
  await using line = await network(w.url)
  const { path } = await ada.post('page:create', { title: 'Deleted meanwhile', content: 'Before: ' })
  const writer = await write(grace.at(line.url), path, { permissions: ['clipboard-read', 'clipboard-write'] })
  await says(writer, /Saved/)
  await line.cut()
  await typeOffline(writer, 'words of an hour')
  await deleteIt(await open(ada, path))
  await line.mend()
  const note = writer.locator('page-editor .note', { hasText: 'This page is gone. Your text is kept' })
  await note.waitFor()
  expect(await writer.locator('.cm-content').textContent()).toContain('words of an hour')
  expect(await axe(writer)).toEqual([])
  await note.getByRole('link', { name: 'Look at it' }).click()
  const draft = writer.getByRole('region', { name: 'Deleted meanwhile' })
  await draft.getByText('Before: words of an hour').waitFor()
  await draft.getByText('This page is gone.').waitFor()
  await draft.getByRole('button', { name: 'Copy text' }).click()
  await draft.getByRole('button', { name: 'Copied' }).waitFor()
  expect(await writer.evaluate(() => navigator.clipboard.readText())).toBe('Before: words of an hour')
  await draft.getByRole('button', { name: 'Discard' }).click()
  await writer.getByRole('dialog').getByRole('button', { name: 'Discard' }).click()
  await draft.waitFor({ state: 'detached' })
  expect(writer.problems).toEqual([])
  await writer.context().close()
})

test('whoever closed the tab with such a text is told at the next start, whatever screen it opens', async () => {
  await using line = await network(w.url)
  const { path } = await ada.post('page:create', { title: 'Deleted and closed', content: 'Before: ' })
  const writer = await write(grace.at(line.url), path)
  await says(writer, /Saved/)
  await line.cut()
  await typeOffline(writer, 'left behind')
  await writer.close()
  await deleteIt(await open(ada, path))
  await line.mend()
  const next = await writer.context().newPage()
  await next.goto('/pages')
  const told = bar(next, 'What you wrote in “Deleted and closed” could not be sent.')
  await told.getByRole('button', { name: 'Look at it' }).click()
  await next.getByRole('region', { name: 'Deleted and closed' }).getByText('Before: left behind').waitFor()
  await writer.context().close()
})

test('whoever is signed out while their changes wait is told so, nobody else sees a word of them, and they are sent when their author signs in again', async () => {
  await using line = await network(w.url)
  const { id, path } = await ada.post('page:create', { title: 'Signed out meanwhile', content: 'Before: ' })
  const author = await write(grace.at(line.url), path)
  await says(author, /Saved/)
  await line.cut()
  await typeOffline(author, 'secret')
  const admin = await open(ada, '/people')
  const row = admin.locator('.person', { hasText: 'grace' })
  await row.getByLabel('More about grace').click()
  await row.getByRole('button', { name: 'Sign out everywhere' }).click()
  await bar(admin, 'grace is signed out').waitFor()
  await line.mend()

  // The tab in which it was written.
  await says(author, /^\s*Signed out, 6 changes kept on this device\s*$/)
  const here = 'You have been signed out. 6 changes are kept on this device and sent when you sign in again.'
  await bar(author, here).waitFor()
  expect(await axe(author)).toEqual([])
  await bar(author, here).getByRole('link', { name: 'Sign in' }).click()

  // Signed out, the device tells how many they are and nothing else; also where somebody else was here in between.
  const there = '6 changes are kept on this device, and sent when whoever wrote them signs in again.'
  await bar(author, there).waitFor()
  expect(await axe(author)).toEqual([])
  await signIn(author, 'linus')
  await author.goto('/drafts')
  await author.getByText('There is nothing here').waitFor()
  await author.goto(path)
  await author.getByRole('button', { name: 'Edit', exact: true }).click()
  await says(author, /Saved/)
  expect(await author.locator('body').textContent()).not.toContain('secret')
  expect((await ada.post('page:read', { page: id })).content).toBe('Before: ')
  await author.getByRole('button', { name: 'Done' }).click()
  await author.locator('me-menu summary').click()
  await author.getByRole('link', { name: 'Sign out' }).click()
  await bar(author, there).waitFor()
  expect(await author.locator('body').textContent()).not.toContain('secret')
  await bar(author, there).getByRole('link', { name: 'Sign in' }).click()

  const sent = ada.next('page:updated', told => told.page.id === id)
  await signIn(author, 'grace')
  expect((await sent).page.editor.username).toBe('grace')
  expect((await ada.post('page:read', { page: id })).content).toBe('Before: secret')
  await author.goto('/drafts')
  await author.getByText('There is nothing here').waitFor()
  expect(author.problems).toEqual([])
  await author.context().close()
})

/** Lets this device forget the text of all pages, as if the browser had been killed before it could write them down. */
const forgetCopies = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('chorus')
        opening.onerror = () => reject(opening.error)
        opening.onsuccess = () => {
          const tx = opening.result.transaction(['copies', 'steps'], 'readwrite')
          tx.objectStore('copies').clear()
          tx.objectStore('steps').clear()
          tx.oncomplete = () => {
            opening.result.close()
            resolve()
          }
        }
      }),
  )

test.each([
  ['sees these words', true],
  ['is told to sign in where the device has only the changes and not the page', false],
])(
  'whoever loads a page anew without a line, when their session has ended and words of theirs wait, %s',
  async (_, hasCopy) => {
    await using line = await network(w.url)
    const noor = await w.person(hasCopy ? 'noor' : 'mina')
    const name = noor.user!.username
    const { id, path } = await ada.post('page:create', { title: `Reloaded by ${name}`, content: 'Before: ' })
    const author = await open(noor.at(line.url), path)
    await author.waitForFunction(() => navigator.serviceWorker.controller !== null)
    await author.reload()
    await author.getByRole('button', { name: 'Edit', exact: true }).click()
    await says(author, /Saved/)
    await line.cut()
    await typeOffline(author, 'secret')
    if (!hasCopy) await forgetCopies(author)
    await ada.post('user:signOutEverywhere', { user: noor.user!.id })
    await author.reload()
    await author.locator('article', { hasText: 'Before:' }).waitFor()
    await author.getByRole('button', { name: 'Edit', exact: true }).waitFor()
    await line.mend()
    const here = 'You have been signed out. 6 changes are kept on this device and sent when you sign in again.'
    await bar(author, here).waitFor()
    await author.getByRole('button', { name: 'Edit', exact: true }).click()
    if (hasCopy) {
      await author.locator('.cm-content', { hasText: 'Before: secret' }).waitFor()
      await author.locator('page-editor .note', { hasText: 'Sign in again' }).waitFor()
      await bar(author, here).getByRole('link', { name: 'Sign in' }).click()
    } else {
      const told = author.getByRole('dialog', { name: 'You are signed out' })
      await told.getByText('6 changes are kept on this device and sent when you sign in again.').waitFor()
      expect(await axe(author)).toEqual([])
      // What could be read is still there to be read, and no empty editor.
      expect(await author.locator('article').isVisible()).toBe(true)
      expect(await author.locator('page-editor').count()).toBe(0)
      await told.getByRole('button', { name: 'Sign in' }).click()
    }
    await author.waitForURL('**/login?next=*')
    const sent = ada.next('page:updated', told => told.page.id === id)
    await signIn(author, name)
    await sent
    await author.locator('article', { hasText: 'Before: secret' }).waitFor()
    expect(author.problems).toEqual([])
    await author.context().close()
  },
)

test('what waits of several people is told as theirs, and no more in a tab that has been told', async () => {
  await using line = await network(w.url)
  const { path } = await ada.post('page:create', { title: 'Of several', content: 'Before: ' })
  const [tove, ulla] = [await w.person('tove'), await w.person('ulla')]
  const page = await write(tove.at(line.url), path)
  for (const who of [tove, ulla]) {
    await says(page, /Saved/)
    await line.cut()
    await typeOffline(page, who.user!.username)
    await ada.post('user:signOutEverywhere', { user: who.user!.id })
    await line.mend()
    await bar(page, 'You have been signed out. 4 changes are kept').getByRole('link', { name: 'Sign in' }).click()
    if (who === ulla) break
    await bar(page, '4 changes are kept on this device, and sent when whoever wrote them signs in again.').waitFor()
    await signIn(page, 'ulla')
    await page.goto(path)
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
  }
  const told = bar(
    page,
    '8 changes of 2 people are kept on this device, and each is sent when whoever wrote it signs in again.',
  )
  await told.waitFor()
  expect(await axe(page)).toEqual([])
  await told.getByRole('button', { name: 'Close' }).click()
  await told.waitFor({ state: 'detached' })
  // The same tab is not told again, whatever it opens; another one is, which takes no less time.
  const next = await page.context().newPage()
  for (const path of ['/', '/pages']) {
    await page.goto(path)
    await page.locator('line-dot .on').waitFor({ state: 'attached' })
    await next.goto(path)
    await bar(next, '8 changes of 2 people').waitFor()
    expect(await page.locator('line-bar .says').count()).toBe(0)
  }
  expect(page.problems).toEqual([])
  await page.context().close()
})
