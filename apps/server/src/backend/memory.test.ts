/** What only the embedded backend can show: time as the test wants it, and a process that may end. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DEFAULT_TIMES, type RoomBackend } from './backend.ts'
import { REMEMBER_PRESENCE, RESTORE_WITHIN } from './limits.ts'
import { createMemoryBackend } from './memory.ts'
import { chat, insideOf, listen, makeJoin, makeRoom, refusalOf, roomWith, session } from './testing.ts'

let now: number
let backend: RoomBackend
beforeEach(() => {
  now = 1_790_000_000_000
  backend = createMemoryBackend({ now: () => now })
})
afterEach(() => backend.close())

/** Lets time pass the way it does with a replica that sweeps. */
async function pass(ms: number, roomId: string) {
  for (const end = now + ms; now < end;) {
    now = Math.min(end, now + DEFAULT_TIMES.lease / 3)
    await backend.renew([{ roomId, sessions: [] }])
  }
}

test('a silent client is gone after 15 s, and not before (P23)', async () => {
  const { roomId } = await roomWith(backend, ['a'])
  await pass(14_999, roomId)
  expect(await insideOf(backend, roomId)).toEqual(['a'])
  await pass(1, roomId)
  expect(await insideOf(backend, roomId)).toEqual([])
})

test('half a lease without a touch spares everybody for a whole one, a moment less does not (P25)', async () => {
  const { roomId } = await roomWith(backend, ['a'])
  await pass(10_000, roomId)
  now += 7_501
  expect(await insideOf(backend, roomId)).toEqual(['a'])
  await pass(14_999, roomId)
  expect(await insideOf(backend, roomId)).toEqual(['a'])
  await pass(1, roomId)
  expect(await insideOf(backend, roomId)).toEqual([])

  const { roomId: other } = await roomWith(backend, ['a'])
  await pass(10_000, other)
  now += 7_500
  expect(await insideOf(backend, other)).toEqual([])
})

test('what ended a day ago is forgotten when somebody comes', async () => {
  const { roomId } = await roomWith(backend, ['a', 'b'])
  for (const peerId of ['a', 'b']) await backend.leave(roomId, session(peerId))
  now += REMEMBER_PRESENCE - 1
  await backend.join(roomId, makeJoin('c'))
  expect(await refusalOf(backend.join(roomId, makeJoin('a')))).toBe('left')
  now += 1
  await backend.join(roomId, makeJoin('d'))
  await backend.join(roomId, makeJoin('a'))
})

test('a clock that is set back changes neither order nor chain', async () => {
  const { roomId } = await roomWith(backend, ['a'])
  const { epoch, position } = (await backend.readRoom(roomId))!
  now -= 60_000
  await backend.send(roomId, session('a'), [chat(1), chat(2)])
  const resumed = await backend.join(roomId, makeJoin('a', { attempt: 2, resumeFrom: { epoch, position } }))
  expect(resumed.type === 'resumed' && resumed.missed.map((entry) => entry.position)).toEqual([
    '1790000000000-1',
    '1790000000000-2',
  ])
})

test('followers hear when a room has run out of time (P4)', async () => {
  const { roomId } = await roomWith(backend, [])
  const heard = await listen(backend, roomId)
  now += DEFAULT_TIMES.room
  await vi.waitFor(() => expect(heard.resets).toEqual(['data-lost']))
  await backend.createRoom(makeRoom({ roomId }))
  await backend.join(roomId, makeJoin('a'))
  await vi.waitFor(() => expect(heard.events()).toMatchObject([{ type: 'joined' }]))
})

test.each([
  ['memory', 'createMemoryBackend()', ''],
  ['redis', `createRedisBackend({ url: 'redis://127.0.0.1:1' })`, 'await backend.close()'],
])('a process with rooms in %s ends when its work is done', async (kind, create, end) => {
  const source = `
    import * as made from ${JSON.stringify(new URL(`./${kind}.ts`, import.meta.url))}
    const backend = made.${create}
    const nothing = () => undefined
    await backend.watchRoom('room', { entries: nothing, reset: nothing }).catch(nothing)
    await backend.watchDirectory({ rows: nothing, changed: nothing }).catch(nothing)
    ${end}`
  const flags = ['--no-warnings', '--input-type=module-typescript', '--eval', source]
  await promisify(execFile)(process.execPath, flags, { timeout: 18_000 })
})

test('what was before the loss turns a room back for a day, and no longer (P57, P58)', async () => {
  const room = makeRoom({ locked: true })
  const { roomId } = room
  const record = { room, revision: '3', removed: [], epoch: 'lost' }
  const newer = { ...record, revision: '5', room: { ...room, name: 'kept for long' } }
  await backend.join(roomId, makeJoin('a', { record, wasInside: record }))
  now += RESTORE_WITHIN
  const late = makeJoin('b', { record: newer, wasInside: newer })
  expect(await refusalOf(backend.join(roomId, late))).toBe('room-locked')
  expect(await backend.readRoom(roomId)).toMatchObject({ room, revision: '3' })
  now -= 1
  await backend.join(roomId, late)
  expect(await backend.readRoom(roomId)).toMatchObject({ room: newer.room, revision: '5' })
})
