/** Limits that all replicas count together (P60), and what becomes of them when the store that counts is away. */
import { makeRoomId, makeSecret } from '@maru/api-types'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRaw, type RawSocket } from './abuse-kit.ts'
import { createRedisBackend } from './backend/redis.ts'
import { freePort, startRedis, type TestRedis } from './backend/start-redis.ts'
import { makeAddressMatcher } from './edge/client-address.ts'
import { openPage, openWorld, until } from './test-kit.ts'

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

const trustedProxies = makeAddressMatcher(['loopback'])!
const total = (all: RawSocket[], reason: string): number =>
  all.reduce((sum, one) => sum + (one.reasons()[reason] ?? 0), 0)

describe.each(['memory', 'redis'])('two replicas on one %s', (kind) => {
  const world = () => openWorld(kind === 'redis' ? redis.url : undefined)
  const host = kind === 'redis' ? 1 : 2

  test('P52 P54 P60 P61 each limit by address is one limit, however somebody spreads what they ask', async () => {
    await using replicas = world()
    const createKey = 'nine pine trees'
    const servers = [
      await replicas.start({ trustedProxies, createKey }),
      await replicas.start({ trustedProxies, createKey }),
    ]
    // Before there is a connection, each counts for itself.
    for (const { backend } of servers) await backend.ping()
    const spread = async (address: string, count: number, ask: (raw: RawSocket, i: number) => void) => {
      const all = await Promise.all(servers.map(({ port }) => openRaw(port, { address })))
      for (let i = 0; i < count; i++) ask(all[i % 2]!, i)
      await Promise.all(all.map((raw) => raw.answered(count / 2)))
      for (const raw of all) raw[Symbol.dispose]()
      return (reason: string) => total(all, reason)
    }
    const userSecret = makeSecret()
    const room = { name: 'R', listed: false, capacity: 2, userSecret }

    const guesses = await spread(`203.0.113.${host}`, 30, (raw, i) =>
      raw.call('mutation', 'rooms.create', { ...room, key: `guess ${i}` }),
    )
    expect([guesses('create-key'), guesses('rate-limited')]).toEqual([10, 20])

    const creations = await spread(`198.51.100.${host}`, 100, (raw) =>
      raw.call('mutation', 'rooms.create', { ...room, key: createKey }),
    )
    // The key is right, but many at once may look like a guess each until they were found to be right.
    expect(creations('fine')).toBeLessThanOrEqual(60)
    expect(creations('fine') + creations('rate-limited')).toBe(100)

    const checks = await spread(`203.0.113.1${host}`, 40, (raw) =>
      raw.call('query', 'check.iceServers', { key: createKey }),
    )
    expect(checks('fine')).toBeLessThanOrEqual(20)
    expect(checks('fine') + checks('rate-limited')).toBe(40)

    const preview = { userSecret, joinSecret: makeSecret() }
    for (const [i, { port }] of [...servers, ...servers].entries()) {
      using eve = await openRaw(port, { address: `203.0.113.2${host}` })
      for (let asked = 0; asked < 40; asked++) {
        eve.call('subscription', 'room.preview', { ...preview, roomId: makeRoomId() })
        if (asked % 8 === 7) await eve.answered(asked + 1)
      }
      const wrong = eve.reasons()['not-found'] ?? 0
      if (i === 0) expect(wrong).toBe(40)
      if (i === 1) expect(wrong).toBeLessThan(40)
      if (i > 1) expect(wrong).toBe(0)
    }

    const person = { name: 'Eve', color: 1, protocol: 1, state: { mic: true, camera: true } }
    using ann = openPage(servers[0]!.port)
    const { roomId } = await ann.api.rooms.create.mutate({ ...room, userSecret, key: createKey })
    // A connection may ask three hundred times at once, and hold sixteen subscriptions: six may ask more than an address.
    const address = `203.0.113.3${host}`
    const all = await Promise.all(
      [...servers, ...servers, ...servers].map(({ port }) => openRaw(port, { address })),
    )
    for (let asked = 0; asked < 120; asked += 10) {
      for (const raw of all)
        for (let i = 0; i < 10; i++) {
          const secrets = { userSecret: makeSecret(), joinSecret: makeSecret() }
          raw.call('subscription', 'room.join', { roomId, ...person, ...secrets })
        }
      await Promise.all(all.map((raw) => raw.answered(asked + 10)))
    }
    const count = (reason: string) => total(all, reason)
    for (const raw of all) raw[Symbol.dispose]()
    expect(count('fine') + count('room-full')).toBe(600)
    expect(count('rate-limited')).toBe(120)
  })

  test('forty people behind one address come within ten seconds, and none of them is refused', async () => {
    await using replicas = world()
    const servers = [await replicas.start({ trustedProxies }), await replicas.start({ trustedProxies })]
    const forwardedFor = `192.0.2.${host}`
    using teacher = openPage(servers[0]!.port, { forwardedFor })
    const rooms = await Promise.all(Array.from({ length: 4 }, () => teacher.createRoom({ capacity: 10 })))
    const started = performance.now()
    const pages = Array.from({ length: 40 }, (_, i) => openPage(servers[i % 2]!.port, { forwardedFor }))
    const entered = await Promise.all(
      pages.map(async (page, i) => {
        const roomId = rooms[i % 4]!
        const door = page.preview(roomId)
        await until(() => door.heard.length || door.end, 'the door', 10_000)
        expect(door.end).toBeUndefined()
        await page.api.server.info.query()
        const inside = page.join(roomId)
        await until(() => inside.heard.length || inside.end, 'inside', 10_000)
        return inside.end ?? inside.events()[0]!.type
      }),
    )
    expect(new Set(entered)).toEqual(new Set(['snapshot']))
    expect(performance.now() - started).toBeLessThan(10_000)
    for (const page of pages) page[Symbol.dispose]()
  })
})

