/** Every procedure with whatever JSON can be: a typed answer each time, and nobody else hears of it (P32). */
import { clientMessage, makeSecret, type RoomErrorReason } from '@maru/api-types'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { z } from 'zod'
import { startRedis, type TestRedis } from './backend/start-redis.ts'
import { appRouter } from './router.ts'
import { openPage, openWorld, peerOf, until } from './test-kit.ts'

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

const REASONS: readonly RoomErrorReason[] = [
  ...(['room-full', 'room-locked', 'not-found', 'removed', 'replaced', 'ended', 'left', 'too-old'] as const),
  ...(['not-a-member', 'unavailable', 'rate-limited', 'sequence-gap', 'bad-request'] as const),
  'create-key',
]

interface Answer {
  id: unknown
  error?: { message: string; data: { reason: RoomErrorReason; field?: string } }
  result?: { type: string; data?: unknown }
}

/** A connection that says exactly what it is given. */
async function openRaw(port: number) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { origin: `http://127.0.0.1:${port}` })
  const answers: Answer[] = []
  let pongs = 0
  const closes: number[] = []
  socket.on('message', (data: Buffer) => {
    const said = data.toString()
    if (said === 'PONG') pongs++
    else answers.push(JSON.parse(said) as Answer)
  })
  socket.on('close', (code) => closes.push(code))
  socket.on('error', () => {})
  await until(() => socket.readyState === WebSocket.OPEN, 'open')
  return {
    answers,
    closes,
    say: (text: string) => socket.send(text),
    /** Whether it still answers; by then everything before has been read. */
    async alive() {
      const before = pongs
      socket.send('PING')
      await until(() => pongs > before || closes.length, 'a pong')
      return closes.length === 0
    },
    close: () => socket.terminate(),
  }
}

const expectTyped = ({ error }: Answer): void => {
  if (!error) return
  expect(REASONS).toContain(error.data.reason)
  expect(error.message).toBe(error.data.reason)
  expect(Object.keys(error.data).sort()).toEqual(
    Object.keys(error.data)
      .filter((key) => ['reason', 'field', 'retryAfterMs'].includes(key))
      .sort(),
  )
}

const oddKey = fc.constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'then',
  '',
)
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(
    '\u0000',
    '\ud800',
    '\u202e',
    'ﷺ'.repeat(50),
    'e' + '\u0301'.repeat(300),
    'x'.repeat(30_000),
  ),
)
const leaf = fc.oneof(
  text,
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(1e308, -0, 2 ** 53),
)
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'json' },
    leaf,
    fc.array(tie('json'), { maxLength: 4, depthIdentifier: 'json' }),
    fc.dictionary(fc.oneof(oddKey, fc.string({ maxLength: 8 })), tie('json'), {
      maxKeys: 4,
      depthIdentifier: 'json',
    }),
  ),
}))

/** As the router has them, so that a new one can't be forgotten (see `good`). */
const procedures = Object.entries(
  appRouter._def.procedures as unknown as Record<string, { _def: { type: string; inputs: z.ZodType[] } }>,
).map(([path, { _def }]) => ({ path, method: _def.type, schema: _def.inputs[0] }))

/** A good input with one thing wrong with it: the ones that get furthest. */
const nearly = (good: Record<string, unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.tuple(fc.constantFrom(...Object.keys(good)), json).map(([key, value]) => ({ ...good, [key]: value })),
    fc
      .tuple(fc.oneof(oddKey, fc.string({ maxLength: 8 })), json)
      .map(([key, value]) => Object.fromEntries([...Object.entries(good), [key, value]])),
    fc.constantFrom(...Object.keys(good)).map((key) => ({ ...good, [key]: undefined })),
    json,
  )

