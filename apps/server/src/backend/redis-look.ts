/** One look at Redis, for whoever asks why the rooms can't be reached. */
import { Redis } from 'ioredis'
import { CONNECTION_OPTIONS } from './redis-connection.ts'

export interface RedisLook {
  /** Its clock: milliseconds since the epoch. */
  time: number
  /** Milliseconds that the answer took. */
  took: number
}

/** Rejects with the cause: the system's (`ECONNREFUSED` …) or Redis' own words (`NOAUTH …`). */
export async function lookAtRedis(url: string): Promise<RedisLook> {
  const redis = new Redis(url, {
    ...CONNECTION_OPTIONS,
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  let cause: Error | undefined
  redis.on('error', (error: Error) => (cause ??= error))
  try {
    await redis.connect()
    const asked = performance.now()
    const [seconds, microseconds] = await redis.time()
    return {
      time: Number(seconds) * 1000 + Number(microseconds) / 1000,
      took: performance.now() - asked,
    }
  } catch (error) {
    throw cause ?? error
  } finally {
    redis.disconnect()
  }
}
