// One measurement in a process of its own: node cell.mjs '{"driver":"chorus","measure":"latency","n":100,"secs":10}'

import { ServerProcess } from './lib/machine.mjs'
import { MEASURES } from './measures.mjs'

const { driver: name, measure, profile, ...options } = JSON.parse(process.argv[2])
const FILES = {
  'relay-ws': ['relays', 'relayWs'],
  'relay-sio': ['relays', 'relaySio'],
  express: ['hello', 'express'],
  node: ['hello', 'node'],
}
const [file, part] = FILES[name] ?? [name, 'default']
const driver = (await import(`./drivers/${file}.mjs`))[part]
const server = new ServerProcess(driver, { profile })
let answer
try {
  answer = { rows: [await MEASURES[measure]({ driver, server, ...options })].flat() }
} catch (error) {
  answer = { failed: `${error?.message ?? error} ${server.said ?? ''}`.trim().slice(0, 300) }
}
if (server.child) await server.end()
process.stdout.write(`\n@@${JSON.stringify(answer)}\n`, () => process.exit(0))
