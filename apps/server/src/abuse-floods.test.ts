/** Too much of everything (P33, P60): what is refused, how, what it costs, and that two people who talk don't notice. */
import { makeSecret } from '@maru/api-types'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  floodUntilClosed,
  openRaw,
  type RawSocket,
  startTarget,
  type Target,
  untilMetric,
  whileOthersTalk,
} from './abuse-kit.ts'
import { openPage, reasonOf } from './test-kit.ts'

let target: Target
beforeAll(async () => {
  target = await startTarget()
})
afterAll(() => target[Symbol.asyncDispose]())

const limited = (kind: string) => target.metric(`maru_rate_limited_total{kind="${kind}"}`)
const retryOf = (raw: RawSocket): number =>
  raw.answers.find(({ error }) => error?.data.reason === 'rate-limited')?.error?.data.retryAfterMs ?? 0
const person = () => ({
  userSecret: makeSecret(),
  joinSecret: makeSecret(),
  name: 'Eve',
  color: 1,
  protocol: 1,
})
const joinInput = (roomId: string) => ({ roomId, ...person(), state: { mic: true, camera: true } })

test('P33 a flood of messages: `rate-limited` with a time, then 1008; what was refused is heard by nobody', async () => {
  using ann = openPage(target.port)
  const roomId = await ann.createRoom()
  const witness = await ann.enter(roomId)
  await whileOthersTalk(target, async () => {
    using eve = await openRaw(target.port, { address: '203.0.113.1' })
    eve.call('subscription', 'room.join', joinInput(roomId))
    await eve.answered(1)
    let seq = 0
    for (let batch = 0; batch < 12; batch++) {
      const messages = Array.from({ length: 64 }, () => ({
        seq: ++seq,
        body: { type: 'chat', text: `${seq}` },
      }))
      eve.call('mutation', 'room.send', { roomId, messages })
    }
    await eve.answered(13)
    expect(eve.reasons()['rate-limited']).toBeGreaterThanOrEqual(4)
    expect(retryOf(eve)).toBeGreaterThan(0)
    expect(retryOf(eve)).toBeLessThan(5_000)
    expect(eve.codes).toEqual([])
    await floodUntilClosed(eve, () => eve.call('mutation', 'room.send', { roomId, messages: [] }))
    expect(eve.codes).toEqual([1008])
  })
  // 500 at once and 60 a second: seven batches of 64, and never what came after.
  expect(witness.of('chat').length).toBeGreaterThanOrEqual(448)
  expect(witness.of('chat').length).toBeLessThan(640)
  expect(await limited('messages')).toBeGreaterThan(0)
  expect(await target.metric('maru_connections_cut_total{why="flood"}')).toBe(1)
})

test('P60 a flood of joins over several connections: `rate-limited` for that address and no other', async () => {
  using ann = openPage(target.port)
  const roomId = await ann.createRoom({ capacity: 6 })
  await ann.enter(roomId)
  await whileOthersTalk(target, async () => {
    const eves = await Promise.all([1, 2, 3].map(() => openRaw(target.port, { address: '203.0.113.2' })))
    // Five get in, the others are told that it is full: either way it was a join.
    for (let asked = 0; asked < 220; asked += 10) {
      for (const eve of eves)
        for (let i = 0; i < 10; i++) eve.call('subscription', 'room.join', joinInput(roomId))
      await Promise.all(eves.map((eve) => eve.answered(asked + 10)))
    }
    const reasons = eves.map((eve) => eve.reasons())
    const count = (reason: string) => reasons.reduce((sum, one) => sum + (one[reason] ?? 0), 0)
    expect([count('fine'), count('room-full'), count('rate-limited')]).toEqual([5, 595, 60])
    expect(await limited('joins')).toBe(60)
    using late = await openRaw(target.port, { address: '203.0.113.2' })
    late.call('subscription', 'room.join', joinInput(roomId))
    await late.answered(1)
    expect(late.reasons()).toEqual({ 'rate-limited': 1 })
    expect(retryOf(late)).toBeGreaterThan(0)
    expect(retryOf(late)).toBeLessThanOrEqual(60_000)
    using other = await openRaw(target.port, { address: '203.0.113.3' })
    other.call('subscription', 'room.join', joinInput(await ann.createRoom()))
    await other.answered(1)
    expect(other.reasons()).toEqual({ fine: 1 })
    for (const eve of eves) eve[Symbol.dispose]()
  })
})

