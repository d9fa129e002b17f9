/** What only a store on the other side of a network can do: lose messages, stand still, die, forget. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RoomRow } from '@maru/api-types'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type BackendTimes, DEFAULT_TIMES, type RoomBackend } from './backend.ts'
import { REMEMBER_PRESENCE, RESTORE_WITHIN } from './limits.ts'
import { createRedisBackend } from './redis.ts'
import { freePort, startRedis, type TestRedis } from './start-redis.ts'
import {
  chat,
  heardAll,
  HOST,
  insideOf,
  listen,
  makeJoin,
  makeRoom,
  makeRow,
  refusalOf,
  roomWith as makeRoomWith,
  session,
  textsFrom,
  textsOf,
} from './testing.ts'

let redis: TestRedis
/** Looks at the store, and hurts it, from the side. */
let admin: Redis
let backends: RoomBackend[]

beforeAll(async () => {
  redis = await startRedis({ durable: true })
  admin = new Redis(redis.url, { maxRetriesPerRequest: null })
  admin.on('error', () => undefined)
})
afterAll(async () => {
  admin?.disconnect()
  await redis?.stop()
})
beforeEach(() => {
  backends = []
})
afterEach(async () => {
  await Promise.all(backends.map((backend) => backend.close()))
})

function open(times: Partial<BackendTimes> = {}, url = redis.url): RoomBackend {
  const backend = createRedisBackend({ url, times: { ...DEFAULT_TIMES, ...times } })
  backends.push(backend)
  return backend
}

const roomWith = async (backend: RoomBackend, peerIds: string[]): Promise<string> =>
  (await makeRoomWith(backend, peerIds)).roomId

/** Says it until it was acknowledged, as a client does. */
async function sayAll(backend: RoomBackend, roomId: string, { from = 'a', first = 1, last = 1 }) {
  for (let seq = first; seq <= last; seq += 1) {
    await vi.waitFor(() => backend.send(roomId, session(from), [chat(seq)]), {
      timeout: 10_000,
      interval: 20,
    })
  }
}

/** A way to Redis on which connections can fall silent, as behind a router that forgot them. */
async function startSilencer(url: string) {
  const { hostname, port } = new URL(url)
  const ends = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect({ host: hostname, port: Number(port) })
    near.pipe(far).pipe(near)
    for (const end of [near, far]) ends.add(end.on('error', () => undefined))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** For those that are open now; new ones work. */
    silence() {
      for (const end of ends) end.unpipe().pause()
    },
    async stop() {
      for (const end of ends) end.destroy()
      server.close()
    },
  }
}

/** Logs as a script does, but publishes nothing. */
async function logInSilence(roomId: string, text: string) {
  const key = `{room:${roomId}}`
  const head = (await admin.hget(key, 'head'))!
  const position = `${Number.parseInt(head) + 1}-0`
  const author = { userId: 'u', name: 'n', color: 1 }
  const event = JSON.stringify({ type: 'chat', from: 'a', seq: 0, author, text })
  await admin.xadd(`${key}:log`, position, 'event', event, 'prev', head, 'bytes', '0')
  await admin.hset(key, 'head', position)
}

