/** Each number of `/metrics`: something happens, and the number says so. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { floodUntilClosed, openRaw, readMetric, untilMetric } from './abuse-kit.ts'
import { createRedisBackend } from './backend/redis.ts'
import { startRedis, type TestRedis } from './backend/start-redis.ts'
import { DEFAULT_TIMES } from './backend/backend.ts'
import { createMetrics } from './metrics.ts'
import { chat, openPage, startTestServer, type TestServer, textsOf, until } from './test-kit.ts'

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

const of = ({ internalPort }: TestServer) => ({ metric: (name: string) => readMetric(internalPort, name) })
const turn = { secret: 'q8Zk2vN7xT4mB9sL1wD6hG3y', urls: ['turn:turn.example.org'] }

describe('metrics', () => {
  test('joins, resumes, messages, and how long they took', async () => {
    await using server = await startTestServer({ internalPort: 0, turn })
    const { metric } = of(server)
    using ann = openPage(server.port)
    const roomId = await ann.createRoom()
    const inside = await ann.enter(roomId)
    await ann.api.room.send.mutate({ roomId, messages: [chat(1, 'one'), chat(2, 'two')] })
    expect(await metric('maru_joins_total{as="joined"}')).toBe(1)
    expect(await metric('maru_join_seconds_count')).toBe(1)
    expect(await metric('maru_messages_total')).toBe(2)
    expect(await metric('maru_send_seconds_count')).toBe(1)
    const seconds = await metric('maru_send_seconds_sum')
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThan(5)
    expect(await metric('maru_send_seconds_bucket{le="+Inf"}')).toBe(1)
    ann.sockets[0]!.terminate()
    await until(() => inside.of('resumed').length, 'resumed')
    expect(await metric('maru_joins_total{as="resumed"}')).toBe(1)
    expect(await metric('maru_join_seconds_count')).toBe(2)
    const issued = await metric('maru_turn_credentials_total')
    await ann.api.room.iceServers.query({ roomId })
    expect(await metric('maru_turn_credentials_total')).toBe(issued + 1)
  })

  test('ghosts: who ran out without a goodbye, once, and not who left or came back', async () => {
    await using server = await startTestServer({ internalPort: 0, times: { lease: 1_500 } })
    const { metric } = of(server)
    using ann = openPage(server.port)
    const roomId = await ann.createRoom()
    const inside = await ann.enter(roomId)
    using bo = openPage(server.port)
    await bo.enter(roomId)
    await bo.api.room.leave.mutate({ roomId })
    using cho = openPage(server.port, { pingMs: 0 })
    await cho.enter(roomId)
    cho[Symbol.dispose]()
    await until(() => inside.of('left').length === 2, 'both are out')
    expect(inside.of('left').map(({ reason }) => reason)).toEqual(['left', 'expired'])
    await untilMetric({ metric }, 'maru_ghosts_total', 1)
  })

  test('connections that are cut, by why, and what is refused, by what of', async () => {
    await using server = await startTestServer({ internalPort: 0, firstFrameMs: 100, maxPerAddress: 3 })
    const { metric } = of(server)
    const cut = (why: string) => metric(`maru_connections_cut_total{why="${why}"}`)
    const limited = (kind: string) => metric(`maru_rate_limited_total{kind="${kind}"}`)
    for (const why of ['slow reader', 'flood', 'silent', 'idle']) expect(await cut(why)).toBe(0)

    using silent = await openRaw(server.port)
    await until(() => silent.codes.length, 'the close')
    expect(await cut('silent')).toBe(1)

    using flood = await openRaw(server.port)
    for (let i = 0; i < 400; i++) flood.call('query', 'server.info')
    await flood.answered(400)
    expect(await limited('calls')).toBeGreaterThan(0)
    await floodUntilClosed(flood, () => flood.call('query', 'server.info'))
    expect(await cut('flood')).toBe(1)

    using ann = openPage(server.port)
    const lists = Array.from({ length: 17 }, () => ann.list())
    await untilMetric({ metric }, 'maru_rate_limited_total{kind="subscriptions"}', 1)
    for (const list of lists) list.stop()
    for (let i = 0; i < 61; i++) await ann.createRoom().catch(() => undefined)
    expect(await limited('creations')).toBe(1)

    const more = await Promise.all([1, 2, 3].map(() => openRaw(server.port)))
    expect(more.filter(({ refused }) => refused)).toHaveLength(1)
    expect(await limited('connections')).toBe(1)
    for (const raw of more) raw[Symbol.dispose]()
  })

  test('Redis: round trips, what was not answered, gaps that were filled, members who had to start anew', async () => {
    const own = await startRedis()
    const metrics = createMetrics()
    const times = { ...DEFAULT_TIMES, lease: 900 }
    const backend = createRedisBackend({ url: own.url, times, counts: metrics })
    await using server = await startTestServer({ internalPort: 0, backend, times, metrics })
    const { metric } = of(server)
    using ann = openPage(server.port)
    const roomId = await ann.createRoom()
    const inside = await ann.enter(roomId)
    expect(await metric('maru_store_seconds_count')).toBeGreaterThan(0)
    expect(await metric('maru_gap_fills_total')).toBe(0)
    expect(await metric('maru_store_failures_total')).toBe(0)

    // Another replica writes while this one can't listen: what it missed, it reads.
    const { Redis } = await import('ioredis')
    const client = new Redis(own.url)
    client.on('error', () => undefined)
    await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await ann.api.room.send.mutate({ roomId, messages: [chat(1, 'unheard')] })
    await until(() => textsOf(inside).length, 'what was missed')
    await untilMetric({ metric }, 'maru_gap_fills_total', (count) => count >= 1)

    await client.flushall()
    await until(() => inside.of('snapshot').length === 2, 'a new snapshot')
    expect(await metric('maru_resets_total{reason="data-lost"}')).toBeGreaterThanOrEqual(1)
    client.disconnect()

    await own.stop()
    await ann.api.room.send.mutate({ roomId, messages: [chat(2, 'nowhere')] }).catch(() => undefined)
    await untilMetric({ metric }, 'maru_store_failures_total', (count) => count >= 1)
    ann[Symbol.dispose]()
    await backend.close()
  })
})
