// What goes out over sockets: framed once for everybody, whole, in order, one write for each in a turn.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { Audiences, answerOf, frameOf, Line, Turn, type Wire } from '../server/web/outgoing.ts'
import type { Ack } from '../shared/protocol.ts'
import { fromBase64 } from '../shared/update.ts'
import type { Client } from './support/client.ts'
import { type World, world } from './support/world.ts'

/** The messages in a stream of unmasked WebSocket frames (RFC 6455, 5.2). */
function messagesIn(bytes: Buffer): string[] {
  const messages: string[] = []
  for (let at = 0; at < bytes.length; ) {
    expect(bytes[at]).toBe(0x81)
    const short = bytes[at + 1]!
    const [head, length] =
      short < 126
        ? [2, short]
        : short === 126
          ? [4, bytes.readUInt16BE(at + 2)]
          : [10, Number(bytes.readBigUInt64BE(at + 2))]
    messages.push(bytes.toString('utf8', at + head, at + head + length))
    at += head + length
  }
  return messages
}

const lengths = [0, 1, 123, 124, 125, 126, 65_533, 65_534, 65_535, 65_536, 200_000]
const text = (length: number) => 'é"\\\n'.repeat(Math.ceil(length / 4)).slice(0, length)

/** A wire that notes what is written to it. */
function wire(): Wire & { written: Buffer[]; writes: number; corked: number } {
  const noted = {
    readyState: 'open',
    writeBuffer: [] as { data?: Buffer }[],
    written: [] as Buffer[],
    writes: 0,
    corked: 0,
    transport: {
      socket: {
        bufferedAmount: 0,
        _sender: {
          sendFrame(list: Buffer[]) {
            noted.written.push(...list)
            if (noted.corked === 0) noted.writes++
          },
          _socket: {
            cork: () => void noted.corked++,
            uncork: () => {
              if (--noted.corked === 0) noted.writes++
            },
          },
        },
      },
    },
    write(data: Buffer, { wsPreEncodedFrame }: { wsPreEncodedFrame: Buffer[] }) {
      noted.writeBuffer.push({ data })
      noted.written.push(...wsPreEncodedFrame)
    },
  }
  return noted
}

