/** Several replicas as one, the hand-over between them, and what outlives a store that is away. */
import { connect } from 'node:net'
import { RoomError, type RoomRow } from '@maru/api-types'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEFAULT_TIMES } from './backend/backend.ts'
import { createMemoryBackend } from './backend/memory.ts'
import { createRedisBackend } from './backend/redis.ts'
import { freePort, startRedis, type TestRedis } from './backend/start-redis.ts'
import {
  type Attendance,
  openPage,
  openWorld,
  peerOf,
  reasonOf,
  startTestServer,
  textsOf,
  type TestPage,
  until,
} from './test-kit.ts'

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const say = (page: TestPage, roomId: string, seq: number) =>
  page.api.room.send.mutate({ roomId, messages: [{ seq, body: { type: 'chat', text: `message ${seq}` } }] })
const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `message ${i + 1}`)
const ready = (port: number) => fetch(`http://127.0.0.1:${port}/readyz`)

describe.concurrent.each(['memory', 'redis'])('replicas on one %s', (kind) => {
  const world = (times = {}) => openWorld(kind === 'redis' ? redis.url : undefined, times)

  test('people on different replicas are in one room', async () => {
    await using replicas = world()
    const one = await replicas.start()
    const two = await replicas.start()
    using ann = openPage(one.port)
    using bo = openPage(two.port)
    const roomId = await ann.createRoom()
    const first = await ann.enter(roomId, { name: 'Ann' })
    const second = await bo.enter(roomId, { name: 'Bo' })
    expect(first.of('snapshot')[0]!.instance).toBe(one.instance)
    expect(second.of('snapshot')[0]!.instance).toBe(two.instance)
    expect(one.instance).not.toBe(two.instance)
    await until(() => first.of('joined').length, 'joined')
    await say(ann, roomId, 1)
    await say(bo, roomId, 1)
    await until(() => textsOf(first).length === 2 && textsOf(second).length === 2, 'both messages')
    await bo.api.room.leave.mutate({ roomId })
    await until(() => first.of('left').length, 'left')
  })

  test('P10 fifty joins at once through two replicas leave six inside a room of six', async () => {
    await using replicas = world()
    const servers = [await replicas.start(), await replicas.start()]
    using host = openPage(servers[0]!.port)
    const roomId = await host.createRoom({ capacity: 6 })
    const pages = Array.from({ length: 50 }, (_, i) => openPage(servers[i % 2]!.port))
    const attendances = pages.map((page) => page.join(roomId))
    await until(() => attendances.every((one) => one.heard.length || one.end), 'fifty answers', 10_000)
    expect(attendances.filter((one) => one.end === undefined)).toHaveLength(6)
    expect(attendances.filter((one) => one.end === 'room-full')).toHaveLength(44)
    for (const page of pages) page[Symbol.dispose]()
  })

  test('P6 P8 a drain moves everybody: no event lost or doubled, and nobody is said to have left', async () => {
    await using replicas = world()
    const one = await replicas.start()
    const two = await replicas.start()
    using ann = openPage(two.port)
    using bo = openPage(one.port)
    using cho = openPage(one.port)
    const roomId = await ann.createRoom()
    const first = await ann.enter(roomId)
    const moving = [await bo.enter(roomId), await cho.enter(roomId)]
    bo.port = cho.port = two.port

    let drained: Promise<void> | undefined
    for (let seq = 1; seq <= 60; seq++) {
      if (seq === 20) drained = one.drain(5_000)
      await say(ann, roomId, seq)
      await pause(2)
    }
    await drained
    await until(() => moving.every((one) => textsOf(one).length >= 60), 'all sixty')
    for (const attendance of [first, ...moving]) {
      expect(textsOf(attendance)).toEqual(numbered(60))
      expect(attendance.end).toBeUndefined()
      expect(attendance.of('left')).toEqual([])
    }
    for (const attendance of moving) {
      expect(attendance.of('resumed').map(({ instance }) => instance)).toEqual([two.instance])
    }
    expect(first.of('joined')).toHaveLength(2)
    expect(bo.sockets).toHaveLength(2)
    expect(await say(bo, roomId, 1)).toEqual({ applied: 1, refused: [] })
  })

  test('P8 what a superseded connection says changes nothing, and it ends without a word', async () => {
    await using replicas = world({ lease: 1_500 })
    const one = await replicas.start()
    const two = await replicas.start()
    using ann = openPage(one.port)
    using old = openPage(one.port)
    using moved = openPage(two.port, { ...old.secrets, firstAttempt: 2 })
    const roomId = await ann.createRoom()
    const watching = await ann.enter(roomId)
    const stale = await old.enter(roomId)
    await moved.enter(roomId)
    expect(await say(old, roomId, 1).catch(reasonOf)).toBe('not-a-member')
    await old.api.room.leave.mutate({ roomId })
    // Over a few renewals of both.
    await pause(2_000)
    old.sockets[0]!.close(1001)
    await pause(2_000)
    expect(watching.of('left')).toEqual([])
    expect(stale.end).toBeUndefined()
    expect(await say(moved, roomId, 1)).toEqual({ applied: 1, refused: [] })
  })

  test('P27 the list is live, the same on both, and has neither names nor rooms that are not for it', async () => {
    await using replicas = world()
    const one = await replicas.start({ emptyRowMs: 3_000 })
    const two = await replicas.start({ emptyRowMs: 3_000 })
    using ann = openPage(one.port)
    using bo = openPage(two.port)
    const { heard } = bo.list()
    await until(() => heard.length, 'the list')
    const hidden = await ann.createRoom({ listed: false, name: 'Hidden' })
    const shown = await ann.createRoom({ listed: true, name: 'Shown', capacity: 2 })
    const rows = (): RoomRow[] =>
      heard.flatMap((event) =>
        event.type === 'rooms' ? event.rooms : event.type === 'changed' ? event.upserts : [],
      )
    const lastRow = (): RoomRow | undefined => rows().findLast(({ roomId }) => roomId === shown)
    const empty = await until(lastRow, 'the new room')
    expect(empty).toMatchObject({ name: 'Shown', capacity: 2, count: 0, people: [], locked: false })

    await ann.enter(hidden, { name: 'Ann Lee' })
    await ann.enter(shown, { name: 'Ann Lee' })
    await bo.enter(shown, { name: '김지은' })
    const full = await until(() => lastRow()?.count === 2 && lastRow(), 'two people', 4_000)
    expect(full.people.map(({ initials }) => initials)).toEqual(['AL', '지은'])
    const text = JSON.stringify(heard)
    for (const secret of ['Hidden', hidden, 'Lee', '김지은', peerOf(ann, shown), peerOf(bo, shown)]) {
      expect(text).not.toContain(secret)
    }

    using late = openPage(one.port)
    const other = late.list()
    await until(() => other.heard.length, 'the list')
    expect(other.heard[0]).toMatchObject({ type: 'rooms', rooms: [{ roomId: shown, count: 2 }] })

    await bo.api.room.leave.mutate({ roomId: shown })
    await ann.api.room.leave.mutate({ roomId: shown })
    await until(() => lastRow()?.count === 0, 'the empty room', 4_000)
    const gone = () => heard.some((event) => event.type === 'changed' && event.gone.includes(shown))
    await until(gone, 'the room to go', 6_000)
  })
})