describe('the fast path', () => {
  test('may be cut at any time: nothing is lost, doubled or out of order (P12, P15)', async () => {
    const [speaker, follower] = [open(), open()]
    const roomId = await roomWith(speaker, ['a'])
    const heard = await listen(follower, roomId)
    const list: string[] = []
    await follower.watchDirectory({
      rows: (rows) => void list.push(...rows.map((row) => row.roomId)),
      changed: ({ upserts }) => void list.push(...upserts.map((row) => row.roomId)),
    })
    let cutting = true
    const cuts = (async () => {
      while (cutting) {
        await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
        await sleep(70)
      }
    })()
    const rooms = Array.from({ length: 4 }, () => makeRoom().roomId)
    for (const [i, listed] of rooms.entries()) {
      await sayAll(speaker, roomId, { first: i * 100 + 1, last: i * 100 + 100 })
      await speaker.putRow(makeRow(listed), { version: '1-0', deadlineMs: 60_000 })
      await sleep(150)
    }
    cutting = false
    await cuts
    await vi.waitFor(() => expect(textsOf(heard.entries)).toHaveLength(400), { timeout: 5_000 })
    expect(textsOf(heard.entries)).toEqual(textsFrom(1, 400))
    expect(heard.resets).toEqual([])
    await vi.waitFor(() => expect(list).toEqual(expect.arrayContaining(rooms)), { timeout: 5_000 })
  })

  test('may miss a message without being cut: the next one shows the gap', async () => {
    const backend = open()
    const roomId = await roomWith(backend, ['a'])
    const heard = await listen(backend, roomId)
    await logInSilence(roomId, 'unheard')
    await backend.send(roomId, session('a'), [chat(1)])
    await vi.waitFor(() => expect(textsOf(heard.entries)).toEqual(['unheard', 'message 1']))
  })

  test('may miss the last message: a renewal shows it', async () => {
    const backend = open()
    const roomId = await roomWith(backend, ['a'])
    const heard = await listen(backend, roomId)
    await logInSilence(roomId, 'unheard')
    await sleep(100)
    expect(heard.entries).toEqual([])
    await backend.renew([{ roomId, sessions: [] }])
    await vi.waitFor(() => expect(textsOf(heard.entries)).toEqual(['unheard']))
    await backend.renew([{ roomId, sessions: [] }])
    await sleep(50)
    expect(heard.entries).toHaveLength(1)
  })

  test('is not needed for what could not be read at once: it is read again', async () => {
    const backend = open()
    const roomId = await roomWith(backend, ['a'])
    const heard = await listen(backend, roomId)
    await logInSilence(roomId, 'unheard')
    const log = `{room:${roomId}}:log`
    await admin.rename(log, `${log}:aside`)
    await admin.set(log, 'not a log')
    const entries = [['2-0', { type: 'left', peerId: 'a', reason: 'left' }]]
    await admin.publish(`{room:${roomId}}:events`, JSON.stringify({ epoch: 'any', prev: '1-0', entries }))
    await sleep(100)
    expect(heard.entries).toEqual([])
    await admin.rename(`${log}:aside`, log)
    await vi.waitFor(() => expect(textsOf(heard.entries)).toEqual(['unheard']))
    expect(heard.entries).toHaveLength(1)
  })

  test('may fall silent without a word: it is noticed, and nothing is lost', async () => {
    const silencer = await startSilencer(redis.url)
    try {
      const [speaker, follower] = [open(), open({}, silencer.url)]
      const roomId = await roomWith(speaker, ['a'])
      const heard = await listen(follower, roomId)
      // Nothing is on its way any more: only asking can show that nobody answers.
      await sleep(200)
      silencer.silence()
      await sayAll(speaker, roomId, { last: 3 })
      await vi.waitFor(() => expect(textsOf(heard.entries)).toEqual(textsFrom(1, 3)), { timeout: 12_000 })
      expect(heard.resets).toEqual([])
    } finally {
      await silencer.stop()
    }
  })

  test('may miss a change of the list: the next sweep but one shows it', async () => {
    const backend = open()
    const rows = vi.fn<(rows: RoomRow[]) => void>()
    await backend.watchDirectory({ rows, changed: () => undefined })
    const row = makeRow(makeRoom().roomId)
    await admin.hset('{rooms}:rows', row.roomId, JSON.stringify(row))
    await admin.set('{rooms}:head', Date.now())
    await vi.waitFor(() => expect(rows).toHaveBeenLastCalledWith(expect.arrayContaining([row])), {
      timeout: 4_000,
    })
  })
})

