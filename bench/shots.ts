// Pictures of every screen in light, dark and on a phone, with two people and real text: npm run shots [NAME …].
// They lie in shots/, which git does not keep, or in the folder that SHOTS names.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { browser, windowOf } from '../tests/support/browser.ts'
import { type Furnished, furnish } from '../tests/support/furnished.ts'
import { openScreen, pointBehind, SCREENS } from '../tests/support/screens.ts'
import { world } from '../tests/support/world.ts'

const README = join(import.meta.dirname, '../docs/editing.png')

/** Screens that are also looked at on a wide screen and with more contrast. */
const VARIED = /^(home|reading|editing-together|palette|profile)$/

type Media = Parameters<Page['emulateMedia']>[0]

const FOLDER = process.env.SHOTS ?? join(import.meta.dirname, '../shots')

/** How a screen is looked at; those of one window are taken one after the other, without opening it anew. */
const WINDOWS: {
  options: Parameters<Browser['newContext']>[0]
  looks: { name: string; media: Media; only?: RegExp }[]
}[] = [
  {
    options: { viewport: { width: 1440, height: 900 } },
    looks: [
      { name: 'light', media: { colorScheme: 'light' } },
      { name: 'dark', media: { colorScheme: 'dark' } },
      { name: 'contrast', media: { colorScheme: 'light', contrast: 'more' }, only: VARIED },
      { name: 'forced', media: { forcedColors: 'active', contrast: null }, only: VARIED },
    ],
  },
  {
    options: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
    looks: [{ name: 'phone', media: {} }],
  },
  {
    options: { viewport: { width: 794, height: 1123 } },
    looks: [{ name: 'print', media: { media: 'print' }, only: /^(everything|reading)$/ }],
  },
  {
    options: { viewport: { width: 1920, height: 1080 } },
    looks: [{ name: 'wide', media: {}, only: VARIED }],
  },
]

/** The README's picture: three people write one page. */
async function readme(wiki: Furnished, chrome: Browser): Promise<void> {
  const linus = await wiki.world.person('linus')
  const [mine, ...others] = await Promise.all(
    [wiki.ada, wiki.grace, linus].map(async who => {
      const { page } = await windowOf(chrome, who, { viewport: { width: 1280, height: 890 }, deviceScaleFactor: 1.5 })
      await page.goto(wiki.path)
      await page.getByRole('button', { name: 'Edit', exact: true }).click()
      await page.locator('.cm-content[contenteditable=true]').waitFor()
      return page
    }),
  )
  // Names stand above the first lines of paragraphs, where no words are.
  await pointBehind(others[1]!, 'In summer, ', -'keep it in the [[proofing cellar]] and shorten the interval'.length)
  await pointBehind(others[0]!, 'By weight: one part starter')
  await others[0]!.keyboard.type(' (ri')
  await pointBehind(mine!, 'shows it at once.')
  for (const section of ['Feeding the starter', 'Ratios'])
    await mine!.locator('here-now', { hasText: `writing in ${section}` }).waitFor()
  // They are shown beside carets that have just moved.
  await others[1]!.keyboard.press('Shift+ArrowLeft')
  await others[0]!.keyboard.type('pe)')
  await mine!.locator('.cm-line', { hasText: 'starter (ripe)' }).waitFor()
  const png = await mine!.screenshot()
  await sharp(png).png({ palette: true, colours: 160, dither: 0.4 }).toFile(README)
  console.log(`The README's picture is ${README}`)
}

/** Takes those whose name is given, or all; `readme` is the README's. */
export async function main(): Promise<void> {
  const names = process.argv.slice(2)
  await mkdir(FOLDER, { recursive: true })
  await using w = await world()
  const chrome = await browser()
  const wiki = await furnish(w, names.includes('readme') ? 0 : undefined)
  if (names.includes('readme')) await readme(wiki, chrome)
  else await takeAll(wiki, chrome, names)
  await chrome.close()
}

async function takeAll(wiki: Furnished, chrome: Browser, names: string[]): Promise<void> {
  for (const screen of SCREENS.filter(({ name }) => names.length === 0 || names.includes(name)))
    for (const { options, looks } of WINDOWS) {
      const wanted = looks.filter(({ only }) => only?.test(screen.name) ?? true)
      if (wanted.length === 0) continue
      try {
        const { page } = await openScreen(screen, { wiki, browser: chrome }, options)
        await page.evaluate(() => document.fonts.ready.then(() => null))
        for (const { name, media } of wanted) {
          await page.emulateMedia(media)
          await page.screenshot({
            path: join(FOLDER, `${screen.name}-${name}.png`),
            fullPage: name === 'print',
            animations: 'disabled',
          })
        }
      } catch (error) {
        console.error(`${screen.name}: ${(error as Error).message.split('\n', 1)[0]}`)
        process.exitCode = 1
      }
      for (const context of chrome.contexts()) await context.close()
    }
  console.log(`The pictures are in ${FOLDER}`)
}
