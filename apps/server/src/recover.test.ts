/** A store that has lost everything, over real sockets: rooms come back by what browsers keep, and by nothing else. */
import { setTimeout as sleep } from 'node:timers/promises'
import { makeSecret, type RoomInfo } from '@maru/api-types'
import { describe, expect, test, vi } from 'vitest'
import { startRedis } from './backend/start-redis.ts'
import { makeRecords } from './rooms/records.ts'
import { fixedKeys } from './rooms/record-keys.ts'
import {
  type Attendance,
  openPage,
  openWorld,
  peerOf,
  refusalOf,
  startTestServer,
  type TestPage,
  type TestServer,
  textsOf,
  until,
  type World,
} from './test-kit.ts'

const SECRET = 'of this server, and of no other one'

interface Lossy extends AsyncDisposable {
  /** Ends every server and all that was stored; starts as many anew. */
  loseEverything(): Promise<TestServer[]>
}

/** Two replicas on one Redis, or one server with its rooms in memory. */
async function openLossy(kind: string, secrets: string[] | undefined = [SECRET]): Promise<Lossy> {
  const redis = kind === 'redis' ? await startRedis() : undefined
  let world: World | undefined
  return {
    async loseEverything() {
      await world?.[Symbol.asyncDispose]()
      await redis?.restart()
      world = openWorld(redis?.url)
      const options = { recordSecrets: secrets }
      return redis ? [await world.start(options), await world.start(options)] : [await world.start(options)]
    },
    async [Symbol.asyncDispose]() {
      await world?.[Symbol.asyncDispose]()
      await redis?.stop()
    },
  }
}

let seq = 0
const say = (page: TestPage, roomId: string, body: Record<string, unknown>) =>
  page.api.room.send.mutate({ roomId, messages: [{ seq: ++seq, body }] })
const snapshotOf = (attendance: Attendance) => attendance.of('snapshot').at(-1)!
const isBack = (attendance: Attendance) => () => attendance.of('snapshot').at(-1)?.reset === 'data-lost'
const roomIn = (attendance: Attendance): RoomInfo =>
  attendance.of('room').at(-1)?.room ?? snapshotOf(attendance).room

