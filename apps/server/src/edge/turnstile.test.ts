/** The turnstile: nobody waits alone, and a crowd lets others be heard in between. */
import { expect, test } from 'vitest'
import { makeTurnstile } from './turnstile.ts'

test('one alone passes at once; of a crowd so many in each turn of the event loop, in order', async () => {
  const pass = makeTurnstile(3)
  const passed: number[] = []
  pass(() => passed.push(0))
  expect(passed).toEqual([0])
  for (let i = 1; i < 8; i++) pass(() => passed.push(i))
  const turns: number[] = []
  while (passed.length < 8) {
    turns.push(passed.length)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(turns).toEqual([3, 6])
  expect(passed).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
})
