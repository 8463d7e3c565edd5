// The results of a run as Markdown.
// NAMES · tables

/** How each server is called. */
export const NAMES = {
  chorus: 'Chorus',
  hocuspocus: 'Hocuspocus 4',
  ywebsocket: 'y-websocket',
  'relay-sio': 'bare Socket.IO relay',
  'relay-ws': 'bare ws relay',
  express: 'Express 5, “hello”',
  node: 'bare node, “hello”',
}

const load = ({ loadCpu, othersCpu }) => `${loadCpu >= 90 ? ' †' : ''}${othersCpu > 20 ? ' °' : ''}`
const ms = value =>
  value === null || value === undefined ? '–' : value >= 1_000 ? `${(value / 1000).toFixed(1)} s` : `${value} ms`

const SECTIONS = [
  {
    measure: 'latency',
    title: 'From the key to every other screen, one page, 5 keys a second each',
    columns: ({ n, writers }) => (writers && writers < n ? `${n}, ${writers} type` : `${n} type`),
    cell: row =>
      `${ms(row.p50)} / ${ms(row.p99)}, ${row.serverCpu} %${row.lost ? `, ${row.lost} missing` : ''}${load(row)}`,
    note: 'p50 / p99, and the server’s share of a core.',
  },
  {
    measure: 'throughput',
    title: 'Updates a second, one writer and one watcher on each page',
    columns: ({ docs }) => (docs === 1 ? '1 page' : `${docs} pages`),
    cell: row => `${row.perSecond.toLocaleString('en')} (${row.micros} µs of CPU each)${load(row)}`,
  },
  {
    measure: 'join',
    title: 'A page of 260,000 edits',
    columns: () => 'first join after a restart; 100 at once without / with a copy',
    cell: row => `${ms(row.first)}; ${ms(row.cold)} / ${ms(row.warm)}${row.complete ? '' : ' (incomplete!)'}`,
  },
  {
    measure: 'memory',
    title: 'Memory of an idle client',
    columns: ({ docs, clients }) => `${clients} on ${docs === 1 ? 'one page' : `${docs} pages`}`,
    cell: row => `${row.kB} kB${row.dropped ? `, ${row.dropped} dropped` : ''}`,
  },
  {
    measure: 'loss',
    title: 'Characters lost when the server is killed 50 ms after others saw them',
    columns: () => 'lost',
    cell: ({ lost, seen }) => `${lost} of ${seen}`,
  },
  {
    measure: 'http',
    title: 'Pages a second, 50 connections',
    columns: ({ page }) => page,
    cell: row =>
      `${row.perSecond.toLocaleString('en')} of ${(row.bytes / 1000).toFixed(1)} kB (${row.micros} µs of CPU each)${row.errors ? `, ${row.errors} errors` : ''}${load(row)}`,
  },
  {
    measure: 'size',
    title: 'A larger wiki',
    columns: ({ pages }) => `${pages.toLocaleString('en')} pages`,
    cell: row =>
      `start to first page ${ms(row.start)}; made anew: a view ${ms(row.view)}, home ${ms(row.home)}; asked: page list ${ms(row.list)}, a branch ${ms(row.tree)}, the top of the tree ${ms(row.top)}`,
  },
  {
    measure: 'manyClients',
    title: 'A page where 10,000 client ids have written: 50 people push at once',
    columns: () => 'until all are on disk and acknowledged; of it the server’s CPU',
    cell: row => `${ms(row.ms)}; ${ms(row.cpu)}`,
  },
]

function section({ measure, title, columns, cell, note }, rows) {
  const mine = rows.filter(row => row.measure === measure)
  if (mine.length === 0) return ''
  const heads = [...new Set(mine.filter(row => !row.failed || measure !== 'http').map(columns))]
  const servers = [...new Set(mine.map(row => row.driver))]
  const lines = servers.map(driver => {
    const cells = heads.map(head => {
      const row = mine.find(each => each.driver === driver && columns(each) === head)
      return row ? (row.failed ? 'failed' : cell(row)) : '–'
    })
    return `| ${NAMES[driver]} | ${cells.join(' | ')} |`
  })
  return `### ${title}\n\n${note ? `${note}\n\n` : ''}| server | ${heads.join(' | ')} |\n| --- |${heads.map(() => ' ---: |').join('')}\n${lines.join('\n')}\n\n`
}

/** A whole run. */
export function tables({ at, node, cpu, commit, quick, rows }) {
  const head = `${at.slice(0, 16).replace('T', ' ')} UTC, ${cpu}, Node ${node}; the server on one core, the load on the other${quick ? '; the short form' : ''}.
This disk confirms 4 kB in ${commit.p50} ms (p99 ${commit.p99} ms): Chorus waits for that before it shows or acknowledges an edit; none of the others waits.
† the load generator was at its limit; ° others used more than 20 % of a core meanwhile.\n\n`
  return head + SECTIONS.map(each => section(each, rows)).join('')
}
