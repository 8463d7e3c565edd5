// Pictures of every screen in light, dark and on a phone, with two people and real text: npm run shots [NAME …].
// They lie in shots/, which git does not keep.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { browser } from '../tests/support/browser.ts'
import { furnish, openScreen, SCREENS } from '../tests/support/screens.ts'
import { world } from '../tests/support/world.ts'

const FOLDER = join(import.meta.dirname, '../shots')

const LOOKS = {
  light: { viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
} as const

/** Takes those whose name is given, or all. */
export async function main(): Promise<void> {
  const names = process.argv.slice(2)
  await mkdir(FOLDER, { recursive: true })
  await using w = await world()
  const chrome = await browser()
  const wiki = await furnish(w)
  for (const screen of SCREENS.filter(({ name }) => names.length === 0 || names.includes(name)))
    for (const [look, options] of Object.entries(LOOKS)) {
      try {
        const { page } = await openScreen(screen, { wiki, browser: chrome }, options)
        await page.evaluate(() => document.fonts.ready)
        await page.screenshot({ path: join(FOLDER, `${screen.name}-${look}.png`), animations: 'disabled' })
      } catch (error) {
        console.error(`${screen.name}-${look}: ${(error as Error).message.split('\n', 1)[0]}`)
        process.exitCode = 1
      }
      for (const context of chrome.contexts()) await context.close()
    }
  await chrome.close()
  console.log(`The pictures are in ${FOLDER}`)
}
