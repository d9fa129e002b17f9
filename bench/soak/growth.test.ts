/** The rule that the soak judges by: what leaks is found under noise, what only moves is not taken for it. */
import { expect, test } from 'vitest'
import { growthOf } from './growth.ts'

const samplesOf = (heaps: number[]) =>
  heaps.map((heap, i) => ({ at: i * 1_000, heap, handles: 0, keys: 2 * heap }))
const noise = [3, -2, 1, -3, 2, 0, -1, 2, -2, 1]

test('a leak is the slope times the time, whatever the noise', () => {
  const { heap, keys } = growthOf(samplesOf(noise.map((wobble, i) => 100 + 10 * i + wobble)))
  expect(heap).toBeGreaterThan(85)
  expect(heap).toBeLessThan(95)
  expect(keys).toBeCloseTo(2 * heap)
})

test('noise alone is flat', () => {
  expect(Math.abs(growthOf(samplesOf(noise.map((wobble) => 100 + wobble))).heap)).toBeLessThan(3)
})

test('too few samples are no proof of anything', () => {
  expect(growthOf(samplesOf([100, 100])).heap).toBeNaN()
})
