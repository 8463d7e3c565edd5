import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { browser, windowOf } from './support/browser.ts'
import { Client } from './support/client.ts'
import { serverProcess } from './support/process.ts'
import { network } from './support/proxy.ts'

interface EditorElement extends HTMLElement {
  text: string
}

const textOf = (page: Page) =>
  page.evaluate(() => (document.querySelector('page-editor') as EditorElement | null)?.text ?? '')

async function startEditing(page: Page) {
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await page.locator('.cm-content[contenteditable=true]').waitFor()
}

/** Puts the cursor at the end of the line that bears this name; the first End only ends the row that is seen. */
async function behind(page: Page, name: string) {
  await page.locator('.cm-line', { hasText: new RegExp(`^${name}:`) }).click()
  await page.keyboard.press('End')
  await page.keyboard.press('End')
}

/** Waits until the save light says so. */
const says = (page: Page, words: RegExp, timeout = 40_000) =>
  page.locator('save-light').filter({ hasText: words }).waitFor({ timeout })

test('the server is killed while five people type, one of them is offline and reloads, a script rewrites a section: nothing is lost', {
  timeout: 240_000,
}, async () => {
  await using server = await serverProcess({ RATE_LIMITS: 'off' })
  await using line = await network(server.url)
  const chrome = await browser()
  try {
    const names = ['ada', 'grace', 'linus', 'mina', 'noor']
    const clients = names.map((_, i) => (i === 4 ? new Client(line.url) : server.client()))
    for (const [i, client] of clients.entries())
      await client.post('user:register', { username: names[i]!, password: 'bread and salt and water' })
    const content = `# Intro\n\n${names.map(name => `${name}:\n`).join('\n')}\n## Prices\n\nRye 1.30\n\n## End\n\nThe end.\n`
    const { id, path } = await clients[0]!.post('page:create', { title: 'Tuesday opening list', content })
    const windows = await Promise.all(clients.map(client => windowOf(chrome, client)))
    const pages = windows.map(window => window.page)
    for (const [i, page] of pages.entries()) {
      await page.goto(path)
      await startEditing(page)
      await says(page, /Saved/)
      await behind(page, names[i]!)
    }
    // A reload without a network needs the program on the device.
    await pages[4]!.evaluate(() => navigator.serviceWorker.ready.then(() => null))

    const typed = names.map(() => [] as string[])
    const type = async (who: number, words: number, tag: string) => {
      for (let i = 0; i < words; i++) {
        const word = `${names[who]}-${tag}${i}`
        typed[who]!.push(word)
        await pages[who]!.keyboard.type(` ${word}`, { delay: 8 })
      }
    }

    await Promise.all(names.map((_, who) => type(who, 4, 'a')))
    await line.cut()
    await says(pages[4]!, /Offline/)
    // Four type on; the server dies under them and comes back; a script rewrites what stands beside.
    await Promise.all([
      ...[0, 1, 2, 3].map(who => type(who, 12, 'b')),
      type(4, 6, 'offline'),
      (async () => {
        await pages[0]!.locator('.cm-content', { hasText: 'grace-b2' }).waitFor()
        await server.kill()
        await server.start()
      })(),
    ])
    await clients[0]!.post('page:edit', { page: id, edits: [{ section: 'Prices', set: 'Rye 1.32\nSpelt 2.05\n' }] })
    await says(pages[4]!, /Offline, \d+ changes? kept on this device/)

    // The one who is offline closes the lid: the tab is loaded anew without any network.
    pages[4]!.on('dialog', dialog => void dialog.accept())
    await pages[4]!.reload()
    await startEditing(pages[4]!)
    expect(await textOf(pages[4]!)).toContain('noor-offline5')
    await behind(pages[4]!, 'noor')
    await type(4, 3, 'reloaded')
    await line.mend()

    for (const page of pages) await says(page, /^\s*Saved/)
    const done = await clients[0]!.post('page:read', { page: id })
    for (const page of pages) {
      await page.waitForFunction(
        text => (document.querySelector('page-editor') as EditorElement | null)?.text === text,
        done.content,
      )
    }
    for (const [who, words] of typed.entries()) {
      const its = done.content.split('\n').find(text => text.startsWith(`${names[who]}:`))
      expect(its).toBe(`${names[who]}: ${words.join(' ')}`)
    }
    expect(done.content).toContain('## Prices\n\nRye 1.32\nSpelt 2.05\n\n## End')
    for (const { problems } of windows) expect(problems).toEqual([])
  } finally {
    await chrome.close()
  }
})
