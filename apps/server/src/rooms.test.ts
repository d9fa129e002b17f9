/** Entering and leaving: real sockets, on both backends. */
import type { RoomEvent } from '@maru/api-types'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RoomBackend } from './backend/backend.ts'
import { createMemoryBackend } from './backend/memory.ts'
import { startRedis, type TestRedis } from './backend/start-redis.ts'
import { peerIdOf, userIdOf } from './rooms/identity.ts'
import { chat, openPage, openWorld, peerOf, startTestServer, textsOf, until } from './test-kit.ts'

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

describe.each(['memory', 'redis'])('on %s', (kind) => {
  const world = (times = {}) => openWorld(kind === 'redis' ? redis.url : undefined, times)

  test('P6 P16 the first event is a snapshot with everyone inside, and the others hear joined', async () => {
    await using replicas = world()
    const { port, instance } = await replicas.start()
    using ann = openPage(port)
    using bo = openPage(port)
    const roomId = await ann.createRoom({ name: 'Stand-up', capacity: 4 })
    const first = await ann.enter(roomId, { name: 'Ann' })
    const second = await bo.enter(roomId, { name: 'Bo', state: { mic: false, camera: true } })

    const [snapshot, ...more] = second.events()
    expect(snapshot).toMatchObject({ type: 'snapshot', applied: 0, chat: [], instance, protocol: 1 })
    expect(snapshot).not.toHaveProperty('reset')
    const { peers, room, you } = second.of('snapshot')[0]!
    expect(room).toMatchObject({ roomId, name: 'Stand-up', capacity: 4, locked: false })
    expect(peers.map(({ name }) => name)).toEqual(['Ann', 'Bo'])
    expect(more).toEqual([])
    const joined = await until(() => first.of('joined')[0], 'joined')
    expect(joined.peer).toEqual(peers[1])
    expect(joined.peer).toMatchObject({ ...you, state: { mic: false, camera: true } })
  })

  test('P2 ids are hashes that the server makes, and nobody is recognised from room to room', async () => {
    await using replicas = world()
    const { port } = await replicas.start()
    using ann = openPage(port)
    const roomId = await ann.createRoom()
    const otherRoom = await ann.createRoom()
    const { you, room } = (await ann.enter(roomId)).of('snapshot')[0]!
    expect(you).toEqual({
      userId: userIdOf(roomId, ann.secrets.userSecret),
      peerId: peerIdOf(roomId, ann.secrets.joinSecret),
    })
    expect(room.hostId).toBe(you.userId)
    const elsewhere = (await ann.enter(otherRoom)).of('snapshot')[0]!.you
    expect(elsewhere.userId).not.toBe(you.userId)
    expect(elsewhere.peerId).not.toBe(you.peerId)
  })

  test('P7 leaving is for good, unsubscribing is not leaving', async () => {
    await using replicas = world()
    const { port } = await replicas.start()
    using ann = openPage(port)
    using bo = openPage(port)
    const roomId = await ann.createRoom()
    const first = await ann.enter(roomId)
    const second = await bo.enter(roomId)
    second.stop()
    await ann.api.room.send.mutate({ roomId, messages: [chat(1, 'still there?')] })
    const back = await bo.enter(roomId)
    expect(back.of('snapshot')[0]!.peers).toHaveLength(2)
    expect(first.of('left')).toEqual([])

    back.stop()
    await bo.api.room.leave.mutate({ roomId })
    const left = await until(() => first.of('left')[0], 'left')
    expect(left).toEqual({ type: 'left', peerId: peerOf(bo, roomId), reason: 'left' })
    const again = bo.join(roomId)
    expect(await until(() => again.end, 'the end')).toBe('left')
    // A new join secret is a new presence.
    using boAgain = openPage(port, { userSecret: bo.secrets.userSecret })
    expect((await boAgain.enter(roomId)).of('snapshot')[0]!.peers).toHaveLength(2)
  })

  test('P9 a page load takes the place of the one before, whose subscription ends as replaced', async () => {
    await using replicas = world()
    const { port } = await replicas.start()
    using host = openPage(port)
    using ann = openPage(port)
    const roomId = await host.createRoom({ capacity: 2 })
    const watching = await host.enter(roomId)
    const old = await ann.enter(roomId)
    using reloaded = openPage(port, { userSecret: ann.secrets.userSecret })
    const fresh = await reloaded.enter(roomId, { replaces: ann.secrets.joinSecret })
    expect(await until(() => old.end, 'the end')).toBe('replaced')
    expect(fresh.of('snapshot')[0]!.peers).toHaveLength(2)
    await until(() => watching.of('joined').length === 2, 'joined again')
    const story = watching.events().slice(2) as Extract<RoomEvent, { type: 'left' | 'joined' }>[]
    expect(story).toMatchObject([
      { type: 'left', peerId: peerOf(ann, roomId), reason: 'replaced' },
      { type: 'joined', peer: { peerId: peerOf(reloaded, roomId), replaces: peerOf(ann, roomId) } },
    ])
  })

  test('P10 P31 full, locked and gone each say so; the host passes the lock', async () => {
    await using replicas = world()
    const { port } = await replicas.start()
    using ann = openPage(port)
    using bo = openPage(port)
    using cho = openPage(port)
    const roomId = await ann.createRoom({ capacity: 2 })
    await ann.enter(roomId)
    await bo.enter(roomId)
    const full = cho.join(roomId)
    expect(await until(() => full.end, 'the end')).toBe('room-full')

    expect(
      await bo.api.room.send.mutate({ roomId, messages: [{ seq: 1, body: { type: 'lock', locked: true } }] }),
    ).toEqual({ applied: 1, refused: [{ seq: 1, reason: 'not-allowed' }] })
    await ann.api.room.send.mutate({ roomId, messages: [{ seq: 1, body: { type: 'lock', locked: true } }] })
    const locked = cho.join(roomId)
    expect(await until(() => locked.end, 'the end')).toBe('room-locked')
    await bo.api.room.leave.mutate({ roomId })
    using hostAgain = openPage(port, { userSecret: ann.secrets.userSecret })
    await hostAgain.enter(roomId)

    const nowhere = cho.join('AAAAAAAAAAAAAAAAAAAAAA')
    expect(await until(() => nowhere.end, 'the end')).toBe('not-found')
    const old = cho.join(roomId, { protocol: 0 })
    expect(await until(() => old.end, 'the end')).toBe('too-old')
  })
})

