/** Who may open a socket: origins, addresses behind proxies, caps, and silence. */
import { request } from 'node:http'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { makeAddressMatcher } from './client-address.ts'
import { startTestServer, until } from '../test-kit.ts'

interface Attempt {
  path?: string
  headers?: Record<string, string>
}

/** Asks for the upgrade with exactly these headers; answers the status, 101 when it is let in. */
function upgrade(port: number, { path = '/ws', headers = {} }: Attempt): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = request({
      port,
      path,
      host: '127.0.0.1',
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...headers,
      },
    })
    asking.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve(response.statusCode!)
    })
    asking.on('response', (response) => {
      response.resume()
      resolve(response.statusCode!)
    })
    asking.on('error', reject)
    asking.end()
  })
}

test('without PUBLIC_ORIGIN, only pages that this server itself gave to localhost or the private network', async () => {
  await using server = await startTestServer()
  const { port } = server
  const from = (host: string, origin: string) => upgrade(port, { headers: { Host: host, Origin: origin } })
  for (const own of [
    `localhost:${port}`,
    `127.0.0.1:${port}`,
    `[::1]:${port}`,
    '192.168.1.20:3000',
    '10.1.2.3',
    '[fd00::7]:80',
    '[fd00::7]:8443',
    '[::ffff:c0a8:114]:8443',
  ]) {
    expect(await from(own, new URL(`http://${own}`).origin.replace(/:80$/, '')), own).toBe(
      own.endsWith(':80') ? 403 : 101,
    )
  }
  expect(await from('192.168.1.20', 'https://192.168.1.20')).toBe(101)
  for (const [host, origin] of [
    [`localhost:${port}`, 'https://evil.example'],
    [`localhost:${port}`, `http://localhost:${port + 1}`],
    [`localhost:${port}`, `http://localhost.evil.example:${port}`],
    [`localhost:${port}`, 'null'],
    // DNS rebinding: the page's own name leads here, and the browser says so in Host as well.
    [`evil.example:${port}`, `http://evil.example:${port}`],
    ['8.8.8.8', 'http://8.8.8.8'],
    ['192.168.1.20', 'http://192.168.1.20/'],
    // A name in the local network that is somebody else's, and one that only looks local.
    [`laptop.local:${port}`, `http://laptop.local:${port}`],
    ['192.168.1.20.example.org', 'http://192.168.1.20.example.org'],
    ['localhost.', 'http://localhost.'],
    // An IPv4 address in IPv6's clothes is judged as what it is; the whole IPv6 internet isn't private.
    ['[::ffff:808:808]', 'http://[::ffff:808:808]'],
    ['[2001:db8::1]', 'http://[2001:db8::1]'],
    // Who tells of another page than the one that was asked for.
    ['192.168.1.20', 'http://192.168.1.21'],
    ['8.8.8.8', 'http://192.168.1.20'],
    [`user@localhost:${port}`, `http://localhost:${port}`],
    [`localhost:${port}/`, `http://localhost:${port}`],
    [`evil.example@localhost:${port}`, `http://evil.example@localhost:${port}`],
  ] as const) {
    expect(await from(host, origin), `${origin} at ${host}`).toBe(403)
  }
  expect(await upgrade(port, { headers: { Host: `localhost:${port}` } })).toBe(403)
})

test('with PUBLIC_ORIGIN, exactly those', async () => {
  await using server = await startTestServer({ publicOrigins: ['https://meet.example.org'] })
  const from = (origin: string) => upgrade(server.port, { headers: { Origin: origin } })
  expect(await from('https://meet.example.org')).toBe(101)
  for (const other of [
    'http://meet.example.org',
    'https://meet.example.org:8443',
    `http://localhost:${server.port}`,
  ]) {
    expect(await from(other), other).toBe(403)
  }
})

