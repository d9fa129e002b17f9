/** Coming back, going away, falling silent: real sockets, on both backends. */
import type { RoomEvent } from '@maru/api-types'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedis, type TestRedis } from './backend/start-redis.ts'
import { chat, openPage, openWorld, peerOf, signalTo, textsOf, until } from './test-kit.ts'

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

describe.concurrent.each(['memory', 'redis'])('on %s', (kind) => {
  const world = (times = {}) => openWorld(kind === 'redis' ? redis.url : undefined, times)

  test('P15 P20 a killed socket resumes: every event once, in order, and nobody is said to have left', async () => {
    await using replicas = world()
    const { port } = await replicas.start()
    using ann = openPage(port)
    using bo = openPage(port)
    const roomId = await ann.createRoom()
    const first = await ann.enter(roomId)
    const second = await bo.enter(roomId)
    const expected: string[] = []
    for (let seq = 1; seq <= 30; seq++) {
      if (seq % 7 === 0) bo.sockets.at(-1)!.terminate()
      await ann.api.room.send.mutate({ roomId, messages: [chat(seq, `message ${seq}`)] })
      expected.push(`message ${seq}`)
      await new Promise((resolve) => setTimeout(resolve, seq % 3))
    }
    await until(() => textsOf(second).length >= 30, 'all thirty')
    expect(textsOf(second)).toEqual(expected)
    expect(bo.sockets.length).toBeGreaterThan(3)
    expect(second.of('snapshot')).toHaveLength(1)
    // P13: tRPC's client drops an id that it has seen, so even a `resumed` from the same place has one of its own.
    expect(new Set(second.heard.map(({ id }) => id)).size).toBe(second.heard.length)
    expect(second.of('resumed').length).toBeGreaterThan(0)
    expect(first.of('left')).toEqual([])
    expect(first.of('joined')).toHaveLength(1)
  })

  test('P15 an id that is not of this room is answered with a reset, never with silence', async () => {
    await using replicas = world()
    const { port } = await replicas.start()
    using ann = openPage(port)
    const roomId = await ann.createRoom()
    for (const lastEventId of ['other-epoch:1700000000000-0', 'nonsense']) {
      const input = { ...ann.joinInput(roomId), lastEventId }
      const events: RoomEvent[] = []
      const subscription = ann.api.room.join.subscribe(input, { onData: ({ data }) => events.push(data) })
      await until(() => events.length, 'a first event')
      expect(events[0]).toMatchObject({ type: 'snapshot', reset: 'data-lost' })
      subscription.unsubscribe()
    }
  })

  test('P24 a page that goes away has left within two seconds', async () => {
    await using replicas = world()
    const { port } = await replicas.start()
    using ann = openPage(port)
    using bo = openPage(port)
    const roomId = await ann.createRoom()
    const first = await ann.enter(roomId)
    await bo.enter(roomId)
    const [socket] = bo.sockets
    const since = performance.now()
    socket!.close(1001)
    socket!.removeAllListeners()
    const left = await until(() => first.of('left')[0], 'left', 2_000)
    expect(left).toEqual({ type: 'left', peerId: peerOf(bo, roomId), reason: 'left' })
    expect(performance.now() - since).toBeGreaterThan(1_000)
  })

  test('P23 whoever is silent for a lease has expired; whoever pings has not', async () => {
    const lease = 2_000
    await using replicas = world({ lease })
    const { port } = await replicas.start()
    using ann = openPage(port)
    using bo = openPage(port, { pingMs: 0 })
    const roomId = await ann.createRoom()
    const first = await ann.enter(roomId)
    await bo.enter(roomId)
    // A black hole: nothing comes from it any more, not even the answers that its network stack gives.
    bo.sockets[0]!.pause()
    const since = performance.now()
    const left = await until(() => first.of('left')[0], 'left')
    expect(left).toEqual({ type: 'left', peerId: peerOf(bo, roomId), reason: 'expired' })
    expect(performance.now() - since).toBeGreaterThan(lease - 200)
    // A third of a lease until the next renewal; on a machine that stalls, P25 gives one lease more.
    expect(performance.now() - since).toBeLessThan((lease * 7) / 3 + 200)
    expect(first.of('left')).toHaveLength(1)
  })

  test('P23 a page whose timers are throttled is kept by the answers of its browser', async () => {
    await using replicas = world({ lease: 900 })
    const { port } = await replicas.start()
    using ann = openPage(port)
    using bo = openPage(port, { pingMs: 0 })
    const roomId = await ann.createRoom()
    const first = await ann.enter(roomId)
    await bo.enter(roomId)
    await new Promise((resolve) => setTimeout(resolve, 2_700))
    expect(first.of('left')).toEqual([])
    expect(bo.sockets).toHaveLength(1)
  })

  test('P13 a member that nothing was for is told how far the log is', async () => {
    await using replicas = world()
    const { port } = await replicas.start({ positionMs: 150 })
    using ann = openPage(port)
    using bo = openPage(port)
    using cho = openPage(port)
    const roomId = await ann.createRoom()
    await ann.enter(roomId)
    const second = await bo.enter(roomId)
    const third = await cho.enter(roomId)
    await ann.api.room.send.mutate({ roomId, messages: [signalTo(1, peerOf(bo, roomId))] })
    await until(() => second.of('signal').length, 'the signal')
    const position = await until(
      () => third.heard.find(({ event }) => event.type === 'position'),
      'a position',
    )
    const signal = second.heard.find(({ event }) => event.type === 'signal')
    expect(position.id).toBe(signal!.id)
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(third.of('position')).toHaveLength(1)
  })
})
