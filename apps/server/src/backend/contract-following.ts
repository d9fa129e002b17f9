/** The contract, part by part: what listeners of a room hear. */
import { describe, expect, vi } from 'vitest'
import {
  chat,
  type ContractTest,
  heardAll,
  listen,
  makeJoin,
  makeRoom,
  roomWith,
  session,
  textsFrom,
  textsOf,
} from './testing.ts'

export function describeFollowing(test: ContractTest): void {
  describe('following a room', () => {
    test('hears every entry once, in order, on every replica (P12)', async ({ backend, open }) => {
      const room = await roomWith(backend, ['a', 'b'])
      const all = [await listen(backend, room.roomId), await listen(backend, room.roomId)]
      all.push(await listen(open(), room.roomId))
      for (let seq = 1; seq <= 50; seq += 1) {
        void backend.send(room.roomId, session('a'), [chat(seq)])
      }
      await backend.send(room.roomId, session('b'), [chat(100)])
      for (const heard of all) await heardAll(backend, room.roomId, heard)
      for (const heard of all) {
        expect(textsOf(heard.entries)).toEqual([...textsFrom(1, 50), 'message 100'])
        expect(heard.resets).toEqual([])
        expect(heard.entries).toEqual(all[0]!.entries)
      }
    })

    test('ends when it is told to, for that listener alone', async ({ backend }) => {
      const room = await roomWith(backend, ['a'])
      const one = await listen(backend, room.roomId)
      const two = await listen(backend, room.roomId)
      await backend.send(room.roomId, session('a'), [chat(1)])
      await heardAll(backend, room.roomId, one)
      one.unwatch()
      one.unwatch()
      await backend.send(room.roomId, session('a'), [chat(2)])
      await heardAll(backend, room.roomId, two)
      expect(textsOf(one.entries)).toEqual(['message 1'])
      expect(textsOf(two.entries)).toEqual(textsFrom(1, 2))
    })

    test('may begin again at once', async ({ backend }) => {
      const room = await roomWith(backend, ['a'])
      const before = await listen(backend, room.roomId)
      before.unwatch()
      const heard = await listen(backend, room.roomId)
      await backend.send(room.roomId, session('a'), [chat(1)])
      await heardAll(backend, room.roomId, heard)
      expect(textsOf(heard.entries)).toEqual(['message 1'])
      expect(before.entries).toEqual([])
    })

    test('may begin before the room does', async ({ backend, open }) => {
      const room = makeRoom()
      const heard = await listen(backend, room.roomId)
      await open().createRoom(room)
      await open().join(room.roomId, makeJoin('a'))
      await heardAll(backend, room.roomId, heard)
      expect(heard.events()).toMatchObject([{ type: 'joined', peer: { peerId: 'a' } }])
      expect(heard.resets).toEqual([])
    })

    test('goes on when one listener fails, and nobody else notices', async ({ backend, failures }) => {
      const room = await roomWith(backend, ['a'])
      const fail = (): never => {
        throw new Error('a bad listener')
      }
      await backend.watchRoom(room.roomId, { entries: fail, reset: fail })
      await backend.watchDirectory({ rows: fail, changed: fail })
      const heard = await listen(backend, room.roomId)
      for (const seq of [1, 2]) await backend.send(room.roomId, session('a'), [chat(seq)])
      await heardAll(backend, room.roomId, heard)
      expect(textsOf(heard.entries)).toEqual(textsFrom(1, 2))
      expect(failures.length).toBeGreaterThanOrEqual(3)
    })

    test('may call the backend from within', async ({ backend }) => {
      const room = await roomWith(backend, ['a', 'b'])
      let answered = false
      await backend.watchRoom(room.roomId, {
        entries([entry]) {
          if (answered || entry?.event.type !== 'chat') return
          answered = true
          void backend.send(room.roomId, session('b'), [chat(1, 'answer')])
        },
        reset: () => undefined,
      })
      const heard = await listen(backend, room.roomId)
      await backend.send(room.roomId, session('a'), [chat(1, 'question')])
      await vi.waitFor(() => expect(textsOf(heard.entries)).toEqual(['question', 'answer']))
    })
  })
}
