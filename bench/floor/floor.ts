/** The least that can be done: a page by hand, a socket that relays, nothing else. What Maru is measured against. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'

export interface Floor {
  origin: string
  close: () => Promise<void>
}

export async function startFloor(): Promise<Floor> {
  const page = await readFile(new URL('floor.html', import.meta.url))
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(page)
  })
  const sockets = new WebSocketServer({ server })
  const members = new Map<string, WebSocket>()
  let next = 1
  sockets.on('connection', (socket) => {
    const id = String(next++)
    const tell = (message: object): void => {
      for (const [other, its] of members) if (other !== id) its.send(JSON.stringify(message))
    }
    socket.on('message', (data: Buffer) => {
      const { to, ...message } = JSON.parse(data.toString()) as { to?: string }
      if (to === undefined) {
        socket.send(JSON.stringify({ peers: [...members.keys()], you: id }))
        members.set(id, socket)
      } else members.get(to)?.send(JSON.stringify({ from: id, ...message }))
    })
    socket.on('close', () => {
      members.delete(id)
      tell({ left: id })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    origin: `http://localhost:${address.port}`,
    close: async () => {
      for (const socket of sockets.clients) socket.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
