// Minimal WebSocket client on a plain TCP socket: cheap enough that one process can
// play hundreds of clients. Client frames carry the all-zero mask (legal, and spares
// the load generator the XOR); no compression is offered. Frames handed to onFrame
// are views that are valid only during the call.

import { randomBytes } from 'node:crypto'
import net from 'node:net'

const shared = Buffer.allocUnsafe(256 * 1024)

export class RawWS {
  constructor({ port, path = '/', host = '127.0.0.1', onOpen, onFrame, onClose, headers = {} }) {
    this.onFrame = onFrame
    this.onOpen = onOpen
    this.onClose = onClose
    this.open = false
    this.closed = false
    this.left = null // unread tail of the last chunk
    this.large = null // a frame that comes in several chunks, and how much of it is there
    this.filled = 0
    this.bytesIn = 0
    this.framesIn = 0
    this.corked = null
    const self = this
    this.sock = net.connect({
      port,
      host,
      noDelay: true,
      onread: {
        buffer: shared,
        callback(n, buf) {
          self.data(buf, n)
          return true
        },
      },
    })
    let extra = ''
    for (const k in headers) extra += `${k}: ${headers[k]}\r\n`
    this.sock.on('connect', () => {
      this.sock.write(
        `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n${extra}\r\n`,
      )
    })
    this.sock.on('error', e => {
      this.error = e
    })
    this.sock.on('close', () => {
      if (!this.closed) {
        this.closed = true
        this.onClose?.(this.error)
      }
    })
  }

  data(buf, n) {
    this.bytesIn += n
    let b, end
    if (this.large !== null) {
      const more = Math.min(n, this.large.length - this.filled)
      buf.copy(this.large, this.filled, 0, more)
      this.filled += more
      if (this.filled < this.large.length) return
      const whole = this.large
      this.large = null
      this.framesIn++
      this.onFrame(this.op, whole)
      if (more === n || this.closed) return
      b = buf.subarray(more, n)
      end = n - more
    } else if (this.left !== null) {
      b = Buffer.concat([this.left, buf.subarray(0, n)])
      end = b.length
      this.left = null
    } else {
      b = buf
      end = n
    }
    let p = 0
    if (!this.open) {
      const i = b.subarray(0, end).indexOf('\r\n\r\n')
      if (i < 0) {
        this.left = Buffer.from(b.subarray(0, end))
        return
      }
      const head = b.latin1Slice(0, i)
      if (!head.startsWith('HTTP/1.1 101')) {
        this.error = new Error(head.split('\r\n')[0])
        this.sock.destroy()
        return
      }
      this.open = true
      p = i + 4
      this.onOpen?.()
    }
    while (end - p >= 2) {
      const op = b[p] & 15
      let len = b[p + 1] & 127
      let h = 2
      if (len === 126) {
        if (end - p < 4) break
        len = b.readUInt16BE(p + 2)
        h = 4
      } else if (len === 127) {
        if (end - p < 10) break
        len = b.readUInt32BE(p + 2) * 4294967296 + b.readUInt32BE(p + 6)
        h = 10
      }
      if (end - p < h + len) {
        if (len < 65_536 || (op !== 1 && op !== 2)) break
        this.op = op
        this.large = Buffer.allocUnsafe(len)
        this.filled = b.copy(this.large, 0, p + h, end)
        return
      }
      const s = p + h
      p = s + len
      if (op === 1 || op === 2) {
        this.framesIn++
        this.onFrame(op, b.subarray(s, p))
      } else if (op === 9) this.frame(10, b.subarray(s, p))
      else if (op === 8) {
        this.sock.end()
        break
      }
      if (this.closed) return
    }
    if (p < end) this.left = Buffer.from(b.subarray(p, end))
  }

  frame(op, data) {
    if (typeof data === 'string') data = Buffer.from(data, 'latin1')
    const len = data.length
    const h = len < 126 ? 6 : len < 65536 ? 8 : 14
    const f = Buffer.allocUnsafe(h + len)
    f[0] = 0x80 | op
    if (len < 126) f[1] = 0x80 | len
    else if (len < 65536) {
      f[1] = 0x80 | 126
      f.writeUInt16BE(len, 2)
    } else {
      f[1] = 0x80 | 127
      f.writeUInt32BE(0, 2)
      f.writeUInt32BE(len, 6)
    }
    f[h - 4] = f[h - 3] = f[h - 2] = f[h - 1] = 0
    f.set(data, h)
    if (this.corked) this.corked.push(f)
    else if (!this.sock.destroyed) this.sock.write(f)
  }

  text(s) {
    this.frame(1, s)
  }
  binary(b) {
    this.frame(2, b)
  }
  cork() {
    this.corked ??= []
  }
  uncork() {
    const c = this.corked
    this.corked = null
    if (c?.length && !this.sock.destroyed) this.sock.write(c.length === 1 ? c[0] : Buffer.concat(c))
  }

  close() {
    this.closed = true
    this.sock.destroy()
  }
}
