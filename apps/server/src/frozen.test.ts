/** A store or a replica that stands still, vanishes or falls silent: everything ends in time, and nobody is lost for it. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRedis, type TestRedis } from './backend/start-redis.ts'
import {
  type Attendance,
  chat,
  openPage,
  openWorld,
  peerOf,
  refusalOf,
  type TestPage,
  textsOf,
  until,
} from './test-kit.ts'

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis({ durable: true })
})
afterAll(() => redis.stop())

const times = { lease: 3_000 }
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const send = (page: TestPage, roomId: string, seq: number) =>
  page.api.room.send.mutate({ roomId, messages: [chat(seq, `message ${seq}`)] })
const ready = (port: number) => fetch(`http://127.0.0.1:${port}/readyz`)
async function took(what: Promise<unknown>): Promise<number> {
  const started = performance.now()
  await what
  return performance.now() - started
}
/** Says it until the room has it, as the app's outbox does. */
async function sayAgainAndAgain(page: TestPage, roomId: string, seq: number): Promise<void> {
  for (const end = performance.now() + 10_000; performance.now() < end; await pause(100)) {
    const said = await send(page, roomId, seq).catch(() => undefined)
    if (said) return
  }
  throw new Error('not said within 10 s')
}
const expectNoneLost = (...inside: Attendance[]): void => {
  for (const attendance of inside) {
    expect(attendance.end).toBeUndefined()
    expect(attendance.of('left')).toEqual([])
    expect(attendance.of('snapshot')).toHaveLength(1)
  }
}

test('Redis stands still for longer than a lease: all is answered in time, a drain too, and nobody is gone', async () => {
  await using replicas = openWorld(redis.url, times)
  const one = await replicas.start()
  const two = await replicas.start()
  using ann = openPage(one.port)
  using bo = openPage(two.port)
  using visitor = openPage(one.port)
  const roomId = await ann.createRoom()
  const inside = [await ann.enter(roomId), await bo.enter(roomId)]
  await redis.pause()
  try {
    expect(await took(refusalOf(send(ann, roomId, 1)))).toBeLessThan(4_000)
    expect(await refusalOf(visitor.createRoom())).toBe('unavailable')
    const [response, waited] = await Promise.all([ready(one.port), took(ready(two.port))])
    expect(response.status).toBe(503)
    expect(waited).toBeLessThan(4_000)
    // There is nobody who could take its people in; it doesn't wait for a store that says nothing.
    bo.port = one.port
    expect(await took(two.drain(8_000))).toBeLessThan(6_000)
  } finally {
    await redis.resume()
  }
  const back = performance.now()
  await sayAgainAndAgain(ann, roomId, 1)
  await until(() => inside[1]!.of('resumed').length && textsOf(inside[1]!).length, 'Bo resumes and hears')
  expect(performance.now() - back).toBeLessThan(8_000)
  expect((await ready(one.port)).status).toBe(200)
  expectNoneLost(...inside)
}, 40_000)

test('Redis dies and comes back with its data: the presences go on where they were', async () => {
  await using replicas = openWorld(redis.url, times)
  const one = await replicas.start()
  using ann = openPage(one.port)
  using bo = openPage(one.port)
  const roomId = await ann.createRoom()
  const inside = [await ann.enter(roomId), await bo.enter(roomId)]
  for (let seq = 1; seq <= 10; seq++) {
    if (seq === 5) await redis.restart()
    await sayAgainAndAgain(ann, roomId, seq)
  }
  await until(() => textsOf(inside[1]!).length >= 10, 'all ten')
  expect(textsOf(inside[1]!)).toEqual(Array.from({ length: 10 }, (_, i) => `message ${i + 1}`))
  expectNoneLost(...inside)
}, 40_000)

/** A way to somewhere that can turn into a black hole: what is open falls silent, what is new is taken and not answered. */
async function startHole(port: number) {
  const sockets = new Set<Socket>()
  let swallowing = false
  const server = createServer((near) => {
    sockets.add(near.on('error', () => undefined))
    if (swallowing) return
    const far = connect(port, '127.0.0.1')
    sockets.add(far.on('error', () => undefined))
    near.pipe(far).pipe(near)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    swallow() {
      swallowing = true
      for (const socket of sockets) socket.unpipe().pause()
    },
    open() {
      swallowing = false
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

test('the way to Redis becomes a black hole: the replica says so in time, and goes on when it is open again', async () => {
  await using hole = await startHole(Number(new URL(redis.url).port))
  await using behind = openWorld(`redis://127.0.0.1:${hole.port}`, times)
  await using others = openWorld(redis.url, times)
  const one = await behind.start()
  const two = await others.start()
  using ann = openPage(one.port)
  using bo = openPage(two.port)
  const roomId = await ann.createRoom()
  const first = await ann.enter(roomId)
  const second = await bo.enter(roomId)
  hole.swallow()
  for (let round = 0; round < 2; round++) {
    expect(await took(refusalOf(send(ann, roomId, 1)))).toBeLessThan(4_000)
    expect(await took(ready(one.port))).toBeLessThan(4_000)
  }
  expect((await ready(one.port)).status).toBe(503)
  expect((await ready(two.port)).status).toBe(200)
  await send(bo, roomId, 1)
  hole.open()
  const opened = performance.now()
  await sayAgainAndAgain(ann, roomId, 1)
  await until(() => textsOf(first).length === 2 && textsOf(second).length === 2, 'both hear both')
  expect(performance.now() - opened).toBeLessThan(8_000)
  expect(first.of('snapshot')).toHaveLength(1)
  expect(second.of('left').filter(({ reason }) => reason !== 'expired')).toEqual([])
}, 40_000)

test('the way to the server becomes a black hole: whoever is behind it is gone after the lease, or back by another way', async () => {
  await using replicas = openWorld(redis.url, times)
  const one = await replicas.start()
  await using hole = await startHole(one.port)
  using ann = openPage(one.port)
  using bo = openPage(hole.port)
  using cho = openPage(hole.port, { pingMs: 0 })
  const roomId = await ann.createRoom()
  const watching = await ann.enter(roomId)
  const mover = await bo.enter(roomId)
  const silent = await cho.enter(roomId)
  bo.port = one.port
  hole.swallow()
  const since = performance.now()
  // The app gives a silent connection up by itself (`resilient-socket.ts`).
  for (const socket of bo.sockets) socket.terminate()
  await until(() => mover.of('resumed').length, 'Bo is back by the other way', 8_000)
  await until(() => watching.of('left').length, 'Cho is gone')
  expect(performance.now() - since).toBeLessThan((times.lease * 4) / 3 + 2_000)
  expect(watching.of('left')).toEqual([{ type: 'left', peerId: peerOf(cho, roomId), reason: 'expired' }])
  expect(silent.of('left')).toEqual([])
  expect(one.instance).toBe(mover.of('resumed')[0]!.instance)
}, 40_000)
