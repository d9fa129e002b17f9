/**
 * What it would be without the log: the same server on a backend that only publishes. Whoever wasn't listening just then
 * has missed it, and whoever comes back is told who is there and nothing of what was said meanwhile.
 */
import { DEFAULT_TIMES, type RoomBackend } from '../../apps/server/src/backend/backend.ts'
import { createRedisBackend } from '../../apps/server/src/backend/redis.ts'
import { readPublished } from '../../apps/server/src/backend/redis-replies.ts'
import { connectSubscriber } from '../../apps/server/src/backend/redis-subscriber.ts'
import { readEnv } from '../../apps/server/src/env.ts'
import { startTestServer } from '../../apps/server/src/test-kit.ts'

const env = readEnv()
const times = { ...DEFAULT_TIMES, lease: env.leaseMs, closingLease: env.leaseMs / 2 }

/** Redis' own, with joining, sending and leases as they are; only nothing is read from the log any more. */
function publishOnly(url: string): RoomBackend {
  const backend = createRedisBackend({ url, times })
  const subscriber = connectSubscriber(url)
  return {
    ...backend,
    async join(roomId, request) {
      const anew = { ...request }
      delete anew.resumeFrom
      const result = await backend.join(roomId, anew)
      return result.type === 'joined' ? { ...result, chat: [] } : result
    },
    async watchRoom(roomId, listener) {
      const channel = `{room:${roomId}}:events`
      await subscriber.subscribe(channel, {
        message: (text) => listener.entries(readPublished(text).entries),
        live: () => undefined,
      })
      return () => subscriber.unsubscribe(channel)
    },
    async close() {
      subscriber.close()
      await backend.close()
    },
  }
}

const backend = publishOnly(env.redisUrl!)
const server = await startTestServer({
  ...env,
  lan: undefined,
  recordSecrets: undefined,
  backend,
  times,
})

process.on('SIGTERM', () => {
  void server
    .drain(8_000)
    .then(() => backend.close())
    .then(() => process.exit(0))
})
