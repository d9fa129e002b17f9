/** Time-limited TURN credentials: draft-uberti-behave-turn-rest-00, coturn's `use-auth-secret`. */
import { createHmac } from 'node:crypto'
import type { IceServer, UserId } from '@maru/api-types'

/** Seconds. Browsers ask again at half of it. */
const LIFETIME = 3_600

/** Gives what a member's browser needs to be reached; empty when nothing is configured. */
export type MakeIceServers = (userId: UserId) => IceServer[]

/** @param now milliseconds since the epoch */
export function createIceServers(
  turn: { secret: string | undefined; urls: string[] },
  now: () => number = Date.now,
): MakeIceServers {
  const stun = turn.urls.filter((url) => /^stuns?:/i.test(url))
  const relays = turn.urls.filter((url) => !/^stuns?:/i.test(url))
  const { secret } = turn
  return (userId) => {
    const servers: IceServer[] = stun.length > 0 ? [{ urls: stun }] : []
    if (relays.length > 0 && secret !== undefined) {
      // coturn's user-quota counts what follows the colon.
      const username = `${Math.floor(now() / 1000) + LIFETIME}:${userId}`
      servers.push({
        urls: relays,
        username,
        credential: createHmac('sha1', secret).update(username).digest('base64'),
      })
    }
    return servers
  }
}
