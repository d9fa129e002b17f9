/** The contract, part by part: rooms: made, read, gone; and the end of a backend. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import {
  chat,
  type ContractTest,
  makeJoin,
  makeRoom,
  makeRow,
  refusalOf,
  roomWith,
  session,
} from './testing.ts'

export function describeRooms(test: ContractTest): void {
  test('says what it is', async ({ backend, kind }) => {
    expect(backend.kind).toBe(kind)
    await backend.ping()
  })

  describe('a room', () => {
    test('is not there before it is made, and is as it was made', async ({ backend }) => {
      const room = makeRoom({ locked: true, listed: false, capacity: 2 })
      expect(await backend.readRoom(room.roomId)).toBeUndefined()
      await backend.createRoom(room)
      const read = await backend.readRoom(room.roomId)
      expect(read).toMatchObject({ room, peers: [] })
      expect(read!.epoch).toMatch(/^[\w-]{1,32}$/)
      expect(Math.abs(read!.since - Date.now())).toBeLessThan(5_000)
    })

    test('is not touched by being made again', async ({ backend, open }) => {
      const room = await roomWith(backend, ['a'])
      const before = await backend.readRoom(room.roomId)
      await open().createRoom({ ...room, name: 'mine now', hostId: 'somebody else' })
      expect(await backend.readRoom(room.roomId)).toEqual(before)
    })

    test('is gone when nobody has used it for long, and its followers hear of it (P4, P27)', async ({
      open,
    }) => {
      const short = open({ room: 400 })
      const room = await roomWith(short, [])
      await sleep(250)
      await short.readRoom(room.roomId)
      await sleep(250)
      expect(await short.readRoom(room.roomId)).toBeDefined()
      await sleep(450)
      expect(await short.readRoom(room.roomId)).toBeUndefined()
      expect(await refusalOf(short.join(room.roomId, makeJoin('a')))).toBe('not-found')
    })
  })

  describe('an empty room', () => {
    test('forgets what was said, and is still there (P27)', async ({ open }) => {
      const short = open({ emptyData: 250 })
      const room = await roomWith(short, ['a'])
      await short.send(room.roomId, session('a'), [chat(1)])
      const { epoch, position } = (await short.readRoom(room.roomId))!
      await short.leave(room.roomId, session('a'))
      // Looking at it doesn't keep it.
      for (let i = 0; i < 8; i += 1) await short.readRoom(room.roomId).then(() => sleep(50))
      const joined = await short.join(room.roomId, makeJoin('b', { resumeFrom: { epoch, position } }))
      expect(joined).toMatchObject({ type: 'joined', chat: [], reset: 'log-trimmed' })
      expect(joined.snapshot).toMatchObject({ room, epoch })
    })

    test('remembers as long as it may (P27)', async ({ open }) => {
      const short = open({ emptyData: 1_000 })
      const room = await roomWith(short, ['a'])
      await short.send(room.roomId, session('a'), [chat(1)])
      await short.leave(room.roomId, session('a'))
      await sleep(100)
      const back = await short.join(room.roomId, makeJoin('b'))
      expect(back.type === 'joined' && back.chat).toMatchObject([{ text: 'message 1' }])
      await sleep(1_200)
      const joined = await short.join(room.roomId, makeJoin('c'))
      expect(joined.type === 'joined' && joined.chat).toHaveLength(1)
    })
  })

  test('is unavailable once it is closed', async ({ backend }) => {
    const room = await roomWith(backend, ['a'])
    await backend.close()
    const calls = [
      () => backend.ping(),
      () => backend.readRoom(room.roomId),
      () => backend.createRoom(makeRoom()),
      () => backend.join(room.roomId, makeJoin('b')),
      () => backend.send(room.roomId, session('a'), [chat(1)]),
      () => backend.leave(room.roomId, session('a')),
      () => backend.renew([{ roomId: room.roomId, sessions: [] }]),
      () => backend.watchRoom(room.roomId, { entries: () => undefined, reset: () => undefined }),
      () => backend.watchDirectory({ rows: () => undefined, changed: () => undefined }),
      () => backend.putRow(makeRow(room.roomId), { version: '1-0', deadlineMs: 1 }),
      () => backend.shareSecrets([], { ifNone: true }),
    ]
    for (const call of calls) expect(await refusalOf(call())).toBe('unavailable')
    await backend.close()
  })
}
