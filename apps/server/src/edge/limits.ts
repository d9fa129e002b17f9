/** How often something may happen. The counting is done by libraries; here it gets one shape: milliseconds to wait. */
import { TokenBucket } from 'limiter'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

export interface Rate {
  /** How much may happen at once. */
  burst: number
  /** How much of it comes back each second. */
  perSecond: number
}

/** Takes `cost` and answers 0, or takes nothing and answers the milliseconds after which to try again. */
export type Budget = (cost?: number) => number

/** For one connection: synchronous, so that nothing of a flood gets further than its frame. A cost is below `burst`. */
export function makeBudget({ burst, perSecond }: Rate): Budget {
  const bucket = new TokenBucket({ bucketSize: burst, tokensPerInterval: perSecond, interval: 'second' })
  bucket.content = burst
  return (cost = 1) => (bucket.tryRemoveTokens(cost) ? 0 : Math.max(1, bucket.getWaitTime(cost)))
}

/** By key, for example a client's address: `points` within each window of `seconds`. */
export type KeyedLimit = (key: string) => Promise<number>

export function makeKeyedLimit({ points, seconds }: { points: number; seconds: number }): KeyedLimit {
  return consumeFrom(new RateLimiterMemory({ points, duration: seconds }))
}

function consumeFrom(limiter: RateLimiterMemory): KeyedLimit {
  return async (key) => {
    try {
      await limiter.consume(key)
      return 0
    } catch (error) {
      if (error instanceof RateLimiterRes) return Math.max(1, error.msBeforeNext)
      throw error
    }
  }
}

/** By key: how often one may be wrong. Taken before it is known, so that many at once aren't many more. */
export interface GuessLimit {
  /** Answers 0, or takes nothing and answers the milliseconds after which to try again. */
  take: KeyedLimit
  /** It was no guess. */
  giveBack(key: string): Promise<unknown>
}

export function makeGuessLimit({ points, seconds }: { points: number; seconds: number }): GuessLimit {
  const limiter = new RateLimiterMemory({ points, duration: seconds })
  return { take: consumeFrom(limiter), giveBack: (key) => limiter.reward(key) }
}
