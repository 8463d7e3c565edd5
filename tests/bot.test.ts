import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import type { EventName, Payload } from '../shared/protocol.ts'
import { Replica } from './support/replica.ts'
import { world } from './support/world.ts'

const BOT = join(import.meta.dirname, '../bots/listen.py')
const python = spawnSync('python3', ['--version']).status === 0
if (!python) console.warn('SKIPPED: the bot in another language. Install python3 (any version from 3.8) to run it.')

test.skipIf(!python)(
  'a script in another language makes a page, changes it while people type, and hears all that happens',
  async () => {
    await using w = await world()
    const ada = await w.person('ada')
    await w.person('price-bot')
    const bot = spawn('python3', [BOT, 'price-bot', 'price-bot likes bread', 'Flour prices'], {
      env: { ...process.env, CHORUS_URL: w.url },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const lines = createInterface({ input: bot.stdout })[Symbol.asyncIterator]()
      const line = async () => JSON.parse((await lines.next()).value as string) as Record<string, unknown>
      const first = (await line()) as { page: number; content: string }
      expect(first.content).toBe('# Prices\n\nRye: 1.32\n')
      const until = async <E extends EventName>(event: E, fits: (payload: Payload<E>) => boolean) => {
        for (;;) {
          const heard = (await line()) as { event: EventName; payload: Payload<E> }
          if (heard.event === event && fits(heard.payload)) return heard.payload
        }
      }
      const a = await new Replica(ada, first.page).open()
      expect((await until('page:joined', ({ who }) => who.person.username === 'ada')).page).toBe(first.page)
      a.text.insert(a.text.length, 'Spelt: 2.05\n')
      await a.settled()
      const { edits } = await until('page:pushed', ({ edits }) => edits.some(edit => edit.user === ada.user!.id))
      expect(edits.length).toBeGreaterThan(0)
      expect((await until('page:updated', ({ page }) => page.id === first.page)).page.editor.username).toBe('ada')
      await ada.post('page:create', { title: 'Opening hours' })
      await until('page:created', ({ page }) => page.title === 'Opening hours')
      await ada.post('page:rename', { page: first.page, title: 'Flour and grain prices' })
      expect((await until('page:renamed', () => true)).from).toBe('Flour prices')
      await w.person('linus')
      await until('user:registered', ({ user }) => user.username === 'linus')
      a.close()
    } finally {
      await ended(bot)
    }
  },
)

async function ended(bot: ChildProcess): Promise<void> {
  if (bot.exitCode !== null) return
  const gone = once(bot, 'exit')
  bot.kill('SIGKILL')
  await gone
}