describe.each(['memory', 'redis'])('everything is lost in %s, and', (kind) => {
  test('P55 P58 all are back in their room, with its host, its lock and who was removed, the host last', async () => {
    await using lossy = await openLossy(kind)
    const before = await lossy.loseEverything()
    using ann = openPage(before[0]!.port)
    using bo = openPage(before.at(-1)!.port)
    using cho = openPage(before[0]!.port)
    using eve = openPage(before.at(-1)!.port)
    const pages = { ann, bo, cho }
    const roomId = await ann.createRoom({ name: 'Ours', capacity: 5 })
    const inside = { ann: await ann.enter(roomId), bo: await bo.enter(roomId), cho: await cho.enter(roomId) }
    const removed = await eve.enter(roomId)
    const oldRecord = eve.record
    await say(ann, roomId, { type: 'lock', locked: true })
    await say(ann, roomId, { type: 'remove', to: peerOf(eve, roomId) })
    await until(() => removed.end, 'the end')
    await until(
      () => Object.values(inside).every((one) => one.of('record').length === 2),
      'a record for each change',
    )
    const room = roomIn(inside.bo)

    const after = await lossy.loseEverything()
    using stranger = openPage(after[0]!.port)
    expect(await refusalOf(stranger.enter(roomId))).toContain('not-found')
    for (const name of ['bo', 'cho', 'ann'] as const) {
      pages[name].port = after[name === 'bo' ? 0 : after.length - 1]!.port
      await until(isBack(inside[name]), `${name} is back`)
      expect(snapshotOf(inside[name])).toMatchObject({ room, chat: [], applied: 0 })
      expect(inside[name].end).toBeUndefined()
    }
    expect(room).toMatchObject({ name: 'Ours', capacity: 5, locked: true })
    expect(snapshotOf(inside.ann).peers.map(({ peerId }) => peerId)).toEqual(
      [bo, cho, ann].map((page) => peerOf(page, roomId)),
    )
    using again = openPage(after[0]!.port, { userSecret: eve.secrets.userSecret })
    again.record = oldRecord
    expect(await refusalOf(again.enter(roomId))).toContain('removed')
    expect(await refusalOf(stranger.enter(roomId))).toContain('room-locked')

    // What they say goes on where it was.
    seq = 40
    expect(await say(bo, roomId, { type: 'chat', text: 'still here' })).toEqual({ applied: 41, refused: [] })
    await until(() => textsOf(inside.ann).includes('still here'), 'the message')
    expect(
      await say(bo, roomId, { type: 'moderate', to: peerOf(cho, roomId), action: 'mute' }),
    ).toMatchObject({
      refused: [{ reason: 'not-allowed' }],
    })
    expect(
      await say(ann, roomId, { type: 'moderate', to: peerOf(cho, roomId), action: 'mute' }),
    ).toMatchObject({
      refused: [],
    })
  }, 30_000)

  test('P57 a former host and somebody removed are what they were only until somebody knows better', async () => {
    await using lossy = await openLossy(kind)
    const before = await lossy.loseEverything()
    using former = openPage(before[0]!.port)
    using bo = openPage(before[0]!.port)
    using eve = openPage(before[0]!.port)
    const roomId = await former.createRoom()
    await former.enter(roomId)
    const inside = await bo.enter(roomId)
    await eve.enter(roomId)
    const old = { former: former.record, eve: eve.record }
    await say(former, roomId, { type: 'hand-over', to: peerOf(bo, roomId) })
    await say(bo, roomId, { type: 'remove', to: peerOf(eve, roomId) })
    await until(() => inside.of('record').length === 2, 'the newest record')
    const hostId = roomIn(inside).hostId

    bo.port = 0
    former[Symbol.dispose]()
    const after = await lossy.loseEverything()
    using first = openPage(after[0]!.port, former.secrets)
    first.record = old.former
    using second = openPage(after.at(-1)!.port, { ...eve.secrets, joinSecret: makeSecret() })
    second.record = old.eve
    const early = await first.enter(roomId)
    const late = await second.enter(roomId)
    expect(snapshotOf(early).room.hostId).toBe(snapshotOf(early).you.userId)
    // Whatever they do meanwhile.
    for (let i = 0; i < 6; i++) await say(first, roomId, { type: 'lock', locked: i % 2 === 0 })

    bo.port = after.at(-1)!.port
    await until(isBack(inside), 'who knows better')
    await until(() => roomIn(early).hostId === hostId, 'the right host')
    expect(await until(() => late.end, 'the end')).toBe('removed')
    expect(await say(first, roomId, { type: 'lock', locked: true })).toMatchObject({
      refused: [{ reason: 'not-allowed' }],
    })
    expect(await say(bo, roomId, { type: 'lock', locked: true })).toMatchObject({ refused: [] })
    await until(() => early.of('record').length >= 2, 'the newest record for who had an old one')
    expect(early.of('left').map(({ reason }) => reason)).toEqual(['removed'])
  }, 30_000)

  test('P4 P56 nothing else brings a room back', async () => {
    await using lossy = await openLossy(kind)
    const [before] = await lossy.loseEverything()
    using ann = openPage(before!.port)
    const roomId = await ann.createRoom()
    const attendance = await ann.enter(roomId)
    const other = await ann.createRoom()
    const good = ann.record!
    const view = { ...snapshotOf(attendance), epoch: 'epoch', position: '1-0', since: 1 }
    const signer = makeRecords({ keys: fixedKeys(['of another server']), maxAgeMs: 1_000 })
    const { userId } = view.you
    const foreign = signer.sign({ ...view, revision: '9', removed: [] }, userId)
    const [body, mac] = good.split('.') as [string, string]
    const said = JSON.parse(Buffer.from(body, 'base64url').toString()) as { room: RoomInfo }
    const forged = Buffer.from(
      JSON.stringify({ ...said, room: { ...said.room, hostId: 'A'.repeat(22) } }),
    ).toString('base64url')
    ann[Symbol.dispose]()

    const [after] = await lossy.loseEverything()
    const tries: Record<
      string,
      [record: string | undefined, roomId: string, secrets?: { userSecret: string }]
    > = {
      'none at all': [undefined, roomId, ann.secrets],
      'signed by another server': [foreign, roomId, ann.secrets],
      changed: [`${forged}.${mac}`, roomId, ann.secrets],
      'cut short': [good.slice(0, -4), roomId, ann.secrets],
      'without a signature': [`${body}.`, roomId, ann.secrets],
      'not one': ['constructor', roomId, ann.secrets],
      'too long': [`${'A'.repeat(20_000)}.${mac}`, roomId, ann.secrets],
      'of another room': [good, other, ann.secrets],
      'somebody else’s': [good, roomId],
    }
    for (const [what, [record, where, secrets]] of Object.entries(tries)) {
      using page = openPage(after!.port, secrets)
      page.record = record
      expect(await refusalOf(page.enter(where)), what).toContain('not-found')
    }
    using right = openPage(after!.port, ann.secrets)
    right.record = good
    expect(snapshotOf(await right.enter(roomId)).room).toEqual(view.room)
  }, 30_000)
})

