/** How often something may happen: token buckets, one for itself or one for each key. */

export interface Rate {
  /** Tokens that a full bucket holds. */
  burst: number
  /** Tokens that come back each second. */
  perSecond: number
}

export interface TokenBucket {
  /** Takes `cost` tokens and answers 0, or takes none and answers the milliseconds after which to try again. */
  take(cost?: number): number
}

export function makeTokenBucket(rate: Rate, now: () => number = () => performance.now()): TokenBucket {
  let tokens = rate.burst
  let at = now()
  return {
    take(cost = 1) {
      const time = now()
      tokens = Math.min(rate.burst, tokens + ((time - at) / 1000) * rate.perSecond)
      at = time
      if (tokens < cost) return Math.ceil(((cost - tokens) / rate.perSecond) * 1000)
      tokens -= cost
      return 0
    },
  }
}

export interface KeyedBuckets {
  take(key: string): number
}

/** A bucket for each key. One that has had the time to fill up again is forgotten. */
export function makeKeyedBuckets(rate: Rate, now: () => number = () => performance.now()): KeyedBuckets {
  const fillTime = (rate.burst / rate.perSecond) * 1000
  // Two generations: what wasn't used for a whole fill time falls out without a timer or a scan.
  let recent = new Map<string, TokenBucket>()
  let older = new Map<string, TokenBucket>()
  let turnedAt = now()
  return {
    take(key) {
      if (now() - turnedAt > fillTime) {
        older = recent
        recent = new Map()
        turnedAt = now()
      }
      const bucket = recent.get(key) ?? older.get(key) ?? makeTokenBucket(rate, now)
      recent.set(key, bucket)
      return bucket.take()
    },
  }
}