describe('a break', () => {
  test('that the log does not reach over is said: `log-trimmed`, and the log goes on (P15)', async () => {
    const backend = open()
    const roomId = await roomWith(backend, ['a'])
    const heard = await listen(backend, roomId)
    for (const text of ['unheard', 'unheard too']) await logInSilence(roomId, text)
    await admin.xtrim(`{room:${roomId}}:log`, 'MAXLEN', 1)
    await backend.send(roomId, session('a'), [chat(1)])
    await vi.waitFor(() => expect(heard.resets).toEqual(['log-trimmed']))
    expect(heard.entries).toEqual([])
    await backend.send(roomId, session('a'), [chat(2)])
    await heardAll(backend, roomId, heard)
    expect(textsOf(heard.entries)).toEqual(['message 2'])
  })

  test('in which Redis forgot everything is said: `data-lost`; a new room is followed from its beginning', async () => {
    const backend = open()
    const roomId = await roomWith(backend, ['a'])
    const { epoch, position } = (await backend.readRoom(roomId))!
    const heard = await listen(backend, roomId)
    await admin.flushall()
    expect(await backend.renew([{ roomId, sessions: [{ ...session('a'), idleMs: 0 }] }])).toEqual([
      { roomId, lost: ['a'] },
    ])
    await vi.waitFor(() => expect(heard.resets).toEqual(['data-lost']))
    const resumeFrom = { epoch, position }
    expect(await refusalOf(backend.join(roomId, makeJoin('a', { resumeFrom })))).toBe('not-found')
    await backend.createRoom(makeRoom({ roomId }))
    expect(await backend.join(roomId, makeJoin('a', { resumeFrom }))).toMatchObject({ reset: 'data-lost' })
    await backend.send(roomId, session('a'), [chat(9)])
    await heardAll(backend, roomId, heard)
    expect(heard.events().map(({ type }) => type)).toEqual(['joined', 'chat'])
    expect(heard.resets).toEqual(['data-lost'])
  })

  test('in which the room was made anew unseen is said too', async () => {
    const backend = open()
    const roomId = await roomWith(backend, ['a'])
    const heard = await listen(backend, roomId)
    await admin.flushall()
    await backend.createRoom(makeRoom({ roomId }))
    await backend.join(roomId, makeJoin('a'))
    await vi.waitFor(() => expect(heard.resets).toEqual(['data-lost']))
    await backend.send(roomId, session('a'), [chat(1)])
    await heardAll(backend, roomId, heard)
    expect(textsOf(heard.entries)).toEqual(['message 1'])
  })

  test('of a room that ran out of time is said to who follows it (P27)', async () => {
    const backend = open({ room: 200 })
    const roomId = await roomWith(backend, ['a'])
    const heard = await listen(backend, roomId)
    await sleep(300)
    await backend.renew([{ roomId, sessions: [] }])
    await vi.waitFor(() => expect(heard.resets).toEqual(['data-lost']))
  })

  test('by SIGKILL loses nothing that was acknowledged', async () => {
    const [speaker, follower] = [open(), open()]
    const roomId = await roomWith(speaker, ['a'])
    const heard = await listen(follower, roomId)
    const speaking = sayAll(speaker, roomId, { last: 300 })
    await sleep(50)
    await redis.restart()
    await speaking
    await vi.waitFor(() => expect(textsOf(heard.entries)).toHaveLength(300), { timeout: 5_000 })
    expect(textsOf(heard.entries)).toEqual(textsFrom(1, 300))
    expect(heard.resets).toEqual([])
  })
})

