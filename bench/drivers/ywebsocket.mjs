// y-websocket's wire: varuint(type), body; type 0 is sync (0 state vector, 1 state, 2 update).

import { RawWS } from '../lib/rawws.mjs'
import { R, W, YConn } from '../lib/yjs.mjs'

export default {
  name: 'ywebsocket',
  label: 'y-websocket',
  server: () => ({ args: ['servers/ywebsocket.mjs'] }),
  connect(o) {
    const c = new YConn(o)
    const sync = (kind, bytes) => new W(bytes.length + 16).u(0).u(kind).arr(bytes).done()
    const ws = new RawWS({
      port: o.port,
      path: `/${o.doc}`,
      onOpen: () => ws.binary(sync(0, c.sv())),
      onClose: error => c.reject(error ?? new Error('closed')),
      onFrame: (_op, bytes) => {
        const r = new R(bytes)
        if (r.u() !== 0) return
        const kind = r.u()
        if (kind === 2) c.gotUpdate(r.arr())
        else if (kind === 1) c.gotState(r.arr())
        else ws.binary(sync(1, c.state(r.arr())))
      },
    })
    c.wire = { ws, update: u => ws.binary(sync(2, u)) }
    return c.ready
  },
}
