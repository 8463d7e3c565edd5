import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ATTACKS, around } from './support/attacks.ts'
import { browser, windowOf } from './support/browser.ts'
import type { Client } from './support/client.ts'
import { type World, world } from './support/world.ts'

const purify = readFileSync(createRequire(import.meta.url).resolve('dompurify/dist/purify.min.js'), 'utf8')

let w: World
let ada: Client
let chrome: Browser

beforeAll(async () => {
  w = await world()
  ada = await w.person('ada')
  chrome = await browser()
})
afterAll(async () => {
  await chrome?.close()
  await w.close()
})

/** What in a document could run: handlers, scripts that are not ours, addresses that are programs. */
const suspects = (page: Page) =>
  page.evaluate(() => {
    const found: string[] = []
    const look = (root: ParentNode) => {
      for (const element of root.querySelectorAll('*')) {
        if (element.shadowRoot) look(element.shadowRoot)
        for (const { name, value } of element.attributes) {
          if (name.startsWith('on')) found.push(`${element.localName} ${name}=${value}`)
          if (/^(href|src|action|formaction|data|xlink:href)$/.test(name)) {
            const { protocol } = new URL(value, location.href)
            if (!['http:', 'https:', 'mailto:', 'blob:'].includes(protocol) && !/^data:image\//.test(value))
              found.push(`${element.localName} ${name}=${value}`)
          }
          if (name === 'srcdoc') found.push(`${element.localName} srcdoc`)
        }
        if (
          element instanceof HTMLScriptElement &&
          element.type !== 'application/json' &&
          !element.src.startsWith(`${location.origin}/`)
        )
          found.push(`script ${element.outerHTML.slice(0, 80)}`)
      }
    }
    look(document)
    return found
  })

describe('nothing that people write runs in a browser', () => {
  test('a page full of attacks is words, read and edited, and the policy has nothing to stop', {
    timeout: 240_000,
  }, async () => {
    const { page, problems, context } = await windowOf(chrome, ada)
    const dialogs: string[] = []
    page.on('dialog', dialog => {
      if (dialog.type() === 'alert') dialogs.push(dialog.message())
      void dialog.accept()
    })
    const oracle = await context.newPage()
    await oracle.setContent('<!doctype html><title>oracle</title>')
    await oracle.addScriptTag({ content: purify })
    const PER_PAGE = 24
    for (let i = 0; i < ATTACKS.length; i += PER_PAGE) {
      const some = ATTACKS.slice(i, i + PER_PAGE)
      const { path } = await ada.post('page:create', {
        title: `Attacks ${i}`,
        content: some.map(around).join('\n\n---\n\n'),
      })
      const html = await (await ada.fetch(path)).text()
      const article = /<article class="article">([\s\S]*?)<\/article>/.exec(html)![1]!
      // The oracle takes nothing out of what we rendered.
      const removed = await oracle.evaluate(given => {
        const { DOMPurify } = window as unknown as {
          DOMPurify: {
            sanitize(html: string, how: object): string
            removed: { element?: Node; attribute?: Attr; from?: Node }[]
          }
        }
        DOMPurify.sanitize(given, {
          ADD_ATTR: ['target', 'encoding'],
          // KaTeX says beside each formula, as text, how it was written.
          ADD_TAGS: ['semantics', 'annotation'],
          // Words in an attribute stay words where nothing parses it again as XML.
          SAFE_FOR_XML: false,
          CUSTOM_ELEMENT_HANDLING: { tagNameCheck: /^[a-z]+-[a-z-]+$/ },
        })
        return DOMPurify.removed.map(({ element, attribute }) =>
          element ? (element as Element).outerHTML?.slice(0, 200) : `${attribute?.name}=${attribute?.value}`,
        )
      }, article)
      expect(removed, path).toEqual([])
      await page.goto(path)
      expect(await suspects(page), path).toEqual([])
      await page.getByRole('button', { name: 'Edit', exact: true }).click()
      await page.locator('.cm-content[contenteditable=true]').waitFor()
      await page.keyboard.press('ControlOrMeta+End')
      expect(await suspects(page), path).toEqual([])
    }
    expect(dialogs).toEqual([])
    expect(problems).toEqual([])
    await context.close()
  })

  test('names and titles are words too, wherever they are shown', { timeout: 120_000 }, async () => {
    const { page, problems, context } = await windowOf(chrome, ada)
    const dialogs: string[] = []
    page.on('dialog', dialog => {
      dialogs.push(dialog.message())
      void dialog.accept()
    })
    let taken = 0
    for (const attack of ATTACKS) {
      const { path } = await ada.post('page:create', { title: attack.slice(0, 100), content: 'x' }).then(
        made => {
          taken++
          return made
        },
        () => ({ path: `/wiki/${encodeURIComponent(attack)}` }),
      )
      const html = await (await ada.fetch(path)).text()
      expect(html, attack).not.toMatch(/<script>alert|<img src=x|onerror=alert\(1\)>/i)
    }
    expect(taken).toBeGreaterThan(5)
    let named = 0
    for (const username of ATTACKS.slice(0, 60)) {
      const password = 'a few words long'
      const signedUp = await w.guest().fetch('/api/user:register', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ username, password }),
      })
      if (signedUp.status === 200) named++
    }
    expect(named).toBeGreaterThan(5)
    for (const address of [
      '/',
      '/pages',
      `/pages?match=${encodeURIComponent(ATTACKS[0]!)}`,
      '/people',
      `/create?title=${encodeURIComponent(ATTACKS[5]!)}`,
      `/login?next=${encodeURIComponent('javascript:alert(1)')}`,
      '/wiki/%22%3E%3Cscript%3Ealert(1)%3C/script%3E',
    ]) {
      await page.goto(address)
      expect(await suspects(page), address).toEqual([])
    }
    expect(dialogs).toEqual([])
    expect(problems).toEqual([])
    await context.close()
  })
})
