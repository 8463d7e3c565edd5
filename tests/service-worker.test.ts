import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page, Worker } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { browser, windowOf } from './support/browser.ts'
import { anotherBuild } from './support/builds.ts'
import { Client } from './support/client.ts'
import { type Network, network } from './support/proxy.ts'
import { type World, world } from './support/world.ts'

const BUILT = join(import.meta.dirname, '../dist/client')
const PASSWORD = 'ada likes bread'

let clientDir: string
let w: World
let line: Network
let chrome: Browser
let ada: Client
let bread: string
let prices: string

beforeAll(async () => {
  // A copy, because one test is about the next build.
  clientDir = mkdtempSync(join(tmpdir(), 'chorus-client-'))
  cpSync(BUILT, clientDir, { recursive: true })
  w = await world({ config: { clientDir } })
  line = await network(w.url)
  chrome = await browser()
  ada = await w.person('ada')
  bread = (await ada.post('page:create', { title: 'Bread', content: 'Every loaf starts with a starter.\n' })).path
  prices = (await ada.post('page:create', { title: 'Prices', content: 'Rye 1.30\n' })).path
})
afterAll(async () => {
  await chrome.close()
  await line[Symbol.asyncDispose]()
  await w.close()
  rmSync(clientDir, { recursive: true, force: true })
})

/** A window of ada's over the line that can be cut, with its service worker in charge of it. */
async function window_(path: string): Promise<{ context: BrowserContext; page: Page; worker: Worker }> {
  const client = new Client(line.url)
  await client.post('user:signIn', { username: 'ada', password: PASSWORD })
  const { context, page } = await windowOf(chrome, client)
  await page.goto(path)
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'))
  await keeps(page, path)
  return { context, page, worker }
}

/** The addresses of the documents that the device keeps. */
const documents = (page: Page) =>
  page.evaluate(async () => {
    const names = (await caches.keys()).filter(name => name.startsWith('chorus-documents-'))
    const keys = await Promise.all(names.map(async name => (await caches.open(name)).keys()))
    return keys.flat().map(({ url }) => new URL(url).pathname)
  })

const keeps = (page: Page, path: string) => expect.poll(() => documents(page), { timeout: 15_000 }).toContain(path)

/** Until the page has its styles, and its script has woken up the shell and the screen that is shown. */
const dressed = (page: Page) =>
  page.waitForFunction(
    () => {
      const asleep = document.querySelector('app-shell:not(:defined), app-shell > .view:not(:defined)')
      const rail = document.querySelector('.rail')
      return !asleep && rail !== null && getComputedStyle(rail).position === 'sticky'
    },
    undefined,
    { timeout: 15_000 },
  )

async function offline(act: () => Promise<void>) {
  await line.cut()
  try {
    await act()
  } finally {
    await line.mend()
  }
}

