/** What one connection is held to: frames, floods, unread megabytes, and what it costs when it doesn't behave. */
import { connect, type Socket } from 'node:net'
import { makeSecret } from '@maru/api-types'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { readMetric, upgradeOf } from './abuse-kit.ts'
import { peerIdOf } from './rooms/identity.ts'
import { openPage, reasonOf, startTestServer, type TestPage, until } from './test-kit.ts'

function openRaw(port: number, query = ''): { socket: WebSocket; codes: number[]; heard: string[] } {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws${query}`, { origin: `http://127.0.0.1:${port}` })
  const raw = { socket, codes: [] as number[], heard: [] as string[] }
  socket.on('message', (data: Buffer) => raw.heard.push(data.toString()))
  socket.on('close', (code) => raw.codes.push(code))
  socket.on('error', () => {})
  return raw
}

/** A WebSocket without a library, that reads only when it wants to. */
async function openUnread(port: number, firstFrames: unknown[]): Promise<Socket> {
  const stream = connect(port, '127.0.0.1')
  stream.on('error', () => {})
  stream.write(upgradeOf(port))
  await new Promise((resolve) => stream.once('data', resolve))
  for (const frame of firstFrames) stream.write(maskedFrame(Buffer.from(JSON.stringify(frame))))
  return stream
}

/** RFC 6455 §5.2, with a mask of zeros. */
function maskedFrame(payload: Buffer): Buffer {
  const head = Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 255, 0, 0, 0, 0])
  return Buffer.concat([head, payload])
}

test('P34 a reader that reads nothing is cut, and costs the others nothing', async () => {
  await using server = await startTestServer({ internalPort: 0 })
  using bo = openPage(server.port)
  const roomId = await bo.createRoom()
  const second = await bo.enter(roomId)
  const deaf = { userSecret: makeSecret(), joinSecret: makeSecret() }
  const input = { ...bo.joinInput(roomId), ...deaf, name: 'Deaf' }
  const stream = await openUnread(server.port, [
    { id: 1, method: 'subscription', params: { path: 'room.join', input } },
  ])
  await until(() => second.of('joined').length, 'the deaf one')
  stream.pause()

  // The kernel's buffers take some megabytes before anything waits in the process.
  const to = peerIdOf(roomId, deaf.joinSecret)
  const signal = { gen: 1, description: { type: 'offer' as const, sdp: 'x'.repeat(32_000) } }
  const talkers = Array.from({ length: 6 }, () => openPage(server.port))
  let refused = 0
  const talk = async (page: TestPage) => {
    await page.enter(roomId)
    for (let seq = 1; seq <= 100; seq++) {
      const result = await page.api.room.send.mutate({
        roomId,
        messages: [{ seq, body: { type: 'signal', to, signal } }],
      })
      refused += result.refused.length
    }
  }
  await Promise.all(talkers.map(talk))
  let received = 0
  let closed = false
  stream.on('data', (data) => (received += data.length))
  stream.on('close', () => (closed = true))
  stream.resume()
  await until(() => closed, 'the cut', 5_000)
  // It was inside all the time, and what it left unread wasn't kept for it.
  expect(refused).toBe(0)
  expect(received).toBeLessThan(600 * 32_000 * 0.8)
  await until(() => second.of('joined').length === 7, 'all that the one that reads should hear')
  expect(await readMetric(server.internalPort, 'maru_connections_cut_total{why="slow reader"}')).toBe(1)
  for (const page of talkers) page[Symbol.dispose]()
})

test('an oversized frame closes its connection with 1009 and nobody else hears of it', async () => {
  await using server = await startTestServer()
  using ann = openPage(server.port)
  const first = await ann.enter(await ann.createRoom())
  const { socket, codes } = openRaw(server.port)
  await until(() => socket.readyState === WebSocket.OPEN, 'open')
  socket.send('x'.repeat(262_145))
  await until(() => codes.length, 'the close')
  expect(codes).toEqual([1009])
  expect(first.end).toBeUndefined()
})

test('fragments without end are refused', async () => {
  await using server = await startTestServer()
  const { socket, codes } = openRaw(server.port)
  await until(() => socket.readyState === WebSocket.OPEN, 'open')
  for (let i = 0; i < 80; i++) socket.send('x', { fin: false })
  await until(() => codes.length, 'the close')
  expect(codes).toEqual([1008])
})

test('P33 whoever asks too fast is told when to go on, and can', async () => {
  await using server = await startTestServer()
  using ann = openPage(server.port)
  const roomId = await ann.createRoom()
  await ann.enter(roomId)
  const answers: unknown[] = []
  for (let round = 0; round < 9; round++) {
    const asked = Array.from({ length: 50 }, () =>
      ann.api.room.iceServers.query({ roomId }).then(
        () => 'fine',
        (error: { data: unknown }) => error.data,
      ),
    )
    answers.push(...(await Promise.all(asked)))
  }
  const refused = answers.filter((answer) => answer !== 'fine')
  expect(refused.length).toBeGreaterThan(0)
  expect(refused[0]).toEqual({ reason: 'rate-limited', retryAfterMs: expect.any(Number) as number })
  expect(ann.sockets).toHaveLength(1)
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  expect(await ann.api.room.iceServers.query({ roomId })).toEqual([])
})

