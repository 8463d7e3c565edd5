// The two relays: without a document, a client is ready as soon as it is in its room.

import { Eio } from '../lib/eio.mjs'
import { RawWS } from '../lib/rawws.mjs'
import { YConn } from '../lib/yjs.mjs'

const server = mode => () => ({ args: ['servers/relay.mjs'], env: { MODE: mode } })

export const relayWs = {
  name: 'relay-ws',
  label: 'bare ws relay',
  relay: true,
  server: server('ws'),
  connect(o) {
    const c = new YConn(o)
    const ws = new RawWS({
      port: o.port,
      path: `/${o.doc}`,
      onOpen: () => c.live(),
      onClose: error => c.reject(error ?? new Error('closed')),
      onFrame: (_op, bytes) => c.gotUpdate(bytes),
    })
    c.wire = { ws, update: u => ws.binary(u) }
    return c.ready
  },
}

export const relaySio = {
  name: 'relay-sio',
  label: 'bare Socket.IO relay',
  relay: true,
  server: server('sio'),
  connect(o) {
    const c = new YConn(o)
    const eio = new Eio({
      port: o.port,
      query: `&doc=${o.doc}`,
      onClose: error => c.reject(error ?? new Error('closed')),
      onConnect: () => c.live(),
      onEvent: (name, _rest, bins) => (name === 'hi' ? c.live() : c.gotUpdate(bins[0])),
    })
    c.wire = { ws: eio.ws, update: u => eio.emitBin('u', u) }
    return c.ready
  },
}
