/** Signed records by themselves: what is too old, and what doesn't fit. */
import { makeRoomId, RECORD_MAX_LENGTH } from '@maru/api-types'
import { expect, test, vi } from 'vitest'
import type { RoomSnapshot } from '../backend/backend.ts'
import { fixedKeys } from './record-keys.ts'
import { makeRecords } from './records.ts'

const id = makeRoomId
const DAY = 24 * 3_600_000

function makeView(change: Partial<RoomSnapshot> = {}): RoomSnapshot {
  const room = {
    roomId: id(),
    name: '가'.repeat(60),
    capacity: 10,
    listed: true,
    locked: false,
    hostId: id(),
    createdAt: 1,
  }
  return { epoch: 'abc', position: '1-0', room, peers: [], removed: [], revision: '3.1', since: 1, ...change }
}

test('P59 a record counts as long as the unused room would have been kept', async () => {
  const records = makeRecords({ keys: fixedKeys(['secret']), maxAgeMs: 30 * DAY })
  const view = makeView()
  const userId = id()
  const text = records.sign(view, userId)
  const expected = { roomId: view.room.roomId, userId }
  const { room, revision, epoch } = view
  expect(await records.read(text, expected)).toEqual({ room, revision, removed: [], epoch })
  const now = Date.now()
  vi.useFakeTimers({ now: now + 30 * DAY - 60_000, toFake: ['Date'] })
  expect(await records.read(text, expected)).toBeDefined()
  vi.useFakeTimers({ now: now + 30 * DAY + 60_000, toFake: ['Date'] })
  expect(await records.read(text, expected)).toBeUndefined()
  vi.useRealTimers()
})

test('P55 it fits into what a connection may bring, however many were removed', async () => {
  const records = makeRecords({ keys: fixedKeys(['secret']), maxAgeMs: DAY })
  const removed = Array.from({ length: 1_000 }, id)
  const view = makeView({ removed })
  const userId = id()
  const text = records.sign(view, userId)
  expect(text.length).toBeLessThanOrEqual(RECORD_MAX_LENGTH)
  const read = await records.read(text, { roomId: view.room.roomId, userId })
  expect(read!.removed).toEqual(removed.slice(-400))
  const usual = records.sign(makeView({ removed: removed.slice(0, 2) }), userId)
  expect(usual.length).toBeLessThan(1_000)
})
