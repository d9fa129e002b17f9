/** A load balancer in forty lines: each TCP connection goes to the next replica that takes it. No sticky sessions. */
import { connect, createServer, type Socket } from 'node:net'

export interface Balancer extends AsyncDisposable {
  origin: string
  port: number
  /** Takes effect for new connections; those that are up stay where they are. */
  setTargets(ports: number[]): void
}

export async function startBalancer(targets: number[]): Promise<Balancer> {
  let ports = targets
  let turn = 0
  const sockets = new Set<Socket>()

  function keep(socket: Socket): void {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  }

  function forward(client: Socket, attempts: number): void {
    const port = ports[turn++ % ports.length]
    if (attempts === 0 || port === undefined) return void client.destroy()
    const upstream = connect(port, '127.0.0.1')
    upstream.once('error', () => forward(client, attempts - 1))
    upstream.once('connect', () => {
      upstream.removeAllListeners('error')
      keep(upstream)
      client.pipe(upstream).pipe(client)
      // pipe() passes on an end, but not a death.
      client.on('close', () => upstream.destroy())
      upstream.on('close', () => client.destroy())
    })
  }

  const server = createServer((client) => {
    keep(client)
    forward(client, ports.length)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    origin: `http://localhost:${address.port}`,
    setTargets: (next) => (ports = next),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
