/** The contract, part by part: the list of open rooms. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, vi } from 'vitest'
import type { RoomBackend } from './backend.ts'
import { type ContractTest, makeRoom, makeRow } from './testing.ts'

export function describeList(test: ContractTest): void {
  describe('the list', () => {
    /** What a watcher makes of the list. */
    async function watchList(on: RoomBackend) {
      const rows = new Map<string, ReturnType<typeof makeRow>>()
      const told: string[] = []
      const unwatch = await on.watchDirectory({
        rows(all) {
          told.push('rows')
          rows.clear()
          for (const row of all) rows.set(row.roomId, row)
        },
        changed({ upserts, gone }) {
          told.push('changed')
          for (const row of upserts) rows.set(row.roomId, row)
          for (const roomId of gone) rows.delete(roomId)
        },
      })
      return { rows, told, unwatch }
    }
    const until = (deadlineMs: number, version = '5-0') => ({ version, deadlineMs })

    test('is whole at first, and then follows, on every replica', async ({ backend, open }) => {
      const [old, fresh] = [makeRow(makeRoom().roomId), makeRow(makeRoom().roomId)]
      await backend.putRow(old, until(10_000))
      const lists = [await watchList(backend), await watchList(open()), await watchList(backend)]
      for (const list of lists) {
        expect(list.told).toEqual(['rows'])
        expect(list.rows.get(old.roomId)).toEqual(old)
      }
      await open().putRow(fresh, until(10_000))
      for (const { rows, told } of lists) {
        await vi.waitFor(() => expect(rows.get(fresh.roomId)).toEqual(fresh))
        expect(told).toEqual(['rows', 'changed'])
      }
    })

    test('keeps the newer of two rows, by number and not by letter', async ({ backend, open }) => {
      const { roomId } = makeRoom()
      const list = await watchList(backend)
      const [older, newer] = [makeRow(roomId, { count: 1 }), makeRow(roomId, { count: 2 })]
      await backend.putRow(newer, until(10_000, '1000-10'))
      await open().putRow(older, until(10_000, '1000-9'))
      await open().putRow(older, until(10_000, '999-11'))
      const last = makeRow(makeRoom().roomId)
      await backend.putRow(last, until(10_000))
      await vi.waitFor(() => expect(list.rows.has(last.roomId)).toBe(true))
      expect(list.rows.get(roomId)).toEqual(newer)
      expect(list.told).toEqual(['rows', 'changed', 'changed'])
    })

    test('drops a row after its deadline by itself, and says so', async ({ backend }) => {
      const { roomId } = makeRoom()
      const list = await watchList(backend)
      await backend.putRow(makeRow(roomId), until(300))
      await vi.waitFor(() => expect(list.rows.has(roomId)).toBe(true))
      const started = Date.now()
      await vi.waitFor(() => expect(list.rows.has(roomId)).toBe(false), { timeout: 4_000 })
      expect(Date.now() - started).toBeLessThan(2_500)
      expect(list.told).toEqual(['rows', 'changed', 'changed'])
    })

    test('keeps a row whose deadline is put off, and tells nothing (P27)', async ({ backend }) => {
      const { roomId } = makeRoom()
      const list = await watchList(backend)
      await backend.putRow(makeRow(roomId), until(300))
      await backend.putRow(makeRow(roomId), until(10_000))
      await backend.putRow(makeRow(roomId), until(10))
      await sleep(1_600)
      expect(list.rows.has(roomId)).toBe(true)
      expect(list.told).toEqual(['rows', 'changed'])
    })

    test('drops a row at once when its time is up with the change', async ({ backend }) => {
      const { roomId } = makeRoom()
      const list = await watchList(backend)
      await backend.putRow(makeRow(roomId), until(10_000, '5-0'))
      await vi.waitFor(() => expect(list.rows.has(roomId)).toBe(true))
      await backend.putRow(makeRow(roomId, { locked: true }), until(0, '6-0'))
      await vi.waitFor(() => expect(list.rows.has(roomId)).toBe(false), { timeout: 500 })
    })

    test('tells nothing to who no longer watches', async ({ backend }) => {
      const one = await watchList(backend)
      const two = await watchList(backend)
      one.unwatch()
      one.unwatch()
      await backend.putRow(makeRow(makeRoom().roomId), until(10_000))
      await vi.waitFor(() => expect(two.told).toEqual(['rows', 'changed']))
      expect(one.told).toEqual(['rows'])
    })
  })
}
