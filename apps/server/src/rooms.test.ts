/** Entering, speaking, leaving and coming back: real sockets, on both backends. */
import { type ClientMessage, makeSecret, type PeerState, type RoomEvent } from '@maru/api-types'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startRedis, type TestRedis } from './backend/start-redis.ts'
import { peerIdOf, userIdOf } from './rooms/identity.ts'
import { type Attendance, openPage, openWorld, reasonOf, type TestPage, until } from './test-kit.ts'

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

const chat = (seq: number, text: string) => ({ seq, body: { type: 'chat', text } satisfies ClientMessage })
const state = (seq: number, to: PeerState) => ({
  seq,
  body: { type: 'state', state: to } satisfies ClientMessage,
})
const signalTo = (seq: number, to: string) => ({
  seq,
  body: { type: 'signal', to, signal: { gen: 1, candidates: [] } } satisfies ClientMessage,
})
const texts = (attendance: Attendance): string[] => attendance.of('chat').map(({ message }) => message.text)
const refusalOf = (call: Promise<unknown>): Promise<string> => call.then(() => 'no refusal', reasonOf)
const peerOf = (page: TestPage, roomId: string): string => peerIdOf(roomId, page.secrets.joinSecret)

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
    await until(() => texts(second).length >= 3, 'three messages')
    expect(texts(second)).toEqual(['one', 'two', 'three'])
    expect(texts(first)).toEqual(['one', 'two', 'three'])
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
    await until(() => texts(second).includes('after'), 'the good ones')
    expect(texts(second)).toEqual(['before', 'after'])
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
    await Promise.all([first, second, third].map((one) => until(() => texts(one).length, 'the chat')))
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
    await until(() => texts(first).length === 2, 'both')
    expect(texts(first)).toEqual(['one', 'two'])
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
    await until(() => texts(second).length >= 30, 'all thirty')
    expect(texts(second)).toEqual(expected)
    expect(bo.sockets.length).toBeGreaterThan(3)
    expect(second.of('snapshot')).toHaveLength(1)
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
    const lease = 900
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
    const left = await until(() => first.of('left')[0], 'left', 3_000)
    expect(left).toEqual({ type: 'left', peerId: peerOf(bo, roomId), reason: 'expired' })
    expect(performance.now() - since).toBeGreaterThan(lease - 200)
    expect(performance.now() - since).toBeLessThan((lease * 4) / 3 + 300)
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
    await ann.api.room.send.mutate({ roomId, messages: [state(1, { mic: false, camera: false })] })
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
