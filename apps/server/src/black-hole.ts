/** For tests: a network that stops to carry anything, without a word. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to somewhere that can turn into a black hole: what is open falls silent, what is new is taken and not answered. */
export async function startHole(port: number) {
  const sockets = new Set<Socket>()
  let swallowing = false
  const server = createServer((near) => {
    sockets.add(near.on('error', () => undefined))
    if (swallowing) return
    const far = connect(port, '127.0.0.1')
    sockets.add(far.on('error', () => undefined))
    near.pipe(far).pipe(near)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    swallow() {
      swallowing = true
      for (const socket of sockets) socket.unpipe().pause()
    },
    open() {
      swallowing = false
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
