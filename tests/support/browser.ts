// A real Chromium, from the npm package that carries one: nothing needs to be installed on the machine.
// browser · signIn · axe

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import chromium from '@sparticuz/chromium'
import { type Browser, type BrowserContext, type Page, chromium as playwright } from 'playwright-core'
import type { Client } from './client.ts'

/** Starts a browser. Its own default arguments crash on the second page; these do not. */
export async function browser(): Promise<Browser> {
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
  })
}

/** A window of its own for this person, already signed in by their cookie. */
export async function windowOf(
  browser: Browser,
  client: Client,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ context: BrowserContext; page: Page; problems: string[] }> {
  const context = await browser.newContext({ baseURL: client.url, viewport: { width: 1280, height: 860 }, ...options })
  const [name = '', ...value] = client.cookie.split('=')
  if (name)
    await context.addCookies([{ name, value: value.join('='), url: client.url, httpOnly: true, sameSite: 'Lax' }])
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', error => problems.push(`error: ${error.message}`))
  page.on('console', message => {
    if (/Content Security Policy|Trusted ?Types|violates/i.test(message.text())) problems.push(message.text())
  })
  return { context, page, problems }
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds wrong with what is on the screen, one line each; by all rules, or by these. */
export async function axe(page: Page, rules?: string[]): Promise<string[]> {
  // Run in a world of its own through the debugger, which the page's policy does not reach.
  const session = await page.context().newCDPSession(page)
  const evaluate = async (expression: string) => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value as unknown
  }
  await evaluate(axeSource)
  const runOnly = rules ?? ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
  const look = () =>
    evaluate(
      `axe.run(document, { runOnly: ${JSON.stringify(runOnly)} })
         .then(({ violations }) => violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.target.join(' ') + ' — ' + (n.failureSummary ?? v.help))))`,
    ) as Promise<string[]>
  // axe cannot name what is drawn anew while it looks, and throws: then the page is looked at again, whole.
  const found = await look().catch(look).catch(look)
  await session.detach()
  return found
}
