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
  [Symbol.asyncDispose](): Promise<void>
}

/** Opens a way to the server at `target`, each byte `delay` milliseconds late. */
export async function network(target: string, { delay = 0 }: { delay?: number } = {}): Promise<Network> {
  const { hostname, port } = new URL(target)
  const lines = new Set<Socket>()
  let swallowing = false
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
        from.on('data', bytes => {
          if (swallowing) return
          if (delay === 0) to.write(bytes)
          else setTimeout(() => !to.destroyed && to.write(bytes), delay)
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
    [Symbol.asyncDispose]: cut,
  }
}
