// What comes in over sockets: events are read where Engine.IO hands them over.
// listen

import type { Socket } from 'socket.io'

/** Hears an event: its name, its payload, and the number under which an answer is awaited. */
type Heard = (event: string, payload: unknown, ack: string | null) => void

/** As much of an Engine.IO connection as is needed. */
interface Conn {
  listeners(event: 'data'): ((data: unknown) => void)[]
  removeListener(event: 'data', listener: (data: unknown) => void): unknown
  on(event: 'data', listener: (data: unknown) => void): unknown
}

/** A line may join, leave and join again; whoever joined last is who speaks. */
const speakers = new WeakMap<object, { socket: Pick<Socket, 'connected'>; heard: Heard }>()

/**
 * Calls back with every event of a socket. Socket.IO itself would take each through a parser, a tick and three lists of
 * listeners, which is more than an edit costs; everything but events still goes that way, and what cannot be read too.
 */
export function listen(socket: Pick<Socket, 'connected'> & { conn: unknown }, heard: Heard): void {
  const conn = socket.conn as Conn
  const known = speakers.has(conn)
  speakers.set(conn, { socket, heard })
  if (known) return
  const others = conn.listeners('data')
  for (const other of others) conn.removeListener('data', other)
  conn.on('data', data => {
    const event = eventIn(data)
    if (!event) for (const other of others) other(data)
    else {
      const speaker = speakers.get(conn)!
      if (speaker.socket.connected) speaker.heard(...event)
    }
  })
}

/** A packet of the default namespace that is an event: `2`, perhaps the number of an ack, a JSON list. */
function eventIn(data: unknown): Parameters<Heard> | null {
  if (typeof data !== 'string' || data.charCodeAt(0) !== 0x32) return null
  const start = data.indexOf('[')
  const ack = data.slice(1, start)
  if (start < 1 || start > 17 || !/^\d*$/.test(ack)) return null
  try {
    const [event, payload] = JSON.parse(data.slice(start)) as unknown[]
    return typeof event === 'string' ? [event, payload, ack === '' ? null : ack] : null
  } catch {
    return null
  }
}
