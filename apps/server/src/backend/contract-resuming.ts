/** The contract, part by part: what somebody who comes back is told. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { RoomBackend, RoomMessage } from './backend.ts'
import { chat, type ContractTest, makeJoin, roomWith, session, textsFrom, textsOf } from './testing.ts'

export function describeResuming(test: ContractTest): void {
  describe('coming back', () => {
    /** Somebody was there until `position`; then five things were said. */
    async function missFive(backend: RoomBackend) {
      const room = await roomWith(backend, ['a', 'b'])
      await backend.send(room.roomId, session('a'), [chat(1)])
      const { epoch, position } = (await backend.readRoom(room.roomId))!
      for (let seq = 2; seq <= 6; seq += 1) await backend.send(room.roomId, session('a'), [chat(seq)])
      return { roomId: room.roomId, epoch, position }
    }

    test('gets every entry since, once, in order (P15)', async ({ backend, open }) => {
      const { roomId, epoch, position } = await missFive(backend)
      const request = makeJoin('b', { attempt: 2, resumeFrom: { epoch, position } })
      const resumed = await open().join(roomId, request)
      if (resumed.type !== 'resumed') throw new Error('it was not resumed')
      expect(textsOf(resumed.missed)).toEqual(textsFrom(2, 6))
      expect(resumed.missed.at(-1)!.position).toBe(resumed.snapshot.position)
      expect(resumed.snapshot).toEqual(await backend.readRoom(roomId))
    })

    test('having missed nothing gets nothing', async ({ backend }) => {
      const { roomId, epoch } = await missFive(backend)
      const { position } = (await backend.readRoom(roomId))!
      const resumed = await backend.join(
        roomId,
        makeJoin('b', { attempt: 2, resumeFrom: { epoch, position } }),
      )
      expect(resumed).toMatchObject({ type: 'resumed', missed: [] })
    })

    test('to another epoch, or ahead of the log, is told that data was lost (P15)', async ({ backend }) => {
      const { roomId, epoch, position } = await missFive(backend)
      const ahead = `${Number.parseInt(position) + 1e9}-0`
      for (const resumeFrom of [
        { epoch: 'other', position },
        { epoch, position: ahead },
      ]) {
        const joined = await backend.join(roomId, makeJoin('b', { resumeFrom }))
        expect(joined).toMatchObject({ type: 'joined', reset: 'data-lost' })
        expect(joined.type === 'joined' && joined.chat).toHaveLength(6)
      }
    })

    test('to a position that never was is told that the log is trimmed, never given a gap (P15)', async ({
      backend,
    }) => {
      const { roomId, epoch, position } = await missFive(backend)
      const resumeFrom = { epoch, position: `${Number.parseInt(position) - 1}-7` }
      const joined = await backend.join(roomId, makeJoin('b', { resumeFrom }))
      expect(joined).toMatchObject({ type: 'joined', reset: 'log-trimmed' })
    })

    test('after longer than the log reaches is told so (P15)', async ({ open }) => {
      const short = open({ log: 200 })
      const { roomId } = await roomWith(short, ['a'])
      const { epoch, position } = (await short.readRoom(roomId))!
      await short.send(roomId, session('a'), [chat(1)])
      const { position: later } = (await short.readRoom(roomId))!
      await sleep(250)
      const from = (at: string) => makeJoin('a', { resumeFrom: { epoch, position: at } })
      expect(await short.join(roomId, from(position))).toMatchObject({ reset: 'log-trimmed' })
      // Nothing has been logged since this one, so nothing is missing.
      expect(await short.join(roomId, from(later))).toMatchObject({ type: 'resumed', missed: [] })
    })

    test('after more than 8 MB is told so, and the last of it is there', async ({ backend }) => {
      const { roomId } = await roomWith(backend, ['a', 'b'])
      const big = (seq: number): RoomMessage => ({
        seq,
        type: 'signal',
        to: 'b',
        signal: { gen: 1, description: { type: 'offer', sdp: 'x'.repeat(32_000) } },
      })
      const { epoch, position: first } = (await backend.readRoom(roomId))!
      let last = first
      for (let batch = 0; batch < 5; batch += 1) {
        last = (await backend.readRoom(roomId))!.position
        const messages = Array.from({ length: 60 }, (_, i) => big(batch * 60 + i + 1))
        await backend.send(roomId, session('a'), messages)
      }
      const from = (position: string) => makeJoin('b', { resumeFrom: { epoch, position } })
      expect(await backend.join(roomId, from(first))).toMatchObject({ reset: 'log-trimmed' })
      const resumed = await backend.join(roomId, from(last))
      expect(resumed.type === 'resumed' && resumed.missed).toHaveLength(60)
    })
  })
}
