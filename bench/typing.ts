// Typing into a page of 200 kB while nineteen others type into it, and reading along: npm run bench:typing. Prints what
// it costs the browser's main thread, beside the same alone; fails when a frame takes it more than 50 ms of processor time.

import type { Browser, Page } from 'playwright-core'
import { browser, windowOf } from '../tests/support/browser.ts'
import type { Client } from '../tests/support/client.ts'
import { type ServerProcess, serverProcess } from '../tests/support/process.ts'
import { network } from '../tests/support/proxy.ts'
import { crowd } from './lib/crowd.ts'
import { type Watched, watch } from './lib/frames.ts'

const LONG = 200_000
const OTHERS = 19
/** Keys of each of the others in a second. */
const PACE = 5
const LETTERS = 150
/** Milliseconds that every byte is late. */
const LATE = 200
/** Milliseconds. */
const FRAME_MAX = 50
/** Milliseconds that somebody reads along. */
const READING = 10_000

/** A text of about this many characters, like those that people write. */
function text(length: number, tables = false): string {
  const paragraph =
    'every loaf starts with the *same* starter, kept alive since 2019, and `code` in it, with a [link](https://example.org) besides. '
  const parts: string[] = []
  for (let i = 0, size = 0; size < length; i++) {
    const part =
      i % 12 === 0
        ? `## Section ${i / 12 + 1}`
        : i % 12 === 5 && tables
          ? `| a | b |\n| --- | --- |\n| **${i}** | [[Page ${i}]] |`
          : i % 12 === 7
            ? '- one **bold** item\n- another with [[Starter care]]\n- [ ] a task'
            : `Paragraph ${i}: ${paragraph.repeat(3)}`
    parts.push(part)
    size += part.length + 2
  }
  return parts.join('\n\n')
}

/** Where it all happens. */
interface Place {
  server: ServerProcess
  chrome: Browser
  /** The one who is watched, on a line that is late. */
  ada: Client
}

let made = 0

/** Does something in a page of this text that so many others type into, and watches the window meanwhile. */
async function watched(
  { server, chrome, ada }: Place,
  content: string,
  others: number,
  act: (page: Page) => Promise<void>,
  write = true,
) {
  const { id, path } = await ada.post('page:create', { title: `Long page ${++made}`, content })
  const people = others > 0 ? await crowd(server.url, id, others, PACE) : null
  const { page, context } = await windowOf(chrome, ada)
  await page.goto(path)
  if (write) {
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    await page.locator('save-light', { hasText: 'Saved' }).waitFor()
    await page.locator('.cm-content').click({ position: { x: 200, y: 200 } })
  }
  people?.go()
  // Past the first edit, at which more is loaded.
  if (people)
    await page
      .locator(write ? '.remote' : 'article p', write ? {} : { hasText: /x{3}/ })
      .first()
      .waitFor()
  const end = await watch(page)
  await act(page)
  const seen = await end()
  await people?.end()
  await context.close()
  return seen
}

async function type(page: Page): Promise<void> {
  for (let i = 0; i < LETTERS; i++) await page.keyboard.type(i % 6 === 5 ? ' ' : 'a', { delay: 40 })
}

const at = (sorted: number[], part: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
const ms = (value: number) => `${value.toFixed(1)} ms`

function print(
  title: string,
  { seconds, frames, long, echoes, waited, busy, scripts, layout, pixels }: Watched,
): boolean {
  const over = frames.filter(time => time > FRAME_MAX).length
  const rising = [...frames].reverse()
  console.log(`\n${title}`)
  console.log(
    `  frames                 ${frames.length} in ${seconds.toFixed(1)} s; processor time of each: p50 ${ms(at(rising, 0.5))}, p99 ${ms(at(rising, 0.99))}, most ${ms(at(rising, 1))}`,
  )
  console.log(
    `  main thread            ${busy.toFixed(0)} ms a second: scripts ${scripts.toFixed(0)}, style and layout ${layout.toFixed(0)}; pixels, beside it, ${pixels.toFixed(0)}`,
  )
  if (echoes.length > 0)
    console.log(
      `  key to next frame      p50 ${ms(at(echoes, 0.5))}, p99 ${ms(at(echoes, 0.99))}; keys that waited for anything: ${waited}`,
    )
  console.log(`  over ${FRAME_MAX} ms             ${over} by processor time, ${long.length} on the wall`)
  for (const { duration, scripts } of long.sort((a, b) => b.duration - a.duration).slice(0, 2)) {
    console.log(`    ${duration.toFixed(0)} ms on the wall, in scripts:`)
    for (const { source, duration, layout } of scripts.sort((a, b) => b.duration - a.duration).slice(0, 3))
      console.log(`      ${duration.toFixed(0).padStart(4)} ms (layout ${layout.toFixed(0)}) ${source}`)
  }
  return over === 0 && waited === 0
}

/** Runs all of it once. */
export async function main(): Promise<void> {
  await using server = await serverProcess({ RATE_LIMITS: 'off' })
  await using line = await network(server.url, { delay: LATE })
  const chrome = await browser()
  const registered = server.client()
  await registered.post('user:register', { username: 'ada', password: 'ada likes bread' })
  const place = { server, chrome, ada: registered.at(line.url) }
  console.log(`${LETTERS} letters at 20 a second into ${LONG / 1000} kB, on a line that is ${LATE} ms late each way`)
  const alone = await watched(place, text(LONG), 0, type)
  const beside = await watched(place, text(LONG), OTHERS, type)
  const short = await watched(place, text(3_000, true), 0, type)
  const tables = await watched(place, text(LONG, true), 0, type)
  const reading = await watched(place, text(LONG), OTHERS + 1, page => page.waitForTimeout(READING), false)
  const crowded = `${OTHERS} people at ${PACE} keys a second`
  const good = [
    print('Alone (what the browser, drawing in software, takes for itself)', alone),
    print(`Beside ${crowded}`, beside),
    print('Alone, on a short page', short),
    print('Alone, among a hundred tables', tables),
    print(`Reading along, in the same thread, ${OTHERS + 1} people at ${PACE} keys a second`, reading),
  ]
  const middle = ({ frames }: Watched) => at([...frames].reverse(), 0.5)
  console.log(
    `\nA frame among a hundred tables takes ${(middle(tables) / middle(short)).toFixed(1)} times as long as on a short page`,
  )
  console.log(
    `Long on the wall even alone: ${alone.long.length} of ${alone.frames.length} frames; beside the others: ${beside.long.length} of ${beside.frames.length}`,
  )
  if (good.includes(false)) process.exitCode = 1
  await chrome.close()
}
