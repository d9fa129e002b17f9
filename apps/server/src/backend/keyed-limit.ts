/** How often something may happen for a key, for example a client's address. The counting is done by a library. */
import { RateLimiterMemory, type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible'

/** So many points within each window. */
export interface WindowRate {
  points: number
  seconds: number
}

/** Every method answers within a second or so and none throws, whatever has become of the store that it counts in. */
export interface KeyedLimit {
  /** Takes a point and answers 0, or answers the milliseconds after which to try again. */
  take(key: string): Promise<number>
  /** What `take` would answer, without taking anything. */
  peek(key: string): Promise<number>
  /** Undoes a `take`: it was nothing to be counted. */
  giveBack(key: string): Promise<void>
}

/** What a limiter of the library can do here. */
export type Counter = Pick<RateLimiterAbstract, 'consume' | 'get' | 'reward'>

const waitOf = ({ msBeforeNext }: RateLimiterRes): number => Math.max(1, msBeforeNext)

export function toKeyedLimit(counter: Counter, { points }: WindowRate): KeyedLimit {
  return {
    async take(key) {
      try {
        await counter.consume(key)
        return 0
      } catch (error) {
        if (error instanceof RateLimiterRes) return waitOf(error)
        throw error
      }
    },
    async peek(key) {
      const result = await counter.get(key)
      return result && result.consumedPoints >= points ? waitOf(result) : 0
    },
    async giveBack(key) {
      await counter.reward(key)
    },
  }
}

/** Counts in this process, which is all there is to count without a shared store. */
export function makeLocalLimit(rate: WindowRate): KeyedLimit {
  return toKeyedLimit(new RateLimiterMemory({ points: rate.points, duration: rate.seconds }), rate)
}
