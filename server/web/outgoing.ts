// What goes out over sockets: each thing told is framed once for everybody, each socket written to once per turn of the
// event loop.
// frameOf · Turn (end) · Line (send · held) · Audiences (join · leave · leaveAll · tell)

/** As much of an Engine.IO connection as a line needs. */
export interface Wire {
  readyState: string
  /** What Engine.IO itself holds back. */
  writeBuffer: { data?: string | Buffer }[]
  transport: { socket?: { bufferedAmount: number; _sender?: { sendFrame(list: Buffer[]): void } } }
  write(data: Buffer, options: { compress: boolean; wsPreEncodedFrame: Buffer[] }): unknown
}

/** A Socket.IO packet (without Engine.IO's `4`) as one unmasked WebSocket text frame (RFC 6455, 5.2). */
export function frameOf(packet: string): Buffer {
  const length = Buffer.byteLength(packet) + 1
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(head + length)
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

/** What was said in one turn of the event loop goes out at its end. */
export class Turn {
  #lines: Line[] = []

  add(line: Line): void {
    if (this.#lines.push(line) === 1) setImmediate(() => this.end())
  }

  /** Writes everything now. */
  end(): void {
    const lines = this.#lines
    this.#lines = []
    for (const line of lines) line.flush()
  }
}

/** One socket's way out. A system call costs more than everything else here: what it is sent in one turn is one write. */
export class Line {
  /** Where it is heard: names of audiences. */
  readonly in = new Set<string>()
  #frames: Buffer[] = []

  constructor(
    private readonly wire: Wire,
    private readonly turn: Turn,
  ) {}

  /** Sends a frame, at the end of this turn. */
  send(frame: Buffer): void {
    if (this.#frames.push(frame) === 1) this.turn.add(this)
  }

  /** Bytes that the other end has not taken yet. */
  get held(): number {
    const { writeBuffer, transport } = this.wire
    return writeBuffer.reduce((sum, { data }) => sum + (data?.length ?? 0), transport.socket?.bufferedAmount ?? 0)
  }

  flush(): void {
    const { wire } = this
    const bytes = this.#frames.length === 1 ? this.#frames[0]! : Buffer.concat(this.#frames)
    this.#frames = []
    if (wire.readyState !== 'open') return
    const sender = wire.transport.socket?._sender
    // Past Engine.IO, which would write each packet by itself; but never past what it still holds.
    if (sender && wire.writeBuffer.length === 0) sender.sendFrame([bytes])
    else wire.write(bytes, { compress: false, wsPreEncodedFrame: [bytes] })
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

  /** Sends one frame to everyone in an audience; it is made only if somebody is there. */
  tell(name: string, frame: () => Buffer): void {
    const there = this.#lines.get(name)
    if (!there) return
    const made = frame()
    for (const line of there) line.send(made)
  }
}
