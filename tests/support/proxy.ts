// A network of one's own: a TCP proxy on loopback that can be slow, silent or cut.
// Network · network

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A way to a server that can be broken. */
export interface Network {
  readonly url: string
  /** Ends every line and lets no new one in. */
  cut(): Promise<void>
  /** Lets lines in again. */
  mend(): Promise<void>
  /** Bytes are taken and never delivered: a line that is dead, and does not say so. */
  swallow(on: boolean): void
  /** Bytes wait; all of them go on at once when they no longer do. */
  hold(on: boolean): void
  [Symbol.asyncDispose](): Promise<void>
}

/** How bad a network is: times in milliseconds, chances per packet. */
export interface Weather {
  delay?: number
  /** Up to this much more, in order. */
  jitter?: number
  /** A segment is lost, and comes after half a second with all that follows it. */
  stalls?: number
  /** The line is reset. */
  resets?: number
}

/** Opens a way to the server at `target`, in this weather. */
export async function network(
  target: string,
  { delay = 0, jitter = 0, stalls = 0, resets = 0 }: Weather = {},
): Promise<Network> {
  const calm = delay + jitter + stalls + resets === 0
  const { hostname, port } = new URL(target)
  const lines = new Set<Socket>()
  let swallowing = false
  let held: (() => void)[] | null = null
  let server: Server
  const listen = async (at: number) => {
    server = createServer(near => {
      const far = connect(Number(port), hostname)
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        lines.add(from)
        from.setNoDelay(true)
        let due = 0
        from.on('data', bytes => {
          if (swallowing) return
          if (held) return void held.push(() => to.writable && to.write(bytes))
          if (calm) return void to.write(bytes)
          if (Math.random() < resets) return void from.destroy()
          const late = delay + Math.random() * jitter + (Math.random() < stalls ? 500 : 0)
          // Bytes never overtake each other.
          due = Math.max(due, performance.now() + late)
          setTimeout(() => !to.destroyed && to.write(bytes), due - performance.now())
        })
        from.on('error', () => {})
        from.on('close', () => {
          lines.delete(from)
          to.destroy()
        })
      }
    }).listen(at, 'localhost')
    await once(server, 'listening')
  }
  await listen(0)
  const own = (server!.address() as AddressInfo).port
  const cut = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const line of lines) line.destroy()
    await closed
  }
  return {
    url: `http://localhost:${own}`,
    cut,
    mend: () => listen(own),
    swallow(on) {
      swallowing = on
    },
    hold(on) {
      const waiting = held
      held = on ? (held ?? []) : null
      if (!on) for (const go of waiting ?? []) go()
    },
    [Symbol.asyncDispose]: cut,
  }
}
