/** A join and a break in the feed at the same time: whichever comes first, nothing is left out. */
import type { Position, RoomEvent } from '@maru/api-types'
import { expect, test } from 'vitest'
import type { JoinRequest, JoinResult, LogEntry, RoomSnapshot } from '../backend/backend.ts'
import { eventOf, Member } from './member.ts'

const snapshotAt = (position: Position): RoomSnapshot => ({
  epoch: 'epoch',
  position,
  room: { roomId: 'r', name: 'Room', listed: false, capacity: 5, locked: false, hostId: 'h', createdAt: 0 },
  peers: [],
  removed: [],
  revision: '0',
  since: 0,
})

const entryAt = (position: Position): LogEntry => ({
  position,
  event: { type: 'left', peerId: `who left at ${position}`, reason: 'left' },
})

/** A member whose questions to the backend are answered by the test. */
function make() {
  const asked: { request: JoinRequest; answer: (result: JoinResult) => void }[] = []
  const heard: RoomEvent[] = []
  const member = new Member({
    request: {
      peerId: 'me',
      userId: 'u',
      name: 'Me',
      color: 0,
      state: { mic: true, camera: true },
      attempt: 1,
    },
    instance: 'i',
    makeIceServers: () => [],
    icePolicy: 'all',
    idleMs: () => 0,
    isSilent: () => false,
    probe() {},
    join: (request) => new Promise((answer) => asked.push({ request, answer })),
    signRecord: () => 'record',
    onSilent() {},
    onReset() {},
    onEnd() {},
  })
  member.queue.read({ item: ({ data }) => void heard.push(data), end() {} })
  const deliver = (position: Position) => {
    const entry = entryAt(position)
    member.deliver(entry, eventOf(entry))
  }
  return { member, asked, heard, deliver }
}

test('P14 what the feed leaves out while a join is under way comes with a second one, once and in order', async () => {
  const { member, asked, heard, deliver } = make()
  const entered = member.enter()
  deliver('2-0')
  // Of 3-0 the feed says nothing.
  void member.rejoin()
  deliver('4-0')
  asked[0]!.answer({ type: 'joined', snapshot: snapshotAt('1-0'), chat: [], applied: 0 })
  await entered
  deliver('5-0')
  expect(asked[1]?.request.resumeFrom).toEqual({ epoch: 'epoch', position: '1-0' })
  const missed = ['2-0', '3-0', '4-0'].map((position) => entryAt(position))
  asked[1]!.answer({ type: 'resumed', snapshot: snapshotAt('4-0'), missed, applied: 0 })
  await Promise.resolve()
  deliver('6-0')
  expect(heard.map((event) => (event.type === 'left' ? event.peerId : event.type))).toEqual([
    'snapshot',
    'resumed',
    ...[2, 3, 4, 5, 6].map((n) => `who left at ${n}-0`),
  ])
  expect(asked).toHaveLength(2)
})
