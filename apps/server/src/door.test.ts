/** At the door: what is seen before one enters, and what is given to those who may. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedis, type TestRedis } from './backend/start-redis.ts'
import { openPage, openWorld, setState, until } from './test-kit.ts'

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

describe.each(['memory', 'redis'])('on %s', (kind) => {
  const world = (times = {}) => openWorld(kind === 'redis' ? redis.url : undefined, times)

  test('P5 the preview follows the room: who is inside, full, open again', async () => {
    await using replicas = world()
    const { port } = await replicas.start({
      turn: { secret: 'a'.repeat(24), urls: ['turn:turn.example.org'] },
    })
    using ann = openPage(port)
    using bo = openPage(port)
    using cho = openPage(port)
    const roomId = await ann.createRoom({ capacity: 2 })
    const { heard } = cho.preview(roomId)
    await until(() => heard.length, 'a preview')
    expect(heard[0]).toMatchObject({ entry: 'open', count: 0, peers: [] })
    expect(heard[0]!.iceServers).toHaveLength(1)
    await ann.enter(roomId, { name: 'Ann' })
    await bo.enter(roomId, { name: 'Bo' })
    const full = await until(() => heard.find(({ entry }) => entry === 'full'), 'full')
    expect(full).toMatchObject({ count: 2, peers: [{ name: 'Ann' }, { name: 'Bo' }], iceServers: [] })
    await ann.api.room.send.mutate({ roomId, messages: [setState(1, { mic: false, camera: false })] })
    await until(() => heard.at(-1)!.peers[0]?.state.mic === false, 'the new state')
    await bo.api.room.leave.mutate({ roomId })
    await until(() => heard.at(-1)!.entry === 'open', 'open again')
    // Whose own earlier page load is inside isn't kept out by it.
    await bo.enter(roomId).catch(() => undefined)
    using bo2 = openPage(port)
    await bo2.enter(roomId)
    using bo3 = openPage(port, { userSecret: bo2.secrets.userSecret })
    const reload = bo3.preview(roomId, { replaces: bo2.secrets.joinSecret })
    await until(() => reload.heard.length, 'a preview')
    expect(reload.heard[0]).toMatchObject({ entry: 'open', count: 2 })
    const nowhere = cho.preview('AAAAAAAAAAAAAAAAAAAAAA')
    expect(await until(() => nowhere.end, 'the end')).toBe('not-found')
  })

  test('P5 a locked door shows only the number', async () => {
    await using replicas = world()
    const { port } = await replicas.start()
    using ann = openPage(port)
    using bo = openPage(port)
    const roomId = await ann.createRoom()
    await ann.enter(roomId, { name: 'Ann' })
    const { heard } = bo.preview(roomId)
    await until(() => heard.length, 'a preview')
    await ann.api.room.send.mutate({ roomId, messages: [{ seq: 1, body: { type: 'lock', locked: true } }] })
    const locked = await until(() => heard.find(({ entry }) => entry === 'locked'), 'locked')
    expect(locked).toMatchObject({ peers: [], count: 1, iceServers: [] })
  })

  test('members are given ICE servers, by their own name in the room', async () => {
    await using replicas = world()
    const { port } = await replicas.start({
      turn: { secret: 'b'.repeat(24), urls: ['turn:turn.example.org'] },
    })
    using ann = openPage(port)
    const roomId = await ann.createRoom()
    const { iceServers, you } = (await ann.enter(roomId)).of('snapshot')[0]!
    expect(iceServers[0]!.username).toMatch(new RegExp(`^\\d{10}:${you.userId}$`))
    expect(await ann.api.room.iceServers.query({ roomId })).toMatchObject([
      { urls: ['turn:turn.example.org'] },
    ])
  })
})