test.concurrent('P27 changes of the list come at most once a second', async () => {
  await using server = await startTestServer()
  using ann = openPage(server.port)
  const { heard } = ann.list()
  await until(() => heard.length, 'the list')
  for (let i = 0; i < 12; i++) {
    await ann.createRoom({ listed: true, name: `Room ${i}` })
    await pause(90)
  }
  await until(() => JSON.stringify(heard).includes('Room 11'), 'the last room')
  expect(heard.length).toBeLessThanOrEqual(4)
})

test.concurrent('a server without a public list says so, and lists nothing', async () => {
  await using server = await startTestServer({ roomList: false })
  using ann = openPage(server.port)
  const { heard } = ann.list()
  await ann.enter(await ann.createRoom({ listed: true }))
  await pause(1_200)
  expect(heard).toEqual([{ type: 'off' }])
})

test.concurrent(
  'P23 P26 when it was the replica that stood still, its members come back by themselves',
  async () => {
    const times = { ...DEFAULT_TIMES, lease: 600 }
    const backend = createMemoryBackend({ times })
    let still = false
    const halting = {
      ...backend,
      renew: (requests: Parameters<typeof backend.renew>[0]) =>
        still ? Promise.reject(new RoomError('unavailable')) : backend.renew(requests),
    }
    await using one = await startTestServer({ times, backend: halting })
    await using two = await startTestServer({ times, backend })
    using ann = openPage(one.port, { pingMs: 50 })
    using bo = openPage(two.port, { pingMs: 50 })
    const roomId = await ann.createRoom()
    const first = await ann.enter(roomId)
    const second = await bo.enter(roomId)
    still = true
    const left = await until(() => second.of('left')[0], 'left')
    expect(left).toEqual({ type: 'left', peerId: peerOf(ann, roomId), reason: 'expired' })
    const joined = await until(() => second.of('joined')[0], 'joined again')
    expect(joined.peer.peerId).toBe(peerOf(ann, roomId))
    still = false
    await until(() => first.of('resumed').length, 'resumed')
    expect(first.of('left')).toEqual([])
    expect(await say(ann, roomId, 1)).toEqual({ applied: 1, refused: [] })
    expect(ann.sockets).toHaveLength(1)
    await backend.close()
  },
)

