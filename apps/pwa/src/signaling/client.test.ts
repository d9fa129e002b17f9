/** Which replica a page's connection asks for: that of its room, until nobody answers there (P62). */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { type WebSocket as Peer, WebSocketServer } from 'ws'
import { connect } from './client.ts'
import { setPingInterval } from './resilient-socket.ts'

const HERE = 'aB'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  setPingInterval(20_000)
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

/** A page that connects to a server which notes what it is asked for, and how many it may take. */
async function start() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  const asked: (string | null)[] = []
  const peers: Peer[] = []
  server.on('connection', (peer, { url = '' }) => {
    asked.push(new URL(url, 'http://host').searchParams.get('shard'))
    peers.push(peer)
    peer.on('message', (data) => (data as Buffer).toString() === 'PING' && peer.send('PONG'))
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = connect(
    `http://127.0.0.1:${port}`,
    () => undefined,
    () => HERE,
  )
  cleanups.push(async () => {
    await socket.close()
    for (const peer of peers) peer.terminate()
    server.close()
  })
  const connections = async (count: number) => {
    await expect.poll(() => peers.length, { timeout: 5_000 }).toBe(count)
  }
  return { asked, peers, connections }
}

it('comes back to where its room is when the connection was cut', async () => {
  const { asked, peers, connections } = await start()
  await connections(1)
  peers[0]!.terminate()
  await connections(2)
  expect(asked).toEqual([HERE, HERE])
})

it('asks elsewhere when nobody answers any more, and then again for its own', async () => {
  const { asked, peers, connections } = await start()
  await connections(1)
  // A replica that stands still: it keeps the connection, and reads nothing.
  peers[0]!.pause()
  setPingInterval(50)
  await connections(2)
  expect(asked[1]).toMatch(/^[\w-]{2}$/)
  expect(asked[1]).not.toBe(HERE)
  peers[1]!.terminate()
  await connections(3)
  expect(asked[2]).toBe(HERE)
})
