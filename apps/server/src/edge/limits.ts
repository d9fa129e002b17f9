/** How much one connection may do. The counting is done by a library; here it gets one shape: milliseconds to wait. */
import { TokenBucket } from 'limiter'

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
  // An idle member uses only some of its budgets, and there are thousands of idle members.
  let bucket: TokenBucket | undefined
  return (cost = 1) => {
    if (!bucket) {
      bucket = new TokenBucket({ bucketSize: burst, tokensPerInterval: perSecond, interval: 'second' })
      bucket.content = burst
    }
    return bucket.tryRemoveTokens(cost) ? 0 : Math.max(1, bucket.getWaitTime(cost))
  }
}
