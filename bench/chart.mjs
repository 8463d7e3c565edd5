// The results of a run as one SVG, legible on light and dark paper: how p99 grows with people, how a wiki's size is felt.
// chart

import { NAMES } from './tables.mjs'

const [WIDTH, HEIGHT, LEFT, TOP] = [400, 240, 56, 44]
const COLOURS = {
  chorus: '#c2410c',
  hocuspocus: '#2563eb',
  ywebsocket: '#0d9488',
  'relay-sio': '#9333ea',
  'relay-ws': '#6b7280',
}
const SIZES = { start: '#c2410c', view: '#2563eb', home: '#0d9488', list: '#9333ea', tree: '#6b7280' }
const SIZE_NAMES = {
  start: 'start to first page',
  view: 'page view, made',
  home: 'home, made',
  list: 'page list',
  tree: 'a branch of the tree',
}

const text = (x, y, words, more = '') => `<text x="${x}" y="${y}" ${more}>${words}</text>`

/** A panel with logarithmic axes; lines are { name, colour, points: [x, y][] }. */
function panel(x0, title, lines, xTicks, yTicks, unit) {
  const scale = (ticks, from, to) => value => {
    const [low, high] = [Math.log(ticks[0]), Math.log(ticks.at(-1))]
    return from + ((Math.log(value) - low) / (high - low)) * (to - from)
  }
  const x = scale(xTicks, x0 + LEFT, x0 + LEFT + WIDTH)
  const y = scale(yTicks, TOP + HEIGHT, TOP)
  const grid = yTicks.map(
    tick =>
      `<line x1="${x0 + LEFT}" x2="${x0 + LEFT + WIDTH}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}" class="grid"/>` +
      text(x0 + LEFT - 8, y(tick) + 4, `${tick.toLocaleString('en')} ms`, 'text-anchor="end"'),
  )
  const below = xTicks.map(tick =>
    text(x(tick).toFixed(1), TOP + HEIGHT + 20, tick.toLocaleString('en'), 'text-anchor="middle"'),
  )
  const drawn = lines
    .filter(({ points }) => points.length > 0)
    .map(({ name, colour, points }, i) => {
      const path = points.map(([a, b]) => `${x(a).toFixed(1)},${y(Math.max(b, yTicks[0])).toFixed(1)}`)
      const dots = path.map(
        point => `<circle cx="${point.split(',')[0]}" cy="${point.split(',')[1]}" r="3.5" fill="${colour}"/>`,
      )
      const key = `<rect x="${x0 + LEFT + (i % 3) * 140}" y="${TOP + HEIGHT + 52 + Math.floor(i / 3) * 20}" width="12" height="12" rx="2" fill="${colour}"/>`
      const words = text(x0 + LEFT + 18 + (i % 3) * 140, TOP + HEIGHT + 62 + Math.floor(i / 3) * 20, name)
      return `<polyline points="${path.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}${key}${words}`
    })
  const under = text(x0 + LEFT + WIDTH / 2, TOP + HEIGHT + 38, unit, 'text-anchor="middle" class="soft"')
  return [text(x0 + LEFT, 24, title, 'class="title"'), ...grid, ...below, under, ...drawn].join('\n')
}

export function chart({ rows }) {
  const of = measure => rows.filter(row => row.measure === measure && !row.failed)
  const all = of('latency').filter(row => row.writers === row.n && row.p99)
  const people = Object.entries(COLOURS).map(([driver, colour]) => ({
    name: NAMES[driver],
    colour,
    points: all.filter(row => row.driver === driver).map(row => [row.n, row.p99]),
  }))
  const sizes = Object.entries(SIZES).map(([key, colour]) => ({
    name: SIZE_NAMES[key],
    colour,
    points: of('size').map(row => [row.pages, row[key]]),
  }))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 366" role="img" aria-label="How latency grows with people, and time with pages">
<style>text{font:12px system-ui,sans-serif;fill:#3b3a36}.title{font-weight:600;font-size:14px}.soft{fill:#77746b}.grid{stroke:#d8d4c8;stroke-width:1}.paper{fill:#fbfaf6}@media(prefers-color-scheme:dark){text{fill:#dcd9d0}.soft{fill:#98958c}.grid{stroke:#3c3f45}.paper{fill:#1d1f23}}</style>
<rect class="paper" width="960" height="366" rx="8"/>
${panel(0, 'Typed to seen on every other screen, p99', people, [2, 10, 100, 1_000], [1, 10, 100, 1_000, 10_000], 'people on one page, each typing 5 keys a second')}
${panel(480, 'A larger wiki', sizes, [100, 1_000, 10_000, 100_000], [1, 10, 100, 1_000], 'pages')}
</svg>
`
}
