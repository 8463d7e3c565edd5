// The thread in which large articles are drawn; see article-thread.ts, which gives it its work.

import '../../shared/emoji-names.ts'
import { parentPort } from 'node:worker_threads'
import type { Answer, Work } from './article-thread.ts'
import { Drawer } from './drawing.ts'

const drawer = new Drawer()

parentPort!.on('message', (work: Work) => {
  let answer: Answer
  try {
    const { key, content } = work
    const value = work.found ? drawer.draw(key, content, work.leaf, work.found) : drawer.read(key, content)
    answer = { value }
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) }
  }
  parentPort!.postMessage(answer)
})
