/** The contract, part by part: what only the host's word does, hands and reactions. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { RoomBackend, RoomMessage, Session } from './backend.ts'
import {
  chat,
  type ContractTest,
  heardAll,
  HOST,
  insideOf,
  listen,
  makeJoin,
  refusalOf,
  roomWith,
  session,
} from './testing.ts'

type Unnumbered<T> = T extends unknown ? Omit<T, 'seq'> : never

/** Says messages as one batch, from the given seq on; answers the reasons of the refusals. */
async function say(
  backend: RoomBackend,
  { roomId, by, from = 1 }: { roomId: string; by: Session; from?: number },
  ...messages: Unnumbered<RoomMessage>[]
): Promise<string[]> {
  const numbered = messages.map((message, i) => ({ ...message, seq: from + i }))
  const { refused } = await backend.send(roomId, by, numbered)
  return refused.map(({ reason }) => reason)
}

/** A room with the host and some people in it. */
async function hostedRoom(backend: RoomBackend, peerIds: string[]) {
  const room = await roomWith(backend, [])
  await backend.join(room.roomId, makeJoin('host', { userId: HOST }))
  for (const peerId of peerIds) await backend.join(room.roomId, makeJoin(peerId))
  return { ...room, host: { roomId: room.roomId, by: session('host') } }
}

