/** The queue of one subscription: in order, with an end, and not for ever. */
import { RoomError } from '@maru/api-types'
import { expect, test } from 'vitest'
import { MAX_WAITING, MemberQueue } from './member-queue.ts'

test('what was pushed comes out in order, and then the end', async () => {
  const queue = new MemberQueue<number>()
  for (const item of [1, 2]) queue.push(item)
  queue.end()
  queue.push(3)
  const items: number[] = []
  for await (const item of queue) items.push(item)
  expect(items).toEqual([1, 2])
})

test('a queue that nobody reads ends, lets go of what it held, and tells its reader to come again', async () => {
  const queue = new MemberQueue<number>()
  for (let i = 0; i < MAX_WAITING; i++) queue.push(i)
  expect(await queue.next()).toEqual({ done: false, value: 0 })
  for (let i = 0; i < 2; i++) queue.push(i)
  await expect(queue.next()).rejects.toEqual(new RoomError('unavailable'))
  expect(await queue.return()).toEqual({ done: true, value: undefined })
})
