// Hocuspocus 4 under the Node 24 of the npm package `node`. Its wire: string(document), varuint(type), body; type 0 is
// sync (0 state vector, 1 state, 2 update), 2 authentication.

import { RawWS } from '../lib/rawws.mjs'
import { R, W, YConn } from '../lib/yjs.mjs'

export default {
  name: 'hocuspocus',
  label: 'Hocuspocus 4',
  server: () => ({ command: 'node_modules/.bin/node', args: ['servers/hocuspocus.mjs'] }),
  connect(o) {
    const c = new YConn(o)
    const head = new W().str(o.doc).done()
    const sync = (kind, bytes) => new W(bytes.length + head.length + 16).bytes(head).u(0).u(kind).arr(bytes).done()
    const ws = new RawWS({
      port: o.port,
      onOpen: () => ws.binary(new W().bytes(head).u(2).u(0).str('x').done()),
      onClose: error => c.reject(error ?? new Error('closed')),
      onFrame: (_op, bytes) => {
        const r = new R(bytes, head.length)
        const type = r.u()
        if (type === 0 || type === 4) {
          const kind = r.u()
          if (kind === 2) c.gotUpdate(r.arr())
          else if (kind === 1) c.gotState(r.arr())
          else ws.binary(sync(1, c.state(r.arr())))
        } else if (type === 2 && r.u() === 2) ws.binary(sync(0, c.sv()))
      },
    })
    c.wire = { ws, update: u => ws.binary(sync(2, u)) }
    return c.ready
  },
}