describe('what is told over sockets', () => {
  test('is a frame of the right length, however long', () => {
    for (const length of lengths) expect(messagesIn(frameOf(text(length)))).toEqual([`4${text(length)}`])
  })

  test('means the same as an answer of several parts, and whoever is answered alike shares the long one', () => {
    for (const length of lengths) {
      const value = { seq: 3, update: text(length), people: [{ name: 'Zoë "Z"' }], more: true }
      const parts = [7, 8].map(ack => answerOf(String(ack), { ok: true, value }))
      for (const [i, buffers] of parts.entries()) {
        const [message] = messagesIn(Buffer.concat(buffers))
        expect(message!.slice(0, 3)).toBe(`43${7 + i}`)
        expect(JSON.parse(message!.slice(3))).toEqual([{ ok: true, value }])
      }
      if (length > 20_000) expect(parts[0]![1]).toBe(parts[1]![1])
    }
    const refused: Ack<unknown> = { ok: false, error: { code: 'busy', message: 'Wait.' } }
    expect(messagesIn(Buffer.concat(answerOf('1', refused)))).toEqual([`431${JSON.stringify([refused])}`])
  })

  test('in one turn leaves in one write, in its order, and nothing overtakes what is held already', () => {
    const turn = new Turn()
    const to = wire()
    const line = new Line(to, turn)
    for (const length of [10, 20]) line.send(frameOf(text(length)))
    expect(to.written).toHaveLength(0)
    turn.end()
    expect(to.writes).toBe(1)
    const value = { update: text(150_000) }
    line.send(...answerOf('1', { ok: true, value }))
    line.send(frameOf('after'))
    turn.end()
    expect(to.writes).toBe(2)
    to.writeBuffer.push({ data: Buffer.from('held') })
    expect(line.held).toBe(4)
    line.send(frameOf('held too'))
    line.send(...answerOf('2', { ok: true, value }))
    turn.end()
    expect(to.writes).toBe(2)
    const lastly = messagesIn(Buffer.concat(to.written))
    expect(lastly.map(message => message.slice(0, 8))).toEqual([
      `4${text(10)}`.slice(0, 8),
      `4${text(20)}`.slice(0, 8),
      '431[{"ok',
      '4after',
      '4held to',
      '432[{"ok',
    ])
  })

  test('what is not urgent goes out with what comes next and never overtakes it, or after a moment', async () => {
    const turn = new Turn()
    const [busy, calm] = [wire(), wire()]
    const [first, second] = [new Line(busy, turn), new Line(calm, turn)]
    const turnOver = () => new Promise(resolve => setImmediate(resolve))
    for (const line of [first, second]) line.sendSoon(frameOf('came'))
    first.sendSoon(frameOf('moved'))
    await turnOver()
    expect([busy.writes, calm.writes]).toEqual([0, 0])
    first.send(frameOf('typed'))
    first.sendSoon(frameOf('left'))
    await turnOver()
    expect(busy.writes).toBe(1)
    expect(messagesIn(Buffer.concat(busy.written))).toEqual(['4came', '4moved', '4typed', '4left'])
    first.sendSoon(frameOf('came again'))
    await expect.poll(() => [busy.writes, calm.writes]).toEqual([2, 1])
    expect(messagesIn(Buffer.concat(calm.written))).toEqual(['4came'])
    first.sendSoon(frameOf('at the end'))
    turn.end()
    expect(messagesIn(Buffer.concat(busy.written)).slice(-2)).toEqual(['4came again', '4at the end'])
  })

  test('is made once for an audience and not at all for nobody; a line that is gone hears nothing', () => {
    const turn = new Turn()
    const audiences = new Audiences()
    const wires = [wire(), wire(), wire()]
    const lines = wires.map(each => new Line(each, turn))
    let framed = 0
    const frame = () => {
      framed++
      return frameOf('2["news"]')
    }
    audiences.tell('page:1', frame)
    expect(framed).toBe(0)
    for (const line of lines) audiences.join(line, 'page:1')
    audiences.leaveAll(lines[1]!)
    wires[2]!.readyState = 'closing'
    audiences.tell('page:1', frame)
    turn.end()
    expect(framed).toBe(1)
    expect(wires.map(({ written }) => written.length)).toEqual([1, 0, 0])
  })
})

describe('a crowd that opens a long page at once', () => {
  let w: World
  let ada: Client
  beforeAll(async () => {
    w = await world()
    ada = await w.person('ada')
  })
  afterAll(() => w.close())

  test('gets the same text, each with an answer of their own, after a restart too', async () => {
    const content = Array.from({ length: 9_000 }, (_, i) => `Line ${i} – ${Math.sin(i)}`).join('\n')
    const { id } = await ada.post('page:create', { title: 'Long', content })
    const vector = Buffer.from(Y.encodeStateVector(new Y.Doc())).toString('base64')
    for (let round = 0; round < 2; round++) {
      const people = [ada, w.guest(), w.guest(), w.guest(), w.guest()]
      const answers = await Promise.all(
        people.map(async (person, i) => {
          const socket = await person.socket()
          return socket.emitWithAck('page:open', { page: id, ...(i % 2 === 1 && { vector }) })
        }),
      )
      const presences = new Set<string>()
      for (const answer of answers) {
        if (!answer.ok) throw new Error(answer.error.message)
        const doc = new Y.Doc()
        Y.applyUpdate(doc, fromBase64(answer.value.update))
        expect(doc.getText('text').toString()).toBe(content)
        presences.add(answer.value.presence)
      }
      expect(presences.size).toBe(people.length)
      for (const person of people) person.hangUp()
      await w.restart()
    }
  })
})