test('P33 a flood is closed with 1008, and the others hear nothing', async () => {
  await using server = await startTestServer()
  using ann = openPage(server.port)
  const roomId = await ann.createRoom()
  const first = await ann.enter(roomId)
  const frame = JSON.stringify({
    id: 1,
    method: 'mutation',
    params: { path: 'room.leave', input: { roomId } },
  })
  const byCount = openRaw(server.port)
  await until(() => byCount.socket.readyState === WebSocket.OPEN, 'open')
  for (let i = 0; i < 400; i++) byCount.socket.send(frame)
  await until(() => byCount.heard.length >= 400, 'answers')
  for (let i = 0; i < 2_000; i++) byCount.socket.send(frame)
  await until(() => byCount.codes.length, 'the close')
  expect(byCount.codes).toEqual([1008])
  expect(byCount.heard.some((text) => text.includes('"rate-limited"'))).toBe(true)

  const bySize = openRaw(server.port)
  await until(() => bySize.socket.readyState === WebSocket.OPEN, 'open')
  for (let i = 0; i < 40; i++) bySize.socket.send('y'.repeat(250_000))
  await until(() => bySize.codes.length, 'the close')
  expect(bySize.codes).toEqual([1008])
  expect(first.events().map(({ type }) => type)).toEqual(['snapshot'])
})

test('forty people behind one address get in within seconds, and none of them is refused', async () => {
  await using server = await startTestServer()
  using host = openPage(server.port)
  const rooms = await Promise.all(Array.from({ length: 4 }, () => host.createRoom({ capacity: 10 })))
  const pages = Array.from({ length: 40 }, () => openPage(server.port))
  const attendances = pages.map((page, i) => page.join(rooms[i % 4]!))
  await until(() => attendances.every((one) => one.heard.length), 'forty snapshots', 8_000)
  for (const page of pages) page[Symbol.dispose]()
})

test('rooms are made by the dozen, not by the thousand', async () => {
  await using server = await startTestServer()
  const answers: string[] = []
  for (let round = 0; round < 4; round++) {
    using ann = openPage(server.port)
    answers.push(...(await Promise.all(Array.from({ length: 20 }, () => ann.createRoom().catch(reasonOf)))))
  }
  expect(answers.slice(0, 40)).not.toContain('rate-limited')
  expect(answers.filter((answer) => answer === 'rate-limited').length).toBeGreaterThan(10)
})

test('a connection has so many subscriptions and no more', async () => {
  await using server = await startTestServer()
  using ann = openPage(server.port)
  const ends: string[] = []
  const open = Array.from({ length: 20 }, () =>
    ann.api.rooms.list.subscribe(undefined, { onError: (error) => ends.push(reasonOf(error)) }),
  )
  await until(() => ends.length === 4, 'four refusals')
  expect(new Set(ends)).toEqual(new Set(['rate-limited']))
  for (const subscription of open) subscription.unsubscribe()
  await ann.createRoom()
  const { heard } = ann.list()
  await until(() => heard.length, 'a list')

  // A refusal takes no place, and neither does what has come to its end.
  for (let i = 0; i < 20; i++) {
    const refused = ann.join('AAAAAAAAAAAAAAAAAAAAAA')
    expect(await until(() => refused.end, 'the end')).toBe('not-found')
  }
  const roomId = await ann.createRoom()
  for (let i = 0; i < 20; i++) await ann.enter(roomId)
})

test('P62 a new room is of the shard that its connection asked for', async () => {
  await using server = await startTestServer()
  const room = { name: 'Sharded', listed: false, capacity: 10, userSecret: makeSecret() }
  const create = { id: 1, method: 'mutation', params: { path: 'rooms.create', input: room } }
  const roomAfter = async (query: string): Promise<string> => {
    const { socket, heard } = openRaw(server.port, query)
    socket.once('open', () => socket.send(JSON.stringify(create)))
    await until(() => heard.length, 'the new room')
    socket.close()
    return (JSON.parse(heard[0]!) as { result: { data: { roomId: string } } }).result.data.roomId
  }
  expect(await roomAfter('?shard=_9')).toMatch(/^_9[\w-]{20}$/)
  const beginnings = ['abc', 'a', 'a.', '%00a', ''].map(async (shard) => {
    const roomId = await roomAfter(`?shard=${shard}`)
    expect(roomId).toMatch(/^(?!abc)[\w-]{22}$/)
    return roomId.slice(0, 2)
  })
  // What is no shard counts as none: each id begins as it happens to.
  expect(new Set(await Promise.all(beginnings)).size).toBeGreaterThan(1)
})