describe.each(['memory', 'redis'])('on %s', (kind) => {
  test('P31 P32 whatever a procedure is given, the answer has a reason, and the connection goes on', async () => {
    await using replicas = openWorld(kind === 'redis' ? redis.url : undefined)
    const { port } = await replicas.start()
    using ann = openPage(port)
    const roomId = await ann.createRoom()
    const witness = await ann.enter(roomId)
    const secrets = { userSecret: makeSecret(), joinSecret: makeSecret() }
    const person = { name: 'Eve', color: 1, state: { mic: true, camera: true }, protocol: 1 }
    const { userSecret } = secrets
    const inRoom = { roomId }
    const good: Record<string, Record<string, unknown>> = {
      'rooms.list': {},
      'rooms.create': { name: 'R', listed: true, capacity: 4, userSecret, key: 'a key' },
      'server.info': {},
      'check.iceServers': { room: { roomId, userSecret }, key: 'a key' },
      'room.preview': { roomId, ...secrets },
      'room.join': { roomId, ...secrets, ...person, lastEventId: 'a:1-0' },
      'room.send': { roomId, messages: [{ seq: 1, body: {} }] },
      'room.leave': inRoom,
      'room.iceServers': inRoom,
    }
    expect(Object.keys(good).sort(), 'a good input for every procedure').toEqual(
      procedures.map(({ path }) => path).sort(),
    )
    for (const { path, schema } of procedures) if (schema) schema.parse(good[path])
    for (const { path, method, schema } of procedures) {
      // What takes no input doesn't look at any.
      if (!schema) continue
      await fc.assert(
        fc.asyncProperty(
          fc.array(nearly(good[path]!), { minLength: 6, maxLength: 14 }),
          async (candidates) => {
            // What JSON makes of it is what arrives.
            const inputs = candidates
              .map((candidate) => JSON.parse(JSON.stringify(candidate) ?? 'null') as unknown)
              .filter((input) => !schema.safeParse(input).success)
            const raw = await openRaw(port)
            inputs.forEach((input, id) => raw.say(JSON.stringify({ id, method, params: { path, input } })))
            await until(
              () => raw.answers.filter(({ error }) => error).length === inputs.length,
              'all answers',
            )
            raw.answers.forEach(expectTyped)
            for (const { error } of raw.answers) if (error) expect(error.data.reason).toBe('bad-request')
            expect(await raw.alive()).toBe(true)
            raw.close()
          },
        ),
        { numRuns: 12 },
      )
    }
    expect(witness.events().map(({ type }) => type)).toEqual(['snapshot'])
  })

  test('P18 P32 whatever a member says, only what is well-formed is heard', async () => {
    await using replicas = openWorld(kind === 'redis' ? redis.url : undefined)
    const { port } = await replicas.start()
    using ann = openPage(port)
    using eve = openPage(port)
    const roomId = await ann.createRoom()
    const witness = await ann.enter(roomId)
    await eve.enter(roomId)
    let seq = 0
    const body = fc.oneof(
      nearly({ type: 'chat', text: 'hello' }),
      nearly({ type: 'state', state: { mic: true, camera: false } }),
      nearly({ type: 'lock', locked: true }),
      nearly({ type: 'reaction', emoji: '👍' }),
      nearly({ type: 'moderate', to: peerOf(ann, roomId), action: 'mute' }),
      nearly({ type: 'remove', to: peerOf(ann, roomId) }),
      nearly({ type: 'hand-over', to: peerOf(ann, roomId) }),
      nearly({ type: 'end' }),
      nearly({ type: 'signal', to: 'A'.repeat(22), signal: { gen: 1, candidates: [] } }),
    )
    const heard: string[] = []
    await fc.assert(
      fc.asyncProperty(fc.array(body, { minLength: 1, maxLength: 20 }), async (bodies) => {
        const messages = bodies.map((one) => ({
          seq: ++seq,
          body: JSON.parse(JSON.stringify(one) ?? 'null') as unknown,
        }))
        const { applied, refused } = await eve.api.room.send.mutate({ roomId, messages })
        expect(applied).toBe(seq)
        for (const message of messages) {
          const parsed = clientMessage.safeParse(message.body)
          const refusal = refused.find((one) => one.seq === message.seq)
          if (!parsed.success) expect(refusal?.reason).toBe('bad-message')
          else if (!refusal) heard.push(parsed.data.type)
        }
      }),
      { numRuns: 15 },
    )
    await eve.api.room.send.mutate({
      roomId,
      messages: [{ seq: ++seq, body: { type: 'chat', text: 'the end' } }],
    })
    await until(() => witness.of('chat').at(-1)?.message.text === 'the end', 'the end')
    expect(
      witness
        .events()
        .slice(2, -1)
        .map(({ type }) => type),
    ).toEqual(heard)
  })
})

test('P32 frames that are no calls, and calls of what is no procedure', async () => {
  await using replicas = openWorld(undefined)
  const { port } = await replicas.start()
  using ann = openPage(port)
  const witness = await ann.enter(await ann.createRoom())
  const path = fc.oneof(
    fc.constantFrom(
      '__proto__',
      'constructor',
      'rooms',
      'room',
      'room.__proto__',
      'rooms.create.call',
      'check',
      'server.info.then',
      'room.join.then',
    ),
    text,
  )
  const method = fc.oneof(fc.constantFrom('query', 'mutation', 'subscription', 'subscription.stop'), json)
  const id = fc.oneof(fc.integer(), fc.string({ maxLength: 10 }), json)
  const envelope = fc.record({
    id,
    method,
    params: fc.oneof(fc.record({ path, input: json, lastEventId: json }), json),
  })
  const frame = fc.oneof(
    { weight: 4, arbitrary: envelope.map((value) => JSON.stringify(value)) },
    fc.array(envelope, { maxLength: 3 }).map((value) => JSON.stringify(value)),
    json.map((value) => JSON.stringify(value) ?? ''),
    fc.string({ unit: 'binary', maxLength: 50 }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 5, maxLength: 25 }), async (frames) => {
      const raw = await openRaw(port)
      frames.forEach(raw.say)
      expect(await raw.alive()).toBe(true)
      raw.answers.forEach(expectTyped)
      raw.close()
    }),
    { numRuns: 25 },
  )
  expect(witness.events().map(({ type }) => type)).toEqual(['snapshot'])
})

test('P32 nesting without end is read and refused, and prototypes stay what they are, whatever is asked', async () => {
  await using replicas = openWorld(undefined)
  const { port } = await replicas.start()
  const depth = 40_000
  const nested = (open: string, close: string) => open.repeat(depth) + close.repeat(depth)
  const hostile = [
    nested('[', ']'),
    `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
    '{"__proto__":{"polluted":true}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    `{"roomId":${nested('[', ']')}}`,
    '{"messages":{"__proto__":{"length":1e9}},"roomId":{"__proto__":[]}}',
  ]
  const untouched = Object.getOwnPropertyNames(Object.prototype)
  for (const { path, method, schema } of procedures) {
    const raw = await openRaw(port)
    for (const [id, input] of hostile.entries())
      raw.say(`{"id":${id},"method":"${method}","params":{"path":"${path}","input":${input}}}`)
    await until(
      () => new Set(raw.answers.map((answer) => answer.id)).size === hostile.length,
      `answers of ${path}`,
    )
    raw.answers.forEach(expectTyped)
    if (schema) for (const { error } of raw.answers) expect(error?.data.reason, path).toBe('bad-request')
    raw.say(nested('[', ']'))
    raw.say('{"__proto__":{"polluted":true},"id":1,"method":"query"}')
    expect(await raw.alive()).toBe(true)
    raw.close()
  }
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(untouched)
  expect('polluted' in {}).toBe(false)
})