describe('a Redis that is not there', () => {
  /** Every way to ask, all of which must end in time. */
  const askAll = (backend: RoomBackend, roomId: string): Promise<unknown>[] => [
    backend.ping(),
    backend.readRoom(roomId),
    backend.createRoom(makeRoom()),
    backend.join(roomId, makeJoin('b')),
    backend.send(roomId, session('a'), [chat(1)]),
    backend.leave(roomId, session('nobody')),
    backend.shortenLease(roomId, session('nobody')),
    backend.renew([
      { roomId, sessions: [] },
      { roomId, sessions: [] },
    ]),
    backend.watchRoom(makeRoom().roomId, { entries: () => undefined, reset: () => undefined }),
    backend.watchDirectory({ rows: () => undefined, changed: () => undefined }),
    backend.putRow(makeRow(roomId), { version: '1-0', deadlineMs: 1_000 }),
    backend.shareSecrets(['of a test'], { ifNone: false }),
  ]

  test('but stands still is `unavailable` within seconds, and then goes on (P19)', async () => {
    const backend = open()
    const roomId = await roomWith(backend, ['a'])
    const heard = await listen(backend, roomId)
    await redis.pause()
    try {
      for (let round = 0; round < 2; round += 1) {
        const started = Date.now()
        const reasons = await Promise.all(askAll(backend, roomId).map(refusalOf))
        expect(new Set(reasons)).toEqual(new Set(['unavailable']))
        expect(Date.now() - started).toBeLessThan(4_000)
      }
    } finally {
      await redis.resume()
    }
    const started = Date.now()
    await vi.waitFor(() => backend.ping(), { timeout: 5_000 })
    expect(Date.now() - started).toBeLessThan(2_500)
    // What timed out may have been carried out by now or not; to say it again does no harm.
    await vi.waitFor(() => Promise.all(askAll(backend, roomId)), { timeout: 5_000 })
    await backend.send(roomId, session('a'), [chat(1), chat(2)])
    await vi.waitFor(() => expect(textsOf(heard.entries)).toEqual(textsFrom(1, 2)), { timeout: 5_000 })
    expect(heard.events().filter((event) => event.type === 'joined')).toHaveLength(1)
  })

  test('at the start is waited for', async () => {
    const port = await freePort()
    const backend = open({}, `redis://127.0.0.1:${port}`)
    const started = Date.now()
    const reasons = await Promise.all(askAll(backend, makeRoom().roomId).map(refusalOf))
    expect(new Set(reasons)).toEqual(new Set(['unavailable']))
    expect(Date.now() - started).toBeLessThan(4_000)
    const late = await startRedis({ port })
    try {
      await vi.waitFor(() => backend.ping(), { timeout: 5_000 })
      const roomId = await roomWith(backend, ['a'])
      const heard = await vi.waitFor(() => listen(backend, roomId), { timeout: 5_000 })
      await backend.send(roomId, session('a'), [chat(1)])
      await heardAll(backend, roomId, heard)
    } finally {
      await backend.close()
      await late.stop()
    }
  })

  test('says in its errors nothing of what people said', async () => {
    const backend = open()
    const roomId = await roomWith(backend, ['a'])
    await admin.set(`{room:${roomId}}:seq`, 'of the wrong type')
    const refused = await backend
      .send(roomId, session('a'), [chat(1, 'a secret')])
      .catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(Error)
    expect(refused).toMatchObject({ message: expect.stringMatching(/^Redis: .*WRONGTYPE/) })
    const text = (value: unknown): string =>
      JSON.stringify(value, Object.getOwnPropertyNames(value as object))
    expect(text(refused)).not.toContain('a secret')
    await redis.pause()
    const timedOut = await backend
      .send(roomId, session('a'), [chat(1, 'a secret')])
      .catch((error: unknown) => error)
    await redis.resume()
    expect(timedOut).toMatchObject({ reason: 'unavailable', cause: expect.stringContaining('timed out') })
    expect(text(timedOut)).not.toContain('a secret')
  })

  test('or has lost its scripts is given them again', async () => {
    const backend = open()
    const roomId = await roomWith(backend, ['a'])
    await admin.script('FLUSH')
    await backend.send(roomId, session('a'), [chat(1)])
    await admin.script('FLUSH')
    const request = { roomId, sessions: [{ ...session('a'), idleMs: 0 }] }
    expect(await backend.renew([request, request])).toEqual(
      Array.from({ length: 2 }, () => ({ roomId, lost: [] })),
    )
  })
})

