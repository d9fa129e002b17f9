/** What members say, and who hears it: real sockets, on both backends. */
import { makeSecret } from '@maru/api-types'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedis, type TestRedis } from './backend/start-redis.ts'
import { peerIdOf } from './rooms/identity.ts'
import { chat, openPage, openWorld, peerOf, refusalOf, signalTo, textsOf, until } from './test-kit.ts'

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

describe.each(['memory', 'redis'])('on %s', (kind) => {
  const world = (times = {}) => openWorld(kind === 'redis' ? redis.url : undefined, times)

  test('P18 P20 P21 a batch that is sent again is applied once, and every event tells who and which', async () => {
    await using replicas = world()
    const { port } = await replicas.start()
    using ann = openPage(port)
    using bo = openPage(port)
    const roomId = await ann.createRoom()
    const first = await ann.enter(roomId)
    const second = await bo.enter(roomId)
    const send = (...messages: { seq: number; body: unknown }[]) =>
      ann.api.room.send.mutate({ roomId, messages })

    expect(await send(chat(1, 'one'), chat(2, 'two'))).toEqual({ applied: 2, refused: [] })
    expect(await send(chat(1, 'one'), chat(2, 'two'), chat(3, 'three'))).toEqual({ applied: 3, refused: [] })
    await until(() => textsOf(second).length >= 3, 'three messages')
    expect(textsOf(second)).toEqual(['one', 'two', 'three'])
    expect(textsOf(first)).toEqual(['one', 'two', 'three'])
    expect(second.of('chat').map(({ from, seq }) => ({ from, seq }))).toEqual(
      [1, 2, 3].map((seq) => ({ from: peerOf(ann, roomId), seq })),
    )
  })

  test('P18 P32 bad messages are refused by themselves, consume their seq, and nobody hears of them', async () => {
    await using replicas = world()
    const { port } = await replicas.start()
    using ann = openPage(port)
    using bo = openPage(port)
    const roomId = await ann.createRoom()
    await ann.enter(roomId)
    const second = await bo.enter(roomId)
    const forged = { type: 'chat', text: 'as somebody else', from: peerOf(bo, roomId) }
    const result = await ann.api.room.send.mutate({
      roomId,
      messages: [
        chat(1, 'before'),
        { seq: 2, body: forged },
        { seq: 3, body: null },
        { seq: 4, body: { type: 'chat', text: ' untrimmed ' } },
        signalTo(5, peerIdOf(roomId, makeSecret())),
        signalTo(6, peerOf(ann, roomId)),
        { seq: 7, body: { type: 'signal', to: 'sfu', signal: { gen: 1 } } },
        chat(8, 'after'),
      ],
    })
    expect(result).toEqual({
      applied: 8,
      refused: [
        ...[2, 3, 4].map((seq) => ({ seq, reason: 'bad-message' })),
        ...[5, 6].map((seq) => ({ seq, reason: 'unknown-recipient' })),
        { seq: 7, reason: 'bad-message' },
      ],
    })
    await until(() => textsOf(second).includes('after'), 'the good ones')
    expect(textsOf(second)).toEqual(['before', 'after'])
    expect(second.events().map(({ type }) => type)).toEqual(['snapshot', 'chat', 'chat'])
  })

  test('P16 a signal goes to its recipient alone', async () => {
    await using replicas = world()
    const { port } = await replicas.start()
    using ann = openPage(port)
    using bo = openPage(port)
    using cho = openPage(port)
    const roomId = await ann.createRoom()
    const first = await ann.enter(roomId)
    const second = await bo.enter(roomId)
    const third = await cho.enter(roomId)
    await ann.api.room.send.mutate({ roomId, messages: [signalTo(1, peerOf(bo, roomId)), chat(2, 'to all')] })
    await Promise.all([first, second, third].map((one) => until(() => textsOf(one).length, 'the chat')))
    expect(second.of('signal')).toEqual([
      { type: 'signal', from: peerOf(ann, roomId), seq: 1, signal: { gen: 1, candidates: [] } },
    ])
    expect(first.of('signal')).toEqual([])
    expect(third.of('signal')).toEqual([])
  })

  test('P17 P19 a gap fails the batch, and nothing of it is applied', async () => {
    await using replicas = world()
    const { port } = await replicas.start()
    using ann = openPage(port)
    const roomId = await ann.createRoom()
    const first = await ann.enter(roomId)
    await ann.api.room.send.mutate({ roomId, messages: [chat(1, 'one')] })
    const gap = ann.api.room.send.mutate({ roomId, messages: [chat(2, 'two'), chat(4, 'four')] })
    expect(await refusalOf(gap)).toBe('sequence-gap')
    expect(await ann.api.room.send.mutate({ roomId, messages: [chat(2, 'two')] })).toMatchObject({
      applied: 2,
    })
    await until(() => textsOf(first).length === 2, 'both')
    expect(textsOf(first)).toEqual(['one', 'two'])
  })

  test('P3 P19 whoever has not joined on this connection is told so, whatever they know', async () => {
    await using replicas = world()
    const { port } = await replicas.start()
    using ann = openPage(port)
    using eve = openPage(port)
    const roomId = await ann.createRoom()
    const first = await ann.enter(roomId)
    const messages = [chat(1, 'hello')]
    expect(await refusalOf(eve.api.room.send.mutate({ roomId, messages }))).toBe('not-a-member')
    expect(await refusalOf(eve.api.room.leave.mutate({ roomId }))).toBe('not-a-member')
    expect(await refusalOf(eve.api.room.iceServers.query({ roomId }))).toBe('not-a-member')
    // Knowing the room and a member's ids isn't knowing the secret behind them: this one gets an id of its own.
    const intruder = await eve.enter(roomId, { replaces: makeSecret() })
    expect(intruder.of('snapshot')[0]!.you.peerId).not.toBe(peerOf(ann, roomId))
    await until(() => first.of('joined').length, 'joined')
    expect(first.events().map(({ type }) => type)).toEqual(['snapshot', 'joined'])
  })

  test('P22 a send in the frame of the join waits for it', async () => {
    await using replicas = world()
    const { port } = await replicas.start()
    using ann = openPage(port)
    using bo = openPage(port)
    const roomId = await ann.createRoom()
    const first = await ann.enter(roomId)
    await bo.api.rooms.create.mutate({
      name: 'Warm-up',
      listed: false,
      capacity: 2,
      userSecret: makeSecret(),
    })
    const frames: string[] = []
    const [socket] = bo.sockets
    const sendFrame = socket!.send.bind(socket!)
    socket!.send = (data: unknown) => {
      frames.push(String(data))
      sendFrame(String(data))
    }
    const second = bo.join(roomId)
    const sent = bo.api.room.send.mutate({ roomId, messages: [signalTo(1, peerOf(ann, roomId))] })
    expect(await sent).toEqual({ applied: 1, refused: [] })
    expect(frames.filter((frame) => frame !== 'PING')).toHaveLength(1)
    await until(() => first.of('signal').length, 'the offer')
    expect(first.events().map(({ type }) => type)).toEqual(['snapshot', 'joined', 'signal'])
    expect(second.end).toBeUndefined()

    // In whatever order the frame has them.
    using cho = openPage(port)
    await cho.createRoom()
    const answers: string[] = []
    cho.sockets[0]!.on('message', (data: Buffer) => answers.push(data.toString()))
    const messages = [signalTo(1, peerOf(ann, roomId))]
    cho.sockets[0]!.send(
      JSON.stringify([
        { id: 'send', method: 'mutation', params: { path: 'room.send', input: { roomId, messages } } },
        { id: 'join', method: 'subscription', params: { path: 'room.join', input: cho.joinInput(roomId) } },
      ]),
    )
    const answer = await until(() => answers.find((text) => text.includes('"id":"send"')), 'an answer')
    expect(answer).toContain('"applied":1')
  })
})
