// Lighthouse on a long page, as a guest on a phone sees it: npm run bench:lighthouse. Fails below 95.
// Lighthouse is as large as all else together, so that npm fetches it only when this runs.

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import chromium from '@sparticuz/chromium'
import { chromium as playwright } from 'playwright-core'
import { freePort } from '../tests/support/process.ts'
import { world } from '../tests/support/world.ts'

const CATEGORIES = ['performance', 'accessibility', 'best-practices']
const LEAST = 95
/** The last for Node 20. */
const PACKAGE = 'lighthouse@12.8.2'
/** The whole report lies here; git does not keep it. */
const RESULTS = join(import.meta.dirname, 'results')

/** What Lighthouse says, as far as it is read here. */
interface Report {
  categories: Record<string, { title: string; score: number | null; auditRefs: { id: string; weight: number }[] }>
  audits: Record<string, { title: string; score: number | null; displayValue?: string }>
  environment: { benchmarkIndex: number }
}

/** Runs it as it comes, as on a phone, in the browser that listens on this port. */
async function measure(url: string, port: number, categories = CATEGORIES): Promise<Report> {
  const only = `--only-categories=${categories.join()}`
  const given = ['--yes', PACKAGE, url, `--port=${port}`, '--output=json', '--quiet', only]
  const { stdout } = await promisify(execFile)('npx', given, { maxBuffer: 64 * 1024 * 1024 })
  await mkdir(RESULTS, { recursive: true })
  await writeFile(join(RESULTS, 'lighthouse.json'), stdout)
  return JSON.parse(stdout) as Report
}

/** Prints the scores, and what cost points. */
export async function main(): Promise<void> {
  await using w = await world()
  const ada = await w.person('ada')
  const README = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
  // Its pictures are not in this wiki.
  const content = `${README.replace(/^!\[.*\n/gm, '')}\n\n`.repeat(4)
  const { path } = await ada.post('page:create', { title: 'A long page', content })
  const port = await freePort()
  const chrome = await playwright.launch({
    executablePath: await chromium.executablePath(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', `--remote-debugging-port=${port}`],
  })
  try {
    // The first run also warms the server up.
    await measure(w.url + path, port, ['best-practices'])
    const { categories, audits, environment } = await measure(w.url + path, port)
    console.log(`A phone, by Lighthouse’s own settings; this machine is ${environment.benchmarkIndex} on its index.`)
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
