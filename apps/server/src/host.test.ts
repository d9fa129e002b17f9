/** What the host may do and nobody else, and who hears of it: real sockets, on both backends. */
import { type ClientMessage, makeSecret } from '@maru/api-types'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedis, type TestRedis } from './backend/start-redis.ts'
import { openPage, openWorld, peerOf, type TestPage, until } from './test-kit.ts'

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

/** Says messages from seq 1 on, or the one given; answers the refusals' reasons in order. */
async function say(page: TestPage, roomId: string, bodies: unknown[], from = 1): Promise<string[]> {
  const messages = bodies.map((body, i) => ({ seq: from + i, body }))
  const { refused } = await page.api.room.send.mutate({ roomId, messages })
  return refused.map(({ reason }) => reason)
}

const REACTION = { type: 'reaction', emoji: '👏' } satisfies ClientMessage

describe.each(['memory', 'redis'])('on %s', (kind) => {
  const world = () => openWorld(kind === 'redis' ? redis.url : undefined)

  test('P35 forged host messages are refused, and nobody hears of them', async () => {
    await using replicas = world()
    const { port } = await replicas.start()
    using ann = openPage(port)
    using bo = openPage(port)
    using eve = openPage(port)
    const roomId = await ann.createRoom()
    const first = await ann.enter(roomId)
    await bo.enter(roomId)
    const third = await eve.enter(roomId)
    const [host, other] = [peerOf(ann, roomId), peerOf(bo, roomId)]
    const { hostId } = third.of('snapshot')[0]!.room
    const forged: ClientMessage[] = [
      { type: 'lock', locked: true },
      { type: 'moderate', to: other, action: 'mute' },
      { type: 'moderate', to: other, action: 'lower-hand' },
      { type: 'remove', to: other },
      { type: 'remove', to: host },
      { type: 'hand-over', to: peerOf(eve, roomId) },
      { type: 'end' },
    ]
    expect(await say(eve, roomId, forged)).toEqual(forged.map(() => 'not-allowed'))
    // The right can't be brought along either: neither in the message nor by joining as the host's id.
    const malformed = [
      { type: 'end', hostId },
      { type: 'moderate', to: other, action: 'mute', from: host },
      { type: 'moderate', to: other, action: 'unmute' },
      { type: 'hand', raised: true, peerId: other },
      { type: 'reaction', emoji: 'not an emoji' },
    ]
    expect(await say(eve, roomId, malformed, forged.length + 1)).toEqual(malformed.map(() => 'bad-message'))
    await say(eve, roomId, [REACTION], forged.length + malformed.length + 1)
    await until(() => first.of('reaction').length, 'the reaction')
    expect(first.events().map(({ type }) => type)).toEqual(['snapshot', 'joined', 'joined', 'reaction'])
  })

  test('P37 P31 who was removed hears so once, and comes back neither by page nor by replica', async () => {
    await using replicas = world()
    const { port } = await replicas.start()
    const { port: otherPort } = await replicas.start()
    using ann = openPage(port)
    using bo = openPage(otherPort)
    const roomId = await ann.createRoom()
    const first = await ann.enter(roomId)
    const second = await bo.enter(roomId)
    const { userSecret } = bo.secrets
    using tab = openPage(port, { userSecret })
    const third = await tab.enter(roomId)
    using atDoor = openPage(port, { userSecret })
    const preview = atDoor.preview(roomId)
    await until(() => preview.heard.length, 'the preview')

    expect(await say(ann, roomId, [{ type: 'remove', to: peerOf(bo, roomId) }])).toEqual([])
    for (const one of [second, third, preview]) {
      expect(await until(() => one.end, 'the end')).toBe('removed')
    }
    await until(() => first.of('left').length === 2, 'both have left')
    expect(first.of('left').map(({ reason }) => reason)).toEqual(['removed', 'removed'])

    for (const page of [
      { port, replaces: bo.secrets.joinSecret },
      { port: otherPort, replaces: undefined },
    ]) {
      using again = openPage(page.port, { userSecret })
      const look = again.preview(roomId)
      expect(await until(() => look.end, 'the end')).toBe('removed')
      expect(look.heard).toEqual([])
      const more = page.replaces === undefined ? {} : { replaces: page.replaces }
      await expect(again.enter(roomId, more)).rejects.toThrow('removed')
    }
    expect(first.of('joined')).toHaveLength(2)
  })

  test('P38 P39 the role is handed over, kept over a reload, and ends the call for all', async () => {
    await using replicas = world()
    const { port } = await replicas.start()
    using ann = openPage(port)
    using bo = openPage(port)
    const roomId = await ann.createRoom()
    const first = await ann.enter(roomId)
    const second = await bo.enter(roomId)
    await say(ann, roomId, [
      { type: 'chat', text: 'deleted with the call' },
      { type: 'hand-over', to: peerOf(bo, roomId) },
    ])
    const { userId } = second.of('snapshot')[0]!.you
    await until(() => second.of('room').length, 'the new host')
    expect(second.of('room')[0]!.room.hostId).toBe(userId)
    expect(await say(ann, roomId, [{ type: 'end' }], 3)).toEqual(['not-allowed'])

    using reloaded = openPage(port, { userSecret: bo.secrets.userSecret })
    const third = await reloaded.enter(roomId, { replaces: bo.secrets.joinSecret })
    expect(third.of('snapshot')[0]!.room.hostId).toBe(userId)
    expect(await say(reloaded, roomId, [{ type: 'end' }])).toEqual([])
    for (const one of [first, third]) expect(await until(() => one.end, 'the end')).toBe('ended')

    using later = openPage(port, { userSecret: makeSecret() })
    const [snapshot] = (await later.enter(roomId)).of('snapshot')
    expect(snapshot).toMatchObject({ chat: [], room: { hostId: userId } })
    expect(snapshot!.peers).toHaveLength(1)
    expect(snapshot).not.toHaveProperty('removed')
  })
})
