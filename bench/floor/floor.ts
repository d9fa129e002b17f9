/**
 * The least that can be done: a page by hand, a socket that relays, nothing else. What Maru is measured against. Prints
 * its port once it listens; ends with its standard input.
 */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

const page = await readFile(new URL('floor.html', import.meta.url))
const server = createServer((_, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end(page)
})
/** By room, then by id. */
const rooms = new Map<string, Map<string, WebSocket>>()
let next = 1

new WebSocketServer({ server }).on('connection', (socket, { url = '' }) => {
  const id = String(next++)
  const members = rooms.get(url) ?? new Map<string, WebSocket>()
  rooms.set(url, members)
  socket.on('message', (data: Buffer) => {
    const { to, ...message } = JSON.parse(data.toString()) as { to?: string }
    if (to === undefined) {
      socket.send(JSON.stringify({ peers: [...members.keys()], you: id }))
      members.set(id, socket)
    } else members.get(to)?.send(JSON.stringify({ from: id, ...message }))
  })
  socket.on('close', () => {
    if (!members.delete(id)) return
    for (const other of members.values()) other.send(JSON.stringify({ left: id }))
    if (members.size === 0) rooms.delete(url)
  })
})

process.stdin.resume().on('end', () => process.exit())
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
