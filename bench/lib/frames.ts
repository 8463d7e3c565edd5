// What a browser's main thread is busy with: the processor time of every frame, and long frames with whose scripts they are.
// Frame · Watched · watch

import type { CDPSession, Page } from 'playwright-core'

/** A long animation frame as the page itself sees it, in milliseconds of the clock on the wall. */
export interface Frame {
  duration: number
  scripts: { source: string; duration: number; layout: number }[]
}

/** What was seen of a page for a while. Times are milliseconds; rates are those in a second. */
export interface Watched {
  seconds: number
  /** The main thread's own processor time in each frame, largest first: other programs and waiting do not count. */
  frames: number[]
  /** Frames that took longer than 50 ms on the wall, whoever's they are. */
  long: Frame[]
  /** From a key to the beginning of the next frame, on the wall, smallest first. */
  echoes: number[]
  /** Keys that were not in the text before anything else happened. */
  waited: number
  /** Processor time: of the main thread, of scripts, style and layout in it, and of drawing pixels beside it. */
  busy: number
  scripts: number
  layout: number
  pixels: number
}

interface Seen extends Pick<Watched, 'long' | 'echoes' | 'waited'> {}

/** Watches a page until the returned function is called. */
export async function watch(page: Page): Promise<() => Promise<Watched>> {
  await page.evaluate(observe)
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const before = await metrics(session)
  const endTrace = await trace(session)
  return async () => {
    const after = await metrics(session)
    const { frames, pixels } = await endTrace()
    const { long, echoes, waited } = await page.evaluate(() => (window as unknown as { seen: Seen }).seen)
    await session.detach()
    const seconds = (after.at - before.at) / 1000
    const rate = (...names: string[]) =>
      names.reduce((sum, name) => sum + ((after.values.get(name) ?? 0) - (before.values.get(name) ?? 0)), 0) / seconds
    return {
      seconds,
      frames,
      long,
      echoes: echoes.sort((a, b) => a - b),
      waited,
      busy: rate('TaskDuration') * 1000,
      scripts: rate('ScriptDuration') * 1000,
      layout: rate('LayoutDuration', 'RecalcStyleDuration') * 1000,
      pixels: pixels / seconds,
    }
  }
}

/** Runs in the page. */
function observe(): void {
  const seen: Seen = { long: [], echoes: [], waited: 0 }
  Object.assign(window, { seen })
  interface Entry extends PerformanceEntry {
    scripts: {
      sourceURL: string
      sourceFunctionName: string
      invoker: string
      duration: number
      forcedStyleAndLayoutDuration: number
    }[]
  }
  new PerformanceObserver(list => {
    for (const { duration, scripts } of list.getEntries() as Entry[])
      seen.long.push({
        duration,
        scripts: scripts.map(one => ({
          source: `${one.invoker.replace(/^https?:.*\//, '')} in ${one.sourceURL.split('/').at(-1)} ${one.sourceFunctionName}`,
          duration: one.duration,
          layout: one.forcedStyleAndLayoutDuration,
        })),
      })
  }).observe({ type: 'long-animation-frame' })
  const listen = (name: string, hear: () => void) => document.addEventListener(name, hear, { capture: true })
  listen('keydown', () => {
    const from = performance.now()
    requestAnimationFrame(() => seen.echoes.push(performance.now() - from))
  })
  listen('beforeinput', () => {
    const text = document.querySelector('page-editor') as (HTMLElement & { text: string }) | null
    const before = text?.text
    const next = new MessageChannel()
    next.port2.onmessage = () => {
      if (text?.text === before) seen.waited++
    }
    next.port1.postMessage(null)
  })
}

async function metrics(session: CDPSession) {
  const { metrics } = await session.send('Performance.getMetrics')
  return { at: performance.now(), values: new Map(metrics.map(({ name, value }) => [name, value])) }
}

/** What Chromium writes of one event; times in microseconds. */
interface Traced {
  name: string
  ph: string
  pid: number
  tid: number
  ts: number
  dur?: number
  tdur?: number
  args?: { name?: string }
  id2?: { local?: string }
}

/** Begins a trace; what is returned ends it. */
async function trace(session: CDPSession): Promise<() => Promise<{ frames: number[]; pixels: number }>> {
  const events: Traced[] = []
  session.on('Tracing.dataCollected', ({ value }) => void events.push(...(value as unknown as Traced[])))
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'] },
  })
  return async () => {
    const complete = new Promise(resolve => session.once('Tracing.tracingComplete', resolve))
    await session.send('Tracing.end')
    await complete
    const main = new Set(
      events
        .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
        .map(({ pid, tid }) => `${pid} ${tid}`),
    )
    const tasks = events.filter(({ name, pid, tid }) => name === 'RunTask' && main.has(`${pid} ${tid}`))
    const pixels = events.filter(({ name }) => name === 'RasterTask').reduce((sum, { tdur = 0 }) => sum + tdur, 0)
    return { frames: framesOf(events, tasks).sort((a, b) => b - a), pixels: pixels / 1000 }
  }
}

/** The processor time of the tasks in each frame. */
function framesOf(events: Traced[], tasks: Traced[]): number[] {
  const begun = new Map<string, number>()
  const frames: { from: number; to: number }[] = []
  for (const { name, ph, ts, pid, id2 } of events
    .filter(({ name }) => name === 'AnimationFrame')
    .sort((a, b) => a.ts - b.ts)) {
    const key = `${pid} ${name} ${id2?.local}`
    if (ph === 'b') begun.set(key, ts)
    const from = begun.get(key)
    if (ph === 'e' && from !== undefined) frames.push({ from, to: ts })
  }
  return frames.map(
    ({ from, to }) =>
      tasks.filter(({ ts, dur = 0 }) => ts < to && ts + dur > from).reduce((sum, { tdur = 0 }) => sum + tdur, 0) / 1000,
  )
}