test('P56 replicas without a secret of their own agree on one, and a new one learns it after the loss', async () => {
  const redis = await startRedis()
  const world = openWorld(redis.url)
  try {
    const old = await world.start({ recordSecrets: undefined })
    using ann = openPage(old.port)
    using bo = openPage(old.port)
    const roomId = await ann.createRoom()
    const inside = [await ann.enter(roomId), await bo.enter(roomId)]
    ann.port = bo.port = 0
    for (const socket of [...ann.sockets, ...bo.sockets]) socket.terminate()
    await redis.restart()
    // It finds nothing in the store, makes a key of its own, and hears of the other one soon.
    const fresh = await world.start({ recordSecrets: undefined })
    ann.port = bo.port = fresh.port
    for (const attendance of inside) await until(isBack(attendance), 'back', 15_000)
    expect(new Set(inside.map((one) => snapshotOf(one).peers.length))).toEqual(new Set([1, 2]))
  } finally {
    await world[Symbol.asyncDispose]()
    await redis.stop()
  }
}, 30_000)

test('P56 a secret that is being rotated verifies, and the new one signs', async () => {
  const [before, between, after] = await Promise.all(
    [['old'], ['new', 'old'], ['new']].map((recordSecrets) => startTestServer({ recordSecrets })),
  )
  await using servers = {
    [Symbol.asyncDispose]: async () => {
      for (const server of [before, between, after]) await server?.[Symbol.asyncDispose]()
    },
  }
  void servers
  using ann = openPage(before!.port)
  const roomId = await ann.createRoom()
  const inside = await ann.enter(roomId)
  for (const [i, next] of [between!, after!].entries()) {
    ann.port = next.port
    for (const socket of ann.sockets) socket.terminate()
    await until(() => inside.of('snapshot').length === i + 2, 'back')
  }
  expect(inside.end).toBeUndefined()
})

test('P55 P58 Redis forgets everything while the replicas go on: all are back behind their lock, and the door waits', async () => {
  const redis = await startRedis()
  const world = openWorld(redis.url, { lease: 3_000 })
  try {
    const [one, two, three] = [await world.start(), await world.start(), await world.start()]
    using ann = openPage(one.port)
    using bo = openPage(two.port)
    using cho = openPage(two.port)
    using visitor = openPage(three.port)
    const roomId = await ann.createRoom()
    const inside = [await ann.enter(roomId), await bo.enter(roomId), await cho.enter(roomId)]
    await say(ann, roomId, { type: 'lock', locked: true })
    await until(() => inside.every((one) => one.of('record').length), 'the newest record')
    const door = visitor.preview(roomId)
    await until(() => door.heard.length, 'a preview')
    const seen = door.heard.length
    await redis.restart()
    for (const attendance of inside) await until(isBack(attendance), 'back')
    await until(
      () => door.heard.slice(seen).some(({ count }) => count === 3),
      'all three, seen from the door',
    )
    for (const attendance of inside) {
      expect(attendance.end).toBeUndefined()
      expect(roomIn(attendance)).toMatchObject({ locked: true })
      // Nobody was refused and came back by another way.
      expect(attendance.of('snapshot')).toHaveLength(2)
    }
    expect(door.end).toBeUndefined()
    expect([ann, bo, cho].map(({ sockets }) => sockets.length)).toEqual([1, 1, 1])
  } finally {
    await world[Symbol.asyncDispose]()
    await redis.stop()
  }
}, 30_000)

test('P55 whoever comes before those inside are back waits for them, and isn’t told that there is no room', async () => {
  const redis = await startRedis()
  const world = openWorld(redis.url)
  try {
    const options = { recordSecrets: [SECRET] }
    const [one, two] = [await world.start(options), await world.start(options)]
    using ann = openPage(one.port)
    using newcomer = openPage(two.port)
    using visitor = openPage(two.port)
    const roomId = await ann.createRoom()
    const inside = await ann.enter(roomId)
    // With her replica goes all that knew of the room but her page.
    await one.drain(0)
    await redis.restart()
    await vi.waitFor(() => two.backend.ping(), { timeout: 5_000 })
    const entering = newcomer.enter(roomId)
    const door = visitor.preview(roomId)
    await sleep(500)
    expect(door.heard).toEqual([])
    ann.port = two.port
    const entered = await entering
    await until(isBack(inside), 'back')
    await until(() => door.heard.at(-1)?.count === 2, 'both, seen from the door')
    expect(entered.end).toBeUndefined()
    expect(door.end).toBeUndefined()
  } finally {
    await world[Symbol.asyncDispose]()
    await redis.stop()
  }
}, 30_000)

test('P9 P55 whoever reloads in that moment brings the room back, too', async () => {
  await using lossy = await openLossy('memory')
  const [before] = await lossy.loseEverything()
  using ann = openPage(before!.port)
  const roomId = await ann.createRoom()
  await ann.enter(roomId)
  await say(ann, roomId, { type: 'lock', locked: true })
  ann[Symbol.dispose]()
  const [after] = await lossy.loseEverything()
  using reloaded = openPage(after!.port, { userSecret: ann.secrets.userSecret })
  reloaded.record = ann.record
  const { room, you } = snapshotOf(await reloaded.enter(roomId, { replaces: ann.secrets.joinSecret }))
  expect(room.hostId).toBe(you.userId)
})
