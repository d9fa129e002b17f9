/** What a room looks like on a replica, when its feed breaks while somebody asks for it. */
import type { RoomInfo } from '@maru/api-types'
import { expect, test } from 'vitest'
import { createMemoryBackend } from '../backend/memory.ts'
import { LiveRoom } from './live-room.ts'

test('a view that was asked for before the feed broke is not taken, a later one is', async () => {
  const backend = createMemoryBackend()
  const roomId = 'AAAAAAAAAAAAAAAAAAAAAA'
  const room: RoomInfo = {
    roomId,
    name: 'Room',
    listed: false,
    capacity: 5,
    locked: false,
    hostId: 'host',
    createdAt: 0,
  }
  await backend.createRoom(room)
  const live = new LiveRoom({
    roomId,
    backend,
    lingerMs: 0,
    onChange() {},
    onLost() {},
    onClose() {},
    onExpired() {},
    rememberMs: 0,
  })
  const before = live.resets
  const view = (await backend.readRoom(roomId))!
  live.reset()
  live.adopt(view, before)
  expect(live.view).toBeUndefined()
  live.adopt(view, live.resets)
  expect(live.view).toEqual(view)
  live.close()
  await backend.close()
})
