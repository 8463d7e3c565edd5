// Lighthouse on a long page, as a guest on a phone sees it: npm run bench:lighthouse. Fails below 95.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import chromium from '@sparticuz/chromium'
import lighthouse from 'lighthouse'
import { chromium as playwright } from 'playwright-core'
import { freePort } from '../tests/support/process.ts'
import { world } from '../tests/support/world.ts'

const CATEGORIES = ['performance', 'accessibility', 'best-practices']
const LEAST = 95

/** Prints the scores, and what cost points. */
export async function main(): Promise<void> {
  await using w = await world()
  const ada = await w.person('ada')
  const README = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
  const { path } = await ada.post('page:create', { title: 'A long page', content: `${README}\n\n`.repeat(4) })
  const port = await freePort()
  const chrome = await playwright.launch({
    executablePath: await chromium.executablePath(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', `--remote-debugging-port=${port}`],
  })
  try {
    const result = await lighthouse(w.url + path, { port, onlyCategories: CATEGORIES, logLevel: 'error' })
    const { categories, audits } = result!.lhr
    for (const name of CATEGORIES) {
      const { title, score, auditRefs } = categories[name]!
      const points = Math.round((score ?? 0) * 100)
      console.log(`${points < LEAST ? 'UNDER' : '     '} ${title.padEnd(16)} ${points}`)
      if (points < LEAST) process.exitCode = 1
      for (const { id, weight } of auditRefs) {
        const audit = audits[id]!
        if (weight > 0 && audit.score !== null && audit.score < 0.95)
          console.log(`        ${audit.title}: ${audit.displayValue ?? ''}`)
      }
    }
  } finally {
    await chrome.close()
  }
}
