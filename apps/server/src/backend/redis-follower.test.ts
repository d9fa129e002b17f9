/** The races between hearing and reading, which a real Redis shows only now and then: here both are held by hand. */
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { makeFollower } from './redis-follower.ts'
import type { RedisSubscriber } from './redis-subscriber.ts'

/** A store of numbers, each published as it is stored; whoever follows it must end with all of them, in order. */
function startStore() {
  const stored: number[] = []
  const taken: number[] = []
  const reads: { answer: () => void; fail: () => void }[] = []
  let handler: Parameters<RedisSubscriber['subscribe']>[1] | undefined
  const follower = makeFollower({
    subscriber: {
      subscribe: async (_, given) => void (handler = given),
      unsubscribe: () => (handler = undefined),
      close: () => undefined,
    },
    channel: 'numbers',
    apply(published) {
      const number = Number(published)
      if (number <= taken.length) return true
      if (number > taken.length + 1) return false
      taken.push(number)
      return true
    },
    async read() {
      // What is there when the store is asked, not when the answer arrives.
      const answer = stored.slice(taken.length)
      await new Promise<void>((resolve, reject) => {
        reads.push({ answer: resolve, fail: () => reject(new Error('the store is away')) })
      })
      taken.push(...answer)
    },
  })
  return {
    follower,
    taken,
    store: () => void stored.push(stored.length + 1),
    publish: (number: number) => handler?.message(String(number)),
    live: () => handler?.live(),
    /** Ends the oldest read. */
    async end(how: 'answer' | 'fail' = 'answer') {
      await turn()
      const read = reads.shift()
      if (!read) throw new Error('nothing is being read')
      read[how]()
      await turn()
    },
    reading: () => reads.length,
  }
}

test('what is heard during a read comes after it, and not twice', async () => {
  const { follower, taken, store, publish, end } = startStore()
  store()
  await turn()
  for (const number of [1, 2]) publish(number)
  await end()
  await follower.started
  expect(taken).toEqual([1, 2])
})

test('what is stored unheard during a read is read after it, when the subscription became live meanwhile', async () => {
  const { taken, store, live, end, reading } = startStore()
  await turn()
  store()
  live()
  await end()
  expect(taken).toEqual([])
  await end()
  expect(taken).toEqual([1])
  expect(reading()).toBe(0)
})

test('a gap among what is heard during a read is read, and what followed it is kept', async () => {
  const { taken, store, publish, end, reading } = startStore()
  await turn()
  for (let i = 0; i < 4; i += 1) store()
  publish(2)
  publish(3)
  publish(4)
  await end()
  expect(taken).toEqual([])
  await end()
  expect(taken).toEqual([1, 2, 3, 4])
  expect(reading()).toBe(0)
})

test('a read that fails is tried again; a first one that fails is told', async () => {
  const one = startStore()
  await one.end()
  one.store()
  one.live()
  await one.end('fail')
  expect(one.taken).toEqual([])
  await expect.poll(() => one.reading()).toBe(1)
  await one.end()
  expect(one.taken).toEqual([1])

  const other = startStore()
  await other.end('fail')
  await expect(other.follower.started).rejects.toThrow('the store is away')
})

test('nothing is taken once it was stopped', async () => {
  const { follower, taken, store, publish, live, end, reading } = startStore()
  await end()
  store()
  live()
  await turn()
  follower.stop()
  await end('fail')
  publish(1)
  live()
  expect(taken).toEqual([])
  expect(reading()).toBe(0)
})
