/** Whatever is done to rooms in memory and to rooms in Redis, in whatever order, looks the same from outside. */
import fc from 'fast-check'
import { type Position, RoomError } from '@maru/api-types'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JoinRequest, RoomBackend, RoomMessage, RoomRecord } from './backend.ts'
import { createMemoryBackend } from './memory.ts'
import { createRedisBackend } from './redis.ts'
import { startRedis, type TestRedis } from './start-redis.ts'
import { type Heard, heardAll, HOST, listen, makeJoin, makeRoom } from './testing.ts'

let redis: TestRedis
let backends: RoomBackend[]
beforeAll(async () => {
  redis = await startRedis()
  backends = [createMemoryBackend(), createRedisBackend({ url: redis.url })]
})
afterAll(async () => {
  await Promise.all(backends?.map((backend) => backend.close()) ?? [])
  await redis?.stop()
})

const PEERS = ['a', 'b', 'c', 'd', 'e']
const peerId = fc.constantFrom(...PEERS)
const attempt = fc.integer({ min: 1, max: 3 })
const seq = fc.integer({ min: 1, max: 12 })

const message: fc.Arbitrary<RoomMessage> = fc.oneof(
  fc.record({ seq, type: fc.constant('chat' as const), text: fc.string({ unit: 'grapheme', minLength: 1 }) }),
  fc.record({
    seq,
    type: fc.constant('signal' as const),
    to: peerId,
    signal: fc.record({ gen: fc.nat() }),
  }),
  fc.record({
    seq,
    type: fc.constant('state' as const),
    state: fc.record({ mic: fc.boolean(), camera: fc.boolean() }),
  }),
  fc.record({ seq, type: fc.constant('lock' as const), locked: fc.boolean() }),
  fc.record({ seq, type: fc.constant('hand' as const), raised: fc.boolean() }),
  fc.record({ seq, type: fc.constant('reaction' as const), emoji: fc.constant('❤️' as const) }),
  fc.record({
    seq,
    type: fc.constant('moderate' as const),
    to: peerId,
    action: fc.constantFrom('mute' as const, 'stop-camera' as const, 'lower-hand' as const),
  }),
  fc.record({ seq, type: fc.constantFrom('remove' as const, 'hand-over' as const), to: peerId }),
  fc.record({ seq, type: fc.constant('end' as const) }),
  fc.record({ seq, type: fc.constant('refused' as const), reason: fc.constant('bad-message' as const) }),
)

type Step =
  | { type: 'create' | 'read' }
  | { type: 'join'; request: JoinRequest; resume: { entry: number; sameEpoch: boolean } | undefined }
  | { type: 'send'; peerId: string; attempt: number; messages: RoomMessage[] }
  | { type: 'leave' | 'shorten' | 'renew'; peerId: string; attempt: number }

const revision = fc.constantFrom('1', '1.1', '2', '2.1', '2.10', '3', '4')
const REMOVABLE = PEERS.map((id) => makeJoin(id).userId)

/** Whose room it is, is put in where it is joined. */
const recordOf = ({
  locked,
  ...brought
}: {
  revision: string
  locked: boolean
  removed: string[]
}): RoomRecord => ({
  ...brought,
  room: makeRoom({ locked, name: brought.revision }),
  epoch: 'lost',
})

const request: fc.Arbitrary<JoinRequest> = fc
  .record({
    peerId,
    attempt,
    name: fc.string({ unit: 'grapheme' }),
    replaces: fc.option(peerId),
    host: fc.boolean(),
    brought: fc.option(fc.record({ revision, locked: fc.boolean(), removed: fc.subarray(REMOVABLE) })),
    wasInside: fc.option(fc.record({ revision, epoch: fc.constant('lost') }), { nil: undefined }),
  })
  .map(({ replaces, host, brought, wasInside, ...rest }) =>
    makeJoin(rest.peerId, {
      ...rest,
      ...(wasInside && { wasInside }),
      ...(brought && { record: recordOf(brought) }),
      ...(replaces !== null && { replaces }),
      ...(host && { userId: HOST }),
    }),
  )

