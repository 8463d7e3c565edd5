import { expect, test } from 'vitest'
import { refusal } from './support/client.ts'
import { world } from './support/world.ts'

const words = (count: number, name: string) =>
  Array.from({ length: count }, (_, i) => `${name}${(i * i) % 4_999}${i % 12 === 11 ? '\n' : ''}`).join(' ')

test('rewriting a long page costs more than rewriting a short one, and who asks too much is told when to come back', async () => {
  await using w = await world({ limits: { rates: { write: { points: 40, seconds: 60 } } } })
  const ada = await w.person('ada')
  const short = await ada.post('page:create', { title: 'Short', content: 'Rye 1.30\n' })
  const long = await ada.post('page:create', { title: 'Long', content: words(60_000, 'rye') })
  for (let i = 0; i < 10; i++) await ada.post('page:edit', { page: short.id, edits: [{ append: `Line ${i}.` }] })
  const again = () => ada.post('page:edit', { page: long.id, edits: [{ append: 'One more.' }] })
  await again()
  await again()
  const error = await refusal(again())
  expect(error.code).toBe('busy')
  expect(error.details.retryAfter).toBeGreaterThan(0)
})

test('a long page that is rewritten altogether reads as it was sent, and nobody else waits for it long', async () => {
  await using w = await world()
  const ada = await w.person('ada')
  const content = `# Flour\n\n## Notes\n\n${words(70_000, 'a')}\n\n## Prices\n\nRye 1.30\n`
  const { id } = await ada.post('page:create', { title: 'Flour', content })
  const set = words(70_000, 'b').trim()
  let longest = 0
  let last = performance.now()
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }, 5)
  await ada.post('page:edit', { page: id, edits: [{ section: 'Notes', set }] })
  clearInterval(timer)
  expect((await ada.post('page:read', { page: id })).content).toBe(
    `# Flour\n\n## Notes\n\n${set}\n\n## Prices\n\nRye 1.30\n`,
  )
  expect(longest).toBeLessThan(700)
})

test('more edits at once than a page of this size bears are refused whole', async () => {
  await using w = await world()
  const ada = await w.person('ada')
  const content = words(70_000, 'a')
  const { id } = await ada.post('page:create', { title: 'Flour', content })
  const edits = Array.from({ length: 20 }, (_, i) => ({ append: `Line ${i}.` }))
  const error = await refusal(ada.post('page:edit', { page: id, edits }))
  expect(error.code).toBe('too_large')
  expect((await ada.post('page:read', { page: id })).content).toBe(content)
})
