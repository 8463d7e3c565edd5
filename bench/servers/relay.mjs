// The limits of the transports: rooms that pass bytes on, without documents and without a disk. MODE is ws or sio.

import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { WebSocket, WebSocketServer } from 'ws'

const server = createServer((_req, res) => res.end('okay'))
if (process.env.MODE === 'ws') {
  const rooms = new Map()
  new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (ws, { url }) => {
    if (!rooms.has(url)) rooms.set(url, new Set())
    const room = rooms.get(url).add(ws)
    ws.on('message', message => {
      for (const other of room) if (other !== ws && other.readyState === WebSocket.OPEN) other.send(message)
    })
    ws.on('close', () => room.delete(ws))
  })
} else {
  new Server(server, { perMessageDeflate: false }).on('connection', socket => {
    const room = socket.handshake.query.doc
    socket.join(room)
    socket.on('u', message => socket.to(room).emit('u', message))
    socket.emit('hi')
  })
}
server.listen(Number(process.env.PORT), '127.0.0.1')