describe('without a network', () => {
  test('a page that was seen can be loaded again, with its styles, and one that was not shows what there is', async () => {
    const { context, page } = await window_(bread)
    await page.goto('/')
    await keeps(page, '/')
    await offline(async () => {
      await page.goto(bread)
      await page.getByText('Every loaf starts').waitFor()
      await dressed(page)
      await page.reload()
      await page.getByText('Every loaf starts').waitFor()
      await page.goto(prices)
      await dressed(page)
      expect(await page.evaluate(() => document.querySelector('app-shell > .view')?.localName)).toBe('home-view')
    })
    await context.close()
  })

  test('after signing out, nothing of the person is shown any more, also when an answer comes late', async () => {
    const { context, page, worker } = await window_(bread)
    await page.goto('/profile')
    await keeps(page, '/profile')
    // A request that was made before signing out, and is answered after it.
    await worker.evaluate(() => {
      const scope = globalThis as unknown as { fetch: typeof fetch; release: () => void }
      const real = scope.fetch
      const held = new Promise<void>(resolve => {
        scope.release = resolve
      })
      scope.fetch = async (...asked) => {
        const answer = await real(...asked)
        if ((asked[0] as Request).url.endsWith('Prices')) await held
        return answer
      }
    })
    const late = page.evaluate(
      path => fetch(path, { headers: { Accept: 'text/html' } }).then(answer => answer.text()),
      prices,
    )
    await expect
      .poll(() => worker.evaluate(() => typeof (globalThis as unknown as { release?: unknown }).release))
      .toBe('function')
    await page.evaluate(() =>
      fetch('/api/user:signOut', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }),
    )
    await worker.evaluate(() => (globalThis as unknown as { release(): void }).release())
    expect(await late).toContain('ada')
    // The visitor who comes next.
    await page.goto('/pages')
    await keeps(page, '/pages')
    expect(await documents(page)).toEqual(['/pages'])
    await offline(async () => {
      for (const path of [prices, bread, '/profile'])
        expect(
          await page.evaluate(
            path =>
              fetch(path, { headers: { Accept: 'text/html' } }).then(
                answer => answer.text(),
                () => 'nothing',
              ),
            path,
          ),
        ).toBe('nothing')
      await page.reload()
      await page.getByRole('link', { name: 'Sign in' }).first().waitFor()
    })
    await context.close()
  })

  test('screens that hold secrets or only work with the server are not kept', async () => {
    const { context, page } = await window_(bread)
    for (const path of ['/people', '/logout', '/invite/abcdefgh', '/reset/abcdefgh']) await page.goto(path)
    await page.goto('/profile')
    await keeps(page, '/profile')
    expect(await documents(page)).toEqual([bread, '/profile'])
    await context.close()
  })
})

test('a full device does not break the site', async () => {
  const { context, page, worker } = await window_(bread)
  await page.goto('/')
  await keeps(page, '/')
  await worker.evaluate(() => {
    Cache.prototype.put = () => Promise.reject(new DOMException('There is no room.', 'QuotaExceededError'))
  })
  await page.goto(prices)
  await page.getByText('Rye 1.30').waitFor()
  await dressed(page)
  expect(await documents(page)).not.toContain(prices)
  await context.close()
})

test('pages seen before several new builds are still dressed without a network', { timeout: 120_000 }, async () => {
  const { context, page } = await window_(bread)
  await page.goto('/')
  await keeps(page, '/')
  for (const tag of ['-b', '-c', '-d', '-e']) {
    anotherBuild(clientDir, tag)
    await w.restart()
    await page.locator('line-bar', { hasText: 'There is a new version of Chorus.' }).waitFor()
    const before = await page.evaluate(async () =>
      (await caches.keys()).filter(name => name.startsWith('chorus-assets-')),
    )
    await page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()))
    await expect
      .poll(
        () =>
          page.evaluate(async known => {
            const registration = await navigator.serviceWorker.ready
            const names = (await caches.keys()).filter(name => name.startsWith('chorus-assets-'))
            const idle = !registration.installing && !registration.waiting && registration.active?.state === 'activated'
            return idle && names.some(name => !known.includes(name)) && names.length <= 3
          }, before),
        { timeout: 15_000 },
      )
      .toBe(true)
  }
  await page.getByRole('button', { name: 'Reload' }).click()
  await page.locator('line-dot .dot.on').waitFor({ state: 'attached' })
  expect(await page.locator('line-bar .says').count()).toBe(0)
  await keeps(page, bread)
  await offline(async () => {
    await page.goto(bread)
    await page.getByText('Every loaf starts').waitFor()
    await dressed(page)
  })
  // A document whose scripts are gone all the same is not shown undressed.
  await page.goto('/')
  await page.evaluate(async () => {
    for (const name of await caches.keys()) if (name.startsWith('chorus-assets-')) await caches.delete(name)
  })
  await offline(async () => {
    await expect(page.goto(bread)).rejects.toThrow()
  })
  await context.close()
})
