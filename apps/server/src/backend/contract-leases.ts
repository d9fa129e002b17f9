/** The contract, part by part: how long a presence lasts, and how it ends. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { RoomBackend } from './backend.ts'
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
  textsOf,
} from './testing.ts'

export function describeLeases(test: ContractTest): void {
  describe('leaving', () => {
    test('is for good, and logged once however often it is said (P7)', async ({ backend }) => {
      const room = await roomWith(backend, ['a', 'b'])
      const heard = await listen(backend, room.roomId)
      for (let i = 0; i < 3; i += 1) await backend.leave(room.roomId, session('a'))
      await heardAll(backend, room.roomId, heard)
      expect(heard.events()).toEqual([{ type: 'left', peerId: 'a', reason: 'left' }])
      expect(await refusalOf(backend.join(room.roomId, makeJoin('a', { attempt: 9 })))).toBe('left')
      await backend.leave(makeRoom().roomId, session('a'))
    })

    test('late, by a connection that was superseded, changes nothing (P8)', async ({ backend }) => {
      const room = await roomWith(backend, ['a', 'b'])
      await backend.join(room.roomId, makeJoin('a', { attempt: 2 }))
      const before = await backend.readRoom(room.roomId)
      await backend.leave(room.roomId, session('a', 1))
      await backend.shortenLease(room.roomId, session('a', 1))
      await backend.leave(room.roomId, session('never', 1))
      const [renewed] = await backend.renew([
        { roomId: room.roomId, sessions: [{ ...session('a', 1), idleMs: 0 }] },
      ])
      expect(renewed).toEqual({ roomId: room.roomId, lost: ['a'] })
      expect(await backend.readRoom(room.roomId)).toEqual(before)
    })

    test('counts `since` anew when the room is inhabited again', async ({ backend }) => {
      const room = await roomWith(backend, ['a'])
      const first = (await backend.readRoom(room.roomId))!.since
      await sleep(5)
      await backend.leave(room.roomId, session('a'))
      expect((await backend.readRoom(room.roomId))!.since).toBe(first)
      await backend.join(room.roomId, makeJoin('b'))
      expect((await backend.readRoom(room.roomId))!.since).toBeGreaterThan(first)
    })
  })

  describe('leases', () => {
    const LEASE = 500
    const times = { lease: LEASE, closingLease: 80 }

    /** Sweeps often enough for nobody to think that the replicas stood still. */
    async function sweepUntil(on: RoomBackend, roomId: string, done: () => boolean | Promise<boolean>) {
      const deadline = Date.now() + 6 * LEASE
      while (!(await done())) {
        if (Date.now() > deadline) throw new Error('it did not happen')
        await on.renew([{ roomId, sessions: [] }])
        await sleep(LEASE / 20)
      }
    }
    const untilGone = (on: RoomBackend, roomId: string, peerId: string) =>
      sweepUntil(on, roomId, async () => !(await insideOf(on, roomId)).includes(peerId))

    test('run out, and the presence may come back with its seq (P20, P23)', async ({ open }) => {
      const short = open(times)
      const room = await roomWith(short, ['a'])
      await short.send(room.roomId, session('a'), [chat(1), chat(2)])
      const heard = await listen(short, room.roomId)
      const joinedAt = Date.now()
      await untilGone(short, room.roomId, 'a')
      expect(Date.now() - joinedAt).toBeGreaterThan(LEASE * 0.8)
      await heardAll(short, room.roomId, heard)
      expect(heard.events()).toEqual([{ type: 'left', peerId: 'a', reason: 'expired' }])
      expect(await refusalOf(short.send(room.roomId, session('a'), [chat(3)]))).toBe('not-a-member')
      expect(await refusalOf(short.join(room.roomId, makeJoin('a', { attempt: 0 })))).toBe('not-a-member')
      const back = await short.join(room.roomId, makeJoin('a'))
      expect(back.applied).toBe(2)
      expect(await short.send(room.roomId, session('a'), [chat(2), chat(3)])).toMatchObject({ applied: 3 })
      await heardAll(short, room.roomId, heard)
      expect(textsOf(heard.entries)).toEqual(['message 3'])
    })

    test('are renewed by whom they belong to, from the last frame on (P8, P23)', async ({ open }) => {
      const short = open(times)
      const room = await roomWith(short, ['a', 'b', 'c'])
      const until = Date.now() + 2 * LEASE
      await sweepUntil(short, room.roomId, async () => {
        const sessions = [
          { ...session('a'), idleMs: 0 },
          // Silent for longer than a lease: this renews nothing.
          { ...session('b'), idleMs: LEASE + 1 },
          { ...session('c', 2), idleMs: 0 },
        ]
        const lost = (await short.renew([{ roomId: room.roomId, sessions }]))[0]?.lost
        expect(lost).toContain('c')
        expect(lost).not.toContain('a')
        return Date.now() > until
      })
      expect(await insideOf(short, room.roomId)).toEqual(['a'])
    })

    test('are never shortened by a renewal', async ({ open }) => {
      const short = open(times)
      const room = await roomWith(short, ['a'])
      const until = Date.now() + LEASE / 2
      // This alone would leave it a twentieth.
      await short.renew([{ roomId: room.roomId, sessions: [{ ...session('a'), idleMs: LEASE * 0.95 }] }])
      await sweepUntil(short, room.roomId, () => Date.now() > until)
      expect(await insideOf(short, room.roomId)).toEqual(['a'])
    })

    test('are renewed in one batch, whatever is in it', async ({ backend }) => {
      const room = await roomWith(backend, ['a'])
      const other = await roomWith(backend, ['b'])
      const unknown = makeRoom().roomId
      const results = await backend.renew([
        { roomId: other.roomId, sessions: [{ ...session('a'), idleMs: 0 }] },
        { roomId: unknown, sessions: [{ ...session('a'), idleMs: 0 }] },
        { roomId: room.roomId, sessions: [] },
        { roomId: room.roomId, sessions: [{ ...session('a'), idleMs: 10.7 }] },
      ])
      expect(results).toEqual([
        { roomId: other.roomId, lost: ['a'] },
        { roomId: unknown, lost: ['a'] },
        { roomId: room.roomId, lost: [] },
        { roomId: room.roomId, lost: [] },
      ])
      expect(await backend.renew([])).toEqual([])
    })

    test('of a client that said goodbye end soon, as `left` (P24)', async ({ open }) => {
      const short = open(times)
      const room = await roomWith(short, ['a', 'b'])
      const heard = await listen(short, room.roomId)
      const started = Date.now()
      await short.shortenLease(room.roomId, session('a'))
      await sweepUntil(short, room.roomId, async () => {
        const sessions = [
          { ...session('a'), idleMs: 0 },
          { ...session('b'), idleMs: 0 },
        ]
        await short.renew([{ roomId: room.roomId, sessions }])
        return !(await insideOf(short, room.roomId)).includes('a')
      })
      expect(Date.now() - started).toBeLessThan(LEASE)
      await heardAll(short, room.roomId, heard)
      expect(heard.events()).toEqual([{ type: 'left', peerId: 'a', reason: 'left' }])
      expect(await refusalOf(short.join(room.roomId, makeJoin('a', { attempt: 2 })))).toBe('left')
    })

    test('of a client that says goodbye again and again end no later (P24)', async ({ open }) => {
      const short = open({ lease: LEASE, closingLease: LEASE * 0.6 })
      const room = await roomWith(short, ['a'])
      await sweepUntil(short, room.roomId, async () => {
        await short.shortenLease(room.roomId, session('a'))
        return !(await insideOf(short, room.roomId)).includes('a')
      })
    })

    test('of a client that said goodbye and came back in time go on (P24)', async ({ open }) => {
      const short = open(times)
      const room = await roomWith(short, ['a'])
      await short.shortenLease(room.roomId, session('a'))
      await short.join(room.roomId, makeJoin('a', { attempt: 2 }))
      await short.shortenLease(room.roomId, session('a', 1))
      const until = Date.now() + 2 * times.closingLease
      await sweepUntil(short, room.roomId, () => Date.now() > until)
      expect(await insideOf(short, room.roomId)).toEqual(['a'])
    })

    test('are not made long again by a join that runs late (P8, P24)', async ({ open }) => {
      const short = open(times)
      const room = await roomWith(short, ['a'])
      await short.shortenLease(room.roomId, session('a'))
      await short.join(room.roomId, makeJoin('a', { attempt: 1 }))
      const started = Date.now()
      await untilGone(short, room.roomId, 'a')
      expect(Date.now() - started).toBeLessThan(LEASE)
    })

    test('are spared when all stood still, but not for who said goodbye (P25)', async ({ open }) => {
      const short = open(times)
      const room = await roomWith(short, ['a', 'b'])
      const heard = await listen(short, room.roomId)
      await short.shortenLease(room.roomId, session('b'))
      await sleep(LEASE * 2)
      const woken = Date.now()
      expect(await insideOf(short, room.roomId)).toEqual(['a'])
      await untilGone(short, room.roomId, 'a')
      expect(Date.now() - woken).toBeGreaterThan(LEASE * 0.8)
      await heardAll(short, room.roomId, heard)
      expect(heard.events()).toEqual([
        { type: 'left', peerId: 'b', reason: 'left' },
        { type: 'left', peerId: 'a', reason: 'expired' },
      ])
    })

    test('that have run out keep nobody from the locked room they were in, under either name (P10)', async ({
      open,
    }) => {
      const short = open(times)
      const room = await roomWith(short, ['a', 'b'])
      await short.join(room.roomId, makeJoin('host', { userId: HOST }))
      await short.send(room.roomId, session('host'), [{ seq: 1, type: 'lock', locked: true }])
      await sweepUntil(short, room.roomId, async () => (await insideOf(short, room.roomId)).length === 0)
      const heard = await listen(short, room.roomId)
      await short.join(room.roomId, makeJoin('a'))
      await short.join(room.roomId, makeJoin('b2', { replaces: 'b' }))
      expect(await refusalOf(short.join(room.roomId, makeJoin('c')))).toBe('room-locked')
      expect(await refusalOf(short.join(room.roomId, makeJoin('b', { attempt: 2 })))).toBe('replaced')
      await heardAll(short, room.roomId, heard)
      expect(heard.events()).toMatchObject([
        { type: 'joined', peer: { peerId: 'a' } },
        { type: 'left', peerId: 'b', reason: 'replaced' },
        { type: 'joined', peer: { peerId: 'b2', replaces: 'b' } },
      ])
    })

    test('that have run out can be given up for good (P7, P26)', async ({ open }) => {
      const short = open(times)
      const room = await roomWith(short, ['a'])
      await untilGone(short, room.roomId, 'a')
      const heard = await listen(short, room.roomId)
      for (let i = 0; i < 2; i += 1) await short.leave(room.roomId, session('a'))
      await heardAll(short, room.roomId, heard)
      expect(heard.events()).toEqual([{ type: 'left', peerId: 'a', reason: 'left' }])
      expect(await refusalOf(short.join(room.roomId, makeJoin('a')))).toBe('left')
    })
  })
}