/** Batches mostly go up by one, as a client's do; single messages may have any seq. */
const messages = fc.oneof(
  fc
    .tuple(seq, fc.array(message, { maxLength: 6 }))
    .map(([first, batch]) => batch.map((one, i) => ({ ...one, seq: first + i }))),
  fc.array(message, { maxLength: 3 }),
)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('create' as const, 'read' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('join' as const),
      request,
      resume: fc.option(fc.record({ entry: fc.nat({ max: 30 }), sameEpoch: fc.boolean() }), {
        nil: undefined,
      }),
    }),
  },
  { weight: 8, arbitrary: fc.record({ type: fc.constant('send' as const), peerId, attempt, messages }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom('leave' as const, 'shorten' as const, 'renew' as const),
      peerId,
      attempt,
    }),
  },
)

/** One backend on its way through the steps, and what could be seen of it. */
interface Run {
  backend: RoomBackend
  heard: Heard
  seen: unknown[]
}

async function carryOut(run: Run, roomId: string, action: Step): Promise<unknown> {
  const { backend } = run
  switch (action.type) {
    case 'create':
      return backend.createRoom(makeRoom({ roomId, name: 'another' }))
    case 'read':
      return backend.readRoom(roomId)
    case 'join': {
      const { resume } = action
      const { record } = action.request
      const request = record
        ? { ...action.request, record: { ...record, room: { ...record.room, roomId, capacity: 3 } } }
        : action.request
      if (!resume) return backend.join(roomId, request)
      await heardAll(backend, roomId, run.heard)
      const { epoch } = (await backend.readRoom(roomId))!
      const position = run.heard.entries[resume.entry]?.position ?? '0-0'
      const resumeFrom = { epoch: resume.sameEpoch ? epoch : 'other', position }
      return backend.join(roomId, { ...request, resumeFrom })
    }
    case 'send':
      return backend.send(roomId, action, action.messages)
    case 'leave':
      return backend.leave(roomId, action)
    case 'shorten':
      return backend.shortenLease(roomId, action)
    case 'renew':
      return backend.renew([{ roomId, sessions: [{ ...action, idleMs: 0 }] }])
  }
}

/** Takes out what can't be the same: clocks and epochs; a position becomes its number in the log. */
function comparable(value: unknown, positions: Map<Position, number>): unknown {
  const text = JSON.stringify(value, (key, part: unknown) => {
    if (['joinedAt', 'at', 'since'].includes(key)) return typeof part
    if (key === 'epoch') return 'epoch'
    if (['position', 'id', 'hand'].includes(key)) return positions.get(part as Position) ?? part
    return part
  })
  return text === undefined ? undefined : (JSON.parse(text) as unknown)
}

/** @param restored whether the store has lost the room before */
async function runThrough(backend: RoomBackend, steps: Step[], restored: boolean): Promise<unknown> {
  const room = makeRoom({ roomId: `model-${Math.random()}`, capacity: 3 })
  if (!restored) await backend.createRoom(room)
  const heard = await listen(backend, room.roomId)
  const run: Run = { backend, heard, seen: [] }
  // Somebody stays, so that there is always a log whose end can be waited for.
  const record = restored ? { room, revision: '2', removed: [], epoch: 'lost' } : undefined
  await backend.join(
    room.roomId,
    makeJoin('witness', { userId: HOST, attempt: 9, ...(record && { record }) }),
  )
  for (const action of steps) {
    const outcome = await carryOut(run, room.roomId, action).catch((error: unknown) => {
      if (error instanceof RoomError) return { refused: error.reason }
      throw error
    })
    run.seen.push(outcome)
  }
  await heardAll(backend, room.roomId, heard)
  run.seen.push(await backend.readRoom(room.roomId))
  heard.unwatch()
  const positions = new Map(heard.entries.map(({ position }, i) => [position, i + 1]))
  const all = comparable({ seen: run.seen, heard: heard.entries, resets: heard.resets }, positions)
  return JSON.parse(JSON.stringify(all).replaceAll(room.roomId, 'the room')) as unknown
}

test('memory and Redis agree on every sequence of operations', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }),
      fc.boolean(),
      async (steps, restored) => {
        const [memory, stored] = await Promise.all(
          backends.map((backend) => runThrough(backend, steps, restored)),
        )
        expect(stored).toEqual(memory)
      },
    ),
    { numRuns: 150 },
  )
})
