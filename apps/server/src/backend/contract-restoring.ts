/** The contract, part by part: a room that the store has lost comes back from a record, and nothing else brings it back. */
import { makeRoomId } from '@maru/api-types'
import { describe, expect } from 'vitest'
import type { JoinRequest, RoomBackend, RoomRecord } from './backend.ts'
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

const LOST = 'epoch-of-before'

function makeRecord(change: Partial<RoomRecord> = {}): RoomRecord {
  return { room: makeRoom(), revision: '3', removed: [], epoch: LOST, ...change }
}

/** Somebody who was inside when the store was lost. */
const returning = (peerId: string, record: RoomRecord, change: Partial<JoinRequest> = {}): JoinRequest =>
  makeJoin(peerId, { record, wasInside: record, attempt: 2, ...change })

const lock = (seq: number, locked: boolean) => ({ seq, type: 'lock' as const, locked })

async function revisionOf(backend: RoomBackend, roomId: string): Promise<string | undefined> {
  return (await backend.readRoom(roomId))?.revision
}

export function describeRestoring(test: ContractTest): void {
  describe('a room that was lost', () => {
    test('comes back as its record says, and whoever brings it hears of the loss (P55)', async ({
      backend,
      open,
    }) => {
      const room = makeRoom({ name: '돌아온 방', capacity: 3, listed: false })
      const record = makeRecord({ room, revision: '7.2', removed: ['user-of-z', 'user-of-y'] })
      const resumeFrom = { epoch: LOST, position: '1790000000000-5' }
      const joined = await backend.join(room.roomId, returning('a', record, { resumeFrom }))
      expect(joined).toMatchObject({ type: 'joined', chat: [], applied: 0, reset: 'data-lost' })
      const read = await open().readRoom(room.roomId)
      expect(read).toEqual(joined.snapshot)
      expect(read).toMatchObject({ room, revision: '7.2', removed: ['user-of-y', 'user-of-z'] })
      expect(read!.peers.map(({ peerId }) => peerId)).toEqual(['a'])
      expect(read!.epoch).not.toBe(LOST)
      expect(await refusalOf(backend.join(room.roomId, makeJoin('z')))).toBe('removed')
      // A message that was on its way begins where it was.
      expect(await backend.send(room.roomId, session('a', 2), [chat(8)])).toEqual({ applied: 8, refused: [] })
    })

    test('is nobody’s who has no record of it (P4, P55)', async ({ backend }) => {
      const roomId = makeRoomId()
      const wasInside = { epoch: LOST, revision: '3' }
      expect(await refusalOf(backend.join(roomId, makeJoin('a', { wasInside })))).toBe('not-found')
      expect(await backend.readRoom(roomId)).toBeUndefined()
    })

    test('is one room, in its newest state, whoever comes at once and in whatever order (P57)', async ({
      backend,
      open,
    }) => {
      const room = makeRoom({ hostId: 'former' })
      const records = ['2', '4', '3', '4', '1', '3.5'].map((revision) =>
        makeRecord({ room: { ...room, ...(revision === '4' && { hostId: HOST }) }, revision }),
      )
      const results = await Promise.all(
        records.map((record, i) => (i % 2 ? backend : open()).join(room.roomId, returning(`p${i}`, record))),
      )
      const read = (await backend.readRoom(room.roomId))!
      expect(read).toMatchObject({ room: { hostId: HOST }, revision: '4' })
      expect(read.peers).toHaveLength(6)
      expect(new Set(results.map(({ snapshot }) => snapshot.epoch)).size).toBe(1)
    })

    test('is corrected by a newer record: the host, the lock, and who is removed (P57)', async ({
      backend,
      open,
    }) => {
      const room = makeRoom({ hostId: 'user-of-former' })
      const { roomId } = room
      await backend.join(roomId, returning('former', makeRecord({ room, revision: '3' })))
      for (const peerId of ['z', 'y', 'a'])
        await backend.join(roomId, returning(peerId, makeRecord({ room, revision: '2' })))
      const heard = await listen(open(), roomId)
      const newer = { ...room, hostId: HOST, locked: true }
      const record = makeRecord({
        room: newer,
        revision: '5',
        removed: ['user-of-y', 'user-of-z', 'user-of-x'],
      })
      const host = await backend.join(roomId, returning('host', record, { userId: HOST }))
      expect(host.snapshot).toMatchObject({ room: newer, revision: '5' })
      await heardAll(backend, roomId, heard)
      const left = { type: 'left', reason: 'removed' }
      expect(heard.events().slice(0, 3)).toEqual([
        { type: 'room', room: newer },
        { ...left, peerId: 'y', userId: 'user-of-y' },
        { ...left, peerId: 'z', userId: 'user-of-z' },
      ])
      expect(heard.entries[0]).toMatchObject({ revision: '5', removed: record.removed })
      expect(await insideOf(backend, roomId)).toEqual(['former', 'a', 'host'])
      expect(await backend.send(roomId, session('former', 2), [lock(1, false)])).toMatchObject({
        refused: [{ seq: 1, reason: 'not-allowed' }],
      })
      for (const peerId of ['y', 'x'])
        expect(await refusalOf(backend.join(roomId, returning(peerId, record, { attempt: 3 })))).toBe(
          'removed',
        )
    })

    test('is not turned back by an old record, nor outrun by what is done on an older state (P57)', async ({
      backend,
    }) => {
      const room = makeRoom({ hostId: 'user-of-former' })
      const { roomId } = room
      const old = makeRecord({ room, revision: '3' })
      await backend.join(roomId, returning('former', old))
      for (let seq = 1; seq <= 9; seq++)
        await backend.send(roomId, session('former', 2), [lock(seq, seq % 2 > 0)])
      const outrun = (await backend.readRoom(roomId))!
      expect(outrun).toMatchObject({ revision: '3.9', room: { locked: true } })
      const record = makeRecord({ room: { ...room, hostId: HOST }, revision: '4' })
      await backend.join(roomId, returning('host', record, { userId: HOST }))
      expect(await backend.readRoom(roomId)).toMatchObject({
        revision: '4',
        room: { hostId: HOST, locked: false },
      })
      for (const older of [old, { ...outrun, epoch: 'another' }]) {
        await backend.join(roomId, returning('former', { ...older, room: { ...room, name: 'mine' } }))
        const read = (await backend.readRoom(roomId))!
        expect(read).toMatchObject({ revision: '4', room: { hostId: HOST, name: room.name } })
      }
      await backend.send(roomId, session('host', 2), [lock(1, true)])
      expect(await revisionOf(backend, roomId)).toBe('4.1')
    })

    test('lets those past its lock who were inside, at the state that it came back in (P58)', async ({
      backend,
    }) => {
      const room = makeRoom({ locked: true })
      const { roomId } = room
      const record = makeRecord({ room, revision: '6' })
      expect(await refusalOf(backend.join(roomId, makeJoin('stranger', { record })))).toBe('room-locked')
      await backend.join(roomId, returning('a', record))
      await backend.join(roomId, returning('host', record, { userId: HOST }))
      const { epoch } = (await backend.readRoom(roomId))!
      await backend.send(roomId, session('host', 2), [lock(1, false), lock(2, true)])
      await backend.join(roomId, returning('b', record))
      for (const wasInside of [
        // Had gone before it was locked.
        { epoch: LOST, revision: '5' },
        // This store knows by itself who was inside.
        { epoch, revision: '6' },
      ]) {
        const late = makeJoin('late', { record, wasInside })
        expect(await refusalOf(backend.join(roomId, late))).toBe('room-locked')
      }
      expect(await insideOf(backend, roomId)).toEqual(['a', 'host', 'b'])
    })

    test('has no more room than before (P10)', async ({ backend }) => {
      const record = makeRecord({ room: makeRoom({ capacity: 2 }) })
      const { roomId } = record.room
      for (const peerId of ['a', 'b']) await backend.join(roomId, returning(peerId, record))
      expect(await refusalOf(backend.join(roomId, returning('c', record)))).toBe('room-full')
    })
  })

  describe('a room that is there', () => {
    test('has a revision that rises with what a record says of it, and with nothing else (P57)', async ({
      backend,
      open,
    }) => {
      const { roomId } = await roomWith(backend, ['a', 'b'])
      await backend.join(roomId, makeJoin('host', { userId: HOST }))
      await backend.send(roomId, session('a'), [
        chat(1),
        { seq: 2, type: 'hand', raised: true },
        lock(3, true),
      ])
      await backend.leave(roomId, session('b'))
      expect(await revisionOf(backend, roomId)).toBe('1')
      const heard = await listen(open(), roomId)
      await backend.send(roomId, session('host'), [
        lock(1, true),
        { seq: 2, type: 'moderate', to: 'a', action: 'mute' },
        { seq: 3, type: 'remove', to: 'a' },
        { seq: 4, type: 'end' },
      ])
      await heardAll(backend, roomId, heard)
      const told = heard.entries.flatMap(({ event, revision }) =>
        revision === undefined ? [] : [[event.type, revision]],
      )
      expect(told).toEqual([
        ['room', '2'],
        ['left', '3'],
      ])
      expect(await revisionOf(backend, roomId)).toBe('3')
    })

    test('is not touched by a record that tells nothing newer, ended or not (P39, P57)', async ({
      backend,
    }) => {
      const room = await roomWith(backend, ['a'])
      await backend.join(room.roomId, makeJoin('host', { userId: HOST }))
      const { epoch } = (await backend.readRoom(room.roomId))!
      await backend.send(room.roomId, session('host'), [{ seq: 1, type: 'end' }])
      const before = await backend.readRoom(room.roomId)
      const record = makeRecord({ room: { ...room, hostId: 'user-of-a' }, revision: '1', epoch })
      expect(await refusalOf(backend.join(room.roomId, returning('a', record)))).toBe('ended')
      expect(await backend.readRoom(room.roomId)).toEqual(before)
    })

    test('of a store that has lost its last steps only is corrected, too (P57)', async ({ backend }) => {
      const room = await roomWith(backend, ['a'])
      const { epoch } = (await backend.readRoom(room.roomId))!
      const record = makeRecord({ room: { ...room, locked: true }, revision: '2', epoch })
      await backend.join(room.roomId, returning('a', record))
      expect(await backend.readRoom(room.roomId)).toMatchObject({ room: { locked: true }, revision: '2' })
    })
  })

  test('secrets are the same for all replicas, the first one first (P56)', async ({ backend, open }) => {
    const before = await backend.shareSecrets(['first'], { ifNone: true })
    expect(await open().shareSecrets(['a-candidate'], { ifNone: true })).toEqual(before)
    const more = await open().shareSecrets([...before, 'kept'], { ifNone: false })
    expect(more).toEqual([...before, 'kept'])
    expect(await backend.shareSecrets(before, { ifNone: false })).toEqual(more)
  })
}
