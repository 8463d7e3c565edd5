// What goes out over sockets: each thing told is framed once for everybody, each socket written to once per turn of the
// event loop.
// frameOf · answerOf · Turn (end) · Line (send · sendSoon · held) · Audiences (join · leave · leaveAll · tell)

import { randomUUID } from 'node:crypto'
import type { Ack } from '../../shared/protocol.ts'

/** As much of an Engine.IO connection as a line needs. */
export interface Wire {
  readyState: string
  /** What Engine.IO itself holds back. */
  writeBuffer: { data?: string | Buffer }[]
  transport: { socket?: { bufferedAmount: number; _sender?: Sender } }
  write(data: Buffer, options: { compress: boolean; wsPreEncodedFrame: Buffer[] }): unknown
}

/** What writes a WebSocket's frames. */
interface Sender {
  sendFrame(list: Buffer[]): void
  _socket: { cork(): void; uncork(): void }
}

/** Milliseconds that what is not urgent waits for something else to go out with. */
const SOON = 20
/** Characters from which on a text is worth keeping for whoever is answered with the same. */
const LONG = 16_384
/** Bytes that are copied, so that they are one write; of more, each frame is handed on by itself. */
const COPIED_MAX = 65_536

/** A Socket.IO packet (without Engine.IO's `4`) as one unmasked WebSocket text frame (RFC 6455, 5.2). */
export function frameOf(packet: string): Buffer {
  return framed(packet, Buffer.byteLength(packet))
}

/** The beginning of such a frame, `rest` bytes of which follow in buffers of their own. */
function framed(packet: string, bytes: number, rest = 0): Buffer {
  const length = bytes + rest + 1
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(head + bytes + 1)
  frame[0] = 0x81
  if (head === 2) frame[1] = length
  else if (head === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame[head] = 0x34
  frame.write(packet, head + 1)
  return frame
}

// The last long text that was answered with, as JSON: a crowd that opens a page is told the same one.
let lastLong = { text: '', json: Buffer.alloc(0) }
const MARK = randomUUID()
const MARKED = JSON.stringify(MARK)

/** The answer to a command as one frame, in as many buffers as are best shared with others' answers. */
export function answerOf(ack: string, answer: Ack<unknown>): Buffer[] {
  const value = answer.ok ? (answer.value as Record<string, unknown> | null) : null
  const name = longIn(value)
  if (!value || name === null) return [frameOf(`3${ack}[${JSON.stringify(answer)}]`)]
  const text = value[name] as string
  if (lastLong.text !== text) lastLong = { text, json: Buffer.from(JSON.stringify(text)) }
  const { json } = lastLong
  const around = JSON.stringify({ ok: true, value: { ...value, [name]: MARK } })
  const at = around.indexOf(MARKED)
  const [before, after] = [`3${ack}[${around.slice(0, at)}`, Buffer.from(`${around.slice(at + MARKED.length)}]`)]
  return [framed(before, Buffer.byteLength(before), json.length + after.length), json, after]
}

function longIn(value: Record<string, unknown> | null): string | null {
  for (const name in value) {
    const text = value[name]
    if (typeof text === 'string' && text.length > LONG) return name
  }
  return null
}

/** What was said in one turn of the event loop goes out at its end. */
export class Turn {
  #lines: Line[] = []
  #soon: Line[] = []

  add(line: Line): void {
    if (this.#lines.push(line) === 1) setImmediate(() => this.#write(this.#lines.splice(0)))
  }

  addSoon(line: Line): void {
    if (this.#soon.push(line) === 1) setTimeout(() => this.#write(this.#soon.splice(0)), SOON)
  }

  /** Writes everything now. */
  end(): void {
    this.#write([...this.#lines.splice(0), ...this.#soon.splice(0)])
  }

  #write(lines: Line[]): void {
    for (const line of lines) line.flush()
  }
}

/** One socket's way out. A system call costs more than everything else here: what it is sent in one turn is one write. */
export class Line {
  /** Where it is heard: names of audiences. */
  readonly in = new Set<string>()
  #frames: Buffer[] = []
  #due = false

  constructor(
    private readonly wire: Wire,
    private readonly turn: Turn,
  ) {}

  /** Sends a frame, in one or several parts, at the end of this turn. */
  send(...parts: Buffer[]): void {
    if (!this.#due) this.turn.add(this)
    this.#due = true
    this.#frames.push(...parts)
  }

  /** Sends a frame with whatever is sent next, which it does not overtake, or after a moment. */
  sendSoon(frame: Buffer): void {
    if (this.#frames.length === 0) this.turn.addSoon(this)
    this.#frames.push(frame)
  }

  /** Bytes that the other end has not taken yet. */
  get held(): number {
    const { writeBuffer, transport } = this.wire
    return writeBuffer.reduce((sum, { data }) => sum + (data?.length ?? 0), transport.socket?.bufferedAmount ?? 0)
  }

  flush(): void {
    const { wire } = this
    const frames = this.#frames
    this.#frames = []
    this.#due = false
    if (frames.length === 0 || wire.readyState !== 'open') return
    const sender = wire.transport.socket?._sender
    // Past Engine.IO, which would write each packet by itself; but never past what it still holds.
    if (sender && wire.writeBuffer.length === 0) {
      if (frames.length === 1) sender.sendFrame(frames)
      else if (frames.reduce((sum, { length }) => sum + length, 0) <= COPIED_MAX)
        sender.sendFrame([Buffer.concat(frames)])
      else {
        sender._socket.cork()
        for (const frame of frames) sender.sendFrame([frame])
        sender._socket.uncork()
      }
    } else {
      const bytes = frames.length === 1 ? frames[0]! : Buffer.concat(frames)
      wire.write(bytes, { compress: false, wsPreEncodedFrame: [bytes] })
    }
  }
}

/** Who hears what. */
export class Audiences {
  readonly #lines = new Map<string, Set<Line>>()

  join(line: Line, name: string): void {
    line.in.add(name)
    const there = this.#lines.get(name)
    if (there) there.add(line)
    else this.#lines.set(name, new Set([line]))
  }

  leave(line: Line, name: string): void {
    line.in.delete(name)
    const there = this.#lines.get(name)
    if (there?.delete(line) && there.size === 0) this.#lines.delete(name)
  }

  leaveAll(line: Line): void {
    for (const name of [...line.in]) this.leave(line, name)
  }

  /** Sends one frame to everyone in an audience, now or soon; it is made only if somebody is there. */
  tell(name: string, frame: () => Buffer, soon = false): void {
    const there = this.#lines.get(name)
    if (!there) return
    const made = frame()
    for (const line of there)
      if (soon) line.sendSoon(made)
      else line.send(made)
  }
}
