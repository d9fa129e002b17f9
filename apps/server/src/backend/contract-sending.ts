/** The contract, part by part: what is applied, refused, skipped. */
import { CHAT_HISTORY } from '@maru/api-types'
import { describe, expect } from 'vitest'
import type { RoomMessage } from './backend.ts'
import {
  chat,
  type ContractTest,
  heardAll,
  HOST,
  listen,
  makeJoin,
  makeRoom,
  refusalOf,
  roomWith,
  session,
  signalTo,
  textsFrom,
  textsOf,
} from './testing.ts'

export function describeSending(test: ContractTest): void {
  describe('sending', () => {
    test('logs each message with what it is, in order (P12, P16, P21)', async ({ backend, open }) => {
      const room = await roomWith(backend, ['a', 'b'])
      await backend.join(room.roomId, makeJoin('host', { userId: HOST }))
      const heard = await listen(open(), room.roomId)
      const offer = signalTo('b', 2)
      const state = { mic: false, camera: true }
      const result = await backend.send(room.roomId, session('host'), [
        { seq: 1, type: 'chat', text: 'hello\n"안녕" \\ / 👋' },
        offer,
        { seq: 3, type: 'state', state },
        { seq: 4, type: 'lock', locked: true },
      ])
      expect(result).toEqual({ applied: 4, refused: [] })
      await heardAll(backend, room.roomId, heard)
      const { position: id } = heard.entries[0]!
      const { userId, name, color } = makeJoin('host', { userId: HOST })
      const message = { id, peerId: 'host', seq: 1, userId, name, color, text: 'hello\n"안녕" \\ / 👋' }
      expect(heard.events()).toEqual([
        { type: 'chat', from: 'host', seq: 1, message: { ...message, at: Number.parseInt(id) } },
        { type: 'signal', to: 'b', from: 'host', seq: 2, signal: offer.signal },
        { type: 'state', peerId: 'host', state },
        { type: 'room', room: { ...room, locked: true } },
      ])
      const { room: now, peers } = (await backend.readRoom(room.roomId))!
      expect(now.locked).toBe(true)
      expect(peers[2]).toMatchObject({ peerId: 'host', state })
    })

    test('skips in silence what was applied before (P20)', async ({ backend, open }) => {
      const room = await roomWith(backend, ['a'])
      const heard = await listen(backend, room.roomId)
      await backend.send(room.roomId, session('a'), [chat(1), chat(2)])
      const again = await open().send(room.roomId, session('a'), [chat(1), chat(2), chat(3)])
      expect(again).toEqual({ applied: 3, refused: [] })
      expect(await backend.send(room.roomId, session('a'), [chat(2)])).toEqual({ applied: 3, refused: [] })
      await heardAll(backend, room.roomId, heard)
      expect(textsOf(heard.entries)).toEqual(textsFrom(1, 3))
    })

    test('twice at once applies once (P20)', async ({ backend, open }) => {
      const room = await roomWith(backend, ['a'])
      const heard = await listen(backend, room.roomId)
      const batch = [chat(1), chat(2), chat(3)]
      const other = open()
      await Promise.all(
        [backend, other, backend, other].map((on) => on.send(room.roomId, session('a'), batch)),
      )
      await heardAll(backend, room.roomId, heard)
      expect(textsOf(heard.entries)).toEqual(textsFrom(1, 3))
    })

    test('begins anywhere, and then goes on without a gap; a gap applies nothing (P17, P19)', async ({
      backend,
    }) => {
      const room = await roomWith(backend, ['a'])
      const heard = await listen(backend, room.roomId)
      expect(await backend.send(room.roomId, session('a'), [chat(41)])).toEqual({ applied: 41, refused: [] })
      for (const gap of [[chat(43)], [chat(42), chat(44)], [chat(41), chat(43)]]) {
        expect(await refusalOf(backend.send(room.roomId, session('a'), gap))).toBe('sequence-gap')
      }
      expect(await backend.send(room.roomId, session('a'), [chat(42)])).toEqual({ applied: 42, refused: [] })
      await heardAll(backend, room.roomId, heard)
      expect(textsOf(heard.entries)).toEqual(textsFrom(41, 42))
    })

    test('refuses a message without harm to its batch, and consumes its seq (P18)', async ({ backend }) => {
      const room = await roomWith(backend, ['a', 'b'])
      const heard = await listen(backend, room.roomId)
      const batch: RoomMessage[] = [
        chat(1),
        signalTo('nobody', 2),
        signalTo('a', 3),
        { seq: 4, type: 'lock', locked: true },
        { seq: 5, type: 'refused', reason: 'bad-message' },
        chat(6),
      ]
      expect(await backend.send(room.roomId, session('a'), batch)).toEqual({
        applied: 6,
        refused: [
          { seq: 2, reason: 'unknown-recipient' },
          { seq: 3, reason: 'unknown-recipient' },
          { seq: 4, reason: 'not-allowed' },
          { seq: 5, reason: 'bad-message' },
        ],
      })
      expect(await backend.send(room.roomId, session('a'), batch)).toEqual({ applied: 6, refused: [] })
      await heardAll(backend, room.roomId, heard)
      expect(heard.events().map(({ type }) => type)).toEqual(['chat', 'chat'])
      expect((await backend.readRoom(room.roomId))!.room.locked).toBe(false)
    })

    test('is for members on their newest connection (P8, P19)', async ({ backend }) => {
      const room = await roomWith(backend, ['a', 'b'])
      await backend.join(room.roomId, makeJoin('a', { attempt: 3 }))
      await backend.leave(room.roomId, session('b'))
      const before = await backend.readRoom(room.roomId)
      for (const stale of [session('a', 2), session('a', 4), session('b'), session('never')]) {
        expect(await refusalOf(backend.send(room.roomId, stale, [chat(1)]))).toBe('not-a-member')
      }
      expect(await refusalOf(backend.send(makeRoom().roomId, session('a'), [chat(1)]))).toBe('not-a-member')
      expect(await backend.readRoom(room.roomId)).toEqual(before)
    })

    test('of nothing changes nothing', async ({ backend }) => {
      const room = await roomWith(backend, ['a'])
      expect(await backend.send(room.roomId, session('a'), [])).toEqual({ applied: 0, refused: [] })
      expect(await backend.send(room.roomId, session('a'), [chat(7)])).toEqual({ applied: 7, refused: [] })
      expect(await backend.send(room.roomId, session('a'), [])).toEqual({ applied: 7, refused: [] })
    })

    test('keeps numbers as large as a client may send', async ({ backend }) => {
      const room = await roomWith(backend, ['a', 'b'])
      const seq = Number.MAX_SAFE_INTEGER - 1
      const heard = await listen(backend, room.roomId)
      expect(
        (await backend.send(room.roomId, session('a'), [chat(seq), signalTo('b', seq + 1)])).applied,
      ).toBe(seq + 1)
      await heardAll(backend, room.roomId, heard)
      expect(heard.events()).toMatchObject([{ seq }, { seq: seq + 1 }])
      const joined = await backend.join(room.roomId, makeJoin('a', { attempt: 2 }))
      expect(joined.applied).toBe(seq + 1)
    })

    test('keeps the last 200 messages of the chat for who comes late', async ({ backend }) => {
      const room = await roomWith(backend, ['a'])
      const heard = await listen(backend, room.roomId)
      for (let seq = 1; seq <= CHAT_HISTORY + 10; seq += 30) {
        await backend.send(
          room.roomId,
          session('a'),
          Array.from({ length: 30 }, (_, i) => chat(seq + i)),
        )
      }
      const late = await backend.join(room.roomId, makeJoin('late'))
      await heardAll(backend, room.roomId, heard)
      const said = heard.events().flatMap((event) => (event.type === 'chat' ? [event.message] : []))
      expect(late.type === 'joined' && late.chat).toEqual(said.slice(-CHAT_HISTORY))
    })

    test('positions rise, however fast', async ({ backend }) => {
      const room = await roomWith(backend, ['a'])
      const heard = await listen(backend, room.roomId)
      await Promise.all(
        Array.from({ length: 20 }, (_, i) => backend.send(room.roomId, session('a'), [chat(i + 1)])),
      )
      await heardAll(backend, room.roomId, heard)
      const numbers = heard.entries.map(({ position }) => position.split('-').map(Number) as [number, number])
      for (const [i, [ms, n]] of numbers.slice(1).entries()) {
        const [beforeMs, beforeN] = numbers[i]!
        expect(ms > beforeMs || (ms === beforeMs && n > beforeN)).toBe(true)
      }
    })
  })
}
