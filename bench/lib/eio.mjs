// Minimal Engine.IO 4 / Socket.IO 5 client over RawWS (websocket transport only).
// onEvent(name, rest, bins, ackId): `rest` is the JSON text after the event name
// (starting with ',' or ']'), `bins` the binary attachments (copied).
import { RawWS } from './rawws.mjs'

export class Eio {
  constructor({
    port,
    path = '/socket.io/',
    nsp = '/',
    query = '',
    auth = '',
    headers,
    onConnect,
    onEvent,
    onAck,
    onBinaryMessage,
    onClose,
  }) {
    this.pre = nsp === '/' ? '' : `${nsp},`
    this.onConnect = onConnect
    this.onEvent = onEvent
    this.onAck = onAck
    this.onBinaryMessage = onBinaryMessage
    this.pending = null
    this.ws = new RawWS({
      port,
      headers,
      path: `${path}?EIO=4&transport=websocket${query}`,
      onClose,
      onFrame: (op, b) => (op === 1 ? this.text(b) : this.bin(b)),
    })
    this.auth = auth
  }

  bin(b) {
    const p = this.pending
    if (p === null) {
      this.onBinaryMessage?.(b)
      return
    }
    p.bins.push(Buffer.from(b))
    if (p.bins.length === p.need) {
      this.pending = null
      this.deliver(p)
    }
  }

  deliver(p) {
    if (p.ack) this.onAck?.(p.id, p.rest, p.bins)
    else this.onEvent(p.name, p.rest, p.bins, p.id)
  }

  text(b) {
    const t = b[0]
    if (t === 0x34) {
      // '4' message
      const k = b[1] - 48
      if (k === 2 || k === 5 || k === 3 || k === 6) {
        const s = b.utf8Slice(2, b.length)
        let i = 0
        let need = 0
        if (k >= 5) {
          i = s.indexOf('-')
          need = +s.slice(0, i)
          i++
        }
        if (s.charCodeAt(i) === 47) i = s.indexOf(',', i) + 1 // namespace
        let id = -1
        if (s.charCodeAt(i) !== 91) {
          const j = s.indexOf('[', i)
          id = +s.slice(i, j)
          i = j
        }
        const p = { ack: k === 3 || k === 6, id, name: '', rest: '', bins: [], need }
        if (p.ack) p.rest = s.slice(i)
        else {
          const j = s.indexOf('"', i + 2)
          p.name = s.slice(i + 2, j)
          p.rest = s.slice(j + 1)
        }
        if (need) this.pending = p
        else this.deliver(p)
      } else if (k === 0) this.onConnect?.(b.utf8Slice(2, b.length))
      else if (k === 4) {
        this.error = b.utf8Slice(2, b.length)
        this.ws.sock.destroy(new Error(this.error))
      }
    } else if (t === 0x32) this.ws.text('3')
    else if (t === 0x30) this.ws.text(`40${this.pre}${this.auth}`)
  }

  emit(name, json, id = '') {
    this.ws.frame(1, Buffer.from(`42${this.pre}${id}["${name}"${json === undefined ? '' : `,${json}`}]`))
  }
  emitBin(name, bin, id = '') {
    this.ws.text(`451-${this.pre}${id}["${name}",{"_placeholder":true,"num":0}]`)
    this.ws.binary(bin)
  }

  ackBin(id, bin) {
    this.ws.text(`461-${this.pre}${id}[{"_placeholder":true,"num":0}]`)
    this.ws.binary(bin)
  }

  close() {
    this.ws.close()
  }
}