describe('what is stored', () => {
  test('carries the hash tag of its room, or that of the list, and ends by itself (P27)', async () => {
    await admin.flushall()
    const backend = open()
    const roomId = await roomWith(backend, ['a', 'b', 'c'])
    await backend.join(roomId, makeJoin('host', { userId: HOST }))
    await backend.send(roomId, session('a'), [chat(1)])
    await backend.send(roomId, session('host'), [{ seq: 1, type: 'remove', to: 'b' }])
    await backend.leave(roomId, session('host'))
    await backend.join(roomId, makeJoin('d', { replaces: 'c' }))
    await backend.putRow(makeRow(roomId), { version: '1-0', deadlineMs: 1_000 })
    const room = `{room:${roomId}}`
    const keys = (await admin.keys('*')).sort()
    const ofRoom = [
      '',
      ':peers',
      ':leases',
      ':sessions',
      ':seq',
      ':log',
      ':chat',
      ':past',
      ':users',
      ':removed',
    ].map((key) => room + key)
    const ofList = [':rows', ':versions', ':deadlines', ':head'].map((key) => `{rooms}${key}`)
    expect(keys).toEqual([...ofRoom, ...ofList].sort())
    for (const key of keys) expect([key, (await admin.pttl(key)) > 0]).toEqual([key, true])
    expect(await admin.pttl(room)).toBeGreaterThan(DEFAULT_TIMES.room - 60_000)

    for (const peerId of ['a', 'd']) await backend.leave(roomId, session(peerId))
    for (const key of [':log', ':chat']) {
      expect(await admin.pttl(room + key)).toBeLessThanOrEqual(DEFAULT_TIMES.emptyData)
    }
  })

  test('of a room that was brought back a day ago isn’t turned back by what was before (P57, P58)', async () => {
    const backend = open()
    const room = makeRoom({ locked: true })
    const { roomId } = room
    const record = { room, revision: '3', removed: [], epoch: 'lost' }
    await backend.join(roomId, makeJoin('a', { record, wasInside: record }))
    const newer = { ...record, revision: '5', room: { ...room, name: 'kept for long' } }
    await admin.hset(`{room:${roomId}}`, 'restoredAt', Date.now() - RESTORE_WITHIN - 1)
    const late = makeJoin('b', { record: newer, wasInside: newer })
    expect(await refusalOf(backend.join(roomId, late))).toBe('room-locked')
    expect(await backend.readRoom(roomId)).toMatchObject({ room, revision: '3' })
    await admin.hset(`{room:${roomId}}`, 'restoredAt', Date.now() - RESTORE_WITHIN + 60_000)
    await backend.join(roomId, late)
    expect(await backend.readRoom(roomId)).toMatchObject({ room: newer.room, revision: '5' })
  })

  test('of an empty room is deleted also when nobody looks (P27)', async () => {
    const backend = open({ emptyData: 200 })
    const roomId = await roomWith(backend, ['a'])
    await backend.send(roomId, session('a'), [chat(1)])
    await backend.leave(roomId, session('a'))
    expect(await admin.exists(`{room:${roomId}}:log`, `{room:${roomId}}:chat`)).toBe(2)
    await sleep(300)
    expect(await admin.exists(`{room:${roomId}}:log`, `{room:${roomId}}:chat`)).toBe(0)
    expect(await admin.exists(`{room:${roomId}}`)).toBe(1)
  })

  test('of presences that ended long ago is forgotten', async () => {
    const backend = open()
    const roomId = await roomWith(backend, ['a', 'b', 'c'])
    for (const peerId of ['a', 'b']) await backend.leave(roomId, session(peerId))
    // Somebody whose lease ran out and who came back has not ended.
    await admin.zadd(`{room:${roomId}}:leases`, '1', 'c')
    expect(await insideOf(backend, roomId)).toEqual([])
    await backend.join(roomId, makeJoin('c'))
    await admin.zadd(`{room:${roomId}}:past`, `${Date.now() - REMEMBER_PRESENCE - 1}`, 'a')
    await backend.join(roomId, makeJoin('d'))
    expect(Object.keys(await admin.hgetall(`{room:${roomId}}:sessions`)).sort()).toEqual(['b', 'c', 'd'])
    expect(await admin.zrange(`{room:${roomId}}:past`, 0, '-1')).toEqual(['b'])
  })

  test('of a log is no older than it may be, also in a quiet room', async () => {
    const backend = open({ log: 100 })
    const roomId = await roomWith(backend, ['a'])
    await backend.send(roomId, session('a'), [chat(1)])
    await sleep(150)
    await backend.renew([{ roomId, sessions: [] }])
    expect(await admin.xlen(`{room:${roomId}}:log`)).toBe(0)
  })
})
