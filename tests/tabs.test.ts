// Real browsers that are killed while people write in them, and come back over what they kept on their device.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import chromium from '@sparticuz/chromium'
import { type Page, chromium as playwright } from 'playwright-core'
import { expect, test } from 'vitest'
import { Client } from './support/client.ts'
import { serverProcess } from './support/process.ts'
import { network } from './support/proxy.ts'
import { Random } from './support/random.ts'
import { Replica } from './support/replica.ts'

// The long form, `npm run test:chaos`, kills more often.
const long = import.meta.env.MODE === 'long'
const ROUNDS = long ? 16 : 3

/** Ends every process of the browser over this profile, as a power cut or the system's memory keeper would. */
function killAll(profile: string): number {
  let killed = 0
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name)))
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(profile) || Number(pid) === process.pid) continue
      process.kill(Number(pid), 'SIGKILL')
      killed++
    } catch {
      // It had ended by itself.
    }
  return killed
}

test('a browser that is killed while one types, with or without a line, brings back what it kept; what was acknowledged is never lost', {
  timeout: 900_000,
}, async () => {
  const random = new Random(20_261_128)
  const profile = mkdtempSync(join(tmpdir(), 'chorus-profile-'))
  await using server = await serverProcess({ RATE_LIMITS: 'off' })
  await using line = await network(server.url)
  try {
    const [grace, ada] = [server.client(), new Client(line.url)]
    await ada.post('user:register', { username: 'ada', password: 'killed and come back' })
    await grace.post('user:register', { username: 'grace', password: 'watches all of it' })
    const { id, path } = await ada.post('page:create', { title: 'Killed', content: 'ada:\n\ngrace:\n' })
    // Grace writes and watches without a browser, through every restart.
    const watcher = await new Replica(grace, id).open()
    const open = async (): Promise<Page> => {
      const context = await playwright.launchPersistentContext(profile, {
        executablePath: await chromium.executablePath(),
        args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
        baseURL: line.url,
      })
      // The browser writes its cookies down only now and then: a session that is gone is another matter.
      const [name = '', ...value] = ada.cookie.split('=')
      await context.addCookies([{ name, value: value.join('='), url: line.url, httpOnly: true, sameSite: 'Lax' }])
      const page = await context.newPage()
      await page.goto(path)
      await page.getByRole('button', { name: 'Edit', exact: true }).click()
      await page.locator('.cm-content[contenteditable=true]').waitFor()
      return page
    }
    const light = (page: Page, words: RegExp) => page.locator('save-light').filter({ hasText: words }).waitFor()
    const typed: string[] = []
    const promised = new Set<string>()
    const counts = { kills: 0, processes: 0, offline: 0, servers: 0 }
    let page = await open()
    for (let round = 0; round < ROUNDS; round++) {
      await light(page, /^\s*Saved/)
      await page.locator('.cm-line', { hasText: /^ada:/ }).click()
      for (let i = 0; i < 2; i++) await page.keyboard.press('End')
      const type = async (words: number) => {
        const own: string[] = []
        for (let i = 0; i < words; i++) {
          const word = `⟦${round}.${own.length}.${typed.length}⟧`
          own.push(word)
          typed.push(word)
          await page.keyboard.type(word, { delay: 4 })
        }
        return own
      }
      const saved = await type(4)
      await light(page, /^\s*Saved/)
      for (const word of saved) promised.add(word)
      watcher.text.insert(watcher.text.length, `⟦grace ${round}⟧`)
      const offline = round % 2 === 1
      if (offline) {
        // Without a line: what the light counts as kept is on the device.
        counts.offline++
        await line.cut()
        await light(page, /Offline/)
        const kept = await type(6)
        await light(page, /Offline, \d+ changes? kept on this device/)
        await page.waitForFunction(
          word =>
            (document.querySelector('page-editor') as (HTMLElement & { text: string }) | null)?.text.includes(word),
          kept.at(-1)!,
        )
        for (const word of kept) promised.add(word)
      }
      // In the middle of a word, and sometimes the server with it.
      const typing = type(30).catch(() => {})
      await wait(100 + random.below(500))
      if (round % 3 === 2) {
        counts.servers++
        await server.kill()
      }
      counts.processes += killAll(profile)
      counts.kills++
      await typing
      if (server.pid === null) await server.start()
      if (offline) await line.mend()
      page = await open()
    }
    await light(page, /^\s*Saved/)
    await page.waitForFunction(
      words => {
        const text = (document.querySelector('page-editor') as (HTMLElement & { text: string }) | null)?.text ?? ''
        return words.every(word => text.includes(word))
      },
      [...promised],
    )
    await watcher.settled()
    const { content, seq } = await grace.post('page:read', { page: id })
    await watcher.until(() => watcher.seq >= seq)
    const count = (word: string) => content.split(word).length - 1
    expect([...promised].filter(word => count(word) !== 1)).toEqual([])
    expect(typed.filter(word => count(word) > 1)).toEqual([])
    for (let round = 0; round < ROUNDS; round++) expect(count(`⟦grace ${round}⟧`)).toBe(1)
    // Whatever came through of what was under way is there in the order in which it was typed.
    const there = typed.filter(word => count(word) === 1)
    expect(there.map(word => content.indexOf(word))).toEqual(
      there.map(word => content.indexOf(word)).sort((a, b) => a - b),
    )
    expect(watcher.text.toString()).toBe(content)
    console.log(
      `browsers: killed ${counts.kills} times (${counts.processes} processes), ${counts.offline} of them offline, ${counts.servers} with the server; ${typed.length} words typed, ${promised.size} promised, ${there.length} there, 0 lost, 0 doubled`,
    )
    expect(counts.processes).toBeGreaterThanOrEqual(counts.kills)
    watcher.close()
  } finally {
    // Until the last of its processes is gone: one that is ending may still write.
    while (killAll(profile) > 0) await wait(20)
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
})