test('sockets are at one path only', async () => {
  await using server = await startTestServer({ publicOrigins: ['https://meet.example.org'] })
  const headers = { Origin: 'https://meet.example.org' }
  for (const path of ['/', '/ws/', '/wss', '/r/ws', '//ws']) {
    expect(await upgrade(server.port, { path, headers }), path).toBe(404)
  }
  expect(await upgrade(server.port, { path: '/ws?connectionParams=1', headers })).toBe(101)
})

test('connections are counted by the address that trusted proxies tell, IPv6 by its /64', async () => {
  const origin = 'https://meet.example.org'
  await using server = await startTestServer({
    publicOrigins: [origin],
    trustedProxies: makeAddressMatcher(['loopback', '192.0.2.0/24'])!,
    maxPerAddress: 2,
    maxInAll: 7,
  })
  const sockets: WebSocket[] = []
  const open = (forwardedFor: string): Promise<number> =>
    new Promise((resolve) => {
      const url = `ws://127.0.0.1:${server.port}/ws`
      const socket = new WebSocket(url, { origin, headers: { 'X-Forwarded-For': forwardedFor } })
      sockets.push(socket)
      socket.on('error', () => {})
      socket.on('open', () => resolve(101))
      socket.on('unexpected-response', (_, response) => resolve(response.statusCode!))
    })
  expect([await open('198.51.100.1'), await open('198.51.100.1, 192.0.2.5')]).toEqual([101, 101])
  // What the client wrote itself stands on the left and is not believed.
  expect(await open('203.0.113.99, 198.51.100.1')).toBe(429)
  expect([await open('2001:db8:0:1::1'), await open('2001:db8:0:1:ffff::2')]).toEqual([101, 101])
  expect(await open('2001:db8:0:1:abcd::3')).toBe(429)
  expect([await open('2001:db8:0:2::1'), await open('198.51.100.2'), await open('198.51.100.3')]).toEqual([
    101, 101, 101,
  ])
  expect(await open('198.51.100.4')).toBe(503)
  sockets[0]!.terminate()
  await until(() => sockets[0]!.readyState === WebSocket.CLOSED, 'closed')
  let again = 503
  for (let i = 0; i < 20 && again !== 101; i++) again = await open('198.51.100.1')
  expect(again).toBe(101)
  for (const socket of sockets) socket.terminate()
})

test('a proxy that is not trusted is the client', async () => {
  const origin = 'https://meet.example.org'
  await using server = await startTestServer({ publicOrigins: [origin], maxPerAddress: 1 })
  const open = (forwardedFor: string) =>
    new WebSocket(`ws://127.0.0.1:${server.port}/ws`, {
      origin,
      headers: { 'X-Forwarded-For': forwardedFor },
    })
  const first = open('198.51.100.1')
  await until(() => first.readyState === WebSocket.OPEN, 'open')
  const second = open('198.51.100.2')
  second.on('error', () => {})
  await until(() => second.readyState === WebSocket.CLOSED, 'refused')
  first.terminate()
})

test('whoever says nothing is closed', async () => {
  await using server = await startTestServer({ firstFrameMs: 100 })
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/ws`, {
    origin: `http://127.0.0.1:${server.port}`,
  })
  const talker = new WebSocket(`ws://127.0.0.1:${server.port}/ws`, {
    origin: `http://127.0.0.1:${server.port}`,
  })
  talker.on('open', () => talker.send('PING'))
  const codes: number[] = []
  socket.on('close', (code) => codes.push(code))
  await until(() => codes.length, 'the close')
  expect(codes).toEqual([1008])
  expect(talker.readyState).toBe(WebSocket.OPEN)
  talker.terminate()
})

test('a stranger that breaks off in the middle of the upgrade harms nobody', async () => {
  await using server = await startTestServer()
  for (let i = 0; i < 20; i++) {
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', () =>
      socket.resetAndDestroy(),
    )
  }
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect((await fetch(`http://127.0.0.1:${server.port}/healthz`)).status).toBe(200)
})
