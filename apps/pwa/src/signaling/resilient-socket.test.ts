/** The socket on a real server, through a proxy that stops forwarding without a word: a network that went away. */
import { once } from 'node:events'
import net from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { checkSockets, ResilientSocket, setPingInterval } from './resilient-socket.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  setPingInterval(20_000)
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

const portOf = (server: { address(): unknown }) => (server.address() as net.AddressInfo).port
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Answers PING with PONG, as tRPC's server does, and everything else with itself. */
async function serve() {
  const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  const pings: number[] = []
  wss.on('connection', (ws) =>
    ws.on('message', (data) => {
      const text = (data as Buffer).toString()
      if (text !== 'PING') return ws.send(text)
      pings.push(performance.now())
      ws.send('PONG')
    }),
  )
  await once(wss, 'listening')
  cleanups.push(() => {
    for (const ws of wss.clients) ws.terminate()
    wss.close()
  })
  return { wss, pings, port: portOf(wss) }
}

/** Forwards until `hole` is set; then takes everything and says nothing. */
async function proxy(target: number) {
  const state = { hole: false }
  const sockets = new Set<net.Socket>()
  const server = net.createServer((inbound) => {
    const outbound = net.connect(target, '127.0.0.1')
    for (const [from, to] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk) => void (state.hole || to.write(chunk)))
      from.on('error', () => {})
      from.on('close', () => void (state.hole || to.destroy()))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { state, port: portOf(server), free: () => sockets.forEach((socket) => socket.destroy()) }
}

function listen(socket: WebSocket) {
  const events: string[] = []
  for (const type of ['open', 'message', 'error', 'close']) {
    socket.addEventListener(type, (event) => {
      events.push(event.type === 'message' ? `message ${(event as MessageEvent).data}` : event.type)
    })
  }
  return events
}

async function connectThroughProxy() {
  const server = await serve()
  const between = await proxy(server.port)
  const socket = new ResilientSocket(`ws://127.0.0.1:${between.port}`)
  cleanups.push(() => socket.close())
  const events = listen(socket)
  await once(socket, 'open')
  return { server, between, socket, events }
}

describe('a network that went away', () => {
  it('is noticed by an overdue pong, and told once, within 4 s of pings every 2 s', async () => {
    setPingInterval(2_000)
    const { between, socket, events } = await connectThroughProxy()
    await sleep(100)
    between.state.hole = true
    const began = performance.now()
    await once(socket, 'close')
    expect(performance.now() - began).toBeLessThan(4_000)
    expect(socket.readyState).toBe(WebSocket.CLOSED)
    between.state.hole = false
    between.free()
    await sleep(200)
    expect(events).toEqual(['open', 'close'])
  })

  it('is noticed at once when the browser hints at it', async () => {
    const { between, socket } = await connectThroughProxy()
    between.state.hole = true
    const began = performance.now()
    checkSockets()
    await once(socket, 'close')
    expect(performance.now() - began).toBeLessThan(1_600)
  })

  it('ends a close() that nobody answers in 250 ms', async () => {
    const { between, socket, events } = await connectThroughProxy()
    between.state.hole = true
    const began = performance.now()
    socket.close()
    await once(socket, 'close')
    const took = performance.now() - began
    expect(took).toBeGreaterThan(200)
    expect(took).toBeLessThan(450)
    expect(events).toEqual(['open', 'close'])
  })
})

describe('a network that is there', () => {
  it('closes in the ordinary way, once', async () => {
    const { socket, events } = await connectThroughProxy()
    const closed = once(socket, 'close')
    socket.close(4_000, 'bye')
    const [event] = (await closed) as [CloseEvent]
    expect(event.wasClean).toBe(true)
    expect(event.code).toBe(4_000)
    await sleep(400)
    expect(events).toEqual(['open', 'close'])
  })

  it('pings at the pace of the moment, and keeps the answers from others', async () => {
    const { server, events } = await connectThroughProxy()
    await sleep(300)
    expect(server.pings).toHaveLength(0)
    const began = performance.now()
    setPingInterval(200)
    await expect.poll(() => server.pings.length, { timeout: 5_000 }).toBeGreaterThanOrEqual(4)
    // One at once, and then one for each interval at most, however slow the machine is.
    expect(server.pings.length).toBeLessThanOrEqual(1 + Math.ceil((performance.now() - began) / 200))
    expect(events).toEqual(['open'])
  })

  it('lets others ping too, and gives each its own answer', async () => {
    const { socket, events } = await connectThroughProxy()
    socket.send('PING')
    checkSockets()
    socket.send('PING')
    socket.send('hello')
    await sleep(200)
    expect(events).toEqual(['open', 'message PONG', 'message PONG', 'message hello'])
  })

  it('doesn’t take a page that stood still for a dead network', async () => {
    const { socket, events } = await connectThroughProxy()
    checkSockets()
    // The pong is in, but the page can't look at it before its own timer goes off.
    const until = performance.now() + 1_600
    while (performance.now() < until);
    await sleep(400)
    expect(socket.readyState).toBe(WebSocket.OPEN)
    expect(events).toEqual(['open'])
  })
})

it('gives up connecting after 5 s, with an error and a close', async () => {
  const server = await serve()
  const between = await proxy(server.port)
  between.state.hole = true
  const began = performance.now()
  const socket = new ResilientSocket(`ws://127.0.0.1:${between.port}`)
  const events = listen(socket)
  await once(socket, 'close')
  const took = performance.now() - began
  expect(took).toBeGreaterThan(4_900)
  expect(took).toBeLessThan(5_600)
  between.free()
  await sleep(200)
  expect(events).toEqual(['error', 'close'])
})

it('tells at once when nobody listens', async () => {
  const server = await serve()
  const { port } = server
  server.wss.close()
  const socket = new ResilientSocket(`ws://127.0.0.1:${port}`)
  const events = listen(socket)
  await once(socket, 'close')
  await sleep(300)
  expect(events).toEqual(['error', 'close'])
})
