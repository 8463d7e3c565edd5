// People's windows on one wiki, for a whole file of tests: a server, a browser, and the text that they write in.
// inBrowser · Window · textOf · becomes · put · cursor

import type { EditorView } from '@codemirror/view'
import type { Browser, Page } from 'playwright-core'
import { afterAll, expect } from 'vitest'
import { browser, windowOf } from './browser.ts'
import type { Client } from './client.ts'
import { type World, world } from './world.ts'

/** The element of the text, as CodeMirror leaves it. */
export type Content = HTMLElement & { cmTile: { view: EditorView } }

type Options = Parameters<Browser['newContext']>[0]

/** One person's window; `problems` are errors and what the policy has stopped. */
export type Window = Page & { problems: string[] }

/** What a file's tests share. */
export interface InBrowser<Name extends string> {
  wiki: World
  chrome: Browser
  people: Record<Name, Client>
  /** A window on an address, once its line stands. */
  open(client: Client, path: string, options?: Options): Promise<Window>
  /** A window on a page in which the text can be written. */
  write(client: Client, path: string, options?: Options): Promise<Window>
}

/** Starts a server and a browser, and makes these people; when the file's tests are done, all of it goes. */
export async function inBrowser<Name extends string>(...names: Name[]): Promise<InBrowser<Name>> {
  const wiki = await world()
  const chrome = await browser()
  afterAll(async () => {
    await chrome.close()
    await wiki.close()
  })
  const people = {} as Record<Name, Client>
  for (const name of names) people[name] = await wiki.person(name)
  const at = async (client: Client, path: string, options?: Options) => {
    const { page, problems } = await windowOf(chrome, client, options)
    await page.goto(path)
    return Object.assign(page, { problems })
  }
  return {
    wiki,
    chrome,
    people,
    async open(client, path, options) {
      const page = await at(client, path, options)
      await page.locator('line-dot .on').waitFor({ state: 'attached' })
      return page
    },
    async write(client, path, options) {
      const page = await at(client, path, options)
      await page.getByRole('button', { name: 'Edit', exact: true }).click()
      await page.locator('.cm-content[contenteditable=true]').waitFor()
      return page
    },
  }
}

// ---- the text

/** The text as the editor of a window has it. */
export const textOf = (page: Page): Promise<string> =>
  page.evaluate(() => (document.querySelector('.cm-content') as Content).cmTile.view.state.doc.toString())

/** Waits until the text of a window is this. */
export const becomes = (page: Page, text: string): Promise<void> => expect.poll(() => textOf(page)).toBe(text)

/** Puts the cursor before some words, or `after` letters behind their beginning, or selects `length` letters of them. */
export const put = (page: Page, words: string, after = 0, length = 0): Promise<void> =>
  page.evaluate(
    ([words, after, length]) => {
      const { view } = (document.querySelector('.cm-content') as Content).cmTile
      const anchor = view.state.doc.toString().indexOf(words) + after
      view.focus()
      view.dispatch({ selection: { anchor, head: anchor + length }, scrollIntoView: true })
    },
    [words, after, length] as const,
  )

/** The text with the cursor as “|” in it, or what is selected. */
export const cursor = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { state } = (document.querySelector('.cm-content') as Content).cmTile.view
    const { from, to } = state.selection.main
    const text = state.doc.toString()
    return from === to ? `${text.slice(0, from)}|${text.slice(from)}` : text.slice(from, to)
  })