describe('with answers of the store that are long on their way', () => {
  /** What happens between the store's step and its answer. */
  let meanwhile: (() => Promise<unknown>) | undefined
  const late = async <T>(answer: Promise<T>): Promise<T> => {
    const result = await answer
    const act = meanwhile
    meanwhile = undefined
    await act?.()
    return result
  }
  const slowed = (backend: RoomBackend): RoomBackend => ({
    ...backend,
    join: (...args) => late(backend.join(...args)),
    readRoom: (...args) => late(backend.readRoom(...args)),
  })

  test('P14 what is said between a join and its answer is heard, once, after the snapshot', async () => {
    const backend = createMemoryBackend()
    await using quick = await startTestServer({ backend })
    await using slow = await startTestServer({ backend: slowed(backend) })
    using ann = openPage(quick.port)
    using bo = openPage(slow.port)
    const roomId = await ann.createRoom()
    await ann.enter(roomId)
    meanwhile = () => ann.api.room.send.mutate({ roomId, messages: [chat(1, 'just now')] })
    const second = await bo.enter(roomId)
    await ann.api.room.send.mutate({ roomId, messages: [chat(2, 'later')] })
    await until(() => textsOf(second).includes('later'), 'the second message')
    expect(second.events().map(({ type }) => type)).toEqual(['snapshot', 'chat', 'chat'])
    await backend.close()
  })

  test('P14 the same for a resume, and for whoever looks in at the door', async () => {
    const backend = createMemoryBackend()
    await using quick = await startTestServer({ backend })
    await using slow = await startTestServer({ backend: slowed(backend) })
    using ann = openPage(quick.port)
    using bo = openPage(slow.port)
    using cho = openPage(slow.port)
    const roomId = await ann.createRoom()
    meanwhile = () => ann.enter(roomId, { name: 'Ann' })
    const { heard } = cho.preview(roomId)
    await until(() => heard.at(-1)?.peers[0]?.name === 'Ann', 'Ann at the door')

    const second = await bo.enter(roomId)
    meanwhile = () => ann.api.room.send.mutate({ roomId, messages: [chat(1, 'just now')] })
    bo.sockets[0]!.terminate()
    await until(() => textsOf(second).includes('just now'), 'the message')
    await ann.api.room.send.mutate({ roomId, messages: [chat(2, 'later')] })
    await until(() => textsOf(second).includes('later'), 'the second message')
    expect(second.events().map(({ type }) => type)).toEqual(['snapshot', 'resumed', 'chat', 'chat'])
    await backend.close()
  })
})