test('P60 a flood of new rooms: sixty a minute for that address, the rest `rate-limited`; others make theirs', async () => {
  await whileOthersTalk(target, async () => {
    const input = { name: 'R', listed: true, capacity: 2, userSecret: makeSecret() }
    const eves = await Promise.all([1, 2].map(() => openRaw(target.port, { address: '203.0.113.4' })))
    for (const eve of eves) for (let i = 0; i < 100; i++) eve.call('mutation', 'rooms.create', input)
    await Promise.all(eves.map((eve) => eve.answered(100)))
    const [one, two] = eves.map((eve) => eve.reasons())
    expect((one!['fine'] ?? 0) + (two!['fine'] ?? 0)).toBe(60)
    expect((one!['rate-limited'] ?? 0) + (two!['rate-limited'] ?? 0)).toBe(140)
    // A /64 is one subscriber's, whichever of its addresses they take.
    const sixes = await Promise.all(
      ['2001:db8:0:7::1', '2001:db8:0:7:ffff::2'].map((address) => openRaw(target.port, { address })),
    )
    for (const six of sixes) for (let i = 0; i < 40; i++) six.call('mutation', 'rooms.create', input)
    await Promise.all(sixes.map((six) => six.answered(40)))
    expect(sixes.reduce((sum, six) => sum + (six.reasons()['fine'] ?? 0), 0)).toBe(60)
    using other = openPage(target.port)
    await other.createRoom()
    for (const one of [...eves, ...sixes]) one[Symbol.dispose]()
  })
})

test('a flood of subscriptions on one socket: sixteen at a time, then `rate-limited`, then 1008; none is left behind', async () => {
  using ann = openPage(target.port)
  const roomId = await ann.createRoom()
  await ann.enter(roomId)
  const rooms = await target.metric('maru_rooms')
  const members = await target.metric('maru_members')
  await whileOthersTalk(target, async () => {
    using eve = await openRaw(target.port, { address: '203.0.113.5' })
    const { userSecret, joinSecret } = person()
    for (let i = 0; i < 100; i++) eve.call('subscription', 'room.preview', { roomId, userSecret, joinSecret })
    await eve.answered(100)
    expect(eve.reasons()).toEqual({ fine: 16, 'rate-limited': 84 })
    await floodUntilClosed(eve, () => eve.call('subscription', 'rooms.list'))
    expect(eve.codes).toEqual([1008])
    await untilMetric(target, 'maru_rooms', (now) => now <= rooms + 1)
  })
  await untilMetric(target, 'maru_members', (now) => now <= members)
  expect(await limited('subscriptions')).toBeGreaterThanOrEqual(84)
})

test('a flood of connections: 429 from the 401st of one address on, with when to come again; another one gets in', async () => {
  await whileOthersTalk(target, async () => {
    const open: RawSocket[] = []
    for (let i = 0; i < 21; i++) {
      const some = Array.from({ length: 20 }, () => openRaw(target.port, { address: '203.0.113.6' }))
      for (const raw of await Promise.all(some)) {
        open.push(raw)
        // Or it would be closed for its silence before all of them are there.
        if (!raw.refused) raw.call('query', 'server.info')
      }
    }
    const refused = open.flatMap((raw) => raw.refused ?? [])
    expect(refused).toHaveLength(20)
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([429]))
    expect(Number(refused[0]!.retryAfter)).toBeGreaterThan(0)
    using other = openPage(target.port)
    expect(await other.createRoom().catch(reasonOf)).toMatch(/^[\w-]{22}$/)
    for (const raw of open) raw[Symbol.dispose]()
  })
  expect(await limited('connections')).toBe(20)
})
