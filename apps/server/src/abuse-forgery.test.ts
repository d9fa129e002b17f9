/** Whoever claims to be somebody else, to have been somewhere, or to know a room: believed in nothing (P2, P3, P15, P61). */
import { makeRoomId, makeSecret } from '@maru/api-types'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRaw, type RawSocket } from './abuse-kit.ts'
import { startRedis, type TestRedis } from './backend/start-redis.ts'
import { makeAddressMatcher } from './edge/client-address.ts'
import { chat, openPage, openWorld, peerOf, refusalOf, textsOf, until } from './test-kit.ts'

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

const trustedProxies = makeAddressMatcher(['loopback'])!
const state = { mic: true, camera: true }
const eventsOf = (raw: RawSocket) =>
  raw.answers.flatMap(({ result }) =>
    result?.type === 'data' ? [(result.data as { data: { type: string; reset?: string } }).data] : [],
  )

describe.each(['memory', 'redis'])('on %s', (kind) => {
  const world = () => openWorld(kind === 'redis' ? redis.url : undefined)

  test("P2 P35 with somebody's public ids for secrets one is nobody, or somebody new", async () => {
    await using replicas = world()
    const { port } = await replicas.start()
    using ann = openPage(port)
    const roomId = await ann.createRoom()
    const first = await ann.enter(roomId)
    const { userId, peerId } = first.of('snapshot')[0]!.you
    using eve = await openRaw(port)
    const person = { name: 'Eve', color: 1, protocol: 1, state, roomId }
    const forged = [
      { userSecret: userId, joinSecret: peerId },
      { userSecret: makeSecret(), joinSecret: makeSecret(), replaces: peerId },
      { userSecret: makeSecret(), joinSecret: makeSecret(), userId, peerId },
    ]
    for (const secrets of forged) eve.call('subscription', 'room.join', { ...person, ...secrets })
    await eve.answered(3)
    expect(eve.reasons()).toEqual({ 'bad-request': 3 })
    // As long as a secret is, and still none of hers.
    const padded = (id: string): string => `${id}${'A'.repeat(43)}`.slice(0, 43)
    const secrets = { userSecret: padded(userId), joinSecret: padded(peerId), replaces: padded(peerId) }
    using mallory = openPage(port, secrets)
    const inside = await mallory.enter(roomId, { replaces: secrets.replaces })
    const { you } = inside.of('snapshot')[0]!
    expect([you.userId, you.peerId]).not.toContain(userId)
    expect([you.userId, you.peerId]).not.toContain(peerId)
    const messages = [
      { seq: 1, body: { type: 'lock' as const, locked: true } },
      { seq: 2, body: { type: 'remove' as const, to: peerId } },
      { seq: 3, body: { type: 'end' as const } },
    ]
    const { refused } = await mallory.api.room.send.mutate({ roomId, messages })
    expect(refused.map(({ reason }) => reason)).toEqual(['not-allowed', 'not-allowed', 'not-allowed'])
    expect(first.events().map(({ type }) => type)).toEqual(['snapshot', 'joined'])
  })

  test("P3 P32 another member's peerId is good for sending to, and for nothing else", async () => {
    await using replicas = world()
    const { port } = await replicas.start()
    using ann = openPage(port)
    using eve = openPage(port)
    const roomId = await ann.createRoom()
    const first = await ann.enter(roomId)
    await eve.enter(roomId)
    const peerId = peerOf(ann, roomId)
    const bodies = [
      { type: 'chat', text: 'as her', from: peerId },
      { type: 'chat', text: 'as her', peerId },
      { type: 'state', state: { mic: false, camera: false }, peerId },
      { type: 'signal', to: peerId, from: peerId, signal: { gen: 1 } },
      { type: 'signal', to: peerOf(eve, roomId), signal: { gen: 1 } },
      { type: 'signal', to: 'sfu', signal: { gen: 1 } },
      { type: 'chat', text: 'as myself' },
    ]
    const { refused } = await eve.api.room.send.mutate({
      roomId,
      messages: bodies.map((body, i) => ({ seq: i + 1, body })),
    })
    expect(refused.map(({ reason }) => reason)).toEqual([
      'bad-message',
      'bad-message',
      'bad-message',
      'bad-message',
      'unknown-recipient',
      'bad-message',
    ])
    using raw = await openRaw(port)
    const messages = [chat(1, 'from outside')]
    for (const [path, method, more] of [
      ['room.leave', 'mutation', {}],
      ['room.iceServers', 'query', {}],
      ['room.send', 'mutation', { messages }],
    ] as const) {
      raw.call(method, path, { roomId, ...more, peerId })
      raw.call(method, path, { roomId, ...more })
    }
    await raw.answered(6)
    expect(raw.reasons()).toEqual({ 'bad-request': 3, 'not-a-member': 3 })
    await until(() => textsOf(first).length, 'the honest one')
    expect(first.of('chat').map(({ from, message }) => [from, message.text])).toEqual([
      [peerOf(eve, roomId), 'as myself'],
    ])
    expect(first.events().map(({ type }) => type)).toEqual(['snapshot', 'joined', 'chat'])
  })

  test('P15 P16 a forged resume position brings a reset, or what everybody was told, never a signal to somebody else', async () => {
    await using replicas = world()
    const { port } = await replicas.start()
    using ann = openPage(port)
    using bo = openPage(port)
    const roomId = await ann.createRoom()
    const first = await ann.enter(roomId)
    const second = await bo.enter(roomId)
    const signal = { gen: 1, description: { type: 'offer' as const, sdp: 'v=0 for Bo alone' } }
    const to = peerOf(bo, roomId)
    await ann.api.room.send.mutate({
      roomId,
      messages: [{ seq: 1, body: { type: 'signal', to, signal } }, chat(2, 'hi')],
    })
    await until(() => textsOf(second).length, 'chat')
    const [epoch, position] = first.heard[0]!.id.split(':')
    const others = second.heard.find(({ event }) => event.type === 'signal')!.id
    const ids = [
      `${epoch}:${position}`,
      `${epoch}:0-0`,
      `${epoch}:999999999999999-9999999999`,
      others,
      first.heard[0]!.id,
      'another:1-0',
      `${epoch}:-1--1`,
      `${epoch}:1e9-0`,
      ':',
      'x'.repeat(64),
      '__proto__:1-0',
      '\u0000',
      '',
    ]
    for (const lastEventId of ids) {
      using eve = await openRaw(port)
      const secrets = { userSecret: makeSecret(), joinSecret: makeSecret() }
      const input = { roomId, ...secrets, name: 'Eve', color: 1, protocol: 1, state, lastEventId }
      eve.call('subscription', 'room.join', input)
      await eve.answered(1)
      await until(() => eve.answers[0]?.error ?? eventsOf(eve).length, lastEventId)
      expect(JSON.stringify(eve.answers), lastEventId).not.toContain('for Bo alone')
      // What is no position of this room is no continuation, and says so.
      const [event] = eventsOf(eve)
      if (!lastEventId.startsWith(`${epoch}:`) && !eve.answers[0]?.error)
        expect(event, lastEventId).toMatchObject({ type: 'snapshot', reset: 'data-lost' })
      eve.call('mutation', 'room.leave', { roomId })
      await eve.answered(2)
    }
    expect(first.end).toBeUndefined()
  })

  test('P61 whoever tries out room ids has to wait after sixty; a room in use opens to their neighbours', async () => {
    await using replicas = world()
    const { port } = await replicas.start({ trustedProxies })
    const address = `203.0.113.${kind === 'redis' ? 21 : 20}`
    using ann = openPage(port, { forwardedFor: address })
    const [inUse, empty] = [await ann.createRoom(), await ann.createRoom()]
    await ann.enter(inUse)
    const secrets = () => ({ userSecret: makeSecret(), joinSecret: makeSecret() })
    // Somebody who mistypes: every time it says what is wrong, and then it works.
    using bo = openPage(port, { forwardedFor: address })
    for (let i = 0; i < 5; i++) {
      const mistyped = bo.preview(makeRoomId())
      expect(await until(() => mistyped.end, 'the end')).toBe('not-found')
    }
    const right = bo.preview(empty)
    await until(() => right.heard.length, 'a preview')
    right.stop()
    using eve = await openRaw(port, { address })
    for (let i = 0; i < 120; i++) {
      const roomId = makeRoomId()
      const [path, input] = [
        ['room.preview', { roomId, ...secrets() }] as const,
        ['room.join', { roomId, ...secrets(), name: 'Eve', color: 1, protocol: 1, state }] as const,
      ][i % 2]!
      eve.call('subscription', path, input)
      if (i % 8 === 7) await eve.answered(i + 1)
    }
    await eve.answered(120)
    const { 'not-found': wrong, 'rate-limited': refused } = eve.reasons()
    // Some more than the limit may be asked at once.
    expect(wrong).toBeGreaterThanOrEqual(50)
    expect(wrong).toBeLessThanOrEqual(72)
    expect(refused).toBe(120 - wrong!)
    // Who shares the address: into a call at once, into an empty room when the minute is over.
    using cho = openPage(port, { forwardedFor: address })
    await cho.enter(inUse)
    const late = cho.join(empty)
    expect(await until(() => late.end, 'the end')).toBe('rate-limited')
    using dan = openPage(port, { forwardedFor: '198.51.100.7' })
    await dan.enter(empty)
  })
})