test.concurrent(
  'P15 a store that lost everything gets the room back from those inside, who hear of the loss',
  async () => {
    const lossy = await startRedis()
    const replicas = openWorld(lossy.url)
    const { port } = await replicas.start()
    using ann = openPage(port)
    using bo = openPage(port)
    const roomId = await ann.createRoom({ name: 'Survivor' })
    const members = [await ann.enter(roomId, { name: 'Ann' }), await bo.enter(roomId, { name: 'Bo' })]
    await say(ann, roomId, 1)
    await until(() => members.every((one) => textsOf(one).length), 'the message')
    const redisPort = Number(new URL(lossy.url).port)
    await new Promise((resolve) =>
      connect(redisPort, '127.0.0.1').end('FLUSHALL\r\n').resume().on('close', resolve),
    )
    const isReset = (one: Attendance) => one.of('snapshot').at(-1)?.reset === 'data-lost'
    await until(() => members.every(isReset), 'a reset', 10_000)
    for (const member of members) {
      const { room } = member.of('snapshot').at(-1)!
      expect(room).toMatchObject({
        roomId,
        name: 'Survivor',
        hostId: members[0]!.of('snapshot')[0]!.room.hostId,
      })
      expect(member.end).toBeUndefined()
    }
    expect(await say(bo, roomId, 1)).toMatchObject({ refused: [] })
    await until(() => members.every((one) => textsOf(one).length >= 2), 'the next message')
    await replicas[Symbol.asyncDispose]()
    await lossy.stop()
  },
)

test.concurrent(
  'without its store a server listens, says why it is not ready, and goes on when the store is there',
  async () => {
    const port = await freePort()
    const backend = createRedisBackend({ url: `redis://127.0.0.1:${port}` })
    const server = await startTestServer({ backend })
    const notReady = await ready(server.port)
    expect(notReady.status).toBe(503)
    expect(await notReady.json()).toMatchObject({ ready: false, reason: 'store-unavailable' })
    using ann = openPage(server.port)
    expect(await ann.createRoom().catch(reasonOf)).toBe('unavailable')
    // A join doesn't fail for it: it waits.
    const attendance = ann.join('AAAAAAAAAAAAAAAAAAAAAA')
    await pause(300)
    expect(attendance.end).toBeUndefined()
    const late = await startRedis({ port })
    expect(await until(() => attendance.end, 'an answer', 10_000)).toBe('not-found')
    expect((await ready(server.port)).status).toBe(200)
    await ann.enter(await ann.createRoom())
    await server.drain(0)
    await backend.close()
    await late.stop()
  },
)

test.concurrent(
  'a drain says so in /readyz, takes nobody new, and cuts whoever has nowhere to go',
  async () => {
    await using server = await startTestServer()
    using ann = openPage(server.port)
    await ann.enter(await ann.createRoom())
    const keepAlive = await ready(server.port)
    expect(keepAlive.status).toBe(200)
    const codes: number[] = []
    ann.sockets[0]!.on('close', (code) => codes.push(code))
    const since = performance.now()
    await server.drain(300)
    expect(performance.now() - since).toBeLessThan(2_000)
    await until(() => codes.length, 'the close')
    expect(codes).toEqual([1012])
    await expect(ready(server.port)).rejects.toThrow('fetch failed')
  },
)
