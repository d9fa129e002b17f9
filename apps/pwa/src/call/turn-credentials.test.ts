import { expect, it, vi } from 'vitest'
import { halfLife, makeRenewal } from './turn-credentials.ts'

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

it('renewed credentials are renewed again, through times without an answer', async () => {
  vi.useFakeTimers({ now })
  const renewed: number[] = []
  let failures = 2
  const renewal = makeRenewal(
    async () => {
      if (failures-- > 0) throw new Error('unavailable')
      return [until(Date.now() - now + 600_000)]
    },
    (iceServers) => {
      renewed.push(Date.now() - now)
      renewal.follow(iceServers, Date.now())
    },
  )
  renewal.follow([until(600_000)], now)
  await vi.advanceTimersByTimeAsync(620_000)
  expect(renewed).toEqual([310_000, 610_000])
  renewal.stop()
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(renewed).toHaveLength(2)
  vi.useRealTimers()
})

it('before a path is looked for again there are new credentials, read once for all connections', async () => {
  let reads = 0
  const renewed: number[] = []
  const renewal = makeRenewal(
    async () => {
      reads += 1
      return [until(600_000)]
    },
    (iceServers) => {
      renewed.push(iceServers.length)
    },
  )
  await renewal.freshen()
  expect(reads, 'there is nothing to renew yet').toBe(0)
  renewal.follow([until(600_000)], now)
  await Promise.all([renewal.freshen(), renewal.freshen(), renewal.freshen()])
  expect({ reads, renewed }).toEqual({ reads: 1, renewed: [1] })
  renewal.stop()
  await renewal.freshen()
  expect(reads).toBe(1)
})

it('a server that is silent keeps no path from being looked for', async () => {
  vi.useFakeTimers({ now })
  const renewal = makeRenewal(
    () => new Promise<never>(() => undefined),
    () => undefined,
  )
  renewal.follow([until(600_000)], now)
  let ready = false
  void renewal.freshen().then(() => (ready = true))
  await vi.advanceTimersByTimeAsync(900)
  expect(ready).toBe(false)
  await vi.advanceTimersByTimeAsync(200)
  expect(ready).toBe(true)
  renewal.stop()
  vi.useRealTimers()
})