describe('while Redis', () => {
  const rate = { points: 3, seconds: 30 }

  test('is frozen, a limit answers within seconds, by what this replica has counted; then all count again', async () => {
    await using own = await ownRedis()
    await using replicas = openWorld(own.url)
    const server = await replicas.start({
      turn: { secret: 'q8Zk2vN7xT4mB9sL1wD6hG3y', urls: ['turn:t.example.org'] },
    })
    await server.backend.ping()
    const limit = server.backend.makeLimit('frozen', rate)
    expect(await limit.take('a')).toBe(0)
    using ann = openPage(server.port)
    await ann.api.check.iceServers.query({})
    await own.pause()
    const started = performance.now()
    // Asked for nothing but the limit, so that nothing else can be what takes its time.
    expect(await ann.api.check.iceServers.query({})).toHaveLength(1)
    expect(performance.now() - started).toBeLessThan(2_500)
    const waits = await Promise.all([1, 2, 3, 4].map(() => limit.take('a')))
    expect(waits.map((wait) => wait > 0)).toEqual([false, false, false, true])
    expect(await limit.peek('a')).toBeGreaterThan(0)
    await own.resume()
    let again = false
    while (!again)
      again = await server.backend.ping().then(
        () => true,
        () => false,
      )
    const taken = [await limit.take('a'), await limit.take('a'), await limit.take('a')]
    // What was counted in Redis before is still counted there.
    expect(taken.at(-1)).toBeGreaterThan(0)
  })

  test('is not there at all, a limit answers at once, and never throws', async () => {
    const backend = createRedisBackend({ url: `redis://127.0.0.1:${await freePort()}` })
    const limit = backend.makeLimit('absent', rate)
    const started = performance.now()
    const waits = []
    for (let i = 0; i < 5; i++) waits.push(await limit.take('a'))
    await limit.giveBack('a')
    expect(performance.now() - started).toBeLessThan(500)
    expect(waits.map((wait) => wait > 0)).toEqual([false, false, false, true, true])
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000)
    await backend.close()
  })

  test('keeps a limit, it keeps nobody’s address, and nothing of it beyond its minute', async () => {
    await using replicas = openWorld(redis.url)
    const { port } = await replicas.start({ trustedProxies })
    using ann = openPage(port, { forwardedFor: '192.0.2.77' })
    await ann.createRoom()
    const { Redis } = await import('ioredis')
    const client = new Redis(redis.url)
    const keys = await client.keys('limit:*')
    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys) {
      expect(key).not.toMatch(/\d+\.\d+\.\d+/)
      expect(await client.ttl(key)).toBeLessThanOrEqual(60)
      expect(await client.ttl(key)).not.toBe(-1)
    }
    client.disconnect()
  })
})

async function ownRedis(): Promise<TestRedis & AsyncDisposable> {
  const own = await startRedis()
  return { ...own, [Symbol.asyncDispose]: () => own.stop() }
}
