import { expect, it } from 'vitest'
import { halfLife } from './turn-credentials.ts'

const now = 1_800_000_000_000
const until = (ms: number) => ({
  urls: ['turn:x'],
  username: `${(now + ms) / 1_000}:somebody`,
  credential: 'c',
})

it('TURN credentials are renewed at half of what is left of the shortest, and not all the time', () => {
  expect(halfLife([{ urls: ['stun:x'] }, until(3_600_000), until(1_800_000)], now)).toBe(900_000)
  expect(halfLife([until(1_000)], now)).toBe(30_000)
  expect(halfLife([until(-5_000)], now)).toBe(30_000)
})

it('without credentials nothing is renewed', () => {
  expect(halfLife([], now)).toBeUndefined()
  expect(
    halfLife([{ urls: ['stun:x'] }, { urls: ['turn:x'], username: 'fixed', credential: 'c' }], now),
  ).toBeUndefined()
})
