/** The queue of one subscription: in order, with an end, and not for ever. */
import { RoomError } from '@maru/api-types'
import { expect, test } from 'vitest'
import { MAX_WAITING, MemberQueue } from './member-queue.ts'

/** Everything that a reader was told from now on. */
function listen(queue: MemberQueue<number>): { items: number[]; ends: (Error | undefined)[] } {
  const heard = { items: [] as number[], ends: [] as (Error | undefined)[] }
  queue.read({ item: (item) => heard.items.push(item), end: (error) => heard.ends.push(error) })
  return heard
}

test('what was pushed comes out in order, before and after somebody reads, and then the end', () => {
  const queue = new MemberQueue<number>()
  for (const item of [1, 2]) queue.push(item)
  const { items, ends } = listen(queue)
  expect(items).toEqual([1, 2])
  queue.push(3)
  expect(ends).toEqual([])
  for (let i = 0; i < 2; i++) queue.end()
  queue.push(4)
  expect(items).toEqual([1, 2, 3])
  expect(ends).toEqual([undefined])
})

test('what had ended before anybody read it still says all', () => {
  const queue = new MemberQueue<number>()
  queue.push(1)
  queue.end(new RoomError('removed'))
  const { items, ends } = listen(queue)
  expect(items).toEqual([1])
  expect(ends).toEqual([new RoomError('removed')])
})

test('a queue that nobody reads ends, lets go of what it held, and tells its reader to come again', () => {
  const queue = new MemberQueue<number>()
  for (let i = 0; i <= MAX_WAITING + 1; i++) queue.push(i)
  const { items, ends } = listen(queue)
  expect(items).toEqual([])
  expect(ends).toEqual([new RoomError('unavailable')])
})