export function describeHost(test: ContractTest): void {
  describe('the host', () => {
    test('alone is obeyed: everybody else is refused, and nothing is logged (P35)', async ({ backend }) => {
      const { roomId } = await hostedRoom(backend, ['a', 'b'])
      const before = await backend.readRoom(roomId)
      const refused = await say(
        backend,
        { roomId, by: session('a') },
        { type: 'lock', locked: true },
        ...(['mute', 'stop-camera', 'lower-hand'] as const).map(
          (action) => ({ type: 'moderate', to: 'b', action }) as const,
        ),
        { type: 'moderate', to: 'nobody', action: 'mute' },
        { type: 'moderate', to: 'a', action: 'mute' },
        { type: 'remove', to: 'b' },
        { type: 'remove', to: 'host' },
        { type: 'hand-over', to: 'a' },
        { type: 'end' },
      )
      expect(refused).toEqual(Array.from({ length: 10 }, () => 'not-allowed'))
      expect(await backend.readRoom(roomId)).toEqual(before)
    })

    test('by the user, not by who came first, through reloads and a second tab (P35)', async ({
      backend,
    }) => {
      const { roomId, host } = await hostedRoom(backend, ['a'])
      const mute = { type: 'moderate', to: 'a', action: 'mute' } as const
      await backend.leave(roomId, session('host'))
      expect(await say(backend, { roomId, by: session('a') }, { type: 'lock', locked: true })).toEqual([
        'not-allowed',
      ])
      await backend.join(roomId, makeJoin('reloaded', { userId: HOST, replaces: 'host' }))
      await backend.join(roomId, makeJoin('second-tab', { userId: HOST }))
      expect(await say(backend, { ...host, by: session('reloaded') }, mute)).toEqual([])
      expect(await say(backend, { ...host, by: session('second-tab') }, mute)).toEqual([])
      expect((await backend.readRoom(roomId))!.room.hostId).toBe(HOST)
    })

    test('switches off in the same step, and only its owner switches on (P36)', async ({ backend, open }) => {
      const { roomId, host } = await hostedRoom(backend, ['a'])
      const on = { mic: true, camera: true }
      await say(backend, { roomId, by: session('a') }, { type: 'state', state: on })
      const heard = await listen(open(), roomId)
      const refused = await say(
        backend,
        host,
        { type: 'moderate', to: 'a', action: 'mute' },
        { type: 'moderate', to: 'a', action: 'mute' },
        { type: 'moderate', to: 'a', action: 'stop-camera' },
        { type: 'moderate', to: 'nobody', action: 'mute' },
      )
      expect(refused).toEqual(['unknown-recipient'])
      await say(backend, { roomId, by: session('a'), from: 2 }, { type: 'state', state: on })
      await heardAll(backend, roomId, heard)
      expect(heard.events()).toEqual([
        { type: 'state', peerId: 'a', state: { mic: false, camera: true }, by: 'host' },
        { type: 'state', peerId: 'a', state: { mic: false, camera: false }, by: 'host' },
        { type: 'state', peerId: 'a', state: on },
      ])
      expect((await backend.readRoom(roomId))!.peers[1]).toMatchObject({ peerId: 'a', state: on })
    })

    test('removes a user: every tab, whatever comes back, as long as there is the room (P37)', async ({
      backend,
      open,
    }) => {
      const { roomId, host } = await hostedRoom(backend, ['a', 'b'])
      const userId = makeJoin('a').userId
      await backend.join(roomId, makeJoin('a-tab', { userId }))
      const heard = await listen(open(), roomId)
      expect(await say(backend, host, { type: 'remove', to: 'a-tab' })).toEqual([])
      await heardAll(backend, roomId, heard)
      expect(heard.events()).toEqual([
        { type: 'left', peerId: 'a', reason: 'removed', userId },
        { type: 'left', peerId: 'a-tab', reason: 'removed', userId },
      ])
      const { peers, removed } = (await backend.readRoom(roomId))!
      expect(peers.map(({ peerId }) => peerId)).toEqual(['host', 'b'])
      expect(removed).toEqual([userId])
      const tries = [
        makeJoin('a', { attempt: 2 }),
        makeJoin('reloaded', { userId, replaces: 'a' }),
        makeJoin('new-tab', { userId }),
      ]
      for (const request of tries) expect(await refusalOf(open().join(roomId, request))).toBe('removed')
      expect(await refusalOf(backend.send(roomId, session('a'), [chat(1)]))).toBe('not-a-member')
      // An ended call is still the same room.
      await say(backend, { ...host, from: 2 }, { type: 'end' })
      expect(await refusalOf(backend.join(roomId, makeJoin('later', { userId })))).toBe('removed')
      await backend.join(roomId, makeJoin('b-again', { userId: makeJoin('b').userId }))
    })

    test('removes whoever has expired, too, and nobody who has left (P37)', async ({ open }) => {
      const backend = open({ lease: 300 })
      const room = await roomWith(backend, ['gone', 'left'])
      const { roomId } = room
      await backend.leave(roomId, session('left'))
      await backend.join(roomId, makeJoin('host', { userId: HOST }))
      // Not for a fixed time: each time that a busy machine stands still for half a lease, all get another one (P25).
      do {
        await sleep(90)
        await backend.renew([{ roomId, sessions: [{ ...session('host'), idleMs: 0 }] }])
      } while ((await insideOf(backend, roomId)).includes('gone'))
      expect(await insideOf(backend, roomId)).toEqual(['host'])
      const refused = await say(
        backend,
        { roomId, by: session('host') },
        { type: 'remove', to: 'left' },
        { type: 'moderate', to: 'gone', action: 'mute' },
        { type: 'remove', to: 'gone' },
      )
      expect(refused).toEqual(['unknown-recipient', 'unknown-recipient'])
      expect(await refusalOf(backend.join(roomId, makeJoin('gone', { attempt: 2 })))).toBe('removed')
    })

    test('can’t be removed, and hands over to somebody who is inside (P37, P38)', async ({
      backend,
      open,
    }) => {
      const { roomId, host, ...room } = await hostedRoom(backend, ['a'])
      await backend.join(roomId, makeJoin('second-tab', { userId: HOST }))
      const heard = await listen(open(), roomId)
      const hostId = makeJoin('a').userId
      const refused = await say(
        backend,
        host,
        { type: 'remove', to: 'host' },
        { type: 'remove', to: 'second-tab' },
        { type: 'hand-over', to: 'nobody' },
        { type: 'hand-over', to: 'second-tab' },
        { type: 'hand-over', to: 'a' },
        // In the same batch, and the right is gone.
        { type: 'hand-over', to: 'host' },
      )
      expect(refused).toEqual([
        'not-allowed',
        'not-allowed',
        'unknown-recipient',
        'not-allowed',
        'not-allowed',
      ])
      await heardAll(backend, roomId, heard)
      expect(heard.events()).toEqual([{ type: 'room', room: { ...room, roomId, hostId } }])
      const by = session('a')
      expect(await say(backend, { roomId, by }, { type: 'moderate', to: 'host', action: 'mute' })).toEqual([])
      expect(await say(backend, { roomId, by, from: 2 }, { type: 'remove', to: 'host' })).toEqual([])
      expect(await insideOf(backend, roomId)).toEqual(['a'])
      const { room: now } = (await backend.readRoom(roomId))!
      expect(now).toEqual({ ...room, roomId, hostId })
    })

    test('ends the call for all, deletes what was said, and leaves the link (P39)', async ({
      backend,
      open,
    }) => {
      const { roomId, host } = await hostedRoom(backend, ['b', 'a'])
      const { epoch, position } = (await backend.readRoom(roomId))!
      await say(backend, { roomId, by: session('a') }, { type: 'chat', text: 'secret' })
      const heard = await listen(open(), roomId)
      const refused = await say(
        backend,
        host,
        { type: 'end' },
        { type: 'chat', text: 'ghost' },
        { type: 'state', state: { mic: true, camera: true } },
        { type: 'end' },
      )
      expect(refused).toEqual(['not-allowed', 'not-allowed', 'not-allowed'])
      await heardAll(backend, roomId, heard)
      expect(heard.events()).toEqual(
        ['a', 'b', 'host'].map((peerId) => ({ type: 'left', peerId, reason: 'ended' })),
      )
      expect(await insideOf(backend, roomId)).toEqual([])
      for (const peerId of ['a', 'host']) {
        expect(await refusalOf(backend.join(roomId, makeJoin(peerId, { attempt: 2 })))).toBe('ended')
      }
      const again = await backend.join(
        roomId,
        makeJoin('a-again', { userId: makeJoin('a').userId, resumeFrom: { epoch, position } }),
      )
      expect(again).toMatchObject({ type: 'joined', chat: [], reset: 'log-trimmed' })
      expect(again.snapshot.room.hostId).toBe(HOST)
    })
  })

  describe('hands and reactions', () => {
    test('hands are in the order in which they went up, and keep it over a reload (P42)', async ({
      backend,
      open,
    }) => {
      const { roomId, host } = await hostedRoom(backend, ['a', 'b'])
      const heard = await listen(open(), roomId)
      const raise = { type: 'hand', raised: true } as const
      await say(backend, { roomId, by: session('b') }, raise)
      await say(backend, { roomId, by: session('a') }, raise)
      await say(backend, { roomId, by: session('b'), from: 2 }, raise)
      await heardAll(backend, roomId, heard)
      const [first, second] = heard.entries.map(({ position }) => position)
      expect(heard.events()).toEqual([
        { type: 'hand', peerId: 'b', hand: first },
        { type: 'hand', peerId: 'a', hand: second },
      ])
      const reloaded = makeJoin('b2', { userId: makeJoin('b').userId, replaces: 'b' })
      expect((await backend.join(roomId, reloaded)).snapshot.peers).toMatchObject([
        { peerId: 'host' },
        { peerId: 'a', hand: second },
        { peerId: 'b2', hand: first },
      ])
      await say(backend, { roomId, by: session('a'), from: 2 }, { type: 'state', state: makeJoin('a').state })
      const lower = { type: 'hand', raised: false } as const
      await say(backend, { roomId, by: session('a'), from: 3 }, lower, lower)
      await say(backend, host, { type: 'moderate', to: 'b2', action: 'lower-hand' })
      await say(backend, { ...host, from: 2 }, { type: 'moderate', to: 'b2', action: 'lower-hand' })
      await heardAll(backend, roomId, heard)
      expect(heard.events().filter(({ type }) => type === 'hand')).toMatchObject([
        { peerId: 'b' },
        { peerId: 'a' },
        { type: 'hand', peerId: 'a', hand: null },
        { type: 'hand', peerId: 'b2', hand: null },
      ])
      for (const peer of (await backend.readRoom(roomId))!.peers) expect(peer).not.toHaveProperty('hand')
    })

    test('a reaction is heard and not kept (P42)', async ({ backend, open }) => {
      const { roomId } = await hostedRoom(backend, ['a'])
      const heard = await listen(open(), roomId)
      const { position: _, ...before } = (await backend.readRoom(roomId))!
      await say(backend, { roomId, by: session('a') }, { type: 'reaction', emoji: '❤️' })
      await heardAll(backend, roomId, heard)
      expect(heard.events()).toEqual([{ type: 'reaction', from: 'a', seq: 1, emoji: '❤️' }])
      expect(await backend.readRoom(roomId)).toMatchObject(before)
    })
  })
}
