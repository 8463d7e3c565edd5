// @y/websocket-server as its own program starts it, with its LevelDB.

import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

process.env.YPERSISTENCE = `${process.env.DATA_DIR}/ldb`
console.info = () => {}
const { setupWSConnection } = await import('@y/websocket-server/utils')
const sockets = new WebSocketServer({ noServer: true })
sockets.on('connection', setupWSConnection)
const server = createServer((_req, res) => res.end('okay'))
server.on('upgrade', (req, socket, head) =>
  sockets.handleUpgrade(req, socket, head, ws => sockets.emit('connection', ws, req)),
)
server.listen(Number(process.env.PORT), '127.0.0.1')
