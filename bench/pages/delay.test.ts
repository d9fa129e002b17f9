/** What comes over a longer way comes whole and in order, and not too soon. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Delay, startDelay } from './delay.ts'

const ROUND_TRIP_MS = 100

let all: AsyncDisposableStack
let delay: Delay

beforeEach(async () => {
  all = new AsyncDisposableStack()
  const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
  await once(echo, 'listening')
  all.defer(() => void echo.close())
  delay = all.use(await startDelay((echo.address() as AddressInfo).port))
})
afterEach(() => all.disposeAsync())

function open(): Socket {
  const socket = connect(Number(new URL(delay.origin).port), '127.0.0.1')
  all.defer(() => void socket.destroy())
  return socket
}

/** Milliseconds until everything that was sent has come back, as it was. */
async function echoed(socket: Socket, sent: Buffer): Promise<number> {
  const began = performance.now()
  socket.write(sent)
  let heard = Buffer.alloc(0)
  while (heard.length < sent.length) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    heard = Buffer.concat([heard, chunk])
  }
  expect(heard.equals(sent)).toBe(true)
  return performance.now() - began
}

const numbered = (bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, (_, i) => i % 251))

test('a round trip takes longer, and the first one of a connection as long again', async () => {
  delay.roundTrip = ROUND_TRIP_MS
  const socket = open()
  // A timer may be a millisecond early.
  expect(await echoed(socket, numbered(10))).toBeGreaterThan(2 * ROUND_TRIP_MS - 3)
  const second = await echoed(socket, numbered(10))
  expect(second).toBeGreaterThan(ROUND_TRIP_MS - 3)
})

test('all connections share what a line carries', async () => {
  const bytes = 20_000
  delay.kbits = 1_000
  const both = await Promise.all([echoed(open(), numbered(bytes)), echoed(open(), numbered(bytes))])
  expect(Math.max(...both)).toBeGreaterThan((2 * bytes * 8) / 1_000 - 3)
})

test('a connection that is cut is told so, and the next one is taken', async () => {
  const socket = open()
  await echoed(socket, numbered(10))
  const closed = once(socket, 'close')
  delay.cut()
  await closed
  await echoed(open(), numbered(10))
})
