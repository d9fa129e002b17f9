/**
 * A longer way to a server: a TCP proxy that holds everything back for half a round trip in each direction, in order, and
 * what comes first on a new connection for the round trip that its handshake would take.
 */
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export interface Delay extends AsyncDisposable {
  origin: string
  /** Added to every round trip, in milliseconds; counts for what is sent from now on. */
  roundTrip: number
  /** Ends every connection, so that whoever comes back has to open one. */
  cut(): void
}

export async function startDelay(target: number, roundTrip = 0): Promise<Delay> {
  const sockets = new Set<Socket>()

  function keep(socket: Socket): Socket {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    return socket
  }

  /** @param since before which nothing of this connection can be underway */
  function pass(from: Socket, to: Socket, since: number): void {
    let last: Promise<unknown> = Promise.resolve()
    const later = (act: () => void): void => {
      const due = Math.max(performance.now(), since) + delay.roundTrip / 2
      last = last.then(async () => {
        const wait = due - performance.now()
        if (wait > 0) await pause(wait)
        act()
      })
    }
    from.on('data', (chunk) => later(() => to.write(chunk)))
    from.on('end', () => later(() => to.end()))
    from.on('close', () => later(() => to.destroy()))
  }

  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = keep(connect({ port: target, host: '127.0.0.1', allowHalfOpen: true }))
    const established = performance.now() + delay.roundTrip
    pass(keep(near), far, established)
    pass(far, near, 0)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const delay: Delay = {
    origin: `http://localhost:${address.port}`,
    roundTrip,
    cut,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      cut()
      await closed
    },
  }
  return delay
}
