/** Bounded memory: whoever doesn't read, doesn't answer or doesn't come back costs so much and for so long. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { makeSecret } from '@maru/api-types'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { freePort } from './backend/start-redis.ts'
import { upgradeOf } from './abuse-kit.ts'
import { openPage, startTestServer, type TestPage, type TestServer, until } from './test-kit.ts'

const MEGABYTE = 1_000_000

async function readMetrics(internalPort: number | undefined): Promise<(name: string) => number> {
  const text = await (await fetch(`http://127.0.0.1:${internalPort}/metrics`)).text()
  return (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}

/** Waits until the server's own counts are these. */
async function untilCounts(server: TestServer, counts: Record<string, number>): Promise<void> {
  await expect
    .poll(
      async () => {
        const metric = await readMetrics(server.internalPort)
        return Object.fromEntries(Object.keys(counts).map((name) => [name, metric(`maru_${name}`)]))
      },
      { timeout: 15_000 },
    )
    .toEqual(counts)
}

/** A member whose machine stops answering when it is told to: nothing is read, written or closed any more. */
async function openDeaf(port: number, input: object): Promise<Socket> {
  const stream = connect(port, '127.0.0.1')
  stream.on('error', () => {})
  stream.write(upgradeOf(port))
  await once(stream, 'data')
  const frame = Buffer.from(
    JSON.stringify({ id: 1, method: 'subscription', params: { path: 'room.join', input } }),
  )
  // RFC 6455 §5.2, with a mask of zeros.
  stream.write(
    Buffer.concat([Buffer.from([0x81, 0xfe, frame.length >> 8, frame.length & 255, 0, 0, 0, 0]), frame]),
  )
  return stream
}

test('P34 five who read nothing while their room is flooded cost the server some megabytes, and are cut', async () => {
  const [port, internalPort] = [await freePort(), await freePort()]
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const env = { PORT: String(port), INTERNAL_PORT: String(internalPort), LOG_LEVEL: 'silent' }
  const server = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: 'ignore',
  })
  try {
    const isUp = () =>
      fetch(`http://127.0.0.1:${internalPort}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      )
    await expect.poll(isUp, { timeout: 30_000 }).toBe(true)
    const talkers = Array.from({ length: 5 }, () => openPage(port, { pingMs: 0 }))
    const roomId = await talkers[0]!.createRoom({ capacity: 10 })
    await Promise.all(talkers.map((page) => page.enter(roomId)))
    const deaf = await Promise.all(
      Array.from({ length: 5 }, () => {
        const secrets = { userSecret: makeSecret(), joinSecret: makeSecret() }
        return openDeaf(port, { ...talkers[0]!.joinInput(roomId), ...secrets })
      }),
    )
    for (const stream of deaf) stream.pause()
    const before = await readMetrics(internalPort)
    let pinned = 0
    const watching = setInterval(() => {
      readMetrics(internalPort).then(
        (metric) => (pinned = Math.max(pinned, metric('nodejs_external_memory_bytes'))),
        // The test ends in the middle of an answer.
        () => {},
      )
    }, 50)
    // 5 × 450 × 8 KB to each of ten: of the 18 MB for each deaf one the kernel takes about 6.
    await Promise.all(talkers.map((page) => flood(page, roomId)))
    clearInterval(watching)
    await expect
      .poll(async () => (await readMetrics(internalPort))('maru_sockets'), { timeout: 5_000 })
      .toBe(5)
    const after = await readMetrics(internalPort)
    expect(pinned - before('nodejs_external_memory_bytes')).toBeLessThan(20 * MEGABYTE)
    expect(after('process_resident_memory_bytes') - before('process_resident_memory_bytes')).toBeLessThan(
      250 * MEGABYTE,
    )
    for (const page of talkers) page[Symbol.dispose]()
    for (const stream of deaf) stream.destroy()
  } finally {
    server.kill('SIGKILL')
  }
}, 90_000)

async function flood(page: TestPage, roomId: string): Promise<void> {
  const text = '🌊'.repeat(2_000)
  for (let seq = 1; seq <= 450; seq += 5) {
    const messages = Array.from({ length: 5 }, (_, i) => ({
      seq: seq + i,
      body: { type: 'chat' as const, text },
    }))
    await page.api.room.send.mutate({ roomId, messages })
  }
}

test('P23 members whose connection died without a word are gone with their lease, and so is their room', async () => {
  const times = { lease: 800 }
  await using server = await startTestServer({ times, internalPort: 0 })
  using ann = openPage(server.port)
  const roomId = await ann.createRoom()
  const first = await ann.enter(roomId)
  const halfOpen = await Promise.all(
    Array.from({ length: 8 }, () => {
      const secrets = { userSecret: makeSecret(), joinSecret: makeSecret() }
      return openDeaf(server.port, { ...ann.joinInput(roomId), ...secrets })
    }),
  )
  await until(() => first.of('joined').length === 8, 'everybody inside')
  for (const stream of halfOpen) stream.pause()
  await untilCounts(server, { rooms: 1, members: 1, sockets: 1 })
  expect(first.of('left').map(({ reason }) => reason)).toEqual(Array.from({ length: 8 }, () => 'expired'))
  expect(first.end).toBeUndefined()

  // The last one leaves, and a lease and a half later nothing is followed any more.
  await ann.api.room.leave.mutate({ roomId })
  await untilCounts(server, { rooms: 0, members: 0 })
  for (const stream of halfOpen) stream.destroy()
})

test('a socket that is no member and answers no ping is cut too, and one that answers is not', async () => {
  await using server = await startTestServer({ askAfterMs: 800, internalPort: 0 })
  using ann = openPage(server.port, { pingMs: 0 })
  ann.list()
  await until(() => ann.sockets[0]?.readyState === WebSocket.OPEN, 'open')
  const stream = await openDeaf(server.port, {})
  await untilCounts(server, { sockets: 2 })
  stream.pause()
  await untilCounts(server, { sockets: 1 })
  // Several times as long as the dead one was given.
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  expect(ann.sockets).toHaveLength(1)
  expect(ann.sockets[0]!.readyState).toBe(WebSocket.OPEN)
  stream.destroy()
})
