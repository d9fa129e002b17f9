/** Where the rooms are. */
import { lookAtRedis } from '../backend/redis-look.ts'
import { checkClock } from './check-clock.ts'
import { causeOf, type Finding, ill, unset, well } from './finding.ts'
import type { Look } from './look.ts'

export async function checkRedis({ env, now }: Look): Promise<Finding[]> {
  if (env.redisUrl === undefined) {
    return [
      unset(
        'REDIS_URL is not set',
        "Rooms live in the server's own memory: right for a single server, and they end with it.",
      ),
    ]
  }
  // What stands before the host may be a password.
  const place = new URL(env.redisUrl).host
  try {
    const { time, took } = await lookAtRedis(env.redisUrl)
    const at = now() - took / 2
    return [
      well(`Redis answers at ${place} in ${Math.ceil(took)} ms`),
      checkClock({ name: 'Redis', time, now: at }),
    ]
  } catch (error) {
    const cause = causeOf(error)
    if (/^(NOAUTH|WRONGPASS|ERR AUTH)/.test(cause))
      return [
        ill(
          `Redis at ${place} asks for another password`,
          'Put the right one into REDIS_URL: redis://:PASSWORD@HOST:6379.',
        ),
      ]
    return [
      ill(
        `Redis does not answer at ${place} (${cause})`,
        'Start it (docker compose up -d redis), or mend REDIS_URL. Calls go on meanwhile, but nobody can enter.',
      ),
    ]
  }
}
