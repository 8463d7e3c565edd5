// A server of an earlier version is replaced while people write.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { browser, windowOf } from './support/browser.ts'
import { programOfAnotherBuild } from './support/builds.ts'
import { takenBack } from './support/older.ts'
import { serverProcess } from './support/process.ts'

const says = (page: Page, words: RegExp) => page.locator('save-light').filter({ hasText: words }).waitFor()

test('nothing typed is lost, nobody is reloaded, and the tabs say calmly that there is a new version', {
  timeout: 240_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chorus-'))
  const program = programOfAnotherBuild(folder, '-older')
  const chrome = await browser()
  try {
    await using server = await serverProcess({ RATE_LIMITS: 'off' }, { program })
    const names = ['ada', 'grace']
    const clients = names.map(() => server.client())
    for (const [i, client] of clients.entries())
      await client.post('user:register', { username: names[i]!, password: 'through every version' })
    const content = names.map(name => `${name}:\n`).join('\n')
    const { id, path } = await clients[0]!.post('page:create', { title: 'Upgraded', content })
    const windows = await Promise.all(clients.map(client => windowOf(chrome, client)))
    const loads = names.map(() => 0)
    for (const [i, { page }] of windows.entries()) {
      await page.goto(path)
      await page.getByRole('button', { name: 'Edit', exact: true }).click()
      await page.locator('.cm-content[contenteditable=true]').waitFor()
      await says(page, /Saved/)
      await page.locator('.cm-line', { hasText: new RegExp(`^${names[i]}:`) }).click()
      await page.keyboard.press('End')
      page.on('load', () => loads[i]!++)
    }
    const typed = names.map(() => '')
    let over = false
    const typing = windows.map(async ({ page }, i) => {
      for (let n = 0; !over || n < 20; n++) {
        typed[i] += ` ${n}`
        await page.keyboard.type(` ${n}`, { delay: 15 })
      }
    })
    await windows[0]!.page.locator('.cm-line', { hasText: /^ada: 0 1 2 3/ }).waitFor()
    // The last thing that the older version knew; then everything that it did not know is taken away.
    await server.kill()
    await takenBack(join(server.folder, 'data/chorus.sqlite'), 1)
    await server.start()
    for (const { page } of windows) await page.getByText('There is a new version of Chorus.').waitFor()
    over = true
    await Promise.all(typing)
    for (const { page } of windows) await says(page, /Saved/)
    const lines = (await clients[0]!.post('page:read', { page: id })).content.split('\n')
    for (const [i, name] of names.entries())
      expect(lines.find(line => line.startsWith(`${name}:`))).toBe(`${name}:${typed[i]}`)
    expect(loads).toEqual([0, 0])
    // Whoever takes it up has the new version, and the text.
    const { page } = windows[1]!
    await page.reload()
    await page.getByText(typed[1]!.trim().slice(0, 20)).first().waitFor()
    expect(await page.getByText('There is a new version of Chorus.').isVisible()).toBe(false)
    for (const { problems } of windows) expect(problems).toEqual([])
  } finally {
    await chrome.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
