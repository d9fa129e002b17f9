/** The contract, part by part: who may come in, and as whom. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { REMEMBER_PRESENCES } from './limits.ts'
import {
  chat,
  type ContractTest,
  heardAll,
  HOST,
  insideOf,
  listen,
  makeJoin,
  makeRoom,
  refusalOf,
  roomWith,
  session,
} from './testing.ts'

export function describeJoining(test: ContractTest): void {
  describe('joining', () => {
    test('answers the room as it stands, in the order of joining (P14)', async ({ backend }) => {
      const room = await roomWith(backend, ['c', 'a', 'b'])
      const joined = await backend.join(room.roomId, makeJoin('0', { userId: HOST }))
      expect(joined).toMatchObject({ type: 'joined', chat: [], applied: 0, snapshot: { room } })
      expect(joined).not.toHaveProperty('reset')
      expect(joined.snapshot.peers.map(({ peerId }) => peerId)).toEqual(['c', 'a', 'b', '0'])
      const { attempt: _, ...described } = makeJoin('0', { userId: HOST })
      const { joinedAt, ...peer } = joined.snapshot.peers[3]!
      expect(peer).toEqual(described)
      expect(Math.abs(joinedAt - Date.now())).toBeLessThan(5_000)
      expect(await backend.readRoom(room.roomId)).toEqual(joined.snapshot)
    })

    test('is refused where there is no room', async ({ backend }) => {
      expect(await refusalOf(backend.join(makeRoom().roomId, makeJoin('a')))).toBe('not-found')
    })

    test('takes a presence over from its older connection and logs nothing (P8, P11)', async ({
      backend,
      open,
    }) => {
      const room = await roomWith(backend, ['a', 'b'])
      const before = await backend.readRoom(room.roomId)
      const other = { attempt: 2, name: 'other', state: { mic: false, camera: true } }
      const again = await open().join(room.roomId, makeJoin('a', other))
      expect(again.snapshot).toEqual(before)
    })

    test('is refused to an older connection than the one that holds the presence (P8)', async ({
      backend,
    }) => {
      const room = await roomWith(backend, [])
      await backend.join(room.roomId, makeJoin('a', { attempt: 5 }))
      const before = await backend.readRoom(room.roomId)
      expect(await refusalOf(backend.join(room.roomId, makeJoin('a', { attempt: 4 })))).toBe('not-a-member')
      expect(await backend.readRoom(room.roomId)).toEqual(before)
      await backend.send(room.roomId, session('a', 5), [chat(1)])
    })

    test('compares attempts as numbers', async ({ backend }) => {
      const room = await roomWith(backend, [])
      await backend.join(room.roomId, makeJoin('a', { attempt: 9 }))
      await backend.join(room.roomId, makeJoin('a', { attempt: 10 }))
      expect(await refusalOf(backend.join(room.roomId, makeJoin('a', { attempt: 9 })))).toBe('not-a-member')
    })

    test('twice is the same as once (P20)', async ({ backend }) => {
      const room = await roomWith(backend, ['a'])
      const heard = await listen(backend, room.roomId)
      const [once, twice] = await Promise.all([
        backend.join(room.roomId, makeJoin('b')),
        backend.join(room.roomId, makeJoin('b')),
      ])
      expect(twice).toEqual(once)
      await heardAll(backend, room.roomId, heard)
      expect(heard.events().filter(({ type }) => type === 'joined')).toHaveLength(1)
    })

    test('50 at once, over two replicas, into a room of 6: exactly 6 enter (P10)', async ({
      backend,
      open,
    }) => {
      const room = await roomWith(backend, [], { capacity: 6 })
      const replicas = [backend, open()]
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          replicas[i % 2]!.join(room.roomId, makeJoin(`p${i}`)).then(
            () => 'entered',
            (error: { reason: string }) => error.reason,
          ),
        ),
      )
      expect(outcomes.filter((outcome) => outcome === 'entered')).toHaveLength(6)
      expect(outcomes.filter((outcome) => outcome === 'room-full')).toHaveLength(44)
      expect(await insideOf(backend, room.roomId)).toHaveLength(6)
    })

    test('a full room has a place when somebody leaves', async ({ backend }) => {
      const room = await roomWith(backend, ['a', 'b'], { capacity: 2 })
      expect(await refusalOf(backend.join(room.roomId, makeJoin('c')))).toBe('room-full')
      await backend.leave(room.roomId, session('a'))
      await backend.join(room.roomId, makeJoin('c'))
      expect(await insideOf(backend, room.roomId)).toEqual(['b', 'c'])
    })

    test('a locked room lets in its host and nobody new (P10)', async ({ backend }) => {
      const locked = await roomWith(backend, [], { locked: true })
      expect(await refusalOf(backend.join(locked.roomId, makeJoin('a')))).toBe('room-locked')
      await backend.join(locked.roomId, makeJoin('host', { userId: HOST }))
      expect(await insideOf(backend, locked.roomId)).toEqual(['host'])
    })

    test('says locked before full', async ({ backend }) => {
      const room = await roomWith(backend, [], { locked: true, capacity: 1 })
      await backend.join(room.roomId, makeJoin('host', { userId: HOST }))
      expect(await refusalOf(backend.join(room.roomId, makeJoin('b')))).toBe('room-locked')
      expect(await refusalOf(backend.join(room.roomId, makeJoin('c', { userId: HOST })))).toBe('room-full')
    })
  })

  describe('taking the place of an earlier page load', () => {
    test('is one step: `left{replaced}`, then `joined`, not counted against the capacity (P9)', async ({
      backend,
    }) => {
      const room = await roomWith(backend, ['old', 'b'], { capacity: 2 })
      const heard = await listen(backend, room.roomId)
      const joined = await backend.join(room.roomId, makeJoin('new', { replaces: 'old' }))
      expect(joined.snapshot.peers.map(({ peerId }) => peerId)).toEqual(['b', 'new'])
      expect(joined.snapshot.peers[1]).toMatchObject({ replaces: 'old' })
      await heardAll(backend, room.roomId, heard)
      expect(heard.events()).toEqual([
        { type: 'left', peerId: 'old', reason: 'replaced' },
        { type: 'joined', peer: joined.snapshot.peers[1] },
      ])
      expect(await refusalOf(backend.join(room.roomId, makeJoin('old', { attempt: 9 })))).toBe('replaced')
    })

    test('keeps the room inhabited, and goes through its lock', async ({ backend }) => {
      const room = await roomWith(backend, ['old'])
      await backend.join(room.roomId, makeJoin('host', { userId: HOST }))
      await backend.send(room.roomId, session('host'), [{ seq: 1, type: 'lock', locked: true }])
      await backend.leave(room.roomId, session('host'))
      const { since } = (await backend.readRoom(room.roomId))!
      await sleep(5)
      const joined = await backend.join(room.roomId, makeJoin('new', { replaces: 'old' }))
      expect(joined.snapshot.since).toBe(since)
      expect(await refusalOf(backend.join(room.roomId, makeJoin('x', { replaces: 'unknown' })))).toBe(
        'room-locked',
      )
    })

    test('of nobody is an ordinary join', async ({ backend }) => {
      const room = await roomWith(backend, ['a'], { capacity: 2 })
      await backend.leave(room.roomId, session('a'))
      for (const replaces of ['a', 'b', 'unknown']) {
        const joined = await backend.join(room.roomId, makeJoin(`after-${replaces}`, { replaces }))
        expect(joined.snapshot.peers.at(-1)).not.toHaveProperty('replaces')
        await backend.leave(room.roomId, session(`after-${replaces}`))
      }
    })

    test('twice logs once, and is full for others', async ({ backend }) => {
      const room = await roomWith(backend, ['old', 'b'], { capacity: 2 })
      const heard = await listen(backend, room.roomId)
      for (let i = 0; i < 2; i += 1) await backend.join(room.roomId, makeJoin('new', { replaces: 'old' }))
      await heardAll(backend, room.roomId, heard)
      expect(heard.entries).toHaveLength(2)
      expect(await refusalOf(backend.join(room.roomId, makeJoin('c', { replaces: 'old' })))).toBe('room-full')
    })
  })
  describe('coming and going without end', () => {
    test('is remembered of the latest only, however short the time', async ({ backend }) => {
      const { roomId } = await roomWith(backend, ['first', 'witness'])
      await backend.leave(roomId, session('first'))
      expect(await refusalOf(backend.join(roomId, makeJoin('first')))).toBe('left')
      const ids = Array.from({ length: REMEMBER_PRESENCES + 8 }, (_, i) => `passer-by ${i}`)
      for (let i = 0; i < ids.length; i += 4) {
        const four = ids.slice(i, i + 4)
        await Promise.all(four.map((id) => backend.join(roomId, makeJoin(id))))
        await Promise.all(four.map((id) => backend.leave(roomId, session(id))))
      }
      await backend.join(roomId, makeJoin('last'))
      expect(await insideOf(backend, roomId)).toEqual(['witness', 'last'])
      expect(await refusalOf(backend.join(roomId, makeJoin(ids.at(-1)!)))).toBe('left')
      expect(await backend.join(roomId, makeJoin('first'))).toMatchObject({ type: 'joined' })
    })
  })
}
