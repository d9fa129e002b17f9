/** Limits that all replicas count together, in Redis; each for itself while Redis doesn't answer. */
import { hash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis, RLWrapperTimeouts } from 'rate-limiter-flexible'
import { type KeyedLimit, toKeyedLimit, type WindowRate } from './keyed-limit.ts'

/**
 * Milliseconds. Shorter than a command may take: whoever comes while Redis is frozen is to be let pass, and what is
 * counted here instead is one more window at the worst.
 */
const PATIENCE = 1_000

export interface RedisLimitOptions extends WindowRate {
  /** Tells it from other limits on the same store. */
  name: string
}

export function makeRedisLimit(redis: Redis, options: RedisLimitOptions): KeyedLimit {
  const { name, points, seconds } = options
  const shared = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: `limit:${name}`,
    points,
    duration: seconds,
    // A connection that is being made anew would otherwise keep the question until it is there.
    rejectIfRedisNotReady: true,
    // Whoever floods is refused here until the window ends, and Redis isn't asked.
    inMemoryBlockOnConsumed: points + 1,
  })
  const counter = new RLWrapperTimeouts({
    limiter: shared,
    timeoutMs: PATIENCE,
    insuranceLimiter: new RateLimiterMemory({ points, duration: seconds }),
  })
  const limit = toKeyedLimit(counter, options)
  return {
    take: (key) => limit.take(digest(key)),
    peek: (key) => limit.peek(digest(key)),
    giveBack: (key) => limit.giveBack(digest(key)),
  }
}

/** What Redis keeps goes to its disk and into backups, where nobody's address has any business. */
const digest = (key: string): string => hash('sha256', `maru-limit\0${key}`, 'base64url').slice(0, 16)
