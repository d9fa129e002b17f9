/** A real Redis for one test, started the way the backends' own tests do. */
import { startRedis as start } from '../../apps/server/src/backend/start-redis.ts'

export async function startRedis(): Promise<{ url: string } & AsyncDisposable> {
  const redis = await start()
  return { url: redis.url, [Symbol.asyncDispose]: () => redis.stop() }
}
