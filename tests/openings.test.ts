// What thousands of openings leave behind in the server's memory: nothing.

import { expect, test } from 'vitest'
import { serverProcess } from './support/process.ts'
import { Replica } from './support/replica.ts'

// The long form, `npm run test:chaos`, opens ten thousand times.
const long = import.meta.env.MODE === 'long'
const OPENINGS = long ? 10_000 : 600

/** Collects what is garbage, and tells how much is left, in kB. */
const WATCH = `process.on('SIGUSR2', () => {
  gc(); gc()
  setTimeout(() => {
    gc()
    const { heapUsed, external, rss } = process.memoryUsage()
    process.stderr.write('HEAP ' + Math.round((heapUsed + external) / 1024) + ' ' + Math.round(rss / 1024) + ' ;')
  }, 50)
})`

test('thousands come and go, say goodbye or not: the heap is as it was, and the log has not grown', {
  timeout: 900_000,
}, async () => {
  await using server = await serverProcess(
    { RATE_LIMITS: 'off', LOG_LEVEL: 'error' },
    { node: ['--expose-gc', '--import', `data:text/javascript,${encodeURIComponent(WATCH)}`] },
  )
  const told = async () => {
    const before = server.output.length
    process.kill(server.pid!, 'SIGUSR2')
    for (;;) {
      const found = /HEAP (\d+) (\d+) ;/.exec(server.output.slice(before))
      if (found) return { heap: Number(found[1]), rss: Number(found[2]) }
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }
  const ada = server.client()
  await ada.post('user:register', { username: 'ada', password: 'comes and goes again' })
  const pages: number[] = []
  for (let i = 0; i < 20; i++)
    pages.push((await ada.post('page:create', { title: `Page ${i}`, content: 'Words. '.repeat(2_000) })).id)
  const writer = await new Replica(ada.at(server.url), pages[0]!).open()
  writer.text.insert(0, 'One edit. ')
  await writer.settled()
  const { seq } = writer
  writer.close()
  const open = async (count: number) => {
    let left = count
    const one = async () => {
      while (left-- > 0) {
        const client = ada.at(server.url)
        const page = pages[left % pages.length]!
        const { presence } = await client.ask('page:open', { page })
        if (left % 3 === 0) await client.ask('page:close', { page, presence })
        // Every fifth line breaks without a word.
        if (left % 5 === 0) (await client.socket()).io.engine.close()
        client.hangUp()
      }
    }
    await Promise.all(Array.from({ length: 10 }, one))
  }
  // What is made once, such as compiled code and rooms that stay for half a minute, is made before.
  await open(long ? 1_000 : 300)
  const before = await told()
  await open(OPENINGS)
  const after = await told()
  const each = ((after.heap - before.heap) * 1024) / OPENINGS
  console.log(
    `${OPENINGS} openings: heap ${before.heap} → ${after.heap} kB (${each.toFixed(0)} bytes each), resident ${before.rss} → ${after.rss} kB`,
  )
  // A socket that is kept by mistake is some 20 kB.
  expect(after.heap - before.heap).toBeLessThan(long ? 10_000 : 4_000)
  const last = await new Replica(ada, pages[0]!).open()
  expect(last.seq).toBe(seq)
  last.close()
})
