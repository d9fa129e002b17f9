/** A real Redis for one test, started the way the backends' own tests do. */
import {
  startRedis as start,
  type TestRedis,
  type TestRedisOptions,
} from '../../apps/server/src/backend/start-redis.ts'

export async function startRedis(options: TestRedisOptions = {}): Promise<TestRedis & AsyncDisposable> {
  const redis = await start(options)
  return Object.assign(redis, { [Symbol.asyncDispose]: () => redis.stop() })
}