test('odd unicode is refused by its rule, or comes out as it went in, the same from both stores', async () => {
  const odd = [
    '\ud800',
    'a\udc00b',
    '\u202ereversed',
    '\u0000',
    'zero\u200bwidth',
    'line\u2028end',
    '\ufeffmark',
    '\u0007',
    '👩‍👩‍👧‍👦',
    'İıſK',
    'ﷺ',
    'e\u0301',
    '각',
    '\u{10ffff}',
    '\ufffe',
    '𝕳',
    '"\\\n\t</script>',
    '__proto__',
    '🏴󠁧󠁢󠁳󠁣󠁴󠁿',
    'e' + '\u0301'.repeat(300),
    '𐀀'.repeat(2_000),
    '𐀀'.repeat(2_001),
  ]
  const outcomes = []
  for (const url of [undefined, redis.url]) {
    await using replicas = openWorld(url)
    const { port } = await replicas.start()
    using ann = openPage(port)
    using bo = openPage(port)
    const roomId = await ann.createRoom()
    await ann.enter(roomId)
    const second = await bo.enter(roomId)
    const messages = odd.map((text, i) => chat(i + 1, text))
    const { refused } = await ann.api.room.send.mutate({ roomId, messages })
    await ann.api.room.send.mutate({ roomId, messages: [chat(odd.length + 1, 'the end')] })
    await until(() => textsOf(second).at(-1) === 'the end', 'the end')
    const kept = odd.filter((_, i) => !refused.some(({ seq }) => seq === i + 1))
    expect(textsOf(second).slice(0, -1)).toEqual(kept)
    expect(new Set(refused.map(({ reason }) => reason))).toEqual(new Set(['bad-message']))
    // In a name, which others read beside their own.
    const names = []
    for (const name of odd) {
      using guest = openPage(port)
      names.push(
        await refusalOf(guest.enter(roomId, { name }).then(() => guest.api.room.leave.mutate({ roomId }))),
      )
    }
    outcomes.push({ refused, names })
  }
  expect(outcomes[0]).toEqual(outcomes[1])
})
